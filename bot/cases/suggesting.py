"""Answers of the bot that an officer may begin an answer with: what the question of a case was taken for, and its text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.dialogue import expiry
from bot.engine import Engine
from bot.model import Case, Reply
from bot.model.well_known import SYSTEM

MOST = 3


def suggestions(engine: Engine, case: Case) -> Sequence[tuple[str, str]]:
    """Intents that are about something, the likeliest first, each with its question in the language of the case."""
    intents = [engine.knowledge.intents[match.intent] for match in engine.matcher.match(case.question)]
    lang = _language(engine, case)
    return [(intent.id, intent.question[lang]) for intent in intents if intent.topic != SYSTEM][:MOST]


def suggested_text(engine: Engine, case: Case, intent_id: str, today: date) -> str | None:
    """What the bot would answer on that day, without its choices; None for an intent that there is not."""
    intent, lang = engine.knowledge.intents.get(intent_id), _language(engine, case)
    if intent is None or intent.topic == SYSTEM:
        return None
    return expiry.marked(engine, lang, intent_id, Reply(intent.message(lang)), today).text


def _language(engine: Engine, case: Case) -> str:
    return case.lang if case.lang in engine.knowledge.words else engine.lang
