"""The next time of a rule, compared with the calendar counted day by day."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.announcements.times import LAST_DAY, WEEKDAYS, Rule, parse_rule
from bot.service.cron import next_time
from bot.zone import ZONE

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
SOME_WEEKDAYS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True).map(tuple)
SOME_DAYS = st.lists(st.integers(1, 31).map(str), min_size=1, max_size=4, unique=True).map(tuple)
RULES = st.one_of(
    st.builds(Rule, CLOCKS),
    st.builds(Rule, CLOCKS, st.just((LAST_DAY,))),
    st.builds(Rule, CLOCKS, SOME_DAYS),
    st.builds(Rule, CLOCKS, st.just(()), SOME_WEEKDAYS),
)


def falls_on(rule: Rule, day: date) -> bool:
    if rule.weekdays:
        return WEEKDAYS[day.weekday()] in rule.weekdays
    if rule.days == (LAST_DAY,):
        return day.day == monthrange(day.year, day.month)[1]
    return not rule.days or str(day.day) in rule.days


def counted(rule: Rule, after: datetime) -> datetime:
    """By hand: the first day that fits and whose hour is still to come."""
    day = after.astimezone(ZONE).date()
    while not (falls_on(rule, day) and datetime.combine(day, rule.at, ZONE) > after):
        day += timedelta(days=1)
    return datetime.combine(day, rule.at, ZONE)


@pytest.mark.parametrize(
    ("rule", "after", "expected"),
    [
        ("30 7 * * mon", "2026-11-23T00:29:00", "2026-11-23T00:30:00"),
        ("30 7 * * mon", "2026-11-23T00:30:00", "2026-11-30T00:30:00"),
        ("30 7 * * sun", "2026-11-23T00:30:00", "2026-11-29T00:30:00"),
        ("30 7 * * mon,thu", "2026-11-23T00:30:00", "2026-11-26T00:30:00"),
        ("30 7 * * mon-fri", "2026-11-27T00:30:00", "2026-11-30T00:30:00"),
        ("30 6 * * *", "2026-11-23T00:00:00", "2026-11-23T23:30:00"),
        ("0 8 15 * *", "2026-11-23T00:00:00", "2026-12-15T01:00:00"),
        ("0 8 31 * *", "2026-11-23T00:00:00", "2026-12-31T01:00:00"),
        ("0 17 last * *", "2026-11-30T10:00:00", "2026-12-31T10:00:00"),
        ("0 17 last * *", "2027-02-01T00:00:00", "2027-02-28T10:00:00"),
        ("0 17 last * *", "2028-02-01T00:00:00", "2028-02-29T10:00:00"),
    ],
)
def test_the_next_time_is_where_the_rule_meets_the_calendar_of_vietnam(rule: str, after: str, expected: str) -> None:
    found = next_time(rule, datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert found.tzinfo is UTC


@given(RULES, MOMENTS)
def test_the_next_time_is_the_one_counted_by_hand(rule: Rule, after: datetime) -> None:
    assert next_time(str(rule), after) == counted(rule, after)


@given(RULES, MOMENTS)
def test_times_come_one_after_the_other_and_each_fits_the_rule(rule: Rule, after: datetime) -> None:
    times = [after]
    for _ in range(5):
        times.append(next_time(str(rule), times[-1]))
    assert all(earlier < later for earlier, later in pairwise(times))
    local = [moment.astimezone(ZONE) for moment in times[1:]]
    assert all(moment.time() == rule.at and falls_on(rule, moment.date()) for moment in local)


@given(RULES, MOMENTS)
def test_the_clock_of_the_caller_makes_no_difference(rule: Rule, after: datetime) -> None:
    assert next_time(str(rule), after.astimezone(ZoneInfo("America/New_York"))) == next_time(str(rule), after)


@given(RULES)
def test_a_rule_is_written_as_it_is_read(rule: Rule) -> None:
    assert parse_rule(str(rule)) == rule


@pytest.mark.parametrize(
    "rule", ["", "every monday", "30 7 * * 0", "61 7 * * *", "0 8 32 * *", "0 8 15 * mon", "0 8 lastday * *"]
)
def test_a_bad_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        next_time(rule, datetime(2026, 11, 23, tzinfo=UTC))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        next_time("30 7 * * mon", datetime(2026, 11, 23))


@given(st.text(max_size=20))
def test_any_text_is_a_rule_or_refused_as_a_value(text: str) -> None:
    try:
        next_time(text, datetime(2026, 11, 23, tzinfo=UTC))
    except ValueError:
        return
    parse_rule(text)
