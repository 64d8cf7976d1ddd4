"""What unit tests share: a store in memory, and people who talk with the bot and its desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from bot.engine import Engine
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import BUNG_LAO, Chat, Village
from tests.talking import Town


@pytest.fixture
def store(in_memory: SqliteStore) -> SqliteStore:
    return in_memory


@pytest.fixture
def town(engine: Engine) -> Iterator[Town]:
    with closing(Town(engine)) as opened:
        yield opened


@pytest.fixture
def village(engine: Engine) -> Iterator[Village]:
    with closing(Village(engine)) as opened:
        yield opened


@pytest.fixture
def officer(village: Village) -> Chat:
    """Speaks for one commune, in which two people want to hear."""
    village.subscribers(2)
    return village.staff("1", "officer", BUNG_LAO)


@pytest.fixture
def admin(village: Village) -> Chat:
    return village.staff("2", "admin")
