"""Which of the offered choices a person means: by number, or by words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.fuzz import token_sort_ratio

from bot.folding import fold
from bot.model import Button

SAME_WORDS = 90.0  # likeness of the typed words and a label, 0 to 100
NUMBERS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "dau tien": 1, "thu nhat": 1, "first": 1, "thu hai": 2, "second": 2, "thu ba": 3, "third": 3,
}  # fmt: skip
_BY_NUMBER = re.compile(
    r"(?:so|cau|y|cai|muc|chon|the|number|no|option|choice)*\s*(?:so|cau|y|cai|muc)?\s*(\d{1,2}|[a-z]+(?: [a-z]+)?)(?: one)?"
)
YES = frozenset(
    {"dung", "dung roi", "phai", "phai roi", "vang", "co", "u", "uh", "ok", "yes", "yeah", "yep", "right", "correct"}
)


def picked(text: str, offered: Sequence[Button]) -> Button | None:
    """The offered button that the text names by number ("2", "số 2", "câu thứ hai") or by its own words."""
    if not offered:
        return None
    typed = fold(text)
    by_number = _BY_NUMBER.fullmatch(typed)
    if by_number:
        number = int(by_number[1]) if by_number[1].isdigit() else NUMBERS.get(by_number[1], 0)
        if 1 <= number <= len(offered):
            return offered[number - 1]
    if typed in ("cuoi", "cuoi cung", "cau cuoi", "the last", "last", "the last one"):
        return offered[-1]
    best = max(offered, key=lambda button: token_sort_ratio(typed, fold(button.label)))
    return best if typed and token_sort_ratio(typed, fold(best.label)) >= SAME_WORDS else None


def is_number(text: str) -> bool:
    """Whether the message is nothing but a small number: an answer to choices, not a question."""
    return re.fullmatch(r"\d{1,2}", fold(text)) is not None
