"""What the tests of the console share: a console on a store that lies on the disk, as it is read beside those who write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.engine import Engine
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import usual
from tests.console.house import ConsoleHouse, console_house


@pytest.fixture
async def house(engine: Engine, store: SqliteStore, database: Path, tiny_home: Path) -> AsyncIterator[ConsoleHouse]:
    """It answers from the real content; what is proposed is upon the tiny one."""
    settings = usual(console_listen="127.0.0.1:8082", db=database, home=tiny_home, proposals=tiny_home.with_name("proposals"))
    async with console_house(engine, store, settings) as opened:
        yield opened
