"""A draft as it is written in a chat: kept as text between two messages, with the step that was asked last."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bot.announcements.draft import Draft, draft_data, draft_fields


@dataclass(frozen=True, slots=True)
class ChatDraft(Draft):
    """A draft, and where the conversation about it stands.

    step     that was asked last
    picked   communes understood of a list, `unread` the parts of it that still are to be; the first one is asked about
    seen     whether it was shown as a whole
    """

    step: str = "text"
    picked: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    seen: bool = False


def dump(draft: ChatDraft) -> str:
    """The draft as JSON."""
    chat = {"step": draft.step, "picked": draft.picked, "unread": draft.unread, "seen": draft.seen}
    return json.dumps({**draft_data(draft), **chat}, ensure_ascii=False)


def load(text: str) -> ChatDraft | None:
    """A draft from the JSON of `dump`; None for what another version wrote, which is given up."""
    try:
        data = json.loads(text)
        return ChatDraft(
            **draft_fields(data),
            step=data["step"],
            picked=tuple(data["picked"]),
            unread=tuple(data["unread"]),
            seen=data["seen"],
        )
    except (ValueError, KeyError, TypeError):
        return None
