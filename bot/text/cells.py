"""Texts in tables that spreadsheets open, and texts from others on a terminal."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

# What a spreadsheet takes for a formula, its sign in any width, and behind what is not seen or is trimmed. Such a text gets an
# apostrophe before it, and so does one that only looks as if.
FORMULA = re.compile(r"'*(?:[\t\r\n]|[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]*[=+\-@＝＋－＠﹦﹢﹣﹫−])")


def as_cell(text: str) -> str:
    """The text as no spreadsheet calculates with it."""
    return f"'{text}" if FORMULA.match(text) else text


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    """One line of names and one a row. Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow([as_cell(column) for column in columns])
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return lines.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return as_cell(" ".join(str(one) for one in value))
    return as_cell(value) if isinstance(value, str) else value


def printable(text: str) -> str:
    """What can be shown on a terminal: what would move its cursor or change its colours is a sign of its own."""
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)
