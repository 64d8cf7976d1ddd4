"""Whether answers fit into the messages they are sent in, and into what a person reads in one go."""

from __future__ import annotations

from collections.abc import Iterator

from bot.i18n import mark
from bot.knowledge.known import Knowledge
from bot.knowledge.reading import Reading
from bot.model import Intent

MAX_SHORT = {"vi": 320}  # characters of the short answer, figures filled in; with all under it, it fits a phone
DEFAULT_MAX_SHORT = 340
MAX_MORE = 700  # what a person reads, or has read aloud, in one go
MAX_MESSAGE = 2000  # characters of everything in one message: the shortest limit of any channel (Zalo)


def check_lengths(reading: Reading, knowledge: Knowledge) -> None:
    """Add a problem for every text that is too long, by itself or with all that stands under it."""
    for intent in knowledge.intents.values():
        where = reading.intents[intent.id][1]
        for key, lang, length, limit in _too_long(intent):
            message = mark(
                "{key}.{lang} has {length} characters with its figures; at most {limit} are read to the end, shorten it"
            )
            reading.problem(where, where.line(key, lang), message, key=key, lang=lang, length=length, limit=limit)
        for lang in intent.short:
            length = len(intent.whole_message(lang))
            if length > MAX_MESSAGE:
                message = mark(
                    "short and more have {length} characters in '{lang}' with referral and sources; "
                    "a channel takes {limit}, shorten them"
                )
                reading.problem(where, where.line("short", lang), message, lang=lang, length=length, limit=MAX_MESSAGE)


def _too_long(intent: Intent) -> Iterator[tuple[str, str, int, int]]:
    """(key, language, length, limit)"""
    for lang, text in intent.short.items():
        limit = MAX_SHORT.get(lang, DEFAULT_MAX_SHORT)
        if len(text) > limit:
            yield "short", lang, len(text), limit
    for lang, text in intent.more.items():
        if len(text) > MAX_MORE:
            yield "more", lang, len(text), MAX_MORE
