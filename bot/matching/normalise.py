"""From a message as typed on a phone to folded words the index knows.

Everything is folded (no accents, small letters). Abbreviations are written out. Then only the words that no phrasing
contains are repaired: raw Telex and VNI keys, lost spaces, spelling. Known words are never touched, so English is safe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.matching.keys import decode_keys, is_syllable
from bot.text.folding import fold, strip_accents, tokens

MAX_TOKENS = 120  # of a longer message the first and the last are read: a question stands at the start or the end
MAX_REPAIRS = 16  # words repaired a message; a message with more is not language
RAW_SHARE = 0.3  # share of words that must look like raw keys before the whole message is decoded
SHORT = 6  # letters up to which one edit is allowed; two in longer words
EDIT_SHORT, EDIT_LONG = 1, 2
LONGEST_WORD = 40  # letters; longer runs are no words
NEAR_WORDS = 24  # neighbours looked at for a spelling
NUMBER = "0"  # every number reads the same: what is asked does not depend on how much

_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ`](?=\w)")
_DIGITS_THEN_LETTERS = re.compile(r"(\d+)([a-z]+)")

_plain = lru_cache(20_000)(strip_accents)  # phrasings use the same few thousand words over and over


@dataclass(frozen=True, slots=True)
class Repair:
    """A word that was read as another; `kind` is abbreviation, telex, vni, spaces or spelling."""

    typed: str
    read: str
    kind: str


@dataclass(frozen=True, slots=True)
class Normalised:
    """Folded words after repair, without filler, and what was repaired."""

    words: tuple[str, ...]
    repairs: tuple[Repair, ...] = ()


class Filler:
    """Polite words that say nothing about what is asked."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[list[str]]] = {}
        for phrase in sorted(filter(None, (fold(phrase).split() for phrase in phrases)), key=len, reverse=True):
            self._by_first.setdefault(phrase[0], []).append(phrase)

    def drop(self, words: list[str]) -> list[str]:
        """The words without filler, longest phrases first; a message of nothing else is left as it is."""
        if self._by_first.keys().isdisjoint(words):
            return words
        kept: list[str] = []
        position = 0
        while position < len(words):
            phrases = self._by_first.get(words[position], ())
            found = next((phrase for phrase in phrases if words[position : position + len(phrase)] == phrase), None)
            if found:
                position += len(found)
            else:
                kept.append(words[position])
                position += 1
        return kept or words


