"""How long residents wait for an answer while an announcement goes out, beside the wait when none does."""

from __future__ import annotations

import asyncio
import csv
import random
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.delivery.stage import RATE, announced, happened, sends, staged
from benchmarks.delivery.tables import Row, Scale, Table, most_in_a_second, percentile
from tests.stubs.bot_api import BotApi

QUESTIONS = Path("tests/data/residents_dev.tsv")
FIRST_CHAT = 1_000_000  # of those who ask; they get no announcement
PATIENCE = 30.0  # seconds, after which a question counts as not answered


async def answers(scale: Scale, cache: Path) -> Table:
    """`loaban run`, first alone with the questions, then with an announcement as well."""
    first, second = (range(FIRST_CHAT * number, FIRST_CHAT * number + scale.questions) for number in (1, 2))
    async with staged("bot", "run", people=scale.audience, LOABAN_CACHE=str(cache)) as (api, under_test):
        await under_test.start()
        await _greeted(api, [*first, *second])
        alone = await _waits(api, first, scale.seconds)
        await announced(under_test.db)
        before = len(api.sent)
        await happened(lambda: len(api.sent) >= before + 2 * RATE, seconds=60)
        begin = time.monotonic()
        beside = await _waits(api, second, scale.seconds)
        together = [call.at for call in sends(api, begin)]
        going_out = [call for call in sends(api, begin) if (call.chat or 0) < FIRST_CHAT]
        share = len(going_out) / (RATE * (time.monotonic() - begin))
        assert len(going_out) < scale.audience, "the announcement ended too early: nothing was measured"
        await under_test.signalled(signal.SIGTERM)
    growth = (percentile(beside, 95) - percentile(alone, 95)) * 1000
    return Table(
        f"Answers: {scale.questions} questions of as many people in {scale.seconds:g} s, to `loaban run`",
        [
            *_rows("no announcement", alone, scale),
            *_rows(f"while one goes to {scale.audience:,} people", beside, scale),
            Row("growth of the 95th percentile", growth, "ms", "< 200"),
            Row("share of the announcement's rate that is used meanwhile", 100 * share, "%"),
            Row("most messages in any one second meanwhile, answers included", most_in_a_second(together)),
        ],
    )


def _rows(when: str, waits: Sequence[float], scale: Scale) -> list[Row]:
    return [
        Row(f"{when}: median", percentile(waits, 50) * 1000, "ms"),
        Row(f"{when}: 95th percentile", percentile(waits, 95) * 1000, "ms"),
        Row(f"{when}: longest", max(waits) * 1000, "ms"),
        Row(f"{when}: not answered", scale.questions - len(waits), "", "0"),
    ]


async def _greeted(api: BotApi, chats: Sequence[int]) -> None:
    """Everybody is introduced before, so that a question has one answer."""
    for chat in chats:
        api.write(chat, "/start")
    await happened(lambda: {sent.chat for sent in api.sent} >= set(chats), seconds=120)


async def _waits(api: BotApi, chats: Sequence[int], seconds: float) -> list[float]:
    """Seconds from each question to the arrival of the first reply. Both times the same questions at the same moments."""
    chance = random.Random(20261123)
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
        await happened(lambda: asked.keys() <= {sent.chat for sent in api.sent[before:]}, seconds=PATIENCE)
    answered: dict[int, float] = {}
    for sent in api.sent[before:]:
        answered.setdefault(sent.chat, sent.at)
    return [answered[chat] - at for chat, at in asked.items() if chat in answered]


def _questions() -> list[str]:
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
