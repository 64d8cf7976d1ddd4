"""What the core asks of the outside: a channel that carries messages and a store that keeps what must survive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.model import Address, Incoming, Reply
from bot.records import CaseRecords, ConversationRecords, OutboxRecords, PeopleRecords, StatisticsRecords, TokenRecords


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do.

    max_text   characters a message may have, counted in UTF-16 units
    max_photo  the same for the text under a photo; 0 where no photo can be sent
    buttons    whether choices can be tapped; where not, they are numbered and numbers or words are understood
    edits      whether a sent message can be changed
    voice      whether audio can be sent
    proactive  any: may write first at any time · window: for some hours after the person wrote · none
    rate       announcements a second to all people together
    groups     whether the bot can stand in group chats
    """

    max_text: int
    max_photo: int
    buttons: bool
    edits: bool
    voice: bool
    proactive: Literal["any", "window", "none"]
    rate: float
    groups: bool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A stored reply on its way: sent in the order of `id` to each person, kept until it is delivered or given up.

    `at` is when it was stored. An id is never used again, not even after its row is gone. An announcement on its way to
    one person has no row among the replies, and the id 0.
    """

    id: int
    to: Address
    reply: Reply
    attempts: int
    at: datetime


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


class Channel(Protocol):
    """One way to reach people. A channel turns a vendor's update into `Incoming` and a stored reply into vendor calls."""

    name: str
    capabilities: Capabilities

    async def send(self, outgoing: Outgoing) -> str:
        """Deliver one reply, split where it is too long, and return the vendor's message id.

        Raises SendError, and nothing else, when the vendor refuses or cannot be reached.
        """
        ...


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
        """Bytes that are left for the store to grow."""
        ...

    def close(self) -> None: ...
