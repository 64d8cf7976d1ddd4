"""Which phrasing comes closest, and how much of a question an intent's phrasings contain. Words weigh by their IDF."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bot.matching.index import Floats, Index, Integers


@dataclass(frozen=True)
class QueryWords:
    """The words of a question as the index knows them.

    known    share of its words that any phrasing contains; 0 where there are none
    asked    label → share of the weight of all its words that the label's phrasings contain, 0 to 1
    shared   phrasing → weight of the words that it has of these
    total    weight of all its words
    closest  label → what `ExampleOverlap.closest` found so far
    """

    known: float
    asked: npt.NDArray[np.float64]
    shared: npt.NDArray[np.float64]
    total: float
    closest: dict[int, tuple[float, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ExampleOverlap:
    """Phrasings as sets of words, label after label, and of every word the phrasings that have it, in compressed rows.

    spans      label → its first and one past its last phrasing
    starts     word → where its phrasings begin in `phrasings` (one longer than there are words)
    totals     phrasing → weight of its words
    """

    index: Index
    weights: Floats
    spans: Sequence[tuple[int, int]]
    starts: Integers
    phrasings: Integers
    totals: Floats
    texts: Sequence[str]

    @classmethod
    def build(
        cls, index: Index, labels: Sequence[int], written: Sequence[Sequence[str]], texts: Sequence[str]
    ) -> ExampleOverlap:
        order = sorted(range(len(labels)), key=labels.__getitem__)
        word_count = 1 + max((index.features[word] for one in written for word in one), default=-1)
        weights = index.idf[:word_count]
        words, phrasings, totals = array("i"), array("i"), array("f")
        for position, place in enumerate(order):
            rows = sorted({index.features[word] for word in written[place]})
            words.extend(rows)
            phrasings.extend([position] * len(rows))
            totals.append(float(weights[rows].sum()))
        ends = np.searchsorted([labels[place] for place in order], np.arange(len(index.names)), side="right").tolist()
        by_word = np.argsort(np.array(words, np.int32), kind="stable")
        counts = np.bincount(np.array(words, np.int32), minlength=word_count)
        return cls(
            index,
            weights,
            list(zip((0, *ends), ends, strict=False)),
            np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
            np.array(phrasings, np.int32)[by_word],
            np.array(totals, np.float32),
            [texts[place] for place in order],
        )

    def query_words(self, words: Sequence[str]) -> QueryWords:
        """An unknown word weighs as much as the rarest known one."""
        distinct = dict.fromkeys(words)
        rows = np.array(self.index.features.rows(distinct), np.int32)
        weights = self.weights[rows]
        total = float(weights.sum()) + self._rarest * (len(distinct) - len(rows))
        contained = self.index.contained(rows, weights)
        return QueryWords(
            len(rows) / len(distinct) if distinct else 0.0,
            np.minimum(1.0, contained / total) if total else contained,
            self._shared(rows, weights),
            total,
        )

    def _shared(self, rows: Integers, weights: Floats) -> npt.NDArray[np.float64]:
        """Of every phrasing, the weight of the words that it has of these."""
        found = [self.phrasings[self.starts[row] : self.starts[row + 1]] for row in rows.tolist()]
        if not found:
            return np.zeros(len(self.texts))
        times = [len(one) for one in found]
        shared = np.bincount(np.concatenate(found), weights.repeat(times), minlength=len(self.texts))
        return shared.astype(np.float64, copy=False)

    @cached_property
    def _rarest(self) -> float:
        """What an unknown word weighs."""
        return float(self.weights.max(initial=1.0))

    def closest(self, label: int, question: QueryWords) -> tuple[float, str]:
        """Of the label's closest phrasing the text and the likeness, which is 2 x shared weight / both weights, 0 to 1.

        0 and no text where no word of the question is known.
        """
        found = question.closest.get(label)
        if found is None:
            found = question.closest[label] = self._closest(label, question)
        return found

    def _closest(self, label: int, question: QueryWords) -> tuple[float, str]:
        begin, end = self.spans[label]
        if begin == end:
            return 0.0, ""
        likeness = 2 * question.shared[begin:end] / (self.totals[begin:end] + (question.total or 1.0))
        best = int(likeness.argmax())
        return float(likeness[best]), self.texts[begin + best] if question.known else ""
