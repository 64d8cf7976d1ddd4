"""The server that the browser meets: the real `loaban run`, which can be killed and started anew in the middle of a talk."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import SystemRandom

from bot.announcements import entering, staffing
from bot.model import COMMAND_LINE, Address, Audience, Plan, Subscription
from bot.stores.sqlite.store import SqliteStore
from bot.text.codes import new_code
from tests.at_the_desk import BUNG_LAO
from tests.processes import Process, forked, free_port, until_open
from tests.stubs.bot_api import BotApi
from tests.waiting import until

OFFICER = 21


def _addresses() -> Iterator[str]:
    return (f"10.7.{number // 250}.{number % 250 + 1}" for number in range(10_000))


@dataclass
class House:
    """`url` is where the page stands, `console` where staff work, `host` a page of another site that frames the page.

    `telegram` is where the officer is.
    """

    running: Process
    telegram: BotApi
    port: int
    host: str
    console_port: int
    addresses: Iterator[str] = field(default_factory=_addresses)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def console(self) -> str:
        return f"http://127.0.0.1:{self.console_port}"

    async def start(self) -> None:
        await self.running.start()
        await until_open(self.port)
        await until_open(self.console_port)

    async def killed(self) -> None:
        await self.running.signalled(signal.SIGKILL)

    async def officer_reads(self, words: str) -> None:
        await until(lambda: words in "\n".join(self.telegram.texts(OFFICER)))

    async def officer_writes(self, text: str) -> None:
        self.telegram.write(OFFICER, text)

    async def officers_code(self) -> str:
        """What the officer gets for /console."""
        before = len(self.telegram.sent)
        await self.officer_writes("/console")
        found: list[str] = []

        def told() -> bool:
            texts = [one.text for one in self.telegram.sent[before:] if one.chat == OFFICER]
            found[:] = re.findall(r"Mã của anh/chị: (\w{4} \w{4})", "\n".join(texts))
            return bool(found)

        await until(told)
        return found[0]

    def owners_code(self) -> str:
        """A code of an owner without a chat, as `loaban web` makes one."""
        with closing(SqliteStore(self.running.db)) as store, store.writing() as transaction:
            now = datetime.now(UTC)
            owner = next((one for one in transaction.all_staff() if one.role == "owner"), None)
            owner = owner or transaction.add_staff("owner", (), "", None, now)
            return entering.give_code(transaction, owner.number, now)

    async def subscriber(self, chat: int) -> None:
        """Somebody of Búng Lao who gets announcements in this chat."""
        self.telegram.write(chat, "xin chào")
        await until(lambda: bool(self.telegram.texts(chat)))
        with closing(SqliteStore(self.running.db)) as store, store.writing() as transaction:
            address = Address("telegram", str(chat))
            transaction.subscribe(Subscription(address, BUNG_LAO, (), "vi", datetime.now(UTC)))

    def announced(self, text: str) -> int:
        """An announcement that somebody else wrote, and the owner may approve: its number."""
        now = datetime.now(UTC)
        plan = Plan(new_code(SystemRandom()), {"vi": "UBND"}, {"vi": text}, Audience((BUNG_LAO,)), timedelta(days=3), due=now)
        with closing(SqliteStore(self.running.db)) as store, store.writing() as transaction:
            officer = next(one for one in transaction.all_staff() if one.role == "officer")
            added = transaction.add_announcement(
                plan, "paused", author=officer.number, approver=None, created=now, due=now, expires=now + plan.lasts
            )
            assert added is not None
            transaction.freeze(added, otherwise="vi")
            return added.id

    async def new_case(self, before: int) -> str:
        """The number of a question that the officer was told of after this many messages."""
        found: list[str] = []

        def told() -> bool:
            found[:] = re.findall(
                r"Việc (\d+)", "\n".join(one.text for one in self.telegram.sent[before:] if one.chat == OFFICER)
            )
            return bool(found)

        await until(told)
        return found[0]


def invited(db: Path) -> str:
    """The code by which an officer joins."""
    now = datetime.now(UTC)
    with closing(SqliteStore(db)) as store, store.writing() as transaction:
        return staffing.invite(transaction, COMMAND_LINE, "officer", (BUNG_LAO,), "", now, now + timedelta(days=1))


@asynccontextmanager
async def opened_house(folder: Path, cache: Path) -> AsyncIterator[House]:
    port, framing, console = free_port(), free_port(), free_port()
    host = f"http://localhost:{framing}"
    settings = {
        "LOABAN_CACHE": str(cache),
        "LOABAN_WEB_LISTEN": f"127.0.0.1:{port}",
        "LOABAN_CONSOLE_LISTEN": f"127.0.0.1:{console}",
        "LOABAN_EMBED_ORIGINS": host,
        "LOABAN_APPROVAL_ABOVE": "0",
        "LOABAN_LOG_LEVEL": "error",
    }
    async with (
        BotApi() as telegram,
        forked(telegram, folder / "loaban.db", "bot", "run", **settings) as running,
        await asyncio.start_server(_host_page(f"http://127.0.0.1:{port}"), "127.0.0.1", framing),
    ):
        house, code = House(running, telegram, port, host, console), invited(running.db)
        await house.start()
        await house.officer_writes(f"/join {code}")
        await house.officer_reads("cán bộ xã Búng Lao")
        yield house


def _host_page(chat: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """The site of a commune: the button of `nhung.js`, and two pages with a frame."""
    bodies = {
        "/frame": f'<iframe title="Loa Bản" width="350" height="700" src="{chat}/nhung/"></iframe>',
        "/frame-of-all": f'<iframe title="Loa Bản" width="350" height="700" src="{chat}/"></iframe>',
    }
    button = f'<p><a class="loaban" href="{chat}/?x=03301">Hỏi Loa Bản</a></p><script src="{chat}/nhung.js" defer></script>'

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        shown = f"<main><h1>Xã Búng Lao</h1>{bodies.get(path, button)}</main>"
        body = f'<!doctype html><html lang="vi"><title>Xã Búng Lao</title>{shown}'
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body.encode())}"
        writer.write(f"{head}\r\nConnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    return answer
