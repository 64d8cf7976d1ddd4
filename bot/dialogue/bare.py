"""Messages without words: a number, a date, a telephone number, a link."""

from __future__ import annotations

import re
from typing import Literal

BareKind = Literal["number", "phone", "link"]

PHONE_DIGITS = 9  # from so many on it is a telephone number, or one of an identity card (12)
_LINK = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)+/\S*", re.IGNORECASE)
_DATE_WORDS = re.compile(r"\b(?:ngay|ngày|thang|tháng|nam|năm|date|year)\b", re.IGNORECASE)


def bare_kind(text: str) -> BareKind | None:
    """What a message without words is; None where there are some, or nothing at all."""
    if _LINK.fullmatch(text.strip()):
        return "link"
    rest = _DATE_WORDS.sub("", text)
    digits = sum(char.isdigit() for char in rest)
    if not digits or any(char.isalpha() for char in rest):
        return None
    return "phone" if digits >= PHONE_DIGITS else "number"
