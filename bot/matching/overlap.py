"""Which phrasing comes closest, and how much of a question an intent's phrasings contain. Words weigh by their IDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bot.matching.index import Floats, Index, Integers


@dataclass(frozen=True)
class QueryWords:
    """The words of a question as the index knows them.

    hits   weight of every word of the index in the question, 0 for all others
    total  weight of all its words; an unknown word weighs as much as the rarest known one
    known  share of its words that any phrasing contains
    asked  label → share of the weight of all its words that the label's phrasings contain, 0 to 1
    found  label → its closest phrasing, once it was looked for
    """

    rows: tuple[int, ...]
    hits: Floats
    total: float
    known: float
    asked: npt.NDArray[np.float64]
    found: dict[int, tuple[float, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ExampleOverlap:
    """Phrasings as sets of words, label after label, in compressed rows.

    spans   label → its first and one past its last phrasing
    starts  phrasing → where its words begin in `words`
    totals  phrasing → weight of its words
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
        starts, words, totals = [0], [], []
        spans = []
        word_count = 1 + max((index.features[word] for one in written for word in one), default=-1)
        weights = index.idf[:word_count]
        position = 0
        for label in range(len(index.names)):
            begin = position
            while position < len(order) and labels[order[position]] == label:
                rows = sorted({index.features[word] for word in written[order[position]]})
                words.extend(rows)
                starts.append(len(words))
                totals.append(float(weights[rows].sum()))
                position += 1
            spans.append((begin, position))
        return cls(
            index,
            weights,
            spans,
            np.array(starts, np.int32),
            np.array(words, np.int32),
            np.array(totals, np.float32),
            [texts[place] for place in order],
        )

    def query_words(self, words: Sequence[str]) -> QueryWords:
        distinct = dict.fromkeys(words)
        rows = tuple(row for row in map(self.index.features.row, distinct) if row is not None)
        hits = np.zeros(len(self.weights), np.float32)
        hits[list(rows)] = self.weights[list(rows)]
        total = float(hits.sum()) + float(self.weights.max(initial=1.0)) * (len(distinct) - len(rows))
        contained = self.index.contained(np.array(rows, np.int32), self.weights[list(rows)])
        asked = np.minimum(1.0, contained / total) if total else contained
        return QueryWords(rows, hits, total, len(rows) / len(distinct) if distinct else 0.0, asked)

    def closest(self, label: int, question: QueryWords) -> tuple[float, str]:
        """Likeness (2 x shared weight / both weights, 0 to 1) and text of the label's closest phrasing."""
        if label not in question.found:
            self.find_closest([label], question)
        return question.found[label]

    def find_closest(self, labels: Sequence[int], question: QueryWords) -> None:
        """Note the closest phrasing of each label in `question.found`, all at once; those that are noted stay as they are."""
        spans = [(label, *self.spans[label]) for label in labels if label not in question.found]
        question.found.update((label, (0.0, "")) for label, begin, end in spans if begin == end or not question.rows)
        spans = [(label, begin, end) for label, begin, end in spans if label not in question.found]
        if not spans:
            return
        starts = self.starts
        words = np.concatenate([self.words[starts[begin] : starts[end]] for _, begin, end in spans])
        sizes = np.concatenate([starts[begin + 1 : end + 1] - starts[begin:end] for _, begin, end in spans])
        totals = np.concatenate([self.totals[begin:end] for _, begin, end in spans])
        shared = np.add.reduceat(question.hits[words], np.cumsum(sizes) - sizes)
        likeness = 2 * shared / (totals + question.total)
        first = 0
        for label, begin, end in spans:
            best = int(likeness[first : first + end - begin].argmax())
            question.found[label] = (float(likeness[first + best]), self.texts[begin + best])
            first += end - begin
