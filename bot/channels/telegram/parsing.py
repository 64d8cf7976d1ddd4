"""An update as python-telegram-bot has it, also where the library cannot read all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from telegram import Update

from bot.channels.telegram.descriptor import NAME
from bot.logs import place

# What of a message decides who wrote what to whom, and whether it was passed on or changed.
WORDS = ("message_id", "date", "edit_date", "chat", "from", "sender_chat", "forward_origin", "text", "caption")
UNDER_A_BUTTON = ("message_id", "date", "chat")

log = structlog.stdlib.get_logger(__name__)


def parsed_update(update: Mapping[str, Any]) -> Update:
    """The update as the library has it. Of one with a part that the library cannot read, the words and the press are left.

    Raises whatever the library raises, where these cannot be read.
    """
    try:
        return Update.de_json(dict(update), None)
    except Exception as error:
        bare = _bare(update)
        if not bare:
            raise
        log.warning("a part of an update cannot be read and is left out", channel=NAME, error=place(error))
        return Update.de_json({"update_id": update["update_id"], **bare}, None)


def press_in(update: Mapping[str, Any]) -> str | None:
    """The id of a button press, which it is acknowledged by."""
    query = update.get("callback_query")
    id_ = query.get("id") if isinstance(query, dict) else None
    return id_ if isinstance(id_, str) else None


def _bare(update: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a message, or the press of a button, without all that stands around; empty where there are none."""
    for kind in ("message", "edited_message"):
        message = update.get(kind)
        if isinstance(message, dict) and (message.get("text") or message.get("caption")):
            return {kind: _only(WORDS, message)}
    query = update.get("callback_query")
    if isinstance(query, dict) and isinstance(query.get("message"), dict):
        return {"callback_query": {**query, "message": _only(UNDER_A_BUTTON, query["message"])}}
    return {}


def _only(names: tuple[str, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}
