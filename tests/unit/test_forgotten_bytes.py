"""After /forget no byte of a person is in any file of the database: not in its log, not in its free pages."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.channels.zalo_oa.events import read_event
from bot.engine import Engine
from bot.model import Address, CaseMessage, Incoming, Reply, Session, SetAside, Subscription
from bot.service.app import App
from bot.service.current import CurrentEngine
from bot.service.wiring import service
from bot.settings import Settings
from bot.stores.sqlite.backup import backup
from bot.stores.sqlite.restore import restore
from bot.stores.sqlite.store import SqliteStore
from tests.announcing import announce, claim
from tests.waiting import until

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ID, WORD = "918273645546372819", "Khăn-piêu-thêu-tay"
ANNA, OFFICER = Address("zalo-oa", ID), Address("zalo-oa", "21")


@pytest.fixture
def store(database: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(database)) as opened:
        yield opened


def found(database: Path, *, of: tuple[str, ...] = (ID, WORD)) -> list[str]:
    """Which files of the folder hold something of the person."""
    return [file.name for file in database.parent.glob("loaban.db*") if any(word.encode() in file.read_bytes() for word in of)]


def live(store: SqliteStore, person: Address, at: datetime = AT) -> None:
    """They follow, write, subscribe, pass a question on, write more, and get an announcement."""
    with store.writing() as transaction:
        follow = {"event_name": "follow", "timestamp": "1", "follower": {"id": person.user}}
        event = read_event(follow, at)
        assert event is not None
        assert person.user in event.id
        transaction.first_time(event)
        transaction.set_aside(SetAside("update", person.channel, event.id, at, "here"))
        transaction.save_session(Session(person, question=WORD, greeted=True, at=at))
        transaction.queue(person, [Reply(f"Bà con hỏi: {WORD}")], at)
        transaction.consent(person, "conversation", "1", at)
        transaction.subscribe(Subscription(person, "03301", (), "vi", at))
        case = transaction.open_case(person, "03301", None, "vi", WORD, at, at)
        transaction.add_message(case.number, CaseMessage(None, WORD, at))
        transaction.queue(OFFICER, [replace(Reply(f"“{WORD}”"), case=case.number)], at)


def answered(store: SqliteStore) -> None:
    store.delivered([reply.id for reply in store.due_replies(ANNA.channel)], "m1")


def crowd(store: SqliteStore, count: int) -> None:
    for number in range(count):
        live(store, Address("zalo-oa", str(1000 + number)))
        answered(store)


def test_no_file_of_the_database_holds_a_person_who_was_forgotten(store: SqliteStore, database: Path) -> None:
    live(store, ANNA)
    number = announce(store, now=AT, places=("03301",)).id
    with store.writing() as transaction:
        delivery = claim(transaction, AT, ANNA.channel)
        assert delivery is not None
        assert (delivery.announcement, delivery.to) == (number, ANNA)
        transaction.settle(delivery, "sent", AT, external_id=f"{ID}-1")
    answered(store)
    assert found(database)
    with store.writing() as transaction:
        transaction.forget(ANNA)
    store.beat("run", AT)
    assert found(database) == []


def test_the_farewell_itself_leaves_nothing_once_it_was_delivered(engine: Engine, store: SqliteStore, database: Path) -> None:
    app = App(CurrentEngine(engine), store)
    for id_, text in (("1", "/start"), ("2", f"vay vốn {WORD}"), (f"user_send_text-3-{ID}", "/forget")):
        app.handle([Incoming(id_, ANNA, text, AT)])
    button = [button for reply in store.due_replies(ANNA.channel) for button in reply.reply.buttons][-2:]
    for number, one in enumerate(button):
        app.handle([Incoming(f"{number}-b", ANNA, "", AT, choice=one.choice)])
    answered(store)
    with store.writing() as transaction:
        assert sum(transaction.personal_data(ANNA).values()) == 0
    store.beat("run", AT)
    assert found(database, of=(ID,)) == []


def test_what_is_left_in_a_page_nevertheless_is_wiped_by_the_purge_after_somebody_was_forgotten(
    store: SqliteStore, database: Path
) -> None:
    """When SQLite moves rows from page to page it leaves bytes of them; one in 700 people is in such a place."""
    remnants(database)
    store.purge(AT)
    assert found(database), "nothing is rewritten for nobody"
    with store.writing() as transaction:
        transaction.forget(ANNA)
    store.purge(AT)
    assert found(database) == []


def remnants(database: Path) -> None:
    """Bytes of rows that were moved, as SQLite leaves them."""
    with closing(sqlite3.connect(database)) as careless:
        careless.execute("PRAGMA secure_delete = OFF")
        with careless:
            careless.executemany("INSERT INTO handled VALUES ('zalo-oa', ?, '')", [(f"{n}-{WORD}",) for n in range(99)])
        with careless:
            careless.execute("DELETE FROM handled")


async def test_what_is_left_in_a_page_goes_though_the_process_ended_and_whatever_the_clock_says(
    tiny_home: Path, cache: Path, store: SqliteStore, database: Path
) -> None:
    """As after `kill -9`, and where nothing is deleted by age yet, because nobody believes the clock."""
    remnants(database)
    with store.writing() as transaction:
        transaction.forget(ANNA)
    store.close()
    assert found(database) == ["loaban.db"]
    given = Settings(home=tiny_home, cache=cache, db=database, telegram_token="123:x")
    with closing(SqliteStore(database)) as opened:
        parts = service(given, opened, lambda: AT + timedelta(days=4000))
        chore = asyncio.create_task(parts.chores["forgetting"]())
        await until(lambda: found(database) == [])
        chore.cancel()
        for runtime, _ in parts.channels:
            await runtime.close()


def test_a_database_is_written_anew_once_for_whoever_was_forgotten(store: SqliteStore, database: Path) -> None:
    with store.writing() as transaction:
        transaction.forget(ANNA)
    store.wipe()
    remnants(database)
    store.wipe()
    assert found(database), "nothing is rewritten for nobody"


def test_an_update_of_somebody_else_stays_handled(store: SqliteStore) -> None:
    other = Incoming("follow-1-1" + ID, Address("zalo-oa", "1" + ID), "", AT)
    with store.writing() as transaction:
        transaction.first_time(other)
        transaction.forget(ANNA)
        assert not transaction.first_time(other)


def test_a_restore_that_leaves_people_out_leaves_none_of_their_bytes(
    store: SqliteStore, database: Path, tmp_path: Path
) -> None:
    live(store, ANNA)
    answered(store)
    copy = tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    backup(database, copy, AT)
    with store.writing() as transaction:
        transaction.forget(ANNA)
    store.close()
    kept = restore(copy, database, AT, forget_unknown=True).kept
    assert kept is not None
    kept.unlink()
    assert found(database) == []


def test_what_an_earlier_version_deleted_is_wiped_once(store: SqliteStore, database: Path) -> None:
    store.close()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        with connection:
            connection.execute("CREATE TABLE more (text TEXT)")
            connection.executemany("INSERT INTO more VALUES (?)", [(WORD * 20,)] * 50)
        with connection:
            connection.execute("DELETE FROM more")
            connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'nothing_deleted_is_left'")
    assert found(database)
    SqliteStore(database).close()
    assert found(database) == []


def test_the_log_shrinks_again_when_a_long_reader_is_gone(store: SqliteStore, database: Path) -> None:
    log = Path(f"{database}-wal")
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM sessions").fetchone()
        crowd(store, 150)
        grown = log.stat().st_size
        began = datetime.now(UTC)
        store.purge(AT)
        assert log.stat().st_size >= grown
        assert datetime.now(UTC) - began < timedelta(seconds=2), "nobody waits for a reader"
    store.purge(AT)
    assert log.stat().st_size == 0


def test_a_log_that_grew_is_cut_by_the_writes_that_follow(store: SqliteStore, database: Path) -> None:
    with store.writing() as transaction:
        (limit,) = transaction.execute("PRAGMA journal_size_limit").fetchone()
    assert 0 < limit <= 16 << 20
