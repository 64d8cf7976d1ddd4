"""What somebody sent through one vendor, opened for somebody on another: by a link that is signed and lasts a week."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from bot.channels.media import MediaSource, OpenedFile
from bot.errors import SendError
from bot.logs import place

AT_ONCE = 6
SECONDS = 180.0  # for a whole file, however slow the line is
COME_AGAIN = {"retry-after": "30"}
LONGEST_NAME = 80
UNSAFE = re.compile("[^A-Za-z0-9._-]")

# What a browser may show. Whatever could hold a program is for saving, as is all that nobody thought of.
SHOWN = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".aac": "audio/aac",
    ".pdf": "application/pdf",
}
SAVED = "application/octet-stream"

log = structlog.stdlib.get_logger(__name__)


class Media:
    """`/media/<token>`, an ASGI application over the channels that hand out links. Nothing of a file is kept.

    404 for whatever is no link of ours, is over, or leads to nothing any more; 503 where the vendor cannot be reached, or too
    many are being served. A file that ends in the middle is cut off, so that nobody takes it for whole.
    """

    def __init__(self, sources: Sequence[MediaSource]) -> None:
        self._sources = sources
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method not in ("GET", "HEAD"):
            await Response(status_code=405, headers={"allow": "GET, HEAD"})(scope, receive, send)
            return
        sent: list[str] = []

        async def noting(message: Message) -> None:
            sent.append(message["type"])
            await send(message)

        refused = await self._passed_on(request, noting)
        if refused is not None and not sent:
            await refused(scope, receive, send)

    async def _passed_on(self, request: Request, send: Send) -> Response | None:
        """None when all of it is sent, else what to say instead."""
        found = self._behind(request.path_params["token"])
        if found is None:
            return Response(status_code=404)
        if self._under_way >= AT_ONCE:
            return Response(status_code=503, headers=COME_AGAIN)
        source, media = found
        self._under_way += 1
        try:
            async with asyncio.timeout(SECONDS), source.open(media) as opened:
                await _send(opened, request.method == "GET", send)
        except SendError as error:
            log.warning("a file cannot be passed on", channel=source.name, reason=error.reason)
            return Response(status_code=503, headers=COME_AGAIN) if error.temporary else Response(status_code=404)
        except TimeoutError:
            log.warning("a file cannot be passed on", channel=source.name, reason="slow")
            return Response(status_code=503, headers=COME_AGAIN)
        except Exception as error:  # noqa: BLE001 - a traceback could quote an address with a token
            log.error("a file cannot be passed on", channel=source.name, error=place(error))
            return Response(status_code=500)
        finally:
            self._under_way -= 1
        return None

    def _behind(self, token: str) -> tuple[MediaSource, str] | None:
        for source in self._sources:
            media = source.links.media(token) if source.links else None
            if media is not None and media.startswith(f"{source.name}:"):
                return source, media
        return None


async def _send(file: OpenedFile, body: bool, send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in _headers(file).items()]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if body:
        async for chunk in file.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _headers(file: OpenedFile) -> dict[str, str]:
    name = UNSAFE.sub("_", file.name)[-LONGEST_NAME:].lstrip(".") or "file"
    shown = SHOWN.get(PurePosixPath(name).suffix.lower())
    return {
        "content-type": shown or SAVED,
        "content-disposition": f'{"inline" if shown else "attachment"}; filename="{name}"',
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-store",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex",
        **({} if file.size is None else {"content-length": str(file.size)}),
    }
