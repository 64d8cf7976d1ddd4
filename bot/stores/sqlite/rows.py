"""What every part of a transaction stands on: the connection, and rows that are read one by one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import structlog

from bot.logs import place

# What a row sets off that is not as this version writes it: that of another version, or damaged.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError)

T = TypeVar("T")

log = structlog.stdlib.get_logger(__name__)


def among(values: Sequence[str]) -> str:
    """Fixed names of ours, as the right side of IN: a planner sees what they are, so that a partial index can be used."""
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


class Rows:
    """Statements on the one connection, inside a transaction that somebody else began and ends."""

    def __init__(self, connection: sqlite3.Connection, told: set[str] | None = None) -> None:
        """`told` are the unreadable rows that the log has heard of, in the life of a process."""
        self._connection = connection
        self._told = set() if told is None else told

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)

    def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        self._connection.executemany(sql, rows)

    def one(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Row | None:
        """The first row of the result, as a value that a type checker knows."""
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def made(self, make: Callable[[sqlite3.Row], T], rows: Iterable[sqlite3.Row], noun: str, key: str = "") -> list[T]:
        """What the rows stand for. One that cannot be read is left out, and the log is told once; the others go on.

        `key` is a column by which an administrator finds the row; none where it would name a person.
        """
        found = []
        for row in rows:
            try:
                found.append(make(row))
            except UNREADABLE as error:
                self._unreadable(noun, row[key] if key else None, error)
        return found

    def made_one(self, make: Callable[[sqlite3.Row], T], row: sqlite3.Row | None, noun: str, key: str = "") -> T | None:
        """As `made`, of one row; None where there is none."""
        return next(iter(self.made(make, [row], noun, key)), None) if row is not None else None

    def _unreadable(self, noun: str, key: object, error: Exception) -> None:
        row = noun if key is None else f"{noun} {key}"
        if row not in self._told:
            self._told.add(row)
            log.error("a stored row cannot be read and is left out", row=row, error=place(error))