class Normaliser:
    """Reads messages with the vocabulary of the phrasings it was built from."""

    def __init__(
        self,
        known: Mapping[str, int],
        pair_count: Callable[[str, str], int],
        abbreviations: Mapping[str, list[str]],
        filler: Filler,
    ) -> None:
        """`known` counts the folded words of all phrasings; `pair_count` tells how common two neighbouring words are."""
        self._known = known
        self._pair_count = pair_count
        self._abbreviations = abbreviations
        self._filler = filler
        self._by_length = _by_length(known)

    def normalise(self, text: str) -> Normalised:
        """Never raises, whatever the text; work is bounded by MAX_TOKENS and MAX_REPAIRS."""
        typed = split_words(text)
        if len(typed) > MAX_TOKENS:
            typed = typed[: MAX_TOKENS // 2] + typed[-MAX_TOKENS // 2 :]
        folded = [strip_accents(word) for word in typed]
        decode = self._raw_keys(folded)
        words: list[str] = []
        repairs: list[Repair] = []
        for position, (word, plain) in enumerate(zip(typed, folded, strict=True)):
            before = words[-1] if words else ""
            after = folded[position + 1] if position + 1 < len(folded) else ""
            read, kind = self._read(word, plain, decode, (before, after) if len(repairs) < MAX_REPAIRS else None)
            if kind:
                repairs.append(Repair(word, " ".join(read), kind))
            words.extend(read)
        return Normalised(tuple(self._filler.drop(words)), tuple(repairs))

    # --- one word ---

    def _read(self, typed: str, word: str, decode: str, around: tuple[str, str] | None) -> tuple[list[str], str]:
        """What one word reads as, and the kind of repair, "" for none.

        `word` is the folded form of `typed`, `decode` the keys of the whole message, `around` the neighbours; None where no
        more is to be repaired.
        """
        if word.isdigit():
            return [_number(word)], ""
        if typed in self._abbreviations and not decode:
            return self._abbreviations[typed], "abbreviation"
        if decode:
            plain = decode_keys(word, decode)
            if plain != word and (plain in self._known or is_syllable(plain)):
                return [plain], decode
        if word in self._known:
            return [word], ""
        amount = _amount(word, self._abbreviations)
        if amount:
            return amount, ""
        if around is None or not 2 <= len(word) <= LONGEST_WORD:
            return [word], ""
        if typed != word and is_syllable(word):
            return [word], ""  # somebody who set the accents of a whole syllable meant it
        return self._repair(word, around)

    def _repair(self, word: str, around: tuple[str, str]) -> tuple[list[str], str]:
        for keys in ("vni", "telex"):
            plain = decode_keys(word, keys)
            if plain != word and plain in self._known:
                return [plain], keys
        parts = self._split(word)
        if parts:
            return parts, "spaces"
        near = self._nearest(word, around)
        if near:
            return [near], "spelling"
        return [word], ""

    def _nearest(self, word: str, around: tuple[str, str]) -> str | None:
        """The known word within one edit (two in long words) that goes best with the words beside it."""
        if len(word) < 3 or not word.isascii():
            return None
        allowed = EDIT_SHORT if len(word) <= SHORT else EDIT_LONG
        pool = [
            known for size in range(len(word) - allowed, len(word) + allowed + 1) for known in self._by_length.get(size, ())
        ]
        found = extract(word, pool, scorer=OSA.distance, score_cutoff=allowed, limit=NEAR_WORDS)
        if not found:
            return None
        before, after = around

        def strangeness(hit: tuple[str, float, int]) -> tuple[float, int, bool, int]:
            near, edits, _ = hit
            beside = self._pair_count(before, near) + self._pair_count(near, after)
            # An edit in the first letter is rarer than one inside or at the end.
            return edits, -beside, near[0] != word[0], -self._known[near]

        return min(found, key=strangeness)[0]

    def _split(self, word: str) -> list[str] | None:
        """Known words of two letters or more that make up the word, as few as can be; None when there are none."""
        if len(word) < 5 or not word.isalpha():
            return None
        best: list[list[str] | None] = [[], *([None] * len(word))]
        for end in range(2, len(word) + 1):
            for start in range(max(0, end - 12), end - 1):
                before, part = best[start], word[start:end]
                if before is None or self._known.get(part, 0) < 2 or not is_syllable(part):
                    continue
                if best[end] is None or len(before) + 1 < len(best[end] or []):
                    best[end] = [*before, part]
        parts = best[len(word)]
        if not parts or len(parts) < 2 or 2 * len(set(parts)) <= len(parts):
            return None  # "hahahaha" is a laugh, not a sentence without spaces
        return parts

    # --- the whole message ---

    def _raw_keys(self, words: list[str]) -> str:
        """The keys, "telex" or "vni", when two words and 30 % of the message look like raw keys of it, else ""."""
        long = [word for word in words if len(word) > 1 and not word.isdigit()]
        for keys in ("vni", "telex"):  # VNI first: its digits inside words are the clearer sign
            raw = sum(self._looks_raw(word, keys) for word in long)
            if raw >= 2 and raw >= RAW_SHARE * len(long):
                return keys
        return ""

    def _looks_raw(self, word: str, keys: str) -> bool:
        if keys == "telex" and word in self._known:
            return False
        plain = decode_keys(word, keys)
        return plain != word and is_syllable(plain) and (plain in self._known or keys == "vni")


def split_words(text: str) -> list[str]:
    """Words of a message in small letters: "H'Mông don't 100tr" → ["hmông", "dont", "100tr"]."""
    return tokens(_APOSTROPHE.sub("", text))


def folded_words(text: str, abbreviations: Mapping[str, list[str]]) -> list[str]:
    """Words of a phrasing, folded and with abbreviations written out; no repair: a phrasing is right as it is."""
    words: list[str] = []
    for typed in split_words(text):
        word = _plain(typed)
        if typed in abbreviations:
            words.extend(abbreviations[typed])
        elif word[0].isdigit():
            words.extend(_with_number(word, abbreviations))
        else:
            words.append(word)
    return words


def _with_number(word: str, abbreviations: Mapping[str, list[str]]) -> list[str]:
    """What a word that begins with a digit reads as: "2024" → 2024, "100tr" → 0 trieu."""
    if word.isdigit():
        return [_number(word)]
    return _amount(word, abbreviations) or [word]


def _amount(word: str, abbreviations: Mapping[str, list[str]]) -> list[str] | None:
    """A number with its unit glued on: "100tr" → 0 trieu; None for any other word."""
    found = _DIGITS_THEN_LETTERS.fullmatch(word)
    return [NUMBER, *abbreviations.get(found[2], [found[2]])] if found else None


def abbreviation_table(abbreviations: Mapping[str, str]) -> dict[str, list[str]]:
    """Abbreviation as typed → the folded words it stands for."""
    return {key.lower(): fold(value).split() for key, value in abbreviations.items()}


def _number(digits: str) -> str:
    """Years stay, every other number reads the same."""
    return digits if len(digits) == 4 and digits.startswith("20") else NUMBER


def _by_length(known: Iterable[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for word in known:
        if word.isalpha():
            found.setdefault(len(word), []).append(word)
    return found
