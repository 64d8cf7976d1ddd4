"""How fast announcements may start: evenly spaced, and never faster than a channel allows."""

from __future__ import annotations

import asyncio

MOST_SPENT = 4  # slots that replies can take between two announcements, so that these go on, if slowly
CATCH_UP = 3  # slots that are made good when the machine, not the limit, was what held us up


class RateLimiter:
    """Slots of one channel, `rate` a second, on the loop's clock.

    Each is planned 1 / rate after the one before, not after the moment somebody woke up for that one: sleeping too long
    does not add up. In any second there are at most floor(rate) + 1 + CATCH_UP.
    """

    def __init__(self, rate: float) -> None:
        self._step = 1.0 / rate
        self._due = float("-inf")
        self._spent = 0
        self._turn = asyncio.Lock()  # wakes those who wait in the order they came

    def spend(self) -> None:
        """A reply to a resident goes out: it waits for nobody, and the next announcement but one makes room for it.

        So both together stay at the rate, up to MOST_SPENT replies to an announcement.
        """
        self._spent = min(self._spent + 1, MOST_SPENT)

    def take_over(self) -> None:
        """Another process may have sent until now: the next slot comes behind the last one that it can have planned."""
        self._due = max(self._due, latest(asyncio.get_running_loop().time(), self._step))

    async def slot(self) -> None:
        """Return when the next send may start. First come, first served; a caller who is cancelled uses no slot."""
        clock = asyncio.get_running_loop().time
        arrived = clock()
        async with self._turn:
            start = planned(self._due, arrived, self._step)
            while (wait := start - clock()) > 0:  # noqa: ASYNC110 - the end is known, nothing needs to tell
                await asyncio.sleep(wait)
            self._due = counted(start, clock(), self._step) + self._step * (1 + self._spent)
            self._spent = 0


def planned(due: float, arrived: float, step: float) -> float:
    """When the slot of a caller who came at `arrived` begins, the next one being planned for `due`; all in seconds.

    A slot that nobody wanted for longer than can be made good is gone: after idling there is no burst.
    """
    return due if arrived - due <= CATCH_UP * step else arrived


def latest(now: float, step: float) -> float:
    """For when the next slot of anybody who began one by `now` can be planned."""
    return now + step * (1 + MOST_SPENT)


def counted(start: float, now: float, step: float) -> float:
    """The moment that a slot planned for `start` and begun at `now` counts as: at most CATCH_UP slots ago."""
    return max(start, now - CATCH_UP * step)
