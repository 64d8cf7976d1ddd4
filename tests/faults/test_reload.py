"""Ten thousand broken variants of the real content: none takes a good answer away.

`RELOAD_VARIANTS` says how many are checked; by hand, with what became of them, and any other seed:

    RELOAD_VARIANTS=10000 RELOAD_SEED=1 pytest tests/faults/test_reload.py -s
"""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue import respond
from bot.engine import Engine, build_engine
from bot.errors import ContentError
from bot.i18n import Words, load_words
from bot.knowledge import reading
from bot.knowledge.files import FOLDERS
from bot.knowledge.intent_rules import _figure_in
from bot.knowledge.known import Knowledge
from bot.knowledge.load import load_knowledge
from bot.knowledge.names import name_in
from bot.knowledge.reading import Reading
from bot.knowledge.rules import _names
from bot.model import Address, Incoming, Problem, Reply, Session
from bot.service.reloading.reloader import Reloader, ReloadTiming, Say
from bot.settings import Settings
from bot.text.folding import fold
from bot.text.phrases import typed_forms
from tests.faults.breaking import Breaker, Variant

VARIANTS = int(os.environ.get("RELOAD_VARIANTS", "300"))
WHOLE_WAY = max(8, VARIANTS // 50)  # of them through the reloader, in another process
SEED = int(os.environ.get("RELOAD_SEED", "20261123"))
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
QUESTIONS = (
    *(
        "xin chào",
        "vay vốn cho con học đại học thì làm thế nào",
        "xoa nha tam duoc bao nhieu tien",
        "How much do workers earn in Japan?",
    ),
    *(
        "xã Mường Pồn cũ giờ thuộc xã nào",
        "chồng đánh tôi",
        "giá vàng hôm nay",
        "học nghề có mất tiền không",
        "abc xyz",
        "cảm ơn",
    ),
)
COMMANDS = ("/start", "/menu", "/help", "/language", "/sources", "/about", "/mydata", "/subscribe")


WITH_PHRASINGS = ("jobs", "housing")


@pytest.fixture
def good(tmp_path: Path, home: Path) -> Path:
    """A copy of the real content, to be broken; of the further phrasings those of two topics, which break like the others."""
    for name in FOLDERS:
        shutil.copytree(home / name, tmp_path / "home" / name)
    for folder in (tmp_path / "home" / "intents").glob("*/phrasings"):
        if folder.parent.name not in WITH_PHRASINGS:
            shutil.rmtree(folder)
    return tmp_path / "home"


class Broken:
    """The variant on disk while the block runs, and the good content again after it."""

    def __init__(self, variant: Variant) -> None:
        self.variant = variant
        self._before = {path: path.read_bytes() if path.is_file() else None for path in variant.files}

    def __enter__(self) -> None:
        _write(self.variant.files)

    def __exit__(self, *_: object) -> None:
        _write(self._before)


def _write(files: Any) -> None:
    for path, data in files.items():
        if data is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(data)


@pytest.fixture
def remembering(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read of the same bytes before is not read again: of a hundred files one has changed.

    The rules between files are applied anew for every variant.
    """
    known: dict[object, tuple[Any, list[Problem]]] = {}
    words = load_words(good / "locales")
    catalogues = _catalogues(good / "locales")
    read = reading._read

    def once(whole: Reading, path: Path, shape: Any) -> Any:
        key = path, path.read_bytes(), whole.words.lang
        if key not in known:
            apart = Reading(whole.home, whole.words)
            found = read(apart, path, shape), apart.problems
            if learning:
                known[key] = found
        else:
            found = known[key]
        whole.problems += found[1]
        return found[0]

    monkeypatch.setattr("bot.knowledge.reading._read", once)
    monkeypatch.setattr(
        "bot.knowledge.load.load_words", lambda place: words if _catalogues(place) == catalogues else load_words(place)
    )
    folded = lru_cache(100_000)(fold)
    for rules in ("intent_rules", "vocabulary_rules", "conversation_rules", "referral", "known"):
        monkeypatch.setattr(f"bot.knowledge.{rules}.fold", folded)
    monkeypatch.setattr("bot.knowledge.vocabulary_rules.typed_forms", lru_cache(6_000)(typed_forms))
    monkeypatch.setattr("bot.knowledge.intent_rules._figure_in", lru_cache(6_000)(_figure_in))
    monkeypatch.setattr("bot.knowledge.rules._names", lru_cache(6_000)(_names))
    monkeypatch.setattr("bot.knowledge.names.name_in", lru_cache(6_000)(name_in))
    learning = True
    load_knowledge(good)  # nothing is wrong before
    learning = False


def _catalogues(locales: Path) -> list[tuple[Path, bytes]]:
    return [(path, path.read_bytes()) for path in sorted(locales.glob("*/LC_MESSAGES/*.po"))]


def checked(home: Path) -> Knowledge | tuple[Problem, ...]:
    """The content, or what is wrong with it; anything else that it sets off is a fault of ours."""
    try:
        return load_knowledge(home)
    except ContentError as error:
        return error.problems


def allowed_texts(knowledge: Knowledge) -> set[str]:
    urgent = (need.answer for emergency in knowledge.emergencies.values() for need in emergency.needs.values())
    answers = {intent.message(lang) for intent in knowledge.intents.values() for lang in intent.short}
    return answers | {text for by_language in urgent for text in by_language.values()}


def ask_everything(engine: Engine) -> Iterator[tuple[Reply, ...]]:
    """The reply to every button that there can be, and to every command, in every language."""
    knowledge = engine.knowledge
    choices = [f"{kind}:{intent}" for kind in ("intent", "more") for intent in knowledge.intents]
    choices += [f"topic:{topic}" for topic in knowledge.topics]
    choices += [f"place:{place.code}" for place in knowledge.places]
    for lang in knowledge.words:
        session = Session(Address("telegram", "1"), lang=lang, greeted=True)
        for choice in choices:
            yield respond(Incoming("1", session.address, "", NOW, choice), session, engine).replies
        for command in COMMANDS:
            yield respond(Incoming("1", session.address, command, NOW), session, engine).replies


@pytest.mark.usefixtures("remembering")
def test_what_is_broken_is_refused_with_file_and_line_or_can_be_answered_from(good: Path, engine: Engine) -> None:
    """The reading and the rules, for every variant; and of what passes them, every answer."""
    breaker = Breaker(good, SEED)
    became: Counter[str] = Counter()
    begun = time.monotonic()
    for number in range(VARIANTS):
        variant = breaker.variant()
        with Broken(variant):
            found = checked(good)
        if not isinstance(found, Knowledge):
            became["refused"] += 1
            assert found, f"variant {number} ({variant.how}): refused without a reason"
            for problem in found:
                assert problem.file.startswith(FOLDERS), f"variant {number} ({variant.how}): {problem.file}"
                assert problem.line >= 1
                assert problem.text.strip()
            continue
        became["accepted"] += 1
        # The matcher stays that of the good content: no tap and no command asks it.
        for replies in ask_everything(Engine.of(found, engine.matcher, "vi")):
            became["replies"] += len(replies)
            assert replies, f"variant {number} ({variant.how}): silence"
            assert all(reply.text.strip() for reply in replies), f"variant {number} ({variant.how}): an empty answer"
    print(f"\n{VARIANTS} variants: {dict(became)} in {time.monotonic() - begun:.0f} s")
    assert became["refused"] > became["accepted"] > 0


async def test_the_last_good_content_stays_in_use_whatever_comes(good: Path, cache: Path) -> None:
    """The whole way, in another process. Content that is taken over answers with its own texts and nothing else."""
    settings = Settings(home=good, cache=cache, lang="vi")
    in_use = first = build_engine(settings)
    taken: list[str] = []
    told: list[str] = []
    counted: list[bool] = []

    def take(another: Engine) -> None:
        nonlocal in_use
        in_use = another
        taken.append(another.knowledge.version)

    def tell(say: Say) -> None:
        told.append(say(Words("en", {})))

    reloader = Reloader(
        settings,
        first,
        use=take,
        notify=tell,
        record=counted.append,
        now=lambda: NOW,
        timing=ReloadTiming(look_every=1, still=0.01, certain=0),
    )
    await reloader.check()
    assert (taken, counted) == ([], []), "the copy is what is in use already"
    breaker = Breaker(good, SEED + 1)
    begun = time.monotonic()
    for number in range(WHOLE_WAY):
        variant = breaker.variant()
        with Broken(variant):
            before, shown, tried = in_use, len(told), len(counted)
            await reloader.check()
            refused = in_use is before
            if refused and len(counted) > tried and not counted[-1]:  # a file without quotes is none the worse for losing them
                assert "content_refused" in reloader.status(), variant.how
                assert len(told) <= shown + 1
            where = f"variant {number} ({variant.how})"
            texts = allowed_texts(in_use.knowledge)
            for question in QUESTIONS:
                session = Session(Address("telegram", "1"), greeted=True)
                turn = respond(Incoming("1", session.address, question, NOW), session, in_use)
                assert turn.replies, f"{where}: silence to {question!r}"
                if turn.outcome and turn.outcome.kind == "answer" and turn.outcome.intent in in_use.knowledge.intents:
                    text = turn.replies[0].text
                    known = any(text == one or one in text for one in texts)
                    assert known or turn.outcome.intent in ("greeting", "admin-merger-commune"), f"{where}: {text!r}"
        await reloader.check()
        assert in_use.knowledge.version == first.knowledge.version, "the good content is not in use again"
        assert "content_refused" not in reloader.status()
    outcome = Counter("taken over" if one else "refused" for one in counted)
    print(f"\n{WHOLE_WAY} variants the whole way: {dict(outcome)}, {len(told)} messages in {time.monotonic() - begun:.0f} s")
    assert outcome["refused"] > 0
