"""Whether answers fit into the messages they are sent in."""

from __future__ import annotations

from bot.i18n import mark
from bot.knowledge.known import Knowledge
from bot.knowledge.reading import Reading

MAX_MESSAGE = 2000  # characters of answer, referral and source line together: the shortest limit of any channel (Zalo)


def check_lengths(reading: Reading, knowledge: Knowledge) -> None:
    """Add a problem for every answer that is too long with all that stands under it."""
    for intent in knowledge.intents.values():
        for lang in intent.answer:
            length = len(intent.message(lang))
            if length > MAX_MESSAGE:
                where = reading.intents[intent.id][1]
                message = mark(
                    "answer.{lang} has {length} characters with its referral and sources; a channel takes {limit}, shorten it"
                )
                reading.problem(where, where.line("answer", lang), message, lang=lang, length=length, limit=MAX_MESSAGE)
