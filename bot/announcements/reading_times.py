"""When, as an officer types it: "7h30 sáng thứ hai", "24/11 15:00", "ngày 15 hằng tháng 8h", "every Monday 7:30".

Nothing is guessed: a word that is not understood, an hour that is missing or two days that disagree are said, with a form
that works. `time_words` knows the words of both languages; here is only the calendar.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from bot.announcements.time_words import MARKED_DAYS, marks, plain, says_now, span
from bot.announcements.times import LAST_DAY, WEEKDAYS, Once, Repeat, Rule, UnreadableTime, on_day
from bot.i18n import mark
from bot.text.folding import visible
from bot.zone import ZONE

DEFAULT_HOUR = time(7, 30)  # of what is repeated, where none is written: before people leave for the fields
LONGEST_TEXT = 120  # characters
SHORTEST_LASTING = timedelta(minutes=15)
LONGEST_LASTING = timedelta(days=60)
_LONG_AGO = timedelta(days=60)  # a date without a year that is past for longer means next year
_FURTHEST = timedelta(days=366)
_DAY = 24 * 60  # minutes
_SAFE_DAY = 28  # every month has it
_LAST_MINUTE = _DAY - 1

NOT_READABLE = mark(
    "I cannot read “{text}” as a time. These work: “Monday 7:30”, “tomorrow 15:00”, “24/11 7:30”, "
    "“every Monday 7:30”, “the 15th of every month 8:00”, “now”."
)
NOT_READABLE_LASTING = mark(
    "I cannot read “{text}” as how long it stays true. These work: “24 hours”, “3 days”, “until 17:00”, “until 25/11”, "
    "“until Sunday”."
)
PAST = mark("{at} is already past. Write a time that is still to come.")
TOO_FAR = mark("{at} is more than a year away. Check the year.")
NO_SUCH_DATE = mark("There is no such date: {date}. Check the day and the month.")
NO_SUCH_HOUR = mark("There is no such hour: {clock}. Write one from 0:00 to 23:59.")
WRONG_PART = mark("{clock} does not fit the part of the day written with it. Write the hour from 0 to 24, for example 19:30.")
ASK_HOUR = mark("At what hour? Write it too, for example “{text} {clock}”.")
ASK_DAY = mark("On which day? Write it too, for example “Monday {text}”.")
ASK_DAY_OF_MONTH = mark("On which day of the month? Write it too, for example “the 15th {text}”.")
SEVERAL_DAYS = mark("That names several days. For every week write “{text} every week”, for one sending name one day.")
NOT_EVERY_MONTH = mark("Not every month has a day {day}. Choose a day from 1 to 28, or write “last day of every month”.")
MIDNIGHT = mark("Midnight lies between two days. Write 0:00 and the day that begins then.")
EVENING_OR_COMING = mark(
    "“toi” can mean the evening (“tối”) or the coming week (“tới”). Write it with its accent, or the hour from 0 to 24."
)
JUNE_OR_NEXT = mark("“thang sau” can mean June or next month. Write the date in figures, for example 15/6.")
BEFORE_START = mark("{at} is before the announcement goes out ({start}). Write a later end.")
TOO_SHORT = mark("An announcement stays true for at least {minutes} minutes.")
TOO_LONG = mark("An announcement stays true for {days} days at most.")
WRONG_WEEKDAY = (
    mark("{date} is a Monday, not the day written with it. Write only the date, or only the day of the week."),
    mark("{date} is a Tuesday, not the day written with it. Write only the date, or only the day of the week."),
    mark("{date} is a Wednesday, not the day written with it. Write only the date, or only the day of the week."),
    mark("{date} is a Thursday, not the day written with it. Write only the date, or only the day of the week."),
    mark("{date} is a Friday, not the day written with it. Write only the date, or only the day of the week."),
    mark("{date} is a Saturday, not the day written with it. Write only the date, or only the day of the week."),
    mark("{date} is a Sunday, not the day written with it. Write only the date, or only the day of the week."),
)

_DAYS_AHEAD = {"TODAY": 0, "TOMORROW": 1, "DAYAFTER": 2}
_WEEKS_AHEAD = {"THISWEEK": 0, "NEXTWEEK": 1}
_MONTHS_AHEAD = {"THISMONTH": 0, "NEXTMONTH": 1}
_REPEATS = frozenset({"EVERY", "DAILY", "WEEKLY", "MONTHLY", "WORKDAYS"})
_AMBIGUOUS = {"TOI?": EVENING_OR_COMING, "SAU?": JUNE_OR_NEXT}
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
_CLOCK = re.compile(r"C([0-9]+)([:_])([0-9]+)")
_DATE = re.compile(r"D([0-9]+)_([0-9]+)_([0-9]+)")
_DOTTED = re.compile(r"P([0-9]+)\.([0-9]+)")
_LATER = re.compile(r"([MA])([0-9]+)")

_T = TypeVar("_T")


@dataclass(slots=True)
class _Found:
    """The marks of a text, by what they are."""

    clocks: list[tuple[int, int]] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)  # AM, PM
    parts: list[str] = field(default_factory=list)
    dates: list[tuple[int, int, int]] = field(default_factory=list)
    weekdays: list[int] = field(default_factory=list)
    days_ahead: list[int] = field(default_factory=list)
    weeks_ahead: list[int] = field(default_factory=list)
    months_ahead: list[int] = field(default_factory=list)
    delays: list[timedelta] = field(default_factory=list)
    repeats: set[str] = field(default_factory=set)
    last_day: bool = False

    @property
    def names_a_day(self) -> bool:
        return bool(self.dates or self.weekdays or self.days_ahead or self.last_day)

    @property
    def says_something(self) -> bool:
        return bool(self.clocks or self.halves or self.parts or self.names_a_day or self.weeks_ahead or self.months_ahead)


class _Unknown(Exception):
    """Something in the text is not understood, or too much is said."""


# --- when -------------------------------------------------------------------------------------------------------------


def read_when(text: str, now: datetime) -> Once | Repeat:
    """What is typed, read at the aware moment `now`. A moment lies after `now`, within a year, and is in ZONE.

    Raises UnreadableTime.
    """
    try:
        _check_size(text)
        if says_now(text):
            return Once(None)
        found = _find(plain(text))
        if found.repeats or (found.last_day and not found.months_ahead):
            return Repeat(str(_rule(found, text)))
        return Once(_once(found, text, now.astimezone(ZONE)))
    except _Unknown:
        raise UnreadableTime(NOT_READABLE, text=_shown(text)) from None


def _once(found: _Found, text: str, now: datetime) -> datetime:
    if found.delays:
        if found.says_something:
            raise _Unknown
        at = now.replace(second=0, microsecond=0) + _only(found.delays)
    else:
        at = _named(found, text, now)
    if at <= now:
        raise UnreadableTime(PAST, at=_figures(at))
    if at - now > _FURTHEST:
        raise UnreadableTime(TOO_FAR, at=_figures(at))
    return at


def _named(found: _Found, text: str, now: datetime) -> datetime:
    """The moment that the text names by its day and hour, or the question for what is missing."""
    if not found.says_something:
        raise _Unknown
    if len(set(found.weekdays)) > 1:
        raise UnreadableTime(SEVERAL_DAYS, text=_shown(text))
    if not found.names_a_day and found.weeks_ahead:
        raise UnreadableTime(ASK_DAY, text=_shown(text))
    if not found.names_a_day and found.months_ahead:
        raise UnreadableTime(ASK_DAY_OF_MONTH, text=_shown(text))
    minutes = _minutes(found)
    if minutes is not None:
        return _moment(found, minutes, now, now.date())
    end_of_day = _moment(found, _LAST_MINUTE, now, now.date())  # says first what is wrong with the day
    if end_of_day <= now:
        raise UnreadableTime(PAST, at=_date_figures(end_of_day))
    if end_of_day - now > _FURTHEST:
        raise UnreadableTime(TOO_FAR, at=_date_figures(end_of_day))
    raise _ask_hour(found, text, lambda minutes: _moment(found, minutes, now, now.date()) > now)


def _rule(found: _Found, text: str) -> Rule:
    if found.days_ahead or found.weeks_ahead or found.months_ahead or found.delays or any(month for _, month, _ in found.dates):
        raise _Unknown
    days, weekdays = _repeated_days(found, text)
    minutes = _minutes(found)
    if minutes is None:
        if not {*found.halves, *found.parts} <= {"AM", "MORNING"}:
            raise _ask_hour(found, text, lambda _: True)
        return Rule(DEFAULT_HOUR, days, weekdays)
    if minutes >= _DAY and (days or weekdays):
        raise UnreadableTime(MIDNIGHT)
    hour, minute = divmod(minutes % _DAY, 60)
    return Rule(time(hour, minute), days, weekdays)


def _repeated_days(found: _Found, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Days of the month and weekdays; both are empty for every day."""
    kinds = found.repeats - {"EVERY"}
    if kinds == {"MONTHLY"} or found.last_day:
        if found.weekdays or kinds - {"MONTHLY"}:
            raise _Unknown
        return _days_of_month(found, text), ()
    if found.dates or "MONTHLY" in kinds:
        raise _Unknown
    if kinds - {"WEEKLY"} == {"WORKDAYS"} and not found.weekdays:
        return (), WEEKDAYS[:5]
    if found.weekdays and kinds <= {"WEEKLY"}:
        named = tuple(WEEKDAYS[day] for day in sorted(set(found.weekdays)))
        return (), named if named != WEEKDAYS else ()
    if not found.weekdays and kinds == {"WEEKLY"}:
        raise UnreadableTime(ASK_DAY, text=_shown(text))
    if not found.weekdays and (kinds == {"DAILY"} or (not kinds and found.parts)):  # "mỗi sáng 7h"
        return (), ()
    raise _Unknown


