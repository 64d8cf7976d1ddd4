"""Thousands of people write at once, as they do after an announcement: how long each waits for an answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.webhooks.stage import FIRST_CHAT, loaban, loaded
from benchmarks.webhooks.tables import Grid, Scale

CONNECTIONS = 200
WATCHED = 20.0  # seconds in which the calls to strangers are counted; all of them would take minutes


async def crowd(scale: Scale, cache: Path) -> Grid:
    """People who know the bot, one answer each; then as many strangers, who are answered by calls as each gets two messages."""
    people = scale.crowd
    async with loaban(cache) as server:
        assert server.api is not None
        await loaded(server, 16, updates=people, first_chat=FIRST_CHAT, chats=people, texts=["/start"])
        known = await loaded(server, CONNECTIONS, updates=people, first_chat=FIRST_CHAT, chats=people)
        before = len(server.api.sent)
        met = await loaded(server, CONNECTIONS, updates=people, first_chat=FIRST_CHAT + people, chats=people)
        meanwhile = len(server.api.sent) - before
        await asyncio.sleep(WATCHED)
        calls = (len(server.api.sent) - before - meanwhile) / WATCHED
    ours, theirs = known.result, met.result
    return Grid(
        f"Crowd: {people:,} chats at once, {CONNECTIONS} connections",
        ("what", "people who know the bot", "strangers", "goal"),
        [
            ("updates/s", known.rate, met.rate, ""),
            ("answered in the response", ours.answered, theirs.answered, ""),
            ("response, median, ms", ours.p50 * 1000, theirs.p50 * 1000, ""),
            ("response, 95th percentile, ms", ours.p95 * 1000, theirs.p95 * 1000, "< 1,000"),
            ("response, 99th percentile, ms", ours.p99 * 1000, theirs.p99 * 1000, ""),
            ("response, longest, ms", ours.longest * 1000, theirs.longest * 1000, ""),
            ("errors", ours.errors, theirs.errors, "0"),
            ("messages that went out by calls meanwhile", "", meanwhile, ""),
            ("messages/s that go out by calls afterwards", "", calls, ""),
        ],
        "To a stranger the response only says that the message is stored: the introduction and the answer go by calls.",
    )
