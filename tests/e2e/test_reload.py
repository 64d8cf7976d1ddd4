"""Content that is changed while `loaban run` serves: the real command, as a process, on a strict Bot API stub."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.engine import build_engine
from bot.model import Address
from bot.settings import load_settings
from bot.stores.sqlite.store import SqliteStore
from tests.processes import forked, free_port
from tests.stubs.bot_api import BotApi
from tests.tiny import make_tiny_home
from tests.waiting import PATIENCE

FARMER, ADMIN, OWNER, OFFICER = 11, 12, 13, 14
LIMITS = "content/facts/loans.yaml"
LOAN = "intents/loans/loan-amount.yaml"
QUESTION = "how much can I borrow"


@pytest.fixture
def tiny(tmp_path: Path, home: Path) -> Path:
    return make_tiny_home(tmp_path / "home", home / "locales")


@pytest.fixture
def cache(tmp_path: Path, tiny: Path) -> str:
    folder = tmp_path / "cache"
    folder.mkdir(0o700)
    build_engine(load_settings(home=tiny, cache=folder))
    return str(folder)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A store that knows an owner and an admin, who hear of faults, and an officer, who does not."""
    path = tmp_path / "loaban.db"
    with closing(SqliteStore(path)) as store, store.writing() as transaction:
        now = datetime.now(UTC)
        transaction.add_staff("owner", (), "", Address("telegram", str(OWNER)), now)
        transaction.add_staff("admin", (), "", Address("telegram", str(ADMIN)), now)
        transaction.add_staff("officer", ("03301",), "", Address("telegram", str(OFFICER)), now)
    return path


@pytest.fixture
def port() -> int:
    return free_port()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


async def asked(api: BotApi, text: str = QUESTION) -> str:
    before = len(api.texts(FARMER))
    api.write(FARMER, text)
    await api.until(lambda: len(api.texts(FARMER)) > before)
    return api.texts(FARMER)[-1]


async def healthy(port: int) -> dict[str, Any]:
    async with httpx.AsyncClient(verify=False) as client:
        response = await client.get(f"http://127.0.0.1:{port}/healthz", timeout=20)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found


async def counted(port: int) -> set[str]:
    async with httpx.AsyncClient(verify=False) as client:
        page = (await client.get(f"http://127.0.0.1:{port}/metrics", timeout=20)).text
    return {line for line in page.splitlines() if line.startswith("loaban_content_reloads_total")}


async def test_a_new_answer_a_broken_file_and_a_mended_one(tmp_path: Path, tiny: Path, cache: str, db: Path, port: int) -> None:
    settings = {"LOABAN_CACHE": cache, "LOABAN_HOME": str(tiny), "LOABAN_LISTEN": f"127.0.0.1:{port}"}
    async with BotApi() as api, forked(api, db, "bot", "run", **settings) as loaban:
        for chat in (OWNER, ADMIN, OFFICER):
            api.chat(chat)
        await loaban.start()
        api.write(FARMER, "/start")
        await api.until(lambda: len(api.texts(FARMER)) == 1)
        assert "VND 100 million" in await asked(api)
        first = (await healthy(port))["content"]

        edit(tiny / LIMITS, "100000000", "200000000")
        async with asyncio.timeout(PATIENCE):
            while "VND 200 million" not in await asked(api):  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(1.0)  # not so often that it is a flood
        second = await healthy(port)
        assert second["content"] != first
        assert second["content"] in await asked(api, "/about")
        for chat in (OWNER, ADMIN, OFFICER):
            assert api.texts(chat) == [], "good content is nothing to tell"

        edit(tiny / LOAN, "referral: bank", "referral: bnak")
        await api.until(lambda: bool(api.texts(ADMIN) and api.texts(OWNER)))
        assert f"{LOAN}:7:" in api.texts(ADMIN)[0]
        assert "bnak" in api.texts(OWNER)[0]
        assert "VND 200 million" in await asked(api)
        refused = await healthy(port)
        assert (refused["status"], refused["content"]) == ("ok", second["content"])
        assert refused["content_refused"]["first"].startswith(f"{LOAN}:7:")

        edit(tiny / LOAN, "referral: bnak", "referral: bank")
        edit(tiny / LIMITS, "200000000", "300000000")
        await api.until(lambda: len(api.texts(ADMIN)) == 2)
        assert "VND 300 million" in await asked(api)
        mended = await healthy(port)
        assert mended["content"] in api.texts(ADMIN)[1]
        assert "content_refused" not in mended
        assert await counted(port) == {
            'loaban_content_reloads_total{result="ok"} 2.0',
            'loaban_content_reloads_total{result="failed"} 1.0',
        }
        assert len(api.texts(OWNER)) == 2
        assert api.texts(OFFICER) == []
        code, logged = await loaban.signalled(signal.SIGTERM)
    assert code == 0
    assert "Traceback" not in logged
    events = [json.loads(line)["event"] for line in logged.splitlines()]
    told = [event for event in events if event.startswith("content")]
    assert told == ["content taken over", "content refused, the last good stays", "content taken over", "content is good again"]


async def test_whoever_stops_it_while_it_reads_new_content_does_not_wait(tiny: Path, cache: str, db: Path) -> None:
    async with BotApi() as api, forked(api, db, "bot", "run", LOABAN_CACHE=cache, LOABAN_HOME=str(tiny)) as loaban:
        await loaban.start()
        await loaban.polled()
        assert loaban.running is not None
        edit(tiny / LIMITS, "100000000", "200000000")
        child = await _child(loaban.running.pid)
        code, logged = await loaban.signalled(signal.SIGTERM)
        assert code == 0
        assert "Traceback" not in logged
        assert _is_dead(child)


async def test_a_process_that_builds_ends_with_the_one_that_serves(tiny: Path, cache: str, db: Path) -> None:
    async with BotApi() as api, forked(api, db, "bot", "run", LOABAN_CACHE=cache, LOABAN_HOME=str(tiny)) as loaban:
        await loaban.start()
        await loaban.polled()
        assert loaban.running is not None
        edit(tiny / LIMITS, "100000000", "200000000")
        child = await _child(loaban.running.pid)
        assert not any("loaban.db" in name for name in _opened(child)), "the child holds the database"
        loaban.running.send_signal(signal.SIGSTOP)  # so that it cannot take what the child has built
        await loaban.signalled(signal.SIGKILL)
        await api.until(lambda: _is_dead(child))


async def _child(parent: int) -> int:
    """The process that builds, once there is one."""
    async with asyncio.timeout(PATIENCE):
        while not (found := _children(parent)):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.01)
    return found[0]


def _children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    pids = [pid for task in tasks for pid in task.read_text("ascii").split()]
    return [int(pid) for pid in pids if b"bot.service.reloading.child" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _opened(pid: int) -> list[str]:
    return [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]


def _is_dead(pid: int) -> bool:
    """Whether it is gone, or nobody but its new parent still has to take notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def test_it_does_not_start_with_broken_content(tmp_path: Path, tiny: Path, db: Path) -> None:
    edit(tiny / LOAN, "referral: bank", "referral: bnak")
    async with BotApi() as api, forked(api, db, "bot", "run", LOABAN_HOME=str(tiny)) as loaban:
        await loaban.start()
        assert loaban.running is not None
        _, logged = await loaban.running.communicate()
        code, loaban.running = loaban.running.returncode, None
    assert code == 1
    assert f"{LOAN}:7:" in logged.decode()
