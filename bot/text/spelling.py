"""One word as several people write it: the tone on another letter, i for y, or the keys of Telex and VNI as pressed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TELEX_TONES = dict(zip("fsxrj", _TONES, strict=True))
_VNI_TONES = dict(zip("21435", _TONES, strict=True))
_Y_FOR_I = re.compile(r"^([hklmst]|qu|)i$")  # kí = ký, quí = quý, í = ý
_VOWEL = re.compile("[aeiouyăâêôơư]")
_VNI_MARKS = {"6": {"a": "â", "e": "ê", "o": "ô"}, "7": {"o": "ơ", "u": "ư"}, "8": {"a": "ă"}}
_HORN = {"a": "ă", "o": "ơ", "u": "ư"}
_HAT = {"a": "â", "e": "ê", "o": "ô"}
_LONGEST = 16  # keys; no syllable takes more, "nghieengj" has nine. Of a word of thousands each key looks at all before it


def same_spelling(word: str) -> str:
    """What all spellings of a word have in common, its tone last: "xoá" and "xóa", "kí" and "ký" give the same."""
    parts = unicodedata.normalize("NFD", word)
    tone = "".join(sign for sign in parts if sign in _TONES)
    letters = unicodedata.normalize("NFC", "".join(sign for sign in parts if sign not in _TONES))
    return _Y_FOR_I.sub(r"\1y", letters) + tone


def telex(word: str) -> str:
    """The word behind raw Telex keys: "duwngf" → "dừng"; what holds none stays."""
    return _typed(word, _telex_key)


def vni(word: str) -> str:
    """The word behind raw VNI keys: "du7ng2" → "dừng"; what holds none stays."""
    return word if word.isdigit() else _typed(word, _vni_key)


def _typed(word: str, press: Callable[[str, str], tuple[str, str] | None]) -> str:
    if len(word) > _LONGEST:
        return word
    letters, tone = "", ""
    for key in word:
        pressed = press(letters, key)
        letters, set_tone = pressed or (letters + key, "")
        tone = set_tone or tone
    place = max((found.start() for found in _VOWEL.finditer(letters)), default=-1)
    return unicodedata.normalize("NFC", letters[: place + 1] + tone + letters[place + 1 :])


def _telex_key(letters: str, key: str) -> tuple[str, str] | None:
    """The letters and the tone after a key that is none of them; None for an ordinary letter."""
    if key in _TELEX_TONES and _VOWEL.search(letters):
        return letters, _TELEX_TONES[key]
    if key == "d" and letters.startswith("d"):
        return "đ" + letters[1:], ""
    if key == "w":
        return (_marked(letters, _HORN) or letters + "ư"), ""
    if key in _HAT and key in letters:
        return letters.replace(key, _HAT[key], 1), ""
    return None


def _vni_key(letters: str, key: str) -> tuple[str, str] | None:
    if key in _VNI_TONES and _VOWEL.search(letters):
        return letters, _VNI_TONES[key]
    if key == "9" and letters.startswith("d"):
        return "đ" + letters[1:], ""
    marked = _marked(letters, _VNI_MARKS[key]) if key in _VNI_MARKS else ""
    return (marked, "") if marked else None


def _marked(letters: str, marks: dict[str, str]) -> str:
    """The letters with the mark on the vowel that takes it, "uo" on both; "" where none does."""
    if "uo" in letters and marks.get("o") == "ơ":
        return letters.replace("uo", "ươ", 1)
    place = next((letter for letter in reversed(letters) if letter in marks), "")
    return letters.replace(place, marks[place], 1) if place else ""
