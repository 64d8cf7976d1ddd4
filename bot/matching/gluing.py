"""Words written without a blank between them: "muonvayvon", "vốn ởđâu", "helpme"."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.matching.keys import is_syllable
from bot.text.folding import strip_accents

SHORTEST = 4  # letters that may be several words without an accent to tell
LONGEST_PART = 12
SURE_TIMES = 2  # phrasings that must have a word before it can be a part
ONE_LETTER = frozenset("aoy")  # ạ, à, ở, ý
_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


def tones(typed: str) -> int:
    """How many tones are set: a syllable has one at most."""
    return len(_TONE.findall(unicodedata.normalize("NFD", typed)))


def syllables(word: str) -> int:
    """How many Vietnamese syllables, as few as can be, make up a folded word; 0 where it is not made of any."""
    fewest = [0, *([0] * len(word))]
    for end in range(1, len(word) + 1):
        parts = [
            fewest[start] + 1
            for start in range(max(0, end - LONGEST_PART), end)
            if (start == 0 or fewest[start]) and is_syllable(word[start:end])
        ]
        fewest[end] = min(parts, default=0)
    return fewest[-1]


@dataclass(frozen=True, slots=True)
class _Split:
    """`pairs`: how many neighbours are known as such; `common`: how common all parts are, as a logarithm."""

    parts: tuple[str, ...]
    pairs: int
    common: float


_NOTHING = _Split((), 0, 0.0)


def _strangeness(split: _Split) -> tuple[int, int, float]:
    return len(split.parts), -split.pairs, -split.common


class Splitter:
    """Splits with the words of the phrasings. `pair_count` tells how common two neighbouring ones are."""

    def __init__(self, known: Mapping[str, int], pair_count: Callable[[str, str], int]) -> None:
        self._known = known
        self._pair_count = pair_count

    def split(self, typed: str, word: str) -> list[str] | None:
        """The known words, as few and as common as can be, that make up `word`; None where there are none.

        `word` is the folded form of `typed`. A part is a syllable of two letters or more. Of one letter, or
        English, it must be a known neighbour of the parts beside it, or carry a tone of its own.
        """
        accented = typed if len(typed) == len(word) and strip_accents(typed) == word else word
        if not word.isalpha() or (len(word) < SHORTEST and tones(accented) < 2):
            return None
        best: list[_Split | None] = [_NOTHING, *([None] * len(word))]
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - LONGEST_PART), end):
                before, part = best[start], word[start:end]
                if before is not None and self._goes_on(before.parts, part, accented[start:end], len(word)):
                    best[end] = min(filter(None, (best[end], self._with(before, part))), key=_strangeness)
        parts = best[-1].parts if best[-1] else ()
        if len(parts) < 2 or 2 * len(set(parts)) <= len(parts):
            return None  # "hahahaha" is a laugh, not a sentence without spaces
        return list(parts)

    def _with(self, before: _Split, part: str) -> _Split:
        neighbours = bool(before.parts) and self._pair_count(before.parts[-1], part) > 0
        return _Split((*before.parts, part), before.pairs + neighbours, before.common + math.log(self._known[part]))

    def _goes_on(self, before: tuple[str, ...], part: str, accented: str, length: int) -> bool:
        if self._known.get(part, 0) < SURE_TIMES or tones(accented) > 1:
            return False
        neighbours = not before or self._pair_count(before[-1], part) > 0
        if accented != part:
            return is_syllable(part) and (len(part) > 1 or part in ONE_LETTER)
        weak = length <= SHORTEST or not is_syllable(part) or len(part) == 1 or (before and self._is_weak(before[-1]))
        return neighbours and (len(part) > 1 or part in ONE_LETTER) if weak else True

    def _is_weak(self, part: str) -> bool:
        return len(part) == 1 or not is_syllable(part)
