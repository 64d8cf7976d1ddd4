"""What every part of a transaction stands on: the connection, and rows that are read one by one.

One SQL for all engines: `?` for a value, names in small letters, RETURNING for a new number, ON CONFLICT for what is there
already. `INDEXED BY`, which keeps SQLite from a slow plan, is left out by the others. A value is text, a number or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import structlog

from bot.logs import place
from bot.model import Address

# What a row sets off that is not as this version writes it: that of another version, or damaged.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError)

# How far apart several may be who look at the clock: their clocks themselves, and since they looked, waiting for their turn;
# and whose store is slow takes a longer one. A lease that ends so much later than one that is taken now is from before the
# clock was turned back.
SKEW = timedelta(seconds=25)
ALL = 1 << 62  # as a LIMIT: no limit

T = TypeVar("T")

log = structlog.stdlib.get_logger(__name__)


def among(values: Sequence[str]) -> str:
    """Fixed names of ours, as the right side of IN: a planner sees what they are, so that a partial index can be used."""
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


class Row(Protocol):
    """Columns by name or by place."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...


class Result(Protocol):
    """`rowcount`: how many rows were changed."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """What runs a statement, of whatever engine."""

    def execute(self, sql: str, values: Sequence[Any], /) -> Result: ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> object: ...


class Rows:
    """Statements on one connection, inside a transaction that somebody else began and ends."""

    def __init__(self, connection: Connection, told: set[str] | None = None) -> None:
        """`told` are the unreadable rows that the log has heard of, in the life of a process."""
        self._connection = connection
        self._told = set() if told is None else told

    def execute(self, sql: str, values: Sequence[object] = ()) -> Result:
        return self._connection.execute(sql, values)

    def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        self._connection.executemany(sql, rows)

    def one(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """The first row of the result, as a value that a type checker knows."""
        row: Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def number(self, sql: str, values: Sequence[object]) -> int:
        """Of a statement that ends in RETURNING: the number that a new row was given."""
        (number,) = self._connection.execute(sql, values).fetchone()
        return int(number)

    # --- whether others may write at the same time ---

    def alone(self) -> None:
        """What follows concerns more than single people. Where others may write meanwhile, it raises TouchesMore."""

    def touches(self, address: Address) -> None:
        """What follows concerns this person; the same where it was not said before that this transaction does."""

    def made(self, make: Callable[[Row], T], rows: Iterable[Row], noun: str, key: str = "") -> list[T]:
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

    def made_one(self, make: Callable[[Row], T], row: Row | None, noun: str, key: str = "") -> T | None:
        """As `made`, of one row; None where there is none."""
        return next(iter(self.made(make, [row], noun, key)), None) if row is not None else None

    def _unreadable(self, noun: str, key: object, error: Exception) -> None:
        row = noun if key is None else f"{noun} {key}"
        if row not in self._told:
            self._told.add(row)
            log.error("a stored row cannot be read and is left out", row=row, error=place(error))
