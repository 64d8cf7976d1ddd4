"""Which language a message is in, told by the words of the phrasings."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.folding import has_accents

CLEAR = 0.7  # log-odds from which the words tell; below, the conversation's language stands


class LanguageGuess:
    """Naive Bayes over folded words."""

    def __init__(self, weights: Mapping[str, Mapping[str, float]]) -> None:
        """`weights`: language → word → log-probability, with "" for a word it never saw."""
        self._weights = weights

    @classmethod
    def build(cls, phrasings: Iterable[tuple[str, Sequence[str]]]) -> LanguageGuess:
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for lang, words in phrasings:
            counts[lang].update(words)
        vocabulary = len({word for counter in counts.values() for word in counter})
        weights = {}
        for lang, counter in counts.items():
            total = sum(counter.values()) + vocabulary
            weights[lang] = {word: math.log((count + 1) / total) for word, count in counter.items()} | {"": math.log(1 / total)}
        return cls(weights)

    def guess(self, text: str, words: Sequence[str]) -> str | None:
        """The language whose phrasings use these words; None for a tie or no words."""
        if not words or not self._weights:
            return None
        scores = {lang: sum(known.get(word, known[""]) for word in words) for lang, known in self._weights.items()}
        if has_accents(text) and "vi" in scores:
            scores["vi"] += 3.0  # place names carry accents in English too, so accents are evidence, not proof
        first, *rest = sorted(scores, key=scores.__getitem__, reverse=True)
        return first if not rest or scores[first] - scores[rest[0]] >= CLEAR else None
