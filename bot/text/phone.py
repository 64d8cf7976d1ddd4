"""What the screen of a small phone shows, where choices are numbered lines: 14 lines of 38 characters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from functools import lru_cache

COLUMNS = 38
LINES = 14  # what shows without scrolling, at the size of letters that older people use


def phone_lines(text: str) -> list[str]:
    """The lines as they are broken there."""
    return [line for part in text.split("\n") for line in _wrapped(part)]


@lru_cache(4096)  # the same answers go out again and again
def _wrapped(part: str) -> tuple[str, ...]:
    return tuple(textwrap.wrap(part, COLUMNS)) or ("",)


def choice_lines(choices: Iterable[tuple[str, bool]]) -> list[str]:
    """A numbered line for each choice. A choice is a label, and whether it may stand beside the one before."""
    lines: list[str] = []
    for number, (label, beside) in enumerate(choices, start=1):
        choice = f"{number}. {label}"
        if beside and lines and len(lines[-1]) + len(f"  {choice}") <= COLUMNS:
            lines[-1] += f"  {choice}"
        else:
            lines.append(f"  {choice}")
    return lines
