"""What is new on a page, as server-sent events: each message once, numbered, from the last one that the browser has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from bot.errors import StoreError
from bot.model import Address
from bot.ports import Shown
from bot.web.chat.feed import Feed, Stream

KEEP_ALIVE = 25.0  # seconds; proxies hang up on what says nothing for a minute
ALIVE = b"event: nhip\ndata: \n\n"  # an event, so that our script sees a line that is dead
AGAIN = b"event: lai\ndata: \n\n"  # what is shown is stored no more: load it all again
HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]

Look = Callable[[int], Sequence[Shown]]
Render = Callable[[Shown], str]


class EventStream:
    """An answer that goes on until the browser leaves or the server stops. `look` reads what is behind a number.

    `anew`: the browser shows messages that there are none of any more, as after a backup was restored: it loads all again.

    An own ASGI application, because a thousand of them are open at once.
    """

    def __init__(self, feed: Feed, person: Address, after: int, look: Look, render: Render, *, anew: bool = False) -> None:
        self._anew = anew
        self._feed = feed
        self._person = person
        self._after = after
        self._look = look
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._feed.open(self._person.user) as stream:
            leaving = asyncio.create_task(_until_left(receive, stream))
            try:
                await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
                await self._pass(send, b": \n\n")
                if self._anew:
                    await self._pass(send, AGAIN)
                else:
                    with suppress(StoreError):  # the browser comes again, and gets what it misses
                        await self._run(stream, send)
                if stream.over == "deleted":
                    await self._pass(send, b"event: xoa\ndata: \n\n")
                if stream.over != "left":
                    await send({"type": "http.response.body", "body": b""})
            finally:
                leaving.cancel()

    async def _run(self, stream: Stream, send: Send) -> None:
        new = True
        while not stream.over:
            if new:
                await self._catch_up(send)
            elif self._after and not await asyncio.to_thread(self._look, 0):
                await self._pass(send, AGAIN)  # on another replica all of it was deleted, or its time is over
                return
            else:
                await self._pass(send, ALIVE)
            new = await stream.news(KEEP_ALIVE)

    async def _catch_up(self, send: Send) -> None:
        found = await asyncio.to_thread(self._look, self._after)
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
