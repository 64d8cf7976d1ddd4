"""What must never be kept of a message: phone, identity card and account numbers, e-mail addresses."""

from __future__ import annotations

import re

MASK = "•••"
# Six digits or more, however they are grouped or glued to words: phones have 10, identity cards 12 (or 9), accounts 8 to 16.
# Amounts such as 100.000.000 are masked too: losing an amount costs nothing, keeping a number may.
_NUMBER = re.compile(r"[+(]?\d(?:[\W_]{0,3}\d){5,}")
# Only where a word begins: else a long word without @ is looked through once more from each of its letters.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.+@-]+")


def masked(text: str) -> str:
    """The text with every such number and address replaced."""
    return _NUMBER.sub(MASK, _EMAIL.sub(MASK, text))
