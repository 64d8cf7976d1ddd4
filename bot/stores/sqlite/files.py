"""The database as files: what stands beside it, who may read it, and whose it is."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

from sqlite_utils import Database

from bot.errors import Refusal
from bot.i18n import mark
from bot.stores.sqlite.migrations import migrations

MODE = 0o600  # they hold personal data, and whoever can open the lock can hold everybody up
OTHERS = 0o077
SMALLEST = 512  # bytes of a database; SQLite takes a shorter file for an empty one, and writes over it
BESIDE = ("", "-wal", "-shm", "-journal")  # SQLite makes what stands beside a database with the mode of the database

NOT_OURS = mark(
    "LOABAN_DB: {file} is no database of Loa Bản, and it was left as it is. Name another file in LOABAN_DB; "
    "a new database is made there"
)

LOST = mark(
    "LOABAN_DB: {file} was there before and is gone, or empty. Put it back, or restore a backup with: loaban restore FILE. To "
    "begin with an empty one, delete {lock}"
)
BEGUN = b"begun\n"  # stands in the lock file once there was a database beside it


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def uri(path: Path, options: str = "mode=ro") -> str:
    return f"{path.resolve().as_uri()}?{options}"


def reading(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing; where there is no log it locks nothing either, so the file can lie on any medium."""
    options = "mode=ro" if beside(path, "-wal").exists() else "mode=ro&immutable=1"
    return sqlite3.connect(uri(path, options), uri=True)


# --- who may read it --------------------------------------------------------------------------------------------------


def make_private(db: Path) -> None:
    """An empty database where there is none; what an earlier one left readable for others is theirs no more. Raises OSError.

    No file is opened that is there: closing it would drop the locks that this process has on it.
    """
    with suppress(FileExistsError):
        os.close(os.open(db, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE))
    tighten(db)


def tighten(db: Path) -> None:
    """Nobody but the owner may read a database, and what SQLite keeps beside it."""
    for suffix in BESIDE:
        _tighten(beside(db, suffix))


def opened_lock(lock: Path) -> IO[bytes]:
    """The file whose lock is the turn to write: nobody else may hold it. Raises OSError."""
    file = os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT | os.O_APPEND, MODE), "ab")
    _tighten(lock)
    return file


def _tighten(path: Path) -> None:
    with suppress(FileNotFoundError, PermissionError):  # SQLite has just deleted it; it is another user's
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & OTHERS:
            path.chmod(mode & ~OTHERS)


# --- whether it is still there ----------------------------------------------------------------------------------------


def refuse_lost(db: Path, lock: IO[bytes]) -> None:
    """Raises Refusal where there was a database and none is: an empty one would know nobody, and hide that it was lost."""
    if os.fstat(lock.fileno()).st_size and not (db.exists() and db.stat().st_size):
        raise Refusal(LOST, file=db, lock=lock.name)


def mark_begun(lock: IO[bytes]) -> None:
    """From now on there was a database beside this lock. Raises OSError."""
    if not os.fstat(lock.fileno()).st_size:
        lock.write(BEGUN)
        lock.flush()


def identity(db: Path) -> tuple[int, int]:
    """Which file that is, whatever its name. Raises OSError."""
    found = db.stat()
    return found.st_dev, found.st_ino


# --- whose it is ------------------------------------------------------------------------------------------------------


def refuse_foreign(db: Path) -> None:
    """Raises Refusal for another program's database, and for a file that is none; it is only read."""
    if not db.is_file() or db.stat().st_size == 0:
        return
    try:
        with closing(reading(db)) as connection:
            ours = db.stat().st_size >= SMALLEST and _is_ours(connection)
    except sqlite3.Error as error:  # in use, damaged: whoever opens it to write says what it is
        ours = getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_NOTADB  # the low byte is the kind of error
    if not ours:
        raise Refusal(NOT_OURS, file=db)


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Also one whose first start was cut short, before its first table."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    return bool(migrations.applied(Database(connection))) or all(_is_of_migrations(name) for name in names)


def _is_of_migrations(name: str) -> bool:
    return name == migrations.migrations_table or name.startswith("sqlite_")
