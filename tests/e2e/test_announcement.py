"""An announcement from the invitation to the last recipient: real commands, a real `loaban run`, a strict Bot API stub."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from bot.delivery.announcements import IN_FLIGHT
from bot.stores.sqlite.store import SqliteStore
from tests.announcing import subscribe
from tests.processes import forked, invited, printed_by
from tests.stubs.bot_api import BotApi

OFFICER, ADMIN, FARMER, WORKER, STRANGER = 21, 22, 31, 32, 33
CROWD = range(1000, 1120)
BUNG_LAO = "03301"
VIETNAMESE, ENGLISH = "Sáng thứ Bảy có lớp dạy may ở nhà văn hóa xã.", "A sewing class begins on Saturday morning."
NO_NIGHT = {"LOABAN_QUIET_HOURS": "00:00-00:00"}  # the test may run at any hour


async def answered(api: BotApi, chat: int, text: str) -> str:
    """Write, and wait for what comes back."""
    before = len(api.texts(chat))
    api.write(chat, text)
    return await _new(api, chat, before)


async def tapped(api: BotApi, chat: int, label: str) -> str:
    before = len(api.texts(chat))
    api.press(chat, label)
    return await _new(api, chat, before)


async def _new(api: BotApi, chat: int, before: int) -> str:
    """The messages after the first `before`, once no more come."""
    await api.until(lambda: len(api.texts(chat)) > before)
    seen = 0
    while seen != (seen := len(api.texts(chat))):  # noqa: ASYNC110 - nobody tells that no more will come
        await asyncio.sleep(0.4)
    return "\n\n".join(api.texts(chat)[before:])


async def subscribed(api: BotApi, chat: int, *, first: str, place: str, everything: str, agree: str) -> str:
    await answered(api, chat, first)
    await answered(api, chat, place)
    await tapped(api, chat, everything)
    return await tapped(api, chat, agree)


async def test_an_officer_announces_a_second_person_approves_a_crash_comes_and_everybody_gets_it(
    tmp_path: Path, cache: Path
) -> None:
    db = tmp_path / "loaban.db"
    officer_code = await invited(db, "--role", "officer", "--place", "bung lao")
    admin_code = await invited(db, "--role", "admin")
    with closing(SqliteStore(db)) as store:
        subscribe(store, len(CROWD), place=BUNG_LAO, first=CROWD[0])
    settings = {"LOABAN_CACHE": str(cache), "LOABAN_APPROVAL_ABOVE": "50", **NO_NIGHT}
    async with BotApi(latency=0.05) as api, forked(api, db, "bot", "run", **settings) as running:
        for chat in CROWD:
            api.chat(chat)
        await running.start()
        assert "cán bộ xã Búng Lao" in await answered(api, OFFICER, f"/join {officer_code}")
        assert "không dùng được" in await answered(api, STRANGER, f"/join {officer_code}")
        await answered(api, ADMIN, f"/start join-{admin_code}")
        done = await subscribed(
            api, FARMER, first="dang ky nhan thong bao", place="xa Bung Lao", everything="Tất cả các mục", agree="Tôi đồng ý"
        )
        assert "Búng Lao" in done
        await subscribed(api, WORKER, first="/subscribe", place="Bung Lao", everything="Tất cả các mục", agree="Tôi đồng ý")
        await answered(api, WORKER, "/language")
        await tapped(api, WORKER, "English")

        assert "chỉ dành cho cán bộ" in await answered(api, FARMER, "/announce")
        await answered(api, OFFICER, "/announce")
        await answered(api, OFFICER, VIETNAMESE)
        await answered(api, OFFICER, ENGLISH)
        await tapped(api, OFFICER, "Mọi người")
        await tapped(api, OFFICER, "Gửi ngay")
        await tapped(api, OFFICER, "3 ngày")
        preview = await tapped(api, OFFICER, "Phải đến tay mọi người")
        assert VIETNAMESE in preview
        assert ENGLISH in preview
        assert f"Số người nhận: {len(CROWD) + 2}" in preview
        assert "người thứ hai" in await tapped(api, OFFICER, "Xin duyệt")
        assert api.texts(FARMER)[-1] == done or VIETNAMESE not in "".join(api.texts(FARMER)), "sent without the approval"

        assert "đã duyệt" in await tapped(api, ADMIN, "Duyệt và gửi")
        await api.until(lambda: arrived(api) >= 30)
        await running.signalled(signal.SIGKILL)
        left = arrived(api)
        assert left < len(CROWD), "everything was sent before the kill: the test proves nothing"
        await running.start()
        await api.until(lambda: {*CROWD, FARMER, WORKER} <= set(recipients(api)))

        code = re.search(r"Mã: (\w{6})", api.texts(FARMER)[-1])
        assert code is not None
        assert "UBND xã Búng Lao" in api.texts(FARMER)[-1]
        assert ENGLISH in api.texts(WORKER)[-1]
        assert "People's Committee of Búng Lao commune" in api.texts(WORKER)[-1]
        assert VIETNAMESE in await answered(api, FARMER, f"kiem tra {code[1].lower()}")
        assert "KHÔNG THẬT" in await answered(api, FARMER, "/check ZZ99ZZ")
        assert "Búng Lao" in await answered(api, FARMER, "/mydata")
        await answered(api, FARMER, "dừng")
        report = json.loads(await printed_by(db, "announce", "report", "1", "--json"))
        exit_code, logged = await running.signalled(signal.SIGTERM)
    assert exit_code == 0
    assert "Traceback" not in logged
    assert VIETNAMESE not in logged
    assert report["recipients"] == report["sent"] == len(CROWD) + 2
    repeated = sum(recipients(api).values()) - len(recipients(api))
    assert repeated <= IN_FLIGHT
    assert repeated <= report["ambiguous"] <= IN_FLIGHT
    with closing(sqlite3.connect(db)) as connection:
        done_by = connection.execute("SELECT actor, action FROM audit ORDER BY id").fetchall()
        assert connection.execute("SELECT user FROM subscriptions WHERE user = ?", (str(FARMER),)).fetchall() == []
    assert done_by == [(0, "invited"), (0, "invited"), (1, "joined"), (2, "joined"), (1, "confirmed"), (2, "approved")]


def recipients(api: BotApi) -> Counter[int]:
    """Who got the announcement as residents get it, and how often."""
    residents = {*CROWD, FARMER, WORKER}
    return Counter(sent.chat for sent in api.sent if sent.chat in residents and ("Mã: " in sent.text or "Code " in sent.text))


def arrived(api: BotApi) -> int:
    return len(recipients(api))


async def test_blocking_the_bot_ends_the_subscription_at_once(tmp_path: Path, cache: Path) -> None:
    db = tmp_path / "loaban.db"
    with closing(SqliteStore(db)) as store:
        subscribe(store, 2, place=BUNG_LAO, first=FARMER)
    async with BotApi() as api, forked(api, db, "bot", "run", LOABAN_CACHE=str(cache), **NO_NIGHT) as running:
        api.chat(FARMER)
        await running.start()
        await running.polled()
        api.block(FARMER, tell=True)
        await running.polled()
        await running.polled()
        await running.signalled(signal.SIGTERM)
    with closing(sqlite3.connect(db)) as connection:
        assert connection.execute("SELECT user FROM subscriptions").fetchall() == [(str(WORKER),)]


async def test_a_command_in_a_group_is_answered_with_the_way_to_a_private_chat_and_does_nothing(
    tmp_path: Path, cache: Path
) -> None:
    async with BotApi() as api, forked(api, tmp_path / "loaban.db", "bot", "run", LOABAN_CACHE=str(cache)) as running:
        api.chat(-500)
        await running.start()
        api.write_group(-500, OFFICER, "/announce")
        await api.until(lambda: bool(api.texts(-500)))
        await running.signalled(signal.SIGTERM)
    assert "riêng" in api.texts(-500)[0]
