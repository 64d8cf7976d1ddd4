"""Text without accents, case and punctuation: what two ways of typing the same thing have in common."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Texts whose words are kept: a message and the choices under an answer are read by many, one after the other. Longer ones are
# not: somebody could fill the memory with them.
KEPT, LONGEST_KEPT = 2048, 200
_WORD = re.compile(r"[^\W_]+")
# Zero-width and bidirectional controls, soft hyphen, byte-order mark: invisible, so they must not split or change a word.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_BROKEN = re.compile("[\ud800-\udfff]")  # halves of a character: they cannot be stored or sent
_UNSEEN = re.compile(f"{_INVISIBLE.pattern}|{_BROKEN.pattern}|\0")
# Letters that look like another one on a phone, and the one that is meant: keyboards and old fonts write Ð for Đ, and what is
# copied may hold Cyrillic or Greek. Full-width letters need no entry: Unicode takes them apart itself.
_ALIKE = {
    **dict(zip("ÐðƉɖƊɗꟇꟈᴆ", "ĐđĐđĐđĐđđ", strict=True)),
    **dict(zip("АВЕКМНОРСТУХІЈЅҺԀԚԜҮ", "ABEKMHOPCTYXIJSHDQWY", strict=True)),
    **dict(zip("авекмнорстухіјѕһԁԛԝү", "abekmhopctyxijshdqwy", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    **dict(zip("αοικρτνυɑɡı", "aoikptvuagi", strict=True)),
}
_MEANT = str.maketrans(_ALIKE)
_STRUCK = re.compile("([dDđĐ])[\u0335-\u0338]+")  # a d with a stroke laid over it
_UNUSUAL = re.compile("[^\\x00-\u024f\u0300-\u0334\u0339-\u036f\u1e00-\u1eff]|[ÐðƉƊı]")
_BY_HAND = str.maketrans("đĐ", "dD")  # NFD leaves đ whole: it is a letter of its own, not an accented d


def visible(text: str) -> str:
    """The text without invisible controls, NUL bytes and broken characters."""
    if not _UNSEEN.search(text):
        return text
    return _BROKEN.sub("\N{REPLACEMENT CHARACTER}", _INVISIBLE.sub("", text)).replace("\0", " ")


def composed(text: str) -> str:
    """Every letter as the Vietnamese one that it looks like, with its accents, in composed form: "Ðiện" → "Điện"."""
    if text.isascii():
        return text
    whole = unicodedata.normalize("NFKC", text)
    if not _UNUSUAL.search(whole):
        return whole
    parts = unicodedata.normalize("NFKD", whole).translate(_MEANT)
    return unicodedata.normalize("NFKC", _STRUCK.sub(lambda found: "đ" if found[1] in "dđ" else "Đ", parts))


def _decomposed(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).translate(_MEANT).translate(_BY_HAND)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


# Every Latin letter with a mark and every combining mark, so that Vietnamese is folded by one pass over a table.
_PLAIN = str.maketrans(
    {chr(code): _decomposed(chr(code)) for code in (*range(0xC0, 0x250), *range(0x300, 0x370), *range(0x1E00, 0x1F00))}
)


def strip_accents(text: str) -> str:
    """Letters without their marks: "Điện Biên" → "Dien Bien"."""
    if text.isascii():
        return text
    plain = text.translate(_PLAIN)
    return plain if plain.isascii() else _decomposed(plain)


def tokens(text: str) -> list[str]:
    """Words in small letters with their accents, in composed form: "Nhà  dột!" → ["nhà", "dột"]."""
    return list(_tokens(text) if len(text) <= LONGEST_KEPT else _tokens.__wrapped__(text))


@lru_cache(KEPT)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(composed(visible(text)).lower()))


def fold(text: str) -> str:
    """Words in small letters without accents and punctuation: "Được vay, không?" → "duoc vay khong"."""
    return _fold(text) if len(text) <= LONGEST_KEPT else _fold.__wrapped__(text)


@lru_cache(KEPT)
def _fold(text: str) -> str:
    return " ".join(_WORD.findall(strip_accents(visible(text)).lower()))


def has_accents(text: str) -> bool:
    """Whether any letter carries a mark, composed or not."""
    return not text.isascii() and any(ord(char) > 127 and char.isalpha() for char in composed(text))
