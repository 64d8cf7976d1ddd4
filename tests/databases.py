"""Which databases the tests have open: whatever opens one closes it, or the test fails in which that was forgotten.

Python 3.13 warns of a connection that is collected while it is open, older ones say nothing; so it is counted here.

Thousands of tests open an empty database. The migrations make one in each process, of which the others are copies. Nobody
here cuts the power, so in the process of the tests a commit does not wait for the disk; in real processes it does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import pytest
from sqlite_utils import Database

from bot.stores.sqlite import store
from bot.stores.sqlite.migrations import migrations

AS_SERVED = store.SYNCHRONOUS
_open: dict[int, Watched] = {}


class Watched(sqlite3.Connection):
    """A connection that is held until it is closed, so that no collecting of garbage hides it."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.database = str(arguments[0])
        _open[id(self)] = self

    def close(self) -> None:
        super().close()
        _open.pop(id(self), None)


def pytest_sessionstart(session: pytest.Session) -> None:
    """From here on every connection is counted that `sqlite3.connect` opens in this process, and migrated by copying."""
    empty = sqlite3.Connection(":memory:", check_same_thread=False)
    session.config.add_cleanup(empty.close)
    migrations.apply = partial(_apply, migrations.apply, empty)  # type: ignore[method-assign]
    store.SYNCHRONOUS = "OFF"
    sqlite3.connect = partial(sqlite3.connect, factory=Watched)  # type: ignore[assignment]


def _apply(
    apply: Callable[..., None], empty: sqlite3.Connection, database: Database, *, stop_before: str | None = None
) -> None:
    """As `apply`; where there is nothing yet and all of them are wanted, by copying `empty`, to which they are applied once."""
    if stop_before is not None or _has_tables(database.conn):
        apply(database, stop_before=stop_before)
        return
    if not _has_tables(empty):
        apply(Database(empty))
    empty.backup(database.conn)


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    yield
    left = _left_open()
    if left:
        pytest.fail(f"left open: {', '.join(left)}", pytrace=False)


def _left_open() -> list[str]:
    """The files of the connections that are open now. They are closed, so that each is told of once."""
    left = list(_open.values())
    for connection in left:
        connection.close()
    return [connection.database for connection in left]
