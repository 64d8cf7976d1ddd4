"""A restart with many open pages: how soon the server has stopped, and how soon all pages are back, as our script does it."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.web.stage import Resident, listen, loaban_page, started
from benchmarks.web.tables import Scale
from benchmarks.webhooks.tables import Grid

Open = tuple[asyncio.StreamReader, asyncio.StreamWriter]

FIRST, LONGEST = 3.0, 60.0  # seconds, as in chat.js


async def restart(scale: Scale, cache: Path) -> Grid:
    back: list[float] = []
    async with loaban_page(cache) as page:
        opened = [(one, await listen(page.port, one)) for one in map(Resident, range(scale.streams))]
        assert page.process is not None
        pages = [asyncio.create_task(_stays(page.port, one, line, back)) for one, line in opened]
        begin = time.perf_counter()
        code, _ = await page.process.signalled(signal.SIGTERM)
        stopped = time.perf_counter() - begin
        begin = time.perf_counter()
        await started(page.process, page.port)
        ready = time.perf_counter()
        async with asyncio.timeout(120):
            await asyncio.gather(*pages)
        first, last = min(back), max(back)
        by_second = [int(at - first) for at in back]
        most = max(by_second.count(second) for second in set(by_second))
    return Grid(
        f"A restart with {scale.streams:,} open pages",
        ("exit code", "stopped after s", "serves again after s", "all pages back after s more", "most in a second"),
        [(code, stopped, ready - begin, last - ready, most)],
    )


async def _stays(port: int, one: Resident, line: Open, back: list[float]) -> None:
    """An open page: when its stream ends, it comes again after growing, random pauses."""
    reader, writer = line
    with suppress(ConnectionError):
        while await reader.read(1000):
            pass
    writer.close()
    pause = FIRST
    while True:
        await asyncio.sleep(pause * (0.3 + 0.7 * random.random()))
        pause = min(LONGEST, 2 * pause)
        try:
            _, writer = await listen(port, one)
        except (OSError, EOFError):
            continue
        back.append(time.perf_counter())
        writer.close()
        return
