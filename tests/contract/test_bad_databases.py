"""What LOABAN_DB may lead to that is no database of ours, or not of this version: one sentence each, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from bot.errors import Refusal
from bot.i18n import load_words
from bot.stores.postgres import database_clock
from bot.stores.postgres.reading import reading
from bot.stores.postgres.store import PostgresStore
from tests import postgres


@pytest.fixture
def empty() -> Iterator[str]:
    """The address of a database with nothing in it."""
    yield postgres.server().create("strange", "TEMPLATE template0")
    postgres.server().drop("strange")


def written(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT schemaname, relname, n_live_tup FROM pg_stat_user_tables ORDER BY 2").fetchall()


def refusal(opened: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as raised:
        opened()
    return raised.value


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://loaban:geheim@127.0.0.1:port/loaban", "no address of a PostgreSQL database"),
        ("postgresql://loaban:geheim@127.0.0.1:5432/loaban?what=ever", "no address of a PostgreSQL database"),
        ("postgresql://loaban:geheim@127.0.0.1:9/loaban", "there is no PostgreSQL at 127.0.0.1:9/loaban"),
        (
            "postgresql://loaban:geheim@no.such.host.invalid/x",
            "there is no PostgreSQL at no.such.host.invalid:5432/x",
        ),
    ],
)
def test_an_address_that_leads_nowhere_is_named_without_its_password(url: str, said: str) -> None:
    error = refusal(lambda: PostgresStore(url))
    assert said in str(error)
    assert "geheim" not in str(error)


def test_a_database_that_nobody_has_made_is_named_with_how_to_make_it() -> None:
    assert "createdb" in str(refusal(lambda: PostgresStore(postgres.server().url("nobody_made_it"))))


def test_a_wrong_password_and_a_wrong_name_are_told_alike(empty: str) -> None:
    postgres.server().execute("DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'right'")
    with postgres.server().asking_for_passwords():
        for who in ("locked:wrong", "nobody:wrong"):
            error = refusal(lambda who=who: PostgresStore(empty.replace("loaban@", f"{who}@")))  # type: ignore[misc]
            assert "the name or the password is wrong" in str(error)
            assert "wrong@" not in str(error)
        with psycopg.connect(empty.replace("loaban@", "locked:right@")):
            pass
    postgres.server().execute("DROP ROLE locked")


def test_another_programs_database_is_left_as_it_is(empty: str) -> None:
    with psycopg.connect(empty) as connection:
        connection.execute("CREATE TABLE invoices (id int); CREATE TABLE sessions (id int)")
    before = written(empty)
    for opened in (lambda: PostgresStore(empty), lambda: reading(empty).__enter__()):
        error = refusal(opened)
        assert "tables of another program (invoices, sessions)" in str(error)
    assert written(empty) == before


def test_a_database_of_a_newer_version_is_left_as_it_is(empty: str) -> None:
    PostgresStore(empty).close()
    with psycopg.connect(empty) as connection:
        connection.execute("INSERT INTO loaban_migrations (name) VALUES ('0099_of_tomorrow')")
        connection.execute("DROP TABLE set_aside")
    before = written(empty)
    for opened in (lambda: PostgresStore(empty), lambda: reading(empty).__enter__()):
        assert "update Loa Bản first" in str(refusal(opened))
    assert written(empty) == before


def test_an_older_database_is_brought_up_to_date_by_a_start_and_by_nothing_else(empty: str) -> None:
    assert "is empty, or not brought up to date yet" in str(refusal(lambda: reading(empty).__enter__()))
    assert written(empty) == []
    PostgresStore(empty).close()
    with psycopg.connect(empty) as connection:
        applied = connection.execute("SELECT name FROM loaban_migrations").fetchall()
    PostgresStore(empty).close()
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT name FROM loaban_migrations").fetchall() == applied, "each once"
    with reading(empty) as records:
        assert records.kept_questions(None, None) == []


def test_a_database_without_vietnamese_letters_is_refused() -> None:
    url = postgres.server().create("latin", "TEMPLATE template0 ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        assert "no Vietnamese" in str(refusal(lambda: PostgresStore(url)))
        assert written(url) == []
    finally:
        postgres.server().drop("latin")


def test_a_copy_that_takes_no_changes_is_named_before_anybody_waits_for_an_answer_from_it(empty: str) -> None:
    PostgresStore(empty).close()
    postgres.server().execute("ALTER DATABASE strange SET default_transaction_read_only = on")  # as a standby is, by itself
    assert "is a copy that takes no changes" in str(refusal(lambda: PostgresStore(empty)))


@pytest.mark.parametrize("minutes", [-3, 3])
def test_a_machine_whose_clock_is_minutes_off_does_not_begin(empty: str, monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    class Off(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(minutes=minutes)

    monkeypatch.setattr(database_clock, "datetime", Off)
    assert "is 180 seconds away" in str(refusal(lambda: PostgresStore(empty)))
    assert written(empty) == []


def test_a_role_that_may_not_make_tables_is_told_what_it_lacks(empty: str) -> None:
    postgres.server().execute("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN")
    assert "not work there" in str(refusal(lambda: PostgresStore(empty.replace("loaban@", "guest@"))))
    assert written(empty) == []


def test_each_is_said_in_vietnamese_as_well(home: Path) -> None:
    words = load_words(home / "locales")
    error = refusal(lambda: PostgresStore("postgresql://loaban:geheim@127.0.0.1:9/loaban"))
    said = words["vi"].say(error.message, **error.values)
    assert "không thấy PostgreSQL ở 127.0.0.1:9/loaban" in said
    assert "geheim" not in said
