"""What the contracts share: they hold for every kind of store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.ports import Store
from tests.stores import STORES, Open, Read, StoreKind


@pytest.fixture(params=list(STORES.values()), ids=list(STORES))
def store_kind(request: pytest.FixtureRequest) -> StoreKind:
    kind: StoreKind = request.param
    return kind


@pytest.fixture
def opened(store_kind: StoreKind, tmp_path: Path) -> Iterator[Open]:
    """Opens the same store, again and again, as several processes do; all are closed in the end."""
    with ExitStack() as closing:

        def again() -> Store:
            store = store_kind.opened(tmp_path)
            closing.callback(store.close)
            return store

        yield again


@pytest.fixture
def store(opened: Open) -> Store:
    """A store of every kind, empty."""
    return opened()


@pytest.fixture
def read(store: Store, store_kind: StoreKind, tmp_path: Path) -> Read:
    """Looks at what `store` holds, as the statistics do."""
    return lambda: store_kind.read(tmp_path)
