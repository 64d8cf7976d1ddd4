"""Open pages, and who tells them that there is something new: another message, an officer's word, or that it is over.

A page reads what is new from the store by itself, so nothing is lost between two looks, and a stream holds hardly anything.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Literal

import structlog

from bot.errors import StoreError
from bot.logs import place
from bot.ports import Store
from bot.web.chat.requests import PageRefused

STREAMS = 1_000
STREAMS_OF_PERSON = 4  # tabs; many browsers have six connections to one place, and forms need some
LOOK_AGAIN = 1.0  # seconds until other processes are looked after: an officer may be served by one of them
BATCH = 1_000

# Proxies hang up on what says nothing for a minute. Many pages are kept alive at once: each at its own moment costs four times
# as much.
KEEP_ALIVE = 25.0  # seconds
TURNS = 10  # in which all pages have theirs

log = structlog.stdlib.get_logger(__name__)


class Stream:
    """One open page. `over` says why it ends: the server stops, all was deleted, or nobody reads any more.

    Up to message `has`, the page was given all by another way than the stream.
    """

    def __init__(self, tab: str = "") -> None:
        self.tab = tab
        self.has = 0
        self._woken = asyncio.Event()
        self._has_news = False
        self.over: Literal["", "stop", "deleted", "left"] = ""

    def tell(self) -> None:
        self._has_news = True
        self._woken.set()

    def keep_alive(self) -> None:
        self._woken.set()

    def end(self, why: Literal["stop", "deleted", "left"]) -> None:
        self.over = self.over or why
        self._woken.set()

    async def news(self) -> bool:
        """Waits until there is something, or has to be a sign of life; whether there is something."""
        await self._woken.wait()
        self._woken.clear()
        had, self._has_news = self._has_news, False
        return had


class Feed:
    """`Sender` of the page: run `run()` as a task; `wake()` says that something was stored, and is safe from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: defaultdict[str, set[Stream]] = defaultdict(set)
        self._of_address: Counter[str] = Counter()
        self._turns: list[set[Stream]] = [set() for _ in range(TURNS)]
        self._count = 0
        self._last: int | None = None  # nothing was looked at yet
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._stopping = False

    def __len__(self) -> int:
        """How many pages are open."""
        return self._count

    def is_open(self, user: str) -> bool:
        """Whether this person has a page open here."""
        return user in self._open

    def wake(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    @contextmanager
    def open(self, user: str, client: str, tab: str = "") -> Iterator[Stream]:
        """A stream of a person at an address, which is told of what is stored from now on. Raises PageRefused for want of room.

        `tab` is what the page calls itself.

        An address may have as many as it leaves to others: whole networks share one, and none takes all places.
        """
        left = STREAMS - self._count
        if self._stopping or left <= 0 or len(self._open.get(user, ())) >= STREAMS_OF_PERSON:
            raise PageRefused(503, "full")
        if self._of_address[client] >= left:
            raise PageRefused(429, "full_network")
        stream, turn = Stream(tab), min(self._turns, key=len)
        self._open[user].add(stream)
        turn.add(stream)
        self._of_address[client] += 1
        self._count += 1
        try:
            yield stream
        finally:
            self._count -= 1
            self._of_address[client] -= 1
            if not self._of_address[client]:
                del self._of_address[client]
            turn.discard(stream)
            self._open[user].discard(stream)
            if not self._open[user]:
                del self._open[user]

    def given(self, user: str, tab: str, until: int) -> None:
        """A page of this person gets everything up to this message with the answer to a form, so not once more by its stream.

        Where that answer is lost, the page sends its form again.
        """
        for stream in self._open.get(user, ()):
            if tab and stream.tab == tab:
                stream.has = max(stream.has, until)

    def deleted(self, user: str) -> None:
        """All of this person's was deleted: no page of theirs shows it any longer."""
        for stream in tuple(self._open.get(user, ())):
            stream.end("deleted")

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        keeping = asyncio.create_task(self._keep_alive())
        try:
            await self._tell()
        finally:
            keeping.cancel()

    async def _keep_alive(self) -> None:
        for turn in cycle(self._turns):
            await asyncio.sleep(KEEP_ALIVE / TURNS)
            for stream in turn:
                stream.keep_alive()

    async def _tell(self) -> None:
        trouble = ""
        while not self._stopping:
            self._woken.clear()
            try:
                if self._last is None:
                    self._last = await asyncio.to_thread(self._store.last_shown)
                elif self._count:
                    await self._look(self._last)
                trouble = ""
            except Exception as error:  # noqa: BLE001 - pages that wait must hear of the next message
                told = str(error) if isinstance(error, StoreError) else place(error)
                if told != trouble:
                    log.error("open pages cannot be told of what is new", error=told)
                trouble = told
            await self._wait()

    async def stop(self) -> None:
        self._stopping = True
        for streams in tuple(self._open.values()):
            for stream in tuple(streams):
                stream.end("stop")
        self._woken.set()

    async def _look(self, last: int) -> None:
        while found := await asyncio.to_thread(self._store.shown_after, last, BATCH):
            self._last = last = found[-1][0]
            for user in {address.user for _, address in found}:
                for stream in self._open.get(user, ()):
                    stream.tell()
            if len(found) < BATCH:
                return

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN):
                await self._woken.wait()
        except TimeoutError:
            return
