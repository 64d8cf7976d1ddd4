"""Short phrases found inside a message, each with what it means; the longest wins, and nothing is found twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from bot.text.folding import has_accents, strip_accents, tokens

Meaning = TypeVar("Meaning")

SHORT = 3  # letters up to which a word alone must be typed with its accents: "de" may be dê, để, dễ or đẻ
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ`](?=\w)")
_EMPHASIS = re.compile(r"([^\W\d])\1{2,}")  # "nhiêuuu"; no word of ours has a letter three times in a row
_TONES = "\u0300\u0301\u0303\u0309\u0323"  # of Vietnamese; where in the syllable they stand is a matter of taste


@dataclass(frozen=True, slots=True)
class Span(Generic[Meaning]):
    """Words `start` up to `stop` of a message, and all that they mean, in the order in which that was listed."""

    start: int
    stop: int
    meanings: tuple[Meaning, ...]

    @property
    def length(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class _Word:
    """A word without accents, and with them; `typed` is None where it has none, and may then stand for any."""

    folded: str
    typed: str | None

    def means(self, other: _Word) -> bool:
        """Whether somebody who typed this may have meant that word of a phrase. Who types accents is taken at their word."""
        return self.folded == other.folded and self.typed in (None, other.typed)


class PhraseFinder(Generic[Meaning]):
    """Phrases and what they mean, compared word by word: accents count only on those words that are typed with some."""

    def __init__(self, meanings: Iterable[tuple[Meaning, Iterable[str]]]) -> None:
        listed: dict[tuple[_Word, ...], list[Meaning]] = {}
        for meaning, phrases in meanings:
            for phrase in phrases:
                known = listed.setdefault(_read(tuple(words_in(phrase))), [])
                if meaning not in known:
                    known.append(meaning)
        self._by_words: dict[tuple[str, ...], list[tuple[tuple[_Word, ...], tuple[Meaning, ...]]]] = {}
        lengths: dict[str, set[int]] = {}
        for words, means in listed.items():
            if words:
                self._by_words.setdefault(tuple(word.folded for word in words), []).append((words, tuple(means)))
                lengths.setdefault(words[0].folded, set()).add(len(words))
        self._lengths = {first: tuple(sorted(found)) for first, found in lengths.items()}

    def find(self, words: Sequence[str]) -> list[Span[Meaning]]:
        """What stands in these words (as `words_in` gives them, or folded), longest first where two overlap; in their order."""
        typed = _read(tuple(words))
        folded = [word.folded for word in typed]
        starts = [start for start, word in enumerate(folded) if word in self._lengths]
        if not starts:  # most finders find nothing in most messages
            return []
        candidates = [span for start in starts for span in self._at(typed, folded, start)]
        taken: set[int] = set()
        kept: list[Span[Meaning]] = []
        for span in sorted(candidates, key=lambda one: (-one.length, one.start)):
            places = range(span.start, span.stop)
            if taken.isdisjoint(places):
                taken.update(places)
                kept.append(span)
        return sorted(kept, key=lambda one: one.start)

    def _at(self, typed: Sequence[_Word], folded: Sequence[str], start: int) -> Iterator[Span[Meaning]]:
        for length in self._lengths[folded[start]]:
            stop = start + length
            alike = self._by_words.get(tuple(folded[start:stop])) if stop <= len(folded) else None
            found: dict[Meaning, None] = {}
            for phrase, meanings in alike or ():
                if not all(one.means(other) for one, other in zip(typed[start:stop], phrase, strict=True)):
                    continue
                if length == 1 and len(folded[start]) <= SHORT and typed[start] != phrase[0]:
                    continue
                found.update(dict.fromkeys(meanings))
            if found:
                yield Span(start, stop, tuple(found))


def words_in(text: str) -> list[str]:
    """Words of a message with their accents, letters repeated for emphasis once: "Ở đâuuu, H'Mông?" → ["ở", "đâu", "hmông"]."""
    words = tokens(_APOSTROPHE.sub("", text))
    return [_EMPHASIS.sub(r"\1", word) for word in words] if _EMPHASIS.search(" ".join(words)) else words


@lru_cache(256)  # one message is looked through by a dozen finders
def _read(words: tuple[str, ...]) -> tuple[_Word, ...]:
    return tuple(map(_word, words))


@lru_cache(20_000)
def _word(word: str) -> _Word:
    return _Word(strip_accents(word), _with_tone_last(word) if has_accents(word) else None)


def _with_tone_last(word: str) -> str:
    """So that "hoà" and "hòa" are one word."""
    letters = unicodedata.normalize("NFD", word)
    return "".join(one for one in letters if one not in _TONES) + "".join(one for one in letters if one in _TONES)
