"""Two replicas of `loaban run` on one PostgreSQL, as residents and administrators have them: real processes, by webhook."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import httpx

from bot.engine import build_engine
from bot.settings import load_settings
from bot.stores.postgres.store import PostgresStore
from tests import postgres
from tests.processes import Process, forked, free_port
from tests.stubs.bot_api import BotApi
from tests.tiny import make_tiny_home
from tests.waiting import PATIENCE, until

SECRET = "a-secret-of-thirty-two-letters--"
FARMER = 11
QUESTION = "how much can I borrow"


async def got(port: int, path: str) -> httpx.Response:
    async with httpx.AsyncClient(verify=False) as client:
        return await client.get(f"http://127.0.0.1:{port}/{path}", timeout=20)


async def health(port: int) -> dict[str, Any]:
    found: dict[str, Any] = (await got(port, "healthz")).json()
    return found


async def healthy(port: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                if (await health(port))["status"] == "ok":
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


async def leads(port: int) -> bool:
    return 'loaban_leader{channel="telegram"} 1.0' in (await got(port, "metrics")).text


async def answered(api: BotApi, port: int, text: str) -> str:
    """What is said, once, to a message that is brought to one of the replicas."""
    before = len(api.texts(FARMER))
    update = api.write(FARMER, text)
    assert await api.deliver(f"http://127.0.0.1:{port}/telegram", update) == 200
    await api.until(lambda: len(api.texts(FARMER)) > before)
    assert len(api.texts(FARMER)) == before + 1
    return api.texts(FARMER)[-1]


async def ended(running: Process, number: signal.Signals) -> None:
    code, logged = await running.signalled(number)
    assert code == (0 if number == signal.SIGTERM else -number)
    assert "Traceback" not in logged
    assert SECRET not in logged


async def test_two_replicas_answer_as_one_and_one_is_enough(tmp_path: Path, home: Path) -> None:
    url, tiny, cache = postgres.emptied(), make_tiny_home(tmp_path / "home", home / "locales"), tmp_path / "cache"
    cache.mkdir(0o700)
    build_engine(load_settings(home=tiny, cache=cache))
    ports = {"a": free_port(), "b": free_port()}
    shared = {
        "LOABAN_DB": url,
        "LOABAN_HOME": str(tiny),
        "LOABAN_CACHE": str(cache),
        "LOABAN_PUBLIC_URL": "https://bot.example.org",
        "LOABAN_WEBHOOK_SECRET": SECRET,
    }

    def settings(name: str) -> dict[str, str]:
        return {**shared, "LOABAN_REPLICA": name, "LOABAN_LISTEN": f"127.0.0.1:{ports[name]}"}

    async with (
        BotApi() as api,
        forked(api, tmp_path, "bot", "run", **settings("a")) as a,
        forked(api, tmp_path, "bot", "run", **settings("b")) as b,
    ):
        await a.start()
        await healthy(ports["a"])
        await until(lambda: bool(api.webhook["url"]))
        await b.start()
        await healthy(ports["b"])

        found = await health(ports["b"])
        assert set(found["replicas"]) == {"a", "b"}
        assert len(set(found["replicas"].values())) == 1
        assert abs(found["clock_ahead_seconds"]) < 30
        assert "loaban_db_waiting 0.0" in (await got(ports["b"], "metrics")).text
        assert [await leads(port) for port in ports.values()] == [True, False]

        await answered(api, ports["a"], "/start")
        assert "VND 100 million" in await answered(api, ports["b"], QUESTION), "which the one that sends does not need to send"
        assert "VND 100 million" in await answered(api, ports["a"], QUESTION)

        limits = tiny / "content/facts/loans.yaml"
        limits.write_text(limits.read_text("utf-8").replace("100000000", "200000000"), "utf-8")
        async with asyncio.timeout(PATIENCE):
            while {(await health(port))["content"] for port in ports.values()} & {found["content"]}:  # noqa: ASYNC110 - it happens in other processes
                await asyncio.sleep(0.2)
        for port in ports.values():
            assert "VND 200 million" in await answered(api, port, QUESTION)

        await ended(a, signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            while not await leads(ports["b"]):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
        assert "VND 200 million" in await answered(api, ports["b"], QUESTION)
        await ended(b, signal.SIGTERM)
    store = PostgresStore(url)
    try:
        assert store.due_replies("telegram") == []
    finally:
        store.close()