def _days_of_month(found: _Found, text: str) -> tuple[str, ...]:
    days = sorted({day for day, _, _ in found.dates})
    if found.last_day:
        if days:
            raise _Unknown
        return (LAST_DAY,)
    if not days:
        raise UnreadableTime(ASK_DAY_OF_MONTH, text=_shown(text))
    for day in days:
        if not 1 <= day <= 31:
            raise UnreadableTime(NO_SUCH_DATE, date=day)
        if day > _SAFE_DAY:
            raise UnreadableTime(NOT_EVERY_MONTH, day=day)
    return tuple(str(day) for day in days)


# --- how long ---------------------------------------------------------------------------------------------------------

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
        _check_size(text)
        typed = plain(text)
        length = span(typed)
        if length is not None:
            _check_length(length)
            return length
        end = _end(typed, start, today)
    except _Unknown:
        raise UnreadableTime(NOT_READABLE_LASTING, text=_shown(text)) from None
    if end <= start:
        raise UnreadableTime(BEFORE_START, at=_figures(end), start=_figures(start))
    _check_length(end - start)
    return end


def _end(typed: str, start: datetime, today: date) -> datetime:
    parts = _UNTIL.fullmatch(typed)
    if not parts:
        raise _Unknown
    until, rest = parts.groups()
    found = _find(_SPANS.get(rest, rest) if until else rest)
    if found.repeats or found.delays or len(set(found.weekdays)) > 1 or not found.says_something:
        raise _Unknown
    if not until and not (found.names_a_day or found.weeks_ahead or found.months_ahead):
        raise _Unknown  # "12h30" is a length to one and an hour to another
    if found.weeks_ahead and not found.names_a_day:
        found.weekdays = [len(WEEKDAYS) - 1]
    if found.months_ahead and not found.names_a_day:
        found.last_day = True
    minutes = _minutes(found)
    if minutes is None and (found.halves or found.parts):
        raise _Unknown
    return _moment(found, _LAST_MINUTE if minutes is None else minutes, start, today)


