"""The replies of one channel that this process holds in the store, and until when it may begin to send them."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.delivery.lease_length import LeaseLength
from bot.ports import ClaimedReplies, Store

LEASE = timedelta(seconds=2)  # how long the others wait for a process that fell silent, unless its store is slow
MARGIN = 0.5  # seconds before its end in which nothing new is begun


class ReplyLease:
    """One holder. Whoever uses it asks again before LEASE is over, as long as there is something to hold."""

    def __init__(self, store: Store, channel: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._channel = channel
        self._now = now
        self._holder = secrets.token_hex(8)
        self._length = LeaseLength(LEASE)
        self._until = 0.0  # on the monotonic clock, which nobody turns back

    async def claim(self, limit: int) -> ClaimedReplies:
        """Renew it, and take up to `limit` more replies, see `Store.claim_replies`. Raises StoreError, StoreFault."""
        asked, lease = time.monotonic(), self._length.now()
        claimed = await asyncio.to_thread(
            self._store.claim_replies, self._channel, self._holder, self._now, lease=lease, limit=limit
        )
        self._length.took(time.monotonic() - asked)
        self._until = asked + lease.total_seconds() - MARGIN
        return claimed

    async def holds(self) -> None:
        """Return when something may be begun: while the lease may be over, somebody else may have taken up what we hold."""
        while time.monotonic() >= self._until:  # noqa: ASYNC110 - a claim that fails tells nobody
            await asyncio.sleep(MARGIN / 10)

    async def give_back(self) -> None:
        """Whoever asks next need not wait for its end. Raises StoreError, StoreFault."""
        await asyncio.to_thread(self._store.give_back_replies, self._channel, self._holder)
