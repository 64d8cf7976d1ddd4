"""What comes in: one process on a file, and one, two and four replicas on a server, which take turns."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.replicas.scale import Scale
from benchmarks.replicas.stage import cpu, served
from benchmarks.webhooks.stage import CHATS, FIRST_CHAT, Server, loaban, loaded
from benchmarks.webhooks.tables import Grid
from tests import postgres

CONNECTIONS = 64  # of the vendor, over all replicas
UPDATES_APART = 10_000_000  # the ids of what is brought to one replica, and to the next


@dataclass(frozen=True, slots=True)
class Turn:
    """What a contestant took: `application` and `database` in seconds of processor time, the others in seconds."""

    taken: int
    errors: int
    elapsed: float
    application: float
    database: float
    p50: float
    p95: float


async def updates(scale: Scale, cache: Path) -> Grid:
    """In rounds, so that what else the machine does hits all of them; medians of the rounds."""
    with served() as database:
        url = database.create("loaban")
        async with AsyncExitStack() as opened:
            alone = await opened.enter_async_context(loaban(cache))
            shared = [await opened.enter_async_context(loaban(cache, LOABAN_DB=url, LOABAN_REPLICA=name)) for name in "abcd"]
            for number, one in enumerate(shared):
                one.next_update = 1 + number * UPDATES_APART
            await _greeted(0, alone)
            await asyncio.gather(*(_greeted(number, one) for number, one in enumerate(shared)))
            contestants = {"SQLite, one process": [alone]} | {
                f"PostgreSQL, {number} of four replicas": shared[:number] for number in (1, 2, 4)
            }
            found = await _rounds(scale, contestants, database)
    return Grid(
        f"Updates by webhook over {CONNECTIONS} connections, every commit on disk",
        ("store", "updates/s", "CPU ms an update: application", "database", "p50 ms", "p95 ms", "errors"),
        [_row(name, turns) for name, turns in found.items()],
        "Replicas that are brought nothing run beside those that are; their processor time is not counted.",
    )


async def _greeted(number: int, server: Server) -> None:
    result = (await loaded(server, 8, updates=CHATS, first_chat=_chats(number), texts=["/start"])).result
    assert result.taken == CHATS


async def _rounds(
    scale: Scale, contestants: Mapping[str, Sequence[Server]], database: postgres.Server
) -> Mapping[str, list[Turn]]:
    for servers in contestants.values():
        await _turn(servers, database, scale.seconds / 2)
    found: dict[str, list[Turn]] = {name: [] for name in contestants}
    for _ in range(scale.rounds):
        for name, servers in contestants.items():
            found[name].append(await _turn(servers, database, scale.seconds))
    return found


async def _turn(servers: Sequence[Server], database: postgres.Server, seconds: float) -> Turn:
    before = cpu(database)
    each = await asyncio.gather(
        *(
            loaded(server, CONNECTIONS // len(servers), seconds=seconds, first_chat=_chats(number))
            for number, server in enumerate(servers)
        )
    )
    spent, results = cpu(database) - before, [one.result for one in each]
    return Turn(
        sum(result.taken for result in results),
        sum(result.errors for result in results),
        max(result.elapsed for result in results),
        sum(one.cpu for one in each),
        spent,
        statistics.median(result.p50 for result in results),
        max(result.p95 for result in results),
    )


def _chats(number: int) -> int:
    """The first chat of those who write to this one: two clients must not walk through the same chats in step."""
    return FIRST_CHAT + number * CHATS


def _row(name: str, turns: Sequence[Turn]) -> Sequence[str | float]:
    return (
        name,
        statistics.median(turn.taken / turn.elapsed for turn in turns),
        statistics.median(1000 * turn.application / turn.taken for turn in turns),
        "" if name.startswith("SQLite") else statistics.median(1000 * turn.database / turn.taken for turn in turns),
        1000 * statistics.median(turn.p50 for turn in turns),
        1000 * statistics.median(turn.p95 for turn in turns),
        sum(turn.errors for turn in turns),
    )
