"""Every store that there is. The contract tests run over all of them: a new one adds a line here and passes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from bot.ports import Store
from bot.stores.sqlite.store import SqliteStore

Open: TypeAlias = Callable[[], Store]

# Each opens the store that lies in a folder, and makes it where there is none.
STORES: Mapping[str, Callable[[Path], Store]] = {"sqlite": lambda folder: SqliteStore(folder / "loaban.db")}
