"""What a typed time names, sorted: the hours, days, weekdays, delays and repetitions in it. `time_words` knows the words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from bot.announcements.time_words import MARKED_DAYS, to_marks
from bot.announcements.times import UnreadableTime
from bot.errors import LoabanError
from bot.i18n import mark
from bot.text.folding import visible

LONGEST_TEXT = 120  # characters
FURTHEST = timedelta(days=366)  # from now

EVENING_OR_COMING = mark(
    "“toi” can mean the evening (“tối”) or the coming week (“tới”). Write it with its accent, or the hour from 0 to 24."
)
JUNE_OR_NEXT = mark("“thang sau” can mean June or next month. Write the date in figures, for example 15/6.")

LUNAR = mark(
    "That is a date of the lunar calendar, which I cannot count. Write the date of the calendar on the wall, such as 24/11."
)
_DAYS_AHEAD = {"TODAY": 0, "TOMORROW": 1, "DAYAFTER": 2}
_WEEKS_AHEAD = {"THISWEEK": 0, "NEXTWEEK": 1}
_MONTHS_AHEAD = {"THISMONTH": 0, "NEXTMONTH": 1}
_PARTS = frozenset({"MORNING", "NOON", "AFTERNOON", "EVENING", "NIGHT"})
_REPEATS = frozenset({"EVERY", "DAILY", "WEEKLY", "MONTHLY", "WORKDAYS"})
_AMBIGUOUS = {"TOI?": EVENING_OR_COMING, "SAU?": JUNE_OR_NEXT}
_CLOCK = re.compile(r"C([0-9]+)([:_])([0-9]+)")
_DATE = re.compile(r"D([0-9]+)_([0-9]+)_([0-9]+)")
_DOTTED = re.compile(r"P([0-9]+)\.([0-9]+)")
_LATER = re.compile(r"([MA])([0-9]+)")

_T = TypeVar("_T")


class NotUnderstood(LoabanError):
    """Something in the text is not understood, or too much is said."""


@dataclass(slots=True)
class NamedTime:
    """Everything that a text names, each as often as it stands there.

    clocks       hour and minutes after it, or before it where they are negative
    halves       AM, PM · parts: MORNING, NOON, AFTERNOON, EVENING, NIGHT
    dates        day, month and year; 0 where it is not said
    weekdays     from 0, which is Monday
    repeats      EVERY, DAILY, WEEKLY, MONTHLY, WORKDAYS
    last_day     of a month · month_end: said as "the end of the month", which may be of every month
    """

    clocks: list[tuple[int, int]] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    dates: list[tuple[int, int, int]] = field(default_factory=list)
    weekdays: list[int] = field(default_factory=list)
    days_ahead: list[int] = field(default_factory=list)
    weeks_ahead: list[int] = field(default_factory=list)
    months_ahead: list[int] = field(default_factory=list)
    delays: list[timedelta] = field(default_factory=list)
    repeats: set[str] = field(default_factory=set)
    last_day: bool = False
    month_end: bool = False

    @property
    def names_a_day(self) -> bool:
        return bool(self.dates or self.weekdays or self.days_ahead or self.last_day)

    @property
    def says_something(self) -> bool:
        return bool(self.clocks or self.halves or self.parts or self.names_a_day or self.weeks_ahead or self.months_ahead)


def read_named_time(typed: str) -> NamedTime:
    """Sort the marks of a plain text. Raises NotUnderstood for a word that is none."""
    named = NamedTime()
    dotted = []
    marks = to_marks(typed)
    if "LUNAR" in marks:  # whatever else is not understood
        raise UnreadableTime(LUNAR)
    for each in marks:
        if clock := _CLOCK.fullmatch(each):
            named.clocks.append((int(clock[1]), int(clock[3]) if clock[2] == ":" else -int(clock[3])))
        elif day := _DATE.fullmatch(each):
            named.dates.append((int(day[1]), int(day[2]), int(day[3])))
        elif both := _DOTTED.fullmatch(each):
            dotted.append((both[1], both[2]))
        elif later := _LATER.fullmatch(each):
            _take_later(named, later[1], int(later[2]))
        else:
            _take_word(named, each)
    _take_dotted(named, dotted)
    for parts in (named.halves, named.parts):
        single(parts or [""])
    return named


def _take_word(named: NamedTime, word: str) -> None:
    if word in _AMBIGUOUS:
        raise UnreadableTime(_AMBIGUOUS[word])
    if word in ("AM", "PM"):
        named.halves.append(word)
    elif word in _PARTS:
        named.parts.append(word)
    elif word in MARKED_DAYS:
        named.weekdays.append(MARKED_DAYS.index(word))
    elif word in _DAYS_AHEAD:
        named.days_ahead.append(_DAYS_AHEAD[word])
    elif word in _WEEKS_AHEAD:
        named.weeks_ahead.append(_WEEKS_AHEAD[word])
    elif word in _MONTHS_AHEAD:
        named.months_ahead.append(_MONTHS_AHEAD[word])
    elif word in _REPEATS:
        named.repeats.add(word)
    elif word in ("LASTDAY", "MONTHEND?"):
        named.last_day = True
        named.month_end = named.month_end or word != "LASTDAY"
    else:
        raise NotUnderstood


def _take_later(named: NamedTime, unit: str, count: int) -> None:
    """ "In 3 days" wants an hour of that day; "in 3 hours" says it."""
    if unit == "M":
        named.delays.append(timedelta(minutes=count))
    elif count > FURTHEST.days:
        raise NotUnderstood
    else:
        named.days_ahead.append(count)


def _take_dotted(named: NamedTime, dotted: list[tuple[str, str]]) -> None:
    """ "7.30" is an hour where the day is said otherwise, "24.11" a date where the hour is; alone, a date if there is one."""
    if not dotted:
        return
    hours = [each for each in dotted if int(each[0]) <= 24 and len(each[1]) == 2 and int(each[1]) < 60]
    dates = [each for each in dotted if 1 <= int(each[0]) <= 31 and 1 <= int(each[1]) <= 12]
    if len(dotted) == 1:
        if named.clocks or (dates and not named.names_a_day and not named.repeats):
            named.dates.append((int(dotted[0][0]), int(dotted[0][1]), 0))
        elif hours:
            named.clocks.append((int(dotted[0][0]), int(dotted[0][1])))
        else:
            raise NotUnderstood
        return
    readings = (
        [(day, hour) for day, hour in (dotted, dotted[::-1]) if day in dates and hour in hours] if len(dotted) == 2 else []
    )
    if len(readings) != 1:
        raise NotUnderstood
    (day, hour) = readings[0]
    named.dates.append((int(day[0]), int(day[1]), 0))
    named.clocks.append((int(hour[0]), int(hour[1])))


def check_text_length(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise NotUnderstood


def single(several: Sequence[_T]) -> _T:
    """The one thing said, however often. Raises NotUnderstood where different things are."""
    if any(each != several[0] for each in several):
        raise NotUnderstood
    return several[0]


def quoted(text: str) -> str:
    """The text as it is quoted in a message: one line, not too long."""
    line = " ".join(visible(text).split()).rstrip(".,;:!?")
    return line if len(line) <= 60 else f"{line[:59]}…"
