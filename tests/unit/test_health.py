"""What the health check proves: the tables that answers need, the file on the disk, the clock, and every channel."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.channels.motion import Motion
from bot.channels.polling import keep_polling
from bot.engine import Engine
from bot.errors import LoabanError, Refusal, SendError, StoreError
from bot.model import Address, Reply, Session
from bot.ports import Figures
from bot.service.clock import Scheduler
from bot.service.current import CurrentEngine
from bot.service.heartbeat import BEAT, DEAD_AFTER, Watch, check_alive
from bot.service.wiring import staff_chat
from bot.settings import Settings
from bot.stores.sqlite.store import SqliteStore
from bot.web.health_check import CHANNEL_AGE, TICK_AGE, HealthCheck
from tests.waiting import until

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ANNA = Address("telegram", "31")
ANSWERS_NEED = ("sessions", "handled", "replies", "choices", "consents", "counts", "cases", "subscriptions", "unanswered")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "loaban.db"


def write(store: SqliteStore) -> None:
    with store.writing() as transaction:
        transaction.save_session(Session(ANNA, at=NOW))
        transaction.queue(ANNA, [Reply("Chào bà con.")], NOW)


def spoil(db: Path, table: str) -> None:
    """Overwrite the first page of a table, as a bad disk does."""
    with closing(sqlite3.connect(db)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with db.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


# --- the database -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ANSWERS_NEED)
def test_a_table_that_answers_need_and_that_is_damaged_is_found_while_the_store_is_in_use(db: Path, table: str) -> None:
    with closing(SqliteStore(db)) as store:
        write(store)
        store.purge(NOW)  # all is in the file, and the store remembers its pages
        write(store)
        store.purge(NOW)
        store.prove(NOW)
        spoil(db, table)
        with pytest.raises(LoabanError):
            store.prove(NOW)


def test_a_proof_leaves_nothing_but_its_time(db: Path) -> None:
    with closing(SqliteStore(db)) as store:
        write(store)
        before = contents(db)
        store.prove(NOW)
        assert contents(db) == before
        with store.writing() as transaction:
            transaction.queue(ANNA, [Reply("Thêm.")], NOW)
        assert [outgoing.id for outgoing in store.due_replies("telegram")] == [1, 2]


def contents(db: Path) -> list[str]:
    with closing(sqlite3.connect(db)) as connection:
        return [line for line in connection.iterdump() if "heartbeats" not in line]


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_nothing_is_taken_for_stored_in_a_database_that_is_not_there_any_more(db: Path, how: str) -> None:
    with closing(SqliteStore(db)) as store:
        write(store)
        if how == "replaced":
            with closing(SqliteStore(db.with_name("other.db"))):
                pass
            db.with_name("other.db").replace(db)
        else:
            db.unlink()
        for work in (lambda: write(store), lambda: store.prove(NOW), lambda: store.due_replies("telegram")):
            with pytest.raises(StoreError, match="LOABAN_DB"):
                work()


@pytest.mark.parametrize("left", ["nothing", "an empty file"])
def test_no_empty_database_is_begun_where_one_was(db: Path, left: str) -> None:
    with closing(SqliteStore(db)) as store:
        write(store)
    db.unlink()
    if left == "an empty file":
        db.touch()
    with pytest.raises(Refusal, match="LOABAN_DB") as refused:
        SqliteStore(db)
    assert str(db) in str(refused.value)
    assert not db.exists() or db.stat().st_size == 0
    Path(f"{db}.lock").unlink()
    SqliteStore(db).close()


def test_a_first_start_that_was_cut_short_is_begun_again(db: Path) -> None:
    Path(f"{db}.lock").touch()
    db.touch()
    with closing(SqliteStore(db)) as store:
        write(store)


# --- the clock --------------------------------------------------------------------------------------------------------


def test_a_tick_counts_when_it_was_done(engine: Engine, db: Path) -> None:
    with closing(SqliteStore(db)) as store:
        scheduler = Scheduler(store, CurrentEngine(engine, staff_chat(Settings(), engine)), now=lambda: NOW)
        made = scheduler.ticked_at
        with store.writing() as transaction:
            transaction.execute("ALTER TABLE cases RENAME TO elsewhere")
        scheduler.tick(NOW)
        assert scheduler.ticked_at == made
        with store.writing() as transaction:
            transaction.execute("ALTER TABLE elsewhere RENAME TO cases")
        scheduler.tick(NOW)
        assert scheduler.ticked_at > made


# --- the channels -----------------------------------------------------------------------------------------------------


async def test_a_channel_moves_when_a_fetch_succeeds_and_not_when_it_fails() -> None:
    results: list[Exception | None] = [None, None, SendError("unreachable"), StoreError("locked"), SendError("unreachable")]
    moved: list[int] = []

    async def once() -> None:
        if not results:
            await asyncio.Event().wait()
        if (result := results.pop(0)) is not None:
            raise result

    task = asyncio.create_task(keep_polling(once, lambda error, trouble: 0.0, moved=lambda: moved.append(1)))
    await until(lambda: not results)
    task.cancel()
    assert len(moved) == 2


def test_a_channel_is_as_old_as_its_slowest_part_that_is_not_done() -> None:
    at = 100.0
    motion = Motion(lambda: at)
    fetched, sent = motion.part("fetching"), motion.part("replies")
    motion.part("webhook")
    at = 160.0
    fetched()
    sent()
    assert motion.slowest() == ("webhook", 60.0)
    motion.done("webhook")
    at = 190.0
    fetched()
    assert motion.slowest() == ("replies", 30.0)


# --- all of it, said in three places ----------------------------------------------------------------------------------


class Parts:
    """What a check looks at, all well at first."""

    def __init__(self) -> None:
        self.tick = 0.0
        self.moved = ("fetching", 0.0)
        self.proof: Callable[[], None] = lambda: None
        self.room = 1 << 30
        self.check = HealthCheck(
            now=lambda: NOW,
            tick_age=lambda: self.tick,
            prove=lambda: self.proof(),
            figures=lambda: Figures({}, {}, 0.0),
            room=lambda: self.room,
            floor=1000,
            sqlite="3",
            content=dict,
            channels={"telegram": dict},
            motion={"telegram": lambda: self.moved},
        )


@pytest.fixture
def parts() -> Parts:
    return Parts()


def failing(work: str) -> Callable[[], None]:
    def fail() -> None:
        raise {"locked": StoreError("locked"), "bug": KeyError("a-person")}[work]

    return fail


def test_a_check_names_everything_that_is_wrong(parts: Parts) -> None:
    assert parts.check.check()[0]
    assert parts.check.check()[1]["troubles"] == []
    parts.tick, parts.moved, parts.room = TICK_AGE + 1, ("fetching", CHANNEL_AGE + 1), 10
    for kind in ("locked", "bug"):
        parts.proof = failing(kind)
        well, shown = parts.check.check()
        assert (well, shown["status"], shown["store_writable"]) == (False, "failing", False)
        assert [str(trouble).split(":")[0] for trouble in shown["troubles"]] == ["clock", "database", "disk", "telegram"]  # type: ignore[attr-defined]
        assert "a-person" not in str(shown["troubles"]).replace("NOW", "")


@pytest.fixture
def store(db: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(db)) as opened:
        yield opened


def test_the_command_and_the_log_say_what_the_page_says(parts: Parts, store: SqliteStore, db: Path) -> None:
    settings, watch = Settings(db=db), Watch(parts.check.check, lambda at: store.beat(BEAT, at))
    watch(NOW)
    check_alive(settings, NOW)
    parts.tick = TICK_AGE + 1
    with capture_logs() as logs:
        for seconds in (20, 40):
            watch(NOW + timedelta(seconds=seconds))
        parts.tick = 0.0
        watch(NOW + timedelta(seconds=60))
    assert [(line["event"], line["log_level"]) for line in logs] == [("not well", "error"), ("well again", "warning")]
    assert "clock" in str(logs[0]["troubles"])
    check_alive(settings, NOW + timedelta(seconds=60) + DEAD_AFTER)
    parts.moved = ("fetching", CHANNEL_AGE + 1)
    watch(NOW + timedelta(seconds=80))
    with pytest.raises(StoreError, match="healthz"):
        check_alive(settings, NOW + timedelta(seconds=61) + DEAD_AFTER)
    assert DEAD_AFTER.total_seconds() <= 60


def test_the_command_finds_a_database_that_is_gone_at_once(db: Path) -> None:
    with closing(SqliteStore(db)) as store:
        store.beat(BEAT, NOW)
    check_alive(Settings(db=db), NOW)
    db.unlink()
    with pytest.raises(StoreError, match="LOABAN_DB"):
        check_alive(Settings(db=db), NOW)
