"""Phrasings that would be taken for another intent: each is matched against all the others (leave one out).

Leaving one out weakens every short phrasing, so being second is no news. A misfit is a phrasing that loses clearly *and* has
a near twin among the other intent's phrasings, nearer than any of its own: one of the two stands in the wrong place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bot.matching.matcher import FOREIGN, Example
from bot.matching.normalise import Filler, abbreviation_table, folded_words
from bot.model import Vocabulary

CLEARLY = 1.3  # the other intent's score against the phrasing's own
CHUNK = 256  # phrasings scored at once
TWIN = 0.72  # likeness from which two phrasings say the same


@dataclass(frozen=True, slots=True)
class Misfit:
    """A phrasing, the intent it would be taken for, and that intent's phrasing that says nearly the same.

    `at_home` is how near the nearest phrasing of its own intent comes.
    """

    example: Example
    other: str
    twin: str
    likeness: float
    at_home: float


def misfits(examples: Sequence[Example], vocabulary: Vocabulary) -> list[Misfit]:
    """The nearest twins first; of two that are each other's twin, the one that is less at home."""
    found = list(_Corpus(examples, vocabulary).misfits())
    by_texts = {(one.example.text, one.twin): one for one in found}

    def worse(one: Misfit) -> bool:
        other = by_texts.get((one.twin, one.example.text))
        return other is None or (one.at_home, one.example.text) <= (other.at_home, other.example.text)

    return sorted(filter(worse, found), key=lambda one: -one.likeness)


class _Corpus:
    """All phrasings as rows of words and word pairs, with their sums by intent (the ranker's formula, two blocks)."""

    def __init__(self, examples: Sequence[Example], vocabulary: Vocabulary) -> None:
        self.examples = examples
        self.names = sorted({example.label for example in examples})
        place = {name: number for number, name in enumerate(self.names)}
        self.labels = [place[example.label] for example in examples]
        abbreviations, filler = abbreviation_table(vocabulary.abbreviations), Filler(vocabulary.filler)
        written = [filler.drop(folded_words(example.text, abbreviations)) for example in examples]
        often = Counter(pair for words in written for pair in pairwise(words))
        rows: dict[str | tuple[str, str], int] = {}
        self.words: list[frozenset[int]] = []
        self.features: list[npt.NDArray[np.int32]] = []
        for words in written:
            own = [rows.setdefault(word, len(rows)) for word in dict.fromkeys(words)]
            # A pair that stands in one phrasing only can speak for no other.
            pairs = [rows.setdefault(pair, len(rows)) for pair in dict.fromkeys(pairwise(words)) if often[pair] > 1]
            self.words.append(frozenset(own))
            self.features.append(np.array([*own, *pairs], np.int32))
        counts = [len(own) for own in self.features]
        self.shares = (1 / np.sqrt(np.maximum(counts, 1))).astype(np.float32)
        cells = np.concatenate(self.features).astype(np.int64) * len(self.names) + np.repeat(self.labels, counts)
        flat = np.bincount(cells, np.repeat(self.shares, counts), minlength=len(rows) * len(self.names))
        sums = flat.astype(np.float32).reshape(len(rows), len(self.names))
        self.smoothing = 0.1 * float(sums[sums > 0].mean())
        self.sums = sums
        self.weights = np.log1p(sums / self.smoothing)
        self.idf = (np.log((1 + len(self.names)) / (1 + (sums > 0).sum(1))) + 0.1).astype(np.float32)
        self.members: dict[int, list[int]] = {}
        for number, label in enumerate(self.labels):
            self.members.setdefault(label, []).append(number)

    def misfits(self) -> Iterable[Misfit]:
        for number, other in self._losers():
            example = self.examples[number]
            if self.names[other].startswith(FOREIGN) and example.label.startswith(FOREIGN):
                continue
            likeness, twin = self._closest(number, other)
            if likeness < TWIN:
                continue
            at_home = self._closest(number, self.labels[number])[0]
            if likeness > at_home:
                yield Misfit(example, self.names[other], self.examples[twin].text, likeness, at_home)

    def _losers(self) -> Iterable[tuple[int, int]]:
        """(phrasing, label that wins clearly once the phrasing weighs nothing for its own)."""
        kept = [number for number, own in enumerate(self.features) if own.size]
        for start in range(0, len(kept), CHUNK):
            chunk = kept[start : start + CHUNK]
            rows = np.concatenate([self.features[number] for number in chunk])
            sizes = np.array([self.features[number].size for number in chunk])
            starts = np.cumsum(sizes) - sizes
            labels, shares = np.array(self.labels)[chunk], self.shares[chunk]
            idf = self.idf[rows]
            scores = np.add.reduceat(idf[:, None] * self.weights[rows], starts)
            left = np.maximum(self.sums[rows, np.repeat(labels, sizes)] - np.repeat(shares, sizes), 0)
            scores[np.arange(len(chunk)), labels] = own = np.add.reduceat(idf * np.log1p(left / self.smoothing), starts)
            best = scores.argmax(1)
            clear = (best != labels) & (scores.max(1) >= CLEARLY * own)
            yield from ((chunk[place], int(best[place])) for place in np.flatnonzero(clear))

    def _closest(self, number: int, label: int) -> tuple[float, int]:
        """(likeness, phrasing): shared weight of words against the weight of both, halved."""
        words = self.words[number]
        total = self._weight(words)
        best = (0.0, number)
        for other in self.members[label]:
            shared = words & self.words[other]
            if other != number and 2 * len(shared) >= len(words):
                best = max(best, (2 * self._weight(shared) / (total + self._weight(self.words[other])), other))
        return best

    def _weight(self, words: Iterable[int]) -> float:
        return sum(float(self.idf[row]) for row in words)
