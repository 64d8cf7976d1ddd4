"""How often a code may be guessed. In memory only: a restart forgives everybody."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.web.chat.limits import MINUTE, Buckets

WRONG_OF_ADDRESS = 5
WITHIN = 10 * MINUTE
WRONG_IN_ALL = 60  # a minute: a code is found once in twenty million years
EVERYBODY = ""


class LoginLimits:
    """A try is taken before it is known whether it is right, so that many at once are no way round; `right` gives it back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._of_address = Buckets(WRONG_OF_ADDRESS, WITHIN, clock)
        self._in_all = Buckets(WRONG_IN_ALL, MINUTE, clock)

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
