"""That something was stored, told from replica to replica: so what one stores leaves from another at once.

It is a hint. Whoever misses it looks twice a second anyway. It never goes through a transaction that does anything else: one
that notifies holds up, at its end, all others that do.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress

import psycopg

from bot.stores.postgres.speech import Link

LISTEN = b"LISTEN loaban"
NOTIFY = b"NOTIFY loaban"
AT_MOST_EVERY = 0.02  # seconds; what is stored meanwhile is told with the next one
AGAIN = 1.0  # seconds between two tries to connect


class News:
    """One connection in a thread of its own, through which is told and heard, until it is closed."""

    def __init__(self, connect: Callable[[], Link], heard: Callable[[], None]) -> None:
        """`heard` is called in that thread when another replica has told, and when something may have been missed."""
        self._connect = connect
        self._heard = heard
        self._closed = threading.Event()
        self._asking, self._asked = socket.socketpair()
        self._asking.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="news", daemon=True)
        self._thread.start()

    def tell(self) -> None:
        """Soon. It waits for nothing, and may be called from any thread."""
        with suppress(OSError):  # so much is to be told already, or it is closed
            self._asking.send(b".")

    def close(self) -> None:
        self._closed.set()
        self._asking.close()
        self._thread.join()
        self._asked.close()

    def _run(self) -> None:
        while not self._closed.is_set():
            with suppress(psycopg.Error), closing(self._connect()) as link:
                self._exchange(link)
            self._closed.wait(AGAIN)

    def _exchange(self, link: Link) -> None:
        link.execute(LISTEN)
        self._heard()
        while True:
            ready, _, _ = select.select([link.fileno(), self._asked.fileno()], [], [])
            if self._asked.fileno() in ready:
                if not self._asked.recv(1 << 16):
                    return
                link.execute(NOTIFY)
                self._closed.wait(AT_MOST_EVERY)
            if any(one.pid != link.info.backend_pid for one in list(link.notifies(timeout=0))):
                self._heard()
