"""The clock of Điện Biên."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def local_day(at: datetime) -> date:
    """The day that people there have at an aware moment."""
    return at.astimezone(ZONE).date()
