"""Stores: everything that survives a restart, and the only SQL there is. One folder an engine."""

from bot.stores.opening import SQLITE_VERSION, last_beat, open_in_memory, open_store

__all__ = ["SQLITE_VERSION", "last_beat", "open_in_memory", "open_store"]
