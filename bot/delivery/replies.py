"""Stored replies on their way to people: in order for each person, side by side for different ones, until they arrive.

The store is the queue. What is held in memory is a view of what this process has claimed: many at a time, all of a person's,
under one short lease that is renewed as long as there is something to send. Each reply leaves the store on its own, after the
vendor took it, so a crash repeats at most what was in flight, and another process goes on when the lease is over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot.delivery.backoff import Backoff
from bot.delivery.pause import Pause
from bot.delivery.person_queue import Marked, PersonQueue
from bot.delivery.reply_lease import ReplyLease
from bot.errors import SendError, StoreError
from bot.logs import place
from bot.model import Address
from bot.ports import Channel, Outgoing, Store

IN_FLIGHT = 8
RETRIES_IN_FLIGHT = IN_FLIGHT // 2  # people who could not be reached last time never take all the places
LONGEST_WAIT = 60.0
KEEP_TRYING = timedelta(hours=24)
LEAST_TRIES = 100  # they take more than an hour: a clock that jumped ahead by a day must not cost anybody an answer
BUG_TRIES = 3
MOVES = 2
LOOK_AGAIN = 0.5  # seconds; another process may have stored replies without waking us, or have left some behind
BATCH = 100  # replies in one claim: a commit costs the same for one as for all of them
LONGEST_TROUBLE = 2.0
GRACE = 8.0  # seconds; Docker kills 10 s after it asked

log = structlog.stdlib.get_logger(__name__)

Dropped = Callable[[Sequence[Outgoing], str], None]


def nothing(dropped: Sequence[Outgoing], reason: str) -> None:
    """Nobody needs to know."""


class ReplySender:
    """Delivers the stored replies of one channel.

    Run `run()` as a task; call `wake()` after replies were stored, from any thread. `pause` is the channel's silence, which
    whatever else calls the channel keeps as well.
    """

    def __init__(
        self,
        channel: Channel,
        store: Store,
        *,
        now: Callable[[], datetime],
        pause: Pause,
        sending: Callable[[], None] = lambda: None,
        dropped: Dropped = nothing,
        moved: Callable[[], None] = lambda: None,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """`leads` says whether this process is the one that sends at this moment; else it holds no replies.

        `sending` is told of every reply that goes out, for whoever shares the channel's rate; `moved` after each look.

        `dropped` is told of replies of cases, oldest first, that will never arrive, and why: a reason of `SendError`, or
        `bug`. It runs in a thread while they are still stored, again and again while it raises StoreError, and they are
        removed after it. After a crash between the two they are tried once more, and it may be told of them a second time.
        So it must do no harm to be told twice, nor that a reply arrives after all; a reply that was lost in silence would.
        """
        self._channel = channel
        self._told_sending = sending
        self._tell_dropped = dropped
        self._moved = moved
        self._leads = leads
        self._holding = False  # replies that are not in memory any more, too
        self._store = store
        self._now = now
        self._pause = pause
        self._people: dict[str, PersonQueue] = {}
        self._lease = ReplyLease(store, channel.name, now)
        self._stuck: set[int] = set()  # arrived, and the store refuses to note it: they must not arrive again
        self._refused = Backoff(LONGEST_WAIT)  # the channel as a whole: its token or its set-up
        self._places = asyncio.Semaphore(IN_FLIGHT)
        self._retry_places = asyncio.Semaphore(RETRIES_IN_FLIGHT)
        self._workers: set[asyncio.Task[None]] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._stopping = False
        self._stopped = False  # for good
        self._finished = asyncio.Event()

    def wake(self) -> None:
        """Say that replies were stored. Safe from any thread, and before `run()`."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Deliver until stopped or cancelled; after an error it can run again. What an earlier process left is sent first."""
        self._loop = asyncio.get_running_loop()
        self._stopping = self._stopped
        self._finished.clear()
        trouble = Backoff(LONGEST_TROUBLE)
        try:
            while not self._stopping:
                self._woken.clear()
                try:
                    more = await self._claim(BATCH) if self._leads() else await self._leave_to_others()
                    trouble.reset()
                    self._moved()
                    wait = 0.0 if more else LOOK_AGAIN
                except Exception as error:  # noqa: BLE001 - whatever it is, somebody has to go on asking
                    told = str(error) if isinstance(error, StoreError) else place(error)
                    log.error("replies cannot be claimed", channel=self._channel.name, error=told)
                    wait = trouble.next()
                if wait:
                    await self._wait_for_news(wait)
        finally:
            await self._finish()

    async def stop(self) -> None:
        """Start nothing new, finish what is in flight, and return when that is done, after some seconds at most."""
        self._stopping = self._stopped = True
        if self._loop is None:
            return
        self.wake()
        await self._finished.wait()

    async def _wait_for_news(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    # --- what is ours -------------------------------------------------------------------------------------------------

    async def _claim(self, limit: int) -> bool:
        """Renew the lease, and take up to `limit` more replies. Whether there may be more still."""
        claimed = await self._lease.claim(limit)
        if claimed.lapsed:
            for person in self._people.values():
                person.let_go()
        self._holding |= bool(claimed.replies)
        for outgoing in claimed.replies:
            self._hand_over(outgoing)
        return 0 < limit <= len(claimed.replies)

    async def _leave_to_others(self) -> bool:
        """Give back what is held, once nothing of it is in the middle of a delivery any more; then there is no more."""
        for person in self._people.values():
            person.let_go()
        if self._sending:
            await self._claim(0)
        elif self._holding:
            await self._lease.give_back()
            self._holding = False
        return False

    def _hand_over(self, outgoing: Outgoing) -> None:
        if outgoing.id in self._stuck:
            return
        person = self._people.get(outgoing.to.user)
        if person is not None:
            person.add(outgoing)
            return
        person = self._people[outgoing.to.user] = PersonQueue(outgoing, Backoff(LONGEST_WAIT))
        worker = asyncio.create_task(self._serve(person))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _finish(self) -> None:
        """Let go of everybody who waits; give those in the middle of a delivery some seconds, and the rest back."""
        self._stopping = True
        for worker in self._workers - self._sending:
            worker.cancel()
        end = time.monotonic() + GRACE
        while self._workers and (left := end - time.monotonic()) > 0:
            await asyncio.wait(set(self._workers), timeout=min(left, LOOK_AGAIN))
            if self._workers:  # until they are done nobody else may write to these people
                await self._try_to_store(partial(self._claim, 0))
        for worker in self._workers:
            worker.cancel()
        if self._workers:
            await asyncio.wait(set(self._workers))
        await self._try_to_store(self._lease.give_back)
        self._finished.set()

    async def _try_to_store(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """What would be lost is a second or two: the lease ends by itself."""
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whatever it is, we are leaving
            log.error("replies cannot be given back in order", channel=self._channel.name, error=place(error))

    # --- one person ---------------------------------------------------------------------------------------------------

    async def _serve(self, person: PersonQueue) -> None:
        try:
            while person.waiting and not self._stopping:
                try:
                    await self._advance(person)
                except Exception as error:  # noqa: BLE001 - else nobody would send what is held for this person
                    await asyncio.sleep(await self._settle_bug(person, error) if person.waiting else 0.0)
        finally:
            del self._people[person.user]

    async def _advance(self, person: PersonQueue) -> None:
        """One try for this person's oldest reply, and the wait that follows from its result."""
        wait = 0.0
        async with AsyncExitStack() as places:
            if person.backoff.failures:
                await places.enter_async_context(self._retry_places)
            await places.enter_async_context(self._places)
            await self._may_begin()
            if person.waiting and not self._stopping:
                with Marked(self._sending), person.busy():
                    wait = await self._settle(person, await self._try(person))
        if wait and not self._stopping:
            await asyncio.sleep(wait)

    async def _may_begin(self) -> None:
        """Return when the channel may be called and the lease holds: either may end while the other is waited for."""
        while True:
            await self._pause.over()
            await self._lease.holds()
            if not self._pause.left():
                return

    async def _try(self, person: PersonQueue) -> str | Exception:
        """The vendor's id of the message, or what went wrong."""
        outgoing = person.waiting[0]
        self._told_sending()
        try:
            return await self._channel.send(replace(outgoing, to=Address(outgoing.to.channel, person.deliver_to)))
        except Exception as error:  # noqa: BLE001 - a fault in a channel may hold up one person, never the others
            return error

    async def _settle(self, person: PersonQueue, result: str | Exception) -> float:
        """Act on the result of a try; returns the seconds this person has to wait."""
        if isinstance(result, str):
            person.bugs = 0
            person.backoff.reset()
            self._refused.reset()
            await self._remove(person, person.waiting[:1], result)
            await self._note_move(person)
            return 0.0
        error = result
        if not isinstance(error, SendError):
            return await self._settle_bug(person, error)
        if error.moved_to is not None and person.moves < MOVES:
            person.moves += 1
            person.deliver_to = error.moved_to
            return 0.0
        if error.gone or error.reason == "refused-person":
            await self._drop(person, person.waiting, error.reason)
            return 0.0
        if error.reason in ("refused-text", "refused", "window"):
            await self._drop(person, person.waiting[:1], error.reason)
            return 0.0
        if error.reason == "throttled" and error.retry_after and error.one_chat:
            return error.retry_after
        if error.reason == "throttled" and error.retry_after:
            await self._pause.ask(error.retry_after)
            return 0.0
        return await self._settle_trouble(person, error)

    async def _settle_trouble(self, person: PersonQueue, error: SendError) -> float:
        """Worth another try, for a day: of this person, or of the whole channel where it is the channel that is refused."""
        await self._note_attempt(person.waiting[0])
        tries = person.count_try()
        if tries >= LEAST_TRIES and self._now() - person.waiting[0].at >= KEEP_TRYING:
            await self._drop(person, person.waiting[:1], error.reason)
            return 0.0
        if error.reason == "unreachable":
            return person.backoff.next()
        if not self._pause.left():  # else it is one of several refused at the same time
            wait = self._refused.next()
            log.error("channel refused", channel=self._channel.name, error=str(error), seconds=round(wait, 1))
            await self._pause.ask(wait)
        return 0.0

    async def _settle_bug(self, person: PersonQueue, error: Exception) -> float:
        """A channel raised what it should not. It may have sent the reply, so there are only a few more tries."""
        log.error("channel failed", channel=self._channel.name, error=place(error))
        await self._note_attempt(person.waiting[0])
        person.bugs += 1
        if person.bugs >= BUG_TRIES:
            person.bugs = 0
            await self._drop(person, person.waiting[:1], "bug")
        return person.backoff.next()

    async def _drop(self, person: PersonQueue, replies: Sequence[Outgoing], reason: str) -> None:
        dropped = tuple(replies)
        log.warning("replies dropped", channel=self._channel.name, reason=reason, replies=len(dropped))
        of_cases = [outgoing for outgoing in dropped if outgoing.reply.case is not None]
        if of_cases:
            await self._until_stored("a reply that was dropped cannot be told of", partial(self._tell, of_cases, reason))
        await self._remove(person, dropped)

    def _tell(self, dropped: Sequence[Outgoing], reason: str) -> None:
        try:
            self._tell_dropped(dropped, reason)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - else these would wait for ever, and all of this person's after them
            log.error("a dropped reply was told of in vain", channel=self._channel.name, error=place(error))

    async def _remove(self, person: PersonQueue, replies: Sequence[Outgoing], message_id: str = "") -> None:
        """Take replies out of the store, then out of memory. Never given up: they would be sent twice."""
        ids = {outgoing.id for outgoing in replies}
        noted = await self._until_stored("a delivery cannot be noted", partial(self._store.delivered, ids, message_id))
        # Without the vendor's id, where it may be that which the store refuses.
        if not noted and not await self._until_stored("a delivery cannot be noted", partial(self._store.delivered, ids)):
            self._stuck |= ids
        person.remove(ids)

    async def _until_stored(self, trouble: str, work: Callable[[], None]) -> bool:
        """Do it in a thread, again and again while the store fails. False where repeating it would change nothing."""
        waits = Backoff(LONGEST_WAIT)
        while True:
            try:
                await asyncio.to_thread(work)
            except StoreError as error:
                log.error(trouble, channel=self._channel.name, error=str(error))
                await asyncio.sleep(waits.next())
            except Exception as error:  # noqa: BLE001 - else these would wait for ever, and all of this person's after them
                log.error(trouble, channel=self._channel.name, error=place(error))
                return False
            else:
                return True

    async def _note_move(self, person: PersonQueue) -> None:
        """What arrived at a new id makes it the one that the store knows; after the delivery, so that this moves along.

        Where it fails, the vendor tells of the new id again when the old one is next written to.
        """
        if person.deliver_to == person.user:
            return
        name = self._channel.name
        try:
            await asyncio.to_thread(self._move, Address(name, person.user), Address(name, person.deliver_to))
        except Exception as error:  # noqa: BLE001 - the reply arrived, and those after it are in order
            log.error("a new id cannot be noted", channel=name, error=place(error))

    def _move(self, old: Address, new: Address) -> None:
        with self._store.writing() as transaction:
            transaction.move(old, new)

    async def _note_attempt(self, outgoing: Outgoing) -> None:
        try:
            await asyncio.to_thread(self._store.attempted, outgoing.id)
        except Exception as error:  # noqa: BLE001 - a count
            log.error("an attempt cannot be noted", channel=self._channel.name, error=place(error))
