"""What is said where an answer rests on facts that were to be compared with their sources by a day that has passed.

The day is that of the message. Three rules keep this away from where it would do harm or is no matter: an urgent answer is
never held up by it, nor one about Loa Bản itself (class S), and a fact with `expired: never` (the numbers for an emergency,
what the law set once and for all) counts as checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.dialogue.answers import without_recordings
from bot.engine import Engine
from bot.i18n import Words
from bot.knowledge.known import Knowledge
from bot.model import Fact, Intent, Reply
from bot.model.periods import parse_period
from bot.model.well_known import CONTACT

FIGURES = ("money", "count", "percent", "points", "area")


def marked(engine: Engine, lang: str, intent_id: str, reply: Reply, today: date) -> Reply:
    """The reply that answers `intent_id`, led by a sentence about expired facts, or whom to ask in its place."""
    knowledge = engine.knowledge
    intent = knowledge.intents[intent_id]
    expired = expired_facts(knowledge, intent, today)
    if not expired:
        return reply
    words = engine.words(lang)
    if any(fact.expired == "withhold" for fact in expired):
        return without_recordings(replace(reply, text=_withheld(knowledge, intent, words)))
    return without_recordings(replace(reply, text=f"{notice(expired, words)}\n\n{reply.text}"))


def expired_facts(knowledge: Knowledge, intent: Intent, today: date) -> Sequence[Fact]:
    """The facts of an answer whose day has passed on `today`, those of the oldest period first."""
    if intent.urgent or intent.cls == "S":
        return ()
    facts = (knowledge.facts[fact_id] for fact_id in intent.facts)
    expired = (fact for fact in facts if fact.review < today and fact.expired != "never")
    return sorted(expired, key=lambda fact: parse_period(fact.period)[0].first_day())


def notice(expired: Sequence[Fact], words: Words) -> str:
    """Of when it is, and that nobody has looked since; `expired` as of `expired_facts`, not empty."""
    when = words.when(expired[0].period)
    if len(expired) > 1:
        return words.say("Some of this is as of {when} and has not been checked again.", when=when)
    if expired[0].kind in FIGURES:
        return words.say("This figure is as of {when} and has not been checked again.", when=when)
    return words.say("This is as of {when} and has not been checked again.", when=when)


def _withheld(knowledge: Knowledge, intent: Intent, words: Words) -> str:
    why = words.say("What Loa Bản knows of this has not been checked again, so it gives no answer that may be wrong by now.")
    referral = intent.referral.get(words.lang) or knowledge.intents[CONTACT].referral.get(words.lang, "")
    return f"{why}\n\n{referral}".rstrip()
