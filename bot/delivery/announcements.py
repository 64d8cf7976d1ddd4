"""Announcements on their way: claimed one by one, evenly spaced, stored as being sent before the channel is called.

The rows of the recipients are the queue. A row says `sending` on disk before anybody is written to, so a crash leaves at
most IN_FLIGHT rows of which nobody knows what became of them, and these are marked. Of several processes one sends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.delivery.backoff import Backoff
from bot.delivery.channel_health import ChannelHealth
from bot.delivery.lease_length import LeaseLength
from bot.delivery.limiter import RateLimiter
from bot.delivery.notify import NotifyStaff
from bot.delivery.outcomes import DeliveryOutcomes
from bot.delivery.pause import Pause
from bot.delivery.recipient_queue import Claimed, NotLeadingError, RecipientQueue, Whose
from bot.errors import StoreError
from bot.logs import place
from bot.model import Announcement, ChannelState, Delivery, Reply
from bot.ports import Channel, Outgoing, Store

IN_FLIGHT = 8
SEND_TIMEOUT = 25.0  # seconds
LEASE = timedelta(seconds=40)  # longer than any call; what is known to be alive is spared anyway
LEAD = timedelta(seconds=2)  # how long the others wait for a leader that fell silent, unless its store is slow
RENEW = 1.0  # seconds between two looks of the leader, and of the others
ASK_AGAIN = 0.5
LOOK_AGAIN = 0.5  # another process may have stored announcements without waking us
ROOM_AGAIN = 1.0
LONGEST_TROUBLE = 2.0
GRACE = 8.0  # seconds; Docker kills 10 s after it asked
SUMMARY = 30.0

log = structlog.stdlib.get_logger(__name__)

Render = Callable[[Announcement, str, str], Reply]


class AnnouncementSender:
    """Delivers the announcements of one channel, if this is the process that leads it, else waits to take over.

    Run `run()` as a task; call `wake()` after announcements were stored, from any thread.
    """

    def __init__(
        self,
        channel: Channel,
        store: Store,
        pause: Pause,
        limiter: RateLimiter,
        *,
        now: Callable[[], datetime],
        render: Render,
        quiet: Callable[[datetime], bool],
        floor: int,
        notifier: Callable[[], NotifyStaff],
        moved: Callable[[], None] = lambda: None,
        led: Callable[[], None] = lambda: None,
    ) -> None:
        """`now` is the wall clock, in UTC. `render(announcement, lang, channel)` gives the finished message.

        `quiet` says whether a moment lies in the quiet hours. Below `floor` bytes of free disk nothing is sent, since the
        result could not be stored. `notifier` is asked for each time that staff are told of something.
        `moved` is called after each look at who leads, `led` when that changes.
        """
        self._channel = channel
        self._store = store
        self._pause = pause
        self._limiter = limiter
        self._now = now
        self._render = render
        self._floor = floor
        self._moved = moved
        self._led = led
        self._health = ChannelHealth()
        self._outcomes = DeliveryOutcomes(channel.name, store, pause, self._health, now=now, notifier=notifier)
        self._queue = RecipientQueue(channel.name, store, now=now, quiet=quiet, lease=LEASE, notifier=notifier)
        self._lapse = LeaseLength(LEAD)
        self._leading = False
        self._led_until = float("-inf")  # by what was answered last, on the monotonic clock
        self._heard: tuple[datetime | None, float] = (None, 0.0)  # the silence that was stored when we looked last
        self._full = False
        self._flying: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._finished = asyncio.Event()
        self._summarised = time.monotonic()

    def wake(self) -> None:
        """Say that there may be something to send. Safe from any thread, and before `run()`."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Deliver until stopped or cancelled. After an error it can run again."""
        self._loop = asyncio.get_running_loop()
        self._finished.clear()
        lead, feed = asyncio.create_task(self._keep_lead()), asyncio.create_task(self._feed())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({lead, feed, stopping}, return_when=asyncio.FIRST_COMPLETED)
            ended = [task for task in (lead, feed) if task.done()]
        finally:
            stopping.cancel()
            await self._finish(lead, feed)
        for task in ended:
            task.result()

    async def stop(self) -> None:
        """Start nothing new, finish what is in flight, and return when that is done, after some seconds at most."""
        self._stopping.set()
        if self._loop is not None:
            await self._finished.wait()

    async def _finish(self, lead: asyncio.Task[None], feed: asyncio.Task[None]) -> None:
        feed.cancel()
        await asyncio.wait({feed})
        if self._flying:
            _, late = await asyncio.wait(set(self._flying), timeout=GRACE)
            for task in late:
                task.cancel()
        lead.cancel()  # until here nobody else may take over: what is in flight would count as left behind
        await asyncio.wait({lead, *self._flying})
        if self._stopping.is_set():
            await self._resign()
        self._summarise()
        self._finished.set()

    # --- who sends ----------------------------------------------------------------------------------------------------

    async def _keep_lead(self) -> None:
        trouble = Backoff(LONGEST_TROUBLE)
        while True:
            try:
                asked, lapse = time.monotonic(), self._lapse.now()
                whose, left, state = await asyncio.to_thread(self._queue.ask_for_lead, lapse)
                self._lapse.took(time.monotonic() - asked)
                self._led_until = asked + lapse.total_seconds()
                await self._heed(whose, left, state)
                trouble.reset()
                self._moved()
                wait = RENEW if self._leading else ASK_AGAIN
            except Exception as error:  # noqa: BLE001 - whatever it is, somebody has to go on asking
                wait = self._log_trouble("the lead cannot be kept", error, trouble)
            if time.monotonic() - self._summarised >= SUMMARY:
                self._summarise()
            await asyncio.sleep(wait)

    async def _heed(self, whose: Whose, left: int, state: ChannelState) -> None:
        if left:
            log.warning("deliveries were left behind", channel=self._channel.name, deliveries=left)
        # Whoever calls the channel as well may have been asked for silence: the leader, or an answer in a response.
        silence = state.quiet_since, state.quiet_for
        if whose == "new" or silence != self._heard:  # once: a clock that was turned back would never see the end of it
            self._heard = silence
            self._pause.heed(state.quiet_left(self._now()))
        if whose == "new":
            self._limiter.take_over()
            self._health.resume(state.failing_since is not None)
        self._take_lead(whose != "theirs")

    def _take_lead(self, ours: bool) -> None:
        if ours != self._leading:
            self._leading = ours
            log.info("this process sends" if ours else "another process sends", channel=self._channel.name)
            self._woken.set()
            self._led()

    def leads(self) -> bool:
        """Whether this is the process that sends. After a sleep, others may have taken over: then it is asked first."""
        return self._leading and time.monotonic() < self._led_until

    def follows(self) -> bool:
        """Whether another process sends, or none yet."""
        return not self._leading

    async def _resign(self) -> None:
        """Whoever asks next leads at once. What would be lost is a second or two: a lead ends by itself."""
        self._leading = False
        try:
            await asyncio.to_thread(self._queue.resign)
        except Exception as error:  # noqa: BLE001 - whatever it is, we are leaving
            log.error("the lead cannot be given back", channel=self._channel.name, error=place(error))

    # --- one after the other ------------------------------------------------------------------------------------------

    async def _feed(self) -> None:
        trouble = Backoff(LONGEST_TROUBLE)
        while True:
            self._woken.clear()
            try:
                wait = await self._step()
                trouble.reset()
            except NotLeadingError:
                self._take_lead(False)
                wait = ASK_AGAIN
            except Exception as error:  # noqa: BLE001 - one announcement that nobody foresaw must not stop the others
                wait = self._log_trouble("announcements wait", error, trouble)
            if wait:
                await self._wait_for_news(wait)

    async def _step(self) -> float:
        """Start one delivery if one may start now; returns the seconds after which to look again, unless woken.

        The slot comes before the claim: whether somebody stopped, and whether it is night, is looked at as late as can be.
        """
        if not self.leads():
            return ASK_AGAIN
        if len(self._flying) >= (1 if self._health.probing else IN_FLIGHT):
            await asyncio.wait(set(self._flying), return_when=asyncio.FIRST_COMPLETED)
            return 0.0
        if (wait := self._health.wait(time.monotonic())) > 0:
            return wait
        await self._pause.over()
        if not self._has_room():
            return ROOM_AGAIN
        await self._limiter.slot()
        if self._must_wait():
            return 0.0
        begun, lapse = time.monotonic(), self._lapse.now()
        claimed = await self._claim(lapse)
        self._lapse.took(time.monotonic() - begun)
        if claimed is None:
            return LOOK_AGAIN
        delivery, announcement = claimed
        self._start(delivery, self._deliver(delivery, announcement, begun + lapse.total_seconds()))
        return 0.0

    def _must_wait(self) -> bool:
        return self._pause.left() > 0 or self._health.wait(time.monotonic()) > 0

    def _has_room(self) -> bool:
        full = self._store.room() < self._floor
        if full != self._full:
            self._full = full
            event = "announcements wait for free disk space" if full else "there is disk space again"
            log.warning(event, channel=self._channel.name)
        return not full

    async def _wait_for_news(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _claim(self, lapse: timedelta) -> Claimed | None:
        """The next recipient, already stored as being sent. A claim that is made while we are stopped is given back."""
        work = asyncio.ensure_future(asyncio.to_thread(self._queue.claim, lapse))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait({work})
            if work.exception() is None and (claimed := work.result()) is not None:
                self._start(claimed[0], self._outcomes.not_begun(claimed[0]))
            raise

    # --- one of them --------------------------------------------------------------------------------------------------

    def _start(self, delivery: Delivery, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._watch(delivery, work))
        self._flying.add(task)
        task.add_done_callback(self._flying.discard)

    async def _watch(self, delivery: Delivery, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - its row is found again when the lease is over
            log.error("a delivery failed", channel=self._channel.name, error=place(error))
        finally:
            self._queue.release(delivery)

    async def _deliver(self, delivery: Delivery, announcement: Announcement, ours_until: float) -> None:
        """`ours_until`: until when nobody else can have taken over since the claim, on the monotonic clock."""
        try:
            reply = self._render(announcement, delivery.lang, self._channel.name)
        except Exception as error:  # noqa: BLE001 - the others may be in order
            log.error("an announcement cannot be put together", announcement=delivery.announcement, error=place(error))
            await self._outcomes.not_made(delivery)
            return
        outgoing = Outgoing(0, delivery.to, reply, delivery.attempt - 1, self._now())
        late = time.monotonic() >= ours_until  # so that another process may have sent to this one, too
        if late or self._must_wait():  # the channel fell silent since this one was claimed, perhaps a moment before its turn
            await self._outcomes.not_begun(delivery)
            return
        self._health.sending(time.monotonic())
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                external_id = await self._channel.send(outgoing)
        except Exception as error:  # noqa: BLE001 - a fault in a channel may hold up one person, never the others
            await self._outcomes.not_sent(delivery, error, outgoing.at, must=announcement.plan.must)
        else:
            await self._outcomes.sent(delivery, external_id)

    # --- the log ------------------------------------------------------------------------------------------------------

    def _log_trouble(self, event: str, error: Exception, trouble: Backoff) -> float:
        text = str(error) if isinstance(error, StoreError) else place(error)
        wait = trouble.next()
        log.error(event, channel=self._channel.name, error=text, seconds=round(wait, 1))
        return wait

    def _summarise(self) -> None:
        counts = self._outcomes.counts
        if counts:
            log.info("deliveries", channel=self._channel.name, **{word.replace(" ", "_"): n for word, n in counts.items()})
            counts.clear()
        self._summarised = time.monotonic()
