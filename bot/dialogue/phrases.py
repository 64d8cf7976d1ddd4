"""Beginnings of messages that say how the rest is meant."""

from __future__ import annotations

from collections.abc import Iterable

from bot.folding import fold


class Beginnings:
    """Phrases that a message can begin with, typed with or without accents and punctuation."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = frozenset(map(fold, phrases))
        self._longest = max((phrase.count(" ") + 1 for phrase in self._phrases), default=0)

    def rest(self, text: str) -> str | None:
        """What follows the longest beginning, or several of them; None when the text begins with none."""
        rest = self._once(text)
        if rest is None:
            return None
        further = self._once(rest)
        return rest if further is None else further

    def _once(self, text: str) -> str | None:
        words = text.split()
        for size in range(min(self._longest, len(words)), 0, -1):
            if fold(" ".join(words[:size])) in self._phrases:
                return " ".join(words[size:])
        return None
