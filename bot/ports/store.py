"""A store keeps what must survive: one transaction at a time, and what it is asked beside them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.model import KEEP, Address, Retention, Session
from bot.ports.cases import CaseRecords
from bot.ports.channel import Outgoing
from bot.ports.channel_records import ChannelRecords
from bot.ports.conversations import ConversationRecords
from bot.ports.devices import DeviceRecords
from bot.ports.outbox import OutboxRecords
from bot.ports.people import PeopleRecords
from bot.ports.replicas import Replica, SharedState
from bot.ports.transcripts import Shown, TranscriptRecords


@dataclass(frozen=True, slots=True)
class Figures:
    """What a monitoring system asks for; each of it costs little, however many people are waiting.

    outcomes   (channel, kind) → how many of today, as people here have it
    outbox     replies: not delivered yet · pending, sending: recipients of the announcements that are being sent
    overdue    seconds for which the oldest recipient has been due; 0.0 where nobody is
    set_aside  kind → how many are set aside
    """

    outcomes: Mapping[tuple[str, str], int]
    outbox: Mapping[str, int]
    overdue: float
    set_aside: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimedReplies:
    """`replies` are this holder's from now on, oldest first.

    lapsed  before this it held nothing: it is new, had sent all, or its lease was over and somebody else may have what it
            held. So it forgets what it believes to hold, and goes by `replies` alone
    """

    replies: tuple[Outgoing, ...]
    lapsed: bool


class Transaction(
    ConversationRecords,
    TranscriptRecords,
    PeopleRecords,
    DeviceRecords,
    CaseRecords,
    OutboxRecords,
    ChannelRecords,
    Protocol,
):
    """One atomic effect on the store. Nothing of it is seen, or survives, before its block ends without an error."""

    def alone(self) -> None:
        """What follows concerns more than those whom this transaction was said to touch. May raise TouchesMore."""
        ...


class Store(Protocol):
    """Keeps what must survive, for any number of threads and processes.

    Raises StoreError for what may be asked again (a full disk, a lock, a store that is closed), StoreFault for what repeating
    cannot mend (a wrong statement, a value that must not be); after either nothing of the transaction is stored, and the store
    works on. It carries no policy: it keeps and finds what it is given. A stored row that cannot be read any more is left out
    and told to the log; it holds up nobody. Times come back with the milliseconds they were given with, in UTC.

    Every store passes tests/contract/test_stores.py, test_outbox.py, test_cases.py, test_senders.py, test_statistics.py,
    test_tokens.py and test_devices.py; it gets there by a line in tests/stores.py.
    """

    def writing(self, touching: Collection[Address] | None = None) -> AbstractContextManager[Transaction]:
        """A transaction: committed when the block ends, rolled back when it raises. It survives a power cut when this returns.

        Transactions behave as if they came one after the other, those of other processes too. A second one is not begun
        within the first by the same thread.

        One that says whom it is `touching` may run beside those that touch others: it writes what is kept of these people,
        and what no two share (`()`: a claim, its result, the silence of a channel). Where it goes on to more, a store may
        raise TouchesMore; then it is to be done anew without it, as by `stored`. A store may also let all of them wait.
        """
        ...

    def viewing(self) -> AbstractContextManager[Transaction]:
        """What is stored when it is looked at first, for as long as it is: nobody who writes waits for it, nor it for them.

        Whatever would change something raises StoreError.
        """
        ...

    def clock(self) -> datetime:
        """The time that all processes on this store have in common, in UTC. It waits for nobody, and never fails."""
        ...

    # --- replies that are sent by calls ---

    def due_replies(self, channel: str) -> list[Outgoing]:
        """Replies of a channel that did not arrive yet, by id, whoever holds them; without those that a response carries.

        Beside transactions: it waits for nobody who writes.
        """
        ...

    def claim_replies(
        self, channel: str, holder: str, now: Callable[[], datetime], *, lease: timedelta, limit: int
    ) -> ClaimedReplies:
        """Hold replies of a channel, the oldest first and at most `limit` new ones, until now + lease; keep those it has.

        `holder` names one sender of one process. `now` is asked within the transaction: who waited for its turn, or was
        asleep, must not judge the leases of the others by an old time.

        Free is what nobody holds whose lease ends after now, but no later than some seconds after now + lease; a longer one
        was taken before the clock was turned back. Of a person of whose replies another holds any, nothing is free: two
        processes never write to one person at the same time, so the order stays. Free replies are found by that they are
        free, never by an id above the last one: a transaction that began earlier may end later.

        The lease is one for all that a holder has, and is renewed by each call, also with a `limit` of 0. A holder with
        nothing to hold is forgotten; asking without finding anything writes nothing. A power cut may undo a claim. A reply
        that cannot be read any more is deleted, and set aside with the kind `reply` and its id.
        """
        ...

    def give_back_replies(self, channel: str, holder: str) -> None:
        """Whoever asks next may have them at once."""
        ...

    def delivered(self, ids: Iterable[int], message_id: str = "") -> None:
        """These replies arrived, or will never be tried again: they are deleted, whoever holds them. Unknown ids are none.

        `message_id` is the vendor's, of the one that arrived: where it belongs to a case, (channel, chat, message id) leads to
        that case from now on.
        """
        ...

    def attempted(self, outgoing_id: int) -> None:
        """One more failed try of a reply."""
        ...

    # --- what is shown on our own page ---

    def transcript(self, address: Address, after: int = 0) -> list[Shown]:
        """All that this person's page shows behind the message `after`, oldest first. Beside transactions."""
        ...

    def session(self, address: Address) -> Session | None:
        """As a transaction has it. Beside transactions."""
        ...

    def shown_after(self, number: int, limit: int) -> Sequence[tuple[int, Address]]:
        """Ids above this one, of everybody, in their order, and whose page they are on. Beside transactions."""
        ...

    def last_shown(self) -> int:
        """The largest id there ever was; 0 for none. Beside transactions."""
        ...

    def seen(self, address: Address, until: int, at: datetime) -> None:
        """This person has seen all messages up to this id: those that were unseen are so no more."""
        ...

    # --- the store as a whole ---

    def beat(self, name: str, at: datetime) -> None:
        """Note that the process `name` is alive and can write, in place of the time before."""
        ...

    def last_beat(self, name: str) -> datetime | None:
        """What `beat` noted last; None for nothing, or nothing that can be read."""
        ...

    def present(self, replica: Replica) -> Sequence[Replica]:
        """Note that this one is at work, in place of what was noted before; returns all that were noted, by name.

        A store that replicas cannot share knows of this one alone.
        """
        ...

    @property
    def replicated(self) -> bool:
        """Whether processes on several machines can share it."""
        ...

    def shared_state(self) -> SharedState | None:
        """None for a store that replicas cannot share. Beside transactions. Raises StoreError."""
        ...

    def prove(self, at: datetime) -> None:
        """Read and write what answers need, as it is on the disk at this moment, and leave nothing but the time of it.

        Raises StoreError, StoreFault where that cannot be done: it is damaged, full, locked, or not where it was opened.
        """
        ...

    def purge(self, now: datetime, keep: Retention = KEEP) -> None:
        """Delete what is older than `keep` says: updates, sessions, drafts, things set aside by their time; replies in
        responses since they were answered; unanswered questions by their day; closed cases, with messages and notices, since
        they were touched; what our own page shows by its time, and what was unseen there since it was seen, or by a longer
        time. Empty the last question of sessions that old. Delete tokens of buttons, invites and codes that expired, and
        devices since they were opened or used.
        Recipients of announcements in CLOSED_STATES that expired that long ago become counts, and the reports stay the same.

        Replies that wait, open cases, consents and the audit log are never deleted by their age.
        """
        ...

    def wipe(self) -> None:
        """Write the database anew where somebody was forgotten since that was last done, by whatever process: then nothing is
        left of rows that were moved before they were deleted, either. What is large stays as it is. Raises StoreError.
        """
        ...

    def tell_others(self) -> None:
        """Something was stored that others who share the store may have to send: they hear of it soon. It waits for nothing."""
        ...

    def hearing(self, heard: Callable[[], None]) -> AbstractContextManager[None]:
        """While it lasts, `heard` is called in a thread when others have told, at times for nothing.

        It is a hint that may be missed, and in a store that replicas cannot share there is none: look now and then anyway.
        """
        ...

    def figures(self, now: datetime) -> Figures:
        """Beside transactions: it waits for nobody who writes."""
        ...

    def room(self) -> int:
        """Bytes that are left for the store to grow. Raises StoreError where nobody can say."""
        ...

    def close(self) -> None:
        """From now on everything raises StoreError. Closing again does nothing."""
        ...
