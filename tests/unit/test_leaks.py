"""The phrasings were written without the development questions; so a good result on these is no memory.

Only the phrasing that leaks is named, never the question, so that nobody learns the questions from a failing test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from bot.knowledge.yamlfile import read_yaml
from bot.text.folding import fold

ALIKE = 0.9  # twice the shared words against the words of both: one word more among five, one word changed among ten
ENOUGH = 5  # words; shorter questions are alike by chance


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether one set of folded words is a light edit of the other."""
    if min(len(one), len(other)) < ENOUGH:
        return False
    return 2 * len(one & other) / (len(one) + len(other)) >= ALIKE


class Questions:
    """Folded questions, found by the same text or by nearly the same words."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._folded = {fold(text) for text in texts} - {""}
        self._words = [frozenset(text.split()) for text in self._folded]
        self._with: defaultdict[str, list[int]] = defaultdict(list)
        for number, words in enumerate(self._words):
            for word in words:
                self._with[word].append(number)

    def __len__(self) -> int:
        return len(self._folded)

    def holds(self, phrasing: str) -> bool:
        folded = fold(phrasing)
        if folded in self._folded:
            return True
        words = frozenset(folded.split())
        shared: defaultdict[int, int] = defaultdict(int)
        for word in words:
            for number in self._with.get(word, ()):
                shared[number] += 1
        return any(alike(words, self._words[number]) for number, count in shared.items() if count >= ENOUGH - 1)


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
def questions(home: Path) -> Questions:
    lines = (home / "tests/data/residents_dev.tsv").read_text("utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line.strip()]
    if any(len(row) != 5 for row in cells):
        pytest.fail("residents_dev.tsv has a line without its five columns", pytrace=False)
    return Questions(row[0] for row in cells if row != ["text", "intent", "also_ok", "lang", "style"])


def test_no_phrasing_is_a_development_question_or_a_light_edit_of_one(home: Path, questions: Questions) -> None:
    leaking = [f"{file}: {text}" for file, text in phrasings(home) if questions.holds(text)]
    if leaking:
        pytest.fail(f"{len(leaking)} phrasings leak:\n" + "\n".join(leaking), pytrace=False)


def test_there_are_questions_and_phrasings_to_compare(home: Path, questions: Questions) -> None:
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
    assert Questions([QUESTION]).holds(phrasing)


@pytest.mark.parametrize(
    "phrasing", ["vay vốn nuôi bò thì hỏi ai", "Nhà tôi ở bản xa muốn học nghề may thì hỏi ai", "vay vốn", ""]
)
def test_another_question_of_the_same_need_is_no_leak(phrasing: str) -> None:
    assert not Questions([QUESTION]).holds(phrasing)


def test_a_short_question_leaks_only_word_for_word() -> None:
    assert Questions(["vay vốn ở đâu"]).holds("Vay vốn ở đâu?")
    assert not Questions(["vay vốn ở đâu"]).holds("ở đâu vay vốn")
