"""What keeps a text from being sent: it is empty or too long, or it links where it may not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from bot.announcements.cleaning import clean
from bot.announcements.links import forbidden_links, suspicious_links
from bot.errors import Refusal
from bot.i18n import mark
from bot.text.splitting import utf16_units

NAMED_AT_MOST = 5  # addresses in one complaint; whoever takes these out is told of the next


@dataclass(frozen=True, slots=True)
class TextFault:
    """Why a text cannot be sent: a message of the catalogue and what stands in its braces."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)


TextFaults = Mapping[str, tuple[TextFault, ...]]  # language → what is wrong with the text in it


class UnfitText(Refusal):
    """Texts that cannot be sent: `faults` are all that is wrong with them, the message is the first of it."""

    def __init__(self, faults: TextFaults) -> None:
        first = next(iter(faults.values()))[0]
        super().__init__(first.message, **first.values)
        self.faults = faults


def text_faults(text: str, *, room: int, allowed: Collection[str], any_link: bool) -> tuple[TextFault, ...]:
    """Everything that keeps a text from being sent; none where it may go.

    `room` is how many UTF-16 units fit on the shortest channel, `allowed` the domains anybody may link to with all that
    is below them, `any_link` whether this person may link elsewhere too.
    """
    text = clean(text)
    if not text:
        return (TextFault(mark("Write the text of the announcement: it is empty.")),)
    return (*_unfit(text, room), *_links_refused(text, () if any_link else forbidden_links(text, allowed), allowed))


def _unfit(text: str, room: int) -> Iterator[TextFault]:
    if not any(sign.isalpha() for sign in text):
        yield TextFault(mark("Write the announcement in words: there is not one letter in it."))
    if text.startswith("/"):
        yield TextFault(mark("Begin the text with a word: apps take a text that begins with “/” for a command."))
    length = utf16_units(text)
    if length > room:
        values = {"length": length, "room": room, "over": length - room}
        message = mark("The text is {length} characters long and at most {room} fit. Shorten it by {over}.")
        yield TextFault(message, values)


def _links_refused(text: str, forbidden: tuple[str, ...], allowed: Collection[str]) -> Iterator[TextFault]:
    suspicious = suspicious_links(text)
    for host in suspicious[:NAMED_AT_MOST]:
        message = mark(
            "The address {host} is written with letters that imitate others, or hides where it leads: nobody can send it. "
            "Take it out. If it is no address, put a space after the full stop."
        )
        yield TextFault(message, {"host": host})
    hosts = [host for host in forbidden if host not in suspicious]
    if not hosts:
        return
    values = {"hosts": _listed(hosts), "allowed": _listed(sorted(allowed))}
    if allowed:
        message = mark(
            "Links to {hosts} are not allowed here. Take them out, or ask an administrator to send the announcement. "
            "Allowed: {allowed}. If it is no link, put a space after the full stop."
        )
    else:
        message = mark(
            "Links to {hosts} are not allowed here. Take them out, or ask an administrator to send the announcement. "
            "If it is no link, put a space after the full stop."
        )
    yield TextFault(message, values)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:NAMED_AT_MOST]) + (", …" if len(names) > NAMED_AT_MOST else "")
