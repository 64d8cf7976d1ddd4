"""Which row of the index a feature has: a mapping in a fifth of the memory of a dict, as there are hundreds of thousands."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from zlib import crc32

ROOM = 2  # places a feature at least, so that a search ends soon
KEPT = 20_000  # features whose rows are kept
_FREE = -1


class FeatureTable(Mapping[str, int]):
    """The features stand end to end in one text, in the order of their rows, and are found by their checksum.

    starts  row → where its feature begins in `text` (one longer than there are rows)
    places  checksum, or the next free place behind it → row
    """

    def __init__(self, features: Iterable[str]) -> None:
        """Distinct features; the first has row 0."""
        names = [_bytes(feature) for feature in features]
        self._text = b"".join(names)
        self._starts = array("i", [0])
        self._mask = (1 << (ROOM * len(names)).bit_length()) - 1
        self._places = array("i", [_FREE]) * (self._mask + 1)
        for row, name in enumerate(names):
            self._starts.append(self._starts[-1] + len(name))
            place = crc32(name) & self._mask
            while self._places[place] != _FREE:
                place = (place + 1) & self._mask
            self._places[place] = row
        self._known: dict[str, int] = {}

    def row(self, feature: str) -> int | None:
        """The feature's row; None where it has none."""
        name = _bytes(feature)
        place = crc32(name) & self._mask
        while (row := self._places[place]) != _FREE:
            if self._text[self._starts[row] : self._starts[row + 1]] == name:
                return row
            place = (place + 1) & self._mask
        return None

    def rows(self, features: Iterable[str]) -> list[int]:
        """As `row`, of many at once and without those that have none.

        Those asked for last are kept: a message has a hundred, and most are words and letters that every message has.
        """
        known, found = self._known, []
        for feature in features:
            row = known.get(feature)
            if row is None:
                row = self.row(feature)
                known[feature] = row = _FREE if row is None else row
            if row != _FREE:
                found.append(row)
        if len(known) > KEPT:
            self._known = {}
        return found

    def __getstate__(self) -> dict[str, object]:
        """Without what was asked for."""
        return {**self.__dict__, "_known": {}}

    def __getitem__(self, feature: str) -> int:
        row = self.row(feature)
        if row is None:
            raise KeyError(feature)
        return row

    def __contains__(self, feature: object) -> bool:
        return isinstance(feature, str) and self.row(feature) is not None

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[str]:
        for begin, end in zip(self._starts, self._starts[1:], strict=False):
            yield self._text[begin:end].decode("utf-8", "surrogatepass")


def _bytes(feature: str) -> bytes:
    return feature.encode("utf-8", "surrogatepass")
