"""What the contracts share: those of stores hold for every kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.ports import Store
from tests.stores import STORES, Ask, Open, Read, StoreKind

# What a store promises is asked of every kind; what stands on these promises, of the one that costs least.
OF_STORES = ("stores", "outbox", "cases", "senders", "statistics", "tokens", "transcripts", "devices")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store_kind" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".test_")[2] in OF_STORES:
        metafunc.parametrize("store_kind", list(STORES.values()), ids=list(STORES))


@pytest.fixture
def store_kind() -> StoreKind:
    return STORES["sqlite"]


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
