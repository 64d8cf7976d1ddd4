"""The matcher: a message in, ranked intents with probabilities out. Vietnamese and English in one index.

A message is normalised, ranked by every ranker, and the first place gets a probability by the calibration.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from bot.matching.calibration import SIGNALS, Calibration, Signals, committed_calibration
from bot.matching.features import Concepts
from bot.matching.language_guess import LanguageGuess
from bot.matching.lexical import LexicalRanker, LexicalRanking
from bot.matching.normalise import NUMBER, Filler, Normalised, Normaliser, Repair, abbreviation_table, folded_words
from bot.matching.ranker import Query, Ranker, Ranking, Scores, added_up
from bot.model import Match, MatchReasons, Vocabulary
from bot.model.well_known import OUT_OF_SCOPE

FOREIGN = "foreign:"  # labels of refused topics begin so; to the outside they are all `out-of-scope`
RANKED = 5  # candidates returned
LOOKED_AT = RANKED + 12  # labels kept for them: refused topics are many labels and one candidate
STEEPNESS = 12.0  # how fast a candidate's share of the rest falls as its score falls behind the first
LONG_QUESTION = 12  # words
READ_AGAIN = 512  # messages whose reading is kept: one message is read for its language, its meaning and as a follow-up
RANK_AGAIN = 4  # messages whose ranking is kept

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

    `score` is the lexical one of the first intent, and `parts` are (feature, part of that score): what its closest phrasing
    adds, then the features, largest first. They add up to it.
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
class Evidence:
    """What the words of one message say of every intent, for whoever weighs it with what was said before.

    intents   their names, in the order of the arrays
    scores    share of the best label's score, 0 to 1
    likeness  of the closest phrasing, 0 to 1; 0 where it was not looked for
    covered   share of the message's word weight that the intent's phrasings contain, 0 to 1
    foreign   the best refused topic's share of the best score, 0 to 1
    lead      best score against what a perfect match could reach, 0 to 1
    known     share of the words that any phrasing contains, 0 to 1
    length    words as they were read
    matches   as `Matcher.match` gives them
    """

    intents: tuple[str, ...]
    scores: Scores
    likeness: Scores
    covered: Scores
    foreign: float
    lead: float
    known: float
    length: int
    matches: tuple[Match, ...]


@dataclass(frozen=True)
class _Ranked:
    """What all rankers together make of a message: scores of all labels, and the first of them in order.

    `signals` are of the first; without one there are none.
    """

    normalised: Normalised
    lexical: LexicalRanking
    rankings: Sequence[Ranking]
    scores: Scores
    order: list[int]
    signals: Signals
    matches: tuple[Match, ...]


class Matcher:
    """Built once from the phrasings; afterwards safe to use from several threads."""

    def __init__(
        self,
        lexical: LexicalRanker,
        known: Mapping[str, int],
        language: LanguageGuess,
        vocabulary: Vocabulary,
        calibration: Calibration,
        beside: Sequence[Ranker] = (),
    ) -> None:
        """`known` counts the words of all phrasings. `beside` ranks, too, with the same labels."""
        self._parts = (lexical, known, language, vocabulary, calibration, tuple(beside))
        self.lexical = lexical
        self._beside = tuple(beside)
        self._weights = [ranker.weight for ranker in (lexical, *beside)]
        self._names = lexical.index.names
        self._language = language
        self._calibration = calibration
        self._foreign = np.array([name.startswith(FOREIGN) for name in self._names])
        self._intents = np.flatnonzero(~self._foreign)
        self._intent_of = [OUT_OF_SCOPE if name.startswith(FOREIGN) else name for name in self._names]
        self._known = tuple(self._names[label] for label in self._intents.tolist())
        self._label_of = {name: label for label, name in enumerate(self._names)}
        normaliser = Normaliser(
            known,
            lambda first, second: lexical.index.labels_with(f"{first} {second}"),
            abbreviation_table(vocabulary.abbreviations),
            Filler(vocabulary.filler),
            lexical.index.words_of_only(self._foreign, known),
        )
        self._read = lru_cache(READ_AGAIN)(normaliser.normalise)
        self._last: dict[str, _Ranked] = {}

    def __reduce__(self) -> tuple[type[Matcher], tuple[object, ...]]:
        """Pickled as what it was made of, for the cache."""
        return Matcher, self._parts

    @classmethod
    def build(
        cls,
        examples: Iterable[Example],
        vocabulary: Vocabulary = NO_VOCABULARY,
        calibration: Calibration | None = None,
        beside: Sequence[Ranker] = (),
    ) -> Matcher:
        """From phrasings and, where there is one, the vocabulary. Takes seconds, so `bot/engine/cache.py` keeps the result.

        Labels are numbered in the order of their names; rankers `beside` the lexical one have to number them so, too.
        """
        kept = list(examples)
        abbreviations, filler = abbreviation_table(vocabulary.abbreviations), Filler(vocabulary.filler)
        spelt = [folded_words(example.text, abbreviations) for example in kept]
        written = [filler.drop(words) for words in spelt]
        names = sorted({example.label for example in kept})
        position = {name: number for number, name in enumerate(names)}
        labels = [position[example.label] for example in kept]
        return cls(
            LexicalRanker.build(names, labels, [example.text for example in kept], written, Concepts(vocabulary.concepts)),
            Counter(word for words in spelt for word in words),
            LanguageGuess.build((example.lang, words) for example, words in zip(kept, written, strict=True)),
            vocabulary,
            calibration or committed_calibration(),
            beside,
        )

    def match(self, text: str, *, within: Collection[str] | None = None, about: str = "") -> list[Match]:
        """Candidates, best first, at most RANKED; empty when the message has no known word.

        `within` keeps only these intents. `about` is the question before: its words count a little, as they do for
        people in a conversation. Probabilities are calibrated for the first place; the others share the rest.
        """
        alone = within is None and not about
        return list((self._alone(text) if alone else self._rank(text, within, about)).matches)

    def words(self, text: str) -> tuple[str, ...]:
        """The message as it is read: folded, mended, without filler."""
        return self._read(text).words

    def language(self, text: str, expected: str | None = None) -> str | None:
        """The language of the message; `expected` where it does not tell clearly."""
        return self._language.guess(text, self._read(text).words, expected)

    def read(self, text: str) -> Normalised:
        """The words of a message, folded, repaired and without filler."""
        return self._read(text)

    def explain(self, text: str) -> Explanation:
        """How a message without a conversation is read and scored; without candidates when it has no known word."""
        ranked = self._alone(text)
        words, repairs = ranked.normalised.words, ranked.normalised.repairs
        if not ranked.order:
            return Explanation(words, repairs, dict.fromkeys(SIGNALS, 0.0), 0.0, (), ())
        first, lexical = ranked.order[0], ranked.lexical
        score, parts = float(lexical.scores[first]), lexical.parts(first)
        return Explanation(words, repairs, ranked.signals, score, parts, ranked.matches)

    def profile(self, text: str) -> MatchProfile:
        """What likeness of this message and others can be told by."""
        ranked = self._alone(text)
        top, words = float(ranked.scores.max(initial=0.0)), ranked.normalised.words
        return MatchProfile(
            words,
            ranked.matches,
            self.lexical.features(words),
            {self._names[label]: float(ranked.scores[label]) / top for label in ranked.order},
        )

    def evidence(self, text: str, look_at: Collection[str] = ()) -> Evidence:
        """Of every intent; the closest phrasing is looked for among the best, and for those in `look_at`."""
        ranked = self._alone(text)
        top = max(float(ranked.scores.max(initial=0.0)), 1e-9)
        best = {*ranked.order, *(self._label_of[name] for name in look_at if name in self._label_of)}
        signals = ranked.signals or dict.fromkeys(SIGNALS, 0.0)
        likeness = np.zeros(len(self._names), np.float32)
        for label in best:
            likeness[label] = ranked.lexical.closest(label)[0]
        return Evidence(
            self._known,
            ranked.scores[self._intents] / top,
            likeness[self._intents],
            ranked.lexical.found.asked[self._intents].astype(np.float32),
            float(ranked.scores[self._foreign].max(initial=0.0)) / top,
            signals["lead"],
            signals["known"],
            len(ranked.normalised.words),
            ranked.matches,
        )

    def signals(self, text: str) -> tuple[str, Signals] | None:
        """The label in first place (foreign groups as themselves) and its signals: what the calibration is fitted on."""
        ranked = self._alone(text)
        return (self._names[ranked.order[0]], ranked.signals) if ranked.order else None

    # --- ranking ---

    def _alone(self, text: str) -> _Ranked:
        """The ranking of a message without a conversation; the last ones are kept, as it and its parts are asked for again."""
        ranked = self._last.get(text)
        if ranked is None:
            ranked = self._rank(text)
            self._last = {**dict(list(self._last.items())[1 - RANK_AGAIN :]), text: ranked}  # replaced whole, so any thread may
        return ranked

    def _rank(self, text: str, within: Collection[str] | None = None, about: str = "") -> _Ranked:
        query = Query(text, self._read(text), self._read(about) if about else None)
        lexical = self.lexical.rank(query)
        rankings = (lexical, *(ranker.rank(query) for ranker in self._beside))
        scores = added_up(rankings, self._weights)
        if within is not None:
            keep = np.array([name in within for name in self._names])
            scores = np.where(keep, scores, 0.0).astype(np.float32)
        if set(query.normalised.words) <= {NUMBER}:
            scores = np.zeros_like(scores)  # a number alone asks nothing, nor does a message without words
        first = (-scores).argsort(kind="stable")[:LOOKED_AT]
        order: list[int] = first[scores[first] > 0].tolist()
        ranked = _Ranked(query.normalised, lexical, rankings, scores, order, {}, ())
        if not order:
            return ranked
        ranked = replace(ranked, signals=self._signals(ranked))
        return replace(ranked, matches=tuple(self._matches(ranked)))

    def _matches(self, ranked: _Ranked) -> Iterator[Match]:
        seen: set[str] = set()
        for label, share in zip(ranked.order, self._shares(ranked), strict=True):
            intent = self._intent_of[label]
            if intent in seen:
                continue
            seen.add(intent)
            likeness, example = ranked.lexical.closest(label)
            reasons = MatchReasons(
                score=float(ranked.scores[label]),
                covered=ranked.lexical.asked(label),
                likeness=likeness,
                repairs=len(ranked.normalised.repairs),
            )
            yield Match(intent, round(share, 4), example, reasons)
            if len(seen) == RANKED:
                return

    def _shares(self, ranked: _Ranked) -> list[float]:
        """The calibrated probability for the first, and the rest shared among the others by how near they come."""
        first = self._calibration.probability(ranked.signals)
        top = float(ranked.scores[ranked.order[0]])
        nearness = [math.exp(-STEEPNESS * (1 - float(ranked.scores[label]) / top)) for label in ranked.order[1:]]
        total = sum(nearness) or 1.0
        return [first, *(min(first, (1 - first) * near / total) for near in nearness)]

    def _signals(self, ranked: _Ranked) -> Signals:
        """Those of the order and of the message, and those of every ranker."""
        first, normalised = ranked.order[0], ranked.normalised
        top = float(ranked.scores[first])
        rivals = [label for label in ranked.order[1:] if self._intent_of[label] != self._intent_of[first]]
        second = float(ranked.scores[rivals[0]]) if rivals else 0.0
        found = {
            "margin": (top - second) / top,
            "foreign": float(ranked.scores[self._foreign].max(initial=0.0)) / top,
            "length": min(1.0, len(normalised.words) / LONG_QUESTION),
            "typos": sum(repair.kind == "spelling" for repair in normalised.repairs) / len(normalised.words),
        }
        for ranking in ranked.rankings:
            found |= ranking.signals(first, rivals)
        return found
