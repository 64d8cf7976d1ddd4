"""What follows from the result of one delivery: for its recipient, for its announcement, for the whole channel."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import structlog

from bot.delivery import claims
from bot.delivery.backoff import Backoff
from bot.delivery.channel_health import ChannelHealth
from bot.delivery.notify import NotifyStaff
from bot.delivery.pause import Pause
from bot.errors import SendError, StoreError
from bot.logs import place
from bot.model import BUG, MOVED, Address, Delivery, DeliveryState
from bot.model.well_known import ANNOUNCEMENTS_CONSENT
from bot.ports import Store, TouchesMore, Transaction, stored

FIRST_RETRY = 2.0  # seconds; doubled with each further try
LONGEST_RETRY = 300.0
RECHECK = timedelta(seconds=60)  # a chat that is not found may be a hiccup of the vendor's, once
BUG_TRIES = 3
MOST_GONE = 25  # in a row, with nobody between who gets it; of every dozen one may have blocked us, never all of them
LONGEST_SILENCE = 60.0  # seconds, where the channel refuses without saying for how long
LONGEST_TROUBLE = 5.0  # seconds between two tries to store a result

NOT_FOUND = "not found"
MOVED_AGAIN = "moved again"
TEXT_REFUSED = "text refused"

Work = Callable[[Transaction], None]
Event = Literal["failing", "recovered"]

log = structlog.stdlib.get_logger(__name__)


class DeliveryOutcomes:
    """Stores the results of one channel's deliveries, each on its own, and never gives one up: it would be sent again."""

    def __init__(
        self,
        channel: str,
        store: Store,
        pause: Pause,
        health: ChannelHealth,
        *,
        now: Callable[[], datetime],
        notifier: Callable[[], NotifyStaff],
    ) -> None:
        self._channel = channel
        self._store = store
        self._pause = pause
        self._health = health
        self._now = now
        self._notifier = notifier
        self._refused = Backoff(LONGEST_SILENCE)
        self._gone_in_a_row = 0
        self.counts: Counter[str] = Counter()

    async def sent(self, delivery: Delivery, external_id: str) -> None:
        at = self._now()
        self._gone_in_a_row = 0
        without_id = partial(_settle, delivery, "sent", at)
        await self._answered(
            delivery, "sent", lambda t: t.settle(delivery, "sent", at, external_id=external_id), instead=without_id
        )

    async def not_made(self, delivery: Delivery) -> None:
        """The message could not be put together."""
        self.counts["failed"] += 1
        await self._write(delivery, self._as_failed(delivery, BUG))

    async def not_begun(self, delivery: Delivery) -> None:
        """It was claimed, and then the channel fell silent, or we stop."""
        await self._give_back(delivery)

    async def not_sent(self, delivery: Delivery, error: Exception, sent: datetime, *, must: bool) -> None:
        """Act on what the channel raised: a SendError, a time-out, or something it should not. `sent`: when it was called.

        `must`: where nobody knows whether it arrived, it is sent again; else once is enough.
        """
        if isinstance(error, TimeoutError):
            await self._in_doubt(delivery, "unreachable", must=must)
        elif not isinstance(error, SendError):
            await self._bug(delivery, error, must=must)
        elif error.moved_to is not None:
            await self._moved(delivery, error.moved_to)
        elif error.gone:
            await self._gone(delivery, "blocked")
        elif error.reason == "refused-person":
            await self._not_found(delivery)
        elif error.reason == "refused-text":
            await self._text_refused(delivery)
        elif error.reason == "window":
            await self._held(delivery, sent)
        elif error.reason == "throttled" and error.one_chat and error.retry_after:
            await self._later(delivery, error.retry_after)
        elif error.reason == "throttled":
            await self._throttled(delivery, error.retry_after)
        elif error.reason == "unreachable" and error.never_left:
            await self._unanswered(delivery, "unreachable", self._once_more(delivery, "unreachable", ambiguous=False))
        elif error.reason == "unreachable":
            await self._in_doubt(delivery, "unreachable", must=must)
        elif error.reason == "refused":
            await self._answered(delivery, "failed", self._as_failed(delivery, "refused"))
        else:
            await self._channel_refused(delivery, error)

    # --- the person ---

    async def _moved(self, delivery: Delivery, user: str) -> None:
        """To the new id, at once; chats that point at each other do not go round for ever."""
        if delivery.reason == MOVED_AGAIN:
            await self._answered(delivery, "failed", self._as_failed(delivery, MOVED))
            return
        reason = MOVED_AGAIN if delivery.reason == MOVED else MOVED
        old, new, at = delivery.to, Address(delivery.to.channel, user), self._now()

        def work(transaction: Transaction) -> None:
            transaction.move(old, new)
            for claimed in (replace(delivery, to=new), delivery):  # what was cancelled does not move
                claims.give_back(transaction, claimed, at, reason)

        await self._answered(delivery, MOVED, work)

    async def _gone(self, delivery: Delivery, reason: str) -> None:
        self._gone_in_a_row += 1
        if self._gone_in_a_row > MOST_GONE:  # then it is us whom the vendor has shut out, and everybody would be unsubscribed
            log.error("nobody can be reached any more", channel=self._channel)
            await self._be_quiet(None)
            # Somebody else is tried before: perhaps these did block us.
            await self._unanswered(delivery, "shut out", self._again(delivery, "", RECHECK, ambiguous=False))
            return
        at = self._now()

        def work(transaction: Transaction) -> None:
            transaction.settle(delivery, "gone", at, reason=reason)
            transaction.unsubscribe(delivery.to)
            transaction.withdraw(delivery.to, ANNOUNCEMENTS_CONSENT, at)

        await self._answered(delivery, "gone", work)

    async def _not_found(self, delivery: Delivery) -> None:
        if delivery.reason == NOT_FOUND:
            await self._gone(delivery, NOT_FOUND)
            return
        await self._answered(delivery, NOT_FOUND, self._again(delivery, NOT_FOUND, RECHECK, ambiguous=False))

    async def _held(self, delivery: Delivery, sent: datetime) -> None:
        """This person has to write first; where that happened meanwhile, once more, but not at once, lest it goes round."""
        at = self._now()
        await self._answered(delivery, "held", lambda t: claims.hold(t, delivery, at, sent=sent, after=RECHECK))

    async def _in_doubt(self, delivery: Delivery, reason: str, *, must: bool) -> None:
        """No answer came, and it may have arrived nevertheless."""
        work = self._once_more(delivery, reason, ambiguous=True)
        if not must:
            self._health.lost()
            work = partial(_settle, delivery, "unknown", self._now(), reason=reason, ambiguous=True)
        await self._unanswered(delivery, reason, work)

    async def _bug(self, delivery: Delivery, error: Exception, *, must: bool) -> None:
        """A channel raised what it should not. It may have sent the message, so there are only a few more tries."""
        log.error("channel failed", channel=self._channel, error=place(error))
        if delivery.reason == BUG and delivery.attempt >= BUG_TRIES:
            await self._unanswered(delivery, "failed", self._as_failed(delivery, BUG))
            return
        await self._in_doubt(delivery, BUG, must=must)

    def _as_failed(self, delivery: Delivery, reason: str) -> Work:
        at = self._now()
        return lambda t: t.settle(delivery, "failed", at, reason=reason)

    def _once_more(self, delivery: Delivery, reason: str, *, ambiguous: bool) -> Work:
        return self._again(delivery, reason, _wait(delivery.attempt), ambiguous=ambiguous)

    def _again(self, delivery: Delivery, reason: str, after: timedelta, *, ambiguous: bool) -> Work:
        at = self._now()
        return lambda t: claims.retry(t, delivery, at, reason, after=after, ambiguous=ambiguous)

    # --- the announcement ---

    async def _text_refused(self, delivery: Delivery) -> None:
        """Everybody else's would be refused as well: the announcement stops, and whoever wrote it is told once."""
        at = self._now()

        def work(transaction: Transaction) -> None:
            claims.give_back(transaction, delivery, at)
            found = transaction.announcement(delivery.announcement)
            if found is not None and found.state == "sending":
                transaction.change(found.id, "paused", reason=TEXT_REFUSED)
                self._told(lambda: self._notifier().author(transaction, found, TEXT_REFUSED, at))

        log.warning("the text of an announcement is refused", channel=self._channel, announcement=delivery.announcement)
        await self._answered(delivery, TEXT_REFUSED, work)

    # --- the channel ---

    async def _throttled(self, delivery: Delivery, retry_after: float | None) -> None:
        """First the silence, then the recipient: nobody may be claimed in between."""
        self.counts["throttled"] += 1
        await self._be_quiet(retry_after)
        await self._give_back(delivery)

    async def _later(self, delivery: Delivery, seconds: float) -> None:
        """Only this chat has to wait: its turn comes again, and the others go on."""
        self.counts["throttled"] += 1
        at = self._now()
        await self._write(delivery, lambda t: claims.give_back(t, delivery, at, due=at + timedelta(seconds=seconds)))

    async def _channel_refused(self, delivery: Delivery, error: SendError) -> None:
        log.error("channel refused", channel=self._channel, error=str(error))
        await self._be_quiet(None)
        at = self._now()
        await self._unanswered(delivery, error.reason, lambda t: claims.give_back(t, delivery, at))

    async def _be_quiet(self, seconds: float | None) -> None:
        if seconds:
            await self._pause.ask(seconds)
        elif self._pause.left() <= 0:  # else it is one of several that were refused at the same time
            await self._pause.ask(self._refused.next())

    # --- storing ---

    async def _give_back(self, delivery: Delivery) -> None:
        at = self._now()
        await self._write(delivery, lambda t: claims.give_back(t, delivery, at))

    async def _answered(self, delivery: Delivery, count: str, work: Work, *, instead: Work | None = None) -> None:
        """The vendor took it or turned it down: the channel works."""
        self.counts[count] += 1
        self._refused.reset()
        await self._write(delivery, work, "recovered" if self._health.heard() else None, instead=instead)

    async def _unanswered(self, delivery: Delivery, count: str, work: Work) -> None:
        """A failure of the channel, as far as one can tell."""
        self.counts[count] += 1
        await self._write(delivery, work, "failing" if self._health.failed(time.monotonic()) else None)

    async def _write(self, delivery: Delivery, work: Work, event: Event | None = None, *, instead: Work | None = None) -> None:
        """Again and again while the store cannot be written. Where it refuses `work` itself, `instead` is written.

        Left as it was, the recipient would be taken for one that a crash left behind, and be sent to for ever.
        """
        at = self._now()
        if event is not None:
            log.warning("announcements fail" if event == "failing" else "announcements go out again", channel=self._channel)
        trouble = Backoff(LONGEST_TROUBLE)
        refused = False
        while True:
            try:
                return await asyncio.to_thread(self._write_once, delivery, work, event, at)
            except StoreError as error:
                log.error("a result cannot be stored", channel=self._channel, error=str(error))
                await asyncio.sleep(trouble.next())
            except Exception as error:
                if refused:
                    raise
                refused = True
                log.error("a result is refused by the store", channel=self._channel, error=place(error))
                work = instead or partial(_settle, delivery, "unknown", at, reason=BUG, ambiguous=True)

    def _write_once(self, delivery: Delivery, work: Work, event: Event | None, at: datetime) -> None:
        """Of one person: whether they wrote meanwhile must not change before the result is stored."""

        def write(transaction: Transaction) -> None:
            work(transaction)
            if event is not None:
                self._note_health(transaction, event, at)

        stored(self._store, [delivery.to] if event is None else None, write)

    def _note_health(self, transaction: Transaction, event: Event, at: datetime) -> None:
        state = transaction.channel_state(self._channel)
        transaction.save_channel_state(self._channel, replace(state, failing_since=at if event == "failing" else None))
        self._told(lambda: self._notifier().owners(transaction, event, self._channel, at))

    def _told(self, tell: Callable[[], None]) -> None:
        """A message to staff that cannot be put together must not cost the result it tells of."""
        try:
            tell()
        except (StoreError, TouchesMore):
            raise
        except Exception as error:  # noqa: BLE001
            log.error("staff cannot be told", channel=self._channel, error=place(error))


def _settle(
    delivery: Delivery,
    state: DeliveryState,
    at: datetime,
    transaction: Transaction,
    *,
    reason: str = "",
    ambiguous: bool = False,
) -> None:
    transaction.settle(delivery, state, at, reason=reason, ambiguous=ambiguous)


def _wait(attempt: int) -> timedelta:
    backoff = Backoff(LONGEST_RETRY, first=FIRST_RETRY)
    backoff.failures = attempt - 1
    return timedelta(seconds=backoff.next())
