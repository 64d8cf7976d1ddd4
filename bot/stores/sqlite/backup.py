"""A copy of the database while it is in use.

It is made by VACUUM INTO on a connection that can only read: that takes nobody's turn and holds nobody up, the copy is one
file without a write-ahead log, and what was deleted is in none of its pages.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.atomic import put_in_place
from bot.errors import Refusal
from bot.i18n import mark
from bot.stores.as_text import maybe_moment, stamp
from bot.stores.sqlite.copies import (
    MISSING,
    WAIT_SECONDS,
    changing,
    copy,
    look_through,
    partial,
    refused,
    tables,
    turn,
)
from bot.stores.sqlite.files import beside, reading, uri

COPIED = "backup"  # the heartbeat that a copy carries: when it was made
LIVED = "run"  # the last sign of life of the process whose database it is

NO_DATABASE = mark("{file}: there is no database here; LOABAN_DB says where it is")
NO_FOLDER = mark("{folder}: there is no such folder")
EXISTS = mark("{file} is there already; choose another name, or write over it with --force")
NO_FILE = mark("{file} is no ordinary file; write the name of the file to be made")
ITSELF = mark("{file} belongs to the database itself; choose another file")


@dataclass(frozen=True, slots=True)
class BackupContents:
    """What a database holds, for a person to see whether it is the right one.

    at    when the copy was made, or else when `loaban run` last showed that it is alive in it; None where it never ran
    size  bytes of the file
    """

    at: datetime | None
    size: int
    sessions: int
    subscribers: int
    announcements: int


def backup(db: Path, target: Path, now: datetime, *, force: bool = False) -> BackupContents:
    """Copy `db` into the file `target`, readable by its owner only, and look through the copy. `loaban run` goes on.

    There is no half copy under that name at any moment. `force` writes over an ordinary file that is there already.
    Raises Refusal, OSError, and StoreError when a restore is going on.
    """
    _may_write(target, db, force=force)
    if not db.is_file():
        raise Refusal(NO_DATABASE, file=db)
    db.open("rb").close()  # whose file is it?
    with partial(target) as part:
        try:
            with closing(sqlite3.connect(uri(db), uri=True, timeout=WAIT_SECONDS)) as connection:
                with turn(beside(db, ".lock")):  # not between the two halves of a restore; from here on the files are open
                    connection.execute("PRAGMA schema_version").fetchone()
                copy(connection, part)
            with changing(part) as connection:
                connection.execute("INSERT OR REPLACE INTO heartbeats (name, at) VALUES (?, ?)", (COPIED, stamp(now)))
        except sqlite3.DatabaseError as error:
            raise refused(error, db, part) from error
        found = examine(part)
        _may_write(target, db, force=force)
        put_in_place(part, target)
    return found


def examine(path: Path) -> BackupContents:
    """What is in a copy, after all of it was looked through. Raises Refusal for one that cannot be restored, OSError."""
    if not path.is_file():
        raise Refusal(MISSING, file=path)
    path.open("rb").close()  # whose file is it?
    try:
        with closing(reading(path)) as connection:
            look_through(path, connection)
            beats = dict(connection.execute("SELECT name, at FROM heartbeats").fetchall())
            counts = (_count(connection, table) for table in ("sessions", "subscriptions", "announcements"))
            return BackupContents(maybe_moment(beats.get(COPIED) or beats.get(LIVED)), path.stat().st_size, *counts)
    except sqlite3.DatabaseError as error:
        raise refused(error, path, path) from error


def _may_write(target: Path, db: Path, *, force: bool) -> None:
    own = db.resolve()
    if target.resolve() in {own, *(beside(own, suffix) for suffix in ("-wal", "-shm", "-journal", ".lock"))}:
        raise Refusal(ITSELF, file=target)
    if not target.parent.is_dir():
        raise Refusal(NO_FOLDER, folder=target.parent)
    if target.exists() and not target.is_file():
        raise Refusal(NO_FILE, file=target)
    if target.exists() and not force:
        raise Refusal(EXISTS, file=target)


def _count(connection: sqlite3.Connection, table: str) -> int:
    """0 where the copy is older than the table."""
    if table not in tables(connection):
        return 0
    (count,) = connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()  # noqa: S608 - fixed names
    return int(count)
