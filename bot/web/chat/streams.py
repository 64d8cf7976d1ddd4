"""What is new on a page, as server-sent events: each message once, numbered, from the last one that the browser has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from bot.errors import StoreError
from bot.model import Address
from bot.ports import Shown
from bot.web.chat.feed import Feed, Stream

ALIVE = b"event: nhip\ndata: \n\n"  # an event, so that our script sees a line that is dead
AGAIN = b"event: lai\ndata: \n\n"  # what is shown is stored no more: load it all again
HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]

Begin = Callable[[int], "Begun"]
Look = Callable[[int], Sequence[Shown]]
Render = Callable[[Shown], str]


@dataclass(frozen=True, slots=True)
class Begun:
    """What is there when a stream begins: what the page does not show yet.

    anew  the page shows messages that there are none of any more, as after a backup was restored: it loads all again
    """

    shown: Sequence[Shown]
    anew: bool


class EventStream:
    """An answer that goes on until the browser leaves or the server stops. Raises PageRefused where there is no room for it.

    `begin` reads what is there at the beginning, `look` what comes later, both behind a number and in a thread. Where replicas
    share the store, `emptied` is asked now and then whether all was deleted, on another one or because its time is over.

    An own ASGI application, because a thousand of them are open at once.
    """

    def __init__(
        self,
        feed: Feed,
        person: Address,
        client: str,
        tab: str,
        after: int,
        *,
        begin: Begin,
        look: Look,
        render: Render,
        emptied: Callable[[], bool] | None = None,
    ) -> None:
        self._feed = feed
        self._person = person
        self._client = client
        self._tab = tab
        self._after = after
        self._begin = begin
        self._look = look
        self._render = render
        self._emptied = emptied

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._feed.open(self._person.user, self._client, self._tab) as stream:
            begun = await asyncio.to_thread(self._begin, self._after)
            leaving = asyncio.create_task(_until_left(receive, stream))
            try:
                await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
                await self._pass(send, b": \n\n")
                if begun.anew:
                    await self._pass(send, AGAIN)
                else:
                    with suppress(StoreError):  # the browser comes again, and gets what it misses
                        await self._run(begun, stream, send)
                if stream.over == "deleted":
                    await self._pass(send, b"event: xoa\ndata: \n\n")
                if stream.over != "left":
                    await send({"type": "http.response.body", "body": b""})
            finally:
                leaving.cancel()

    async def _run(self, begun: Begun, stream: Stream, send: Send) -> None:
        await self._show(begun.shown, send)
        while not stream.over:
            if await stream.news():
                self._after = max(self._after, stream.has)
                await self._show(await asyncio.to_thread(self._look, self._after), send)
            elif self._emptied is not None and self._after and await asyncio.to_thread(self._emptied):
                await self._pass(send, AGAIN)
                return
            else:
                await self._pass(send, ALIVE)

    async def _show(self, found: Sequence[Shown], send: Send) -> None:
        if found:
            await self._pass(send, "".join(event(shown.id, self._render(shown)) for shown in found).encode())
            self._after = found[-1].id

    async def _pass(self, send: Send, data: bytes) -> None:
        await send({"type": "http.response.body", "body": data, "more_body": True})


def event(number: int, html: str) -> str:
    """One event; a line of HTML is a line of data."""
    data = "".join(f"data: {line}\n" for line in html.splitlines())
    return f"id: {number}\n{data}\n"


async def _until_left(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end("left")
