"""Whether anything is sent between a 429 and the end of the silence that it asks for, also across a restart."""

from __future__ import annotations

import asyncio
import math
import signal
import statistics
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.delivery.stage import APP, RATE, announced, happened, sends, staged
from benchmarks.delivery.tables import Row, Scale, Table
from tests.processes import Process
from tests.stubs.bot_api import BotApi, Call, Fault

SECONDS = 2
WITH_RESTART = 10  # seconds; a shorter silence would be over before the new process could break it
BETWEEN = 20  # sends before the next 429


@dataclass
class Throttle:
    """Refuses the next send when `armed`, and then every send until the silence is over."""

    armed: int = 0
    silences: list[tuple[float, float]] = field(default_factory=list)

    def __call__(self, call: Call) -> Fault | None:
        if call.method != "sendMessage":
            return None
        if self.armed:
            self.silences.append((call.at, call.at + self.armed))
            self.armed = 0
        left = self.silences[-1][1] - call.at if self.silences else 0.0
        if left <= 0:
            return None
        parameters = {"retry_after": math.ceil(left)}
        return Fault("sendMessage", None, 1, 429, "Too Many Requests: retry later", parameters, 0.0, None)


async def silence(scale: Scale) -> Table:
    people = 2 * BETWEEN * (scale.silences + 1)
    throttle = Throttle()
    waits: list[float] = []
    async with staged(APP, str(RATE), people=people) as (api, under_test):
        api.chaos = throttle
        await announced(under_test.db)
        await under_test.start()
        for number in range(scale.silences):
            waits.append(await _once(api, under_test, throttle, restart=number == scale.silences // 2))
        await happened(lambda: len({sent.chat for sent in api.sent}) == people, seconds=60 + 3 * people / RATE)
        await under_test.signalled(signal.SIGTERM)
        got = Counter(sent.chat for sent in api.sent)
    broken = sum(begin < call.at < end for begin, end in throttle.silences for call in sends(api))
    return Table(
        f"Silence: {scale.silences} times 429 at {RATE:g} a second, {SECONDS} s each; "
        f"one of {WITH_RESTART} s, with a kill -9 and a restart in it",
        [
            Row("sends between a 429 and its deadline", broken, "", "0"),
            Row("from the deadline to the next send, median", statistics.median(waits), "s"),
            Row("from the deadline to the next send, longest", max(waits), "s"),
            Row("recipients not reached", people - len(got), "", "0"),
            Row("sent twice, after the kill", got.total() - len(got), "", "≤ 8"),
        ],
    )


async def _once(api: BotApi, under_test: Process, throttle: Throttle, *, restart: bool) -> float:
    """One 429 in the middle; returns the seconds from its deadline to the next send."""
    before, told = len(api.sent), len(throttle.silences)
    await happened(lambda: len(api.sent) >= before + BETWEEN, seconds=60)
    throttle.armed = WITH_RESTART if restart else SECONDS
    await happened(lambda: len(throttle.silences) > told, seconds=60)
    if restart:
        await asyncio.sleep(0.5)
        await under_test.signalled(signal.SIGKILL)
        await under_test.start()
    end = throttle.silences[-1][1]
    await happened(lambda: bool(sends(api, end)), seconds=60)
    return sends(api, end)[0].at - end
