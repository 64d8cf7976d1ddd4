"""Whether a text names the office that its referral line would name again."""

from __future__ import annotations

from collections.abc import Iterable

from bot.text.folding import fold


def names_office(text: str, words: Iterable[str] | None) -> bool:
    """Whether one of the phrases stands in the text, however it is written."""
    folded = f" {fold(text)} "
    return any(f" {fold(one)} " in folded for one in words or ())
