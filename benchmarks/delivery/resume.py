"""How soon an announcement goes on after the process was killed."""

from __future__ import annotations

import asyncio
import random
import signal
import statistics
import time
from pathlib import Path

from benchmarks.delivery.stage import ON_THE_WIRE, announced, happened, sends, staged
from benchmarks.delivery.tables import Row, Scale, Table
from tests.processes import Process
from tests.stubs.bot_api import BotApi


async def resume(scale: Scale, cache: Path) -> Table:
    """`loaban run`, killed in the middle and started again at once, which is when the dead one's lead still holds."""
    chance = random.Random(20261124)
    up: list[float] = []
    sending: list[float] = []
    async with staged("bot", "run", people=scale.audience, LOABAN_CACHE=str(cache)) as (api, under_test):
        await announced(under_test.db)
        await _started(api, under_test)
        for _ in range(scale.kills):
            await asyncio.sleep(chance.uniform(0.5, 2.0))
            await under_test.signalled(signal.SIGKILL)
            polled, sent = await _started(api, under_test)
            up.append(polled)
            sending.append(sent)
        await under_test.signalled(signal.SIGTERM)
    return Table(
        f"Resume: `loaban run` killed {scale.kills} times in the middle (kill -9), and started again at once",
        [
            Row("from the start to the first request for updates, median", statistics.median(up), "s"),
            Row("from the start to the first message, median", statistics.median(sending), "s"),
            Row("from the start to the first message, longest", max(sending), "s", "< 5"),
        ],
    )


async def _started(api: BotApi, under_test: Process) -> tuple[float, float]:
    """Seconds from the start of the process to its first poll and to its first send."""
    begin = time.monotonic()
    await under_test.start()

    def polls() -> list[float]:
        return [call.at for call in api.calls if call.method == "getUpdates" and call.at > begin + ON_THE_WIRE]

    await happened(lambda: bool(sends(api, begin + ON_THE_WIRE) and polls()), seconds=60)
    return polls()[0] - begin, sends(api, begin + ON_THE_WIRE)[0].at - begin
