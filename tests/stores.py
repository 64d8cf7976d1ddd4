"""Every kind of store that there is. The contract tests run over all of them: a new one adds a line here and passes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bot.ports import StatisticsRecords, Store
from bot.stores.sqlite.reading import reading
from bot.stores.sqlite.store import SqliteStore

Open: TypeAlias = Callable[[], Store]
Read: TypeAlias = Callable[[], AbstractContextManager[StatisticsRecords]]


@dataclass(frozen=True)
class StoreKind:
    """`opened` opens the store that lies in a folder, and makes it where there is none; `read` sums up what is in it."""

    opened: Callable[[Path], Store]
    read: Callable[[Path], AbstractContextManager[StatisticsRecords]]


STORES: Mapping[str, StoreKind] = {
    "sqlite": StoreKind(lambda folder: SqliteStore(folder / "loaban.db"), lambda folder: reading(folder / "loaban.db")),
}
