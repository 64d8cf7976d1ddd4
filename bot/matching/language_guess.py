"""Which language a message is in, told by the words of the phrasings."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.text.folding import has_accents

CLEAR = 0.7  # log-odds from which the words tell
CLEAR_CHANGE = 3.0  # the same to leave the language of the conversation: one word such as "menu" or "ok" does not
ACCENTS = 3.0  # place names carry accents in English too, so accents are evidence, not proof


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

    def guess(self, text: str, words: Sequence[str], expected: str | None) -> str | None:
        """The language whose phrasings use these words; `expected` when they do not tell clearly."""
        heard = [word for word in words if any(word in known for known in self._weights.values())]
        scores = {lang: sum(known.get(word, known[""]) for word in heard) for lang, known in self._weights.items()}
        if has_accents(text) and "vi" in scores:
            scores["vi"] += ACCENTS
        first, *rest = sorted(scores, key=scores.__getitem__, reverse=True)
        if not rest:
            return first
        clear = CLEAR if expected is None else CLEAR_CHANGE
        return first if first == expected or scores[first] - scores[rest[0]] >= clear else expected
