"""The recipients of one channel as this process sees them: whether it leads, who is next, whom it has claimed.

Everything here is one transaction and runs in a thread; two of them never run at once but for `release`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import structlog

from bot.delivery import claims
from bot.delivery.lease_length import LONGEST
from bot.delivery.notify import NotifyStaff
from bot.errors import LoabanError, StoreError
from bot.logs import place
from bot.model import Announcement, ChannelState, Delivery, SetAside
from bot.ports import Store, Transaction, stored

Claimed = tuple[Delivery, Announcement]
Whose = Literal["ours", "new", "theirs"]

NO_JUMP = timedelta(seconds=1)  # a clock that is set right bit by bit

log = structlog.stdlib.get_logger(__name__)


class NotLeadingError(LoabanError):
    """Another process took over since we looked."""


class RecipientQueue:
    """`lease` is how long a claim holds. `lapse` in what follows is how long the others wait for a leader that fell silent."""

    def __init__(
        self,
        channel: str,
        store: Store,
        *,
        now: Callable[[], datetime],
        quiet: Callable[[datetime], bool],
        lease: timedelta,
        notifier: Callable[[], NotifyStaff],
    ) -> None:
        self._channel = channel
        self._store = store
        self._now = now
        self._quiet = quiet
        self._lease = lease
        self._notifier = notifier
        self._owner = secrets.token_hex(8)
        self._served = 0
        self._begun: datetime | None = None  # the latest due time of what was sent; the clock may be turned back behind it
        self._looked: datetime | None = None
        self._asked: int | None = None  # whose recipients are looked for at this moment
        self._aside: set[int] = set()  # announcements of which nobody can be claimed, in the life of this process
        self._alive: set[Delivery] = set()  # claimed and not stored yet; changed and read by threads inside a transaction

    # --- who sends ----------------------------------------------------------------------------------------------------

    def ask_for_lead(self, lapse: timedelta) -> tuple[Whose, int, ChannelState]:
        """Whose the channel is, how many deliveries were left behind, and what is known of the channel."""
        whose, left, state, given_up = stored(self._store, (), partial(self._ask, lapse))
        for number in given_up:
            self._tell(partial(_unreadable, self._notifier(), number, self._now()))
        return whose, left, state

    def resign(self) -> None:
        """Lead no more. Raises StoreError, StoreFault."""
        with self._store.writing(()) as transaction:
            transaction.resign(self._channel, self._owner)

    def _ask(self, lapse: timedelta, transaction: Transaction) -> tuple[Whose, int, ChannelState, list[int]]:
        now = self._now()
        turned_back = self._is_turned_back(transaction, now)
        whose, left = transaction.lead(self._channel, self._owner, now, lapse=lapse), 0
        given_up: list[int] = []
        if whose != "theirs":
            given_up = self._give_up_unreadable(transaction, now)
            everything, alive = whose == "new", tuple(self._alive)
            left = claims.recover(transaction, self._channel, now, everything=everything, sparing=alive)
        if whose == "new":
            self._begun = claims.begun_by(transaction, self._channel, now)
        if turned_back and whose != "theirs":
            claims.hasten(transaction, self._channel, now, self._begun)
        return whose, left, transaction.channel_state(self._channel), given_up

    def _is_turned_back(self, transaction: Transaction, now: datetime) -> bool:
        """Whether the clock shows less than when we looked last, or than it must have shown when somebody led before us."""
        led_until, looked, self._looked = transaction.channel_state(self._channel).led_until, self._looked, now
        seen = [moment for moment in (looked, led_until and led_until - LONGEST) if moment is not None]
        return any(moment - now > NO_JUMP for moment in seen)

    def _give_up_unreadable(self, transaction: Transaction, now: datetime) -> list[int]:
        found = claims.give_up_unreadable(transaction, now)
        for number in found:
            where = "its plan cannot be read"
            log.error("an announcement is given up", announcement=number, error=where)
            transaction.set_aside(SetAside("announcement", "", str(number), now, where))
        return found

    # --- who is next --------------------------------------------------------------------------------------------------

    def claim(self, lapse: timedelta) -> Claimed | None:
        """The next recipient, already stored as being sent; None for nobody. Raises StoreError, NotLeadingError.

        An announcement at which that fails is set aside, and the next one is asked.
        """
        while True:
            self._asked = None
            try:
                return self._claim_one(lapse)
            except (StoreError, NotLeadingError):
                raise
            except Exception as error:
                if self._asked is None:
                    raise
                self._set_aside(self._asked, error)

    def _claim_one(self, lapse: timedelta) -> Claimed | None:
        with ExitStack() as unless_stored:
            with self._store.writing(()) as transaction:
                now = self._now()
                claimed = self._next(transaction, now)
                if claimed is None:
                    return None
                if transaction.lead(self._channel, self._owner, now, lapse=lapse) != "ours":
                    raise NotLeadingError  # and nothing is claimed
                delivery, announcement = claimed
                self._alive.add(delivery)
                unless_stored.callback(self._alive.discard, delivery)
            unless_stored.pop_all()
        self._served = announcement.id
        self._begun = max(announcement.due, self._begun or announcement.due)
        return claimed

    def _next(self, transaction: Transaction, now: datetime) -> Claimed | None:
        found = claims.claim_next(
            transaction,
            self._channel,
            now,
            lease=self._lease,
            quiet=self._quiet(now),
            served=self._served,
            begun=self._begun,
            sparing=self._aside,
            asking=self._asking,
        )
        self._asked = None
        return found

    def _asking(self, number: int) -> None:
        self._asked = number

    def _set_aside(self, number: int, error: Exception) -> None:
        """Until the process ends: what was wrong may be right in the next version."""
        self._aside.add(number)
        where = place(error)
        log.error("an announcement is set aside", channel=self._channel, announcement=number, error=where)
        with self._store.writing(()) as transaction:
            first = transaction.set_aside(SetAside("announcement", self._channel, str(number), self._now(), where))
        if first:
            self._tell(lambda t: self._notifier().set_aside(t, "announcement", number, self._now()))

    def _tell(self, tell: Callable[[Transaction], None]) -> None:
        """In a transaction of its own: what was done stays done, whether anybody can be told or not."""
        try:
            with self._store.writing() as transaction:
                tell(transaction)
        except Exception as error:  # noqa: BLE001 - the log has it
            log.error("staff cannot be told", channel=self._channel, error=place(error))

    def release(self, delivery: Delivery) -> None:
        """What became of it is stored, or never will be by us: then its row is found again when the lease is over."""
        self._alive.discard(delivery)


def _unreadable(notifier: NotifyStaff, number: int, at: datetime, transaction: Transaction) -> None:
    notifier.unreadable(transaction, number, at)
