"""`loaban migrate`: everything arrives on the other side and comes back as it was, or nothing has changed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cli.root import cli
from bot.errors import Refusal
from bot.model import Address, Button, Incoming, Match, Outcome, Reply, Session
from bot.ports import Store
from bot.settings import as_database, load_settings
from bot.stores import adjusted
from bot.stores.moving import TABLES, move
from bot.stores.postgres.store import PostgresStore
from bot.stores.sqlite.store import SqliteStore
from tests import postgres
from tests.announcing import announce, claim, subscribe
from tests.processes import ROOT

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ANNA = Address("telegram", "1")


@pytest.fixture
def url() -> Iterator[str]:
    """The address of a database with nothing in it."""
    yield postgres.server().create("moved", "TEMPLATE template0")
    postgres.server().drop("moved")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with a row in every table."""
    path = tmp_path / "loaban.db"
    with closing(SqliteStore(path)) as store:
        live(store)
    return path


def live(store: Store) -> None:
    subscribe(store, 5)
    number = announce(store, now=NOW).id
    unknown = Outcome("unknown", None, 0.1, "vi", (Match("jobs", 0.2, "việc"),))
    with store.writing() as transaction:
        transaction.first_time(Incoming("7", ANNA, "chào", NOW))
        transaction.save_session(Session(ANNA, lang="vi", offered=(Button("Vay \0vốn 👍🏽", "x\U0010fffe0"),), at=NOW))
        transaction.queue(ANNA, [Reply("Bà con: “vay”\t\0\\N", (Button("Có", "yes"),))], NOW)
        transaction.queue(Address("web", "anna"), [Reply("Chào.")], NOW)
        transaction.consent(ANNA, "conversation", "1", NOW)
        transaction.count(unknown, "telegram", NOW.date(), "03301")
        transaction.unanswered("hỏi gì", "unknown", unknown, NOW.date())
        transaction.open_case(ANNA, "03301", None, "vi", "câu hỏi", NOW, NOW)
        transaction.add_staff("owner", (), "UBND", Address("telegram", "9"), NOW)
        transaction.save_draft(ANNA, "{}", NOW)
        transaction.add_login_code("hash of a code", 1, NOW)
        transaction.add_device("hash of a token", 1, "Chrome, Android", NOW)
        found = claim(transaction, NOW)
        assert found is not None
        transaction.settle(found, "sent", NOW, external_id="77")
        assert transaction.lead("telegram", "one", NOW, lapse=timedelta(seconds=2)) == "new"
        transaction.change(number, "paused", reason="by staff")
    store.claim_replies("telegram", "one", lambda: NOW, lease=timedelta(seconds=2), limit=1)
    store.beat("run", NOW)


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        found = {table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in TABLES}
        found["numbers"] = sorted(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    return found


def quiet(table: str, done: int, total: int) -> None:
    assert done <= total


def test_there_and_back_everything_is_as_it_was(file: Path, url: str, tmp_path: Path) -> None:
    before, back = rows(file), tmp_path / "back.db"
    moved = move(file, as_database(url), quiet)
    assert moved == sum(len(found) for name, found in before.items() if name != "numbers")
    assert rows(file) == before
    assert move(as_database(url), back, quiet) == moved
    assert rows(back) == before
    with closing(SqliteStore(back)) as store:
        assert store.session(ANNA) is not None


def test_on_the_other_side_numbers_go_on_and_nothing_is_sent_twice(file: Path, url: str) -> None:
    with closing(SqliteStore(file)) as store, store.writing() as transaction:
        transaction.forget(Address("web", "anna"))  # the largest number there is no row of any more
    move(file, as_database(url), quiet)
    with closing(PostgresStore(url)) as moved:
        assert moved.last_shown() == 1
        with moved.writing() as transaction:
            transaction.queue(Address("web", "anna"), [Reply("Chào.")], NOW)
            assert not transaction.first_time(Incoming("7", ANNA, "chào", NOW))
        assert moved.last_shown() == 2
        assert [outgoing.reply.text for outgoing in moved.due_replies("telegram")] == ["Bà con: “vay”\t\0\\N"]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=6, unique_by=lambda row: row[0]))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_written_survives_both_ways(
    tmp_path_factory: pytest.TempPathFactory, written: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("moved")
    with closing(SqliteStore(folder / "one.db")) as store, store.writing() as transaction:
        for user, text, label in written:
            transaction.queue(Address("telegram", user), [Reply(text, (Button(label, text),))], NOW)
            transaction.save_draft(Address("telegram", user), text, NOW)
    url = postgres.emptied()
    move(folder / "one.db", as_database(url), quiet)
    move(as_database(url), folder / "two.db", quiet)
    assert rows(folder / "two.db") == rows(folder / "one.db")


def test_one_that_is_in_use_is_not_moved(file: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.stores.sqlite.copies.WAIT_SECONDS", 0.1)
    code = f"from bot.stores.sqlite.store import SqliteStore; SqliteStore({str(file)!r}); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as user:
        assert user.stdout is not None
        user.stdout.readline()
        with pytest.raises(Refusal, match="is in use"):
            move(file, as_database(url), quiet)
        user.kill()
    with closing(PostgresStore(url, name="b")) as store:
        with store.writing():
            pass
        with pytest.raises(Refusal, match=r"in use \(loaban b\)"):
            move(file, as_database(url), quiet)
        with pytest.raises(Refusal, match=r"in use \(loaban b\)"):
            move(as_database(url), file.with_name("back.db"), quiet)
    assert not file.with_name("back.db").exists()


def test_what_is_not_empty_is_not_written_over(file: Path, url: str) -> None:
    with closing(PostgresStore(url)) as store:
        live(store)
    with pytest.raises(Refusal, match="is not empty"):
        move(file, as_database(url), quiet)
    with pytest.raises(Refusal, match="is there already"):
        move(as_database(url), file, quiet)


@pytest.mark.parametrize("table", ["deliveries", "tokens"])
def test_cut_short_it_has_changed_nothing_and_can_be_done_again(file: Path, url: str, tmp_path: Path, table: str) -> None:
    class Cut(BaseException):
        pass

    def cut(at: str, done: int, total: int) -> None:
        if at == table:
            raise Cut

    with pytest.raises(Cut):
        move(file, as_database(url), cut)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    move(file, as_database(url), quiet)
    with pytest.raises(Cut):
        move(as_database(url), tmp_path / "back.db", cut)
    assert not list(tmp_path.glob("*back.db")), "no file, and no part of one"
    move(as_database(url), tmp_path / "back.db", quiet)


def test_what_arrived_otherwise_than_it_left_is_refused(file: Path, url: str) -> None:
    with closing(PostgresStore(url)), psycopg.connect(url) as connection:
        connection.execute(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.text = 'x'; RETURN NEW; END $$"
        )
        connection.execute("CREATE TRIGGER spoil BEFORE INSERT ON replies FOR EACH ROW EXECUTE FUNCTION spoil()")
    with pytest.raises(Refusal, match=r"is not what .* holds \(replies\)"):
        move(file, as_database(url), quiet)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM subscriptions").fetchone() == (0,)


def test_the_command_says_what_was_moved_and_what_to_do_now(file: Path, url: str) -> None:
    secret = url.replace("loaban@", "loaban:geheim@")
    done = CliRunner().invoke(cli, ["--lang", "en", "migrate", str(file), secret])
    assert done.exit_code == 0, done.output
    assert "no difference" in done.output
    assert "geheim" not in done.output
    again = CliRunner().invoke(cli, ["--lang", "vi", "migrate", str(file), secret])
    assert again.exit_code == 1
    assert "không trống" in again.output


# --- backups of PostgreSQL -----------------------------------------------------------------------------------------------


def test_what_came_out_of_a_dump_is_put_right_before_anybody_works_on_it(url: str, tmp_path: Path) -> None:
    with closing(PostgresStore(url)) as store:
        live(store)
        announce(store, now=NOW, code="ZZ23CD")
    dump = tmp_path / "today.dump"
    programs = postgres.needed()
    subprocess.run([programs / "pg_dump", "-Fc", "-f", dump, url], check=True)
    PostgresStore(url).close()
    restored = postgres.server().create("restored", "TEMPLATE template0")
    try:
        subprocess.run([programs / "pg_restore", "-d", restored, dump], check=True)
        with pytest.raises(Refusal, match="loaban restore --adjust"):
            PostgresStore(restored)
        done = adjusted(load_settings(db=restored), NOW)
        assert (len(done.paused), done.dropped, len(done.cases)) == (1, 1, 1)
        with closing(PostgresStore(restored)) as store:
            assert store.due_replies("telegram") == []
            with store.writing() as transaction:
                assert transaction.announcements(None, states=("sending",)) == []
    finally:
        postgres.server().drop("restored")
    subprocess.run([programs / "pg_restore", "--clean", "-d", url, dump], check=True)
    with pytest.raises(Refusal, match="loaban restore --adjust"):
        PostgresStore(url)


def test_a_file_has_nothing_to_be_adjusted(file: Path) -> None:
    with pytest.raises(Refusal, match="loaban restore FILE"):
        adjusted(load_settings(db=file), NOW)
