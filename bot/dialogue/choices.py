"""Which of the offered choices a person means: by number, or by words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rapidfuzz.fuzz import token_sort_ratio

from bot.folding import fold
from bot.model import Button

SAME_WORDS = 90.0  # likeness of the typed words and a label, 0 to 100
_BEFORE_A_NUMBER = r"(?:(?:so|cau|y|cai|muc|chon|toi|em|the|number|no|option|choice) )*"
_BY_NUMBER = re.compile(rf"{_BEFORE_A_NUMBER}(?:(\d{{1,2}})|([a-z]+(?: [a-z]+)?))(?: one| nhe| a)?")


def picked(text: str, offered: Sequence[Button], numbers: Mapping[str, int]) -> Button | None:
    """The offered button that the text names by number ("2", "số 2", "câu thứ hai") or by its own words.

    `numbers` are the folded words for numbers.
    """
    if not offered:
        return None
    typed = fold(text)
    found = _BY_NUMBER.fullmatch(typed)
    if found:
        number = int(found[1]) if found[1] else numbers.get(found[2], 0)
        if 1 <= number <= len(offered):
            return offered[number - 1]
    best = max(offered, key=lambda button: token_sort_ratio(typed, fold(button.label)))
    return best if typed and token_sort_ratio(typed, fold(best.label)) >= SAME_WORDS else None


def is_number(text: str, numbers: Mapping[str, int]) -> bool:
    """Whether the message is nothing but a small number ("9", "số 9", "câu chín"): an answer to choices, not a question."""
    found = _BY_NUMBER.fullmatch(fold(text))
    return found is not None and (found[1] is not None or found[2] in numbers)
