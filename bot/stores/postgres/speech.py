"""The shared SQL and its values as PostgreSQL takes them, and its rows as the shared code reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import psycopg

from bot.stores.records.rows import Result

# PostgreSQL keeps no NUL in a text. Resident's texts may have one, so it is kept as two other signs, and they are kept as such.
NUL, ESCAPE = "\0", "\U0010fffe"
NUL_KEPT, ESCAPE_KEPT = f"{ESCAPE}0", f"{ESCAPE}1"
# `user` is the role of the database, not the column, where it is not quoted: no error tells of it.
OURS = re.compile(r" INDEXED BY \w+|\buser\b|%|\?")
THEIRS = {"user": '"user"', "%": "%%", "?": "%s"}


@lru_cache(2048)
def spoken(sql: str) -> bytes:
    """A statement of the shared SQL: values by %s, the column "user" quoted, without SQLite's hints."""
    return OURS.sub(lambda found: THEIRS.get(found[0], ""), sql).encode()


def kept(value: object) -> object:
    """What stands in the database for a value."""
    if isinstance(value, str) and (NUL in value or ESCAPE in value):
        return value.replace(ESCAPE, ESCAPE_KEPT).replace(NUL, NUL_KEPT)
    return value


def given(value: Any) -> Any:
    """The value that `kept` made this of."""
    if isinstance(value, str) and ESCAPE in value:
        return value.replace(NUL_KEPT, NUL).replace(ESCAPE_KEPT, ESCAPE)
    return value


class Record:
    """One row: columns by name or by place."""

    __slots__ = ("_places", "_values")

    def __init__(self, values: Sequence[Any], places: Mapping[str, int]) -> None:
        self._values = values
        self._places = places

    def __getitem__(self, key: Any, /) -> Any:
        return self._values[self._places[key] if isinstance(key, str) else key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def records(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], Record]:
    """The row factory of our connections."""
    places = {column.name: place for place, column in enumerate(cursor.description or ())}
    return lambda values: Record([given(value) for value in values], places)


Link: TypeAlias = psycopg.Connection[Record]


class Speaking:
    """A connection that is spoken to in the shared SQL."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Result:
        return self._link.execute(spoken(sql), [kept(value) for value in values])

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> None:
        with self._link.cursor() as cursor:
            cursor.executemany(spoken(sql), [[kept(value) for value in row] for row in rows])
