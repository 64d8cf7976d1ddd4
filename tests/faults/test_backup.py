"""Backups of a database that `loaban run` is writing, and restores: both killed on the way, too."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import time
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.model import Address, Session, Subscription
from bot.stores.sqlite.backup import backup, examine
from bot.stores.sqlite.store import SqliteStore
from tests.e2e.test_cli import environment
from tests.forks import Fork, fork
from tests.processes import forked
from tests.stubs.bot_api import BotApi

CHATS = 20
TURNS = 16  # at most; the brake for floods begins after twenty
PEOPLE = 30_000  # so many that a copy takes long enough to be killed in
BACKUPS = 5
KILLS = 6
SEED = 20261123
QUESTION = "vay được bao nhiêu tiền"


@pytest.fixture
def settings(tiny_home: Path, cache: Path) -> Mapping[str, str]:
    return {"LOABAN_HOME": str(tiny_home), "LOABAN_CACHE": str(cache), "LOABAN_LISTEN": "127.0.0.1:0"}


async def started(settings: Mapping[str, str], db: Path, *arguments: str) -> Fork:
    """A command beside whatever else runs."""
    env = environment(Path(settings["LOABAN_CACHE"]), **{**settings, "LOABAN_DB": str(db)})
    return await fork("bot", "--lang", "en", *arguments, env=env, stdout=PIPE, stderr=PIPE)


async def loaban(settings: Mapping[str, str], db: Path, *arguments: str) -> tuple[int, str]:
    """Exit code, and what was printed, of a command to its end."""
    running = await started(settings, db, *arguments)
    printed, complaint = await running.communicate()
    return await running.wait(), (printed + complaint).decode()


def number(db: Path, sql: str) -> int:
    with closing(sqlite3.connect(f"{db.as_uri()}?mode=ro", uri=True)) as connection:
        (found,) = connection.execute(sql).fetchone()
        return int(found or 0)


def crowd(db: Path) -> None:
    """A database of many people, whose copy takes a while."""
    at = datetime.now(UTC)
    with closing(SqliteStore(db)) as store, store.writing() as transaction:
        for user in range(PEOPLE):
            resident = Address("telegram", f"{10**9 + user}")
            transaction.save_session(Session(resident, at=at))
            transaction.subscribe(Subscription(resident, "03301", (), "vi", at))


def set_aside(db: Path) -> list[Path]:
    """The databases that restores have put away."""
    return list(db.parent.glob(f"{db.name}.before-restore-*"))


async def test_backups_under_load_are_whole_and_run_goes_on_from_one(tmp_path: Path, settings: Mapping[str, str]) -> None:
    db = tmp_path / "loaban.db"
    copies = [tmp_path / f"copy-{turn}.db" for turn in range(BACKUPS)]
    handled: list[int] = []
    written, copied = 0, asyncio.Event()
    async with BotApi() as api, forked(api, db, "bot", "run", **settings) as under_test:
        await under_test.start()

        async def resident(chat: int) -> None:
            """Asks again and again while copies are made; not so often that the brake for floods would answer."""
            nonlocal written
            for turn in range(TURNS):
                if turn and copied.is_set():
                    return
                written += 1
                api.write(chat, QUESTION)
                await api.until(lambda turn=turn: len(api.texts(chat)) > turn)  # type: ignore[misc]
                await asyncio.sleep(0.5)

        async with asyncio.TaskGroup() as residents:
            writing = [residents.create_task(resident(chat)) for chat in range(1, CHATS + 1)]
            await api.until(lambda: len(api.sent) > CHATS // 2)
            for copy in copies:
                code, printed = await loaban(settings, db, "backup", str(copy))
                assert code == 0, printed
                handled.append(number(copy, "SELECT COUNT(*) FROM handled"))
            copied.set()
            await asyncio.wait(writing)
        assert handled[0] < written, "everybody was done before the first copy: the test proves nothing"

        for copy in copies:
            assert examine(copy).at is not None
            assert number(copy, "SELECT SUM(n) FROM counts") == number(copy, "SELECT COUNT(*) FROM handled")
            assert number(copy, "SELECT COUNT(*) FROM sessions") <= CHATS
            assert {path.name for path in tmp_path.glob("copy-*")} == {one.name for one in copies}, "a copy is one file"  # noqa: ASYNC240
        assert handled == sorted(handled)

        code, printed = await loaban(settings, db, "restore", "--yes", str(copies[0]))
        assert code == 1, printed
        assert "is in use" in printed
        assert number(db, "SELECT COUNT(*) FROM handled") == written
        await under_test.signalled(signal.SIGTERM)
        code, printed = await loaban(settings, db, "restore", "--yes", str(copies[0]))
        assert code == 0, printed
        assert number(db, "SELECT COUNT(*) FROM handled") == handled[0]

        before = len(api.texts(1))
        await under_test.start()
        api.write(1, QUESTION)
        await api.until(lambda: len(api.texts(1)) > before)
        _, logged = await under_test.signalled(signal.SIGTERM)
        assert "Traceback" not in logged
        assert number(db, "SELECT COUNT(*) FROM handled") == handled[0] + 1


async def test_a_backup_that_is_killed_leaves_nothing_under_its_name(tmp_path: Path, settings: Mapping[str, str]) -> None:
    db, copy = tmp_path / "loaban.db", tmp_path / "copy.db"
    part = tmp_path / ".copy.db.part"
    crowd(db)
    for size in (0, 1, 1_000_000):
        running = await started(settings, db, "backup", str(copy))
        while running.returncode is None and not (part.exists() and part.stat().st_size >= size):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        if running.returncode is None:
            running.kill()
        await running.communicate()
        assert running.returncode == -signal.SIGKILL, "it was done before it was killed: the test proves nothing"
        assert not copy.exists()
        assert part.exists()
    assert backup(db, copy, datetime.now(UTC)).subscribers == PEOPLE
    assert not part.exists(), "what was left is used again"


async def test_a_restore_that_is_killed_leaves_the_old_database_or_the_new_one(
    tmp_path: Path, settings: Mapping[str, str]
) -> None:
    db, copy = tmp_path / "loaban.db", tmp_path / "copy.db"
    crowd(db)
    assert (await loaban(settings, db, "backup", str(copy)))[0] == 0
    with closing(SqliteStore(db)) as store, store.writing() as transaction:
        transaction.save_session(Session(Address("telegram", "1"), at=datetime.now(UTC)))
    begin = time.monotonic()
    assert (await loaban(settings, db, "restore", "--yes", str(copy)))[0] == 0
    takes = time.monotonic() - begin
    (kept,) = set_aside(db)
    assert examine(kept).sessions == PEOPLE + 1
    chance = random.Random(SEED)
    killed = 0
    for _ in range(KILLS):
        for old in set_aside(db):
            if old != kept:
                old.unlink()
        running = await started(settings, db, "restore", "--yes", str(kept))
        await asyncio.sleep(takes * chance.uniform(0.3, 1.0))
        if running.returncode is None:
            running.kill()
        await running.communicate()
        killed += running.returncode == -signal.SIGKILL
        assert examine(db).sessions in (PEOPLE, PEOPLE + 1)
        with closing(SqliteStore(db)) as store:
            assert store.due_replies("telegram") == []
    assert killed, "each was done before it was killed: the test proves nothing"
