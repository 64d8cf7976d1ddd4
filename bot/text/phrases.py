"""Beginnings of messages that say how the rest is meant."""

from __future__ import annotations

from collections.abc import Iterable

from bot.text.folding import fold, has_accents, tokens


class Prefixes:
    """Phrases that a message can begin with, typed with or without accents and punctuation."""

    def __init__(self, phrases: Iterable[str]) -> None:
        forms = [typed_forms(phrase) for phrase in phrases]
        self._accented = frozenset(accented for accented, _ in forms)
        self._folded = frozenset(folded for _, folded in forms)
        self._longest = max((phrase.count(" ") + 1 for phrase in self._folded), default=0)

    def rest(self, text: str) -> str | None:
        """What follows the longest beginning, or several of them; None when the text begins with none."""
        rest = self._once(text)
        if rest is None:
            return None
        further = self._once(rest)
        return rest if further is None else further

    def _once(self, text: str) -> str | None:
        words = text.split()
        accented = has_accents(text)
        for size in range(min(self._longest, len(words)), 0, -1):
            start = " ".join(words[:size])
            if " ".join(tokens(start)) in self._accented if accented else fold(start) in self._folded:
                return " ".join(words[size:])
        return None


def typed_forms(phrase: str) -> tuple[str, str]:
    """With accents, so that "đúng" (right) is not "dừng" (stop), and without, as many people type."""
    return " ".join(tokens(phrase)), fold(phrase)


def all_forms(phrases: str) -> frozenset[str]:
    """The `typed_forms` of phrases with commas between them."""
    return frozenset(form for phrase in phrases.split(",") for form in typed_forms(phrase))


def as_typed(text: str) -> str:
    """The one of the `typed_forms` that a message is to be compared with: without accents where it has none."""
    return " ".join(tokens(text)) if has_accents(text) else fold(text)
