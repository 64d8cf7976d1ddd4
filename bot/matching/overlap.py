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
    weights  word → its weight where the question has it, else 0
    total    weight of all its words
    closest  label → what `ExampleOverlap.closest` found so far
    """

    known: float
    asked: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    total: float
    closest: dict[int, tuple[float, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ExampleOverlap:
    """Phrasings as sets of words, label after label, in compressed rows.

    spans      label → its first and one past its last phrasing
    starts     phrasing → where its words begin in `words` (one longer than there are phrasings)
    totals     phrasing → weight of its words
    """

    index: Index
    weights: Floats
    spans: Sequence[tuple[int, int]]
    starts: Integers
    words: Integers
    totals: Floats
    texts: Sequence[str]

    @classmethod
    def build(
        cls, index: Index, labels: Sequence[int], written: Sequence[Sequence[str]], texts: Sequence[str]
    ) -> ExampleOverlap:
        order = sorted(range(len(labels)), key=labels.__getitem__)
        word_count = 1 + max((index.features[word] for one in written for word in one), default=-1)
        weights = index.idf[:word_count]
        words, starts, totals = array("i"), array("i", [0]), array("f")
        for place in order:
            rows = sorted({index.features[word] for word in written[place]})
            words.extend(rows or [word_count])  # a phrasing without words has one that no question has: none may be empty
            starts.append(len(words))
            totals.append(float(weights[rows].sum()))
        ends = np.searchsorted([labels[place] for place in order], np.arange(len(index.names)), side="right").tolist()
        return cls(
            index,
            weights,
            list(zip((0, *ends), ends, strict=False)),
            np.array(starts, np.int32),
            np.array(words, np.int32),
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
        by_word = np.zeros(len(self.weights) + 1)
        by_word[rows] = weights
        return QueryWords(
            len(rows) / len(distinct) if distinct else 0.0,
            np.minimum(1.0, contained / total) if total else contained,
            by_word,
            total,
        )

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
        starts = self.starts[begin:end]
        first, last = int(starts[0]), int(self.starts[end])
        shared = np.add.reduceat(question.weights[self.words[first:last]], starts - first)
        likeness = 2 * shared / (self.totals[begin:end] + (question.total or 1.0))
        best = int(likeness.argmax())
        return float(likeness[best]), self.texts[begin + best] if question.known else ""
