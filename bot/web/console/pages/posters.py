"""*In*: the posters of `loaban poster`, for one's own communes. Each is a page of its own, which a browser prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import HTMLResponse, Response

from bot.announcements.authority import speaks_for
from bot.authoring.poster import NO_WAY, poster_of
from bot.i18n import language_name, mark
from bot.model import Audience
from bot.web.chat.requests import PageRefused
from bot.web.console.asked import Asked
from bot.web.console.routes import ConsolePage, StaffRoute

TITLE = mark("Print")
TEXTS: Mapping[str, str] = {
    "title": TITLE,
    "posters": mark("Posters for the village house"),
    "how": mark("Open one, and print it on A4 with your browser (Ctrl+P). The code of the web page knows the commune."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A commune, with an address for each language in which its poster can be had."""

    name: str
    code: str
    languages: Sequence[tuple[str, str, str]]  # code, name, address


async def show(asked: Asked) -> Response:
    communes = sorted((place.name, code) for code, place in asked.names.places.items() if _is_theirs(asked, code))
    return asked.page(
        "posters.html",
        TEXTS,
        communes=[_row(asked, code) for _, code in communes],
        nowhere="" if asked.parts.ways(asked.words, "") else asked.say(NO_WAY),
    )


async def show_poster(asked: Asked) -> Response:
    """Raises PageRefused; Refusal where it would lead nowhere."""
    code = str(asked.request.path_params["place"])
    place = asked.names.places.get(code)
    if place is None or not _is_theirs(asked, code):
        raise PageRefused(404, "not_found")
    words = asked.words_in(asked.request.query_params.get("tieng"))
    html = poster_of(place, words, asked.parts.desk().engine.knowledge, asked.parts.ways(words, code))
    return HTMLResponse(html)


def _row(asked: Asked, code: str) -> Row:
    languages = [(lang, language_name(lang), f"/in/{code}?tieng={lang}") for lang in asked.catalogues]
    return Row(asked.names.place(code, asked.words), code, languages)


def _is_theirs(asked: Asked, code: str) -> bool:
    return speaks_for(asked.staff, Audience((code,)))


PAGE = ConsolePage(
    TITLE,
    "/in",
    "officer",
    (
        StaffRoute("posters", "GET", "/in", "officer", show),
        StaffRoute("poster", "GET", "/in/{place}", "officer", show_poster, bound=True),
    ),
)
