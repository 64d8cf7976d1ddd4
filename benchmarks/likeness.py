"""Texts that are the same or a light edit of one another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from bot.text.folding import fold

ALIKE = 0.9  # twice the shared words against the words of both: one word more among five, one word changed among ten
ENOUGH = 5  # words; shorter texts are alike by chance


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether one set of folded words is a light edit of the other."""
    if min(len(one), len(other)) < ENOUGH:
        return False
    return 2 * len(one & other) / (len(one) + len(other)) >= ALIKE


class Texts:
    """Folded texts, found by the same text or by nearly the same words."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._folded: set[str] = set()
        self._words: list[frozenset[str]] = []
        self._with: defaultdict[str, list[int]] = defaultdict(list)
        for text in texts:
            self.add(text)

    def __len__(self) -> int:
        return len(self._folded)

    def __contains__(self, text: str) -> bool:
        """Whether it is there word for word, whatever its accents, case and punctuation."""
        return fold(text) in self._folded

    def add(self, text: str) -> None:
        folded = fold(text)
        if not folded or folded in self._folded:
            return
        self._folded.add(folded)
        words = frozenset(folded.split())
        for word in words:
            self._with[word].append(len(self._words))
        self._words.append(words)

    def holds(self, text: str) -> bool:
        """Whether it is there, or a light edit of it."""
        return text in self or self._near(frozenset(fold(text).split()))

    def _near(self, words: frozenset[str]) -> bool:
        """A light edit lacks at most two elevenths of the words, so it has one of the rarest of them."""
        if len(words) < ENOUGH:
            return False
        rarest = sorted(words, key=lambda word: (len(self._with.get(word, ())), word))[: len(words) * 2 // 11 + 1]
        near = Counter(number for word in rarest for number in self._with.get(word, ()))
        return any(alike(words, self._words[number]) for number in near)
