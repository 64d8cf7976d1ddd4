"""The console inside the test's process, and browsers of staff without scripts that fill in its forms."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from html.parser import HTMLParser
from random import SystemRandom
from typing import Any

import httpx

from bot.announcements import entering
from bot.authoring.poster import ways
from bot.authoring.proposals.proposal import Proof, Proposal
from bot.authoring.proposals.proving import Prove, Proving, Stage
from bot.authoring.proposals.steps import AddExamples
from bot.authoring.proposals.workbench import Workbench
from bot.authoring.reviewing.groups import Groups
from bot.engine import Engine
from bot.model import Address, Announcement, Audience, Case, CaseMessage, Plan, Role, Subscription
from bot.ports import Store
from bot.service.wiring import staff_chat
from bot.settings import Settings
from bot.stores import reading
from bot.text.codes import new_code
from bot.web.chat.site import Site
from bot.web.console.app import console_application
from bot.web.console.limits import LoginLimits
from bot.web.console.news import News
from bot.web.console.parts import ConsoleParts
from bot.web.health_check import Look
from tests.at_the_desk import BUNG_LAO, MORNING

ADDRESS = "http://127.0.0.1:8082"
SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
ANNA = Address("web", "a" * 40)


class Page(HTMLParser):
    """A page as somebody sees it: its words, links, and forms with what they carry and where they go."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html, self.words, self.title = html, "", ""
        self.links: list[str] = []
        self.forms: dict[str, dict[str, str]] = {}  # by address
        self._form = ""
        self._within: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = given["action"]
            self.forms.setdefault(self._form, {})
        if tag in ("input", "textarea") and self._form and "name" in given and given.get("type") not in ("checkbox", "radio"):
            self.forms[self._form][given["name"]] = given.get("value", "")
            self._field = given["name"]
        if tag == "a":
            self.links.append(given["href"])
        if tag not in ("input", "meta", "link", "br"):
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = ""
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._within and self._within[-1] == "textarea":
            self.forms[self._form][self._field] += data.lstrip("\n")
        elif self._within and self._within[-1] == "title":
            self.title += data
        elif self._within and self._within[-1] not in ("style", "script"):
            self.words = re.sub(r"\s+", " ", f"{self.words} {data}")


@dataclass
class ConsoleHouse:
    """The console on a store, at a time that may be moved."""

    parts: ConsoleParts
    client: httpx.AsyncClient
    settings: Settings
    now: datetime = MORNING
    look: Look | None = None

    @property
    def store(self) -> Store:
        return self.parts.store

    def staff(self, role: Role, *places: str, user: str = "", lang: str = "vi") -> int:
        """Somebody new, who has a chat on Telegram."""
        from bot.model import Session

        with self.store.writing() as transaction:
            address = Address("telegram", user or f"{role}-{len(transaction.all_staff())}")
            transaction.save_session(Session(address, lang=lang, greeted=True, at=self.now))
            return transaction.add_staff(role, places, "", address, self.now).number

    def code(self, number: int) -> str:
        """What /console gives somebody."""
        with self.store.writing() as transaction:
            return entering.give_code(transaction, number, self.now)

    async def signed_in(self, number: int) -> Browser:
        browser = Browser(self)
        page = await browser.sign_in(self.code(number))
        assert "/thoat" in page.forms, f"nobody is signed in ({browser.status}): {page.words[:500]}"
        return browser

    def case(self, place: str = BUNG_LAO, question: str = "Tôi hỏi việc hộ nghèo.", resident: Address = ANNA) -> Case:
        with self.store.writing() as transaction:
            due = self.now + timedelta(minutes=30)
            return transaction.open_case(resident, place, "poverty", "vi", question, self.now, due)

    def subscribers(self, count: int, place: str = BUNG_LAO, *, first: int = 1000, topics: tuple[str, ...] = ()) -> None:
        with self.store.writing() as transaction:
            for number in range(first, first + count):
                transaction.subscribe(Subscription(Address("telegram", str(number)), place, topics, "vi", self.now))

    def announcement(self, author: int, place: str = BUNG_LAO, text: str = "Mai có lớp may.", **more: Any) -> Announcement:
        """Confirmed by somebody; at once, if nothing else is said."""
        plan = Plan(new_code(SystemRandom()), {"vi": "UBND"}, {"vi": text}, Audience((place,)), timedelta(days=3), **more)
        with self.store.writing() as transaction:
            return self.parts.desk().actions.confirm(transaction, author, plan, self.now).announcement

    def announced(self, number: int) -> Announcement:
        with self.store.viewing() as view:
            found = view.announcement(number)
        assert found is not None
        return found

    def resident_writes(self, case: Case, text: str) -> None:
        with self.store.writing() as transaction:
            current = transaction.case(case.number)
            assert current is not None
            cases = self.parts.desk().cases
            cases._add_resident_message(transaction, current, CaseMessage(None, text, self.now))

    def proposal(self, author: int, text: str = "nhà tôi vay được mấy tiền") -> Proposal:
        """A wording that somebody proposes."""
        step = AddExamples(intent="loan-amount", texts={"vi": (text,)})
        return self.parts.bench.begin(author, [step], self.now)

    def found(self, number: int) -> Case:
        with self.store.writing() as transaction:
            case = transaction.case(number)
        assert case is not None
        return case

    def log(self) -> list[tuple[int, str, str]]:
        """Who did what to what, the newest first."""
        with self.store.writing() as transaction:
            return [(one.actor, one.action, one.subject) for one in transaction.log(50)]

    def told(self, number: int) -> list[str]:
        """What waits to be sent to somebody."""
        with self.store.writing() as transaction:
            staff = transaction.staff_number(number)
        return [one.reply.text for one in self.store.due_replies("telegram") if staff and one.to == staff.address]


