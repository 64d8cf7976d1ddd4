"""Days as they are typed into a field."""

from __future__ import annotations

import re
from datetime import date

from bot.i18n import mark

FIRST_YEAR, LAST_YEAR = 2020, 2100  # beyond them a date was mistyped
NO_DAY = mark("Write the day as 30/11/2026.")

TYPED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)


def typed_day(text: str) -> date | None:
    """As browsers send it, or as people here write it; None for what is no day."""
    try:
        if found := TYPED.fullmatch(text):
            day = date(int(found[3]), int(found[2]), int(found[1]))
        else:
            day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
