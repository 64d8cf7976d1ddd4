"""Phrases of which a message consists, or with which it begins, typed with or without accents."""

from __future__ import annotations

from collections.abc import Iterable

from bot.text.folding import fold, has_accents, tokens


class Phrases:
    """Whole messages that mean the same, typed with or without accents and punctuation."""

    def __init__(self, *groups: Iterable[str]) -> None:
        self._forms = frozenset(form for phrases in groups for phrase in phrases for form in typed_forms(phrase))

    def has(self, text: str) -> bool:
        """Whether the text is one of them and nothing else."""
        return as_typed(text) in self._forms


class Prefixes:
    """Beginnings of messages that say how the rest is meant, typed with or without accents and punctuation."""

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


def as_typed(text: str) -> str:
    """The one of the `typed_forms` that a message is to be compared with: without accents where it has none."""
    return " ".join(tokens(text)) if has_accents(text) else fold(text)
