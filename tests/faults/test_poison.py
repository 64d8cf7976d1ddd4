"""Poison: a message, a row or an announcement that nobody can handle, however often. It is set aside, and the others go on.

A trigger stands for the fault that nobody foresaw: the database works, and refuses this one thing for ever.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.channels.serving import handle_batch
from bot.delivery import claims
from bot.engine import Engine
from bot.errors import StoreError, StoreFault
from bot.model import (
    Address,
    Announcement,
    Audience,
    CaseMessage,
    GroupLink,
    Incoming,
    Match,
    Outcome,
    Plan,
    Reply,
    Session,
    Subscription,
    TokenPair,
)
from bot.ports import Outgoing, Transaction
from bot.service.app import App
from bot.service.clock import Scheduler
from bot.service.current import CurrentEngine
from bot.stores.sqlite.reading import reading
from bot.stores.sqlite.store import SqliteStore
from bot.web.intake import Intake
from bot.web.metrics import Metrics
from tests.announcing import announce, subscribe
from tests.at_the_desk import BUNG_LAO, MORNING, Village

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SECRET = "bí mật của bà con"
ANNA, BINH, POISON = (Address("telegram", user) for user in ("11", "12", "13"))


def run(database: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(sql, values).fetchall()


def refuse(database: Path, what: str, when: str) -> None:
    """From now on the database refuses this, for ever: "UPDATE ON deliveries", "NEW.user = '2'"."""
    name = "refuse_" + "".join(filter(str.isalnum, what))
    run(database, f"CREATE TRIGGER {name} BEFORE {what} WHEN {when} BEGIN SELECT RAISE(ABORT, 'poison'); END")


def aside(database: Path) -> list[tuple[object, ...]]:
    return run(database, "SELECT kind, channel, key FROM set_aside ORDER BY kind, key")


def message(number: int, sender: Address, text: str = "vay vốn") -> Incoming:
    return Incoming(str(number), sender, text, AT)


def told(store: SqliteStore) -> list[str]:
    return [outgoing.to.user for outgoing in store.due_replies("telegram")]


# --- what the database says -------------------------------------------------------------------------------------------


WRONG: Mapping[str, Callable[[sqlite3.Connection], object]] = {
    "no table": lambda c: c.execute("SELECT * FROM nothing"),
    "no column": lambda c: c.execute("SELECT nothing FROM replies"),
    "no statement": lambda c: c.execute("SELEKT 1"),
    "constraint": lambda c: c.execute("INSERT INTO heartbeats VALUES ('a', NULL), ('a', NULL)"),
    "too few values": lambda c: c.execute("SELECT ?", ()),
    "no value of SQL": lambda c: c.execute("SELECT ?", (object(),)),
    "malformed JSON": lambda c: c.execute("SELECT json_extract(?, '$.a')", (SECRET,)).fetchone(),
    "no text": lambda c: c.execute("SELECT CAST(? AS TEXT)", (f"{SECRET}".encode("utf-16"),)).fetchone(),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
def test_what_repeating_cannot_mend_is_a_fault_with_its_place_and_nobodys_words(
    store: SqliteStore, wrong: Callable[[sqlite3.Connection], object]
) -> None:
    with pytest.raises(StoreFault) as raised, store.writing():
        wrong(store._connection)
    assert "test_poison.py:" in raised.value.where
    assert "bí mật" not in str(raised.value)
    with store.writing() as transaction:
        assert transaction.first_time(message(1, ANNA)), "the store works on"


def test_what_may_go_by_itself_is_no_fault(store: SqliteStore, database: Path) -> None:
    with store.writing() as transaction:
        pages = transaction.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(StoreError, match="full"), store.writing() as transaction:
        transaction.save_draft(ANNA, "x" * 100_000, AT)
    with (
        closing(SqliteStore(database, busy=0.05)) as other,
        closing(sqlite3.connect(database, isolation_level=None)) as foreign,
    ):
        foreign.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked"), other.writing():
            pass


# --- updates ----------------------------------------------------------------------------------------------------------


def test_an_update_that_can_never_be_stored_is_set_aside_and_the_others_are_answered(
    engine: Engine, store: SqliteStore, database: Path
) -> None:
    refuse(database, "INSERT ON sessions", f"NEW.user = '{POISON.user}'")
    app = App(CurrentEngine(engine), store)
    batch = [message(1, ANNA), message(2, POISON, SECRET), message(3, BINH)]
    with capture_logs() as logs:
        handle_batch(app.handle, batch, app.set_aside)
    assert set(told(store)) == {ANNA.user, BINH.user}
    assert aside(database) == [("update", "telegram", "2")]
    assert [line["event"] for line in logs] == ["message cannot be handled and is skipped"]
    assert "records/conversations.py:" in logs[0]["error"], "the line that asked, not the one that all go through"
    assert SECRET not in str(logs) + str(run(database, "SELECT * FROM set_aside"))
    before = told(store)
    handle_batch(app.handle, batch, app.set_aside)
    assert (told(store), len(aside(database))) == (before, 1), "when the vendor brings it again it is one that was handled"


def test_an_update_whose_own_id_cannot_be_stored_is_skipped(engine: Engine, store: SqliteStore, database: Path) -> None:
    app = App(CurrentEngine(engine), store)
    with capture_logs() as logs:
        handle_batch(app.handle, [Incoming("\ud800", POISON, "chào", AT), message(3, BINH)], app.set_aside)
    assert set(told(store)) == {BINH.user}
    assert logs[-1]["event"] == "a message that is skipped cannot be noted"


def test_an_update_that_cannot_be_set_aside_at_this_moment_is_brought_again(engine: Engine, store: SqliteStore) -> None:
    def full(incoming: Incoming, error: Exception) -> None:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        handle_batch(App(CurrentEngine(engine), store).handle, [Incoming("\ud800", POISON, "chào", AT)], full)


async def test_a_vendor_that_brings_poison_is_told_that_it_was_taken(
    engine: Engine, store: SqliteStore, database: Path
) -> None:
    refuse(database, "INSERT ON sessions", f"NEW.user = '{POISON.user}'")
    app = App(CurrentEngine(engine), store)
    intake = Intake(app.answer, now=lambda: AT, set_aside=app.set_aside)
    working = asyncio.create_task(intake.run())
    for batch in ([message(1, ANNA), message(2, POISON)], [message(2, POISON)], [message(3, BINH)]):
        assert await intake.put(batch) is None, "StoreError would make the vendor come again"
    intake.stop()
    await working
    assert aside(database) == [("update", "telegram", "2")]
    assert set(told(store)) == {ANNA.user, BINH.user}


async def test_a_reply_that_no_response_can_carry_goes_by_a_call_and_a_repeated_one_is_set_aside(
    engine: Engine, store: SqliteStore, database: Path
) -> None:
    def broken(outgoing: Outgoing) -> bytes | None:
        raise KeyError(SECRET)

    with store.writing() as transaction:
        transaction.save_session(Session(ANNA, lang="vi", greeted=True, at=AT))
    app = App(CurrentEngine(engine), store)
    intake = Intake(app.answer, now=lambda: AT, set_aside=app.set_aside)
    with capture_logs() as logs:
        working = asyncio.create_task(intake.run())
        assert await intake.put([message(1, ANNA, "/menu")], broken) is None
        assert told(store) == [ANNA.user]
        store.delivered([outgoing.id for outgoing in store.due_replies("telegram")])
        assert await intake.put([message(2, ANNA, "/menu")], lambda outgoing: b"body") == b"body"
        assert await intake.put([message(2, ANNA, "/menu")], broken) is None
        intake.stop()
        await working
    assert aside(database) == [("update", "telegram", "2")]
    assert SECRET not in str(logs)


def test_what_is_set_aside_is_counted_and_goes_after_its_time(store: SqliteStore, database: Path, engine: Engine) -> None:
    App(CurrentEngine(engine), store).set_aside(message(2, POISON, SECRET), KeyError(SECRET))
    assert store.figures(AT).set_aside == {"update": 1}
    page = Metrics(lambda: store.figures(AT)).exposition().decode()
    assert 'loaban_set_aside{kind="update"} 1.0' in page
    store.purge(AT + timedelta(days=90))
    assert len(aside(database)) == 1
    store.purge(AT + timedelta(days=91))
    assert aside(database) == []


# --- rows that cannot be read any more --------------------------------------------------------------------------------


def fill(store: SqliteStore) -> None:
    """Two of everything: of Anna, whose rows are damaged, and of Binh."""
    with store.writing() as transaction:
        for number, who in enumerate((ANNA, BINH), start=1):
            transaction.save_session(Session(who, lang="vi", greeted=True, at=AT))
            transaction.subscribe(Subscription(who, BUNG_LAO, ("jobs",), "vi", AT))
            transaction.add_staff("officer", (BUNG_LAO,), "", Address("telegram", f"7{number}"), AT)
            case = transaction.open_case(who, BUNG_LAO, None, "vi", "câu hỏi", AT, AT)
            transaction.add_message(case.number, CaseMessage(None, "thêm", AT))
            transaction.link(GroupLink(Address("telegram", f"-{number}"), (BUNG_LAO,), number), AT)
            transaction.save_tokens(f"channel-{number}", TokenPair("a", "r", AT))
            transaction.unanswered("câu hỏi", "unknown", Outcome("unknown", None, 0.1, "vi", (Match("x", 0.1, ""),)), AT.date())
            added = add(transaction, "sending")
        transaction.freeze(replace(added, id=1), otherwise="vi")


def add(transaction: Transaction, state: str, **more: object) -> Announcement:
    given: dict[str, object] = {
        "code": "AB23CD",
        "office": {"vi": "UBND"},
        "texts": {"vi": "Mai họp."},
        "audience": Audience((BUNG_LAO,), ("jobs",)),
        "lasts": timedelta(hours=6),
    }
    due = more.pop("at", AT)
    added = transaction.add_announcement(
        Plan(**{**given, **more}),  # type: ignore[arg-type]
        state,  # type: ignore[arg-type]
        author=0,
        approver=None,
        created=AT,
        due=due,  # type: ignore[arg-type]
        expires=AT + timedelta(hours=6),
    )
    assert added is not None
    return added


DAMAGE: Mapping[str, tuple[str, Callable[[Transaction], object], object]] = {
    "session": ("UPDATE sessions SET data = '{' WHERE user = '11'", lambda t: t.session(ANNA), None),
    "session of a list": ("UPDATE sessions SET data = '[]' WHERE user = '11'", lambda t: t.session(ANNA), None),
    "session with a bad time": (
        """UPDATE sessions SET data = json_set(data, '$.at', 'noon') WHERE user = '11'""",
        lambda t: t.session(ANNA),
        None,
    ),
    "subscription": ("UPDATE subscriptions SET topics = '[' WHERE user = '11'", lambda t: t.subscription(ANNA), None),
    "staff": (
        "UPDATE staff SET places = '' WHERE number = 1",
        lambda t: ([one.number for one in t.all_staff()], t.staff_number(1)),
        ([2], None),
    ),
    "case": (
        "UPDATE cases SET touched = 'noon' WHERE number = 1",
        lambda t: ([one.number for one in t.cases(None, states=("waiting",))], len(t.due_cases(AT, AT)), t.case(1)),
        ([2], 1, None),
    ),
    "message of a case": (
        "UPDATE case_messages SET at = 'noon' WHERE number = 1",
        lambda t: (len(t.messages(1)), len(t.messages(2))),
        (0, 1),
    ),
    "link of a group": (
        "UPDATE links SET places = '{' WHERE chat = '-1'",
        lambda t: ([link.group.user for link in t.links(BUNG_LAO)], t.linked(Address("telegram", "-1"))),
        (["-2"], None),
    ),
    "tokens": ("UPDATE tokens SET expires = 'noon' WHERE channel = 'channel-1'", lambda t: t.tokens("channel-1"), None),
    "announcement": (
        "UPDATE announcements SET plan = '{}' WHERE id = 1",
        lambda t: (
            [one.id for one in t.announcements(None)],
            t.announcement(1),
            t.announced("AB23CD"),
            t.unreadable(("sending",)),
        ),
        ([2], None, None, [1]),
    ),
    "lease of a recipient": (
        "UPDATE deliveries SET state = 'sending', attempt = 1, lease = 'noon', at = 'noon' WHERE user = '11'",
        lambda t: (claims.recover(t, "telegram", AT, everything=False), dict(t.report(1).states), t.unfinished(1)),
        (1, {"unknown": 1, "pending": 1}, True),
    ),
    "communes of an announcement": (
        "UPDATE announcements SET places = '{' WHERE id = 1",
        lambda t: [one.id for one in t.announcements((BUNG_LAO,))],
        [2],
    ),
    "audience": (
        "UPDATE subscriptions SET topics = '[' WHERE user = '11'",
        lambda t: t.recipients(Audience((BUNG_LAO,), ("jobs",))),
        {"telegram": 1},
    ),
}


@pytest.mark.parametrize(("damage", "look", "found"), DAMAGE.values(), ids=list(DAMAGE))
def test_a_row_that_cannot_be_read_counts_as_not_there_and_the_others_do(
    store: SqliteStore, database: Path, damage: str, look: Callable[[Transaction], object], found: object
) -> None:
    fill(store)
    run(database, damage)
    with capture_logs() as logs, store.writing() as transaction:
        assert look(transaction) == found
        look(transaction)
    rows = [line["row"] for line in logs]
    assert len(rows) == len(set(rows)) <= 1, "told once"
    assert ANNA.user not in str(rows)


@pytest.mark.parametrize("data", ["{", "[]", '{"offered": [7]}'])
def test_somebody_whose_session_is_damaged_is_answered_and_has_a_session_again(
    engine: Engine, store: SqliteStore, database: Path, data: str
) -> None:
    fill(store)
    run(database, "UPDATE sessions SET data = ? WHERE user = '11'", data)
    handle_batch(App(CurrentEngine(engine), store).handle, [message(1, ANNA)])
    assert ANNA.user in told(store)
    with store.writing() as transaction:
        assert transaction.session(ANNA) is not None


def test_a_damaged_subscription_costs_nobody_else_an_announcement(store: SqliteStore, database: Path) -> None:
    fill(store)
    run(database, "UPDATE subscriptions SET topics = 'jobs' WHERE user = '11'")
    with store.writing() as transaction:
        found = transaction.announcement(2)
        assert found is not None
        assert transaction.freeze(found, otherwise="vi") == 1


def test_damaged_rows_do_not_keep_everything_else_for_ever(store: SqliteStore, database: Path) -> None:
    """What is promised to be deleted is deleted: one bad row would have undone all of it, every time."""
    fill(store)
    run(database, "UPDATE sessions SET data = '{' WHERE user = '11'")
    run(database, "UPDATE unanswered SET nearest = '[' WHERE id = 1")
    store.purge(AT + timedelta(days=2))
    assert run(database, "SELECT user FROM sessions") == [(BINH.user,)], "nobody can read what it holds of the last question"
    with reading(database) as records:
        assert [one.intent for one in records.kept_questions(None, None)] == [None, "x"]
    store.purge(AT + timedelta(days=365))
    assert run(database, "SELECT * FROM sessions") == run(database, "SELECT * FROM unanswered") == []


# --- by the clock -----------------------------------------------------------------------------------------------------


def state(store: SqliteStore, number: int) -> str:
    with store.writing() as transaction:
        found = transaction.announcement(number)
    assert found is not None
    return found.state


@pytest.fixture
def village(engine: Engine, store: SqliteStore) -> Village:
    built = Village(engine, store)
    built.subscribers(1)
    return built


def tick(village: Village, times: int = 2) -> None:
    current = CurrentEngine(village.engine, village.desk)
    scheduler = Scheduler(village.store, current, now=lambda: village.now)
    for _ in range(times):
        scheduler.tick(village.now)


def test_a_repetition_whose_rule_cannot_be_read_holds_up_nothing_else(
    village: Village, store: SqliteStore, database: Path
) -> None:
    everybody = Audience((BUNG_LAO,))
    with store.writing() as transaction:
        number = transaction.add_staff("owner", (), "", Address("telegram", "1"), MORNING).number
        bad = add(transaction, "repeating", rule="every now and then", audience=everybody, at=MORNING)
        good = add(transaction, "repeating", rule="30 7 * * *", audience=everybody, at=MORNING)
        over = add(transaction, "sending", audience=everybody, at=MORNING)
        case = transaction.open_case(ANNA, BUNG_LAO, None, "vi", "câu hỏi", MORNING, MORNING)
    run(database, "UPDATE announcements SET author = ?", number)
    with capture_logs() as logs:
        tick(village)
    with store.writing() as transaction:
        assert [one.state for one in transaction.announcements(None, parent=good.id)] == ["sending"]
        reminded = transaction.case(case.number)
        assert reminded is not None
        assert reminded.reminders == 1
    assert (state(store, bad.id), state(store, over.id)) == ("repeating", "done")
    assert aside(database) == [("announcement", "", str(bad.id))]
    assert [line["event"] for line in logs].count("what the clock asks for is set aside") == 1
    told = [outgoing.reply.text for outgoing in store.due_replies("telegram") if outgoing.to.user == "1"]
    assert [text for text in told if f"thông báo số {bad.id}" in text and "để riêng" in text], told


def test_a_case_that_nobody_can_be_reminded_of_holds_up_no_other(village: Village, store: SqliteStore, database: Path) -> None:
    village.staff("1", "owner")
    with store.writing() as transaction:
        for who in (ANNA, BINH):
            transaction.open_case(who, BUNG_LAO, None, "vi", "câu hỏi", MORNING, MORNING)
    refuse(database, "UPDATE ON cases", "NEW.number = 1")
    tick(village)
    assert run(database, "SELECT number, reminders FROM cases ORDER BY number") == [(1, 0), (2, 1)]
    assert aside(database) == [("case", "", "1")]


def test_an_announcement_that_cannot_be_closed_holds_up_no_other(village: Village, store: SqliteStore, database: Path) -> None:
    with store.writing() as transaction:
        first, second = (add(transaction, "sending", at=MORNING) for _ in range(2))
    refuse(database, "UPDATE ON announcements", f"NEW.id = {first.id} AND NEW.state = 'done'")
    tick(village)
    assert (state(store, first.id), state(store, second.id)) == ("sending", "done")
    assert aside(database) == [("announcement", "", str(first.id))]


def test_one_subject_of_the_clock_does_not_wait_for_another(village: Village, store: SqliteStore, database: Path) -> None:
    with store.writing() as transaction:
        over = add(transaction, "sending", at=MORNING)
    run(database, "ALTER TABLE cases RENAME COLUMN touched TO touched_before")
    with capture_logs() as logs:
        tick(village, times=1)
    assert state(store, over.id) == "done"
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["a tick failed"]


def test_owners_are_told_the_number_of_what_a_sender_gives_up_in_their_language(village: Village, store: SqliteStore) -> None:
    with store.writing() as transaction:
        transaction.add_staff("owner", (), "", Address("telegram", "1"), MORNING)
        number = add(transaction, "sending", at=MORNING).id
        village.desk.actions.notifier.set_aside(transaction, "announcement", number, MORNING)
        village.desk.actions.notifier.unreadable(transaction, number, MORNING)
    first, second = [outgoing.reply.text for outgoing in store.due_replies("telegram") if outgoing.to.user == "1"]
    assert f"thông báo số {number}" in first
    assert f"Thông báo số {number} bị hỏng" in second


# --- announcements on their way ---------------------------------------------------------------------------------------


def test_figures_can_be_had_of_damaged_rows(store: SqliteStore, database: Path) -> None:
    subscribe(store, 3)
    announce(store, now=AT)
    run(database, "UPDATE announcements SET plan = '{}'")
    run(database, "UPDATE deliveries SET due = ''")
    found = store.figures(AT)
    assert (found.outbox["pending"], found.overdue) == (3, 0.0)


def test_a_value_that_no_database_takes_is_refused_where_it_is_given(store: SqliteStore) -> None:
    with pytest.raises(UnicodeEncodeError), store.writing() as transaction:
        transaction.queue(ANNA, [Reply("một"), Reply("\ud800")], AT)
    assert store.due_replies("telegram") == []
