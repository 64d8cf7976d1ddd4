"""Open pages of staff, and who tells them which subject has changed. They fetch it anew by themselves, as whoever they are."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

import structlog
from starlette.types import Receive, Scope, Send

from bot.errors import StoreError
from bot.logs import place
from bot.ports import Store
from bot.web.chat.requests import PageRefused
from bot.web.chat.streams import ALIVE, HEADERS

STREAMS = 200
STREAMS_OF_PERSON = 8  # tabs
LOOK_AGAIN = 1.0  # seconds until other processes are looked after
KEEP_ALIVE = 25.0  # seconds; proxies hang up on what says nothing for a minute

log = structlog.stdlib.get_logger(__name__)


class Listener:
    """One open page: the subjects that have changed since it was told last, and why it ends."""

    def __init__(self) -> None:
        self._changed: set[str] = set()
        self._woken = asyncio.Event()
        self.over: Literal["", "stop", "left"] = ""

    def tell(self, subjects: set[str]) -> None:
        self._changed |= subjects
        self._woken.set()

    def end(self, why: Literal["stop", "left"]) -> None:
        self.over = self.over or why
        self._woken.set()

    async def changed(self) -> set[str]:
        """Waits until something has, or has to be a sign of life; then it is empty."""
        try:
            async with asyncio.timeout(KEEP_ALIVE):
                await self._woken.wait()
        except TimeoutError:
            return set()
        self._woken.clear()
        found, self._changed = self._changed, set()
        return found


class News:
    """`Sender` of the console: run `run()` as a task; `wake()` says that something was stored, and is safe from any thread."""

    def __init__(self, store: Store, more: Callable[[], Mapping[str, str]] = dict) -> None:
        """`more` are marks of subjects that do not lie in the store."""
        self._store = store
        self._more = more
        self._open: set[Listener] = set()
        self._of_person: Counter[int] = Counter()
        self._marks: Mapping[str, str] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._stopping = False

    def __len__(self) -> int:
        """How many pages are open."""
        return len(self._open)

    def wake(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    @contextmanager
    def open(self, person: int) -> Iterator[Listener]:
        """Raises PageRefused for want of room."""
        if self._stopping or len(self._open) >= STREAMS or self._of_person[person] >= STREAMS_OF_PERSON:
            raise PageRefused(503, "full")
        listener = Listener()
        self._open.add(listener)
        self._of_person[person] += 1
        self._woken.set()
        try:
            yield listener
        finally:
            self._open.discard(listener)
            self._of_person[person] -= 1

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        trouble = ""
        while not self._stopping:
            self._woken.clear()
            try:
                if self._open:
                    await self._look()
                trouble = ""
            except Exception as error:  # noqa: BLE001 - pages that wait must hear of the next change
                told = str(error) if isinstance(error, StoreError) else place(error)
                if told != trouble:
                    log.error("open pages of the console cannot be told of what is new", error=told)
                trouble = told
            await self._wait()

    async def stop(self) -> None:
        self._stopping = True
        for listener in tuple(self._open):
            listener.end("stop")
        self._woken.set()

    async def _look(self) -> None:
        marks = await asyncio.to_thread(self._now)
        changed = {subject for subject, one in marks.items() if self._marks.get(subject) != one}
        self._marks = marks
        if changed:
            for listener in tuple(self._open):
                listener.tell(changed)

    def _now(self) -> Mapping[str, str]:
        with self._store.viewing() as view:
            return {**view.change_marks(), **self._more()}

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN):
                await self._woken.wait()
        except TimeoutError:
            return


class NewsStream:
    """An answer that goes on until the browser leaves, the server stops, or `still_in` says no. Raises PageRefused.

    An event is the names of what changed, and nothing of it: what somebody may see is decided where they fetch it.
    """

    def __init__(self, news: News, person: int, still_in: Callable[[], Awaitable[bool]]) -> None:
        self._news = news
        self._person = person
        self._still_in = still_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._news.open(self._person) as listener:
            leaving = asyncio.create_task(_until_left(receive, listener))
            try:
                await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
                await _pass(send, b": \n\n")
                while not listener.over:
                    changed = await listener.changed()
                    if listener.over or not await self._still_in():
                        break
                    await _pass(send, _event(changed) if changed else ALIVE)
                if listener.over != "left":
                    await send({"type": "http.response.body", "body": b""})
            finally:
                leaving.cancel()


def _event(subjects: set[str]) -> bytes:
    return f"event: doi\ndata: {' '.join(sorted(subjects))}\n\n".encode()


async def _pass(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def _until_left(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end("left")
