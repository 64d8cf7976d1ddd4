"""Raw Telex and VNI keys: with the keyboard app switched off, "nước" arrives as "nuwowcs" or "nu7o7c1"."""

from __future__ import annotations

import re

_VNI_KEYS = re.compile(r"[a-z]+[0-9]+[a-z0-9]*")
_SYLLABLE = re.compile(
    r"(?:b|c|ch|d|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|q|qu|r|s|t|th|tr|v|x)?"
    r"(?:[aeiouy]{1,3})(?:c|ch|m|n|ng|nh|p|t)?"
)


def is_syllable(word: str) -> bool:
    """Whether the letters make one Vietnamese syllable, accents aside."""
    return _SYLLABLE.fullmatch(word) is not None


def decode_keys(word: str, keys: str) -> str:
    """The folded word behind raw Telex ("nuwowcs" → "nuoc") or VNI ("d9u7o7c5" → "duoc") keys; the word itself if none."""
    if keys == "vni":
        return re.sub(r"[0-9]", "", word) if _VNI_KEYS.fullmatch(word) else word
    plain = word.replace("dd", "d")
    plain = re.sub(r"([aeo])\1", r"\1", plain)
    plain = re.sub(r"(?<=[aou])w|w(?=[ou]?[a-z]*$)", "", plain) if "w" in plain else plain
    if is_syllable(plain) and plain != word:
        return plain
    tone = re.fullmatch(r"(.*?[aeiouy]+)([sfrxj])([a-z]{0,2})|(.*[aeiouy][a-z]{0,2})([sfrxj])", plain)
    if tone:
        plain = tone[1] + tone[3] if tone[1] is not None else tone[4]
        if is_syllable(plain):
            return plain
    return word
