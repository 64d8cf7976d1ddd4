"""An update as python-telegram-bot has it, also where the library cannot read all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from telegram import Message, Update

from bot.channels.telegram.descriptor import NAME
from bot.logs import place

# What of a message decides who wrote what to whom, and whether it was passed on or changed.
WORDS = (
    *("message_id", "date", "edit_date", "chat", "from", "sender_chat", "forward_origin", "text", "caption"),
    *("migrate_to_chat_id", "migrate_from_chat_id", "message_thread_id", "is_topic_message"),
)
UNDER_A_BUTTON = ("message_id", "date", "chat", "message_thread_id", "is_topic_message")

log = structlog.stdlib.get_logger(__name__)


def parsed_update(update: Mapping[str, Any]) -> Update:
    """The update as the library has it, without the parts of a message that the library cannot read.

    Raises whatever the library raises where it cannot be read who wrote what to whom.
    """
    try:
        return Update.de_json(dict(update), None)
    except Exception as error:
        readable = _readable(update)
        if not readable:
            raise
        log.warning("a part of an update cannot be read and is left out", channel=NAME, error=place(error))
        return Update.de_json({"update_id": update["update_id"], **readable}, None)


def press_in(update: Mapping[str, Any]) -> str | None:
    """The id of a button press, which it is acknowledged by."""
    query = update.get("callback_query")
    id_ = query.get("id") if isinstance(query, dict) else None
    return id_ if isinstance(id_, str) else None


def _readable(update: Mapping[str, Any]) -> dict[str, Any]:
    """What can be read of a message, or the press of a button without all that stands around; empty where there is neither."""
    for kind in ("message", "edited_message"):
        if isinstance(message := update.get(kind), dict):
            return {kind: _readable_parts(message)}
    query = update.get("callback_query")
    if isinstance(query, dict) and isinstance(query.get("message"), dict):
        return {"callback_query": {**query, "message": _only(UNDER_A_BUTTON, query["message"])}}
    return {}


def _readable_parts(message: dict[str, Any]) -> dict[str, Any]:
    """The words of a message and every further part that the library can read, or the words of that part."""
    kept = words = _only(WORDS, message)
    for name, part in message.items():
        if name in words:
            continue
        for candidate in (part, _only(WORDS, part)) if isinstance(part, dict) else (part,):
            try:
                Message.de_json({**words, name: candidate}, None)
            except Exception:  # noqa: S112, BLE001 - the library raises anything; the update as a whole is warned of
                continue
            kept = {**kept, name: candidate}
            break
    return kept


def _only(names: tuple[str, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}
