"""Recordings of answers, which lie among the content: read to be sent as voice, and opened behind a link."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.channels.media import MediaLinks, OpenedFile
from bot.errors import SendError
from bot.knowledge.recordings import AUDIO, NAME
from bot.model.well_known import RECORDING


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording, whole. `name` is what it is called where somebody saves it."""

    name: str
    data: bytes


def is_recording(media: str | None) -> bool:
    return (media or "").startswith(f"{RECORDING}:")


def read_recording(home: Path, media: str) -> Recording:
    """What `Reply.file` names. Raises SendError where there is no such recording any more."""
    name = media.removeprefix(f"{RECORDING}:")
    if not NAME.fullmatch(name):
        raise SendError("refused", "this is the name of no recording")
    try:
        return Recording(name.replace("/", "-"), (home / AUDIO / name).read_bytes())
    except OSError as error:
        raise SendError("refused", f"a recording cannot be read: {type(error).__name__}") from None


class RecordingSource:
    """`MediaSource` of the recordings under `home`."""

    name = RECORDING

    def __init__(self, home: Path, links: MediaLinks | None) -> None:
        self.links = links
        self._home = home

    @asynccontextmanager
    async def open(self, media: str) -> AsyncIterator[OpenedFile]:
        """See `MediaSource`."""
        found = await asyncio.to_thread(read_recording, self._home, media)
        yield OpenedFile(found.name, len(found.data), _once(found.data))


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
