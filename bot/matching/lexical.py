"""Ranking by words: naive Bayes over features of the phrasings, and what the closest single phrasing adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.matching.features import Concepts, extract_features
from bot.matching.index import Floats, Index, Integers
from bot.matching.overlap import ExampleOverlap, QueryWords
from bot.matching.ranker import Query

ABOUT_WEIGHT = 0.35  # share of the question before, when a short message is read as a follow-up
RESCORED = 8  # labels whose closest phrasing counts beside the words of all their phrasings
CLOSEST = 0.4  # how much: share of the first score that a phrasing with the same words would add
EXACT = 0.6  # share of the first score that puts in front the intent which has this very phrasing
RIVALS = 4  # other intents whose closest phrasing is looked at


@dataclass(frozen=True)
class LexicalRanker:
    """A `Ranker`. `exact` leads from the words of a phrasing to its label."""

    index: Index
    overlap: ExampleOverlap
    exact: Mapping[tuple[str, ...], int]
    concepts: Concepts
    weight: float = 1.0

    @classmethod
    def build(
        cls,
        names: Sequence[str],
        labels: Sequence[int],
        texts: Sequence[str],
        words: Sequence[Sequence[str]],
        concepts: Concepts,
    ) -> LexicalRanker:
        """From phrasings as lists of equal length: the label's position in `names`, the text, and its folded words."""
        index = Index.build(((label, extract_features(one, concepts)) for label, one in zip(labels, words, strict=True)), names)
        return cls(
            index,
            ExampleOverlap.build(index, labels, words, texts),
            {tuple(one): label for label, one in zip(labels, words, strict=True)},
            concepts,
        )

    def rank(self, query: Query) -> LexicalRanking:
        words = query.normalised.words
        rows, weights = self._query_weights(words)
        base = self.index.scores(rows, weights)
        found = self.overlap.query_words(words)
        scores = self._rescored(base, words, found)
        if query.about is not None:
            scores = scores + ABOUT_WEIGHT * self.index.scores(*self._query_weights(query.about.words))
        if not found.known:
            scores = np.zeros_like(scores)  # letters that make no known word ask nothing
        return LexicalRanking(self, words, found, rows, weights, base, scores)

    def features(self, words: Sequence[str]) -> dict[str, float]:
        """Feature → weight, those that no phrasing has, too; they weigh as the rarest that one has."""
        return self.index.all_weights(extract_features(words, self.concepts))

    def _query_weights(self, words: Sequence[str]) -> tuple[Integers, Floats]:
        return self.index.query_weights(extract_features(words, self.concepts))

    def _rescored(self, scores: Floats, words: tuple[str, ...], question: QueryWords) -> Floats:
        """The scores with what the closest phrasing adds: words of one sentence together tell more than each alone."""
        rescored = scores.copy()
        top = float(scores.max(initial=0.0))
        near = (-scores).argpartition(min(RESCORED, len(scores) - 1))[:RESCORED].tolist()
        for label in near:
            rescored[label] += CLOSEST * top * self.overlap.closest(label, question)[0]
        if words in self.exact:
            rescored[self.exact[words]] += EXACT * top
        return rescored


@dataclass(frozen=True)
class LexicalRanking:
    """A `Ranking`. `rows` and `weights` are the query's features; `base` are the scores before the closest phrasings."""

    ranker: LexicalRanker
    words: tuple[str, ...]
    found: QueryWords
    rows: Integers
    weights: Floats
    base: Floats
    scores: Floats

    def signals(self, first: int, rivals: Sequence[int]) -> dict[str, float]:
        ideal = (1 + CLOSEST) * self.ranker.index.ideal(self.rows, self.weights)
        return {
            "lead": min(1.0, float(self.scores[first]) / ideal) if ideal else 0.0,
            "asked": self.asked(first),
            "known": self.found.known,
            "example": self.closest(first)[0],
            "rival": max((self.closest(label)[0] for label in rivals[:RIVALS]), default=0.0),
        }

    def closest(self, label: int) -> tuple[float, str]:
        """Likeness, 0 to 1, and text of the label's closest phrasing."""
        return self.ranker.overlap.closest(label, self.found)

    def asked(self, label: int) -> float:
        """Share of the query's word weight that the label's phrasings contain."""
        return float(self.found.asked[label])

    def parts(self, label: int) -> tuple[tuple[str, float], ...]:
        """(feature, part of the label's score): what its closest phrasing adds, then the features, the largest first.

        They add up to the score where there was no question before.
        """
        index = self.ranker.index
        features = list(index.features)
        parts = index.contributions(self.rows, self.weights, label)
        closest = float(self.scores[label] - self.base[label])
        return ("closest phrasing", closest), *((features[row], part) for row, part in parts)
