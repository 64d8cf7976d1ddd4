"""Why a message was matched as it was: the tables of `loaban ask --explain`."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from bot.dialogue import in_context
from bot.dialogue.meaning import seen_in
from bot.engine import Engine
from bot.i18n import Words
from bot.matching.calibration import SIGNALS
from bot.matching.matcher import Explanation
from bot.model import Session

COMPARED = 3  # candidates whose parts stand side by side
SHOWN_PARTS = 14  # features of an explanation that are listed one by one


def in_conversation(engine: Engine, session: Session, text: str, words: Words) -> Group | None:
    """What was said before, and what each feature of it adds for the first candidates; None where nothing was."""
    if not session.subjects:
        return None
    thread, evidence = seen_in(text, session.subjects, session, engine)
    best = in_context.rank(evidence, thread, engine.knowledge.intents)[:COMPARED]
    added = {match.intent: in_context.parts(evidence, thread, engine.knowledge.intents, match.intent) for match in best}
    names = dict.fromkeys(name for parts in added.values() for name in parts)
    said = Text(words.say("spoken about: {intents}", intents=", ".join(session.subjects)))
    table = Table(words.say("feature"), title=words.say("Weighed with what was said before"))
    for match in best:
        table.add_column(f"{match.intent}\n{match.probability:.2f}")
    for name in names:
        table.add_row(Text(name), *(f"{added[match.intent].get(name, 0.0):.2f}" for match in best))
    return Group(said, table)


def explanation(found: Explanation, words: Words) -> Group:
    """Reading, candidates, signals and the parts that add up to the score."""
    reading = Text(words.say("read as: {words}", words=" ".join(found.words)))
    repairs = Table(words.say("typed"), words.say("read"), words.say("repair"), title=words.say("Repairs"))
    for repair in found.repairs:
        repairs.add_row(repair.typed, repair.read, repair.kind)
    candidates = Table(
        words.say("intent"), words.say("probability"), words.say("closest phrasing"), title=words.say("Candidates")
    )
    for match in found.matches:
        candidates.add_row(match.intent, f"{match.probability:.2f}", Text(match.example))
    signals = Table(words.say("signal"), words.say("value"), title=words.say("What tells how sure it is"))
    for name in SIGNALS:
        signals.add_row(name, f"{found.signals[name]:.2f}")
    parts = Table(
        words.say("feature"), words.say("part of the score"), title=words.say("Score {score}", score=f"{found.score:.2f}")
    )
    for feature, part in found.parts[:SHOWN_PARTS]:
        parts.add_row(Text(feature), f"{part:.3f}")
    rest = found.parts[SHOWN_PARTS:]
    if rest:
        parts.add_row(words.say("{count} more", count=len(rest)), f"{sum(part for _, part in rest):.3f}")
    return Group(reading, *([repairs] if found.repairs else []), candidates, signals, parts)
