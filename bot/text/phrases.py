"""Phrases of which a message consists, or with which it begins, typed with or without accents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from bot.text.emphasis import without_double, without_runs
from bot.text.folding import fold, has_accents, strip_accents, tokens
from bot.text.spelling import same_spelling, telex, vni

MOST_BESIDE = 12  # words beside a phrase that may be politeness; a longer message is something else
_SENTENCE = re.compile(r"[.!?…;,\n]+")

Meaning = TypeVar("Meaning")
Key = tuple[str, ...]


class Courtesies:
    """Polite words around a phrase, and thanks, that change nothing: "dạ ...", "... nhé", "... cảm ơn"."""

    def __init__(self, before: Iterable[str] = (), after: Iterable[str] = ()) -> None:
        self._before, self._after = Phrasebook.of(before), Phrasebook.of(after)

    def taken_off(self, words: list[str]) -> list[list[str]]:
        """What may be left of the words without some of their courtesies, the longest first; an empty list where all are."""
        ahead = _cuts(words, self._before)
        behind = [len(words) - cut for cut in _cuts(words[::-1], self._after, backwards=True)]
        left = [words[start:end] for start in ahead for end in behind if start < end and end - start < len(words)]
        if max(ahead) >= min(behind):
            left.append([])
        return sorted(left, key=len, reverse=True)


class Phrasebook(Generic[Meaning]):
    """Whole messages and what they mean, however they are typed.

    Accents may be left out, word by word. The tone may stand on another letter, letters may be held down, and the keys of
    Telex and VNI stand as they were pressed. Courtesies and thanks may stand around, also as sentences of their own.
    """

    def __init__(self, meanings: Iterable[tuple[str, Meaning]], courtesies: Courtesies | None = None) -> None:
        self._courtesies = courtesies
        self._meanings: dict[Key, list[tuple[Key, Meaning]]] = {}
        for phrase, meaning in meanings:
            words = tokens(phrase)
            self._meanings.setdefault(_plain(words), []).append((_exact(words), meaning))
        self.longest = max(map(len, self._meanings), default=0)

    def __bool__(self) -> bool:
        return bool(self._meanings)

    @classmethod
    def of(cls, phrases: Iterable[str]) -> Phrasebook[bool]:
        """Of phrases that all mean the same."""
        return Phrasebook((phrase, True) for phrase in phrases)

    def meaning(self, text: str) -> Meaning | None:
        """What the message means, where it is one of the phrases and nothing else that counts."""
        found = self._of_sentence(tokens(text))
        return found if found is not None else self._of_sentences(_SENTENCE.split(text))

    def read(self, words: Sequence[str]) -> Meaning | None:
        """What these very words mean: with the accents that were typed, where any were."""
        exact, plain = _exact(words), _plain(words)
        for phrase, meaning in self._meanings.get(plain, ()):
            if all(typed in (right, bare) for typed, right, bare in zip(exact, phrase, plain, strict=True)):
                return meaning
        return None

    def _of_sentence(self, words: list[str]) -> Meaning | None:
        if not words or len(words) > self.longest + MOST_BESIDE:
            return None
        for reading in _readings(words):
            for rest in (reading, *(self._courtesies.taken_off(reading) if self._courtesies else ())):
                found = self.read(rest)
                if found is not None:
                    return found
        return None

    def _of_sentences(self, sentences: Sequence[str]) -> Meaning | None:
        """What they all mean, but for those of mere courtesy."""
        if len(sentences) > MOST_BESIDE:
            return None
        counting = [words for words in map(tokens, sentences) if words and not self._is_courtesy(words)]
        found = {self._of_sentence(words) for words in counting}
        return found.pop() if len(found) == 1 else None

    def _is_courtesy(self, words: list[str]) -> bool:
        return self._courtesies is not None and [] in self._courtesies.taken_off(words)


class Phrases:
    """Whole messages that mean the same; see `Phrasebook`."""

    def __init__(self, *groups: Iterable[str], courtesies: Courtesies | None = None) -> None:
        self._book = Phrasebook(((phrase, True) for phrases in groups for phrase in phrases), courtesies)

    def has(self, text: str) -> bool:
        """Whether the text is one of them and nothing else."""
        return self._book.meaning(text) is not None


def _cuts(words: list[str], courtesies: Phrasebook[bool], *, backwards: bool = False) -> list[int]:
    """How many words from the start courtesies can take up, one behind the other; 0 is always among them."""
    cuts = [0]
    for start in cuts:
        for size in range(1, min(courtesies.longest, len(words) - start) + 1):
            part = words[start : start + size]
            if start + size not in cuts and courtesies.read(part[::-1] if backwards else part):
                cuts.append(start + size)
    return cuts


def _readings(words: list[str]) -> Iterator[list[str]]:
    """The words as they stand, without letters held down, and behind raw keys."""
    steady = [without_double(without_runs(word)) for word in words]
    yield from (words, steady, [telex(word) for word in steady], [vni(word) for word in steady])


def _exact(words: Iterable[str]) -> Key:
    return tuple(map(same_spelling, words))


def _plain(words: Iterable[str]) -> Key:
    return tuple(same_spelling(strip_accents(word)) for word in words)


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
