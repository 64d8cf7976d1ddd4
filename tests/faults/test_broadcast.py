"""An announcement to thousands while everything goes wrong.

The process is killed again and again, Telegram refuses, throttles, stalls and swallows answers, the database is locked, the
disk is full. Nobody is lost, and whoever may have got it twice is marked.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.delivery.announcements import IN_FLIGHT
from bot.stores.sqlite.store import SqliteStore
from tests.announcing import announce, subscribe
from tests.processes import Process, forked
from tests.stubs.bot_api import BotApi, Call, Fault

APP = "tests.faults.announce_app"
KILLS = int(os.environ.get("FAULTS_KILLS", "20"))
RECIPIENTS = max(10_000, 200 * KILLS)  # so that there is something left to send at the last kill
RATE = "400"  # far above what Telegram allows, so that thousands take a minute and not seven
SILENCE = 2  # seconds that a 429 asks for
ON_THE_WIRE = 0.3  # seconds; calls that had left before the 429 came
QUIET_DISK = {"LOABAN_DISK_FLOOR_MB": "0"}


@dataclass
class Chaos:
    """What goes wrong with a call, by its chat and by chance."""

    chance: random.Random
    blocked: set[int]
    lost: Counter[int] = field(default_factory=Counter)
    silences: list[tuple[float, float]] = field(default_factory=list)
    calls: int = 0
    calm: bool = False

    def __call__(self, call: Call) -> Fault | None:
        if call.method != "sendMessage" or call.chat is None or self.calm:
            return None
        self.calls += 1
        if self.silences and call.at < self.silences[-1][1]:
            return _fault(429, description="Too Many Requests: retry later", retry_after=SILENCE)
        if self.calls % 2000 == 0:
            self.silences.append((call.at, call.at + SILENCE))
            return _fault(429, description="Too Many Requests: retry later", retry_after=SILENCE)
        if call.chat in self.blocked:
            return _fault(403, description="Forbidden: bot was blocked by the user")
        what = self.chance.random()
        if what < 0.01:
            return _fault(502, description="Bad Gateway")
        if what < 0.013:
            self.lost[call.chat] += 1
            return Fault("sendMessage", None, 1, None, "", {}, 0.0, "after")
        if what < 0.015:
            return Fault("sendMessage", None, 1, None, "", {}, 1.0, None)
        return None


def _fault(status: int, *, description: str, retry_after: int | None = None) -> Fault:
    parameters = {"retry_after": retry_after} if retry_after else {}
    return Fault("sendMessage", None, 1, status, description, parameters, 0.0, None)


def rows(db: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(db, timeout=30)) as connection:
        return connection.execute(sql).fetchall()


def states(db: Path) -> Counter[str]:
    return Counter({str(state): int(str(n)) for state, n in rows(db, "SELECT state, COUNT(*) FROM deliveries GROUP BY state")})


def unfinished(db: Path) -> int:
    counts = states(db)
    return counts["pending"] + counts["sending"]


def lock(db: Path, seconds: float) -> None:
    """Hold the database as a backup tool would that does not know our lock."""
    with closing(sqlite3.connect(db, timeout=30)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")


def prepared(api: BotApi, db: Path, recipients: int, *, must: bool) -> None:
    """Residents who have written to the bot and want announcements, and one announcement for them."""
    for chat in range(1, recipients + 1):
        api.chat(chat)
    with closing(SqliteStore(db)) as store:
        subscribe(store, recipients)
        announce(store, now=datetime.now(UTC), must=must)


async def finished(api: BotApi, db: Path, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while await asyncio.to_thread(unfinished, db):  # noqa: ASYNC110 - it is another process that finishes
            await asyncio.sleep(0.3)


def arrivals(api: BotApi) -> Counter[int]:
    return Counter(sent.chat for sent in api.sent)


async def killed_at_random(under_test: Process, api: BotApi, chance: random.Random, db: Path) -> tuple[list[int], list[float]]:
    """Start and kill the process KILLS times; how many deliveries were in flight each time, and how long each start took."""
    in_flight: list[int] = []
    starts: list[float] = []
    for kill in range(KILLS):
        before = len(api.calls_of("sendMessage"))
        begin = time.monotonic()
        await under_test.start()
        if kill % 5 != 4:  # every fifth is killed while it starts
            await api.until(lambda before=before: len(api.calls_of("sendMessage")) > before)  # type: ignore[misc]
            starts.append(time.monotonic() - begin)
        if kill % 7 == 6:
            await asyncio.to_thread(lock, db, 1.0)
        await asyncio.sleep(chance.uniform(0.05, 1.5))
        await under_test.signalled(signal.SIGKILL)
        in_flight.append(states(db)["sending"])
    return in_flight, starts


async def test_ten_thousand_people_and_twenty_kills_lose_nobody(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    db = tmp_path / "loaban.db"
    chaos = Chaos(chance, set(chance.sample(range(1, RECIPIENTS + 1), RECIPIENTS * 8 // 100)))
    async with BotApi(latency=0.01) as api, forked(api, db, APP, RATE, **QUIET_DISK) as under_test:
        prepared(api, db, RECIPIENTS, must=True)
        api.chaos = chaos
        in_flight, starts = await killed_at_random(under_test, api, chance, db)
        await under_test.start()
        await finished(api, db, seconds=300)
        code, logged = await under_test.signalled(signal.SIGTERM)
    got = arrivals(api)
    twice = {chat for chat, count in got.items() if count > 1}
    repeated = sum(got.values()) - len(got)
    marked = {int(str(user)) for (user,) in rows(db, "SELECT user FROM deliveries WHERE ambiguous > 0")}
    print(
        f"{RECIPIENTS} recipients, {KILLS} kills, in flight {sum(in_flight)}, answers lost {sum(chaos.lost.values())}, "
        f"429s {len(chaos.silences)}: lost 0, {repeated} duplicates, {len(marked)} marked; "
        f"slowest resume {max(starts, default=0.0):.1f} s"
    )
    assert code == 0
    assert "Traceback" not in logged
    assert states(db) == Counter(sent=RECIPIENTS - len(chaos.blocked), gone=len(chaos.blocked))
    assert set(got) == set(range(1, RECIPIENTS + 1)) - chaos.blocked
    assert repeated <= sum(in_flight) + sum(chaos.lost.values())
    assert max(in_flight) <= IN_FLIGHT
    assert sum(in_flight) > 0, "no kill hit a delivery: the test proves nothing"
    assert chaos.silences
    assert twice <= marked, "somebody got it twice and nobody knows"
    assert _calls_in(api, chaos.silences) == 0
    assert _tried_again(api, chaos.blocked) <= sum(in_flight)
    assert rows(db, "SELECT COUNT(*) FROM subscriptions") == [(RECIPIENTS - len(chaos.blocked),)]


def _calls_in(api: BotApi, silences: list[tuple[float, float]]) -> int:
    """Calls that began after a 429 was answered and before the silence was over."""
    sends = [call.at for call in api.calls_of("sendMessage")]
    return sum(begin + ON_THE_WIRE < at < end for begin, end in silences for at in sends)


def _tried_again(api: BotApi, blocked: set[int]) -> int:
    """How often somebody who blocked us was written to after the refusal."""
    refused = Counter(call.chat for call in api.calls_of("sendMessage") if call.status == 403)
    return sum(count - 1 for chat, count in refused.items() if chat in blocked)


async def test_an_ordinary_announcement_is_never_repeated_and_who_may_have_missed_it_is_counted(tmp_path: Path) -> None:
    chance = random.Random(7)
    db = tmp_path / "loaban.db"
    async with BotApi(latency=0.05) as api, forked(api, db, APP, "100", **QUIET_DISK) as under_test:
        prepared(api, db, 600, must=False)
        in_flight = []
        for _ in range(3):
            before = len(api.sent)
            await under_test.start()
            await api.until(lambda before=before: len(api.sent) > before + 20)  # type: ignore[misc]
            await asyncio.sleep(chance.uniform(0, 0.3))
            await under_test.signalled(signal.SIGKILL)
            in_flight.append(states(db)["sending"])
        await under_test.start()
        await finished(api, db, seconds=60)
        await under_test.signalled(signal.SIGTERM)
    assert max(arrivals(api).values()) == 1
    counts = states(db)
    assert counts["unknown"] == sum(in_flight) > 0
    assert counts["sent"] + counts["unknown"] == 600
    assert rows(db, "SELECT COUNT(*) FROM deliveries WHERE ambiguous > 0") == [(counts["unknown"],)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("a small file system can be mounted by root only")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_full_disk_stops_the_sending_and_it_goes_on_by_itself(small_disk: Path) -> None:
    db, ballast = small_disk / "loaban.db", small_disk / "ballast"
    async with BotApi() as api, forked(api, db, APP, "200", **QUIET_DISK) as under_test:
        prepared(api, db, 1500, must=True)
        await under_test.start()
        await api.until(lambda: len(api.sent) > 100)
        _fill(ballast)
        await asyncio.sleep(2.0)
        stopped = len(api.sent)
        await asyncio.sleep(2.0)
        assert len(api.sent) == stopped < 1500, "it went on sending what it could not note"
        ballast.unlink()
        await finished(api, db, seconds=60)
        code, _ = await under_test.signalled(signal.SIGTERM)
    assert code == 0
    assert arrivals(api) == Counter(dict.fromkeys(range(1, 1501), 1))
    assert states(db) == Counter(sent=1500)


async def test_below_the_floor_nothing_is_sent_and_it_goes_on_by_itself(small_disk: Path) -> None:
    db, ballast = small_disk / "loaban.db", small_disk / "ballast"
    async with BotApi() as api, forked(api, db, APP, "200", LOABAN_DISK_FLOOR_MB="16") as under_test:
        prepared(api, db, 300, must=True)
        ballast.write_bytes(bytes(20_000_000))
        await under_test.start()
        await under_test.polled()
        await asyncio.sleep(2.0)
        assert api.sent == []
        ballast.unlink()
        await finished(api, db, seconds=60)
        await under_test.signalled(signal.SIGTERM)
    assert arrivals(api) == Counter(dict.fromkeys(range(1, 301), 1))


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


async def test_a_broadcast_keeps_to_the_rate_in_every_second_and_lets_replies_pass(tmp_path: Path) -> None:
    db = tmp_path / "loaban.db"
    async with BotApi() as api, forked(api, db, APP, "25", **QUIET_DISK) as under_test:
        prepared(api, db, 150, must=True)
        await under_test.start()
        await api.until(lambda: len(api.sent) >= 20)
        api.write(5000, "question")
        await api.until(lambda: bool(api.texts(5000)))
        assert len(api.sent) < 140, "the reply came after the broadcast: the test proves nothing"
        await finished(api, db, seconds=30)
        await under_test.signalled(signal.SIGTERM)
    assert api.texts(5000) == ["answer to: question"]
    assert api.max_in_any_second() <= 30 + 1, "the reply is one more"
