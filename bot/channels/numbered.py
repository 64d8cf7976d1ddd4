"""Choices where nothing can be tapped, and addresses where nothing can be shown."""

from __future__ import annotations

from dataclasses import replace

from bot.channels.media import MakeLink, web_address
from bot.channels.recordings import is_recording
from bot.model import Reply
from bot.text.phone import choice_lines
from bot.text.splitting import split_text, utf16_units


def numbered(reply: Reply) -> str:
    """The reply as text, its choices under it with their numbers."""
    choices = choice_lines((button.label, button.beside) for button in reply.buttons)
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


def address_of(reply: Reply, media: str | None, link: MakeLink) -> str | None:
    """Where somebody can open the photo or the file of a reply: on the web, or by a link, which cases and recordings get.

    An announcement goes to thousands: whoever has a link would load its photo from this machine.
    """
    if media is None or web_address(media):
        return media
    return None if reply.case is None and not is_recording(media) else link(media)


def with_file_as_address(reply: Reply, link: MakeLink) -> Reply:
    """The same, the address of its file under the text."""
    address = address_of(reply, reply.file, link)
    return replace(reply, text=f"{reply.text}\n\n{address}".strip()) if address else reply
