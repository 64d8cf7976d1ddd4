"""Choices where nothing can be tapped."""

from __future__ import annotations

from bot.model import Reply


def numbered(reply: Reply) -> str:
    """The reply as text, its choices under it with their numbers."""
    choices = [f"  {number}. {button.label}" for number, button in enumerate(reply.buttons, start=1)]
    return "\n".join([reply.text, *(["", *choices] if choices else [])])
