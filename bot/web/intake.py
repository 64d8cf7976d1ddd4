"""Updates that vendors bring, one request at a time, stored many at a time: a commit costs the same for one as for fifty."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from bot.channels.serving import SetAside, handle_batch, put_aside
from bot.errors import StoreError
from bot.logs import place
from bot.model import Incoming
from bot.ports import Outgoing

MOST = 64  # updates in one transaction
WAITING = 2_000  # updates in memory; whoever comes then is asked to come again

Render = Callable[[Outgoing], bytes | None]

log = structlog.stdlib.get_logger(__name__)


class Answer(Protocol):
    """`App.answer`: the effect of a batch is stored when it returns. Raises StoreError, and then nothing is stored."""

    def __call__(
        self, batch: Sequence[Incoming], fits: Callable[[Incoming, Outgoing], bool], now: datetime, /
    ) -> Mapping[tuple[str, str], Outgoing]: ...


class Intake:
    """Run `run()` as a task.

    `now` is the wall clock, in UTC; `took` is told the seconds of every batch, `set_aside` of updates that fail in a way that
    repeating cannot mend: to the vendor they are taken.
    """

    def __init__(
        self,
        answer: Answer,
        *,
        now: Callable[[], datetime],
        took: Callable[[float], None] = lambda _: None,
        set_aside: SetAside = lambda incoming, error: None,
    ) -> None:
        self._answer = answer
        self._set_aside = set_aside
        self._now = now
        self._told_took = took
        self._waiting: list[_Request] = []
        self._news = asyncio.Event()
        self._stopping = False

    async def put(
        self,
        incomings: Sequence[Incoming],
        render: Render = lambda _: None,
        stored: Callable[[], None] = lambda: None,
    ) -> bytes | None:
        """Returns when the effect of these is stored: the reply as the body of a response, where there is one that may be.

        `render` makes it, in a thread; what it returns None for is sent by a call. `stored` is called there as well, as soon
        as it is and before anything else is taken in hand. Raises StoreError where nothing was stored, where the vendor has
        to come again for its answer, and as `stored` does.
        """
        if not incomings:
            return None
        if self._stopping or sum(len(request.incomings) for request in self._waiting) >= WAITING:
            raise StoreError("no update is taken at the moment")
        request = _Request(tuple(incomings), render, stored, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        self._news.set()
        return await request.done

    async def run(self) -> None:
        """Handle what comes, until stopped and all is handled."""
        while True:
            await self._news.wait()
            while self._waiting:
                await self._settle(self._next())
            if self._stopping:
                return
            self._news.clear()

    def stop(self) -> None:
        """Take nothing more; `run` ends when what is in hand is stored."""
        self._stopping = True
        self._news.set()

    def _next(self) -> list[_Request]:
        """The oldest requests that fit into one transaction, and the first one in any case."""
        taken, updates = 0, 0
        for request in self._waiting:
            updates += len(request.incomings)
            if taken and updates > MOST:
                break
            taken += 1
        batch, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return batch

    async def _settle(self, requests: list[_Request]) -> None:
        begun = time.monotonic()
        failure: StoreError | None = None
        try:
            await asyncio.to_thread(self._handle, requests)
        except StoreError as error:
            log.error("updates wait because they cannot be stored", updates=len(requests), error=str(error))
            failure = error
        except Exception as error:  # noqa: BLE001 - the worker must go on, and the vendor come again
            log.error("updates cannot be handled", updates=len(requests), error=place(error))
            failure = StoreError("the updates could not be handled")
        self._told_took(time.monotonic() - begun)
        for request in requests:
            if request.done.done():  # nobody waits any more; the vendor will come again and get the same
                continue
            if refused := failure or request.failure:
                request.done.set_exception(refused)
            else:
                request.done.set_result(request.body)

    def _handle(self, requests: Sequence[_Request]) -> None:
        """In a thread. Raises StoreError."""
        asked = {incoming: request for request in requests for incoming in request.incomings}
        several = Counter(incoming.sender for incoming in asked)
        bodies: dict[tuple[str, str], bytes | None] = {}
        answers: dict[tuple[str, str], Outgoing] = {}

        def fits(incoming: Incoming, outgoing: Outgoing) -> bool:
            request = asked[incoming]
            # Responses have no order among them, so whoever sent several messages is answered by calls.
            if several[incoming.sender] > 1 or len(request.incomings) > 1:
                return False
            try:
                body = bodies[incoming.sender.channel, incoming.id] = request.render(outgoing)
            except Exception as error:  # noqa: BLE001 - the message is in order; its reply goes by a call, which has its own rules
                log.error("a reply cannot be put into a response", channel=incoming.sender.channel, error=place(error))
                return False
            return body is not None

        def handle(batch: Sequence[Incoming]) -> None:
            answers.update(self._answer(batch, fits, self._now()))

        handle_batch(handle, list(asked), self._set_aside)
        for request in requests:
            key = request.incomings[0].sender.channel, request.incomings[0].id
            if len(request.incomings) == 1 and key in answers:
                request.body = bodies.get(key) or self._once_more(request, answers[key])
            try:
                request.stored()
            except StoreError as error:
                request.failure = error

    def _once_more(self, request: _Request, outgoing: Outgoing) -> bytes | None:
        """The answer to a repeated update: no call will bring it, so the vendor comes again while the channel pauses."""
        try:
            body = request.render(outgoing)
        except Exception as error:  # noqa: BLE001 - nor will it ever be there
            put_aside(request.incomings[0], error, self._set_aside)
            return None
        if body is None:
            request.failure = StoreError("the answer to a repeated update has to wait")
        return body


@dataclass(slots=True, eq=False)
class _Request:
    incomings: tuple[Incoming, ...]
    render: Render
    stored: Callable[[], None]
    done: asyncio.Future[bytes | None]
    body: bytes | None = None
    failure: StoreError | None = None
