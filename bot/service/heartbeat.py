"""How other processes know that `loaban run` is well: a moment in the database, written again and again while it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.errors import StoreError
from bot.settings import Settings, replica_name
from bot.stores import last_beat

BEAT = "run"
BEAT_EVERY = timedelta(seconds=20)
DEAD_AFTER = timedelta(minutes=1)

log = structlog.stdlib.get_logger(__name__)


class Watch:
    """Looks whether all is well, as `/healthz` does, and beats only then; the log is told when that changes."""

    def __init__(self, check: Callable[[], tuple[bool, Mapping[str, object]]], beat: Callable[[datetime], None]) -> None:
        """`check`: see `HealthCheck.check`. Both may wait for the store."""
        self._check = check
        self._beat = beat
        self._well = True

    def __call__(self, now: datetime) -> None:
        """One look. Raises StoreError, StoreFault where all is well and that cannot be noted."""
        well, shown = self._check()
        if well != self._well:
            self._well = well
            if well:
                log.warning("well again")
            else:
                log.error("not well", troubles=shown["troubles"])
        if well:
            self._beat(now)


def beats(settings: Settings) -> tuple[str, ...]:
    """The names under which `loaban run` beats: where there are replicas, each under its own name as well."""
    return (BEAT,) if isinstance(settings.db, Path) else (BEAT, f"{BEAT} {replica_name(settings)}")


def check_alive(settings: Settings, now: datetime, *, here: bool = False) -> None:
    """What `loaban health` and the container's health check ask. Raises StoreError when `loaban run` is not well.

    `here`: that of this replica; else any.
    """
    beat = last_beat(settings, beats(settings)[-1 if here else 0])
    if beat is None or now - beat > DEAD_AFTER:
        raise StoreError(
            f"`loaban run` has shown no sign of life since {beat or 'its start'} (database {settings.db}). Its log says why, "
            "and /healthz while it runs."
        )
