"""A file as one side of a move."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.atomic import put_in_place
from bot.errors import Refusal
from bot.i18n import mark
from bot.stores.sqlite.copies import MISSING, alone, changing, look_through, partial, refused
from bot.stores.sqlite.files import beside, mark_begun, opened_lock, reading
from bot.stores.sqlite.migrations import migrations

OLDER = mark("{file} is of an older version; start `loaban run` with it once, which brings it up to date")
THERE = mark("{file} is there already; a move begins with nothing. Name another file")
NO_FOLDER = mark("{folder}: there is no such folder")


@contextmanager
def source(db: Path) -> Iterator[SqliteSide]:
    """Raises Refusal while somebody uses it, and where it is no database of this version."""
    if not db.is_file():
        raise Refusal(MISSING, file=db)
    with alone(beside(db, ".lock"), db.resolve()):
        try:
            with closing(reading(db)) as connection:
                look_through(db, connection)
                if migrations.pending(Database(connection)):
                    raise Refusal(OLDER, file=db)
                yield SqliteSide(connection)
        except sqlite3.DatabaseError as error:
            raise refused(error, db, db) from error


@contextmanager
def target(db: Path) -> Iterator[SqliteSide]:
    """A new file, which has its name only when the block ends without an error."""
    if not db.parent.is_dir():
        raise Refusal(NO_FOLDER, folder=db.parent)
    if db.exists():
        raise Refusal(THERE, file=db)
    with alone(beside(db, ".lock"), db), partial(db) as part:
        try:
            with changing(part) as connection:
                migrations.apply(Database(connection))
                connection.isolation_level = None
                connection.execute("BEGIN")
                yield SqliteSide(connection)
                connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise refused(error, db, part) from error
        put_in_place(part, db)
    with opened_lock(beside(db, ".lock")) as lock:
        mark_begun(lock)


class SqliteSide:
    """`Side`, and `Target` where it may be written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def columns(self, table: str) -> Sequence[str]:
        return [name for (name,) in self._connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]

    def count(self, table: str) -> int:
        (count,) = self._connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()  # noqa: S608 - fixed names
        return int(count)

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        yield from self._connection.execute(f"SELECT {_names(columns)} FROM {table}")  # noqa: S608 - fixed names

    def numbers(self) -> Mapping[str, int]:
        found = {str(name): int(last) for name, last in self._connection.execute("SELECT name, seq FROM sqlite_sequence")}
        for table, column in (("unanswered", "id"), ("case_messages", "id")):  # numbered without a memory
            (last,) = self._connection.execute(f"SELECT MAX({column}) FROM {table}").fetchone()  # noqa: S608 - fixed names
            found[table] = int(last or 0)
        return found

    def put(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        places = ", ".join("?" * len(columns))
        self._connection.executemany(f"INSERT INTO {table} ({_names(columns)}) VALUES ({places})", rows)  # noqa: S608 - fixed names

    def give_numbers_after(self, numbers: Mapping[str, int]) -> None:
        kept = {name for (name,) in self._connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")}
        for table in kept & {table for table, last in numbers.items() if last}:
            self._connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            self._connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, numbers[table]))


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
