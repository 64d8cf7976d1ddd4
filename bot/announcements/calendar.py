"""The arithmetic of days and hours: which moment a named time is, counted from today, on the clock of Vietnam."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from bot.announcements.named_time import NamedTime, NotUnderstood, quoted, single
from bot.announcements.times import UnreadableTime, on_day
from bot.i18n import mark

DAY = 24 * 60  # minutes
LAST_MINUTE = DAY - 1
_LONG_AGO = timedelta(days=60)  # a date without a year that is past for longer means next year

PAST = mark("{at} is already past. Write a time that is still to come.")
TOO_FAR = mark("{at} is more than a year away. Check the year.")
NO_SUCH_DATE = mark("There is no such date: {date}. Check the day and the month.")
NO_SUCH_HOUR = mark("There is no such hour: {clock}. Write one from 0:00 to 23:59.")
WRONG_PART = mark("{clock} does not fit the part of the day written with it. Write the hour from 0 to 24, for example 19:30.")
ASK_HOUR = mark("At what hour? Write it too, for example “{text} {clock}”.")
WRONG_WEEKDAY = (
    mark("{date} is a Monday, not the day written with it. Write only the date, or only the day of the week."),
    mark("{date} is a Tuesday, not the day written with it. Write only the date, or only the day of the week."),
    mark("{date} is a Wednesday, not the day written with it. Write only the date, or only the day of the week."),
    mark("{date} is a Thursday, not the day written with it. Write only the date, or only the day of the week."),
    mark("{date} is a Friday, not the day written with it. Write only the date, or only the day of the week."),
    mark("{date} is a Saturday, not the day written with it. Write only the date, or only the day of the week."),
    mark("{date} is a Sunday, not the day written with it. Write only the date, or only the day of the week."),
)

# The hours that go with a part of the day, as typed → on the clock of 24 hours. Midnight at the end of a day is its 24.
_PARTS: dict[str, dict[int, int]] = {
    "AM": {12: 0} | {hour: hour for hour in range(12)},
    "PM": {12: 12} | {hour: hour + 12 for hour in range(1, 12)} | {hour: hour for hour in range(13, 24)},
    "MORNING": {hour: hour for hour in range(12)},
    "NOON": {hour: hour for hour in range(10, 15)} | {1: 13, 2: 14},
    "AFTERNOON": {hour: hour + 12 for hour in range(1, 8)} | {hour: hour for hour in range(12, 20)},
    "EVENING": {hour: hour + 12 for hour in range(5, 12)} | {hour: hour for hour in range(17, 25)} | {12: 24},
    "NIGHT": {hour: hour for hour in (*range(5), *range(19, 25))} | {hour: hour + 12 for hour in range(7, 12)} | {12: 24},
}
_SMALL_HOURS = 5 * 60
_EXAMPLE_HOURS = ((7, 30), (15, 0), (19, 30), (22, 0), (11, 30), (12, 30), (23, 59))


def minutes_of_day(named: NamedTime) -> int | None:
    """The hour that is said, see `_on_the_clock`; None where none is."""
    return _on_the_clock(named, *single(named.clocks)) if named.clocks else None


def _on_the_clock(named: NamedTime, hour: int, minute: int) -> int:
    """Minutes after the midnight that begins the day, with the part of the day; over a day for "12 giờ 30 đêm"."""
    said = f"{hour}:{max(minute, 0):02}"
    if minute > 59 or hour > 24 or (hour == 24 and minute > 0) or hour * 60 + minute < 0:
        raise UnreadableTime(NO_SUCH_HOUR, clock=said)
    for part in (*named.halves[:1], *named.parts[:1]):
        if hour not in _PARTS[part]:
            raise UnreadableTime(WRONG_PART, clock=said)
        hour = _PARTS[part][hour]
    return hour * 60 + minute


def resolve_moment(named: NamedTime, minutes: int, after: datetime, today: date) -> datetime:
    """The moment named; days without a date are the next such, so that it lies after `after`."""
    days = [_named_date(*single(named.dates), named, minutes, after, today)] if named.dates else []
    if named.days_ahead:
        days.append(today + timedelta(days=single(named.days_ahead)))
    if named.last_day:
        first = _month_ahead(today, single(named.months_ahead or [0]))
        days.append(first.replace(day=monthrange(first.year, first.month)[1]))
    monday = today - timedelta(days=today.weekday())
    if named.weekdays and not days:
        days.append(_named_weekday(named, minutes, after, monday))
    day = single(days or [after.date()])
    if named.weekdays and day.weekday() != named.weekdays[0]:
        raise UnreadableTime(WRONG_WEEKDAY[day.weekday()], date=date_in_figures(day))
    if named.weeks_ahead and (day - monday).days // 7 != single(named.weeks_ahead):
        raise NotUnderstood
    at = _at(day, minutes)
    if at <= after and "NIGHT" in named.parts and minutes < _SMALL_HOURS and named.days_ahead in ([], [0]) and not named.dates:
        return at + timedelta(days=1)  # "1 giờ đêm nay" is after tonight's midnight
    return at


def _named_weekday(named: NamedTime, minutes: int, after: datetime, monday: date) -> date:
    if named.weeks_ahead:
        return monday + timedelta(weeks=single(named.weeks_ahead), days=named.weekdays[0])
    day = after.date() + timedelta(days=(named.weekdays[0] - after.weekday()) % 7)
    return day if _at(day, minutes) > after else day + timedelta(days=7)


def _named_date(day: int, month: int, year: int, named: NamedTime, minutes: int, after: datetime, today: date) -> date:
    said = "/".join(str(part) for part in (day, month, year) if part)
    if year > today.year + 1:
        raise UnreadableTime(TOO_FAR, at=said)
    if month and named.months_ahead:
        raise NotUnderstood
    if year:
        possible = [(year, month)]
    elif month:
        possible = [(some_year, month) for some_year in (today.year - 1, today.year, today.year + 1)]
    else:
        ahead = [single(named.months_ahead)] if named.months_ahead else range(13)
        firsts = [_month_ahead(today if named.months_ahead else after.date(), count) for count in ahead]
        possible = [(first.year, first.month) for first in firsts]
    days = [date(y, m, day) for y, m in possible if y > 0 and 1 <= m <= 12 and 1 <= day <= monthrange(y, m)[1]]
    if year or named.months_ahead:
        near = days
    elif month:
        near = [each for each in days if each >= today - _LONG_AGO]
    else:
        near = [each for each in days if _at(each, minutes) > after]
    if not near:
        raise UnreadableTime(NO_SUCH_DATE, date=said)
    return near[0]


def _month_ahead(today: date, count: int) -> date:
    """The first day of a month."""
    years, month = divmod(today.month - 1 + count, 12)
    return date(today.year + years, month + 1, 1)


def _at(day: date, minutes: int) -> datetime:
    return on_day(day, time(0)) + timedelta(minutes=minutes)


def missing_hour(named: NamedTime, text: str, to_come: Callable[[int], bool]) -> UnreadableTime:
    """The question for the hour, with the text completed in a way that can be read."""
    fitting = []
    for hour, minute in _EXAMPLE_HOURS:
        with suppress(UnreadableTime):  # an hour of another part of the day
            fitting.append((_on_the_clock(named, hour, minute), f"{hour}:{minute:02}"))
    # "7:30 chiều" can be said, and is 19:30; whoever wrote "chiều" thinks of another hour.
    fitting.sort(key=lambda one: one[0] != int(one[1].partition(":")[0]) * 60 + one[0] % 60)
    if not fitting:
        raise NotUnderstood
    for minutes, clock in fitting:
        if to_come(minutes):
            return UnreadableTime(ASK_HOUR, text=quoted(text), clock=clock)
    return UnreadableTime(PAST, at=quoted(text))


def in_figures(at: datetime) -> str:
    """A moment in the figures that both languages write: "7:30 23/11/2026"."""
    return f"{at.hour}:{at:%M} {date_in_figures(at)}"


def date_in_figures(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"
