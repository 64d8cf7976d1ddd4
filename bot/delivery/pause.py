"""The silence that a channel asks for. Everything that calls the channel keeps it, and it survives a restart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from bot.errors import SendError, StoreError
from bot.logs import place
from bot.ports import Store

SAME_ANSWER = 0.05  # of the silence; one refusal is told by the channel and again by whoever called it

log = structlog.stdlib.get_logger(__name__)


class Pause:
    """One for each channel, shared by its replies, its announcements and its courtesies. `now` is the wall clock, in UTC."""

    def __init__(self, store: Store, channel: str, now: Callable[[], datetime]) -> None:
        """Reads what an earlier process was asked for. Raises StoreError."""
        self._store = store
        self._channel = channel
        self._now = now
        with store.writing(()) as transaction:
            self._until = time.monotonic() + transaction.channel_state(channel).quiet_left(now())

    def left(self) -> float:
        """Seconds that are left; 0.0 when the channel may be called."""
        return max(0.0, self._until - time.monotonic())

    def check(self) -> None:
        """Raises SendError while the channel may not be called."""
        if left := self.left():
            raise SendError("throttled", retry_after=left)

    async def over(self) -> None:
        """Return when the channel may be called; the end may move while it is waited for."""
        while (left := self.left()) > 0:  # noqa: ASYNC110 - the end is known, nothing needs to tell
            await asyncio.sleep(left)

    def heed(self, seconds: float) -> None:
        """Another process was asked for `seconds` of silence from now on, and has stored that."""
        self._until = max(self._until, time.monotonic() + seconds)

    async def ask(self, seconds: float) -> None:
        """The channel wants `seconds` of silence from now on. It begins at once, and is stored when this returns."""
        until = time.monotonic() + seconds
        if until <= self._until + SAME_ANSWER * seconds:
            return
        self._until = until
        log.warning("channel pauses", channel=self._channel, seconds=round(seconds, 1))
        try:
            await asyncio.to_thread(self._keep, seconds)
        except Exception as error:  # noqa: BLE001 - it is kept as long as this process lives
            told = str(error) if isinstance(error, StoreError) else place(error)
            log.error("a pause cannot be stored", channel=self._channel, error=told)

    def _keep(self, seconds: float) -> None:
        with self._store.writing(()) as transaction:
            state, now = transaction.channel_state(self._channel), self._now()
            if state.quiet_left(now) < seconds:  # else somebody was asked for more at the same time
                transaction.save_channel_state(self._channel, replace(state, quiet_since=now, quiet_for=seconds))
