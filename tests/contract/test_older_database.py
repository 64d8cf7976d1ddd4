"""A database that an earlier version wrote is opened, brought up to date, and everything in it goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.announcements.staffing import kept_as
from bot.delivery.claims import recover
from bot.model import Address, CaseMessage, GroupLink, Invite
from bot.stores.sqlite.migrations import migrations
from bot.stores.sqlite.reading import reading
from bot.stores.sqlite.restore import restore
from bot.stores.sqlite.store import SqliteStore
from tests.announcing import claim

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA, BINH, OFFICER = (Address("telegram", user) for user in ("1001", "1002", "77"))


@pytest.fixture
def db(tmp_path: Path, home: Path) -> Path:
    """As it stood in the middle of work, before replies were claimed: something on its way in every table."""
    path = tmp_path / "loaban.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((home / "tests/data/database-before-leases.sql").read_text("utf-8"))
    return path


@pytest.fixture
def store(db: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(db)) as opened:
        yield opened


def applied(db: Path) -> list[str]:
    with closing(sqlite3.connect(db)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]


def test_only_what_is_missing_is_applied(db: Path) -> None:
    before = applied(db)
    SqliteStore(db).close()
    assert applied(db)[: len(before)] == before
    assert len(before) < len(applied(db)) == len(migrations._migrations)


def test_replies_on_their_way_are_claimed_with_their_buttons(store: SqliteStore) -> None:
    claimed = store.claim_replies("telegram", "new", lambda: AT, lease=timedelta(seconds=2), limit=9)
    assert [(one.to, one.reply.text) for one in claimed.replies] == [(ANNA, "một"), (ANNA, "hai"), (BINH, "ba")]
    first, _, third = claimed.replies
    assert [(button.label, button.beside) for button in first.reply.buttons] == [("Vay vốn", False), ("Đóng", True)]
    assert (third.reply.photo, third.reply.file) == ("telegram:p", "telegram:document:f")
    tokens = [button.choice for button in first.reply.buttons]
    with store.writing() as transaction:
        assert [transaction.chosen(ANNA, token, AT) for token in tokens] == ["topic:vbsp-loans", "staff:case-close:1"]
        assert [transaction.chosen(ANNA, token, AT + 25 * HOUR) for token in tokens] == ["topic:vbsp-loans", None]


def test_people_staff_and_cases_are_as_they_were(store: SqliteStore) -> None:
    with store.writing() as transaction:
        session = transaction.session(ANNA)
        assert session is not None
        assert (session.topic, session.question, session.at) == ("vbsp-loans", "vay vốn", AT)
        officer = transaction.staff(OFFICER)
        assert officer is not None
        assert (officer.number, officer.role, officer.places, officer.office) == (1, "officer", ("03301",), "UBND")
        case = transaction.case_of(ANNA)
        assert case is not None
        assert (case.number, case.state, case.due) == (1, "waiting", AT + HOUR / 2)
        assert transaction.messages(1) == [CaseMessage(None, "thêm", AT)]
        assert transaction.case_behind(OFFICER, "m4") == 1
        assert transaction.links("03301") == [GroupLink(Address("telegram", "-1001"), ("03301",), 1)]
        assert transaction.redeem(kept_as("ABC"), AT) == Invite("admin", (), "", AT + timedelta(days=3))
        assert [entry.action for entry in transaction.log(9)] == ["joined"]
        assert transaction.tokens("zalo-oa") is not None
        assert transaction.draft(OFFICER) == "{}"


def test_an_announcement_in_the_middle_goes_on(store: SqliteStore) -> None:
    with store.writing() as transaction:
        assert recover(transaction, "telegram", AT, everything=True) == 1
        got = set()
        while (delivery := claim(transaction, AT)) is not None:
            transaction.settle(delivery, "sent", AT)
            got.add((delivery.to.user, delivery.lang))
        assert got == {("2002", "vi"), ("2003", "en"), ("2004", "vi"), ("2005", "vi")}
        report = transaction.report(1)
        assert (dict(report.states), report.ambiguous) == ({"sent": 5}, 1)
        assert transaction.lead("telegram", "new", AT + timedelta(seconds=3), lapse=timedelta(seconds=2)) == "new"


def test_its_figures_count_and_its_old_rows_go(store: SqliteStore, db: Path) -> None:
    assert dict(store.figures(AT).outcomes) == {("telegram", "answer"): 1}
    with reading(db) as records:
        assert [one.text for one in records.kept_questions(None, None)] == ["câu hỏi"]
        assert records.sum_verdicts(None, None)[0].good == 1
    store.purge(AT + timedelta(days=400))
    with store.writing() as transaction:
        assert transaction.session(ANNA) is None
        assert transaction.case_of(ANNA) is not None


def test_a_backup_of_it_can_be_restored(db: Path, tmp_path: Path) -> None:
    done = restore(db, tmp_path / "new.db", AT)
    assert (done.paused, done.dropped, done.cases) == ((1, 2), 3, (1,))
    with closing(SqliteStore(tmp_path / "new.db")) as store:
        assert store.due_replies("telegram") == []
