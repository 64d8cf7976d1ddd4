"""When an announcement goes out: once or again and again, said in words, and the hours in which people sleep.

Everything is on the clock of Vietnam. What people type is read in `moment`, `repetition` and `lasting`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from babel.dates import format_datetime, format_time, get_day_names

from bot.errors import Refusal
from bot.i18n import Words, mark
from bot.zone import ZONE

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = "*"
LAST_DAY = "last"

_WEEKDAY = f"(?:{'|'.join(WEEKDAYS)})"
_DAYS = r"\*|last|[0-9]{1,2}(?:,[0-9]{1,2})*"
_WEEKDAYS = rf"\*|{_WEEKDAY}(?:[-,]{_WEEKDAY})*"
_RULE = re.compile(rf"([0-9]{{1,2}}) ([0-9]{{1,2}}) ({_DAYS}) \* ({_WEEKDAYS})")
_QUIET = re.compile(r"\s*([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})\s*")


class UnreadableTime(Refusal):
    """What was typed is no time that can be used; the message says why and what works."""


@dataclass(frozen=True, slots=True)
class Once:
    """One sending, `at` a moment in ZONE; None is as soon as it is approved."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class Repeat:
    """Sendings by a rule of five cron fields, see `parse_rule`. Raises ValueError for a bad one."""

    rule: str

    def __post_init__(self) -> None:
        parse_rule(self.rule)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule taken apart: the time of day, and days of the month ("15", LAST_DAY) or weekdays ("mon"); neither is every day."""

    at: time
    days: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()

    def __str__(self) -> str:
        days, weekdays = (",".join(some) or EVERY_DAY for some in (self.days, self.weekdays))
        return f"{self.at.minute} {self.at.hour} {days} * {weekdays}"


def parse_rule(text: str) -> Rule:
    """Minute, hour, days of the month, every month, weekdays: "30 7 * * mon,thu", "0 8 15 * *", "0 17 last * *".

    Weekdays have names, because programs disagree on their numbers; "mon-fri" is five of them. Days of the month and weekdays
    together are refused, because programs disagree on what they mean. Raises ValueError.
    """
    found = _RULE.fullmatch(text)
    if not found:
        raise ValueError(f"not a rule of five fields: {text!r}")
    minute, hour, days, weekdays = found.groups()
    if days != EVERY_DAY and weekdays != EVERY_DAY:
        raise ValueError(f"both days of the month and weekdays: {text!r}")
    monthly = () if days == EVERY_DAY else tuple(days.split(","))
    if any(day != LAST_DAY and not 1 <= int(day) <= 31 for day in monthly):
        raise ValueError(f"no month has such a day: {text!r}")
    weekly = () if weekdays == EVERY_DAY else tuple(day for part in weekdays.split(",") for day in _days_from_to(part))
    return Rule(time(int(hour), int(minute)), monthly, weekly)


def _days_from_to(part: str) -> tuple[str, ...]:
    """ "mon-fri" → five names; "mon" → itself."""
    first, *rest = (WEEKDAYS.index(name) for name in part.split("-"))
    if not rest:
        return (part,)
    if len(rest) > 1 or rest[0] <= first:
        raise ValueError(f"not a span of weekdays: {part!r}")
    return WEEKDAYS[first : rest[0] + 1]


# --- said -------------------------------------------------------------------------------------------------------------


def format_schedule(when: Once | Repeat, words: Words) -> str:
    """ "7:30 thứ Hai, 23/11/2026", "every Monday at 07:30"; what is said here can be typed, too, and is read as the same."""
    if isinstance(when, Once):
        return words.say("right away") if when.at is None else format_moment(when.at, words)
    rule = parse_rule(when.rule)
    at = _format_clock(rule.at, words)
    if rule.weekdays:
        return words.say("every {days} at {time}", days=_format_weekdays(rule.weekdays, words), time=at)
    if rule.days == (LAST_DAY,):
        return words.say("the last day of every month at {time}", time=at)
    if len(rule.days) > 1:
        return words.say("days {days} of every month at {time}", days=words.join(rule.days), time=at)
    if rule.days:
        return words.say("day {day} of every month at {time}", day=rule.days[0], time=at)
    return words.say("every day at {time}", time=at)


def format_moment(at: datetime, words: Words) -> str:
    """An aware moment on the clock of ZONE: "7:30 thứ Hai, 23/11/2026", "Monday 23 November 2026, 07:30"."""
    pattern = "H:mm EEEE, d/M/y" if words.lang == "vi" else "EEEE d MMMM y, HH:mm"
    return _inside(str(format_datetime(at.astimezone(ZONE), pattern, locale=words.lang)))


def format_duration(seconds: float, words: Words) -> str:
    """ "khoảng 10 phút", "about 7 hours 12 minutes", "less than a minute"."""
    if seconds < 60:
        return words.say("less than a minute")
    hours, minutes = divmod(round(seconds / 60), 60)
    days, hours = divmod(hours, 24)
    parts = [words.period(f"P{days}D")] if days else []
    if hours:
        parts.append(words.period(f"PT{hours}H"))
    if minutes and not days:  # nobody plans by the minute over days
        one_or_many = mark("{count} minute") if minutes == 1 else mark("{count} minutes")
        parts.append(words.say(one_or_many, count=words.number(Decimal(minutes))))
    return words.say("about {duration}", duration=" ".join(parts))


def _format_clock(at: time, words: Words) -> str:
    return str(format_time(at, "H:mm" if words.lang == "vi" else "HH:mm", locale=words.lang))


def _format_weekdays(days: tuple[str, ...], words: Words) -> str:
    names = get_day_names("wide", locale=words.lang)
    said = tuple(_inside(str(names[WEEKDAYS.index(day)])) for day in days)
    if len(days) > 2 and days in (WEEKDAYS[start : start + len(days)] for start in range(len(WEEKDAYS))):
        return words.say("{start} to {end}", start=said[0], end=said[-1])
    return words.join(said)


def _inside(text: str) -> str:
    """The day's name as it is written inside a sentence: "thứ Hai"; Vietnamese keeps its number's capital."""
    return text.replace("Thứ ", "thứ ")


# --- quiet hours ------------------------------------------------------------------------------------------------------


def parse_quiet_hours(text: str) -> tuple[time, time]:
    """ "21:00-06:30" → start and end; the same time twice is no quiet hours at all. Raises ValueError."""
    found = _QUIET.fullmatch(text)
    if not found:
        raise ValueError(text)
    hour, minute, end_hour, end_minute = (int(part) for part in found.groups())
    return time(hour, minute), time(end_hour, end_minute)


def in_quiet_hours(at: datetime, quiet: tuple[time, time]) -> bool:
    """Whether an aware moment lies in the span, which may cross midnight; its start belongs to it, its end does not."""
    start, end = quiet
    now = at.astimezone(ZONE).time()
    return start <= now < end if start <= end else now >= start or now < end


def end_of_quiet(at: datetime, quiet: tuple[time, time]) -> datetime:
    """The first end of the quiet hours after an aware moment, in ZONE."""
    local = at.astimezone(ZONE)
    end = on_day(local.date(), quiet[1])
    return end if end > local else on_day(local.date() + timedelta(days=1), quiet[1])


def example_date(start: datetime, days: int) -> str:
    """A date that is still to come, as one would type it: so many days after `start`."""
    day = start.astimezone(ZONE).date() + timedelta(days=days)
    return f"{day.day}/{day.month}"


def on_day(day: date, at: time) -> datetime:
    """A time of day in ZONE."""
    return datetime.combine(day, at, ZONE)
