"""Connections that nobody else guards: how long a head may take, and how many an address may have that ask for nothing.

A request counts from its first byte until its head is whole; what follows has the limits of bot/web/server.py.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, ClassVar

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
HALF_OPEN = 256  # connections of one address without a whole head; the proxy in front is one address, and comes in bursts

log = structlog.stdlib.get_logger(__name__)


class GuardedProtocol(H11Protocol):
    """One connection. Those that were answered and are kept open are not half open: uvicorn closes them in time."""

    _half_open: ClassVar[Counter[str]] = Counter()  # address → connections, of all servers of this process

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._counted: str | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if self._half_open[address] >= HALF_OPEN:
            log.warning("too many connections of one address ask for nothing")
            transport.abort()
            return
        self._begin(address)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        if self._counted is None and not self._is_asked():  # the next request on a connection that is kept open
            self._begin(self.client[0] if self.client else "")
        super().data_received(data)
        if self.cycle is not before:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def _is_asked(self) -> bool:
        """Whether a request with a whole head is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

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
