"""What a message means: by its own words where nothing was spoken about yet, else weighed with what was said before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.dialogue import in_context, learned, urgency
from bot.dialogue.asking_back import only_wishes
from bot.dialogue.decide import FOREIGN_SURE, NO_ANSWER, OFFERED, Decision, decide_in_talk
from bot.dialogue.told import has_evidence, only_tells, told_after
from bot.engine import Engine
from bot.matching.matcher import Evidence
from bot.model import Intent, Match, Session
from bot.model.well_known import OUT_OF_SCOPE, SYSTEM
from bot.text.folding import fold, has_accents
from bot.text.spans import words_in

SHORT_FOLLOW_UP = 8  # words
OPENING_WORDS = 2  # of a beginning that says nothing itself; without accents "con" is also a child, and "the" a card
SAYS_LITTLE = 0.45  # probability of the best below which a message may be about the subject of an announcement
HEARD_OF = 0.3  # probability of the subject of an announcement
MOST_TAKEN = 0.5  # probability that a wider case has at most after a narrower one gave way: both are asked back about
WORD = 3  # letters
# Probability of being foreign, as learnt, from which a first message is asked back about: one that is sure by its words ("gia
# chanh leo hnay 1kg" is near to what is told of passion fruit), and one that is not.
TAUGHT_FOREIGN, TAUGHT_FOREIGN_OPENING = 0.30, 0.10
PROVEN = 0.98  # probability by its words from which it is answered all the same: a phrasing of the content, nearly as written
OF_NOTHING = 0.75  # share of a message that asks for an aspect, from which it does not say of what
FOREIGN_LIKELY = 0.10  # probability of being foreign from which a first message that is not sure is asked back about
AGREED, AGREED_WITHIN = 0.40, 0.60  # probabilities of the same intent by both ways, from which it is given


def meaning(
    text: str, session: Session, engine: Engine, *, heard: str = "", without: str | None = None
) -> tuple[Decision, Sequence[Match]]:
    """What to do, and the candidates it was decided from, best first.

    `heard`: an announcement that has just arrived: where nothing else was spoken about, its subject is. `without` is what was
    answered wrongly just before. What is urgent by its words alone needs no conversation.
    """
    intents = engine.knowledge.intents
    alone = [match for match in engine.matcher.match(text) if match.intent != without]
    alone = _with_evidence(alone, text, session, engine)
    begins = not session.subjects and not session.question
    decision = urgency.by_its_words(text, alone, engine, first=begins)
    given = decision.choices[0].intent if decision.zone == "answer" else None
    if given is not None and intents[given].urgent and (begins or not urgency.is_a_worry(given, text, engine)):
        return decision, alone
    if not session.subjects and _is_open(decision, alone, text, engine):
        opening = _weighed(text, (), session, engine, without)
        if opening[0].zone == "answer":
            return opening
    subjects = session.subjects or (subject_of(heard, engine) if not alone or alone[0].probability < SAYS_LITTLE else ())
    if not subjects:
        of_a_topic = decision.zone == "answer" and intents[decision.choices[0].intent].topic != SYSTEM
        unsure = of_a_topic and (_asks_nothing(text, engine) or _may_be_foreign(decision.choices[0], text, engine))
        known = tuple(match for match in alone if match.intent not in NO_ANSWER)
        return (Decision("clarify", known[:OFFERED]) if unsure else decision), alone
    if decision.zone == "unknown" and alone and alone[0].intent == OUT_OF_SCOPE and alone[0].probability >= FOREIGN_SURE:
        return decision, alone
    return _weighed(text, subjects, session, engine, without)


def _weighed(
    text: str, subjects: tuple[str, ...], session: Session, engine: Engine, without: str | None
) -> tuple[Decision, Sequence[Match]]:
    """As `meaning`, by all that `in_context` weighs; without subjects it is the first message of a conversation."""
    intents = engine.knowledge.intents
    thread, evidence = seen_in(text, subjects, session, engine)
    ranked = [match for match in in_context.rank(evidence, thread, intents) if match.intent != without]
    if subjects and only_tells(text, engine):
        ranked = _of_topic(ranked, subjects[0], intents)
    ranked = _with_evidence(ranked, text, session, engine)
    decision = urgency.named(decide_in_talk(ranked, intents, opening=not subjects), text, engine)
    if decision.zone == "clarify" and subjects and _agrees_within_topic(text, decision.choices[0], subjects[0], engine):
        return Decision("answer", decision.choices[:1]), ranked
    return decision, ranked


def _may_be_foreign(first: Match, text: str, engine: Engine) -> bool:
    """Whether conversations taught that a message is about nothing known, and its words do not prove them wrong.

    An intent that came after the fitting, and a phrasing that was added since, are not held back by what was not known then.
    """
    known_then = first.intent in learned.fitted().labels
    return known_then and first.probability < PROVEN and _taught_foreign(text, engine) >= TAUGHT_FOREIGN


def _taught_foreign(text: str, engine: Engine) -> float:
    """Probability, as learnt from conversations, that a message taken alone is about nothing that is known."""
    return math.exp(learned.taught(text, engine).get(OUT_OF_SCOPE, learned.LEAST))


def _asks_nothing(text: str, engine: Engine) -> bool:
    """It tells who somebody is, wishes for something, or is no word."""
    return only_tells(text, engine) or only_wishes(text, engine) or _is_scribble(text) or _is_guessed(text, engine)


def _is_scribble(text: str) -> bool:
    """Whether nothing in it is as long as a word: "vl =))" may be "việc làm", and mostly is nothing."""
    return all(len(word) < WORD for word in fold(text).split())


def _is_guessed(text: str, engine: Engine) -> bool:
    """Whether every word of it had to be mended: "qwe" is one letter away from "que"."""
    read = engine.matcher.read(text)
    return 0 < len(read.words) <= sum(repair.kind == "spelling" for repair in read.repairs)


def _is_open(decision: Decision, alone: Sequence[Match], text: str, engine: Engine) -> bool:
    """Whether a first message, asked back about by its words alone, is weighed once more with what conversations taught.

    Not where it may be foreign or about danger; nor where it asks for nothing, as it tells who somebody is, or wishes; nor
    where it hardly says of what it asks ("thế được bao nhiêu tiền").
    """
    if decision.zone != "clarify":
        return False
    of_something = (
        engine.lexicon.follow_ups.rest(text) is None and max(engine.aspects_in(text).values(), default=0) < OF_NOTHING
    )
    foreign = any(match.intent in NO_ANSWER and match.probability >= FOREIGN_LIKELY for match in alone)
    foreign = foreign or _taught_foreign(text, engine) >= TAUGHT_FOREIGN_OPENING
    calm = not urgency.points_to_danger(text, alone[:OFFERED], engine)
    return calm and not foreign and of_something and not _asks_nothing(text, engine)


def seen_in(text: str, subjects: tuple[str, ...], session: Session, engine: Engine) -> tuple[in_context.Thread, Evidence]:
    """What was said before, and how near the message comes to every intent: what `in_context.rank` weighs."""
    rest = engine.lexicon.follow_ups.rest(text)
    offered = in_context.offered_intents(session.offered)
    taught = learned.taught(text, engine, subjects, session)
    thread = in_context.Thread(subjects, offered, rest is not None, engine.aspects_in(text), taught)
    clear = rest is not None and (has_accents(text) or len(text.split()) - len(rest.split()) >= OPENING_WORDS)
    said = (rest if clear else None) or text
    return thread, engine.matcher.evidence(said, in_context.candidates(thread, engine.knowledge.intents))


def _of_topic(ranked: Sequence[Match], subject: str, intents: Mapping[str, Intent]) -> list[Match]:
    """The candidates of the topic spoken about, sharing what all had between them; all of them where there are none."""
    topic = intents[subject].topic if subject in intents else None
    kept = [match for match in ranked if match.intent in intents and intents[match.intent].topic == topic]
    total = sum(match.probability for match in kept)
    return [replace(match, probability=round(match.probability / total, 4)) for match in kept] if total > 0 else list(ranked)


def _with_evidence(matches: Sequence[Match], text: str, session: Session, engine: Engine) -> list[Match]:
    """A narrower case for which nothing speaks gives way to the next one of its topic, and both are asked back about."""
    intents, first = engine.knowledge.intents, matches[0] if matches else None
    if first is None or first.intent not in intents or first.intent in session.subjects:
        return list(matches)
    intent = intents[first.intent]
    if not intent.needs_evidence or has_evidence(intent, words_in(text), told_after(session.told, text, engine)):
        return list(matches)
    wider = next((one for one in matches[1:] if one.intent in intents and intents[one.intent].topic == intent.topic), None)
    if wider is None:
        return list(matches)
    taken = replace(wider, probability=round(min(MOST_TAKEN, first.probability + wider.probability), 4))
    given = replace(first, probability=min(first.probability, round(1 - taken.probability, 4)))
    return [taken, given, *(one for one in matches if one not in (first, wider))]


def subject_of(announcement: str, engine: Engine) -> tuple[str, ...]:
    """The intent that an announcement tells most of, where it is one of our topics."""
    intents = engine.knowledge.intents
    found = engine.matcher.match(announcement) if announcement else []
    likely = [match.intent for match in found[:1] if match.probability >= HEARD_OF and match.intent in intents]
    return tuple(intent for intent in likely if intents[intent].topic != SYSTEM)


def _agrees_within_topic(text: str, first: Match, subject: str, engine: Engine) -> bool:
    """Whether a short message, matched among the intents of the topic spoken about alone, comes to the same."""
    intents = engine.knowledge.intents
    last = intents.get(subject)
    asked = engine.lexicon.follow_ups.rest(text) or text
    if last is None or first.probability < AGREED or len(fold(asked).split()) > SHORT_FOLLOW_UP:
        return False
    within = {one.id for one in intents.values() if one.topic == last.topic} | set(last.related)
    nearer = engine.matcher.match(asked, within=within, about=last.question[engine.lang])
    return bool(nearer) and nearer[0].intent == first.intent and nearer[0].probability >= AGREED_WITHIN
