"""The console as HTML: templates that escape all they are given, one style by its hash, one script."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Any

from babel.dates import format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.i18n import Words, language_name
from bot.web.chat.rendering import digest, without_blanks, without_margins
from bot.web.console.texts import FAULTS, said
from bot.zone import ZONE, local_day

PACKAGE = "bot.web.console"


@dataclass(frozen=True)
class Templates:
    """All of them, with the style and the script."""

    environment: Environment = field(init=False)
    style_hash: str = field(init=False)  # as a Content-Security-Policy names it
    script: str = field(init=False)

    def __post_init__(self) -> None:
        static = files(PACKAGE).joinpath("static")
        style = without_blanks(static.joinpath("console.css").read_text("utf-8"))
        script = without_margins(static.joinpath("console.js").read_text("utf-8"))
        environment = Environment(
            loader=PackageLoader(PACKAGE),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals |= {
            "style": Markup(style),  # noqa: S704 - a file of ours
            "script_version": digest(script.encode()).hex()[:12],
            "language_name": language_name,
            "frame": None,
            "done": "",
            "here": "",
            "written": "",
            "errors": {},
            "values": {},
        }
        object.__setattr__(self, "environment", environment)
        object.__setattr__(self, "style_hash", f"sha256-{base64.b64encode(digest(style.encode())).decode()}")
        object.__setattr__(self, "script", script)

    def page(self, name: str, words: Words, texts: Mapping[str, str], **given: Any) -> str:
        """`texts` are those of the page, by the keys that its template names."""
        return self.environment.get_template(name).render(t=said(words, texts), lang=words.lang, **given)

    def fault(self, fault: str, catalogues: Sequence[Words], **given: Any) -> str:
        """What went wrong, in one language or in all of them."""
        told = [(words.lang, words.say(FAULTS[fault])) for words in catalogues]
        return self.page("fault.html", catalogues[0], {}, told=told, **given)


def short_moment(at: datetime, now: datetime, words: Words) -> str:
    """The clock of Điện Biên: "8:02", and the day where it is not today's: "8:02, 23/11"."""
    clock, day = ("H:mm", "H:mm, d/M") if words.lang == "vi" else ("HH:mm", "HH:mm, d MMM")
    pattern = clock if local_day(at) == local_day(now) else day
    return str(format_datetime(at.astimezone(ZONE), pattern, locale=words.lang))


def short_clock(at: datetime, words: Words) -> str:
    """The clock of Điện Biên alone."""
    return str(format_datetime(at.astimezone(ZONE), "H:mm" if words.lang == "vi" else "HH:mm", locale=words.lang))
