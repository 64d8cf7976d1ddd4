"""How fast messages may follow each other in one chat: a few at once, then one in each step."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

BURST = 6  # messages that a vendor takes at once; a greeting and a long answer are no more
REMEMBERED = 10_000  # chats


class ChatSpacing:
    """A bucket a chat. `step(chat)` is the seconds between two messages; `clock` is monotonic."""

    def __init__(self, step: Callable[[str], float], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._step = step
        self._clock = clock
        self._empty: OrderedDict[str, float] = OrderedDict()  # until when all that was sent to a chat is spaced out

    def take(self, chat: str) -> float:
        """0.0 where a message may go out now, which then counts; else the seconds until one may."""
        now, step = self._clock(), self._step(chat)
        until = max(now, self._empty.get(chat, now))
        wait = until - now - (BURST - 1) * step
        if wait > 0:
            return wait
        self._empty[chat] = until + step
        self._empty.move_to_end(chat)
        while len(self._empty) > REMEMBERED:
            self._empty.popitem(last=False)
        return 0.0

    def is_busy(self, chat: str) -> bool:
        """Whether several messages went to this chat just now, so that a refusal is likely to be its own."""
        return self._empty.get(chat, 0.0) - self._clock() > self._step(chat)
