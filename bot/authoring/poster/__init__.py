"""A poster for the village house: large words, and codes that a phone opens. One page of A4, printed by any browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import segno
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from bot.i18n import Words

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


def poster(words: Words, place: str, topics: Sequence[str], numbers: Sequence[str], ways: Sequence[Way]) -> str:
    """The page as HTML that needs nothing else. `place` is a commune with its kind; `numbers` are to be called in danger."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = files(__package__).joinpath("poster.html").read_text("utf-8")
    return environment.from_string(template).render(
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
