"""Phrases of which a message consists, or with which it begins, typed with or without accents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from bot.text.emphasis import without_double, without_runs
from bot.text.folding import fold, has_accents, strip_accents, tokens
from bot.text.spelling import same_spelling, telex, vni

MOST_BESIDE = 12  # words beside a phrase that may be politeness; a longer message is something else
_SENTENCE = re.compile(r"[.!?…;,\n]+")

Meaning = TypeVar("Meaning")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Typed:
    """Words as they are compared: with the accents that were typed, and without any."""

    exact: Key
    plain: Key

    @classmethod
    def of(cls, words: Iterable[str]) -> _Typed:
        spelt = [_spellings(word) for word in words]
        return cls(tuple(exact for exact, _ in spelt), tuple(plain for _, plain in spelt))

    def part(self, start: int, end: int) -> _Typed:
        return _Typed(self.exact[start:end], self.plain[start:end])


class Courtesies:
    """Polite words around a phrase, and thanks, that change nothing: "dạ ...", "... nhé", "... cảm ơn"."""

    def __init__(self, before: Iterable[str] = (), after: Iterable[str] = ()) -> None:
        self._before, self._after = Phrasebook.of(before), Phrasebook.of(after)

    def taken_off(self, words: _Typed) -> list[_Typed]:
        """What may be left of the words without some of their courtesies, the longest first; nothing, too, where all are."""
        size = len(words.plain)
        ahead = _cuts(size, lambda start, end: self._before.read(words.part(start, end)), self._before.longest)
        behind = _cuts(size, lambda start, end: self._after.read(words.part(size - end, size - start)), self._after.longest)
        spans = {(start, size - cut) for start in ahead for cut in behind if start < size - cut}
        left = [words.part(start, end) for start, end in sorted(spans - {(0, size)}, key=lambda span: span[0] - span[1])]
        return [*left, _NOTHING] if max(ahead) + max(behind) >= size else left


class Phrasebook(Generic[Meaning]):
    """Whole messages and what they mean, however they are typed.

    Accents may be left out, word by word. The tone may stand on another letter, letters may be held down, and the keys of
    Telex and VNI stand as they were pressed. Courtesies and thanks may stand around, also as sentences of their own.
    """

    def __init__(self, meanings: Iterable[tuple[str, Meaning]], courtesies: Courtesies | None = None) -> None:
        self._courtesies = courtesies
        self._meanings: dict[Key, list[tuple[Key, Meaning]]] = {}
        for phrase, meaning in meanings:
            words = _Typed.of(tokens(phrase))
            if words.plain:
                self._meanings.setdefault(words.plain, []).append((words.exact, meaning))
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
        return found if found is not None else self._of_sentences(_sentences(text))

    def said_in(self, text: str) -> set[Meaning]:
        """What single sentences of the message mean, whatever stands in the others."""
        found = (self._of_sentence(tokens(sentence)) for sentence in _SENTENCE.split(text)[:MOST_BESIDE])
        return {meaning for meaning in found if meaning is not None}

    def read(self, words: _Typed) -> Meaning | None:
        """What these very words mean: with the accents that were typed, where any were."""
        for phrase, meaning in self._meanings.get(words.plain, ()):
            if all(typed in (right, bare) for typed, right, bare in zip(words.exact, phrase, words.plain, strict=True)):
                return meaning
        return None

    def _of_sentence(self, words: Sequence[str]) -> Meaning | None:
        if not words or len(words) > self.longest + MOST_BESIDE:
            return None
        read = (self.read(reading) for reading in _readings(self._courtesies, tuple(words)))
        return next((meaning for meaning in read if meaning is not None), None)

    def _of_sentences(self, sentences: Sequence[Key]) -> Meaning | None:
        """What they all mean, but for those of mere courtesy."""
        if not 1 < len(sentences) <= MOST_BESIDE:
            return None
        counting = [words for words in sentences if words and not self._is_courtesy(words)]
        found = {self._of_sentence(words) for words in counting}
        return found.pop() if len(found) == 1 else None

    def _is_courtesy(self, words: Sequence[str]) -> bool:
        return len(words) <= MOST_BESIDE and _NOTHING in _readings(self._courtesies, tuple(words))


class Phrases:
    """Whole messages that mean the same; see `Phrasebook`."""

    def __init__(self, *groups: Iterable[str], courtesies: Courtesies | None = None) -> None:
        self._book = Phrasebook(((phrase, True) for phrases in groups for phrase in phrases), courtesies)

    def has(self, text: str) -> bool:
        """Whether the text is one of them and nothing else."""
        return self._book.meaning(text) is not None


_NOTHING = _Typed((), ())


def _cuts(size: int, is_courtesy: Callable[[int, int], bool | None], longest: int) -> list[int]:
    """How many of so many words courtesies can take up, one behind the other; 0 is always among them."""
    cuts = {0}
    for start in range(size):
        if start in cuts:
            cuts |= {end for end in range(start + 1, min(start + longest, size) + 1) if is_courtesy(start, end)}
    return sorted(cuts)


@lru_cache(64)  # one message is looked for in several books
def _sentences(text: str) -> tuple[Key, ...]:
    """The words of each."""
    return tuple(tuple(tokens(sentence)) for sentence in _SENTENCE.split(text))


@lru_cache(512)  # one message is compared with a dozen books
def _readings(courtesies: Courtesies | None, words: Key) -> tuple[_Typed, ...]:
    """The words as they stand, without letters held down, and behind raw keys, each with less and less courtesy."""
    steady = [without_double(without_runs(word)) for word in words]
    keys = [_keys(word) for word in steady]
    typed = dict.fromkeys(map(_Typed.of, (words, steady, [of_telex for of_telex, _ in keys], [of_vni for _, of_vni in keys])))
    return tuple(
        dict.fromkeys(left for one in typed for left in (one, *(courtesies.taken_off(one) if courtesies is not None else ())))
    )


@lru_cache(20_000)
def _keys(word: str) -> tuple[str, str]:
    """The word behind raw keys: of Telex, and of VNI."""
    return telex(word), vni(word)


@lru_cache(20_000)
def _spellings(word: str) -> tuple[str, str]:
    return same_spelling(word), same_spelling(strip_accents(word))


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
