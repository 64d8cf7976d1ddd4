"""The page for residents inside the test's process, and a browser without scripts that fills in its forms."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import httpx

from bot.channels.web_chat.person import address_of
from bot.engine import Engine
from bot.model import Address, Incoming
from bot.service.app import App
from bot.service.current import CurrentEngine
from bot.settings import Settings
from bot.stores.sqlite.store import SqliteStore
from bot.web.chat.answering import ChatParts
from bot.web.chat.app import chat_application
from bot.web.chat.feed import Feed
from bot.web.chat.limits import ChatLimits, Recent
from bot.web.chat.requests import COOKIE, SECURE_COOKIE
from bot.web.chat.site import Site, site_of
from bot.web.intake import Intake

ADDRESS = "http://127.0.0.1:8081"
SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
SCRIPT = {**SAME_ORIGIN, "x-loaban": "1"}
VOID = frozenset({"input", "meta", "link", "br"})


# --- what a page shows ------------------------------------------------------------------------------------------------


@dataclass
class Said:
    """A message on a page; choices are (words, value)."""

    id: int
    mine: bool
    lang: str = ""
    text: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    sound: str = ""


class Page(HTMLParser):
    """A page or a part of one, as somebody sees it: what is said, which forms there are, and all of the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.said: list[Said] = []
        self.forms: dict[str, dict[str, str]] = {}
        self.buttons: list[tuple[str, str, str]] = []  # words, name, value
        self.links: list[str] = []
        self.lang = ""
        self.words = ""
        self._open: list[tuple[str, dict[str, str]]] = []
        self._form = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.lang = given.get("lang", "")
        if tag == "form":
            self._form = given.get("id", f"{len(self.forms)}")
            self.forms[self._form] = {}
        if tag == "input" and given.get("type") == "hidden":
            self.forms[self._form][given["name"]] = given["value"]
        if tag == "li" and given.get("id", "").startswith("m"):
            self.said.append(Said(int(given["id"][1:]), given["class"] == "mine"))
        if tag == "div" and self._within("li") and self.said and not self.said[-1].lang:
            self.said[-1].lang = given.get("lang", "")
        if tag == "a":
            (self.said[-1].links if self._within("p") and self.said and self._in_talk() else self.links).append(given["href"])
        if tag == "audio":
            self.said[-1].sound = given["src"]
        if tag == "button":
            self.buttons.append(("", given.get("name", ""), given.get("value", "")))
            if self._in_talk():
                self.said[-1].choices.append(("", given["value"]))
        if tag == "p" and self._in_talk() and self.said[-1].text and not self._within("p"):
            self.said[-1].text += "\n\n"
        if tag not in VOID:
            self._open.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._within("style") or self._within("script"):
            return
        self.words += data
        if self._within("button"):
            words, name, value = self.buttons[-1]
            self.buttons[-1] = words + data, name, value
            if self._in_talk():
                label, value = self.said[-1].choices[-1]
                self.said[-1].choices[-1] = label + data, value
        elif self._within("p") and self._in_talk() and not self._within("ol", "choices"):
            self.said[-1].text += data

    def _within(self, tag: str, class_: str = "") -> bool:
        return any(one == tag and (not class_ or given.get("class") == class_) for one, given in self._open)

    def _in_talk(self) -> bool:
        return any(tag == "li" and given.get("id", "").startswith("m") for tag, given in self._open)

    @property
    def texts(self) -> list[str]:
        return [said.text for said in self.said]

    @property
    def last(self) -> Said:
        return self.said[-1]


# --- the page at work -------------------------------------------------------------------------------------------------


@dataclass
class House:
    """The page on a store of its own. `clock` may be moved; `fault` is raised by whatever is to be stored."""

    store: SqliteStore
    app: App
    parts: ChatParts
    client: httpx.AsyncClient
    clock: Callable[[], datetime]
    fault: Callable[[], None] = lambda: None

    def browser(self, **more: object) -> Browser:
        return Browser(self, **more)  # type: ignore[arg-type]

    def handle(self, *incomings: Incoming) -> None:
        """What comes by another channel."""
        self.app.handle(incomings)
        self.parts.feed.wake()


