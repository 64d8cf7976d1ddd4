"""`loaban web` with the console: an owner signs in over HTTP, hears of what others store, and is let go at the end."""

from __future__ import annotations

import re
import signal
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bot.announcements import entering
from bot.model import Address
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import BUNG_LAO
from tests.processes import forked, free_port, until_open
from tests.stubs.bot_api import BotApi
from tests.waiting import PATIENCE

OURS = {"sec-fetch-site": "same-origin"}


def code_for(db: Path) -> str:
    with closing(SqliteStore(db)) as store, store.writing() as transaction:
        (owner,) = transaction.all_staff()
        return entering.give_code(transaction, owner.number, datetime.now(UTC))


def passed_on(db: Path) -> None:
    with closing(SqliteStore(db)) as store, store.writing() as transaction:
        now = datetime.now(UTC)
        transaction.open_case(Address("web", "anna"), BUNG_LAO, None, "vi", "Sửa xe ở đâu?", now, now)


async def test_an_owner_signs_in_and_hears_what_is_new(tmp_path: Path, tiny_home: Path) -> None:
    port, db = free_port(), tmp_path / "web.db"
    listen = ("--listen", "127.0.0.1:0", "--console", f"127.0.0.1:{port}")
    verb = ("bot", "--home", str(tiny_home), "web", *listen, "--db", str(db))
    address = f"http://127.0.0.1:{port}"
    async with (
        BotApi() as unused,
        forked(unused, db, *verb, LOABAN_CACHE=str(tmp_path / "cache")) as running,
        httpx.AsyncClient(base_url=address, timeout=PATIENCE, follow_redirects=True) as browser,
    ):
        await running.start()
        await until_open(port)
        code = code_for(db)
        door = (await browser.get("/vao", params={"ma": code})).text
        token = re.findall(r'name="the" value="(\w+)"', door)[0]
        today = await browser.post("/vao", data={"the": token, "ma": code}, headers=OURS)
        assert "Hôm nay" in today.text
        async with browser.stream("GET", "/dong") as news:
            lines = news.aiter_lines()
            while "data: " not in await anext(lines):
                pass
            passed_on(db)
            while "cases" not in await anext(lines):
                pass
            assert "Sửa xe ở đâu?" in (await browser.get("/viec")).text
            ended, logged = await running.signalled(signal.SIGTERM)
    assert ended == 0
    assert "Traceback" not in logged
    for secret in (code, browser.cookies["loaban-staff"]):
        assert secret not in logged
