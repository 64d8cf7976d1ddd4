"""What the tests share: the repository, the engine built once, and content that is small enough to be broken quickly."""

from __future__ import annotations

import fcntl
import gc
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from bot.delivery.backoff import Backoff
from bot.engine import Engine, build_engine
from bot.settings import Settings
from bot.stores.sqlite.store import SqliteStore
from tests import databases, left_out, side_by_side, slow
from tests.tiny import make_tiny_home

settings.register_profile("no timings", deadline=None)  # how long something takes is for benchmarks/ to say
settings.load_profile("no timings")

KEPT_UNTIL = datetime(2100, 1, 1, tzinfo=UTC).timestamp()  # a cache drops what is oldest, whatever tests build beside this


def pytest_configure(config: pytest.Config) -> None:
    for plugin in (databases, left_out, side_by_side, slow):
        config.pluginmanager.register(plugin)


def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores, because many tests wait."""
    return len(os.sched_getaffinity(0)) + 2


def pytest_collection_finish() -> None:
    _freeze()


def _freeze() -> None:
    """What is there now stays until the end: the collector of garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def home() -> Path:
    """The repository root: the folder with intents/, content/ and locales/."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """A cache folder, in which every process under test finds the engine of the real content."""
    folder = tmp_path_factory.mktemp("cache")
    built = built_once(_of_the_whole_run(tmp_path_factory), home)
    (folder / built.name).hardlink_to(built)
    return folder


@pytest.fixture(scope="session")
def engine(home: Path, cache: Path) -> Engine:
    """The real content and matcher, built once."""
    built = build_engine(Settings(home=home, cache=cache, lang="vi"))
    _freeze()
    return built


def built_once(folder: Path, home: Path) -> Path:
    """The file of the real content's engine in `folder`: the first worker builds it, the others wait for that."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        build_engine(Settings(home=home, cache=folder, lang="vi"))
        [built] = folder.glob("engine-*.pickle")
        os.utime(built, (KEPT_UNTIL, KEPT_UNTIL))
        return built


def _of_the_whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers know, beside those that each has for itself."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "engines"


@pytest.fixture
def tiny_home(tmp_path: Path, home: Path) -> Path:
    """A folder with the smallest valid content, free to be changed."""
    return make_tiny_home(tmp_path / "tiny", home / "locales")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the database of this test lies; nothing is there yet."""
    return tmp_path / "loaban.db"


@pytest.fixture
def store(database: Path) -> Iterator[SqliteStore]:
    """The database as `loaban run` has it open. Unit tests have it in memory, contracts of every kind: see their conftest."""
    with closing(SqliteStore(database)) as opened:
        yield opened


@pytest.fixture
def in_memory() -> Iterator[SqliteStore]:
    """An empty store that nobody else can open."""
    with closing(SqliteStore(":memory:")) as opened:
        yield opened


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again, and what may have changed is looked at again, after hundredths of a second."""
    channels = ("bot.channels.polling", "bot.channels.zalo_bot.polling")
    for module in ("bot.delivery.replies", "bot.delivery.announcements", "bot.delivery.outcomes", *channels):
        monkeypatch.setattr(f"{module}.Backoff", partial(Backoff, first=0.01))
    for name, seconds in (("RENEW", 0.05), ("ASK_AGAIN", 0.02), ("LOOK_AGAIN", 0.02), ("ROOM_AGAIN", 0.02)):
        monkeypatch.setattr(f"bot.delivery.announcements.{name}", seconds)
    monkeypatch.setattr("bot.delivery.outcomes.FIRST_RETRY", 0.01)
    monkeypatch.setattr("bot.channels.spacing.BURST", 1000)
    monkeypatch.setattr("bot.delivery.channel_health.FIRST_WAIT", 0.01)
    monkeypatch.setattr("bot.delivery.outcomes.RECHECK", timedelta(seconds=0.01))
