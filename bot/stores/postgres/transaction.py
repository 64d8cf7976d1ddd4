"""The records in a transaction that others may run beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

from bot.model import Address, Feedback, Outcome
from bot.ports import ClaimedReplies, TouchesMore
from bot.stores.postgres.claiming import ClaimingTransaction, Marks
from bot.stores.postgres.locks import of_channel
from bot.stores.postgres.speech import Link, Speaking

COUNT = (
    "INSERT INTO counts (day, channel, lang, kind, intent, place, n) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (day, channel, lang, kind, intent, place) DO UPDATE SET n = counts.n + excluded.n"
)
RATE = (
    "INSERT INTO verdicts (day, channel, lang, intent, version, good, n) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (day, channel, lang, intent, version, good) DO UPDATE SET n = verdicts.n + excluded.n"
)


class PostgresTransaction(ClaimingTransaction):
    """`Transaction`; only `PostgresStore` makes it.

    What is counted is added up, and written at the end in a fixed order: everybody's answers meet in these few rows, and who
    holds one of them must wait for nobody.
    """

    def __init__(self, link: Link, told: set[str], touching: Collection[Address] | None, marks: Marks) -> None:
        super().__init__(Speaking(link), told)
        self._touching = None if touching is None else frozenset(touching)
        self._counted: Counter[tuple[str, ...]] = Counter()
        self._rated: Counter[tuple[str | int, ...]] = Counter()
        self.marks = marks

    def alone(self) -> None:
        if self._touching is not None:
            raise TouchesMore

    def touches(self, address: Address) -> None:
        if self._touching is not None and address not in self._touching:
            raise TouchesMore

    def count(self, outcome: Outcome, channel: str, day: date, place: str = "") -> None:
        self._counted[day.isoformat(), channel, outcome.lang, outcome.kind, outcome.intent or "", place] += 1

    def rate(self, verdict: Feedback, version: str, lang: str, channel: str, day: date) -> None:
        self._rated[day.isoformat(), channel, lang, verdict.intent, version, int(verdict.good)] += 1

    def finish(self) -> None:
        """Write what was added up: the last thing before the commit."""
        for sql, counter in ((COUNT, self._counted), (RATE, self._rated)):
            if counter:
                self.execute_many(sql, [(*key, n) for key, n in sorted(counter.items())])

    def take_claims(
        self, channel: str, holder: str, now: Callable[[], datetime], *, lease: timedelta, limit: int
    ) -> ClaimedReplies:
        """As `claim_replies`, of several who ask at the same time one after the other: of a person one has all or nothing."""
        self.execute(f"SELECT pg_advisory_xact_lock({of_channel(channel)})")
        return self.claim_replies(channel, holder, now(), lease=lease, limit=limit)
