"""Where a store is opened: the one place that knows which engines there are. What one needs is loaded when it is meant."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import Refusal, SettingsError
from bot.i18n import mark
from bot.ports import StatisticsRecords, Store
from bot.settings import Server, as_database, replica_name, revealed
from bot.stores.sqlite.reading import reading as _reading
from bot.stores.sqlite.store import SqliteStore
from bot.stores.sqlite.store import last_beat as _last_beat

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.stores.records.adjusting import Restored

SQLITE_VERSION = sqlite3.sqlite_version

NO_DRIVER = mark("LOABAN_DB names a PostgreSQL database: that takes one package more, pip install 'loaban[postgres]'")
NO_DATABASE = mark("LOABAN_DB: there is no database {path}. `loaban run` makes it with the first start.")
SERVERS_ONLY = mark("loaban restore --adjust is for a PostgreSQL database; for an SQLite file: loaban restore FILE")
FILES_ONLY = mark("{command} is for an SQLite file, and LOABAN_DB names a PostgreSQL database: {instead}")


def open_store(settings: Settings) -> Store:
    """The store of these settings, made or brought up to date where need be. Raises StoreError, SettingsError, and Refusal
    where another program's file or tables are there. To be closed.
    """
    if isinstance(settings.db, Path):
        return SqliteStore(settings.db)
    url = _address(settings.db)
    from bot.stores.postgres.store import PostgresStore

    return PostgresStore(url, connections=settings.db_connections, name=replica_name(settings))


def open_in_memory() -> Store:
    """An empty one that is gone when it is closed."""
    return SqliteStore(":memory:")


def last_beat(settings: Settings, name: str) -> datetime | None:
    """When the process `name` of this store last showed that it is alive; None for never. Raises StoreError, Refusal.

    It opens no store: it must not wait for one that is being written.
    """
    if isinstance(settings.db, Path):
        return _last_beat(settings.db, name)
    url = _address(settings.db)
    from bot.stores.postgres.reading import last_beat as beat_of_server

    return beat_of_server(url, name)


def reading(settings: Settings) -> AbstractContextManager[StatisticsRecords]:
    """One view of what is stored as it is at this moment; nothing waits for it. Raises StoreError, SettingsError, Refusal."""
    if isinstance(settings.db, Path):
        if not settings.db.exists():
            raise SettingsError(NO_DATABASE, path=settings.db)
        return _reading(settings.db)
    url = _address(settings.db)
    from bot.stores.postgres.reading import reading as reading_of_server

    return reading_of_server(url)


def adjusted(settings: Settings, now: datetime) -> Restored:
    """Put right what came out of a dump. Raises Refusal while it is used, or where LOABAN_DB is a file, StoreError."""
    if isinstance(settings.db, Path):
        raise Refusal(SERVERS_ONLY)
    url = _address(settings.db)
    from bot.stores.postgres.adjusting import adjusted as put_right

    return put_right(url, now)


def move_all(source: str, target: str, told: Callable[[str, int, int], None]) -> int:
    """All that is stored, from a file or a server to another; see `bot.stores.moving.move`."""
    from bot.stores.moving import move

    old, new = as_database(source), as_database(target)
    for side in (old, new):
        if isinstance(side, Server):
            _address(side)
    return move(old, new, told)


def database_file(settings: Settings, command: str, instead: str) -> Path:
    """The file, for what only files can do. Raises Refusal, which says what to do `instead`, where there is a server."""
    if isinstance(settings.db, Path):
        return settings.db
    raise Refusal(FILES_ONLY, command=command, instead=instead)


def _address(server: Server) -> str:
    if find_spec("psycopg") is None:
        raise SettingsError(NO_DRIVER)
    return revealed(server.url)
