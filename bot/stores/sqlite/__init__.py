"""The embedded store: one SQLite file."""

from bot.stores.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
