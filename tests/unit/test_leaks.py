"""The phrasings were written without the development questions; so a good result on these is no memory.

Only the phrasing that leaks is named, never the question, so that nobody learns the questions from a failing test.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.likeness import Texts, alike
from bot.knowledge.yamlfile import read_yaml
from bot.text.folding import fold


def phrasings(home: Path) -> Iterator[tuple[str, str]]:
    """(file, phrasing) of every intent and every refused topic."""
    for path in sorted((home / "intents").rglob("*.yaml")):
        document = read_yaml(path).value
        assert isinstance(document, dict)
        found: list[object] = [document.get("examples"), document.get("foreign")]
        while found:
            one = found.pop()
            if isinstance(one, dict):
                found.extend(one.values())
            elif isinstance(one, list):
                found.extend(one)
            elif isinstance(one, str):
                yield path.relative_to(home).as_posix(), one


@pytest.fixture(scope="module")
def questions(home: Path) -> Texts:
    lines = (home / "tests/data/residents_dev.tsv").read_text("utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line.strip()]
    if any(len(row) != 5 for row in cells):
        pytest.fail("residents_dev.tsv has a line without its five columns", pytrace=False)
    return Texts(row[0] for row in cells if row != ["text", "intent", "also_ok", "lang", "style"])


def test_no_phrasing_is_a_development_question_or_a_light_edit_of_one(home: Path, questions: Texts) -> None:
    leaking = [f"{file}: {text}" for file, text in phrasings(home) if questions.holds(text)]
    if leaking:
        pytest.fail(f"{len(leaking)} phrasings leak:\n" + "\n".join(leaking), pytrace=False)


def test_there_are_questions_and_phrasings_to_compare(home: Path, questions: Texts) -> None:
    assert len(questions) > 100
    assert sum(1 for _ in phrasings(home)) > 5_000


QUESTION = "Nhà tôi ở bản xa muốn vay vốn nuôi bò thì hỏi ai"


@pytest.mark.parametrize(
    "phrasing",
    [
        QUESTION,
        "nha toi o ban xa muon vay von nuoi bo thi hoi ai?",
        "nhà tôi ở bản xa muốn vay vốn nuôi bò thì hỏi ai ạ",
        "muốn vay vốn nuôi bò thì hỏi ai, nhà tôi ở bản xa",
        "Nhà em ở bản xa muốn vay vốn nuôi bò thì hỏi ai",
    ],
)
def test_a_light_edit_is_recognised(phrasing: str) -> None:
    assert Texts([QUESTION]).holds(phrasing)


@pytest.mark.parametrize(
    "phrasing", ["vay vốn nuôi bò thì hỏi ai", "Nhà tôi ở bản xa muốn học nghề may thì hỏi ai", "vay vốn", ""]
)
def test_another_question_of_the_same_need_is_no_leak(phrasing: str) -> None:
    assert not Texts([QUESTION]).holds(phrasing)


def test_texts_are_found_as_by_comparing_all_with_all(home: Path) -> None:
    written = sorted({text for file, text in phrasings(home) if "/housing/" in file})
    assert len(written) > 200
    texts = Texts(written[::2])
    folded = [frozenset(fold(text).split()) for text in written[::2]]
    for text in written[1::2]:
        words = frozenset(fold(text).split())
        assert texts.holds(text) == (text in texts or any(alike(words, other) for other in folded)), text


def test_a_short_question_leaks_only_word_for_word() -> None:
    assert Texts(["vay vốn ở đâu"]).holds("Vay vốn ở đâu?")
    assert not Texts(["vay vốn ở đâu"]).holds("ở đâu vay vốn")
