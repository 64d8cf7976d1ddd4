"""The matcher: a message in, ranked intents with probabilities out. Vietnamese and English in one index."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bot.matching.calibration import SIGNALS, Calibration, Signals, committed_calibration
from bot.matching.features import Concepts, extract
from bot.matching.index import Floats, Index, Integers
from bot.matching.language_guess import LanguageGuess
from bot.matching.normalise import NUMBER, Filler, Normalised, Normaliser, Repair, folded_words, written_out
from bot.matching.overlap import ExampleOverlap, QueryWords
from bot.model import Match, MatchReasons, Vocabulary
from bot.model.well_known import OUT_OF_SCOPE

FOREIGN = "foreign:"  # labels of refused topics begin so; to the outside they are all `out-of-scope`
RANKED = 5  # candidates returned
LOOKED_AT = RANKED + 12  # labels kept for them: refused topics are many labels and one candidate
STEEPNESS = 12.0  # how fast a candidate's share of the rest falls as its score falls behind the first
ABOUT_WEIGHT = 0.35  # share of the question before, when a short message is read as a follow-up
LONG_QUESTION = 12  # words
RESCORED = 8  # labels whose closest phrasing counts beside the words of all their phrasings
CLOSEST = 0.4  # how much: share of the first score that a phrasing with the same words would add
WRITTEN = 0.6  # share of the first score that puts in front the intent which has this very phrasing
RIVALS = 4  # other intents whose closest phrasing is looked at
READ_AGAIN = 512  # messages whose reading is kept: one message is read for its language, its meaning and as a follow-up

NO_VOCABULARY = Vocabulary(abbreviations={}, filler=(), concepts={}, commands={})


@dataclass(frozen=True, slots=True)
class Example:
    """A phrasing of the index: its label, language and text as written."""

    label: str
    lang: str
    text: str


@dataclass(frozen=True)
class Explanation:
    """Why a message was matched as it was; what `loaban ask --explain` shows.

    `parts` are (feature, part of the first intent's score): what its closest phrasing adds, then the features, largest first.
    They add up to `score`.
    """

    words: tuple[str, ...]
    repairs: tuple[Repair, ...]
    signals: Signals
    score: float
    parts: tuple[tuple[str, float], ...]
    matches: tuple[Match, ...]


@dataclass(frozen=True)
class MatchProfile:
    """What one message is compared with others by.

    words     as they were read, folded; messages with the same are the same to the matcher
    matches   as `Matcher.match` gives them
    features  feature → weight: those that no phrasing has, too, which weigh as the rarest that one has
    labels    label → its score against the best, refused topics each on its own; best first
    """

    words: tuple[str, ...]
    matches: tuple[Match, ...]
    features: Mapping[str, float]
    labels: Mapping[str, float]


@dataclass(frozen=True)
class _Ranking:
    normalised: Normalised
    question: QueryWords
    rows: Integers
    weights: Floats
    scores: Floats
    order: list[int]


class Matcher:
    """Built once from the phrasings; afterwards immutable and safe to use from several threads."""

    def __init__(
        self,
        index: Index,
        overlap: ExampleOverlap,
        written: Mapping[tuple[str, ...], int],
        known: Mapping[str, int],
        language: LanguageGuess,
        vocabulary: Vocabulary,
        calibration: Calibration,
    ) -> None:
        self._parts = (index, overlap, written, known, language, vocabulary, calibration)
        self._index = index
        self._overlap = overlap
        self._written = written
        self._concepts = Concepts(vocabulary.concepts)
        self._language = language
        self._calibration = calibration
        self._foreign = np.array([name.startswith(FOREIGN) for name in index.names])
        normaliser = Normaliser(
            known,
            lambda first, second: index.labels_with(f"{first} {second}"),
            written_out(vocabulary.abbreviations),
            Filler(vocabulary.filler),
        )
        self._read = lru_cache(READ_AGAIN)(normaliser.normalise)

    def __reduce__(self) -> tuple[type[Matcher], tuple[object, ...]]:
        """Pickled as what it was made of, for the cache."""
        return Matcher, self._parts

    @classmethod
    def build(
        cls, examples: Iterable[Example], vocabulary: Vocabulary = NO_VOCABULARY, calibration: Calibration | None = None
    ) -> Matcher:
        """From phrasings and, where there is one, the vocabulary. Takes seconds, so `bot/engine/cache.py` keeps the result."""
        kept = list(examples)
        abbreviations = written_out(vocabulary.abbreviations)
        filler, concepts = Filler(vocabulary.filler), Concepts(vocabulary.concepts)
        spelt = [folded_words(example.text, abbreviations) for example in kept]
        written = [filler.drop(words) for words in spelt]
        names = sorted({example.label for example in kept})
        position = {name: number for number, name in enumerate(names)}
        labels = [position[example.label] for example in kept]
        index = Index.build(((label, extract(words, concepts)) for label, words in zip(labels, written, strict=True)), names)
        return cls(
            index,
            ExampleOverlap.build(index, labels, written, [example.text for example in kept]),
            {tuple(words): label for label, words in zip(labels, written, strict=True)},
            Counter(word for words in spelt for word in words),
            LanguageGuess.build((example.lang, words) for example, words in zip(kept, written, strict=True)),
            vocabulary,
            calibration or committed_calibration(),
        )

    def match(self, text: str, *, within: Collection[str] | None = None, about: str = "") -> list[Match]:
        """Candidates, best first, at most RANKED; empty when the message has no known word.

        `within` keeps only these intents. `about` is the question before: its words count a little, as they do for
        people in a conversation. Probabilities are calibrated for the first place; the others share the rest.
        """
        ranking = self._rank(text, within, about)
        return self._matches(ranking) if ranking.order else []

    def language(self, text: str, expected: str | None = None) -> str | None:
        """The language of the message; `expected` where it does not tell clearly."""
        return self._language.guess(text, self._read(text).words, expected)

    def explain(self, text: str) -> Explanation:
        """How a message without a conversation is read and scored; without candidates when it has no known word."""
        ranking = self._rank(text, None, "")
        words, repairs = ranking.normalised.words, ranking.normalised.repairs
        if not ranking.order:
            return Explanation(words, repairs, Signals(*[0.0] * len(SIGNALS)), 0.0, (), ())
        first = ranking.order[0]
        features = list(self._index.features)
        parts = self._index.contributions(ranking.rows, ranking.weights, first)
        base = self._index.scores(ranking.rows, ranking.weights)
        closest = float(self._rescored(base, words, ranking.question)[first] - base[first])
        named = (("closest phrasing", closest), *((features[row], part) for row, part in parts))
        return Explanation(
            words, repairs, self._signals(ranking), float(ranking.scores[first]), named, tuple(self._matches(ranking))
        )

    def profile(self, text: str) -> MatchProfile:
        """What likeness of this message and others can be told by."""
        ranking = self._rank(text, None, "")
        names, top = self._index.names, float(ranking.scores.max(initial=0.0))
        return MatchProfile(
            ranking.normalised.words,
            tuple(self._matches(ranking)) if ranking.order else (),
            self._index.all_weights(extract(ranking.normalised.words, self._concepts)),
            {names[label]: float(ranking.scores[label]) / top for label in ranking.order},
        )

    def signals(self, text: str) -> tuple[str, Signals] | None:
        """The label in first place (foreign groups as themselves) and its signals: what the calibration is fitted on."""
        ranking = self._rank(text, None, "")
        return (self._index.names[ranking.order[0]], self._signals(ranking)) if ranking.order else None

    # --- ranking ---

    def _question(self, text: str) -> tuple[Normalised, Integers, Floats]:
        normalised = self._read(text)
        return normalised, *self._index.question_weights(extract(normalised.words, self._concepts))

    def _rank(self, text: str, within: Collection[str] | None, about: str) -> _Ranking:
        normalised, rows, weights = self._question(text)
        scores = self._index.scores(rows, weights)
        question = self._overlap.question(normalised.words)
        ranked = self._rescored(scores, normalised.words, question)
        if about:
            ranked = ranked + ABOUT_WEIGHT * self._index.scores(*self._question(about)[1:])
        if within is not None:
            keep = np.array([name in within for name in self._index.names])
            ranked = np.where(keep, ranked, 0.0).astype(np.float32)
        if set(normalised.words) <= {NUMBER} or not question.rows:
            ranked = np.zeros_like(ranked)  # a number alone asks nothing, nor do letters that make no known word
        order = [int(label) for label in np.argsort(-ranked, kind="stable")[:LOOKED_AT] if ranked[label] > 0]
        return _Ranking(normalised, question, rows, weights, ranked, order)

    def _rescored(self, scores: Floats, words: tuple[str, ...], question: QueryWords) -> Floats:
        """The scores with what the closest phrasing adds: words of one sentence together tell more than each alone."""
        rescored = scores.copy()
        top = float(scores.max(initial=0.0))
        near = np.argpartition(-scores, min(RESCORED, len(scores) - 1))[:RESCORED].tolist()
        self._overlap.look_for(near, question)
        for label in near:
            rescored[label] += CLOSEST * top * question.found[label][0]
        if words in self._written:
            rescored[self._written[words]] += WRITTEN * top
        return rescored

    def _matches(self, ranking: _Ranking) -> list[Match]:
        first = self._calibration.probability(self._signals(ranking))
        shares = self._shares(ranking, first)
        matches: list[Match] = []
        seen: set[str] = set()
        for label, share in zip(ranking.order, shares, strict=True):
            intent = self._intent_of(label)
            if intent in seen:
                continue
            seen.add(intent)
            likeness, example = self._overlap.closest(label, ranking.question)
            reasons = MatchReasons(
                score=float(ranking.scores[label]),
                covered=self._overlap.asked(label, ranking.question),
                likeness=likeness,
                repairs=len(ranking.normalised.repairs),
            )
            matches.append(Match(intent, round(share, 4), example, reasons))
            if len(matches) == RANKED:
                break
        return matches

    def _shares(self, ranking: _Ranking, first: float) -> list[float]:
        """The calibrated probability for the first, and the rest shared among the others by how near they come."""
        top = float(ranking.scores[ranking.order[0]])
        nearness = [math.exp(-STEEPNESS * (1 - float(ranking.scores[label]) / top)) for label in ranking.order[1:]]
        total = sum(nearness) or 1.0
        return [first, *(min(first, (1 - first) * near / total) for near in nearness)]

    def _signals(self, ranking: _Ranking) -> Signals:
        question = ranking.question
        first = ranking.order[0]
        top = float(ranking.scores[first])
        others = [label for label in ranking.order[1:] if self._intent_of(label) != self._intent_of(first)]
        second = float(ranking.scores[others[0]]) if others else 0.0
        foreign = float(np.where(self._foreign, ranking.scores, 0.0).max(initial=0.0))
        example = self._overlap.closest(first, question)[0]
        rival = max((self._overlap.closest(label, question)[0] for label in others[:RIVALS]), default=0.0)
        return Signals(
            margin=(top - second) / top,
            lead=min(1.0, top / ((1 + CLOSEST) * self._index.ideal(ranking.rows, ranking.weights))),
            asked=self._overlap.asked(first, question),
            known=question.known,
            example=example,
            rival=rival,
            length=min(1.0, len(ranking.normalised.words) / LONG_QUESTION),
            foreign=foreign / top,
            typos=sum(repair.kind == "spelling" for repair in ranking.normalised.repairs) / len(ranking.normalised.words),
        )

    def _intent_of(self, label: int) -> str:
        name = self._index.names[label]
        return OUT_OF_SCOPE if name.startswith(FOREIGN) else name
