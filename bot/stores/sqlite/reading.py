"""What is read beside those who write, without their noticing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.errors import StoreError
from bot.stores.records.statistics import StatisticsRows
from bot.stores.records.transaction import RecordTransaction
from bot.stores.sqlite.files import refuse_foreign


@contextmanager
def reading(path: Path) -> Iterator[StatisticsRows]:
    """Sums over the database as it is at this moment, however long it is looked at. Nothing waits for it meanwhile.

    Raises StoreError when there is no such database, or one of another version, Refusal for another program's.
    """
    refuse_foreign(path)
    with _one_view(path) as connection:
        yield StatisticsRows(connection)


@contextmanager
def viewing(path: Path, told: set[str]) -> Iterator[RecordTransaction]:
    """The same of everything, for who has the database open; `told` as in `Rows`. Raises StoreError."""
    with _one_view(path) as connection:
        yield RecordTransaction(connection, told)


@contextmanager
def _one_view(path: Path) -> Iterator[sqlite3.Connection]:
    """It opens read-only, so it takes no turn at the lock of those who write."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            connection.row_factory = sqlite3.Row
            connection.isolation_level = None
            connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        older = " Start `loaban run` once; it brings the database up to date." if "no such" in str(error) else ""
        raise StoreError(f"LOABAN_DB: the database {path} cannot be read ({error}).{older}") from error