def _check_length(length: timedelta) -> None:
    if length < SHORTEST_LASTING:
        raise UnreadableTime(TOO_SHORT, minutes=SHORTEST_LASTING // timedelta(minutes=1))
    if length > LONGEST_LASTING:
        raise UnreadableTime(TOO_LONG, days=LONGEST_LASTING.days)


# --- from marks to days and hours -------------------------------------------------------------------------------------


def _check_size(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise _Unknown


def _find(typed: str) -> _Found:
    """Sort the marks of a plain text. Raises _Unknown for a word that is none."""
    found = _Found()
    dotted = []
    for each in marks(typed):
        if clock := _CLOCK.fullmatch(each):
            found.clocks.append((int(clock[1]), int(clock[3]) if clock[2] == ":" else -int(clock[3])))
        elif day := _DATE.fullmatch(each):
            found.dates.append((int(day[1]), int(day[2]), int(day[3])))
        elif both := _DOTTED.fullmatch(each):
            dotted.append((both[1], both[2]))
        elif later := _LATER.fullmatch(each):
            _take_later(found, later[1], int(later[2]))
        else:
            _take_word(found, each)
    _take_dotted(found, dotted)
    for parts in (found.halves, found.parts):
        _only(parts or [""])
    return found


def _take_word(found: _Found, word: str) -> None:
    if word in _AMBIGUOUS:
        raise UnreadableTime(_AMBIGUOUS[word])
    if word in ("AM", "PM"):
        found.halves.append(word)
    elif word in _PARTS:
        found.parts.append(word)
    elif word in MARKED_DAYS:
        found.weekdays.append(MARKED_DAYS.index(word))
    elif word in _DAYS_AHEAD:
        found.days_ahead.append(_DAYS_AHEAD[word])
    elif word in _WEEKS_AHEAD:
        found.weeks_ahead.append(_WEEKS_AHEAD[word])
    elif word in _MONTHS_AHEAD:
        found.months_ahead.append(_MONTHS_AHEAD[word])
    elif word in _REPEATS:
        found.repeats.add(word)
    elif word == "LASTDAY":
        found.last_day = True
    else:
        raise _Unknown


def _take_later(found: _Found, unit: str, count: int) -> None:
    """ "In 3 days" wants an hour of that day; "in 3 hours" says it."""
    if unit == "M":
        found.delays.append(timedelta(minutes=count))
    elif count > _FURTHEST.days:
        raise _Unknown
    else:
        found.days_ahead.append(count)


def _take_dotted(found: _Found, dotted: list[tuple[str, str]]) -> None:
    """ "7.30" is an hour where the day is said otherwise, "24.11" a date where the hour is; alone, a date if there is one."""
    if not dotted:
        return
    hours = [each for each in dotted if int(each[0]) <= 24 and len(each[1]) == 2 and int(each[1]) < 60]
    dates = [each for each in dotted if 1 <= int(each[0]) <= 31 and 1 <= int(each[1]) <= 12]
    if len(dotted) == 1:
        if found.clocks or (dates and not found.names_a_day and not found.repeats):
            found.dates.append((int(dotted[0][0]), int(dotted[0][1]), 0))
        elif hours:
            found.clocks.append((int(dotted[0][0]), int(dotted[0][1])))
        else:
            raise _Unknown
        return
    readings = (
        [(day, hour) for day, hour in (dotted, dotted[::-1]) if day in dates and hour in hours] if len(dotted) == 2 else []
    )
    if len(readings) != 1:
        raise _Unknown
    (day, hour) = readings[0]
    found.dates.append((int(day[0]), int(day[1]), 0))
    found.clocks.append((int(hour[0]), int(hour[1])))


def _minutes(found: _Found) -> int | None:
    """The hour that is said, see `_clock`; None where none is."""
    return _clock(found, *_only(found.clocks)) if found.clocks else None


def _clock(found: _Found, hour: int, minute: int) -> int:
    """Minutes after the midnight that begins the day, with the part of the day; over a day for "12 giờ 30 đêm"."""
    said = f"{hour}:{max(minute, 0):02}"
    if minute > 59 or hour > 24 or (hour == 24 and minute > 0) or hour * 60 + minute < 0:
        raise UnreadableTime(NO_SUCH_HOUR, clock=said)
    for part in (*found.halves[:1], *found.parts[:1]):
        if hour not in _PARTS[part]:
            raise UnreadableTime(WRONG_PART, clock=said)
        hour = _PARTS[part][hour]
    return hour * 60 + minute


def _moment(found: _Found, minutes: int, after: datetime, today: date) -> datetime:
    """The moment named; days without a date are the next such, so that it lies after `after`."""
    named = [_named_date(*_only(found.dates), found, minutes, after, today)] if found.dates else []
    if found.days_ahead:
        named.append(today + timedelta(days=_only(found.days_ahead)))
    if found.last_day:
        first = _month_ahead(today, _only(found.months_ahead or [0]))
        named.append(first.replace(day=monthrange(first.year, first.month)[1]))
    monday = today - timedelta(days=today.weekday())
    if found.weekdays and not named:
        named.append(_named_weekday(found, minutes, after, monday))
    day = _only(named or [after.date()])
    if found.weekdays and day.weekday() != found.weekdays[0]:
        raise UnreadableTime(WRONG_WEEKDAY[day.weekday()], date=_date_figures(day))
    if found.weeks_ahead and (day - monday).days // 7 != _only(found.weeks_ahead):
        raise _Unknown
    at = _at(day, minutes)
    if at <= after and "NIGHT" in found.parts and minutes < _SMALL_HOURS and found.days_ahead in ([], [0]) and not found.dates:
        return at + timedelta(days=1)  # "1 giờ đêm nay" is after tonight's midnight
    return at


def _named_weekday(found: _Found, minutes: int, after: datetime, monday: date) -> date:
    if found.weeks_ahead:
        return monday + timedelta(weeks=_only(found.weeks_ahead), days=found.weekdays[0])
    day = after.date() + timedelta(days=(found.weekdays[0] - after.weekday()) % 7)
    return day if _at(day, minutes) > after else day + timedelta(days=7)


def _named_date(day: int, month: int, year: int, found: _Found, minutes: int, after: datetime, today: date) -> date:
    said = "/".join(str(part) for part in (day, month, year) if part)
    if year > today.year + 1:
        raise UnreadableTime(TOO_FAR, at=said)
    if month and found.months_ahead:
        raise _Unknown
    if year:
        possible = [(year, month)]
    elif month:
        possible = [(some_year, month) for some_year in (today.year - 1, today.year, today.year + 1)]
    else:
        ahead = [_only(found.months_ahead)] if found.months_ahead else range(13)
        firsts = [_month_ahead(today if found.months_ahead else after.date(), count) for count in ahead]
        possible = [(first.year, first.month) for first in firsts]
    days = [date(y, m, day) for y, m in possible if y > 0 and 1 <= m <= 12 and 1 <= day <= monthrange(y, m)[1]]
    if year or found.months_ahead:
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


def _ask_hour(found: _Found, text: str, to_come: Callable[[int], bool]) -> UnreadableTime:
    """The question for the hour, with the text completed in a way that can be read."""
    fitting = []
    for hour, minute in _EXAMPLE_HOURS:
        with suppress(UnreadableTime):  # an hour of another part of the day
            fitting.append((_clock(found, hour, minute), f"{hour}:{minute:02}"))
    if not fitting:
        raise _Unknown
    for minutes, clock in fitting:
        if to_come(minutes):
            return UnreadableTime(ASK_HOUR, text=_shown(text), clock=clock)
    return UnreadableTime(PAST, at=_shown(text))


def _only(several: Sequence[_T]) -> _T:
    """The one thing said, however often. Raises _Unknown where different things are."""
    if any(each != several[0] for each in several):
        raise _Unknown
    return several[0]


def _shown(text: str) -> str:
    """The text as it is quoted in a message: one line, not too long."""
    line = " ".join(visible(text).split()).rstrip(".,;:!?")
    return line if len(line) <= 60 else f"{line[:59]}…"


def _figures(at: datetime) -> str:
    """A moment in the figures that both languages write: "7:30 23/11/2026"."""
    return f"{at.hour}:{at:%M} {_date_figures(at)}"


def _date_figures(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"
