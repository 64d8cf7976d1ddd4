"""Text without accents, case and punctuation: what two ways of typing the same thing have in common."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
# Zero-width and bidirectional controls, soft hyphen, byte-order mark: invisible, so they must not split or change a word.
_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x034F, 0x061C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
)
_BY_HAND = str.maketrans("đĐ", "dD")  # NFD leaves đ whole: it is a letter of its own, not an accented d


def visible(text: str) -> str:
    """The text without invisible controls and NUL bytes."""
    return text.translate(_INVISIBLE).replace("\0", " ")


def strip_accents(text: str) -> str:
    """ "Điện Biên" → "Dien Bien"."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_BY_HAND))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def tokens(text: str) -> list[str]:
    """Words in small letters with their accents, in composed form: "Nhà  dột!" → ["nhà", "dột"]."""
    return _WORD.findall(unicodedata.normalize("NFC", visible(text)).lower())


def fold(text: str) -> str:
    """ "Được vay, không?" → "duoc vay khong"."""
    return " ".join(_WORD.findall(strip_accents(visible(text)).lower()))


def has_accents(text: str) -> bool:
    """Whether any letter carries a Vietnamese mark."""
    return any(ord(char) > 127 and char.isalpha() for char in text)
