"""What every part of a transaction stands on: the connection, and times as text."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime


class Rows:
    """Statements on the one connection, inside a transaction that somebody else began and ends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)

    def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        self._connection.executemany(sql, rows)

    def one(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Row | None:
        """The first row of the result, as a value that a type checker knows."""
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row


def stamp(at: object) -> str:
    """UTC with fixed width, so that the order of the text is the order of time; "" for no time."""
    if not isinstance(at, datetime):
        return ""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def moment(text: str) -> datetime:
    """The time that `stamp` wrote."""
    return datetime.fromisoformat(text)


def maybe_moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
