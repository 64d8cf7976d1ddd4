"""One person's replies in memory: their order, and what was learned about the person while sending them."""

from __future__ import annotations

import asyncio
import bisect
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from bot.delivery.backoff import Backoff
from bot.ports import Outgoing


class PersonQueue:
    """One person's replies, oldest first, and what was learned while sending them."""

    def __init__(self, first: Outgoing, backoff: Backoff) -> None:
        self.user = first.to.user
        self.deliver_to = first.to.user
        self.moves = 0
        self.bugs = 0
        self.waiting = [first]
        self.backoff = backoff
        self._begun: int | None = None  # the id of the reply that is being sent

    @contextmanager
    def busy(self) -> Iterator[None]:
        """While the oldest one is being sent, and what follows from that is stored."""
        self._begun = self.waiting[0].id
        try:
            yield
        finally:
            self._begun = None

    def add(self, outgoing: Outgoing) -> None:
        """In its place: what was stored earlier may be seen later. What is being sent stays the first."""
        if outgoing.id != self._begun:
            lo = int(bool(self.waiting) and self.waiting[0].id == self._begun)
            bisect.insort(self.waiting, outgoing, lo=lo, key=lambda one: one.id)

    def count_try(self) -> int:
        """One more try of the oldest one was in vain; returns how many there were, those of other processes as well."""
        first = self.waiting[0] = replace(self.waiting[0], attempts=self.waiting[0].attempts + 1)
        return first.attempts

    def remove(self, ids: Collection[int]) -> None:
        self.waiting = [one for one in self.waiting if one.id not in ids]

    def let_go(self) -> None:
        """They may be somebody else's by now. What is being sent cannot be taken back."""
        self.waiting = [one for one in self.waiting if one.id == self._begun]


class Marked:
    """The current task is in `tasks` while the block runs."""

    def __init__(self, tasks: set[asyncio.Task[None]]) -> None:
        self._tasks = tasks

    def __enter__(self) -> None:
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._task = task
        self._tasks.add(task)

    def __exit__(self, *_: object) -> None:
        self._tasks.discard(self._task)
