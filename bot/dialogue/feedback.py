"""Whether an answer was what somebody wanted: asked under every answer, tapped, or typed in a word."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue import handoff
from bot.dialogue.answers import BAD, GOOD, wants_verdict
from bot.dialogue.compose import question
from bot.engine import Engine
from bot.model import Button, Match, Reply, Session
from bot.model.well_known import CONTACT, UNCLEAR

CHOICE_KINDS = (GOOD, BAD)
OTHERS = 3
LIKELY = 0.005  # what is less likely than this is not offered instead


def typed(engine: Engine, text: str, offered: Sequence[Button]) -> str | None:
    """The choice that a word such as "đúng" or "sai" stands for, where the question was asked last; None for anything else."""
    choices = choices_in(offered)
    if not choices:
        return None
    if text.strip().startswith("👍") or engine.lexicon.good_verdict.has(text):
        return choices[0]
    return choices[1] if text.strip().startswith("👎") or engine.lexicon.bad_verdict.has(text) else None


def choices_in(offered: Sequence[Button]) -> list[str]:
    """The two choices where it was asked last, good before bad; else none."""
    return [button.choice for button in offered if button.choice.partition(":")[0] in CHOICE_KINDS]


def others(engine: Engine, matches: Sequence[Match], answered: str) -> tuple[str, ...]:
    """What came next, to be offered where the answer was not wanted."""
    likely = (match.intent for match in matches if match.probability >= LIKELY)
    known = engine.knowledge.intents
    fitting = (name for name in likely if name in known and name not in (answered, UNCLEAR))
    return tuple(name for name in fitting if wants_verdict(known[name]))[:OTHERS]


def thanks(engine: Engine, lang: str) -> Reply:
    return Reply(engine.words(lang).say("Thank you for telling. If you need anything else, just write it here."))


def apology(engine: Engine, lang: str, session: Session, *, people: bool) -> Reply:
    """The next candidates, and a person."""
    words = engine.words(lang)
    instead = tuple(question(engine, lang, name) for name in session.others if name in engine.knowledge.intents)
    if instead:
        text = words.say("Sorry about that. Did you mean one of these? If not, please write it in other words.")
    else:
        text = words.say("Sorry about that. Please write it once more in other words.")
    person = handoff.button(engine, lang) if people else question(engine, lang, CONTACT)
    return Reply(text, (*instead, person))
