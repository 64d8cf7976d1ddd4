"""Choices where nothing can be tapped."""

from __future__ import annotations

from dataclasses import replace

from bot.model import Reply
from bot.split import split_text, utf16_units


def numbered(reply: Reply) -> str:
    """The reply as text, its choices under it with their numbers."""
    choices = [f"  {number}. {button.label}" for number, button in enumerate(reply.buttons, start=1)]
    return "\n".join([reply.text, *(["", *choices] if choices else [])])


def numbered_parts(reply: Reply, limit: int) -> list[str]:
    """The same as messages of at most `limit` UTF-16 units. The choices stay together, at the end of the last one."""
    whole = numbered(reply) if reply.text else numbered(reply).strip("\n")
    if not reply.buttons or utf16_units(whole) <= limit:
        return split_text(whole, limit)
    choices = numbered(replace(reply, text="")).strip("\n")
    *first, last = split_text(reply.text, limit) or [""]
    together = f"{last}\n\n{choices}".strip("\n")
    if utf16_units(together) <= limit:
        return [*first, together]
    return [*first, *([last] if last else []), *split_text(choices, limit)]
