"""Whether a message that was written after an announcement is about it, or a question of its own."""

from __future__ import annotations

import math

from bot.dialogue import urgency
from bot.dialogue.decide import decide, of_topic
from bot.dialogue.learned import RECEIVED, taught
from bot.dialogue.meaning import subject_of
from bot.engine import Engine
from bot.model import Session
from bot.model.well_known import ANNOUNCEMENTS, SYSTEM

TAUGHT_ABOUT, TAUGHT_OTHERWISE = 0.55, 0.10  # from the first on a message is about what has just arrived, below the other not
TAUGHT_SURELY = 0.9  # from which on it is, though by itself it may mean another topic: "có mất đồng nào không"
CLEARLY_ITS_OWN = 0.75  # probability of another topic than the announcement's that no likelihood overrules
RATHER = 0.6  # probability of a topic from which what a message asks by itself comes before an announcement at hand
SYSTEM_SHARE = 0.85  # of the probability that Loa Bản itself is asked about: an announcement is asked about in the same words
URGENT_AHEAD = 0.2  # what may be urgent is less likely than this about an announcement


def taught_about_received(text: str, session: Session, engine: Engine) -> float:
    """Probability, as learnt from conversations, that a message right after an announcement is about it."""
    return math.exp(taught(text, engine, (RECEIVED, *session.subjects), session)[RECEIVED])


def is_of_its_topic(text: str, announcement: str, session: Session, engine: Engine) -> bool:
    """Whether what a message most likely means, as learnt, is of the topic of the announcement: "học bao lâu" after a class."""
    intents, found = engine.knowledge.intents, taught(text, engine, session.subjects, session)
    first = intents.get(max(found, key=lambda name: found[name]))
    return first is not None and first.topic in _topics_of(announcement, engine)


def asks_of_another_topic(text: str, announcement: str, likely: float, engine: Engine) -> bool:
    """Whether a message is about danger, or by itself about a topic that the announcement is not of.

    `likely`: how likely it is about the announcement, as learnt; where that is sure, only danger comes first.
    """
    intents = engine.knowledge.intents
    decision = urgency.by_its_words(text, engine.matcher.match(text), engine)
    first = intents[decision.choices[0].intent] if decision.choices and decision.zone != "unknown" else None
    if first is None or (first.urgent and decision.zone == "answer"):
        return first is not None
    if likely >= TAUGHT_SURELY:
        return urgency.tells_danger(text, engine)
    if first.id == ANNOUNCEMENTS or not stands_alone(text, CLEARLY_ITS_OWN, engine):
        return False
    return first.topic not in _topics_of(announcement, engine)


def _topics_of(announcement: str, engine: Engine) -> set[str]:
    return {engine.knowledge.intents[intent].topic for intent in subject_of(announcement, engine)}


def stands_alone(text: str, rival: float, engine: Engine) -> bool:
    """Whether the message, taken by itself, means something at least as surely as `rival`; what is urgent needs less."""
    intents = engine.knowledge.intents
    matches = engine.matcher.match(text)
    decision = decide(matches, intents)
    if urgency.tells_danger(text, engine):
        return True
    if decision.zone == "unknown" or not decision.choices:
        return False
    first = decision.choices[0]
    intent = intents[first.intent]
    sure = of_topic(intent.topic, matches, intents) if intent.topic != SYSTEM else first.probability * SYSTEM_SHARE
    return sure + (URGENT_AHEAD if intent.urgent else 0.0) >= rival
