"""What the contracts share: they hold for every kind of store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.ports import Store
from tests.stores import STORES, Ask, Open, Read, StoreKind


@pytest.fixture(params=list(STORES.values()), ids=list(STORES))
def store_kind(request: pytest.FixtureRequest) -> StoreKind:
    kind: StoreKind = request.param
    return kind


@pytest.fixture
def place(store_kind: StoreKind, tmp_path: Path) -> str:
    """Where the store of this test lies; nothing is in it."""
    return store_kind.place(tmp_path)


@pytest.fixture
def ask(store_kind: StoreKind, place: str) -> Ask:
    """Runs a statement beside `store`, and returns the rows."""
    return lambda sql, *values: store_kind.ask(place, sql, values)


@pytest.fixture
def opened(store_kind: StoreKind, place: str) -> Iterator[Open]:
    """Opens the same store, again and again, as several processes do; all are closed in the end."""
    with ExitStack() as closing:

        def again() -> Store:
            store = store_kind.opened(place)
            closing.callback(store.close)
            return store

        yield again


@pytest.fixture
def store(opened: Open) -> Store:
    """A store of every kind, empty."""
    return opened()


@pytest.fixture
def read(store: Store, store_kind: StoreKind, place: str) -> Read:
    """Looks at what `store` holds, as the statistics do."""
    return lambda: store_kind.read(place)
