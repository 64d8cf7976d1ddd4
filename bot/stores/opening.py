"""Where a store is opened: the one place that knows which engine there is."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING

from bot.ports import Store
from bot.stores.sqlite.store import SqliteStore
from bot.stores.sqlite.store import last_beat as _last_beat

if TYPE_CHECKING:
    from bot.settings import Settings

SQLITE_VERSION = sqlite3.sqlite_version


def open_store(settings: Settings) -> Store:
    """The store of these settings, made or brought up to date where need be. Raises StoreError, and Refusal
    where another program's file is there. To be closed.
    """
    return SqliteStore(settings.db)


def open_in_memory() -> Store:
    """An empty one that is gone when it is closed."""
    return SqliteStore(":memory:")


def last_beat(settings: Settings, name: str) -> datetime | None:
    """When the process `name` of this store last showed that it is alive; None for never. Raises StoreError.

    It opens no store: it must not wait for one that is being written.
    """
    return _last_beat(settings.db, name)
