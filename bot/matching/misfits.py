"""Phrasings that would be taken for another intent: each is matched against all the others (leave one out).

Leaving one out weakens every short phrasing, so being second is no news. A misfit is a phrasing that loses clearly *and* has
a near twin among the other intent's phrasings, nearer than any of its own: one of the two stands in the wrong place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.matching.matcher import FOREIGN, Example
from bot.matching.normalise import Filler, abbreviation_table, folded_words
from bot.model import Vocabulary

Integers = npt.NDArray[np.int64]

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
    """All phrasings, intent after intent, as rows of words and word pairs, with their sums by intent.

    The weights are the ranker's formula over two blocks. Words are numbered before pairs.

    starts      phrasing → where its features begin in `features`; `word_starts` and `words` are the same of the words alone
    spans       intent → its first and one past its last phrasing
    own_sums    of every entry of `features`, what its intent's phrasings give it in all
    weights     feature x intent
    word_totals phrasing → weight of its words
    vocabulary  how many of the features are words
    """

    def __init__(self, examples: Sequence[Example], vocabulary: Vocabulary) -> None:
        abbreviations, filler = abbreviation_table(vocabulary.abbreviations), Filler(vocabulary.filler)
        spelt = [(example, folded_words(example.text, abbreviations)) for example in examples]
        written = [(example, filler.drop(words)) for example, words in spelt if words]
        written.sort(key=lambda one: one[0].label)
        self.examples = [example for example, _ in written]
        self.names = sorted({example.label for example in self.examples})
        place = {name: number for number, name in enumerate(self.names)}
        self.labels = np.array([place[example.label] for example in self.examples], np.int64)
        self.spans = np.searchsorted(self.labels, np.arange(len(self.names) + 1))
        owners, self.features, self.vocabulary = _features([words for _, words in written])
        self.starts = np.searchsorted(owners, np.arange(len(written) + 1))
        is_word = self.features < self.vocabulary
        self.words = self.features[is_word]
        self.word_starts = np.searchsorted(owners[is_word], np.arange(len(written) + 1))
        self._weigh(owners)

    def _weigh(self, owners: Integers) -> None:
        self.shares = 1 / np.sqrt(np.diff(self.starts))
        many = len(self.names)
        cells, cell_of = np.unique(self.features * many + self.labels[owners], return_inverse=True)
        sums = np.bincount(cell_of, self.shares[owners])
        self.smoothing = 0.1 * float(sums.mean()) if len(sums) else 1.0
        self.own_sums = sums[cell_of]
        rows = int(self.features.max(initial=-1)) + 1
        self.weights = np.zeros((rows, many), np.float32)
        self.weights[cells // many, cells % many] = np.log1p(sums / self.smoothing)
        self.idf = np.log((1 + many) / (1 + np.bincount(cells // many, minlength=rows))) + 0.1
        self.word_totals = np.add.reduceat(self.idf[self.words], self.word_starts[:-1]) if rows else self.shares

    def misfits(self) -> Iterable[Misfit]:
        for number, other in self._losers():
            example = self.examples[number]
            if self.names[other].startswith(FOREIGN) and example.label.startswith(FOREIGN):
                continue
            likeness, twin = self._closest(number, other)
            if likeness < TWIN:
                continue
            at_home = self._closest(number, int(self.labels[number]))[0]
            if likeness > at_home:
                yield Misfit(example, self.names[other], self.examples[twin].text, likeness, at_home)

    def _losers(self) -> Iterable[tuple[int, int]]:
        """(phrasing, label that wins clearly once the phrasing weighs nothing for its own)."""
        for begin in range(0, len(self.examples), CHUNK):
            chunk = np.arange(begin, min(begin + CHUNK, len(self.examples)))
            span = slice(self.starts[begin], self.starts[chunk[-1] + 1])
            rows, starts = self.features[span], self.starts[chunk] - self.starts[begin]
            idf = self.idf[rows]
            scores = np.add.reduceat(idf.astype(np.float32)[:, None] * self.weights[rows], starts)
            sizes = np.diff(self.starts[begin : chunk[-1] + 2])
            left = np.maximum(self.own_sums[span] - np.repeat(self.shares[chunk], sizes), 0)
            own = np.add.reduceat(idf * np.log1p(left / self.smoothing), starts)
            labels = self.labels[chunk]
            scores[np.arange(len(chunk)), labels] = own
            best = scores.argmax(1)
            clear = (best != labels) & (scores.max(1) >= CLEARLY * own)
            yield from ((int(chunk[place]), int(best[place])) for place in np.flatnonzero(clear))

    def _closest(self, number: int, label: int) -> tuple[float, int]:
        """(likeness, phrasing) of the label's closest other one: shared weight of words against the weight of both, halved.

        At least half of the words must be shared; (0, any) where no phrasing has them.
        """
        begin, end = self.spans[label : label + 2]
        starts = self.word_starts[begin : end + 1]
        own = self.words[self.word_starts[number] : self.word_starts[number + 1]]
        words = self.words[starts[0] : starts[-1]]
        asked = np.zeros(self.vocabulary)
        asked[own] = self.idf[own]
        common = asked[words]
        shared = np.add.reduceat(common, starts[:-1] - starts[0])
        likeness = 2 * shared / (self.word_totals[number] + self.word_totals[begin:end])
        likeness[2 * np.add.reduceat(common > 0, starts[:-1] - starts[0], dtype=np.int64) < len(own)] = 0
        if begin <= number < end:
            likeness[number - begin] = 0
        best = len(likeness) - 1 - int(likeness[::-1].argmax())
        return float(likeness[best]), int(begin) + best


def _features(written: Sequence[Sequence[str]]) -> tuple[Integers, Integers, int]:
    """The distinct features of all phrasings, as (phrasing, feature) in two arrays, and how many of the features are words.

    A pair that stands in one phrasing only can speak for no other, and is none.
    """
    known: dict[str, int] = {}
    words = np.array([known.setdefault(word, len(known)) for one in written for word in one], np.int64)
    owners = np.repeat(np.arange(len(written)), [len(one) for one in written])
    beside = owners[:-1] == owners[1:]
    _, pairs, often = np.unique((words[:-1] * len(known) + words[1:])[beside], return_inverse=True, return_counts=True)
    number = len(known) + np.cumsum(often > 1) - 1
    shared = often[pairs] > 1
    features = np.concatenate((words, number[pairs[shared]]))
    many = len(known) + len(often)
    entries = np.sort(np.concatenate((owners, owners[:-1][beside][shared])) * many + features)
    distinct = entries[np.diff(entries, prepend=-1) > 0]  # numpy's own way, by hashes, takes ten times as long here
    return distinct // many, distinct % many, len(known)
