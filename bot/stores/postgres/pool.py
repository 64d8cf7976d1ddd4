"""Connections to one server: few, kept open, and made anew where the server went away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg.pq import TransactionStatus

from bot.errors import StoreError
from bot.stores.postgres.speech import Link


class Pool:
    """At most `size` connections at a time, for any number of threads. Whoever has waited `wait` seconds hears StoreError."""

    def __init__(self, connect: Callable[[], Link], size: int, wait: float) -> None:
        self._connect = connect
        self._wait = wait
        self._places = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[Link] = []
        self._waiting = 0
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many threads wait for a connection at this moment."""
        return self._waiting

    @contextmanager
    def link(self, begin: Callable[[Link], None] = lambda link: None) -> Iterator[Link]:
        """One of them, of which `begin` was done. One that comes back in the middle of something is not used again.

        Where the server has gone since it was last used, `begin` is done once more on a new one. Raises StoreError,
        psycopg.Error.
        """
        with self._place():
            link = self._begun(begin)
            try:
                yield link
            finally:
                self._put_back(link)

    def drop_idle(self) -> None:
        """Those that nobody uses: the server they lead to has gone."""
        with self._lock:
            idle, self._idle = self._idle, []
        for link in idle:
            link.close()

    def close(self) -> None:
        self._closed = True
        self.drop_idle()

    @contextmanager
    def _place(self) -> Iterator[None]:
        with self._lock:
            self._waiting += 1
        try:
            found = self._places.acquire(timeout=self._wait)
        finally:
            with self._lock:
                self._waiting -= 1
        if not found:
            raise StoreError("all connections to the database are in use")
        try:
            yield
        finally:
            self._places.release()

    def _begun(self, begin: Callable[[Link], None]) -> Link:
        try:
            return self._begun_on(self._taken(), begin)
        except psycopg.Error as error:
            if not is_gone(error):
                raise
        self.drop_idle()
        return self._begun_on(self._taken(), begin)

    def _begun_on(self, link: Link, begin: Callable[[Link], None]) -> Link:
        try:
            begin(link)
        except BaseException:
            link.close()
            raise
        return link

    def _taken(self) -> Link:
        if self._closed:
            raise StoreError("the database is closed")
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _put_back(self, link: Link) -> None:
        if not self._closed and link.info.transaction_status == TransactionStatus.IDLE:
            with self._lock:
                self._idle.append(link)
        else:
            link.close()


def is_gone(error: psycopg.Error) -> bool:
    """Whether the connection is of no use any more: the server ended, or it was told to end this connection."""
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
