"""Moments on the clocks of Vietnam, in words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.i18n import Words

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def said_day(at: datetime, words: Words) -> str:
    """ "ngày 23/11/2026", "23 November 2026"."""
    return words.period(at.astimezone(ZONE).date().isoformat())


def said_moment(at: datetime, words: Words) -> str:
    """ "07:05 ngày 23/11/2026", "07:05 on 23 November 2026"."""
    return words.say("{time} on {day}", time=f"{at.astimezone(ZONE):%H:%M}", day=said_day(at, words))
