"""What the core asks of the outside: a channel that carries messages and a store that keeps what must survive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from bot.model import Address, Incoming, Outcome, Reply, Session


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do.

    max_text   characters a message may have, counted in UTF-16 units
    buttons    whether choices can be tapped; where not, they are numbered and numbers or words are understood
    edits      whether a sent message can be changed
    voice      whether audio can be sent
    proactive  any: may write first at any time · window: for some hours after the person wrote · none
    rate       messages a second to all people together
    groups     whether the bot can stand in group chats
    """

    max_text: int
    buttons: bool
    edits: bool
    voice: bool
    proactive: Literal["any", "window", "none"]
    rate: float
    groups: bool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A stored reply on its way: sent in the order of `id` to each person, kept until it is delivered or given up.

    `at` is when it was stored. An id is never used again, not even after its row is gone.
    """

    id: int
    to: Address
    reply: Reply
    attempts: int
    at: datetime


class Channel(Protocol):
    """One way to reach people. A channel turns a vendor's update into `Incoming` and a stored reply into vendor calls."""

    name: str
    capabilities: Capabilities

    async def send(self, outgoing: Outgoing) -> str:
        """Deliver one reply, split where it is too long, and return the vendor's message id.

        Raises SendError, and nothing else, when the vendor refuses or cannot be reached.
        """
        ...


class Transaction(Protocol):
    """One atomic effect on the store. Nothing of it is seen, or survives, before its block ends without an error."""

    def first_time(self, incoming: Incoming) -> bool:
        """Note (channel, update id) as handled; False when it was noted before."""
        ...

    def session(self, address: Address) -> Session | None: ...

    def save_session(self, session: Session) -> None: ...

    def chosen(self, address: Address, token: str) -> str | None:
        """The choice behind a button's token: only for the person it was made for, while it is kept."""
        ...

    def queue(self, to: Address, replies: Sequence[Reply], at: datetime) -> None:
        """Store replies to be sent; their buttons' choices become tokens."""
        ...

    def count(self, outcome: Outcome, channel: str, day: date) -> None:
        """One more of this outcome, intent, language and channel on this day; nothing about the person."""
        ...

    def unanswered(self, text: str, outcome: Outcome, day: date) -> None:
        """Keep a question without the person. `text` must be masked before."""
        ...

    def consent(self, address: Address, purpose: str, version: str, at: datetime) -> None:
        """Record that this person was told, or agreed to, `purpose` in this version of the text."""
        ...

    def withdraw(self, address: Address, purpose: str, at: datetime) -> None: ...

    def forget(self, address: Address) -> int:
        """Delete every row that holds this person; returns how many."""
        ...

    def personal_data(self, address: Address) -> dict[str, int]:
        """Table → number of rows that hold this person."""
        ...


class Store(Protocol):
    """Keeps what must survive. Every store passes `tests/contract/test_stores.py`. Raises StoreError."""

    def writing(self) -> AbstractContextManager[Transaction]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        ...

    def due_replies(self, channel: str, after: int = 0) -> list[Outgoing]:
        """Replies of a channel that were not delivered yet and whose id is above `after`, oldest first."""
        ...

    def delivered(self, ids: Iterable[int]) -> None:
        """These replies arrived, or will never be tried again."""
        ...

    def attempted(self, outgoing_id: int) -> None:
        """One more failed try."""
        ...

    def beat(self, name: str, at: datetime) -> None:
        """Note that the process `name` is alive and can write."""
        ...

    def purge(self, now: datetime) -> None:
        """Drop what is older than its keeping time: handled updates, button tokens, idle sessions, unanswered questions."""
        ...

    def close(self) -> None: ...
