"""The database's files are its owner's alone, whatever the umask; and no other program's file is ever touched."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.engine.cache import cached
from bot.errors import Refusal
from bot.i18n import load_words
from bot.model import Address, Session
from bot.stores.sqlite.backup import backup
from bot.stores.sqlite.files import NOT_OURS
from bot.stores.sqlite.restore import restore
from bot.stores.sqlite.store import SqliteStore

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ANNA = Address("telegram", "31")


@pytest.fixture(autouse=True)
def open_to_all() -> Iterator[None]:
    """The umask of a careless machine."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "loaban.db"


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def write(store: SqliteStore) -> None:
    with store.writing() as transaction:
        transaction.save_session(Session(ANNA, at=AT))


def test_nobody_else_can_read_the_database_its_log_or_hold_its_lock(db: Path) -> None:
    with closing(SqliteStore(db)) as store:
        write(store)
        found = modes(db.parent)
    assert found == dict.fromkeys(("loaban.db", "loaban.db-wal", "loaban.db-shm", "loaban.db.lock"), 0o600)


def test_what_an_earlier_version_left_open_is_tightened_at_the_start(db: Path) -> None:
    SqliteStore(db).close()
    Path(f"{db}-wal").touch()
    for path in db.parent.iterdir():
        path.chmod(0o664)
    with closing(SqliteStore(db)) as store:
        write(store)
        assert set(modes(db.parent).values()) == {0o600}


def test_a_link_to_the_database_protects_what_it_leads_to(db: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    real = tmp_path / "disk" / "real.db"
    db.symlink_to(real)
    with closing(SqliteStore(db)) as store:
        write(store)
        assert set(modes(real.parent).values()) == {0o600}


def test_a_backup_a_restored_database_and_the_one_before_are_private(db: Path, tmp_path: Path) -> None:
    with closing(SqliteStore(db)) as store:
        write(store)
    copy = tmp_path / "copy.db"
    copy.touch()
    backup(db, copy, AT, force=True)
    for path in (db, Path(f"{db}.lock")):
        path.chmod(0o666)
    restore(copy, db, AT)
    assert set(modes(tmp_path).values()) == {0o600}


def test_the_cache_and_every_folder_made_for_it_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "one" / "two"
    cached(folder, "key", lambda: "built")
    found = [folder.parent, folder, folder / "engine-key.pickle"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in found] == [0o700, 0o700, 0o600]


def test_a_cached_file_that_others_could_write_is_made_anew_and_believed_from_then_on(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    cached(tmp_path, "key", lambda: "built")
    (tmp_path / "engine-key.pickle").chmod(0o666)
    assert cached(tmp_path, "key", lambda: "again") == "again"
    assert cached(tmp_path, "key", lambda: "a third time") == "again"


# --- files of other programs ------------------------------------------------------------------------------------------


def another_programs(path: Path, journal: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.execute("CREATE TABLE _sqlite_migrations (migration_set TEXT, name TEXT, applied_at TEXT)")
        connection.execute("INSERT INTO _sqlite_migrations VALUES ('bookmarks', 'conversations', '')")


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_another_programs_database_is_refused_and_stays_byte_for_byte(db: Path, journal: str) -> None:
    another_programs(db, journal)
    before, mode = db.read_bytes(), db.stat().st_mode
    with pytest.raises(Refusal) as refused:
        SqliteStore(db)
    assert refused.value.message == NOT_OURS
    assert (db.read_bytes(), db.stat().st_mode, [path.name for path in db.parent.iterdir()]) == (before, mode, [db.name])


def test_another_programs_database_that_is_in_use_is_refused_as_well(db: Path) -> None:
    another_programs(db, "WAL")
    with closing(sqlite3.connect(db)) as used, used:
        used.execute("INSERT INTO bookmarks VALUES ('https://example.vn')")
        used.commit()
        before = db.read_bytes(), Path(f"{db}-wal").read_bytes()
        with pytest.raises(Refusal):
            SqliteStore(db)
        assert (db.read_bytes(), Path(f"{db}-wal").read_bytes()) == before
        assert not Path(f"{db}.lock").exists()


@pytest.mark.parametrize("content", [b"x", b"name,phone\n" * 1000])
def test_a_file_that_is_no_database_is_refused_and_stays_as_it_is(db: Path, content: bytes) -> None:
    db.write_bytes(content)
    with pytest.raises(Refusal):
        SqliteStore(db)
    assert db.read_bytes() == content
    assert not Path(f"{db}.lock").exists()


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_refusal_says_what_where_and_what_to_do(db: Path, home: Path, lang: str) -> None:
    said = load_words(home / "locales")[lang].say(NOT_OURS, file=db)
    assert "LOABAN_DB" in said
    assert str(db) in said
    assert said.count(".") >= 2


def test_a_first_start_that_was_cut_short_is_no_other_programs(db: Path) -> None:
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    with closing(SqliteStore(db)) as store:
        write(store)
