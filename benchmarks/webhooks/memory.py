"""Whether the server grows with what it has handled, and whether it gets slower."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.webhooks.stage import greeted, loaban, loaded
from benchmarks.webhooks.tables import Grid, Scale

CONNECTIONS = 64
STEPS = 10


async def memory(scale: Scale, cache: Path) -> Grid:
    """In ten steps or more, and no longer than the scale says."""
    rows: list[Sequence[str | float]] = []
    async with loaban(cache) as server:
        await greeted(server)
        await loaded(server, CONNECTIONS, updates=scale.warm)
        begin, before, handled, errors = time.monotonic(), server.resident(), 0, 0
        rows.append((0, before, 0.0, ""))
        while handled < scale.kept and time.monotonic() - begin < scale.longest:
            updates = min(scale.kept // STEPS, scale.kept - handled)
            step = await loaded(server, CONNECTIONS, updates=updates, seconds=scale.longest / STEPS)
            handled += step.result.taken
            errors += step.result.errors
            now = server.resident()
            rows.append((handled, now, now - before, step.rate))
    return Grid(
        f"Memory: {handled:,} of {scale.kept:,} updates in {time.monotonic() - begin:.0f} s, after {scale.warm:,} to warm up",
        ("updates", "resident MB", "growth MB (goal < 50)", "updates/s"),
        rows,
        f"Errors: {errors}.",
    )
