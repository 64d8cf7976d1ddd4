"""Connections that nobody else guards: how long a head may take, and how many there may be that ask for nothing.

A request counts from its first byte until its head is whole; what follows has the limits of bot/web/server.py.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any, ClassVar

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
HALF_OPEN = 256  # connections of one address without a whole head; the proxy in front is one address, and comes in bursts
TELL_AGAIN = 60.0  # seconds until the log is told once more: whoever floods us must not flood that

log = structlog.stdlib.get_logger(__name__)


class GuardedProtocol(H11Protocol):
    """One connection. Those that were answered and are kept open are not half open: uvicorn closes them in time.

    Of all that owe us a whole request, with its body, or were answered and are kept open, the oldest makes room for the newest.
    Else they were counted among those that uvicorn serves, and who asks would be turned away because of who does not.
    """

    MOST_WAITING: ClassVar[int] = 300
    _half_open: ClassVar[Counter[str]] = Counter()  # address → connections, of all servers of this process
    _waiting: ClassVar[dict[GuardedProtocol, None]] = {}  # the oldest first
    _told: ClassVar[dict[str, float]] = {}

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._counted: str | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if self._half_open[address] >= HALF_OPEN:
            self._tell("too many connections of one address ask for nothing")
            transport.abort()
            return
        self._begin(address)
        self._wait()

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        if self._counted is None and not self._is_asked():  # the next request on a connection that is kept open
            self._begin(self.client[0] if self.client else "")
        super().data_received(data)
        if self.cycle is not before:
            self._end()
        if self._is_asked() and not self.cycle.more_body:
            self._waiting.pop(self, None)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._is_asked():
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        self._waiting.pop(self, None)
        super().connection_lost(exc)

    def _is_asked(self) -> bool:
        """Whether a request with a whole head is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        """It is the other side's turn."""
        if self.transport.is_closing():
            return
        self._waiting.pop(self, None)
        self._waiting[self] = None
        if len(self._waiting) > self.MOST_WAITING:
            self._tell("too many connections ask for nothing")
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.transport.abort()

    def _begin(self, address: str) -> None:
        self._counted = address
        self._half_open[address] += 1
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _end(self) -> None:
        if self._counted is not None:
            self._half_open[self._counted] -= 1
            if not self._half_open[self._counted]:
                del self._half_open[self._counted]
            self._counted = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._end()
        self.transport.abort()

    def _tell(self, what: str) -> None:
        now = time.monotonic()
        if now - self._told.get(what, -TELL_AGAIN) >= TELL_AGAIN:
            self._told[what] = now
            log.warning(what)
