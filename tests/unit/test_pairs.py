"""`content/pairs.yaml`: which two intents are often confused, and the question that tells them apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.knowledge.load import load_knowledge

FILE = """\
pairs:
  - between: [loan-amount, job-numbers]
    question:
      vi: Bà con hỏi vay vốn, hay việc làm?
      en: Is it about a loan, or about work?
"""


def written(home: Path, text: str) -> Path:
    path = home / "content/pairs.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_pair_is_known_in_either_order(tiny_home: Path) -> None:
    written(tiny_home, FILE)
    pairs = load_knowledge(tiny_home, "vi").pairs
    assert pairs[frozenset(("job-numbers", "loan-amount"))]["vi"] == "Bà con hỏi vay vốn, hay việc làm?"


def test_without_the_file_no_two_are_told_apart(tiny_home: Path) -> None:
    assert load_knowledge(tiny_home, "vi").pairs == {}


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("job-numbers]", "job-numbrs]", 2, "job-numbrs.*job-numbers"),
        ("job-numbers]", "loan-amount]", 2, "hai intent khác nhau"),
        ("job-numbers]", "job-numbers, loan-amount]", 2, "hai intent khác nhau"),
        ("      en: Is it about a loan, or about work?\n", "", 3, "'en'"),
        ("hay việc làm?", f"hay {'việc làm ' * 9}?", 4, "quá 90"),
        ("about work?", "about work", 5, "dấu hỏi"),
        ("hay việc làm?", "hay 2 việc?", 4, "“2”"),
        ("hay việc làm?", "hay vay {loan-limit}?", 4, "không nêu số liệu"),
    ],
    ids=[
        "an intent that does not exist",
        "one intent twice",
        "three intents",
        "a language left out",
        "longer than people read",
        "no question",
        "a figure",
        "a fact",
    ],
)
def test_what_would_tell_nothing_apart_is_refused(tiny_home: Path, old: str, new: str, line: int, told: str) -> None:
    assert old in FILE
    written(tiny_home, FILE.replace(old, new))
    with pytest.raises(ContentError, match=rf"pairs.yaml:{line}: .*{told}"):
        load_knowledge(tiny_home, "vi")


def test_a_pair_that_stands_there_already_is_refused_in_the_other_order_too(tiny_home: Path) -> None:
    again = FILE.replace("pairs:\n", "").replace("loan-amount, job-numbers", "job-numbers, loan-amount")
    written(tiny_home, FILE + again)
    with pytest.raises(ContentError, match=r"pairs.yaml:6: .* 2;"):
        load_knowledge(tiny_home, "vi")
