"""What only PostgreSQL can do wrong, or has to be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime

import psycopg
import pytest

from bot.errors import StoreError, StoreFault
from bot.model import Address, AuditEntry, Incoming, Session
from bot.stores.moving import TABLES
from bot.stores.postgres.store import PostgresStore
from tests import postgres

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ANNA = Address("telegram", "918273645546372819")
SECRET = "bí mật"


@pytest.fixture
def url() -> str:
    return postgres.emptied()


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    with closing(PostgresStore(url)) as opened:
        yield opened


def works_on(store: PostgresStore) -> bool:
    with store.writing([ANNA]) as transaction:
        return transaction.first_time(Incoming("after all", ANNA, "", NOW))


def swallows(store: PostgresStore) -> None:
    with store.writing() as transaction:
        transaction.save_session(Session(ANNA, at=NOW))
        with suppress(psycopg.Error):
            transaction.execute("SELECT 1 / 0")


def test_a_statement_that_failed_and_was_passed_over_is_no_success(store: PostgresStore) -> None:
    """PostgreSQL takes the COMMIT of such a transaction, rolls it back, and reports no error."""
    with pytest.raises(StoreFault):
        swallows(store)
    assert store.session(ANNA) is None
    assert works_on(store)


WRONG = {
    "no such table": ("SELECT 1 FROM nothing_here WHERE x = ?", (SECRET,)),
    "no number": ("SELECT CAST(? AS integer)", (SECRET,)),
    "too few values": ("SELECT ?, ?", (SECRET,)),
    "no value of SQL": ("SELECT ?", (object(),)),
    "twice": ("INSERT INTO drafts (channel, user, data, at) VALUES ('t', ?, '', ''), ('t', ?, '', '')", (SECRET, SECRET)),
}


@pytest.mark.parametrize(("sql", "values"), WRONG.values(), ids=list(WRONG))
def test_what_repeating_cannot_mend_is_a_fault_with_its_place_and_nobodys_words(
    store: PostgresStore, sql: str, values: tuple[object, ...]
) -> None:
    with pytest.raises(StoreFault) as raised, store.writing() as transaction:
        transaction.execute(sql, values)
    assert "test_postgres_store.py:" in raised.value.where
    assert SECRET not in str(raised.value)
    assert works_on(store)


def test_a_connection_that_is_lost_in_the_middle_may_be_asked_again(store: PostgresStore, url: str) -> None:
    def lose() -> None:
        with store.writing([ANNA]) as transaction:
            transaction.save_session(Session(ANNA, at=NOW))
            with psycopg.connect(url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'loaban%' "
                    "AND datname = current_database()"
                )
            transaction.save_session(Session(ANNA, at=NOW))

    with pytest.raises(StoreError):
        lose()
    assert store.session(ANNA) is None, "and the connections that lay idle were lost as well"
    assert works_on(store)


def test_a_transaction_within_another_one_is_a_fault_and_waits_for_nobody(store: PostgresStore) -> None:
    with store.writing() as transaction:
        with pytest.raises(StoreFault), store.writing():
            pass
        transaction.save_session(Session(ANNA, at=NOW))
    assert store.session(ANNA) is not None


@pytest.mark.parametrize("change", ["UPDATE audit SET detail = ''", "DELETE FROM audit"])
def test_the_log_of_staff_cannot_be_rewritten(store: PostgresStore, url: str, change: str) -> None:
    with store.writing() as transaction:
        transaction.note(AuditEntry(NOW, 1, "approved", "announcement 1", ""))
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
        connection.execute(change.encode())


def test_after_somebody_was_forgotten_small_tables_are_written_anew_once(store: PostgresStore, url: str) -> None:
    with store.writing() as transaction:
        transaction.save_session(Session(ANNA, at=NOW))
        transaction.forget(ANNA)

    def file() -> object:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT pg_relation_filenode('sessions')").fetchone()

    before = file()
    store.wipe()
    after = file()
    assert after != before, "the bytes of deleted rows are in the old one"
    store.wipe()
    assert file() == after


def test_every_table_is_moved_and_every_column_for_a_person_is_emptied(store: PostgresStore, url: str) -> None:
    with psycopg.connect(url) as connection:
        tables = {str(row[0]) for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
        named = connection.execute("SELECT table_name FROM information_schema.columns WHERE column_name = 'user'").fetchall()
    assert tables == {*TABLES, "replicas", "loaban_migrations", "loaban_origin"}
    with store.writing() as transaction:
        ours = {str(row[0]) for row in named if str(row[0]) in tables}
        assert set(transaction.personal_data(ANNA)) == ours
