"""What open pages cost: memory, processor time while nothing happens, and how long a webhook waits beside them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from benchmarks.web.stage import CONNECTIONS, Page, Resident, bare_page, exchange, listen, loaban_page
from benchmarks.web.tables import Scale
from benchmarks.webhooks.stage import loaban, loaded
from benchmarks.webhooks.tables import Grid
from tests.processes import free_port

SETTLED = 3.0  # seconds


async def streams(scale: Scale, cache: Path) -> Grid:
    rows = []
    async with loaban_page(cache) as ours:
        rows.append(await _measured(ours, scale))
    async with bare_page() as bare:
        rows.append(await _measured(bare, scale))
    return Grid(
        f"{scale.streams:,} open pages",
        ("server", "kB each", "% of a core, idle with no page open", "with all of them", "a message reaches its page after ms"),
        rows,
    )


async def _measured(page: Page, scale: Scale) -> tuple[str | float, ...]:
    talking = await asyncio.open_connection("127.0.0.1", page.port)
    writing = Resident(1)
    await exchange(*talking, page.port, writing, "xin chào")  # whatever is loaded with the first message is there
    await asyncio.sleep(SETTLED)
    alone = await _idle(page, scale.idle / 2)
    before = page.resident()
    people = [writing, *(Resident(number) for number in range(2, scale.streams + 1))]
    opened = [await listen(page.port, one) for one in people]
    await asyncio.sleep(SETTLED)
    each = 1024 * (page.resident() - before) / scale.streams
    idle = await _idle(page, scale.idle)
    told: str | float = "–"
    if page.process is not None:
        talking[1].close()  # nobody was served on it for longer than one is kept open
        talking = await asyncio.open_connection("127.0.0.1", page.port)
        at = time.perf_counter()
        posting = asyncio.create_task(exchange(*talking, page.port, writing, "cháy nhà rồi"))
        await opened[0][0].readuntil(b"114")
        told = 1000 * (time.perf_counter() - at)
        await posting
    for _, writer in (talking, *opened):
        writer.close()
    return page.name, each, alone, idle, told


async def _idle(page: Page, seconds: float) -> float:
    """Percent of a core, while nothing happens."""
    spent, begin = page.cpu(), time.perf_counter()
    await asyncio.sleep(seconds)
    return 100 * (page.cpu() - spent) / (time.perf_counter() - begin)


async def webhooks(scale: Scale, cache: Path) -> Grid:
    """Both listeners of one process: the waits of webhooks, before the pages are open and while they are."""
    port = free_port()
    rows: list[tuple[str | float, ...]] = []
    async with loaban(cache, LOABAN_WEB_LISTEN=f"127.0.0.1:{port}") as server:
        await loaded(server, 4, seconds=scale.seconds)
        for count in (0, scale.streams):
            opened = [await listen(port, Resident(number)) for number in range(count)]
            found = [(await loaded(server, 4, seconds=scale.seconds)).result for _ in range(scale.rounds)]
            rows.append(
                (
                    count,
                    sum(one.taken for one in found) / sum(one.elapsed for one in found),
                    *(1000 * sum(getattr(one, name) for one in found) / len(found) for name in ("p50", "p95")),
                    sum(one.errors for one in found),
                )
            )
            for _, writer in opened:
                writer.close()
    return Grid(
        f"Telegram's webhooks beside open pages, 4 at once ({CONNECTIONS:,} connections are the page's own)",
        ("open pages", "updates/s", "p50 ms", "p95 ms", "errors"),
        rows,
    )
