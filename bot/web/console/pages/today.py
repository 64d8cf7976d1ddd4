"""*Hôm nay*: what waits for whoever looks, as every page tells it; and what belongs to all pages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from starlette.responses import Response
from starlette.types import ASGIApp

from bot.announcements import entering
from bot.i18n import mark
from bot.ports import Transaction
from bot.web.chat.requests import PageRefused
from bot.web.console.asked import Asked
from bot.web.console.forms import own_path
from bot.web.console.news import NewsStream
from bot.web.console.routes import ConsolePage, StaffRoute, Waiting

TITLE = mark("Today")
TEXTS: Mapping[str, str] = {
    "title": TITLE,
    "nothing": mark("Nothing waits for you. What is new appears here by itself."),
}


async def show(asked: Asked) -> Response:
    def work(view: Transaction) -> Sequence[Waiting]:
        return [one for page in asked.pages if asked.may(page.least) for one in page.waits(asked, view)]

    return asked.page("today.html", TEXTS, waiting=await asked.look(work))


async def news(asked: Asked) -> ASGIApp:
    """The names of what changes, for as long as this browser is in."""
    if asked.request.method != "GET":
        raise PageRefused(405, "not_allowed")

    async def still_in() -> bool:
        now = asked.parts.now()
        return await asked.look(lambda view: entering.who_is_in(view, asked.secret, now)) is not None

    return NewsStream(asked.parts.news, asked.me, still_in)


async def speak(asked: Asked) -> Response:
    """In another language from now on, in this browser."""
    lang = asked.form.get("lang")
    if lang not in asked.catalogues:
        raise PageRefused(400, "unreadable")

    def work() -> None:
        with asked.parts.store.writing(()) as transaction:
            transaction.speak_on_device(asked.device.number, lang)

    await asyncio.to_thread(work)
    return asked.back(own_path(asked.form.get("tiep")))


PAGE = ConsolePage(
    TITLE,
    "/",
    "officer",
    (
        StaffRoute("today", "GET", "/", "officer", show),
        StaffRoute("news", "GET", "/dong", "officer", news),
        StaffRoute("language", "POST", "/ngon-ngu", "officer", speak),
    ),
)
