"""Moments, spans and durations as content writes them: 2024 · 2024-10 · 2025-07-01 · 2021/2025 · P36M."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_MOMENT = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_DURATION = re.compile(r"P(?:(\d+)([YMWD])|T(\d+)(H))|P(\d+)(H)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A year, a month or a day."""

    year: int
    month: int | None = None
    day: int | None = None

    def first_day(self) -> date:
        return date(self.year, self.month or 1, self.day or 1)


def parse_moment(text: str) -> Moment:
    """Raises ValueError when `text` is none of YYYY, YYYY-MM, YYYY-MM-DD or no real date."""
    found = _MOMENT.fullmatch(text)
    if not found:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None  # noqa: S101 - the expression requires it
    date(year, 1 if month is None else month, 1 if day is None else day)  # raises for what is no date
    return Moment(year, month, day)


def parse_period(text: str) -> tuple[Moment, Moment | None]:
    """A moment, or two with a slash between. Raises ValueError."""
    start, slash, end = text.partition("/")
    first = parse_moment(start)
    if not slash:
        return first, None
    last = parse_moment(end)
    if last.first_day() < first.first_day():
        raise ValueError(text)
    return first, last


def parse_duration(text: str) -> tuple[int, str] | None:
    """P120M → (120, "M"); None when `text` is not an ISO 8601 duration of one unit (Y, M, W, D or H)."""
    found = _DURATION.fullmatch(text)
    if not found:
        return None
    parts = [part for part in found.groups() if part]
    return int(parts[0]), parts[1]
