"""Which commune somebody means by a name, old or new, as people write it: in a chat, in a file, on the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from rapidfuzz.distance import OSA

from bot.knowledge.gazetteer import Found, Gazetteer
from bot.model import Place
from bot.text.folding import fold

_DISTRICT = "(?:huyen|thi xa|thanh pho|tp|tx)"
_ONLY_DISTRICT = re.compile(rf"{_DISTRICT} (.+)|(.+) district")
_WITHIN = re.compile(rf"(?<=.) (?:tinh dien bien$|{_DISTRICT} ).*$")  # "Ẳng Tở, huyện Mường Ảng, tỉnh Điện Biên"
_BESIDE_NAMES = frozenset(
    ["xa", "phuong", "thi", "tran", "commune", "ward", "town", "cac", "cu", "moi", "nay", "the", "old", "former"]
)


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """What a text means where it is one name.

    commune   `found` has one reading, or several where the name alone does not tell
    slip      the same, but a letter is not as it should be
    district  a former one of this `name`; `places` are the communes of today on its land
    unknown   nothing
    """

    kind: Literal["commune", "slip", "district", "unknown"]
    found: tuple[Found, ...] = ()
    places: tuple[Place, ...] = ()
    name: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(place.code for place in self.places)

    def where(self, allowed: Callable[[str], bool]) -> PlaceReading:
        """Without the communes that are not allowed, by their codes; of the same kind even if none is left."""
        found = tuple(one for one in self.found if allowed(one.place.code))
        return replace(self, found=found, places=tuple(place for place in self.places if allowed(place.code)))


def read_place(text: str, gazetteer: Gazetteer) -> PlaceReading:
    """What the whole text means. A district is not taken for the commune of its name: that is not what was meant."""
    folded = _WITHIN.sub("", fold(text))
    if (said := _ONLY_DISTRICT.fullmatch(folded)) and (district := gazetteer.district(f"huyen {said[1] or said[2]}")):
        return PlaceReading("district", name=district[0], places=district[1])
    found = gazetteer.find(text)
    letters = _letters_off(folded, fold(found[0].name)) if found else None
    if letters is not None and letters <= 1:
        return PlaceReading("slip" if letters else "commune", found, tuple(one.place for one in found))
    if district := gazetteer.district(text):
        return PlaceReading("district", name=district[0], places=district[1])
    return PlaceReading("unknown")


def nearest_places(text: str, gazetteer: Gazetteer, limit: int) -> tuple[Found, ...]:
    """What may have been meant by a name that is unknown, best first."""
    return gazetteer.nearest(_WITHIN.sub("", fold(text)), limit)


def _letters_off(folded: str, name: str) -> int:
    """How many letters are not as in the name; "xa" may be a word beside it or, as in Xa Dung, its beginning."""
    return min(OSA.distance(folded, name), OSA.distance(_bare(folded), _bare(name)))


def _bare(folded: str) -> str:
    """A name without "xã", "cũ" and the like."""
    return " ".join(word for word in folded.split() if word not in _BESIDE_NAMES)
