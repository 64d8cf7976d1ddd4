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
async def house(engine: Engine, store: SqliteStore, database: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(engine, store, usual(console_listen="127.0.0.1:8082", db=database)) as opened:
        yield opened
