"""Which databases the tests have open: whatever opens one closes it, or the test fails in which that was forgotten.

Python 3.13 warns of a connection that is collected while it is open, older ones say nothing; so it is counted here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from functools import partial
from typing import Any

import pytest

_open: dict[int, Watched] = {}


class Watched(sqlite3.Connection):
    """A connection that is held until it is closed, so that no collecting of garbage hides it."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.database = str(arguments[0])
        _open[id(self)] = self

    def close(self) -> None:
        super().close()
        _open.pop(id(self), None)


def pytest_sessionstart() -> None:
    """From here on every connection is counted that `sqlite3.connect` opens in this process."""
    sqlite3.connect = partial(sqlite3.connect, factory=Watched)  # type: ignore[assignment]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    yield
    left = _left_open()
    if left:
        pytest.fail(f"left open: {', '.join(left)}", pytrace=False)


def _left_open() -> list[str]:
    """The files of the connections that are open now. They are closed, so that each is told of once."""
    left = list(_open.values())
    for connection in left:
        connection.close()
    return [connection.database for connection in left]
