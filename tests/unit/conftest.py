"""What unit tests share: a store in memory, and people who talk with the bot and its desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from bot.engine import Engine
from bot.knowledge import reading, rules
from bot.knowledge.reading import Reading
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


Read = Callable[[Reading, Path, Any], Any]


@pytest.fixture(scope="session")
def read_once() -> Read:
    """Reads a file of the content; one in which nothing was wrong only once, in whatever folder it lies."""
    read = reading._read
    known: dict[object, Any] = {}

    def once(whole: Reading, path: Path, shape: Any) -> Any:
        key = path.relative_to(whole.home), path.read_bytes(), shape
        if key in known:
            return known[key]
        before = len(whole.problems)
        found = read(whole, path, shape)
        if found is not None and len(whole.problems) == before:
            known[key] = found
        return found

    return once


@pytest.fixture(scope="session")
def names_once() -> Callable[[str], set[str] | None]:
    return lru_cache(10_000)(rules._names)


@pytest.fixture
def remembering(monkeypatch: pytest.MonkeyPatch, read_once: Read, names_once: Callable[[str], set[str] | None]) -> None:
    """For tests that break one file after the other: the good ones beside it are read once. All rules are applied anew."""
    monkeypatch.setattr(reading, "_read", read_once)
    monkeypatch.setattr(rules, "_names", names_once)


@pytest.fixture
def officer(village: Village) -> Chat:
    """Speaks for one commune, in which two people want to hear."""
    village.subscribers(2)
    return village.staff("1", "officer", BUNG_LAO)


@pytest.fixture
def admin(village: Village) -> Chat:
    return village.staff("2", "admin")