async def proved_well(proposal: Proposal, moved: Callable[[Stage], None]) -> Proof:
    """Without a process: nothing is wrong, and nothing was measured."""
    return Proof(base=proposal.base, head=proposal.head)


@asynccontextmanager
async def console_house(
    engine: Engine, store: Store, settings: Settings, prove: Prove | None = None
) -> AsyncIterator[ConsoleHouse]:
    """`settings` name the database that `store` has open. Proposals are found to be good, unless `prove` says otherwise."""
    desk = staff_chat(settings, engine)
    bench = Workbench(settings.home, settings.proposals, engine.words("vi"))
    news = News(store, lambda: {"proposals": proving.mark})
    proving = Proving(bench, prove or proved_well, news.wake)
    house: ConsoleHouse
    parts = ConsoleParts(
        site=Site(settings.console_url, (), (), 0),
        store=store,
        news=news,
        limits=LoginLimits(clock=lambda: house.now.timestamp()),
        desk=lambda: desk,
        now=lambda: house.now,
        wake=news.wake,
        link=lambda media: f"https://bot.example.vn/media/{media.rpartition(':')[2]}",
        counted=lambda status: None,
        sums=partial(reading, settings),
        health=lambda: house.look,
        ways=partial(ways, settings),
        bench=bench,
        proving=proving,
        groups=Groups(),
    )
    transport = httpx.ASGITransport(console_application(parts), client=("203.0.113.7", 5000))
    telling = asyncio.create_task(news.run())
    async with httpx.AsyncClient(transport=transport, base_url=settings.console_url or ADDRESS) as client:
        house = ConsoleHouse(parts, client, settings)
        yield house
        await proving.stop()
        await news.stop()
        await telling


@dataclass
class Browser:
    """Somebody of the staff without scripts; it keeps its cookies."""

    house: ConsoleHouse
    agent: str = "Mozilla/5.0 (Linux; Android 14) Chrome/156.0"
    cookies: dict[str, str] = field(default_factory=dict)
    page: Page = field(default_factory=lambda: Page(""))
    status: int = 0

    async def sign_in(self, code: str) -> Page:
        await self.open("/vao")
        return await self.sends("/vao", ma=code)

    async def open(self, path: str) -> Page:
        return await self._followed(await self.get(path))

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return self._kept(await self.house.client.get(path, headers={**self._headers(), **headers}))

    async def sends(self, action: str, **fields: object) -> Page:
        """Fill in the form that goes there, and send it."""
        return await self._followed(await self.post(action, {**self.page.forms[action], **fields}))

    async def post(self, path: str, fields: Mapping[str, object], **headers: str) -> httpx.Response:
        sent = {**self._headers(), **SAME_ORIGIN, **headers}
        return self._kept(await self.house.client.post(path, data=dict(fields), headers=sent))

    async def _followed(self, answer: httpx.Response) -> Page:
        while answer.status_code == 303:
            answer = await self.get(answer.headers["location"])
        self.status, self.page = answer.status_code, Page(answer.text)
        return self.page

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"user-agent": self.agent, **({"cookie": cookies} if cookies else {})}

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        for given in answer.headers.get_list("set-cookie"):
            name, _, value = given.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in given:
                del self.cookies[name]
        self.house.client.cookies.clear()
        return answer
