"""Texts in tables that spreadsheets open, and texts from others on a terminal."""

from __future__ import annotations

import re

# What a spreadsheet takes for a formula, its sign in any width, and behind what is not seen or is trimmed. Such a text gets an
# apostrophe before it, and so does one that only looks as if.
FORMULA = re.compile(r"'*(?:[\t\r\n]|[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]*[=+\-@＝＋－＠﹦﹢﹣﹫−])")


def as_cell(text: str) -> str:
    """The text as no spreadsheet calculates with it."""
    return f"'{text}" if FORMULA.match(text) else text


def printable(text: str) -> str:
    """What can be shown on a terminal: what would move its cursor or change its colours is a sign of its own."""
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)
