"""A real process is killed at random moments, and every question still gets its answer, with one effect."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from bot.delivery.replies import IN_FLIGHT
from tests.processes import forked
from tests.stubs.bot_api import BotApi, Sent

ECHO = "tests.faults.echo_app"
QUESTIONS = 150
CHATS = 20
DOCKER_WAITS = 10.0  # seconds, before it kills what it asked to end
KILLS = 12
REPEATS = 10


def stored(db: Path, sql: str) -> list[str]:
    with closing(sqlite3.connect(db)) as connection:
        return [row[0] for row in connection.execute(sql)]


def arrived_but_still_stored(arrived: list[Sent], db: Path) -> int:
    """Replies that a process left behind although it had delivered them: each will come once more."""
    delivered = {(sent.chat, sent.text) for sent in arrived}
    with closing(sqlite3.connect(db)) as connection:
        rows = connection.execute("SELECT user, text FROM replies").fetchall()
    return sum((int(user), text) in delivered for user, text in rows)


async def ask(api: BotApi, chance: random.Random, asked: list[tuple[int, str, int]], seconds: float, count: int) -> None:
    """`count` questions at random moments within `seconds`."""
    moments = sorted(chance.uniform(0, seconds) for _ in range(count))
    begin = time.monotonic()
    for moment in moments:
        await asyncio.sleep(max(0.0, begin + moment - time.monotonic()))
        chat, text = chance.randrange(1, CHATS + 1), f"question {len(asked)}"
        asked.append((chat, text, api.write(chat, text)))


@pytest.mark.parametrize("seed", [20260109])
async def test_a_crash_loses_no_question_and_repeats_at_most_what_was_in_flight(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    db = tmp_path / "loaban.db"
    asked: list[tuple[int, str, int]] = []
    in_flight: list[int] = []
    async with BotApi(latency=0.15) as api, forked(api, db, ECHO) as under_test:
        begin = time.monotonic()
        for kill in range(KILLS):
            sent_before = len(api.sent)
            await under_test.start()
            if kill % 4 != 3:  # every fourth is killed while it starts
                await under_test.polled()
            questions = QUESTIONS // KILLS + (kill < QUESTIONS % KILLS)
            asking = asyncio.create_task(ask(api, chance, asked, 0.3, questions))
            await asyncio.sleep(chance.uniform(0.05, 0.6))
            await under_test.signalled(signal.SIGKILL)
            await asking  # and what the dead process had put on the wire is read by the stub
            in_flight.append(arrived_but_still_stored(api.sent[sent_before:], db))
        for _, _, update in chance.sample(asked, REPEATS):
            api.repeat(update)
        await under_test.start()
        await api.until(lambda: not api.pending and not stored(db, "SELECT text FROM replies"))
        for _, _, update in chance.sample(asked, REPEATS):
            api.repeat(update)
        await under_test.polled()
        await asyncio.sleep(0.3)
        code, _ = await under_test.signalled(signal.SIGTERM)
        took = time.monotonic() - begin

    answers = Counter((sent.chat, sent.text) for sent in api.sent)
    expected = {(chat, f"answer to: {text}") for chat, text, _ in asked}
    duplicates = sum(answers.values()) - len(answers)
    print(f"{len(asked)} questions, {KILLS} kills, in flight at the kills {in_flight}, {duplicates} duplicates, {took:.1f} s")
    assert len(asked) == QUESTIONS
    assert set(answers) == expected
    assert duplicates <= sum(in_flight)
    assert max(in_flight) <= IN_FLIGHT
    assert sum(in_flight) > 0, "no kill hit a delivery: the test proves nothing"
    assert effects(db) == Counter(str(chat) for chat, _, _ in asked)
    assert code == 0


def effects(db: Path) -> Counter[str]:
    """How often each chat had an effect, as counted in the transactions themselves."""
    counted = stored(db, "SELECT user || ' ' || json_extract(data, '$.topic') FROM sessions")
    return Counter({user: int(times) for user, times in (line.split() for line in counted)})


async def test_a_termination_finishes_what_is_in_hand_and_repeats_nothing(tmp_path: Path) -> None:
    db = tmp_path / "loaban.db"
    async with BotApi(latency=0.1) as api, forked(api, db, ECHO) as under_test:
        await under_test.start()
        await under_test.polled()
        for number in range(60):
            api.write(number % CHATS + 1, f"question {number}")
        await api.until(lambda: len(api.sent) >= 5)
        begin = time.monotonic()
        code, logged = await under_test.signalled(signal.SIGTERM)
        assert time.monotonic() - begin < DOCKER_WAITS
        assert code == 0
        assert "Traceback" not in logged
        assert arrived_but_still_stored(api.sent, db) == 0
        assert len(api.sent) < 60, "everything was sent before the signal: the test proves nothing"

        await under_test.start()
        await api.until(lambda: len(api.sent) == 60)
        await asyncio.sleep(0.3)
        await under_test.signalled(signal.SIGINT)
    assert max(Counter((sent.chat, sent.text) for sent in api.sent).values()) == 1
    for chat in range(1, CHATS + 1):
        numbers = [int(text.rsplit(" ", 1)[1]) for text in api.texts(chat)]
        assert numbers == sorted(numbers)


async def test_an_idle_process_ends_at_once_and_logs_no_token(tmp_path: Path) -> None:
    db, polls = tmp_path / "loaban.db", {"LOABAN_TELEGRAM_POLL_SECONDS": "30"}
    async with BotApi() as api, forked(api, db, ECHO, **polls) as under_test:
        api.fail("getUpdates", drop="before")
        await under_test.start()
        await api.until(lambda: len(api.calls_of("getUpdates")) == 2)
        begin = time.monotonic()
        code, logged = await under_test.signalled(signal.SIGTERM)
    assert time.monotonic() - begin < DOCKER_WAITS, "it waited for the poll under way"
    assert code == 0
    assert "Telegram cannot be reached" in logged
    assert api.token not in logged
