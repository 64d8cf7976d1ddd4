"""What belongs to nobody: whether an announcement is genuine, recordings, the scripts. Nothing is kept of who asks."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from bot.channels.web_chat import form as fields
from bot.dialogue import genuine
from bot.knowledge.recordings import AUDIO, NAME
from bot.web.chat.answering import Answering
from bot.web.chat.linking import Part, parts
from bot.web.chat.rendering import paragraphs
from bot.web.chat.requests import PageRefused

LONGEST_CODE = 20
YEAR = "public, max-age=31536000, immutable"
DAY = "public, max-age=86400"


class Public(Answering):
    """Each method answers one kind of request."""

    async def check(self, request: Request) -> Response:
        """Whether an announcement is genuine. Nothing is kept of who asks."""
        visitor = self.looking(request)
        code = str(request.path_params.get("code") or request.query_params.get(fields.TOKEN) or "")[:LONGEST_CODE]
        lang = self.lang(request.query_params.get("lang"), None)
        text = await asyncio.to_thread(self._checked, code, lang) if code.strip() else ""
        told = [parts(one) if number == 0 else [Part(one)] for number, one in enumerate(paragraphs(text))]
        return HTMLResponse(self.pages.check(self._given.engine().words(lang), code, told, visitor.base))

    def _checked(self, code: str, lang: str) -> str:
        engine = self._given.engine()
        asked = genuine.code_in(engine, f"/check {code}")
        if asked is None:
            return genuine.no_code(engine.words(lang))
        with self._given.store.writing(()) as transaction:
            found = transaction.announced(asked)
        return genuine.check_reply(engine, lang, asked, found, self._given.now()).text

    async def recording(self, request: Request) -> Response:
        """An answer read aloud; part of it for players that ask so."""
        self.looking(request)
        name = f"{request.path_params['lang']}/{request.path_params['name']}"
        path = self._given.home / AUDIO / name
        if not NAME.fullmatch(name) or not path.is_file():
            raise PageRefused(404, "not_found")
        kind = "audio/ogg" if name.endswith(".ogg") else "audio/mpeg"
        return FileResponse(path, media_type=kind, headers={"cache-control": DAY})

    async def script(self, request: Request) -> Response:
        """Ours, under an address that changes with it."""
        return Response(self.pages.script, media_type="text/javascript; charset=utf-8", headers={"cache-control": YEAR})

    async def embedding(self, request: Request) -> Response:
        """For other sites, where any may frame the page; else their link stays a link."""
        if not self._given.site.embed:
            raise PageRefused(404, "not_found")
        headers = {"cache-control": DAY, "cross-origin-resource-policy": "cross-origin"}
        return Response(self.pages.embedding, media_type="text/javascript; charset=utf-8", headers=headers)

    async def nothing(self, request: Request) -> Response:
        """Browsers ask for a picture of every site."""
        return Response(status_code=204, headers={"cache-control": DAY})
