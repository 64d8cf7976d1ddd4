"""`loaban run` on webhooks, stopped and killed while fifty chats write: every question is answered, each with one effect."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.channels.telegram.webhook import SECRET_HEADER
from bot.delivery.replies import IN_FLIGHT
from bot.engine import Engine
from bot.model import Address, Incoming
from bot.service.app import App
from bot.service.current import CurrentEngine
from bot.stores.sqlite.store import SqliteStore
from tests.processes import forked, free_port
from tests.stubs.bot_api import BotApi, Sent

CHATS = 50
QUESTIONS = (
    "muon vay von ngan hang chinh sach thi lam thu tuc the nao",
    "How much do workers earn in Japan?",
    "xoa nha tam duoc bao nhieu tien moi nha",
    "/check AB23CD",
    "/menu",
    "And in which countries can we work?",
)
STOPS = 3 * [signal.SIGTERM] + 3 * [signal.SIGKILL]
SECRET = "a-secret-that-only-vendors-know"
SEED = 20261122
LOST = 0.1  # of the responses are not seen by Telegram, which then comes again


def expected(app: App, store: SqliteStore, questions: Sequence[str]) -> list[str]:
    """What a resident is answered who asks these one after the other."""
    resident, at = Address("telegram", "1"), datetime.now(UTC)
    for number, text in enumerate(questions):
        app.handle([Incoming(str(number), resident, text, at + timedelta(seconds=number))])
    return [outgoing.reply.text for outgoing in store.due_replies("telegram")]


def rows(db: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(db, timeout=30)) as connection:
        return connection.execute(sql).fetchall()


def arrived_but_still_stored(arrived: Sequence[Sent], db: Path) -> int:
    """Replies by call that a process left behind although it had delivered them: each will come once more."""
    left = Counter((int(user), text) for user, text in rows(db, "SELECT user, text FROM replies WHERE answered_by IS NULL"))
    return (left & Counter((sent.chat, sent.text) for sent in arrived)).total()


@dataclass
class Telegram:
    """Brings updates as Telegram does: a chat's next one after the one before was taken, and again until it was."""

    api: BotApi
    client: httpx.AsyncClient
    url: str
    chance: random.Random
    taken: int = 0
    brought: Counter[str] = field(default_factory=Counter)

    async def resident(self, chat: int, questions: Sequence[str]) -> None:
        """Half of them read the answer before they go on, which is when an answer can stand in a response."""
        for turn, text in enumerate(questions):
            while chat % 2 and len(set(self.api.texts(chat))) < turn:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            await asyncio.sleep(self.chance.uniform(0, 0.3))
            self.api.write(chat, text)
            await self._bring(dict(self.api.pending[-1]))
            self.taken += 1

    async def _bring(self, update: dict[str, Any]) -> None:
        while True:
            try:
                response = await self.client.post(self.url, json=update, headers={SECRET_HEADER: SECRET}, timeout=30)
            except httpx.TransportError:
                self.brought["broken"] += 1
            else:
                seen = self.chance.random() > LOST
                self.brought[str(response.status_code) if seen else "lost"] += 1
                if response.status_code == 200 and seen:
                    if response.content:
                        await self.api.perform(response.json())
                    return
            await asyncio.sleep(self.chance.uniform(0.1, 0.8))


async def test_three_stops_and_three_kills_under_load_lose_nothing_and_do_nothing_twice(
    tmp_path: Path, cache: Path, engine: Engine
) -> None:
    chance = random.Random(SEED)
    db, port = tmp_path / "loaban.db", free_port()
    everybody = range(1, CHATS + 2)
    questions = {chat: [QUESTIONS[(chat + turn) % len(QUESTIONS)] for turn in range(len(QUESTIONS))] for chat in everybody}
    answers: set[tuple[int, str]] = set()
    for chat, asked in questions.items():
        with closing(SqliteStore(":memory:")) as store:
            answers |= {(chat, text) for text in expected(App(CurrentEngine(engine), store), store, asked)}
    last = CHATS + 1  # asks when all is quiet: under load hardly anybody is answered in the response
    total, under_load = len(everybody) * len(QUESTIONS), CHATS * len(QUESTIONS)
    stops = chance.sample(STOPS, len(STOPS))
    moments = sorted(chance.sample(range(1, under_load * 9 // 10), len(stops)))
    in_flight: dict[signal.Signals, list[int]] = {signal.SIGTERM: [], signal.SIGKILL: []}
    ended: list[tuple[int, str]] = []
    settings = {
        "LOABAN_CACHE": str(cache),
        "LOABAN_LISTEN": f"127.0.0.1:{port}",
        "LOABAN_PUBLIC_URL": "https://bot.example.org",
        "LOABAN_WEBHOOK_SECRET": SECRET,
    }
    begin = time.monotonic()
    async with (
        BotApi(latency=0.1) as api,
        httpx.AsyncClient(verify=False) as client,
        forked(api, db, "bot", "run", **settings) as under_test,
        asyncio.TaskGroup() as residents,
    ):
        telegram = Telegram(api, client, f"http://127.0.0.1:{port}/telegram", chance)
        writing = [residents.create_task(telegram.resident(chat, questions[chat])) for chat in everybody if chat != last]
        for moment, number in zip(moments, stops, strict=True):
            sent_before = len(api.sent)
            await under_test.start()
            await api.until(lambda moment=moment: telegram.taken >= moment)  # type: ignore[misc]
            assert telegram.taken < under_load, "nobody writes any more: the test proves nothing"
            code, logged = await under_test.signalled(number)
            await asyncio.sleep(0.3)  # what the process had put on the wire is read by the stub
            in_flight[number].append(arrived_but_still_stored(api.sent[sent_before:], db))
            if number is signal.SIGTERM:
                ended.append((code, logged))
        await under_test.start()
        await asyncio.wait(writing, timeout=120)
        await api.until(lambda: not rows(db, "SELECT 1 FROM replies WHERE answered_by IS NULL"))
        await telegram.resident(last, questions[last])
        await api.until(lambda: not rows(db, "SELECT 1 FROM replies WHERE answered_by IS NULL"))
        ended.append(await under_test.signalled(signal.SIGTERM))
    got = Counter((sent.chat, sent.text) for sent in api.sent)
    duplicates = got.total() - len(got)
    kills = in_flight[signal.SIGKILL]
    print(
        f"seed {SEED}, {telegram.taken} questions, {dict(telegram.brought)}, in responses {len(api.answers)}, by call "
        f"{len(api.sent) - len(api.answers)}, in flight {in_flight}, {duplicates} duplicates, {time.monotonic() - begin:.0f} s"
    )
    assert telegram.taken == total
    assert set(got) == answers
    assert duplicates <= sum(kills)
    assert max(kills) <= IN_FLIGHT
    assert in_flight[signal.SIGTERM] == [0, 0, 0], "a stop left behind what it had delivered"
    assert rows(db, "SELECT COUNT(*) FROM handled") == [(total,)]
    assert rows(db, "SELECT SUM(n) FROM counts") == [(total,)], "every question had one effect"
    for code, logged in ended:
        assert code == 0, logged[-3000:]
        assert "Traceback" not in logged, logged[-3000:]
    assert 0 < len(api.answers) < len(api.sent), "only one way of answering was tried"
    assert telegram.brought["broken"] > 0, "nobody met a process that was away: the test proves nothing"
