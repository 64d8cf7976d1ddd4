"""A store keeps what must survive: one transaction at a time, and what it is asked beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.model import Incoming
from bot.ports.channel import Outgoing
from bot.ports.records import CaseRecords, ConversationRecords, OutboxRecords, PeopleRecords, StatisticsRecords, TokenRecords


@dataclass(frozen=True, slots=True)
class Figures:
    """What a monitoring system asks for; each of it costs little, however many people are waiting.

    outcomes  (channel, kind) → how many of today, as people here have it
    outbox    replies: not delivered yet · pending, sending: recipients of the announcements that are being sent
    overdue   seconds for which the oldest recipient has been due; 0.0 where nobody is
    """

    outcomes: Mapping[tuple[str, str], int]
    outbox: Mapping[str, int]
    overdue: float


class Transaction(ConversationRecords, PeopleRecords, CaseRecords, OutboxRecords, TokenRecords, StatisticsRecords, Protocol):
    """One atomic effect on the store. Nothing of it is seen, or survives, before its block ends without an error."""

    def answer_here(self, incoming: Incoming, at: datetime, fits: Callable[[Outgoing], bool]) -> Outgoing | None:
        """Claim the one reply that waits for whoever sent this, to be delivered in the response to it, if it `fits`.

        To be asked in the transaction that stored the reply. None, and nothing is claimed, where more than one waits, for
        these keep their order, and where it belongs to a case, for then the vendor's id of the message is needed. From then
        on `due_replies` does not give it.
        """
        ...

    def answered_here(self, incoming: Incoming) -> Outgoing | None:
        """The reply that was claimed for this update when it first came: a vendor repeats what it saw no answer to."""
        ...


class Store(Protocol):
    """Keeps what must survive. Every store passes `tests/contract/test_stores.py`. Raises StoreError."""

    def writing(self) -> AbstractContextManager[Transaction]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        ...

    def due_replies(self, channel: str, after: int = 0) -> list[Outgoing]:
        """Replies of a channel that were not delivered yet and whose id is above `after`, oldest first."""
        ...

    def delivered(self, ids: Iterable[int], message_id: str = "") -> None:
        """These replies arrived, or will never be tried again.

        `message_id` is the vendor's, of the one that arrived: with it a case is found again that the message belongs to.
        """
        ...

    def attempted(self, outgoing_id: int) -> None:
        """One more failed try."""
        ...

    def beat(self, name: str, at: datetime) -> None:
        """Note that the process `name` is alive and can write."""
        ...

    def purge(self, now: datetime, *, questions: timedelta = ..., cases: timedelta = ...) -> None:
        """Drop what is older than its keeping time: handled updates, button tokens, idle sessions, replies that were
        delivered in a response, unanswered `questions`, closed `cases` with all that was said in them.
        """
        ...

    def figures(self, now: datetime) -> Figures: ...

    def room(self) -> int:
        """Bytes that are left for the store to grow. Raises StoreError where nobody can say."""
        ...

    def close(self) -> None: ...
