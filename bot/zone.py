"""The clock of Điện Biên."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def _zone() -> tzinfo:
    """A small machine may have no table of time zones. Vietnam has kept this one since 1975, without summer time."""
    try:
        return ZoneInfo("Asia/Ho_Chi_Minh")
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")


ZONE = _zone()


def local_day(at: datetime) -> date:
    """The day that people there have at an aware moment."""
    return at.astimezone(ZONE).date()
