"""Residents who want announcements and one for all of them, on a stub that answers as slowly as Telegram does."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

from bot.stores.sqlite.store import SqliteStore
from tests.announcing import announce, subscribe
from tests.processes import Process, process
from tests.stubs.bot_api import BotApi, Call

APP = "tests.faults.announce_app"
RATE = 25.0  # a second, what the bot allows itself on Telegram
LATENCY = 0.05  # seconds until the stub answers a send
ON_THE_WIRE = 0.2  # seconds; no process starts faster, so what comes earlier is of the one that was killed


@asynccontextmanager
async def staged(*module: str, people: int, **settings: str) -> AsyncIterator[tuple[BotApi, Process]]:
    """The stub and the process, not yet started, with `people` subscribers, whose chats have the numbers from 1 on."""
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "loaban.db"
        settings |= {"LOABAN_TELEGRAM_RATE": f"{RATE:g}", "LOABAN_DISK_FLOOR_MB": "0"}
        async with BotApi(latency=LATENCY) as api, process(api, db, *module, **settings) as under_test:
            for chat in range(1, people + 1):
                api.chat(chat)
            with closing(SqliteStore(db)) as store:
                subscribe(store, people)
            yield api, under_test


async def announced(db: Path) -> None:
    """From now on the announcement is sent, by day and by night; whoever may have missed it gets it again."""
    await asyncio.to_thread(_announce, db)


def _announce(db: Path) -> None:
    with closing(SqliteStore(db)) as store:
        announce(store, now=datetime.now(UTC), must=True, urgent=True)


async def happened(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for it, without keeping the machine busy. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)


def sends(api: BotApi, after: float = float("-inf")) -> list[Call]:
    """What the process asked the stub to send, later than that moment of the monotonic clock, in order of arrival."""
    return [call for call in api.calls if call.method == "sendMessage" and call.at > after]
