"""How long something stays true, as an officer types it: "3 ngày", "24 hours", "đến 17h", "until Sunday"."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.announcements.calendar import LAST_MINUTE, in_figures, minutes_of_day, resolve_moment
from bot.announcements.named_time import NotUnderstood, check_text_length, quoted, read_named_time
from bot.announcements.time_words import read_span, simplify
from bot.announcements.times import WEEKDAYS, UnreadableTime, example_date
from bot.i18n import mark
from bot.zone import ZONE

SHORTEST_LASTING = timedelta(minutes=15)
LONGEST_LASTING = timedelta(days=60)

NOT_READABLE_LASTING = mark(
    "I cannot read “{text}” as how long it stays true. These work: “24 hours”, “3 days”, “until 17:00”, “until {date}”, "
    "“until Sunday”."
)
BEFORE_START = mark("{at} is before the announcement goes out ({start}). Write a later end.")
TOO_SHORT = mark("An announcement stays true for at least {minutes} minutes.")
TOO_LONG = mark("An announcement stays true for {days} days at most.")

_UNTIL = re.compile(
    r"(?:(?:co |con )?(?:hieu luc|gia tri|dung) )?"
    r"((?:(?:den|toi|COMING|until|till|to|through|by|before|truoc|het|trong|ca|cuoi|(?:the )?end of(?: the)?)\b ?)*)(.*)"
)
_SPANS = {"ngay": "TODAY", "day": "TODAY", "tuan": "THISWEEK", "week": "THISWEEK", "thang": "THISMONTH", "month": "THISMONTH"}


def read_lasting(text: str, start: datetime, now: datetime | None = None) -> timedelta | datetime:
    """How long something stays true that goes out at the aware moment `start`: a length, or the moment in ZONE when it ends.

    "Today", "tomorrow" and "this week" are counted from `now`, from `start` where it is not given. A date without an hour is
    the end of that day. From SHORTEST_LASTING to LONGEST_LASTING after `start`. Raises UnreadableTime.
    """
    start = start.astimezone(ZONE)
    today = start.date() if now is None else now.astimezone(ZONE).date()
    try:
        check_text_length(text)
        typed = simplify(text)
        length = read_span(typed)
        if length is not None:
            _check_length(length)
            return length
        end = _end(typed, start, today)
    except NotUnderstood:
        raise UnreadableTime(NOT_READABLE_LASTING, text=quoted(text), date=example_date(start, 2)) from None
    if end <= start:
        raise UnreadableTime(BEFORE_START, at=in_figures(end), start=in_figures(start))
    _check_length(end - start)
    return end


def _end(typed: str, start: datetime, today: date) -> datetime:
    parts = _UNTIL.fullmatch(typed)
    if not parts:
        raise NotUnderstood
    until, rest = parts.groups()
    named = read_named_time(_SPANS.get(rest, rest) if until else rest)
    if named.repeats or named.delays or len(set(named.weekdays)) > 1 or not named.says_something:
        raise NotUnderstood
    if not until and not (named.names_a_day or named.weeks_ahead or named.months_ahead):
        raise NotUnderstood  # "12h30" is a length to one and an hour to another
    if named.weeks_ahead and not named.names_a_day:
        named = replace(named, weekdays=[len(WEEKDAYS) - 1])
    if named.months_ahead and not named.names_a_day:
        named = replace(named, last_day=True)
    minutes = minutes_of_day(named)
    if minutes is None and (named.halves or named.parts):
        raise NotUnderstood
    return resolve_moment(named, LAST_MINUTE if minutes is None else minutes, start, today)


def _check_length(length: timedelta) -> None:
    if length < SHORTEST_LASTING:
        raise UnreadableTime(TOO_SHORT, minutes=SHORTEST_LASTING // timedelta(minutes=1))
    if length > LONGEST_LASTING:
        raise UnreadableTime(TOO_LONG, days=LONGEST_LASTING.days)
