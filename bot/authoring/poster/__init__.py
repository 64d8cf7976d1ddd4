"""A poster for the village house: large words, and codes that a phone opens. One page of A4, printed by any browser."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import segno
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from bot.errors import Refusal
from bot.i18n import Words, mark
from bot.knowledge.known import Knowledge
from bot.model import Place
from bot.model.well_known import EMERGENCY_NUMBERS
from bot.settings import Settings

NO_WAY = mark("A poster leads somewhere: set LOABAN_WEB_URL, LOABAN_ZALO_URL or LOABAN_TELEGRAM_NAME first.")

CORRECTION = "m"  # so much of a code may be torn or dirty: a seventh


@dataclass(frozen=True, slots=True)
class Way:
    """One way to Loa Bản: what it is called, what it asks for, and the address that opens it."""

    name: str
    needs: str
    address: str

    @property
    def shown(self) -> str:
        """The address as somebody types it."""
        return self.address.removeprefix("https://").removeprefix("http://").partition("?")[0].rstrip("/")

    @property
    def code(self) -> Markup:
        """The address as a QR code, without the white around it, which the page leaves."""
        made = segno.make(self.address, error=CORRECTION, micro=False)
        return Markup(made.svg_inline(border=0, omitsize=True, dark="#000"))  # noqa: S704 - made of squares


def ways(settings: Settings, words: Words, place: str) -> tuple[Way, ...]:
    """Those that are set up, for the commune with this code."""
    found = []
    if settings.web_url:
        found.append(Way(words.say("Web page"), words.say("needs no account"), f"{settings.web_url}/?x={place}"))
    announces = words.say("with announcements of the commune")
    if settings.zalo_url:
        found.append(Way("Zalo", announces, settings.zalo_url))
    if settings.telegram_name:
        found.append(Way("Telegram", announces, f"https://t.me/{settings.telegram_name}"))
    return tuple(found)


def poster_of(place: Place, words: Words, known: Knowledge, leads: Sequence[Way]) -> str:
    """That of a commune, from this content. Raises Refusal where it would lead nowhere."""
    if not leads:
        raise Refusal(NO_WAY)
    called = words.place(place.kind, place.name)
    topics = [names[words.lang] for names in known.topics.values()]
    numbers = known.facts[EMERGENCY_NUMBERS].items[words.lang]
    return poster(words, called[0].upper() + called[1:], topics, numbers, leads)


def poster(words: Words, place: str, topics: Sequence[str], numbers: Sequence[str], ways: Sequence[Way]) -> str:
    """The page as HTML that needs nothing else. `place` is a commune with its kind; `numbers` are to be called in danger."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_template()).render(
        lang=words.lang,
        title=words.say("Ask Loa Bản"),
        place=place,
        topics=topics,
        what=words.say("Ask by phone, in your own words. Each answer names its source."),
        how=words.say("Open the camera of your phone, or Zalo, and hold it over a square:"),
        honest=words.say("A machine answers, no official. It asks for no money, no password and no OTP."),
        danger=words.say("In danger, call {numbers}.", numbers=words.join(tuple(numbers))),
        ways=ways,
    )


def style_hash() -> str:
    """Of the style in it, as a Content-Security-Policy names it."""
    style = _template().partition("<style>")[2].partition("</style>")[0]
    return f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"


@cache
def _template() -> str:
    return files(__package__).joinpath("poster.html").read_text("utf-8")
