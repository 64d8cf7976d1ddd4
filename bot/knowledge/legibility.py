"""Texts that nobody can read: what wrong encodings, old fonts and careless copying leave behind.

The patterns are narrow: what a Vietnamese or English text may hold, quotes around XÃ or a footnote's ¹, is none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.i18n import mark
from bot.knowledge.yamlfile import KeyPath, Value

# UTF-8 read as Latin-1, Windows-1252 or Windows-1258: the first byte of a letter looks like Ã, Ä or á, the next like ‘ or º.
_HIGH_BYTES = "".join(map(chr, range(0x80, 0xC0))) + "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"  # how bytes from 0x80 to 0xBF look
_MISREAD_UTF8 = re.compile(
    "|".join(
        (
            "[ÃĂ][\u0080-\u009f¡-ª¬-º¼-¿€‚ƒ„†‡ˆ‰ŠŒ]",  # à á â ã è é ê ì í ò ó ô õ ù ú ý, and Ã itself read twice
            "(?<=[a-zđ])[ÃĂ]\u00a0",  # à; behind a capital letter it is a Ã before a fixed space
            "(?<![A-ZĐ])[ÃĂ][’“”•™](?=[a-zđ])",  # Ò Ó Ô Ù before a small letter; otherwise a quote may just end
            "Ä[\u0080-\u009f‘‚ƒ¨©]",  # đ Đ ă Ă ĩ Ĩ
            "Å[¨©]",  # ũ Ũ
            "Æ[\u00a0¡¯°]",  # ơ Ơ ư Ư
            f"á[º»][{_HIGH_BYTES}]",  # ạ to ỹ
            "â€|â\u0080",  # quotes, dashes and dots
            "Ì[\u0080-\u009f€‰ƒ£]",  # an accent of its own
            "Â[\u0080-\u009f¡-ª¬-º¼-¿]",  # signs such as °
            "ï»¿",  # the byte-order mark
            "ð[\u009fŸ]",  # emoji
        )
    )
)
# TCVN3 (fonts .VnTime): Bµ con, §iÖn Biªn, vèn ®i vay. VNI: Ñieän Bieân, ñöôïc. Latin letters that mean others under that font.
_OLD_LETTERS = "§®¦¨µ¶¸ª¬¼½¾¹·©«»\u00adÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖØÜÝÞøûåäïñöâáàãêùõ"
_OLD_FONT = re.compile(
    "|".join(
        (
            "(?<![A-Za-zÀ-ỹ])[§®¦¨][a-zß-þ\u00ad]",
            "[A-Za-z][µ¶¸ª¬¼½¾]",
            "[A-Za-z][¹·¨©«»][a-z]",
            "[a-z][ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖØÜÝÞ](?![A-Z])",
            "[aeouyôö][øûåä]",
            "[aeouyôö]ï(?!v)",
            r"\b[ñÑ][aeiouyöô]",
            "ö[ôùõ]|e[âáàãäå]|a[âêùõ]|uoâ",
        )
    )
)
# Neither a letter nor a sign: bidirectional and zero-width controls, a font's own signs, ends of lines of another kind.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffc\ue000-\uf8ff\ud800-\udfff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
    "|(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d"  # joins emoji; beside letters nobody sees it
)
# A letter that a program could not keep: h?c, ti?n, ?i?n. A question mark in an address or behind a word (được k?em) is none.
_LOST = re.compile(
    r"\b(?!(?:h?k|[dđ]c)\?)[bcdđghklmnpqrstvx]{1,3}\?+[a-zà-ỹ]"
    r"|\b[bcdđghklmnpqrstvx]{1,3}[iuoyaeêươ]\?+(?:n|ng|nh|c|ch|t|m|p|i|u|y)\b"
    r"|(?<![^\s(“\"'])\?+[a-zđ]{1,3}\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\S+://\S+|\bwww\.\S+")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A way of being illegible. `signs`: without any of them no text is so, which is seen faster than by the pattern."""

    pattern: re.Pattern[str]
    signs: frozenset[str]
    message: str

    def found_in(self, text: str) -> re.Match[str] | None:
        return None if self.signs and self.signs.isdisjoint(text) else self.pattern.search(text)


_KINDS = (
    _Kind(
        re.compile("\ufffd"),
        frozenset("\ufffd"),
        mark("'{key}' has lost letters: where “{part}” stands, a program could not read them; type it anew"),
    ),
    _Kind(
        _MISREAD_UTF8,
        frozenset(_HIGH_BYTES),
        mark("'{key}' is garbled at “{part}”: UTF-8 was read as another encoding; type the text anew, save as UTF-8"),
    ),
    _Kind(
        _OLD_FONT,
        frozenset(_OLD_LETTERS),
        mark("'{key}' is in an old encoding at “{part}” (TCVN3 or VNI); convert the text to Unicode, or type it anew"),
    ),
    _Kind(
        _LOST,
        frozenset("?"),
        mark("'{key}' has question marks instead of letters at “{part}”; type the words anew with their accents"),
    ),
)
_HIDDEN = mark("'{key}' holds a sign that nobody sees ({part}); delete it, or type the text anew")


def illegible(text: str) -> tuple[str, str] | None:
    """The msgid that tells why a text cannot be read, and the part of it that shows so; None for a good text."""
    shown = _ADDRESS.sub("", text) if "?" in text else text
    for kind in _KINDS:
        found = kind.found_in(shown)
        if found:
            return kind.message, _around(shown, found)
    unseen = _UNSEEN.search(text)
    return (_HIDDEN, f"U+{ord(unseen[0]):04X}") if unseen else None


def _around(text: str, found: re.Match[str]) -> str:
    """The word in which it stands, and never anything that would not print."""
    start = max(text.rfind(" ", 0, found.start()), text.rfind("\n", 0, found.start())) + 1
    word = text[start:].split(maxsplit=1)[0] if text[start:].split() else found[0]
    return "".join(char if char.isprintable() else "·" for char in word[:30])


def illegible_texts(value: Value | None, place: KeyPath = ()) -> Iterator[tuple[KeyPath, str, str, int]]:
    """Every key and text that cannot be read: its place, the msgid, the part of it, and its line within the text (from 0)."""
    if isinstance(value, str):
        found = illegible(value)
        if found:
            line = next((number for number, one in enumerate(value.split("\n")) if illegible(one)), 0)
            yield place, *found, line
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from illegible_texts(inner, (*place, number))
    elif value is not None:
        for key, inner in value.items():
            found = illegible(key)
            if found:
                yield (*place, key), *found, 0
            yield from illegible_texts(inner, (*place, key))
