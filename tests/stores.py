"""Every kind of store that there is. The contract tests run over all of them: a new one adds a line here and passes them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import psycopg

from bot.ports import StatisticsRecords, Store
from bot.stores.postgres.reading import reading as reading_postgres
from bot.stores.postgres.speech import spoken
from bot.stores.postgres.store import PostgresStore
from bot.stores.sqlite.reading import reading
from bot.stores.sqlite.store import SqliteStore
from tests import postgres

Open: TypeAlias = Callable[[], Store]
Read: TypeAlias = Callable[[], AbstractContextManager[StatisticsRecords]]
Ask: TypeAlias = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True)
class StoreKind:
    """An engine. `place` gives, for the folder of a test, where its store lies: nothing is there yet, or nothing is in it.

    opened  opens the store of a place
    read    sums up what is in it
    ask     runs a statement of the shared SQL beside the store, commits, and returns the rows
    """

    place: Callable[[Path], str]
    opened: Callable[[str], Store]
    read: Callable[[str], AbstractContextManager[StatisticsRecords]]
    ask: Callable[[str, str, Sequence[object]], list[tuple[Any, ...]]]


def _ask_sqlite(place: str, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(place)) as connection, connection:
        return connection.execute(sql, values).fetchall()


def _ask_postgres(place: str, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    with psycopg.connect(place) as connection:
        cursor = connection.execute(spoken(sql), values)
        return cursor.fetchall() if cursor.description else []


STORES: Mapping[str, StoreKind] = {
    "sqlite": StoreKind(lambda folder: str(folder / "loaban.db"), SqliteStore, lambda place: reading(Path(place)), _ask_sqlite),
    "postgres": StoreKind(lambda folder: postgres.emptied(), PostgresStore, reading_postgres, _ask_postgres),
}
