"""What must never be kept of a message: phone, identity card and account numbers, e-mail addresses."""

from __future__ import annotations

import re

MASK = "•••"
# Six digits or more, however they are grouped: phones have 10, identity cards 12 (or 9), accounts 8 to 16. Amounts such as
# 100.000.000 are masked too: losing an amount costs nothing, keeping a number may.
_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[\s.,\-()]?\d){5,}(?!\w)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")


def masked(text: str) -> str:
    """The text with every such number and address replaced."""
    return _NUMBER.sub(MASK, _EMAIL.sub(MASK, text))
