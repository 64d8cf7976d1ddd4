"""A table of spellings, right and wrong: what names somebody is masked, and what people ordinarily ask is not."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from bot.text.folding import fold
from bot.text.masking import MASK, masked

TABLE = Path(__file__).parent.parent / "data" / "masking.tsv"  # what is typed, and the words in it that nobody may keep
with TABLE.open(encoding="utf-8") as opened:
    ROWS = [(row["text"], row["private"]) for row in csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE)]
PRIVATE = [row for row in ROWS if row[1] != "-"]
ORDINARY = [text for text, private in ROWS if private == "-"]


def words(text: str) -> set[str]:
    return set(re.split(r"[\s,:()]+", fold(text)))


@pytest.mark.parametrize(("text", "private"), PRIVATE, ids=[text for text, _ in PRIVATE])
def test_who_it_is_is_not_kept(text: str, private: str) -> None:
    kept = masked(text)
    assert MASK in kept
    assert words(kept).isdisjoint(words(private)), kept
    assert masked(kept) == kept


@pytest.mark.parametrize("text", ORDINARY)
def test_what_is_asked_is_kept(text: str) -> None:
    assert masked(text) == text


def test_the_table_is_large_enough_to_prove_something() -> None:
    assert len(ROWS) == len(set(ROWS)) >= 200
    assert len(ORDINARY) >= 100
