"""What people sent by Telegram, opened for us. The token stands in the address of every file, so no error here quotes one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import httpx

from bot.channels.media import LARGEST, OpenedFile
from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.descriptor import NAME
from bot.channels.trust import trusted
from bot.delivery.pause import Pause
from bot.errors import SendError

CONNECT_SECONDS = 10.0
READ_SECONDS = 15.0


def file_id(media: str) -> str:
    """Telegram's id of what `Incoming.photo` or `Incoming.file` named; "" where it does not lie there."""
    vendor, _, rest = media.partition(":")
    return rest.rpartition(":")[2] if vendor == NAME else ""


class TelegramFiles:
    """Downloads, with connections of their own. `api` is the address up to and including `/bot`."""

    def __init__(self, client: TelegramClient, pause: Pause, token: str, api: str) -> None:
        self._client = client
        self._pause = pause
        self._address = f"{api.removesuffix('/bot')}/file/bot{token}/"
        self._http = httpx.AsyncClient(
            verify=trusted(),
            headers={"Accept-Encoding": "identity"},
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        )

    @asynccontextmanager
    async def open(self, media: str) -> AsyncIterator[OpenedFile]:
        """See `MediaSource`."""
        self._pause.check()
        found = await self._client.file(file_id(media))
        async with self._downloaded(found.get("file_path"), found.get("file_size")) as opened:
            yield opened

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def _downloaded(self, path: object, size: object) -> AsyncIterator[OpenedFile]:
        """The file at the path and of the size that getFile told. Raises SendError."""
        if not isinstance(path, str) or not path or path.startswith("/") or ".." in path:
            raise SendError("refused", "Telegram names no place where the file lies")
        if isinstance(size, int) and size > LARGEST:
            raise SendError("refused", f"a file of {size} bytes is too large")
        try:
            async with self._http.stream("GET", self._address + quote(path)) as response:
                if response.status_code != 200:
                    raise SendError("unreachable", f"HTTP {response.status_code} instead of a file")
                length = response.headers.get("content-length", "")
                whole = int(length) if length.isdecimal() and "content-encoding" not in response.headers else None
                yield OpenedFile(path.rpartition("/")[2], whole, _checked(response.aiter_bytes()))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise SendError("unreachable", type(error).__name__) from None


async def _checked(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same, up to the size that is allowed."""
    left = LARGEST
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise SendError("refused", "the file is too large")
        yield chunk
