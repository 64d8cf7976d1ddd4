"""When, as an officer types it: "7h30 sáng thứ hai", "24/11 15:00", "ngày 15 hằng tháng 8h", "every Monday 7:30".

Nothing is guessed: a word that is not understood, an hour that is missing or two days that disagree are said, with a form
that works.
"""

from __future__ import annotations

from datetime import datetime

from bot.announcements.calendar import (
    LAST_MINUTE,
    PAST,
    TOO_FAR,
    date_in_figures,
    in_figures,
    minutes_of_day,
    missing_hour,
    resolve_moment,
)
from bot.announcements.named_time import FURTHEST, NamedTime, NotUnderstood, check_text_length, quoted, read_named_time, single
from bot.announcements.repetition import ASK_DAY, ASK_DAY_OF_MONTH, read_rule
from bot.announcements.time_words import says_now, simplify
from bot.announcements.times import Once, Repeat, UnreadableTime, example_date
from bot.i18n import mark
from bot.zone import ZONE

NOT_READABLE = mark(
    "I cannot read “{text}” as a time. These work: “Monday 7:30”, “tomorrow 15:00”, “{date} 7:30”, "
    "“every Monday 7:30”, “the 15th of every month 8:00”, “now”."
)
EVERY_MONTH = mark(
    "Is that the end of this month, or of every month? "
    "Write “last day of this month {clock}”, or “last day of every month {clock}”."
)
EXAMPLE_CLOCK = "17:00"
SEVERAL_DAYS = mark("That names several days. For every week write “{text} every week”, for one sending name one day.")


def read_when(text: str, now: datetime) -> Once | Repeat:
    """What is typed, read at the aware moment `now`. A moment lies after `now`, within a year, and is in ZONE.

    Raises UnreadableTime.
    """
    try:
        check_text_length(text)
        if says_now(text):
            return Once(None)
        named = read_named_time(simplify(text))
        if named.month_end and not named.repeats and not named.months_ahead:
            raise UnreadableTime(EVERY_MONTH, clock=_clock_of(named))
        if named.repeats or (named.last_day and not named.months_ahead):
            return Repeat(str(read_rule(named, text)))
        return Once(_read_once(named, text, now.astimezone(ZONE)))
    except NotUnderstood:
        raise UnreadableTime(NOT_READABLE, text=quoted(text), date=example_date(now, 1)) from None


def _clock_of(named: NamedTime) -> str:
    """The hour that is said, in figures; an example where none is."""
    minutes = minutes_of_day(named)
    return EXAMPLE_CLOCK if minutes is None else f"{minutes // 60}:{minutes % 60:02}"


def _read_once(named: NamedTime, text: str, now: datetime) -> datetime:
    if named.delays:
        if named.says_something:
            raise NotUnderstood
        at = now.replace(second=0, microsecond=0) + single(named.delays)
    else:
        at = _day_and_hour(named, text, now)
    if at <= now:
        raise UnreadableTime(PAST, at=in_figures(at))
    if at - now > FURTHEST:
        raise UnreadableTime(TOO_FAR, at=in_figures(at))
    return at


def _day_and_hour(named: NamedTime, text: str, now: datetime) -> datetime:
    """The moment that the text names by its day and hour, or the question for what is missing."""
    if not named.says_something:
        raise NotUnderstood
    if len(set(named.weekdays)) > 1:
        raise UnreadableTime(SEVERAL_DAYS, text=quoted(text))
    if not named.names_a_day and named.weeks_ahead:
        raise UnreadableTime(ASK_DAY, text=quoted(text))
    if not named.names_a_day and named.months_ahead:
        raise UnreadableTime(ASK_DAY_OF_MONTH, text=quoted(text))
    minutes = minutes_of_day(named)
    if minutes is not None:
        return resolve_moment(named, minutes, now, now.date())
    end_of_day = resolve_moment(named, LAST_MINUTE, now, now.date())  # says first what is wrong with the day
    if end_of_day <= now:
        raise UnreadableTime(PAST, at=date_in_figures(end_of_day))
    if end_of_day - now > FURTHEST:
        raise UnreadableTime(TOO_FAR, at=date_in_figures(end_of_day))
    raise missing_hour(named, text, lambda minutes: resolve_moment(named, minutes, now, now.date()) > now)
