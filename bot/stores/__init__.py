"""Stores: everything that survives a restart, and the only SQL there is. One folder an engine."""

from bot.stores.opening import (
    SQLITE_VERSION,
    adjusted,
    database_file,
    last_beat,
    move_all,
    open_in_memory,
    open_store,
    reading,
)

__all__ = [
    "SQLITE_VERSION",
    "adjusted",
    "database_file",
    "last_beat",
    "move_all",
    "open_in_memory",
    "open_store",
    "reading",
]
