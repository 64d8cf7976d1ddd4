"""Long texts into messages. Telegram and Zalo count a message's length in UTF-16 units: an emoji outside the BMP is two."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

SENTENCE_MARKS = ".!?…"
CLOSING_MARKS = "\"'”’»)]"
CLOSING_AT_MOST = 4
JOINERS = "\u200d\ufe0f"  # they bind the sign after, or before, to its neighbour
CHARACTER_AT_MOST = 16


def split_text(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` UTF-16 units; a text that fits is one piece, unchanged.

    Cut at the last sentence end, else at the last line end, if that fills at least half of a piece; else at the last
    space; else anywhere but inside a character. Only whitespace at a cut is lost; whitespace alone makes no piece.
    """
    if limit < 2:
        raise ValueError("limit must be at least 2: one character can be two units")
    pieces = []
    rest = text
    while (room := fitting(rest, limit)) < len(rest):
        cut = _cut(rest, room)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    pieces.append(rest)
    return [piece for piece in pieces if piece.strip()]


def shortened(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units; what is longer ends with "…", at a word where one ends in the second half."""
    return text if utf16_units(text) <= limit else split_text(text, limit - 1)[0] + "…"


def utf16_units(text: str) -> int:
    """The length as Telegram and Zalo count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fitting(text: str, limit: int) -> int:
    """How many characters from the start fit."""
    if utf16_units(text) <= limit:
        return len(text)
    units = 0
    for index, sign in enumerate(text):
        units += 2 if ord(sign) > 0xFFFF else 1
        if units > limit:
            return index
    return len(text)


def _cut(text: str, room: int) -> int:
    spaces = [index for index in range(room, 0, -1) if text[index].isspace()]
    half = max(room // 2, 1)
    return (
        _first(spaces, half, lambda index: _sentence_ends(text, index))
        or _first(spaces, half, lambda index: text[index] == "\n")
        or _first(spaces, 1, lambda _: True)
        or _between_characters(text, room)
    )


def _first(indexes: list[int], least: int, wanted: Callable[[int], bool]) -> int | None:
    return next((index for index in indexes if index >= least and wanted(index)), None)


def _sentence_ends(text: str, index: int) -> bool:
    before = text[max(0, index - CLOSING_AT_MOST - 1) : index].rstrip(CLOSING_MARKS)
    return before.endswith(tuple(SENTENCE_MARKS))


def _between_characters(text: str, room: int) -> int:
    """The last place that does not tear accents off their letter or an emoji apart; `room` when there is none near."""
    for cut in range(room, max(room - CHARACTER_AT_MOST, 0), -1):
        if not (unicodedata.combining(text[cut]) or text[cut] in JOINERS or text[cut - 1] == "\u200d"):
            return cut
    return room
