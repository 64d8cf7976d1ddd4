"""The same conversation and the same announcement on every channel, by polling and by webhook, with the real `loaban run`."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from bot.model import Audience, Plan
from bot.stores.sqlite.store import SqliteStore
from tests.forks import fork
from tests.processes import forked, free_port
from tests.stubs.bot_api import BotApi
from tests.stubs.zalo_bot import ZaloBotApi
from tests.stubs.zalo_oa import ZaloOa
from tests.waiting import PATIENCE, until

SECRET = "a-secret-that-only-vendors-know"
FARMER = "84001"
TEXT = "Sáng thứ Bảy có lớp dạy may ở nhà văn hóa xã."


class Vendor(Protocol):
    """A stub, a resident on it, and the settings that lead to it. `webhook` is where updates are brought, "" for polling."""

    name: str
    webhook: str

    def settings(self) -> Mapping[str, str]: ...

    async def write(self, text: str) -> None: ...

    def texts(self) -> list[str]: ...

    def registered(self) -> bool: ...


class OnTelegram:
    name = "telegram"

    def __init__(self, api: BotApi, webhook: str) -> None:
        self.api, self.webhook = api, webhook

    def settings(self) -> Mapping[str, str]:
        return {"LOABAN_TELEGRAM_TOKEN": self.api.token, "LOABAN_TELEGRAM_API": self.api.address}

    async def write(self, text: str) -> None:
        update = self.api.write(int(FARMER), text)
        if self.webhook:
            assert await self.api.deliver(self.webhook, update) == 200

    def texts(self) -> list[str]:
        return self.api.texts(int(FARMER))

    def registered(self) -> bool:
        return bool(self.api.webhook["url"])


class OnZaloBot:
    name = "zalo-bot"

    def __init__(self, api: ZaloBotApi, webhook: str) -> None:
        self.api, self.webhook = api, webhook

    def settings(self) -> Mapping[str, str]:
        return {"LOABAN_ZALO_BOT_TOKEN": self.api.token, "LOABAN_ZALO_BOT_API": self.api.address}

    async def write(self, text: str) -> None:
        if not self.webhook:
            self.api.write(FARMER, text)
            return
        event = self.api.event(FARMER, text=text)
        assert self.api.webhook is not None
        async with httpx.AsyncClient(verify=False) as client:
            headers = {"X-Bot-Api-Secret-Token": self.api.webhook["secret_token"]}
            response = await client.post(self.webhook, json={"ok": True, "result": event}, headers=headers, timeout=20)
        assert response.status_code == 200

    def texts(self) -> list[str]:
        return self.api.texts(FARMER)

    def registered(self) -> bool:
        return self.api.webhook is not None


class OnZaloOa:
    name = "zalo-oa"

    def __init__(self, oa: ZaloOa, webhook: str) -> None:
        self.oa, self.webhook = oa, webhook

    def settings(self) -> Mapping[str, str]:
        return {
            "LOABAN_ZALO_OA_APP_ID": self.oa.app_id,
            "LOABAN_ZALO_OA_APP_SECRET": self.oa.app_secret,
            "LOABAN_ZALO_OA_SECRET": self.oa.oa_secret,
            "LOABAN_ZALO_OA_API": self.oa.address,
            "LOABAN_ZALO_OA_OAUTH": self.oa.address,
        }

    async def write(self, text: str) -> None:
        headers, body = self.oa.signed(self.oa.text(FARMER, text))
        async with httpx.AsyncClient(verify=False) as client:
            response = await client.post(self.webhook, content=body, headers=headers, timeout=20)
        assert response.status_code == 200

    def texts(self) -> list[str]:
        return self.oa.texts(FARMER)

    def registered(self) -> bool:
        return True  # Zalo is told in its console


@asynccontextmanager
async def vendor(name: str, webhook: str) -> AsyncIterator[Vendor]:
    if name == "telegram":
        async with BotApi() as api:
            yield OnTelegram(api, webhook)
    elif name == "zalo-bot":
        async with ZaloBotApi() as zalo:
            yield OnZaloBot(zalo, webhook)
    else:
        async with ZaloOa() as oa:
            yield OnZaloOa(oa, webhook)


async def logged_in(db: Path, oa: ZaloOa, settings: Mapping[str, str]) -> None:
    """`loaban zalo-oa login` with the code that Zalo gave."""
    environment = {"PATH": os.environ["PATH"], "LOABAN_DB": str(db), **settings}
    running = await fork("bot", "zalo-oa", "login", "--code", next(iter(oa.codes)), env=environment)
    assert await running.wait() == 0


async def said(on: Vendor, text: str, *fragments: str) -> None:
    """Write, and wait until the answers hold the fragments."""
    before = len(on.texts())
    await on.write(text)
    await until(lambda: all(fragment in "\n".join(on.texts()[before:]) for fragment in fragments))


def announced(db: Path, channel: str) -> None:
    """An announcement to whoever subscribed in the conversation, as staff would have sent it."""
    now = datetime.now(UTC)
    plan = Plan("AB23CD", {"vi": "UBND xã Búng Lao"}, {"vi": TEXT}, Audience(), timedelta(hours=5), must=True)
    with closing(SqliteStore(db)) as store, store.writing() as transaction:
        assert transaction.recipients(Audience()) == {channel: 1}
        added = transaction.add_announcement(
            plan, "sending", author=0, approver=None, created=now, due=now, expires=now + plan.lasts
        )
        assert added is not None
        transaction.freeze(added, otherwise="vi")


@pytest.mark.parametrize(
    ("name", "webhook"),
    [("telegram", False), ("telegram", True), ("zalo-bot", False), ("zalo-bot", True), ("zalo-oa", True)],
    ids=["telegram by polling", "telegram by webhook", "zalo bot by polling", "zalo bot by webhook", "zalo oa by webhook"],
)
async def test_the_same_conversation_and_announcement_go_as_everywhere(
    tmp_path: Path, cache: Path, name: str, webhook: bool
) -> None:
    db, port = tmp_path / "loaban.db", free_port()
    url = f"http://127.0.0.1:{port}/{name}" if webhook else ""
    settings = {
        "LOABAN_CACHE": str(cache),
        "LOABAN_LISTEN": f"127.0.0.1:{port}",
        "LOABAN_QUIET_HOURS": "00:00-00:00",
        "LOABAN_TELEGRAM_TOKEN": "",
        "LOABAN_ZALO_BOT_POLL_SECONDS": "2",
        **({"LOABAN_PUBLIC_URL": "https://bot.example.org", "LOABAN_WEBHOOK_SECRET": SECRET} if webhook else {}),
    }
    async with vendor(name, url) as on, BotApi() as unused:
        settings = {**settings, **on.settings()}
        if isinstance(on, OnZaloOa):
            await logged_in(db, on.oa, on.settings())
        async with forked(unused, db, "bot", "run", **settings) as running:
            await running.start()
            await healthy(port)
            if webhook:
                await until(on.registered)

            await said(on, "muon vay von ngan hang chinh sach thi lam thu tuc the nao", "máy trả lời tự động", "vay vốn")
            await said(on, "Who may borrow?", "poor household")
            await said(on, "dang ky nhan thong bao", "xã")
            await said(on, "xa Bung Lao", "xã Búng Lao", "việc gì")
            await said(on, "1", "đồng ý")
            await said(on, "đồng ý", "Xong rồi")
            before = len(on.texts())
            announced(db, name)
            await until(lambda: len(on.texts()) > before)
            assert TEXT in on.texts()[-1]
            await said(on, "/check ab23cd", "Tin thật", TEXT)
            await said(on, "dừng", "không nhận thông báo nữa")
            assert "loaban_updates_total" in await page(port, "metrics")
            code, logged = await running.signalled(signal.SIGTERM)
    assert code == 0
    assert "Traceback" not in logged
    assert SECRET not in logged
    assert "vay von" not in logged


async def healthy(port: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                if '"status":"ok"' in (await page(port, "healthz")).replace(" ", ""):
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def page(port: int, name: str) -> str:
    async with httpx.AsyncClient(verify=False) as client:
        return (await client.get(f"http://127.0.0.1:{port}/{name}", timeout=10)).text
