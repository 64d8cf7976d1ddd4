"""How often, as an officer types it: "thứ hai hằng tuần 7h", "ngày 15 hằng tháng", "every weekday"."""

from __future__ import annotations

from datetime import time

from bot.announcements.calendar import DAY, NO_SUCH_DATE, minutes_of_day, missing_hour
from bot.announcements.named_time import NamedTime, NotUnderstood, quoted
from bot.announcements.times import LAST_DAY, WEEKDAYS, Rule, UnreadableTime
from bot.i18n import mark

DEFAULT_HOUR = time(7, 30)  # of what is repeated, where none is written: before people leave for the fields
_SAFE_DAY = 28  # every month has it

ASK_DAY = mark("On which day? Write it too, for example “Monday {text}”.")
ASK_DAY_OF_MONTH = mark("On which day of the month? Write it too, for example “the 15th {text}”.")
NOT_EVERY_MONTH = mark("Not every month has a day {day}. Choose a day from 1 to 28, or write “last day of every month”.")
MIDNIGHT = mark("Midnight lies between two days. Write 0:00 and the day that begins then.")


def read_rule(named: NamedTime, text: str) -> Rule:
    """The rule that a time names which says that it comes again. Raises UnreadableTime, and NotUnderstood."""
    if named.days_ahead or named.weeks_ahead or named.months_ahead or named.delays or any(month for _, month, _ in named.dates):
        raise NotUnderstood
    days, weekdays = _repeated_days(named, text)
    minutes = minutes_of_day(named)
    if minutes is None:
        if not {*named.halves, *named.parts} <= {"AM", "MORNING"}:
            raise missing_hour(named, text, lambda _: True)
        return Rule(DEFAULT_HOUR, days, weekdays)
    if minutes >= DAY and (days or weekdays):
        raise UnreadableTime(MIDNIGHT)
    hour, minute = divmod(minutes % DAY, 60)
    return Rule(time(hour, minute), days, weekdays)


def _repeated_days(named: NamedTime, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Days of the month and weekdays; both are empty for every day."""
    kinds = named.repeats - {"EVERY"}
    if kinds == {"MONTHLY"} or named.last_day:
        if named.weekdays or kinds - {"MONTHLY"}:
            raise NotUnderstood
        return _days_of_month(named, text), ()
    if named.dates or "MONTHLY" in kinds:
        raise NotUnderstood
    if kinds - {"WEEKLY"} == {"WORKDAYS"} and not named.weekdays:
        return (), WEEKDAYS[:5]
    if named.weekdays and kinds <= {"WEEKLY"}:
        weekdays = tuple(WEEKDAYS[day] for day in sorted(set(named.weekdays)))
        return (), weekdays if weekdays != WEEKDAYS else ()
    if not named.weekdays and kinds == {"WEEKLY"}:
        raise UnreadableTime(ASK_DAY, text=quoted(text))
    if not named.weekdays and (kinds == {"DAILY"} or (not kinds and named.parts)):  # "mỗi sáng 7h"
        return (), ()
    raise NotUnderstood


def _days_of_month(named: NamedTime, text: str) -> tuple[str, ...]:
    days = sorted({day for day, _, _ in named.dates})
    if named.last_day:
        if days:
            raise NotUnderstood
        return (LAST_DAY,)
    if not days:
        raise UnreadableTime(ASK_DAY_OF_MONTH, text=quoted(text))
    for day in days:
        if not 1 <= day <= 31:
            raise UnreadableTime(NO_SUCH_DATE, date=day)
        if day > _SAFE_DAY:
            raise UnreadableTime(NOT_EVERY_MONTH, day=day)
    return tuple(str(day) for day in days)
