"""Updates a second through the webhook, and what one costs, beside a bare echo and beside no bot at all."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.webhooks.stage import Loaded, Server, greeted, loaban, loaded, rival
from benchmarks.webhooks.tables import Grid, Scale

CONNECTIONS = (1, 8, 64)
GOAL = 60  # percent of the echo


async def throughput(scale: Scale, cache: Path) -> Grid:
    """In rounds, contestant after contestant, so that what else the machine does hits all of them; medians of the rounds."""
    rows: list[Sequence[str | float]] = []
    bare = 0.0
    async with (
        loaban(cache) as ours,
        rival("echo", "python-telegram-bot echo") as echo,
        rival("json", "JSON in and out") as plain,
    ):
        await greeted(ours)
        for server in (ours, echo, plain):
            await loaded(server, 8, seconds=scale.seconds / 2)
        for connections in CONNECTIONS:
            found: dict[str, list[Loaded]] = {server.name: [] for server in (ours, echo, plain)}
            for _ in range(scale.rounds):
                for server in (ours, echo, plain):
                    found[server.name].append(await loaded(server, connections, seconds=scale.seconds))
            bare += sum(one.result.bare for one in found[ours.name])
            rows.extend(_rows(connections, (ours, echo, plain), found))
    return Grid(
        "Webhook: updates taken, each answered in the response",
        (
            "connections",
            "server",
            "updates/s",
            "CPU ms an update",
            "updates/s a core",
            f"of the echo, a core (goal ≥ {GOAL} %)",
            "of the echo, by the clock",
            "p50 ms",
            "p95 ms",
            "errors",
            "the client's core",
        ),
        rows,
        f"Everybody was greeted before; {bare:,.0f} answers of Loa Bản went out by calls, not in the response.",
    )


def _rows(connections: int, servers: Sequence[Server], found: dict[str, list[Loaded]]) -> list[Sequence[str | float]]:
    echo = servers[1].name
    return [
        (
            connections,
            server.name,
            _rate(found[server.name]),
            1000 / _per_core(found[server.name]),
            _per_core(found[server.name]),
            f"{100 * _per_core(found[server.name]) / _per_core(found[echo]):.0f} %",
            f"{100 * _rate(found[server.name]) / _rate(found[echo]):.0f} %",
            statistics.median(one.result.p50 for one in found[server.name]) * 1000,
            statistics.median(one.result.p95 for one in found[server.name]) * 1000,
            sum(one.result.errors for one in found[server.name]),
            f"{100 * statistics.median(one.result.cpu / one.result.elapsed for one in found[server.name]):.0f} %",
        )
        for server in servers
    ]


def _rate(loads: Sequence[Loaded]) -> float:
    return statistics.median(one.rate for one in loads)


def _per_core(loads: Sequence[Loaded]) -> float:
    return statistics.median(one.per_core for one in loads)
