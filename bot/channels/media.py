"""Where photos and files lie: on the web, or at a vendor who opens them for nobody but us. To those we can hand out links."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable

VALID = timedelta(days=7)
LARGEST = 20_000_000  # bytes; Telegram gives bots no larger file
ADDRESS = re.compile(r"https://[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,2000}")

MakeLink = Callable[[str], str | None]


def no_link(media: str) -> str | None:
    """Where there is no public address, there are no links."""
    return None


def web_address(value: object) -> str | None:
    """An https address that a vendor names, or None for anything else."""
    return value if isinstance(value, str) and ADDRESS.fullmatch(value) else None


def can_carry(channel: str, media: str, linked: Collection[str]) -> bool:
    """Whether a photo or a file of a case, as `Incoming` names it, reaches somebody on this channel, shown or as an address.

    `linked` are the channels to whose media there are links.
    """
    return media.partition(":")[0] in ("https", channel, *linked)


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file at a vendor. `name` is what the vendor calls it; `size` in bytes, None where nobody says."""

    name: str
    size: int | None
    chunks: AsyncIterator[bytes]


@runtime_checkable
class MediaSource(Protocol):
    """A channel whose vendor keeps photos and files that only we can open. `links` is None where none are handed out."""

    name: str
    links: MediaLinks | None

    def open(self, media: str) -> AbstractAsyncContextManager[OpenedFile]:
        """What `Incoming.photo` or `Incoming.file` named. Raises SendError, also in the middle; its text tells no token."""
        ...


class MediaLinks:
    """Links to what lies at a vendor, each good for a week. What is behind one stands in it, signed; nothing is stored.

    `url` is our public address, without a slash at the end, `secret` that of the webhooks, `linked` are the channels whose
    media can be opened here.
    """

    def __init__(self, url: str, secret: str, now: Callable[[], datetime], linked: Collection[str]) -> None:
        self._url = url
        self._linked = linked
        self._key = hmac.digest(secret.encode(), b"links to media", hashlib.sha256)  # of no other use than this
        self._now = now

    def link(self, media: str) -> str | None:
        """The address of `<channel>:...`; None for what lies elsewhere."""
        channel, colon, _ = media.partition(":")
        if not colon or channel not in self._linked:
            return None
        until = int((self._now() + VALID).timestamp())
        said = _text(f"{until}:{media}".encode("utf-8", "replace"))
        return f"{self._url}/media/{said}.{self._signed(said)}"

    def media(self, token: str) -> str | None:
        """What a link leads to; None for a token that is not ours, and for one that is over."""
        said, _, signature = token.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signed(said).encode()):
            return None
        try:
            until, _, media = base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)).decode().partition(":")
            over = datetime.fromtimestamp(int(until), UTC) < self._now()
        except (binascii.Error, ValueError, OverflowError):  # signed by us, but by another version
            return None
        return None if over else media

    def _signed(self, said: str) -> str:
        return _text(hmac.digest(self._key, said.encode(), hashlib.sha256))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
