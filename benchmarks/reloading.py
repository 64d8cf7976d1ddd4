"""How long residents wait for an answer while the content changes all the time, beside the wait when it does not.

`loaban run` on a copy of the content and on a Bot API stub that answers as slowly as Telegram does. Quiet spells and spells
with reloads take turns in one run, with the same questions at the same moments, so that whatever else the machine does meets
both.
Prints a Markdown table. No goal is enforced: a shared machine swings.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import platform
import random
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.delivery.tables import Row, Table, percentile
from bot.engine import build_engine
from bot.knowledge.files import FOLDERS
from bot.settings import load_settings
from tests.processes import ROOT, Process, Running, process
from tests.stubs.bot_api import BotApi

QUESTIONS = Path("tests/data/residents_dev.tsv")
EDITED = "intents/housing/housing-amount.yaml"
LATENCY = 0.05  # seconds until the stub answers a send
PATIENCE = 30.0  # seconds, after which a question counts as not answered
PAUSE = 1.0  # seconds between one content that is in use and the next that is saved
TAKEN = "content taken over"


@dataclass(frozen=True, slots=True)
class Scale:
    """`questions` of as many people within `seconds`, in `spells` quiet spells and as many with reloads."""

    questions: int
    seconds: float
    spells: int


FULL = Scale(300, 60.0, 4)
QUICK = Scale(40, 20.0, 1)


@dataclass(slots=True)
class Events:
    """What the service has logged, with the moment when it came."""

    seen: list[tuple[float, str]] = field(default_factory=list)

    async def read(self, running: Running) -> None:
        assert running.stderr is not None
        async for line in running.stderr:
            with suppress(ValueError):
                self.seen.append((time.monotonic(), str(json.loads(line)["event"])))

    def taken(self) -> int:
        return sum(event == TAKEN for _, event in self.seen)

    def refused(self) -> int:
        return sum(event.startswith("content refused") for _, event in self.seen)


@asynccontextmanager
async def _staged(folder: Path) -> AsyncIterator[tuple[BotApi, Process, Path]]:
    home, cache = folder / "home", folder / "cache"
    for name in FOLDERS:
        await asyncio.to_thread(shutil.copytree, ROOT / name, home / name)
    await asyncio.to_thread(build_engine, load_settings(home=home, cache=cache))
    settings = {"LOABAN_HOME": str(home), "LOABAN_CACHE": str(cache), "LOABAN_DISK_FLOOR_MB": "0"}
    async with BotApi(latency=LATENCY) as api, process(api, folder / "loaban.db", "bot", "run", **settings) as under_test:
        yield api, under_test, home


async def measured(scale: Scale) -> Table:
    quiet: list[float] = []
    changing: list[float] = []
    from_save_to_use: list[float] = []
    asked = 0
    with tempfile.TemporaryDirectory() as folder:
        async with _staged(Path(folder)) as (api, under_test, home):
            await under_test.start()
            assert under_test.running is not None
            events = Events()
            reading = asyncio.create_task(events.read(under_test.running))
            chats = range(1, scale.questions + 1)
            await _greeted(api, chats)
            memory = [_resident(under_test.running.pid)]
            for spell in range(scale.spells):
                quiet += await _waits(api, chats, scale.seconds, spell)
                editing = asyncio.create_task(_edit(home, events, from_save_to_use))
                changing += await _waits(api, chats, scale.seconds, spell)
                await _happened(lambda: bool(from_save_to_use), PATIENCE * 4)
                await _end(editing)
                asked += scale.questions
            await _end(reading)
            memory.append(_resident(under_test.running.pid))
            await under_test.signalled(signal.SIGTERM)
            assert events.refused() == 0, "what was saved was not good"
    return Table(
        f"Answers while content is reloaded: {asked} questions twice, {scale.questions} in {scale.seconds:g} s",
        [
            *_rows("content stays", quiet, asked),
            *_rows("content changes all the time", changing, asked),
            Row("growth of the median", (percentile(changing, 50) - percentile(quiet, 50)) * 1000, "ms"),
            Row("growth of the 95th percentile", (percentile(changing, 95) - percentile(quiet, 95)) * 1000, "ms", "< 100"),
            Row("reloads meanwhile", len(from_save_to_use)),
            Row("from saving to being in use: median", statistics.median(from_save_to_use), "s"),
            Row("from saving to being in use: longest", max(from_save_to_use), "s"),
            Row("memory of the service before the first reload", memory[0], "MB"),
            Row("memory of the service after the last", memory[1], "MB"),
        ],
    )


def _rows(when: str, waits: Sequence[float], asked: int) -> list[Row]:
    return [
        Row(f"{when}: median", percentile(waits, 50) * 1000, "ms"),
        Row(f"{when}: 95th percentile", percentile(waits, 95) * 1000, "ms"),
        Row(f"{when}: longest", max(waits) * 1000, "ms"),
        Row(f"{when}: not answered", asked - len(waits), "", "0"),
    ]


async def _edit(home: Path, events: Events, took: list[float]) -> None:
    """One content after the other, none of which was there before, so that each is read, checked and built."""
    path = home / EDITED
    good = await asyncio.to_thread(path.read_text, "utf-8")
    while True:
        before, saved = events.taken(), time.monotonic()
        await asyncio.to_thread(path.write_text, f"{good}# saved at {saved}\n", "utf-8")
        await _happened(lambda before=before: events.taken() > before, PATIENCE * 4)  # type: ignore[misc]
        took.append(events.seen[-1][0] - saved)
        await asyncio.sleep(PAUSE)


async def _greeted(api: BotApi, chats: Sequence[int]) -> None:
    """Everybody is introduced before, so that a question has one answer."""
    for chat in chats:
        api.write(chat, "/start")
    await _happened(lambda: {sent.chat for sent in api.sent} >= set(chats), 120)


async def _waits(api: BotApi, chats: Sequence[int], seconds: float, seed: int) -> list[float]:
    """Seconds from each question to the arrival of the first reply."""
    chance = random.Random(seed)
    texts = chance.choices(_questions(), k=len(chats))
    moments = sorted(chance.uniform(0, seconds) for _ in chats)
    before = len(api.sent)
    asked: dict[int, float] = {}
    begin = time.monotonic()
    for chat, text, moment in zip(chats, texts, moments, strict=True):
        await asyncio.sleep(max(0.0, begin + moment - time.monotonic()))
        asked[chat] = time.monotonic()
        api.write(chat, text)
    with suppress(TimeoutError):
        await _happened(lambda: asked.keys() <= {sent.chat for sent in api.sent[before:]}, PATIENCE)
    answered: dict[int, float] = {}
    for sent in api.sent[before:]:
        answered.setdefault(sent.chat, sent.at)
    return [answered[chat] - at for chat, at in asked.items() if chat in answered]


def _resident(pid: int) -> float:
    """MB in memory now."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def _happened(condition: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)


async def _end(task: asyncio.Task[None]) -> None:
    """Raises what the task raised, if it ended before."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _questions() -> list[str]:
    with (ROOT / QUESTIONS).open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.reloading", description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="small numbers, half a minute: to see whether it runs")
    scale = QUICK if arguments.parse_args().quick else FULL
    print(f"python {platform.python_version()}, cores {os.cpu_count()}, load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"\n{asyncio.run(measured(scale)).markdown()}", flush=True)


if __name__ == "__main__":
    main()
