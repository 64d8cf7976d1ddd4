"""What every request for the console meets first: the right host, and no form that a page of ours did not surely send."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from bot.authoring.poster import style_hash
from bot.i18n import Words
from bot.web.chat.requests import SCRIPT_HEADER, PageRefused
from bot.web.chat.site import Site
from bot.web.console.forms import surely_from_us
from bot.web.console.rendering import Templates
from bot.web.console.texts import FAULTS
from bot.web.guarding import SAFE, Guarding, several

POSTER = "/in/"  # below it each is a page of its own, with a style of its own


class ConsoleGuard(Guarding):
    """`catalogues` speak the languages of error pages."""

    def __init__(
        self,
        app: ASGIApp,
        site: Site,
        templates: Templates,
        catalogues: Callable[[], Sequence[Words]],
        counted: Callable[[int], None],
    ) -> None:
        super().__init__(app, counted)
        self._site = site
        self._templates = templates
        self._catalogues = catalogues

    def admit(self, request: Request) -> None:
        own = self._site.origin(request.headers.get("host", "").lower())
        if own is None:
            raise PageRefused(421, "host")
        if request.method not in SAFE and not surely_from_us(several(request), own):
            raise PageRefused(403, "foreign")

    def refusal(self, request: Request, status: int, fault: str) -> Response:
        catalogues = self._catalogues()
        if SCRIPT_HEADER in request.headers:
            return Response(catalogues[0].say(FAULTS[fault]), status, media_type="text/plain; charset=utf-8")
        return HTMLResponse(self._templates.fault(fault, catalogues), status)

    def policy(self, path: str) -> str:
        style = style_hash() if path.startswith(POSTER) else self._templates.style_hash
        return (
            f"default-src 'none'; style-src '{style}'; script-src 'self'; connect-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
