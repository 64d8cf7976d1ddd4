"""What every request meets first, and every answer last: the right host, no forms of other sites, and the headers that keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import StoreError
from bot.i18n import Words
from bot.logs import place
from bot.web.chat.rendering import FRAMED, Pages, is_framed
from bot.web.chat.requests import SCRIPT_HEADER, PageRefused
from bot.web.chat.site import Site, comes_from_us

SAFE = frozenset({"GET", "HEAD"})
COME_AGAIN = (429, 503)
COME_AGAIN_SECONDS = 30
BY_STATUS: Mapping[int, str] = {404: "not_found", 405: "not_allowed"}

log = structlog.stdlib.get_logger(__name__)


class Guard:
    """`catalogues` speak the languages of error pages; `counted` is told the status of every answer."""

    def __init__(
        self,
        app: ASGIApp,
        site: Site,
        pages: Pages,
        catalogues: Callable[[], Sequence[Words]],
        counted: Callable[[int], None],
    ) -> None:
        self._app = app
        self._site = site
        self._pages = pages
        self._catalogues = catalogues
        self._counted = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self  # so that the router raises what it refuses
        request, begun = Request(scope, receive), False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._secure(MutableHeaders(scope=message), message["status"], framed=is_framed(scope["path"]))
                self._counted(message["status"])
            await send(message)

        try:
            self._admit(request)
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - a traceback could quote a resident
            if begun:
                log.error("a page broke off", error=place(error))
                return
            await self._refusal(request, error)(scope, receive, sending)

    def _admit(self, request: Request) -> None:
        """Raises PageRefused."""
        own = self._site.origin(request.headers.get("host", "").lower())
        if own is None:
            raise PageRefused(421, "host")
        if request.method not in SAFE:
            headers = defaultdict(list)
            for name, value in request.headers.items():
                headers[name].append(value)
            if not comes_from_us(headers, own):
                raise PageRefused(403, "foreign")

    def _refusal(self, request: Request, error: Exception) -> Response:
        status, fault = _what_happened(error)
        if status == 500:
            log.error("a page cannot be made", error=place(error))
        catalogues = self._catalogues()
        if SCRIPT_HEADER in request.headers:
            return Response(self._pages.sentence(fault, catalogues[0]), status, media_type="text/plain; charset=utf-8")
        base = FRAMED if is_framed(request.scope["path"]) else ""
        return HTMLResponse(self._pages.fault(fault, catalogues, base), status)

    def _secure(self, headers: MutableHeaders, status: int, *, framed: bool) -> None:
        ancestors = " ".join(self._site.embed) if framed and self._site.embed else "'none'"
        headers["content-security-policy"] = (
            f"default-src 'none'; style-src '{self._pages.style_hash}'; script-src 'self'; connect-src 'self'; "
            f"media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
        )
        headers["x-content-type-options"] = "nosniff"
        headers["referrer-policy"] = "same-origin"  # with `no-referrer` a browser names no origin with our own forms either
        headers["permissions-policy"] = "camera=(), geolocation=(), microphone=()"
        headers.setdefault("cache-control", "no-store")
        if status in COME_AGAIN:
            headers["retry-after"] = str(COME_AGAIN_SECONDS)


def _what_happened(error: Exception) -> tuple[int, str]:
    if isinstance(error, PageRefused):
        return error.status, error.fault
    if isinstance(error, HTTPException):
        return error.status_code, BY_STATUS.get(error.status_code, "unreadable")
    if isinstance(error, StoreError):
        return 503, "busy"
    return 500, "bug"
