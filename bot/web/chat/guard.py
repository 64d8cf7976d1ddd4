"""What every request for the chat meets first: the right host, no forms of other sites, and frames only where they may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from bot.i18n import Words
from bot.web.chat.rendering import FRAMED, Pages, is_framed
from bot.web.chat.requests import SCRIPT_HEADER, PageRefused
from bot.web.chat.site import Site, comes_from_us
from bot.web.guarding import SAFE, Guarding, several


class Guard(Guarding):
    """`catalogues` speak the languages of error pages."""

    def __init__(
        self,
        app: ASGIApp,
        site: Site,
        pages: Pages,
        catalogues: Callable[[], Sequence[Words]],
        counted: Callable[[int], None],
    ) -> None:
        super().__init__(app, counted)
        self._site = site
        self._pages = pages
        self._catalogues = catalogues

    def admit(self, request: Request) -> None:
        own = self._site.origin(request.headers.get("host", "").lower())
        if own is None:
            raise PageRefused(421, "host")
        if request.method not in SAFE and not comes_from_us(several(request), own):
            raise PageRefused(403, "foreign")

    def refusal(self, request: Request, status: int, fault: str) -> Response:
        catalogues = self._catalogues()
        if SCRIPT_HEADER in request.headers:
            return Response(self._pages.sentence(fault, catalogues[0]), status, media_type="text/plain; charset=utf-8")
        base = FRAMED if is_framed(request.scope["path"]) else ""
        return HTMLResponse(self._pages.fault(fault, catalogues, base), status)

    def policy(self, path: str) -> str:
        ancestors = " ".join(self._site.embed) if is_framed(path) and self._site.embed else "'none'"
        return (
            f"default-src 'none'; style-src '{self._pages.style_hash}'; script-src 'self'; connect-src 'self'; "
            f"media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
        )
