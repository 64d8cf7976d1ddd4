"""Old and new communes: "Xá Nhè giờ thuộc xã nào?" for any name, typed with or without accents.

Names of today are not always the places they used to be (xã Mường Chà lies where Chà Cang was), and several names mean two
old places, so a name can lead to more than one unit of today; then the person is asked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extract

from bot.model import Place
from bot.text.folding import fold, strip_accents, tokens

LONGEST_NAME = 4  # words in a name
FUZZY_LETTERS = 7  # shorter names must be typed exactly: Na Son, Nà Sáy and Na Sang are three places
NEAR = 72.0  # likeness from which a name may have been meant, 0 to 100
_NOT_A_NAME = frozenset(["xa", "phuong", "thi", "tran", "o", "toi", "em", "chau", "la", "commune", "ward", "town", "in", "my"])
_ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # in the order of dictionaries
_KIND_WORDS = {"xa": "xã", "phuong": "phường", "thi tran": "thị trấn", "commune": "xã", "ward": "phường", "town": "thị trấn"}


@dataclass(frozen=True, slots=True)
class Found:
    """A place read in a message: the unit of today, the name and kind it was called by, and whether that was its old name."""

    place: Place
    name: str
    kind: str
    old: bool


@dataclass(frozen=True)
class Gazetteer:
    """All names, old and new, by their folded form; former districts, by theirs, with the units of today on their land.

    `words` are the folded words of all names.
    """

    names: dict[str, tuple[Found, ...]]
    by_code: dict[str, Place]
    districts: dict[str, tuple[str, tuple[Place, ...]]]
    words: frozenset[str]

    @classmethod
    def of(cls, places: Iterable[Place]) -> Gazetteer:
        names: dict[str, list[Found]] = {}
        by_code: dict[str, Place] = {}
        for place in places:
            by_code[place.code] = place
            names.setdefault(fold(place.name), []).append(Found(place, place.name, place.kind, old=False))
            for unit in place.formed_from:
                names.setdefault(fold(unit.name), []).append(Found(place, unit.name, unit.kind, old=True))
        districts: dict[str, tuple[str, list[Place]]] = {}
        for place in by_code.values():
            for district in place.former_districts:
                districts.setdefault(fold(district), (district, []))[1].append(place)
        return cls(
            {name: tuple(found) for name, found in names.items()},
            by_code,
            {name: (district, tuple(found)) for name, (district, found) in districts.items()},
            frozenset(word for name in names for word in name.split()),
        )

    def district(self, text: str) -> tuple[str, tuple[Place, ...]] | None:
        """The former district that the text names as one ("huyện Tủa Chùa", "Tua Chua district") and its places of today."""
        folded = f" {fold(text)} "
        hits = [name for name in self.districts if f" huyen {name} " in folded or f" {name} district " in folded]
        return self.districts[max(hits, key=len)] if hits else None

    def in_order(self) -> list[Place]:
        """The places of today as a Vietnamese dictionary would list them."""
        return sorted(self.by_code.values(), key=lambda place: _dictionary_key(place.name))

    def nearest(self, text: str, limit: int) -> tuple[Found, ...]:
        """The places whose names, old or new, are most like the text, best first; none where nothing is like it."""
        words = fold(text).split()
        while len(words) > 2 and words[0] in _NOT_A_NAME:
            words = words[1:]
        hits = extract(" ".join(words), list(self.names), scorer=ratio, score_cutoff=NEAR, limit=limit)
        return _one_a_place(tuple(found for name, _, _ in hits for found in self.names[name]))[:limit]

    def find(self, text: str, *, misspelt: bool = True) -> tuple[Found, ...]:
        """Every reading of the first place named in the text; empty when none is.

        More than one reading means that the name alone does not tell which place is meant. Where no name stands in the
        text, one with a slip of a letter counts, unless `misspelt` is False: "muốn đăng ký" is a slip of Mường Đăng, too.
        """
        typed = tokens(text)
        folded = [strip_accents(word) for word in typed]
        for start in range(len(folded)):
            for size in range(min(LONGEST_NAME, len(folded) - start), 0, -1):
                name = " ".join(folded[start : start + size])
                readings = self.names.get(name)
                if readings and size > 1:
                    end = start + size
                    return self._narrow(readings, " ".join(typed[start:end]), folded[:start], folded[end : end + 1])
        return self._find_misspelt(folded) if misspelt else ()

    def _narrow(self, readings: tuple[Found, ...], typed: str, before: list[str], after: list[str]) -> tuple[Found, ...]:
        """Keep the readings that agree with the accents typed and with the words around: "thị trấn" before, "cũ" after."""
        beside = (" ".join(before[-2:]), " ".join(before[-1:]), " ".join(after))
        said = next((_KIND_WORDS[words] for words in beside if words in _KIND_WORDS), None)
        former = after == ["cu"] or bool({"former", "old"} & set(before[-2:])) or bool({"truoc", "formerly"} & set(before[-3:]))
        wanted: tuple[Callable[[Found], bool], ...] = (
            lambda found: " ".join(tokens(found.name)) == typed,
            lambda found: found.kind == said,
            lambda found: found.old and former,
        )
        for agrees in wanted:
            readings = tuple(found for found in readings if agrees(found)) or readings
        return _one_a_place(readings)

    def _find_misspelt(self, folded: list[str]) -> tuple[Found, ...]:
        known = list(self.names)
        for start in range(len(folded) - 1):
            for size in (3, 2):
                name = " ".join(folded[start : start + size])
                if len(name) < FUZZY_LETTERS or len(folded) < start + size:
                    continue
                near = extract(name, known, scorer=OSA.distance, score_cutoff=1, limit=2)
                if len(near) == 1:
                    return _one_a_place(self.names[near[0][0]])
        return ()


def _one_a_place(readings: tuple[Found, ...]) -> tuple[Found, ...]:
    """One reading a unit of today; its own name (not old) counts before an old unit's."""
    kept: dict[str, Found] = {}
    for found in readings:
        other = kept.get(found.place.code)
        if other is None or (other.old and not found.old):
            kept[found.place.code] = found
    return tuple(kept.values())


def _dictionary_key(name: str) -> list[tuple[tuple[int, ...], int]]:
    """Syllable by syllable: first its letters, of which ă, â and đ are letters of their own, then its tone."""
    key = []
    for syllable in tokens(name):
        marks = unicodedata.normalize("NFD", syllable)
        letters = unicodedata.normalize("NFC", "".join(sign for sign in marks if sign not in _TONES))
        tone = next((_TONES.index(sign) + 1 for sign in marks if sign in _TONES), 0)
        key.append((tuple(_ALPHABET.find(letter) for letter in letters), tone))
    return key
