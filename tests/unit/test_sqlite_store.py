"""What only the SQLite store can get wrong."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StoreError, StoreFault
from bot.stores.sqlite.store import SqliteStore


class Interrupted:
    """A connection during whose BEGIN somebody presses Ctrl-C, which Python tells once the statement has returned."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.left = 1

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        cursor = self._connection.execute(sql, *values)
        if sql.startswith("BEGIN") and self.left:
            self.left -= 1
            raise KeyboardInterrupt
        return cursor


def test_whoever_was_interrupted_while_a_transaction_began_can_write_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(SqliteStore(tmp_path / "loaban.db")) as store:
        monkeypatch.setattr(store, "_connection", Interrupted(store._connection))
        with pytest.raises(KeyboardInterrupt), store.writing():
            pass
        with store.writing() as transaction:
            assert transaction.execute("SELECT 1").fetchone()[0] == 1


def test_a_transaction_inside_another_one_fails_alone(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "loaban.db")) as store, store.writing() as outer:
        outer.execute("INSERT INTO heartbeats (name, at) VALUES ('outer', '')")
        with pytest.raises((StoreError, StoreFault)), store.writing():
            pass
        assert outer.execute("SELECT COUNT(*) FROM heartbeats WHERE name = 'outer'").fetchone()[0] == 1
