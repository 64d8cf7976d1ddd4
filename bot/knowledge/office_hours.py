"""When officers answer what was passed on to them: hours of the week, commune by commune, and the days on which nobody does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from bot.zone import ZONE, local_day

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOKED_AHEAD = 40  # days; no row of holidays is longer

Span = tuple[time, time]
Week = Mapping[str, tuple[Span, ...]]  # weekday → from when to when, in order; a weekday that is not in it is off

MORNING_AND_AFTERNOON: tuple[Span, ...] = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
USUAL: Week = dict.fromkeys(WEEKDAYS[:5], MORNING_AND_AFTERNOON)


@dataclass(frozen=True)
class OfficeHours:
    """Hours of the week, for communes that have none of their own in `communes`.

    `closed` are days off beyond the public holidays, `opened` holidays that are worked.
    """

    usual: Week = field(default_factory=lambda: USUAL)
    communes: Mapping[str, Week] = field(default_factory=dict)
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()

    def is_open(self, place: str, at: datetime) -> bool:
        """Whether somebody is there at this aware moment."""
        return any(start <= at < end for start, end in self._spans(place, at, days=1))

    def is_open_or_unknown(self, place: str, at: datetime) -> bool:
        """As `is_open`; also where no office hours are known for weeks, so that nothing waits for them."""
        return self.next_open(place, at) == at

    def next_open(self, place: str, at: datetime) -> datetime:
        """`at` itself within office hours, else when the next ones begin; `at` where none are known for weeks."""
        for start, end in self._spans(place, at):
            if at < end:
                return max(at, start)
        return at

    def after(self, place: str, at: datetime, wait: timedelta) -> datetime:
        """When `wait` of office time has gone by since `at`. Of what no office hours are known for, it is plain time."""
        left = wait
        for start, end in self._spans(place, at):
            begin = max(at, start)
            if begin >= end:
                continue
            if begin + left <= end:
                return begin + left
            left -= end - begin
        return at + wait

    def _spans(self, place: str, at: datetime, days: int = LOOKED_AHEAD) -> Iterator[tuple[datetime, datetime]]:
        first = local_day(at)
        week = self.communes.get(place, self.usual)
        for day in (first + timedelta(days=number) for number in range(days)):
            if not self._is_off(day):
                for start, end in week.get(WEEKDAYS[day.weekday()], ()):
                    yield datetime.combine(day, start, ZONE), datetime.combine(day, end, ZONE)

    def _is_off(self, day: date) -> bool:
        return day in self.closed or (day in _public_holidays(day.year) and day not in self.opened)


@lru_cache(maxsize=4)
def _public_holidays(year: int) -> frozenset[date]:
    """The public holidays of Vietnam, with Tết and the Hùng kings' day, as the library `holidays` knows them."""
    from holidays import country_holidays  # takes a moment, and is needed where something is passed on only

    return frozenset(country_holidays("VN", years=year))
