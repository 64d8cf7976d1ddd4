"""Questions of residents, none twice: each as several people would type it, so that no memory of what was asked shines."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Sequence

from bot.text.folding import strip_accents
from tests.processes import ROOT

QUESTIONS = ROOT / "tests/data/residents_dev.tsv"
MANY = 20_000  # more than one part of a measurement asks
OPENINGS: dict[str, Sequence[str]] = {
    "vi": ("", "Dạ ", "Cho em hỏi ", "Anh chị ơi, ", "Em chào ad, ", "Cán bộ cho hỏi "),
    "en": ("", "Hi, ", "Hello, ", "Please, ", "Good morning. ", "Excuse me, "),
}
ENDINGS: dict[str, Sequence[str]] = {
    "vi": ("", " ạ", " với ạ", " vậy", ", em cảm ơn", "??"),
    "en": ("", " please", "??", ", thanks", " thank you", "..."),
}
TYPED: Sequence[Callable[[str], str]] = (str, str.lower, strip_accents)


def questions(count: int = MANY) -> list[str]:
    """So many different ones, or all there are; the same ones at every call."""
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = list(dict.fromkeys(text for row in rows for text in _typed(row["text"], row["lang"])))
    random.Random(0).shuffle(found)
    return found[:count]


def _typed(text: str, lang: str) -> Iterator[str]:
    for opening in OPENINGS[lang]:
        for ending in ENDINGS[lang]:
            yield from (typed(f"{opening}{text.rstrip('?. ')}{ending}") for typed in TYPED)
