"""Whether the process does its work, for a container's health check or a watchdog.

`/healthz` stands on the same address as the webhooks, so the proxy in front must not pass it on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.errors import LoabanError, StoreError
from bot.logs import place
from bot.ports import Figures, SharedState

TICK_AGE = 60.0  # seconds; a tick is due every second
CHANNEL_AGE = 180.0  # seconds; a fetch takes up to a minute, and waits up to half a minute after trouble
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with which part, as the log says it. `name` is that of a channel; `figure` seconds, of a disk megabytes."""

    part: Literal["clock", "database", "disk", "channel"]
    text: str
    figure: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What was found, and when. `shown` is fit for JSON."""

    at: datetime
    troubles: Sequence[Trouble]
    shown: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """What is looked at. Everything may raise StoreError, and runs in a thread.

    now       the wall clock, in UTC
    tick_age  seconds since the last tick of the scheduler that was done
    prove     see `Store.prove`
    figures   see `Figures`
    room      bytes that are left on the disk
    floor     the fewest bytes with which announcements are still sent
    sqlite    its version
    content   the version of the content, since when, and what was refused since; fit for JSON
    channels  name → what there is to say of a channel, such as its pause; fit for JSON
    shared    the state of a store that replicas share; None where they cannot
    replicas  which others there are, and their content; fit for JSON
    motion    name → the part of a channel whose last round is longest ago, and how many seconds
    """

    now: Callable[[], datetime]
    tick_age: Callable[[], float]
    prove: Callable[[], None]
    figures: Callable[[], Figures]
    room: Callable[[], int]
    floor: int
    sqlite: str
    content: Callable[[], Mapping[str, object]]
    channels: Mapping[str, Callable[[], Mapping[str, object]]]
    motion: Mapping[str, Callable[[], tuple[str, float]]]
    shared: Callable[[], SharedState | None] = lambda: None
    replicas: Callable[[], Mapping[str, object]] = dict

    def check(self) -> tuple[bool, Mapping[str, object]]:
        """Whether all is well, and what is shown of it."""
        look = self.look()
        return not look.troubles, look.shown

    def look(self) -> Look:
        age, (overdue, broken), (room, gone) = self.tick_age(), self._database(), self._disk()
        late = Trouble("clock", f"clock: no tick was done for {age:.0f} seconds", round(age)) if age > TICK_AGE else None
        shared, now = self._shared() if not broken else None, self.now()
        troubles = [trouble for trouble in (late, broken, gone, *self._channels()) if trouble]
        shown = {
            "status": "failing" if troubles else "ok",
            "troubles": [trouble.text for trouble in troubles],
            "last_tick": (now - timedelta(seconds=age)).isoformat(timespec="seconds"),
            "oldest_due_delivery_seconds": overdue,
            "store_writable": not broken and not (gone and not room),
            "free_disk_mb": room // MEGABYTE,
            "sqlite_version": self.sqlite,
            **self.content(),
            **self.replicas(),
            **_of_shared(shared),
            "channels": {name: dict(state()) for name, state in self.channels.items()},
        }
        return Look(now, troubles, shown)

    def _database(self) -> tuple[float | None, Trouble | None]:
        """For how long the oldest due delivery has waited, and what is wrong."""
        try:
            self.prove()
            return round(self.figures().overdue, 1), None
        except LoabanError as error:
            return None, Trouble("database", f"database: {error}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not well, and its text may be a resident's
            return None, Trouble("database", f"database: {place(error)}")

    def _shared(self) -> SharedState | None:
        try:
            return self.shared()
        except LoabanError:  # it answered just now
            return None

    def _disk(self) -> tuple[int, Trouble | None]:
        """The room that is left, in bytes, and what is wrong with it."""
        try:
            room = self.room()
        except StoreError as error:
            return 0, Trouble("disk", f"disk: {error}")
        left = room // MEGABYTE
        return room, Trouble("disk", f"disk: {left} MB are left", left) if room < self.floor else None

    def _channels(self) -> Iterator[Trouble]:
        for name, slowest in self.motion.items():
            part, seconds = slowest()
            if seconds > CHANNEL_AGE:
                yield Trouble("channel", f"{name}: {part} has not moved for {seconds:.0f} seconds", round(seconds), name)


class Watched:
    """A check that remembers its last look, for whoever must not wait for a new one."""

    def __init__(self, health: HealthCheck) -> None:
        self._health = health
        self.last: Look | None = None

    def check(self) -> tuple[bool, Mapping[str, object]]:
        look = self._health.look()
        self.last = look
        return not look.troubles, look.shown


def _of_shared(shared: SharedState | None) -> Mapping[str, object]:
    if shared is None:
        return {}
    return {"clock_ahead_seconds": round(shared.ahead, 1), "oldest_view_seconds": round(shared.oldest_view)}