def page_settings(home: Path, **more: object) -> Settings:
    return Settings(home=home, web_listen="127.0.0.1:8081", telegram_token=None, _env_file=None, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def page_house(
    engine: Engine,
    store: SqliteStore,
    home: Path,
    *,
    current: CurrentEngine | None = None,
    site: Site | None = None,
    limits: ChatLimits | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncIterator[House]:
    settings, feed = page_settings(home), Feed(store)
    limits = limits or ChatLimits(clock=lambda: 0.0)  # nobody is forgiven by the passing of time
    app = App(current or CurrentEngine(engine), store, may_pass_on=limits.may_pass_on)
    failed: Recent[bool] = Recent()
    house: House

    def answer(batch: object, fits: object, at: datetime) -> dict[tuple[str, str], object]:
        house.fault()
        app.handle(batch)  # type: ignore[arg-type]
        return {}

    def set_aside(incoming: Incoming, error: Exception) -> None:
        app.set_aside(incoming, error)
        failed.put(incoming.id, True)

    intake = Intake(answer, now=now, set_aside=set_aside)  # type: ignore[arg-type]
    parts = ChatParts(
        site=site or site_of(settings),
        store=store,
        intake=intake,
        feed=feed,
        limits=limits,
        engine=lambda: engine,
        now=now,
        wake=feed.wake,
        failed=failed,
        link=lambda media: f"https://bot.example.vn/media/{media.rpartition(':')[2]}",
        counted=lambda status: None,
        home=home,
    )
    transport = httpx.ASGITransport(chat_application(parts), client=("203.0.113.7", 5000))
    working = [asyncio.create_task(intake.run()), asyncio.create_task(feed.run())]
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        house = House(store, app, parts, client, now)
        yield house
        await feed.stop()
        intake.stop()
        await asyncio.wait(working)


class Browser:
    """Somebody without scripts. `keeps` is whether the browser keeps cookies; `base` is "/nhung" in a frame."""

    def __init__(
        self, house: House, *, keeps: bool = True, base: str = "", headers: Mapping[str, str] = SAME_ORIGIN, query: str = ""
    ) -> None:
        self.house, self.keeps, self.base, self.headers = house, keeps, base, dict(headers)
        self.token = ""
        self.query = query
        self.page = Page("<html></html>")
        self.answer: httpx.Response | None = None

    @property
    def person(self) -> Address:
        return address_of(self.token or self.page.forms["f"]["ma"])

    async def open(self, path: str = "/", **headers: str) -> Page:
        """What is behind an address, and whatever it leads on to."""
        response = await self.house.client.get(f"{self.base}{path}", headers={**headers, **self._cookie()})
        return self._read(response)

    async def says(self, text: str) -> Page:
        """Write into the box and send it."""
        return await self._sends("f", noi_dung=text)

    async def taps(self, words: str) -> Page:
        """The newest button with these words."""
        name, value = next((name, value) for label, name, value in reversed(self.page.buttons) if label.strip() == words)
        return await self._sends("c", **({name: value} if name else {}))

    async def posts(self, path: str, fields: Mapping[str, str], **headers: str) -> httpx.Response:
        """A form, as it is."""
        self.answer = await self.house.client.post(
            f"{self.base}{path}", data=dict(fields), headers={**self.headers, **headers, **self._cookie()}
        )
        self._keep(self.answer)
        return self.answer

    async def follows(self, response: httpx.Response) -> Page:
        if response.status_code == 303:
            self.answer = await self.house.client.get(response.headers["location"].partition("#")[0], headers=self._cookie())
            return self._read(self.answer)
        return self._read(response)

    async def _sends(self, form: str, **fields: str) -> Page:
        if form not in self.page.forms:
            await self.open(f"/{self.query}")
        return await self.follows(await self.posts("/", {**self.page.forms[form], **fields}))

    def _read(self, response: httpx.Response) -> Page:
        self._keep(response)
        self.answer, self.page = response, Page(response.text)
        return self.page

    def _cookie(self) -> dict[str, str]:
        name = SECURE_COOKIE if self.house.parts.site.secure else COOKIE
        return {"cookie": f"{name}={self.token}"} if self.token else {}

    def _keep(self, response: httpx.Response) -> None:
        for given in response.headers.get_list("set-cookie"):
            if self.keeps:
                self.token = given.partition(";")[0].partition("=")[2]
        self.house.client.cookies.clear()


def nonce() -> str:
    return secrets.token_urlsafe(18)


def fields_of(page: Page, **more: str) -> dict[str, str]:
    """The form of the text box, filled in."""
    return {**page.forms["f"], **more}


def secured(site: Site, url: str, *embed: str) -> Site:
    return replace(site, url=url, embed=embed)
