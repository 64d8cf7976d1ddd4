"""Updates a second by polling, each answered by a call, beside a bare echo on the same stub."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.delivery.stage import LATENCY, happened, sends
from benchmarks.webhooks.questions import questions
from benchmarks.webhooks.stage import FIRST_CHAT, Server
from benchmarks.webhooks.tables import Grid, Scale
from tests.processes import ROOT, process
from tests.stubs.bot_api import BotApi

GOAL = 90  # percent of the echo
ROUNDS = 2


async def polling(scale: Scale, cache: Path) -> Grid:
    """Everything waits when the process comes; the rate is that from the first answer to the last."""
    rows: list[Sequence[str | float]] = []
    rounds = min(ROUNDS, scale.rounds)
    for latency in (LATENCY, 0.0):
        found = [(await _loaban(scale.polled, latency, cache), await _echo(scale.polled, latency)) for _ in range(rounds)]
        ours, echo = (list(each) for each in zip(*found, strict=True))
        ratio = 100 * statistics.median(rate for rate, _ in ours) / statistics.median(rate for rate, _ in echo)
        for name, each in (("Loa Bản", ours), ("python-telegram-bot echo", echo)):
            rate, cpu = (statistics.median(one[index] for one in each) for index in (0, 1))
            said = f"{ratio:.0f} %" if each is ours else "100 %"
            rows.append((f"{latency * 1000:g} ms", name, rate, 1000 * cpu / scale.polled, said))
    return Grid(
        f"Polling: {scale.polled:,} updates, each answered by a call, 8 calls in flight",
        ("the stub answers after", "bot", "updates/s", "CPU ms an update", f"of the echo (goal ≥ {GOAL} %)"),
        rows,
    )


def _fill(api: BotApi, first: int, updates: int, texts: Sequence[str]) -> None:
    for number in range(updates):
        api.write(first + number, texts[number % len(texts)])


async def _loaban(updates: int, latency: float, cache: Path) -> tuple[float, float]:
    """Answers a second, and seconds of processor time. Everybody was greeted before."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"LOABAN_CACHE": str(cache), "LOABAN_LOG_LEVEL": "error", "LOABAN_LISTEN": "127.0.0.1:0"}
        async with BotApi() as api, process(api, Path(folder) / "loaban.db", "bot", "run", **settings) as under_test:
            await under_test.start()
            _fill(api, FIRST_CHAT, updates, ["/start"])
            await happened(lambda: len({sent.chat for sent in api.sent}) == updates, seconds=120)
            await asyncio.sleep(0.5)
            assert under_test.running is not None
            api.latency = latency
            found = await _answered(api, updates, Server("", under_test.running.pid, 0))
            await under_test.signalled(signal.SIGTERM)
    return found


async def _echo(updates: int, latency: float) -> tuple[float, float]:
    async with BotApi(latency=latency) as api:
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.webhooks.rivals",
            "poll",
            cwd=ROOT,
            env={**os.environ, "LOABAN_TELEGRAM_API": api.address},
        )
        try:
            await happened(lambda: bool(api.calls_of("getUpdates")), seconds=30)
            return await _answered(api, updates, Server("", running.pid, 0))
        finally:
            running.terminate()
            await running.wait()


async def _answered(api: BotApi, updates: int, bot: Server) -> tuple[float, float]:
    before, cpu = len(sends(api)), bot.cpu()
    _fill(api, FIRST_CHAT, updates, questions())
    await happened(lambda: len({sent.chat for sent in api.sent[before:]}) == updates, seconds=300)
    times = [call.at for call in sends(api)[before:]]
    return (len(times) - 1) / (times[-1] - times[0]), bot.cpu() - cpu
