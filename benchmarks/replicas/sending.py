"""What goes out of four replicas: the rate that they keep together, how soon another goes on, how soon an answer leaves."""

from __future__ import annotations

import asyncio
import random
import signal
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from benchmarks.delivery.stage import LATENCY, ON_THE_WIRE, RATE, happened, sends
from benchmarks.delivery.tables import Row, Table, most_in_a_second, percentile
from benchmarks.replicas.scale import Scale
from benchmarks.replicas.stage import served
from bot.model import Address, Reply
from bot.stores.postgres.store import PostgresStore
from tests.announcing import announce, subscribe
from tests.faults.replica_processes import Replica, replicas
from tests.stubs.bot_api import BotApi

NAMES = "abcd"
BETWEEN_ANSWERS = (0.01, 0.6)  # seconds


@asynccontextmanager
async def staged(people: int) -> AsyncIterator[tuple[BotApi, PostgresStore, list[Replica]]]:
    """Four replicas at work, and `people` who subscribed."""
    with served() as server, tempfile.TemporaryDirectory() as folder:
        url = server.create("loaban")
        with closing(PostgresStore(url)) as store:
            async with BotApi(latency=LATENCY) as api, replicas(api, url, Path(folder), RATE, NAMES) as found:
                for chat in range(people + 1):
                    api.chat(chat)
                await asyncio.to_thread(subscribe, store, people)
                await happened(lambda: any(one.leads() for one in found), seconds=60)
                yield api, store, found


async def _announced(store: PostgresStore) -> None:
    await asyncio.to_thread(announce, store, now=datetime.now(UTC), must=True, urgent=True)


async def rate(scale: Scale) -> Table:
    async with staged(scale.recipients) as (api, store, _):
        await _announced(store)
        await happened(lambda: len(api.sent) >= scale.recipients, seconds=60 + 3 * scale.recipients / RATE)
        times = [call.at for call in sends(api)]
    uneven = [abs(later - at - 1 / RATE) * 1000 for at, later in pairwise(times)]
    return Table(
        f"Rate: {scale.recipients:,} recipients at {RATE:g} a second, four replicas",
        [
            Row("share of the rate that is used", 100 * (len(times) - 1) / (RATE * (times[-1] - times[0])), "%", "≥ 99"),
            Row("most in any one second", most_in_a_second(times), "", "≤ 30"),
            Row("a gap between two differs from 40 ms by, median", percentile(uneven, 50), "ms"),
            Row("a gap between two differs from 40 ms by, 99th percentile", percentile(uneven, 99), "ms"),
        ],
    )


async def takeover(scale: Scale) -> Table:
    """Until the next call after the one that sends has ended. What it had on the wire comes at once, and does not count."""
    chance = random.Random(20261202)
    waits: dict[signal.Signals, list[float]] = {signal.SIGKILL: [], signal.SIGTERM: []}
    async with staged(10_000) as (api, store, four):
        await _announced(store)
        for number in range(2 * scale.ends):
            how = (signal.SIGKILL, signal.SIGTERM)[number % 2]
            await happened(lambda: any(one.leads() for one in four), seconds=60)
            await asyncio.sleep(chance.uniform(0.5, 2.0))
            leader = next(one for one in four if one.leads())
            leader.signal(how)
            await leader.ended()
            ended = time.monotonic()
            await happened(lambda ended=ended: bool(sends(api, ended + ON_THE_WIRE)), seconds=60)  # type: ignore[misc]
            waits[how].append(sends(api, ended + ON_THE_WIRE)[0].at - ended)
            await leader.start()
        most = most_in_a_second([call.at for call in sends(api)])
    killed, stopped = waits[signal.SIGKILL], waits[signal.SIGTERM]
    return Table(
        f"Another goes on: the replica that sends killed {scale.ends} times, and stopped as often",
        [
            Row("nothing is sent after kill -9, median", statistics.median(killed), "s"),
            Row("nothing is sent after kill -9, longest", max(killed), "s", "< 3"),
            Row("nothing is sent after SIGTERM, median", statistics.median(stopped), "s"),
            Row("nothing is sent after SIGTERM, longest", max(stopped), "s"),
            Row("most in any one second, meanwhile", most, "", "≤ 30"),
        ],
    )


async def answers(scale: Scale) -> Table:
    """Stored by one process that does not send, and sent by another, which is told of it, or looks by itself."""
    chance = random.Random(20261203)
    waits: dict[bool, list[float]] = {True: [], False: []}
    async with staged(1) as (api, store, _):
        with store.hearing(lambda: None):
            for number in range(2 * scale.answers):
                told = bool(number % 2)
                await asyncio.sleep(chance.uniform(*BETWEEN_ANSWERS))
                begun = time.monotonic()
                await asyncio.to_thread(_answer, store, number, told)
                await happened(lambda number=number: len(sends(api)) > number, seconds=60)  # type: ignore[misc]
                waits[told].append(sends(api)[number].at - begun)
    return Table(
        f"{scale.answers} answers that one replica stores and another one sends",
        [
            Row("from the store to the vendor, told, median", 1000 * statistics.median(waits[True]), "ms"),
            Row("from the store to the vendor, told, 95th percentile", 1000 * percentile(waits[True], 95), "ms"),
            Row("the same where nobody tells, median", 1000 * statistics.median(waits[False]), "ms"),
            Row("the same where nobody tells, 95th percentile", 1000 * percentile(waits[False], 95), "ms"),
        ],
    )


def _answer(store: PostgresStore, number: int, told: bool) -> None:
    with store.writing([who := Address("telegram", "1")]) as transaction:
        transaction.queue(who, [Reply(f"answer {number}")], store.clock())
    if told:
        store.tell_others()
