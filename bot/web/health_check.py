"""Whether the process does its work, for a container's health check or a watchdog.

`/healthz` stands on the same address as the webhooks, so the proxy in front must not pass it on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import StoreError
from bot.ports import Figures

TICK_AGE = 60.0  # seconds; a tick is due every second
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """What is looked at. Everything may raise StoreError, and runs in a thread.

    now       the wall clock, in UTC
    tick_age  seconds since the last tick of the scheduler
    write     writes something small, or raises StoreError
    figures   see `Figures`
    room      bytes that are left on the disk
    floor     the fewest bytes with which announcements are still sent
    sqlite    its version
    content   the version of the content, since when, and what was refused since; fit for JSON
    channels  name → what there is to say of a channel, such as its pause; fit for JSON
    """

    now: Callable[[], datetime]
    tick_age: Callable[[], float]
    write: Callable[[], None]
    figures: Callable[[], Figures]
    room: Callable[[], int]
    floor: int
    sqlite: str
    content: Callable[[], Mapping[str, object]]
    channels: Mapping[str, Callable[[], Mapping[str, object]]]

    def look(self) -> tuple[bool, dict[str, object]]:
        """Whether all is well, and what is shown of it."""
        age = self.tick_age()
        writable, overdue = True, None
        try:
            self.write()
            overdue = round(self.figures().overdue, 1)
        except StoreError:
            writable = False
        try:
            room = self.room()
        except StoreError:
            writable, room = False, 0
        well = writable and age <= TICK_AGE and room >= self.floor
        return well, {
            "status": "ok" if well else "failing",
            "last_tick": (self.now() - timedelta(seconds=age)).isoformat(timespec="seconds"),
            "oldest_due_delivery_seconds": overdue,
            "store_writable": writable,
            "free_disk_mb": room // MEGABYTE,
            "sqlite_version": self.sqlite,
            **self.content(),
            "channels": {name: dict(state()) for name, state in self.channels.items()},
        }
