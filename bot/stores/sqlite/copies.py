"""Copies of the database as files: written under another name, looked through, and only then given their own name."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

from bot.errors import Refusal
from bot.i18n import mark
from bot.stores.sqlite.files import MODE, opened_lock, uri
from bot.stores.sqlite.migrations import migrations
from bot.stores.sqlite.proof_of_schema import foreign_triggers
from bot.stores.sqlite.store import LOOK_AGAIN, take_turn

WAIT_SECONDS = 5.0  # for a command that has the database open for a moment

# Where SQLite locks a file: every connection to a database with a write-ahead log shares these bytes as long as it lives.
LOCK_BYTES, LOCK_START = 510, 0x40000002

NOT_OURS = mark("{file}: this is no database of Loa Bản")
DAMAGED = mark("{file}: this file is damaged ({detail}); nothing was changed. Take the newest good backup")
TOO_NEW = mark("{file}: this comes from a newer Loa Bản (it has {names}); update Loa Bản first")
DIFFERENT = mark("{file}: this is not built as Loa Bản builds its database: {names}. Nothing was changed. Take another backup")
MISSING = mark("{file}: there is no such file")
BEING_MADE = mark("{file} is being written by somebody else at this moment")
NOT_WRITTEN = mark("Nothing was changed, because the copy could not be written in {folder} ({detail}). Is the disk full?")
UNREADABLE = mark("{file} cannot be read ({detail}); nothing was changed")
IN_USE = mark("{file} is in use. Stop `loaban run` and every other loaban command first, then do it again")


@contextmanager
def partial(target: Path) -> Iterator[Path]:
    """An empty file beside `target`, readable by its owner only, that is gone afterwards unless it was renamed.

    Raises Refusal while somebody else is at it. What a killed one left is used again.
    """
    part = target.with_name(f".{target.name}.part")
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, MODE), "r+b") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(BEING_MADE, file=target) from None
        if not _same(held.fileno(), part):  # somebody has just given it its name
            raise Refusal(BEING_MADE, file=target)
        try:
            os.fchmod(held.fileno(), MODE)
            held.truncate(0)
            yield part
        finally:
            if _same(held.fileno(), part):
                part.unlink()


def _same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


# --- who has it open --------------------------------------------------------------------------------------------------


@contextmanager
def turn(lock: Path) -> Iterator[None]:
    """Whoever writes the database beside this file, or opens it, waits until this is over."""
    with opened_lock(lock) as file:
        take_turn(file, WAIT_SECONDS)
        yield


@contextmanager
def alone(lock: Path, db: Path) -> Iterator[None]:
    """No other process has the database open, and none opens it meanwhile. Raises Refusal when somebody does not let go.

    Not for a process that has it open itself.
    """
    with turn(lock):
        deadline = time.monotonic() + WAIT_SECONDS
        while db.exists() and _has_users(db):
            if time.monotonic() >= deadline:
                raise Refusal(IN_USE, file=db)
            time.sleep(LOOK_AGAIN)
        yield


def _has_users(db: Path) -> bool:
    with db.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, LOCK_BYTES, LOCK_START)
        except BlockingIOError:
            return True
    return False


# --- reading and copying ----------------------------------------------------------------------------------------------


def copy(connection: sqlite3.Connection, part: Path) -> None:
    """All that a connection reads at this moment into the empty file `part`, without a log and without deleted rows."""
    connection.execute("VACUUM INTO ?", (part.resolve().as_uri(),))


@contextmanager
def changing(part: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a copy that nobody else sees. It is synced when it is whole, and thrown away when it is not."""
    with closing(sqlite3.connect(uri(part, "mode=rw"), uri=True)) as connection:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA secure_delete = ON")
        connection.isolation_level = None
        yield connection


def look_through(path: Path, connection: sqlite3.Connection) -> None:
    """Raises Refusal when it is damaged, not ours, or from a newer version, DatabaseError when it cannot be read at all."""
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise Refusal(DAMAGED, file=path, detail=verdict.splitlines()[-1])
    if foreign := foreign_triggers(connection):
        raise Refusal(DIFFERENT, file=path, names=", ".join(foreign))
    applied = {migration.name for migration in migrations.applied(Database(connection))}
    if not applied:
        raise Refusal(NOT_OURS, file=path)
    with closing(sqlite3.connect(":memory:")) as empty:
        known = {migration.name for migration in migrations.pending(Database(empty))}
    if applied - known:
        raise Refusal(TOO_NEW, file=path, names=", ".join(sorted(applied - known)))


def refused(error: sqlite3.DatabaseError, source: Path, part: Path) -> Refusal:
    """Why `source` could not be copied into `part`, for a person."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind of error
    if code == sqlite3.SQLITE_NOTADB or "no such table" in str(error):
        return Refusal(NOT_OURS, file=source)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CONSTRAINT):
        return Refusal(DAMAGED, file=source, detail=error)
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return Refusal(NOT_WRITTEN, folder=part.parent, detail=error)
    return Refusal(UNREADABLE, file=source, detail=error)


def tables(connection: sqlite3.Connection, schema: str = "main") -> set[str]:
    return {name for (name,) in connection.execute(f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table'")}  # noqa: S608 - fixed names
