"""From a message as typed on a phone to folded words the index knows.

Everything is folded (no accents, small letters). Letters held down are one letter. Abbreviations are written out. Then only
the words that no phrasing contains are repaired: raw Telex and VNI keys, lost spaces, spelling. Known words are never touched,
so English is safe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.matching.gluing import Splitter, syllables, tones
from bot.matching.keys import decode_keys, is_syllable
from bot.text.emphasis import with_doubles, without_double, without_runs
from bot.text.folding import fold, strip_accents, tokens

MAX_TOKENS = 120  # of a longer message the first and the last are read: a question stands at the start or the end
MAX_REPAIRS = 16  # words repaired a message; a message with more is not language
RAW_SHARE = 0.3  # share of words that must look like raw keys before the whole message is decoded
SHORT = 6  # letters up to which one edit is allowed; two in longer words
EDIT_SHORT, EDIT_LONG = 1, 2
LONGEST_SYLLABLE = 7  # letters: "nghiêng"
LONGEST_WORD = 40  # letters; longer runs are no words
NEAR_WORDS = 24  # neighbours looked at for a spelling
NUMBER = "0"  # every number reads the same: what is asked does not depend on how much

_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ`](?=\w)")
_DIGITS_THEN_LETTERS = re.compile(r"(\d+)([a-z]+)")

_plain = lru_cache(20_000)(strip_accents)  # phrasings use the same few thousand words over and over


@dataclass(frozen=True, slots=True)
class Repair:
    """A word that was read as another; `kind` is abbreviation, telex, vni, letters, spaces or spelling."""

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
        foreign: Collection[str] = frozenset(),
    ) -> None:
        """`known` counts the folded words of all phrasings; `pair_count` tells how common two neighbouring words are.

        `foreign` are those of them which only refused topics use.
        """
        self._known = known
        self._pair_count = pair_count
        self._abbreviations = abbreviations
        self._filler = filler
        self._by_length = _by_length(known)
        self._foreign = foreign
        self._splitter = Splitter(known, pair_count)

    def normalise(self, text: str) -> Normalised:
        """Never raises, whatever the text; work is bounded by MAX_TOKENS and MAX_REPAIRS."""
        typed = split_words(text)
        if len(typed) > MAX_TOKENS:
            typed = typed[: MAX_TOKENS // 2] + typed[-MAX_TOKENS // 2 :]
        typed = self._steady(typed)
        folded = self._steady([strip_accents(word) for word in typed])
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

    def _steady(self, words: Sequence[str]) -> list[str]:
        """The words, letters held down once, or twice where that goes as well with its neighbours: "cuuuu toi", "helllo"."""
        steady = [without_runs(word) for word in words]
        for position, word in enumerate(words):
            twice = with_doubles(word)
            if twice != steady[position] and self._known.get(plain := strip_accents(twice), 0):
                around = ("".join(steady[position - 1 : position]), "".join(steady[position + 1 : position + 2]))
                once = strip_accents(steady[position])
                if once not in self._known or self._fits(plain, around) >= self._fits(once, around):
                    steady[position] = twice
        return steady

    def _fits(self, word: str, around: tuple[str, str]) -> int:
        """How common it is between these neighbours."""
        before, after = map(strip_accents, around)
        return self._pair_count(before, word) + self._pair_count(word, after)

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
        if (once := without_double(word)) != word and once in self._known:
            return [once], "letters"
        if typed != word and is_syllable(word) and tones(typed) < 2:
            return [word], ""  # somebody who set the accents of a whole syllable meant it
        return self._repair(typed, word, around)

    def _repair(self, typed: str, word: str, around: tuple[str, str]) -> tuple[list[str], str]:
        for keys in ("vni", "telex"):
            plain = decode_keys(word, keys)
            if plain != word and plain in self._known:
                return [plain], keys
        parts = self._splitter.split(typed, word)
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
        if len(word) > LONGEST_SYLLABLE or syllables(word) > 1:  # it may be several words: no refused topic is made of them
            found = [hit for hit in found if hit[0] not in self._foreign]
        if not found:
            return None

        def strangeness(hit: tuple[str, float, int]) -> tuple[float, int, bool, int]:
            near, edits, _ = hit
            # An edit in the first letter is rarer than one inside or at the end.
            return edits, -self._fits(near, around), near[0] != word[0], -self._known[near]

        return min(found, key=strangeness)[0]

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
