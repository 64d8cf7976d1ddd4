"""How much one person, and one address, may ask of the page. In memory only: a restart forgives everybody.

Loose by address, because a whole mobile network can share one; tight by person.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from bot.model import Address

REMEMBERED = 10_000  # addresses, or people; the one that was quiet for longest is forgotten first
MINUTE = 60.0
DAY = 86_400.0

MESSAGES_OF_ADDRESS = 300  # a minute
SESSIONS_OF_ADDRESS = 30  # new ones a minute
CASES_OF_ADDRESS = 20  # a day
LOOKS_OF_ADDRESS = 600  # pages, codes and recordings a minute
MESSAGES_OF_PERSON = 60  # a minute; `bot/dialogue/limits.py` slows a talk long before, with a sentence of its own

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The values that were used last, by name, and no more of them than may be."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._values: OrderedDict[str, Value] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str) -> Value | None:
        return self._values.get(name)

    def put(self, name: str, value: Value) -> None:
        self._values[name] = value
        self._values.move_to_end(name)
        if len(self._values) > self._most:
            self._values.popitem(last=False)

    def drop(self, name: str) -> None:
        self._values.pop(name, None)


class Buckets:
    """`most` of something in `seconds`, for each name. `clock` counts seconds and never goes back."""

    def __init__(self, most: int, seconds: float = MINUTE, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(most)
        self._rate = most / seconds
        self._clock = clock
        self._left: Recent[tuple[float, float]] = Recent()

    def take(self, name: str) -> bool:
        """Whether there is one more, which then is taken."""
        now = self._clock()
        left, at = self._left.get(name) or (self._most, now)
        left = min(self._most, left + (now - at) * self._rate)
        allowed = left >= 1.0
        self._left.put(name, (left - 1.0 if allowed else left, now))
        return allowed


class ChatLimits:
    """Those of the page. `may_pass_on` is for the application, which alone knows when a question is passed on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.looks = Buckets(LOOKS_OF_ADDRESS, clock=clock)
        self._messages = Buckets(MESSAGES_OF_ADDRESS, clock=clock)
        self._sessions = Buckets(SESSIONS_OF_ADDRESS, clock=clock)
        self._of_person = Buckets(MESSAGES_OF_PERSON, clock=clock)
        self._cases = Buckets(CASES_OF_ADDRESS, DAY, clock=clock)
        self._came_from: Recent[str] = Recent()

    def may_write(self, person: Address, client: str, *, known: bool) -> bool:
        """Whether one more message of this person, from this address, is taken."""
        if not self._of_person.take(person.user) or not self._messages.take(client):
            return False
        if not known and not self._sessions.take(client):
            return False
        self._came_from.put(person.user, client)
        return True

    def may_pass_on(self, person: Address) -> bool:
        """One more case from the address that this person wrote from last. Nobody else is counted."""
        client = self._came_from.get(person.user)
        return client is None or self._cases.take(client)
