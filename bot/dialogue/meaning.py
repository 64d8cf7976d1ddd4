"""What a message means: by its own words where nothing was spoken about yet, else weighed with what was said before."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue import in_context, urgency
from bot.dialogue.decide import FOREIGN_SURE, Decision, decide, decide_in_talk
from bot.engine import Engine
from bot.model import Match, Session
from bot.model.well_known import OUT_OF_SCOPE
from bot.text.folding import fold

SHORT_FOLLOW_UP = 8  # words
AGREED, AGREED_WITHIN = 0.40, 0.60  # probabilities of the same intent by both ways, from which it is given


def meaning(text: str, session: Session, engine: Engine, *, without: str | None = None) -> tuple[Decision, Sequence[Match]]:
    """What to do, and the candidates it was decided from, best first.

    `without` is what was answered wrongly just before. What is urgent by its words alone needs no conversation.
    """
    intents = engine.knowledge.intents
    alone = [match for match in engine.matcher.match(text) if match.intent != without]
    decision = urgency.endangered(text, alone, engine) or urgency.named(decide(alone, intents), text, engine)
    if decision.zone == "answer" and intents[decision.choices[0].intent].urgent:
        return decision, alone
    if not session.subjects:
        return decision, alone
    if decision.zone == "unknown" and alone and alone[0].intent == OUT_OF_SCOPE and alone[0].probability >= FOREIGN_SURE:
        return decision, alone
    thread = in_context.Thread(
        session.subjects,
        in_context.offered_intents(session.offered),
        engine.lexicon.follow_ups.rest(text) is not None,
        engine.aspects_in(text),
    )
    evidence = engine.matcher.evidence(text, in_context.candidates(thread, intents))
    ranked = [match for match in in_context.rank(evidence, thread, intents) if match.intent != without]
    decision = urgency.named(decide_in_talk(ranked, intents), text, engine)
    if decision.zone == "clarify" and _agrees_within_topic(text, decision.choices[0], session, engine):
        return Decision("answer", decision.choices[:1]), ranked
    return decision, ranked


def _agrees_within_topic(text: str, first: Match, session: Session, engine: Engine) -> bool:
    """Whether a short message, matched among the intents of the topic spoken about alone, comes to the same."""
    intents = engine.knowledge.intents
    last = intents.get(session.subjects[0])
    asked = engine.lexicon.follow_ups.rest(text) or text
    if last is None or first.probability < AGREED or len(fold(asked).split()) > SHORT_FOLLOW_UP:
        return False
    within = {one.id for one in intents.values() if one.topic == last.topic} | set(last.related)
    nearer = engine.matcher.match(asked, within=within, about=last.question[engine.lang])
    return bool(nearer) and nearer[0].intent == first.intent and nearer[0].probability >= AGREED_WITHIN
