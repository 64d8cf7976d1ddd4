"""When to look at the content: told by the file system, and now and then in any case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import structlog
from watchfiles import Change, awatch

from bot.knowledge.files import FOLDERS

LOOK_EVERY = 5.0  # seconds; by then is seen what nobody tells of: on network drives, in folders put in place of others
STILL = 400  # milliseconds without another change
LONGEST = 5_000  # milliseconds of changes without a pause
KINDS = (".yaml", ".po", ".sha256", "")  # of files that count, and of folders

log = structlog.stdlib.get_logger(__name__)


async def content_changes(home: Path, look_every: float = LOOK_EVERY) -> AsyncIterator[None]:
    """A moment to look, again and again, until cancelled: after changes, and when nothing was told for `look_every` seconds."""
    while True:
        folders = _folders(home)
        watched = awatch(
            *folders,
            watch_filter=_may_count,
            step=STILL,
            debounce=LONGEST,
            rust_timeout=int(look_every * 1000),
            yield_on_timeout=True,
        )
        try:
            async with aclosing(watched):
                async for _ in watched:
                    yield
                    if _folders(home) != folders:
                        break  # others stand in their places, of which nobody would tell
        except OSError as error:  # too many watches on this machine, or a folder that went
            log.warning("content is not watched, only looked at now and then", error=str(error))
            await asyncio.sleep(look_every)
            yield


def _folders(home: Path) -> dict[Path, int]:
    """Those that are there, each with its inode."""
    return {folder: folder.stat().st_ino for name in FOLDERS if (folder := home / name).is_dir()}


def _may_count(_: Change, path: str) -> bool:
    """Editors write `.x.yaml.swp`, `x.yaml~` and `4913` beside a file. What passes here is looked at, no more."""
    return Path(path).suffix in KINDS and not Path(path).name.startswith(".")
