"""The page as HTML. Templates escape all that they are given; what may be tapped in a text was cut out of it before."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.channels.numbered import address_of
from bot.channels.recordings import is_recording
from bot.i18n import Words, language_name
from bot.knowledge.recordings import AUDIO, NAME, seconds_of
from bot.model import Button
from bot.model.well_known import RECORDING
from bot.ports import Shown
from bot.text.folding import has_accents
from bot.web.chat.linking import Part, parts
from bot.web.chat.texts import FAULTS, said

PACKAGE = "bot.web.chat"
BLANK_LINES = re.compile(r"\n\s*\n")
KILOBYTE = 1000

FRAMED = "/nhung"  # below this path is the page as other sites may frame it


def is_framed(path: str) -> bool:
    return path == FRAMED or path.startswith(f"{FRAMED}/")


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that is loaded when somebody wants to hear it; `told` is how long it is, and what it costs to load."""

    src: str
    told: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a template shows it: paragraphs in pieces, and what stands under them."""

    id: int
    mine: bool
    lang: str
    paragraphs: Sequence[Sequence[Part]]
    buttons: Sequence[Button]
    photo: str | None
    file: str | None
    sound: Sound | None


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the forms of a page carry along. `token` only where the browser keeps none."""

    nonces: tuple[str, str]
    token: str = ""
    after: int = 0
    place: str = ""
    lang: str = ""
    returned: bool = False


@dataclass(frozen=True, slots=True)
class ChatPage:
    """All that the page of a talk shows.

    over        what was said before is deleted by now
    no_cookies  the browser keeps nothing
    earlier     there is more of the talk than is shown
    fault       the key of what is wrong with the message that stands in the box, as `draft`
    """

    words: Words
    languages: Sequence[str]
    notice: str
    hidden: Hidden
    messages: Sequence[Message] = ()
    topics: Sequence[Button] = ()
    known: bool = False
    over: bool = False
    no_cookies: bool = False
    earlier: bool = False
    fault: str = ""
    draft: str = ""
    base: str = ""

    @property
    def asked(self) -> int:
        """The message that a browser goes to when it has sent one: what is wrong with it, else their last, above its answer."""
        return 0 if self.fault else max((one.id for one in self.messages if one.mine), default=0)


@dataclass(frozen=True)
class Pages:
    """The templates, with their style and script. `home` is where recordings lie; `link` opens what lies at a vendor."""

    home: Path
    link: Callable[[str], str | None]
    environment: Environment = field(init=False)
    style: str = field(init=False)
    style_hash: str = field(init=False)  # as a Content-Security-Policy names it
    script: str = field(init=False)
    embedding: str = field(init=False)

    def __post_init__(self) -> None:
        static = files(PACKAGE).joinpath("static")
        environment = Environment(
            loader=PackageLoader(PACKAGE),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # else four files are looked after for every message
        )
        style = without_blanks(static.joinpath("chat.css").read_text("utf-8"))
        script, embedding = (without_margins(static.joinpath(name).read_text("utf-8")) for name in ("chat.js", "nhung.js"))
        environment.globals |= {
            "style": Markup(style),  # noqa: S704 - a file of ours
            "script_version": digest(script.encode()).hex()[:12],
            "language_name": language_name,
            "base": "",
        }
        style_hash = f"sha256-{base64.b64encode(digest(style.encode())).decode()}"
        made = {"environment": environment, "style": style, "style_hash": style_hash, "script": script, "embedding": embedding}
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def chat(self, page: ChatPage) -> str:
        return self._rendered(
            "chat.html",
            page.words,
            base=page.base,
            page=page,
            fault=page.words.say(FAULTS[page.fault]) if page.fault else "",
        )

    def messages(self, messages: Sequence[Message], words: Words, base: str = "") -> str:
        """Some messages alone, as they stand in the page, for our script to put there."""
        return self._rendered("messages.html", words, base=base, messages=messages, asked=0)

    def deleted(self, words: Words, base: str = "") -> str:
        return self._rendered("deleted.html", words, base=base)

    def confirm_deletion(self, words: Words, token: str, base: str = "") -> str:
        return self._rendered("delete.html", words, base=base, token=token)

    def check(self, words: Words, code: str, paragraphs: Sequence[Sequence[Part]], base: str = "") -> str:
        """Whether an announcement is genuine; without paragraphs the form alone."""
        return self._rendered("check.html", words, base=base, code=code, paragraphs=paragraphs)

    def fault(self, fault: str, catalogues: Sequence[Words], base: str = "") -> str:
        """What went wrong, in every language: nobody knows yet which one is spoken."""
        told = [(words.lang, words.say(FAULTS[fault])) for words in catalogues]
        return self._rendered("fault.html", catalogues[0], base=base, told=told)

    def sentence(self, fault: str, words: Words) -> str:
        """The same for our script."""
        return words.say(FAULTS[fault])

    def message(self, shown: Shown, words: Words) -> Message:
        """`words` are those of the page. In what people wrote nothing can be tapped."""
        reply = shown.reply
        plain = shown.mine or reply.case is not None
        return Message(
            id=shown.id,
            mine=shown.mine,
            lang=_language(reply.text, words.lang, mine=shown.mine),
            paragraphs=[[Part(text)] if plain else parts(text) for text in paragraphs(reply.text)],
            buttons=reply.buttons,
            photo=address_of(reply, reply.photo, self.link),
            file=None if is_recording(reply.file) else address_of(reply, reply.file, self.link),
            sound=self._sound(reply.file, words),
        )

    def _sound(self, media: str | None, words: Words) -> Sound | None:
        name = (media or "").removeprefix(f"{RECORDING}:")
        if not is_recording(media) or not NAME.fullmatch(name):
            return None
        try:
            data = (self.home / AUDIO / name).read_bytes()
        except OSError:  # the content has changed since
            return None
        seconds, size = seconds_of(data), words.say("{kilobytes} KB", kilobytes=max(1, len(data) // KILOBYTE))
        told = size if seconds is None else f"{words.say('{seconds} seconds', seconds=seconds)} · {size}"
        return Sound(f"/nghe/{name}", told)

    def _rendered(self, template: str, words: Words, **given: Any) -> str:
        return self.environment.get_template(template).render(t=said(words), lang=words.lang, **given)


def paragraphs(text: str) -> list[str]:
    return [part.strip("\n") for part in BLANK_LINES.split(text) if part.strip()]


def _language(text: str, lang: str, *, mine: bool) -> str:
    """Ours are always written with accents; of what people write, only accents tell."""
    if has_accents(text):
        return "vi"
    return lang if mine else "en"


def without_blanks(css: str) -> str:
    """The style as it goes over the line: without comments, and without blanks that mean nothing."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r" ?([{};,>]) ?", r"\1", re.sub(r": ", ":", css)).replace(";}", "}").strip()


def without_margins(script: str) -> str:
    """A script as it goes over the line: without comments and indents. None of ours has a text of several lines."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
