"""What the contracts share: they hold for every store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.ports import Store
from tests.stores import STORES, Open


@pytest.fixture(params=list(STORES.values()), ids=list(STORES))
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same store, again and again, as several processes do; all are closed in the end."""
    open_in: Callable[[Path], Store] = request.param
    with ExitStack() as closing:

        def again() -> Store:
            store = open_in(tmp_path)
            closing.callback(store.close)
            return store

        yield again


@pytest.fixture
def store(opened: Open) -> Store:
    """A store of every kind, empty."""
    return opened()
