"""How other processes know that `loaban run` is alive: a moment in the database, written again and again."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.errors import StoreError
from bot.settings import Settings
from bot.stores import last_beat

BEAT = "run"
BEAT_EVERY = timedelta(seconds=20)
DEAD_AFTER = timedelta(minutes=2)


def check_alive(settings: Settings, now: datetime) -> None:
    """What `loaban health` and the container's health check ask. Raises StoreError when `loaban run` is not alive."""
    beat = last_beat(settings, BEAT)
    if beat is None or now - beat > DEAD_AFTER:
        raise StoreError(f"`loaban run` has shown no sign of life since {beat or 'its start'} (database {settings.db}).")
