"""What most residents send, a text in a private chat, read without the library: its objects cost more than all else here.

Whatever has any other part, or a part of another shape, is for the library (`parsing.py`). Both readings give the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.telegram.repeats import Repeats
from bot.channels.telegram.updates import plain_text
from bot.model import Incoming

UPDATE = frozenset(("update_id", "message"))
MESSAGE = frozenset(("message_id", "from", "chat", "date", "text", "entities"))  # entities only say what looks how
CHAT = frozenset(("id", "type", "first_name", "last_name", "username"))
PERSON = frozenset(("id", "is_bot", "first_name", "last_name", "username", "language_code", "is_premium"))
FIRST, LAST = 0, 1 << 32  # seconds since 1970, outside of which nobody can tell what a date is


def read_simple(update: Mapping[str, Any], repeats: Repeats, now: datetime) -> Incoming | None:
    """As `read_once` of what the library makes of the update; None for what only the library is to read."""
    message = _object(update, "message", MESSAGE) if update.keys() == UPDATE else None
    chat = _object(message, "chat", CHAT) if message else None
    if message is None or chat is None or not _is_readable(update, message, chat):
        return None
    text, at = message["text"], datetime.fromtimestamp(message["date"], UTC)
    repeats.note(chat["id"], message["message_id"], update["update_id"], text)
    return plain_text(str(update["update_id"]), str(chat["id"]), text, at, now)


def _is_readable(update: Mapping[str, Any], message: Mapping[str, Any], chat: Mapping[str, Any]) -> bool:
    """Whether it is a text in a private chat, with all that the library asks for."""
    person, text, entities = _object(message, "from", PERSON), message.get("text"), message.get("entities", [])
    if person is None or type(text) is not str or not text or chat.get("type") != "private":
        return False
    numbers = (update["update_id"], message.get("message_id"), message.get("date"), chat.get("id"), person.get("id"))
    if any(type(one) is not int for one in numbers) or not FIRST < message["date"] < LAST:  # to Python a bool is an int
        return False
    of_somebody = type(person.get("is_bot")) is bool and type(person.get("first_name")) is str
    return of_somebody and type(entities) is list and all(type(one) is dict for one in entities)


def _object(around: Mapping[str, Any], name: str, known: frozenset[str]) -> dict[str, Any] | None:
    """The part of that name, where it is an object with nothing in it that is not known here."""
    part = around.get(name)
    return part if type(part) is dict and part.keys() <= known else None
