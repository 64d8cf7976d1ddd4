"""Messages a second through the page, stored and answered, beside a bare page that stores nothing."""

from __future__ import annotations

from pathlib import Path

from benchmarks.delivery.tables import percentile
from benchmarks.web.stage import Page, Posted, bare_page, loaban_page, post
from benchmarks.web.tables import Scale
from benchmarks.webhooks.tables import Grid

AT_ONCE = (1, 16)


async def messages(scale: Scale, cache: Path) -> Grid:
    """In rounds, contestant after contestant, so that what else the machine does hits both; all rounds together."""
    rows = []
    async with loaban_page(cache) as ours, bare_page() as bare:
        first = 0
        for page in (ours, bare):
            await post(page, 4, scale.seconds / 2, 900_000)
        for connections in AT_ONCE:
            found: dict[str, list[Posted]] = {ours.name: [], bare.name: []}
            for _ in range(scale.rounds):
                for page in (ours, bare):
                    found[page.name].append(await post(page, connections, scale.seconds, first))
                    first += len(found[page.name][-1].waits) + connections
            rows += [_row(connections, page, found[page.name]) for page in (ours, bare)]
    return Grid(
        "Messages on the page, each stored and answered",
        ("at once", "server", "messages/s", "p50 ms", "p99 ms", "ms of a core each", "refused"),
        rows,
        "Each message is of somebody new: a talk is begun with it.",
    )


def _row(connections: int, page: Page, rounds: list[Posted]) -> tuple[str | float, ...]:
    waits = [1000 * wait for one in rounds for wait in one.waits]
    rate = len(waits) / sum(one.elapsed for one in rounds)
    each = 1000 * sum(one.cpu for one in rounds) / len(waits)
    return connections, page.name, rate, percentile(waits, 50), percentile(waits, 99), each, sum(one.refused for one in rounds)
