"""Whose turn it is among hundreds of thousands, and what became of it, where rows that are done lie in the way for long.

PostgreSQL keeps what a transaction might still see. While somebody looks at a day's statistics, or a backup is made, each claim
would walk past all rows that were sent since: so it begins behind the one before. What a claim wrote is found by its key alone;
asked for the state as well, the planner would walk past all that were ever sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.model import Address, Delivery
from bot.stores.as_text import stamp
from bot.stores.records.deliveries import HELD
from bot.stores.records.transaction import RecordTransaction

BEHIND = 60.0  # seconds after which the queue is looked at from its beginning: others may have put somebody back
NEXT = (
    "UPDATE deliveries SET state = 'sending', lease = ?, attempt = attempt + 1 WHERE announcement = ? AND channel = ? "
    "AND user = (SELECT user FROM deliveries WHERE announcement = ? AND channel = ? AND state = 'pending' AND {} "
    "AND (due, user) > (?, ?) ORDER BY due, user LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING user, lang, attempt, reason, due"
)
NEXT_DUE = NEXT.format("due <= ?")
NEXT_STRANDED = NEXT.format(f"due > ? AND due < '{HELD}'")
FIRST = ("", "")

Mark = tuple[str, str]  # due, user
Where = tuple[int, str]  # announcement, channel


class Marks:
    """Behind whom the next claim begins, of each announcement and channel, as far as this process knows."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._known: dict[Where, Mark] = {}
        self._since = monotonic()

    def of(self, where: Where) -> Mark:
        if self._monotonic() - self._since > BEHIND:
            self.forget()
        return self._known.get(where, FIRST)

    def set(self, where: Where, mark: Mark) -> None:
        self._known[where] = mark

    def forget(self) -> None:
        """Somebody may have been put back behind them."""
        self._known = {}
        self._since = self._monotonic()


class ClaimingTransaction(RecordTransaction):
    """The claims of `OutboxRecords`, of which several processes may make some at the same time."""

    marks: Marks

    def claim(self, number: int, channel: str, *, due: datetime, beyond: datetime, until: datetime) -> Delivery | None:
        where = number, channel
        begun = self.marks.of(where)
        found = self._next(NEXT_DUE, where, due, until, begun)
        if found is None and begun != FIRST:
            self.marks.forget()
            found = self._next(NEXT_DUE, where, due, until, FIRST)
        return found or self._next(NEXT_STRANDED, where, beyond, until, FIRST)

    def _next(self, sql: str, where: Where, limit: datetime, until: datetime, behind: Mark) -> Delivery | None:
        row = self.one(sql, (stamp(until), *where, *where, stamp(limit), *behind))
        if row is None:
            return None
        if sql is NEXT_DUE:
            self.marks.set(where, (row["due"], row["user"]))
        return Delivery(where[0], Address(where[1], row["user"]), row["lang"], row["attempt"], row["reason"])

    def give_back(self, delivery: Delivery, reason: str | None = None, *, due: datetime | None = None) -> None:
        self.marks.forget()
        super().give_back(delivery, reason, due=due)

    def _set_claimed(self, changed: str, values: Sequence[object], delivery: Delivery) -> None:
        self.execute(
            f"UPDATE deliveries SET {changed}, lease = NULL "  # noqa: S608 - placeholders only
            "WHERE announcement = ? AND channel = ? AND user = ? AND lease IS NOT NULL AND attempt = ?",
            (*values, delivery.announcement, delivery.to.channel, delivery.to.user, delivery.attempt),
        )
