"""What the tests share: the repository, the engine built once, and content that is small enough to be broken quickly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from bot.engine import Engine, build_engine
from bot.settings import Settings
from tests.tiny import make_tiny_home

settings.register_profile("no timings", deadline=None)  # how long something takes is for benchmarks/ to say
settings.load_profile("no timings")


@pytest.fixture(scope="session")
def home() -> Path:
    """The repository root: the folder with intents/, content/ and locales/."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of this run: what is built once is found again by child processes."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def engine(home: Path, cache: Path) -> Engine:
    """The real content and matcher, built once."""
    return build_engine(Settings(home=home, cache=cache, lang="vi"))


@pytest.fixture
def tiny_home(tmp_path: Path, home: Path) -> Path:
    """A folder with the smallest valid content, free to be changed."""
    return make_tiny_home(tmp_path / "tiny", home / "locales")
