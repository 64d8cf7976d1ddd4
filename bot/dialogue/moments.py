"""Moments on the clocks of Vietnam, in words."""

from __future__ import annotations

from datetime import datetime

from bot.i18n import Words
from bot.zone import ZONE, local_day


def said_day(at: datetime, words: Words) -> str:
    """ "ngày 23/11/2026", "23 November 2026"."""
    return words.period(local_day(at).isoformat())


def said_moment(at: datetime, words: Words) -> str:
    """ "07:05 ngày 23/11/2026", "07:05 on 23 November 2026"."""
    return words.say("{time} on {day}", time=f"{at.astimezone(ZONE):%H:%M}", day=said_day(at, words))
