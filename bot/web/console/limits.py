"""How often a code may be guessed. In memory only: a restart forgives everybody."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.web.chat.limits import MINUTE, Recent

WRONG_OF_ADDRESS = 5
WITHIN = 10 * MINUTE
WRONG_IN_ALL = 60  # a minute: a code is found once in ten thousand years
EVERYBODY = ""


class Window:
    """At most so many of something in any span of these seconds, for each name."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._taken: Recent[tuple[float, ...]] = Recent()

    def take(self, name: str) -> bool:
        """Whether there is one more, which then is taken."""
        now = self._clock()
        taken = tuple(at for at in self._taken.get(name) or () if now - at < self._seconds)
        if len(taken) >= self._most:
            return False
        self._taken.put(name, (*taken, now))
        return True

    def give_back(self, name: str) -> None:
        """The last one that was taken is there again."""
        self._taken.put(name, (self._taken.get(name) or ())[:-1])


class LoginLimits:
    """A try is taken before it is known whether it is right, so that many at once are no way round; `right` gives it back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._of_address = Window(WRONG_OF_ADDRESS, WITHIN, clock)
        self._in_all = Window(WRONG_IN_ALL, MINUTE, clock)

    def may_try(self, client: str) -> bool:
        if not self._of_address.take(client):
            return False
        if not self._in_all.take(EVERYBODY):
            self._of_address.give_back(client)
            return False
        return True

    def right(self, client: str) -> None:
        self._of_address.give_back(client)
        self._in_all.give_back(EVERYBODY)
