"""What the tests of the console share: a console on a store that lies on the disk, as it is read beside those who write."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.engine import Engine
from bot.stores.sqlite.store import SqliteStore
from tests.console.house import ConsoleHouse, console_house


@pytest.fixture
async def house(engine: Engine, store: SqliteStore) -> AsyncIterator[ConsoleHouse]:
    async with console_house(engine, store) as opened:
        yield opened
