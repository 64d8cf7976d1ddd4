"""What every request for a page of ours meets first, and every answer last, whichever page it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import StoreError
from bot.logs import place
from bot.web.chat.requests import PageRefused

SAFE = frozenset({"GET", "HEAD"})
COME_AGAIN = (429, 503)
COME_AGAIN_SECONDS = 30
BY_STATUS: Mapping[int, str] = {404: "not_found", 405: "not_allowed"}

log = structlog.stdlib.get_logger(__name__)


class Guarding:
    """`counted` is told the status of every answer. A subclass says who is let in, and what a refusal looks like."""

    def __init__(self, app: ASGIApp, counted: Callable[[int], None]) -> None:
        self._app = app
        self._counted = counted

    def admit(self, request: Request) -> None:
        """Raises PageRefused."""
        raise NotImplementedError

    def refusal(self, request: Request, status: int, fault: str) -> Response:
        raise NotImplementedError

    def policy(self, path: str) -> str:
        """The Content-Security-Policy of what is behind this path."""
        raise NotImplementedError

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self  # so that the router raises what it refuses
        request, begun = Request(scope, receive), False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._secure(MutableHeaders(scope=message), message["status"], scope["path"])
                self._counted(message["status"])
            await send(message)

        try:
            self.admit(request)
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - a traceback could quote a resident
            if begun:
                log.error("a page broke off", error=place(error))
                return
            status, fault = _what_happened(error)
            if status == 500:
                log.error("a page cannot be made", error=place(error))
            await self.refusal(request, status, fault)(scope, receive, sending)

    def _secure(self, headers: MutableHeaders, status: int, path: str) -> None:
        headers["content-security-policy"] = self.policy(path)
        headers["x-content-type-options"] = "nosniff"
        headers["referrer-policy"] = "same-origin"  # with `no-referrer` a browser names no origin with our own forms either
        headers["permissions-policy"] = "camera=(), geolocation=(), microphone=()"
        headers.setdefault("cache-control", "no-store")
        if status in COME_AGAIN:
            headers["retry-after"] = str(COME_AGAIN_SECONDS)


def several(request: Request) -> Mapping[str, list[str]]:
    """The headers by name, with all that are there: one that stands twice is none of a browser."""
    headers = defaultdict(list)
    for name, value in request.headers.items():
        headers[name].append(value)
    return headers


def _what_happened(error: Exception) -> tuple[int, str]:
    if isinstance(error, PageRefused):
        return error.status, error.fault
    if isinstance(error, HTTPException):
        return error.status_code, BY_STATUS.get(error.status_code, "unreadable")
    if isinstance(error, StoreError):
        return 503, "busy"
    return 500, "bug"
