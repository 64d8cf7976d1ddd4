"""The ranker: naive Bayes on TF-IDF weights, in closed form.

An intent's weight for a feature is log(1 + S/a): S sums 1/sqrt(features of the phrasing) over its phrasings, balanced for
their number, and a = 0.03 x mean S / 0.3. The question's weight is the intent-level IDF, L2-normalised block by block. There
is nothing to train, one more phrasing is a counter update, and every score is an exact sum that can be shown.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.matching.feature_table import FeatureTable
from bot.matching.features import BLOCKS

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int32]
Positions = npt.NDArray[np.int64]

SMOOTHING = 0.03 / 0.3
# 0: an intent with twice the phrasings has twice the sums; 1: their number plays no part. Measured between: the many small
# foreign groups need it to be heard beside the large intents.
BALANCE = 0.6


class _Block:
    """Counts of one block while the index is built: parallel lists of row, label and share, one entry a feature seen."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self._seen = array("i")
        self._labels = array("i")
        self._shares = array("f")

    def add(self, label: int, found: Collection[str]) -> None:
        if not found:
            return
        rows = self.rows
        self._seen.extend([rows.setdefault(feature, len(rows)) for feature in found])
        self._labels.extend([label] * len(found))
        self._shares.extend([1 / math.sqrt(len(found))] * len(found))

    def weigh(self, balance: npt.NDArray[np.float64]) -> tuple[Integers, Integers, Floats]:
        """Ends of the rows, and the labels and weights of their entries; sums are times the label's `balance`."""
        labels = len(balance)
        keys = np.array(self._seen, np.int64) * labels + np.array(self._labels, np.int64)
        entries, place = np.unique(keys, return_inverse=True)
        sums = np.bincount(place, np.array(self._shares), minlength=len(entries)) * balance[entries % labels]
        smoothing = SMOOTHING * float(sums.mean()) if len(sums) else 1.0
        ends = np.searchsorted(entries, np.arange(1, len(self.rows) + 1, dtype=np.int64) * labels)
        return ends.astype(np.int32), (entries % labels).astype(np.int32), np.log1p(sums / smoothing).astype(np.float32)


@dataclass(frozen=True)
class Index:
    """Weights of every feature for the labels that have it, in compressed rows.

    features   feature → row; blocks share one numbering
    starts     row → where its entries begin in `labels` and `weights` (one longer than there are rows)
    idf        row → intent-level inverse document frequency
    peaks      row → its largest weight for any label
    """

    names: tuple[str, ...]
    features: FeatureTable
    starts: Integers
    labels: Integers
    weights: Floats
    idf: Floats
    peaks: Floats

    @classmethod
    def build(cls, examples: Iterable[tuple[int, Mapping[str, set[str]]]], names: Sequence[str]) -> Index:
        """`examples` are (label, features by block); labels are positions in `names`. Rows of the first block come first."""
        counts = {block: _Block() for block in BLOCKS}
        sizes = np.zeros(len(names))
        for label, blocks in examples:
            sizes[label] += 1
            for block, found in blocks.items():
                counts[block].add(label, found)
        balance = (sizes.mean() / np.maximum(sizes, 1)) ** BALANCE
        features: list[str] = []
        starts, labels, weights = [0], [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
        for counted in counts.values():
            begin = starts[-1]
            features.extend(counted.rows)
            ends, block_labels, block_weights = counted.weigh(balance)
            starts.extend((begin + ends).tolist())
            labels.append(block_labels)
            weights.append(block_weights)
        begins = np.array(starts, np.int32)
        all_weights = np.concatenate(weights)
        spread = np.diff(begins)
        return cls(
            tuple(names),
            FeatureTable(features),
            begins,
            np.concatenate(labels),
            all_weights,
            (np.log((1 + len(names)) / (1 + spread)) + 0.1).astype(np.float32),
            np.maximum.reduceat(all_weights, begins[:-1]) if features else all_weights,
        )

    def query_weights(self, blocks: Mapping[str, set[str]]) -> tuple[Integers, Floats]:
        """Rows and weights of a question's known features: IDF, L2-normalised in each block, times the block's weight."""
        rows: list[int] = []
        spans: list[tuple[str, int, int]] = []
        for block, found in blocks.items():
            begin = len(rows)
            rows += self.features.rows(sorted(found))
            if len(rows) > begin:
                spans.append((block, begin, len(rows)))
        known = np.array(rows, np.int32)
        weights = self.idf[known]
        for block, begin, end in spans:
            values = weights[begin:end]
            values *= BLOCKS[block] / math.sqrt(float(values @ values))
        return known, weights

    def all_weights(self, blocks: Mapping[str, set[str]]) -> dict[str, float]:
        """As `query_weights`, with the features that are not known; they weigh as the rarest known one."""
        rarest = float(self.idf.max(initial=1.0))
        weights: dict[str, float] = {}
        for block, found in blocks.items():
            own = {feature: self._weight(feature, rarest) for feature in sorted(found)}
            norm = math.sqrt(sum(weight * weight for weight in own.values()))
            weights.update((feature, BLOCKS[block] * weight / norm) for feature, weight in own.items())
        return weights

    def _weight(self, feature: str, unknown: float) -> float:
        row = self.features.row(feature)
        return unknown if row is None else float(self.idf[row])

    def scores(self, rows: Integers, weights: Floats) -> Floats:
        """Score of every label for a question."""
        entries, times = self._entries(rows)
        products = self.weights[entries] * weights.repeat(times)
        return np.bincount(self.labels[entries], products, minlength=len(self.names)).astype(np.float32)

    def contained(self, rows: Integers, weights: Floats) -> npt.NDArray[np.float64]:
        """Of every label, the weights of those rows that it has, added up."""
        entries, times = self._entries(rows)
        return np.bincount(self.labels[entries], weights.repeat(times), minlength=len(self.names)).astype(
            np.float64, copy=False
        )

    def labels_with(self, feature: str) -> int:
        """How many labels have the feature."""
        row = self.features.row(feature)
        return 0 if row is None else int(self.starts[row + 1] - self.starts[row])

    def words_of_only(self, chosen: npt.NDArray[np.bool_], words: Iterable[str]) -> set[str]:
        """Those of the words that are features of `chosen` labels alone, one truth a label."""
        if not self.features:
            return set()
        only = np.logical_and.reduceat(chosen[self.labels], self.starts[:-1])
        return {word for word in words if (row := self.features.row(word)) is not None and only[row]}

    def ideal(self, rows: Integers, weights: Floats) -> float:
        """Score of a label that had every known feature of the question at its best."""
        return float(weights @ self.peaks[rows]) if rows.size else 0.0

    def contributions(self, rows: Integers, weights: Floats, label: int) -> list[tuple[int, float]]:
        """(row, part of the label's score), largest first; the parts add up to the score."""
        parts = []
        for row, weight in zip(rows.tolist(), weights.tolist(), strict=True):
            span = slice(self.starts[row], self.starts[row + 1])
            hit = np.flatnonzero(self.labels[span] == label)
            if hit.size:
                parts.append((row, weight * float(self.weights[span][hit[0]])))
        return sorted(parts, key=lambda part: -part[1])

    def _entries(self, rows: Integers) -> tuple[Positions, Integers]:
        """Positions of all entries of the rows, and how many each row has."""
        begins = self.starts[rows]
        times = self.starts[rows + 1] - begins
        ends = times.cumsum()
        return (begins + times - ends).repeat(times) + np.arange(ends[-1] if len(ends) else 0), times
