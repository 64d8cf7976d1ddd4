"""Where the time of an update goes, coarsely."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
from pathlib import Path

from benchmarks.delivery.stage import happened
from benchmarks.webhooks.stage import greeted, loaban, loaded
from benchmarks.webhooks.tables import Grid, Scale

CONNECTIONS = (1, 8, 64)
PARTS = (
    "matching",
    "dialogue around it",
    "SQLite, records and commit",
    "JSON in, reading the update",
    "JSON out",
    "HTTP, event loop, threads",
    "all",
    "the transaction by the clock, a batch shares it",
)


async def profile(scale: Scale, cache: Path) -> Grid:
    """Milliseconds of processor time an update, of a process of its own with a stopwatch in it."""
    columns = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "spent.json"
        async with loaban(cache, "benchmarks.webhooks.profiled", str(file), "run") as server:
            await greeted(server)
            for connections in CONNECTIONS:
                before = await _spent(server.pid, file)
                result = (await loaded(server, connections, seconds=scale.profiled)).result
                after = await _spent(server.pid, file)
                columns.append(_parts({name: 1000 * (after[name] - before.get(name, 0)) / result.taken for name in after}))
    return Grid(
        f"Profile: where the CPU ms of an update go, {scale.profiled:g} s each",
        ("part, and the number of connections", *(f"at {connections}" for connections in CONNECTIONS)),
        [(part, *(f"{column[part]:.2f}" for column in columns)) for part in PARTS],
    )


def _parts(ms: dict[str, float]) -> dict[str, float]:
    inside = ms["respond"] + ms["in_response"]
    return {
        "matching": ms["match"],
        "dialogue around it": ms["respond"] - ms["match"],
        "SQLite, records and commit": ms["answer"] - inside,
        "JSON in, reading the update": ms["receive"],
        "JSON out": ms["in_response"],
        "HTTP, event loop, threads": ms["all"] - ms["receive"] - ms["answer"],
        "all": ms["all"],
        "the transaction by the clock, a batch shares it": ms["answer by the clock"],
    }


async def _spent(pid: int, file: Path) -> dict[str, float]:
    await asyncio.to_thread(file.unlink, missing_ok=True)
    os.kill(pid, signal.SIGUSR1)
    await happened(file.exists, seconds=10)
    found: dict[str, float] = json.loads(await asyncio.to_thread(file.read_text, "utf-8"))
    return found
