"""`/sources` tells where all of it can be read, on every channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from bot.dialogue import respond, source_list
from bot.engine import Engine
from bot.knowledge.lengths import MAX_MESSAGE
from bot.model import Address, Incoming, Session
from bot.text.splitting import utf16_units

pytestmark = pytest.mark.parametrize("lang", ["vi", "en"])


def test_every_source_is_listed_once_with_its_name_and_address_articles_first(engine: Engine, lang: str) -> None:
    lines = [line for reply in source_list.replies(engine, lang) for line in reply.text.split("\n")]
    entries = [(title, address) for title, address in pairwise(lines) if title.startswith("• ")]
    known = list(engine.knowledge.sources.values())
    assert sorted(address for _, address in entries) == sorted(f"  {one.address}" for one in known)
    for one in known:
        said = one.name[lang] if one.kind == "decree" else f"{one.name[lang]}: “{one.title}”"
        assert any(title.startswith(f"• {said}") and address == f"  {one.address}" for title, address in entries)
    articles = [f"  {one.address}" for one in known if one.kind == "article"]
    assert [address for _, address in entries][: len(articles)] == articles


def test_the_list_comes_in_messages_that_every_channel_sends_whole(engine: Engine, lang: str) -> None:
    texts = [reply.text for reply in source_list.replies(engine, lang)]
    assert 1 < len(texts) < 5
    assert all(utf16_units(text) <= MAX_MESSAGE and text == text.strip() for text in texts)


def test_an_exact_day_of_an_article_is_not_called_approximate(engine: Engine, lang: str) -> None:
    known = engine.knowledge
    day = {key: replace(one, date="2025-11-03", estimated=False) for key, one in known.sources.items() if one.kind == "article"}
    first = source_list.replies(replace(engine, knowledge=replace(known, sources=day)), lang)[0].text
    assert f"({known.words[lang].period('2025-11-03')})" in first


def test_the_command_sends_all_of_it(engine: Engine, lang: str) -> None:
    session = Session(Address("test", "1"), greeted=True, lang=lang)
    turn = respond(Incoming("1", session.address, "/sources", datetime(2026, 11, 23, 8, tzinfo=UTC)), session, engine)
    assert turn.replies == source_list.replies(engine, lang)
