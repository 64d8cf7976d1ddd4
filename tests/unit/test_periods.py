"""Moments, spans and durations in ISO form; anything else is refused rather than guessed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.periods import Moment, parse_duration, parse_moment, parse_period


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024", Moment(2024)),
        ("2024-10", Moment(2024, 10)),
        ("2025-07-01", Moment(2025, 7, 1)),
        ("2024-02-29", Moment(2024, 2, 29)),
    ],
)
def test_a_moment_is_a_year_a_month_or_a_day(text: str, moment: Moment) -> None:
    assert parse_moment(text) == moment
    assert parse_period(text) == (moment, None)


@given(st.dates())
def test_any_day_of_the_calendar_is_a_moment(day: date) -> None:
    assert parse_moment(day.isoformat()).first_day() == day
    assert parse_moment(day.isoformat()[:7]).first_day() == day.replace(day=1)
    assert parse_moment(day.isoformat()[:4]).first_day() == day.replace(month=1, day=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "2024-1",
        "2024-13",
        "2024-00",
        "2023-02-29",
        "2024-10-32",
        "0000",
        "10/2024",
        "2024-10-01T00:00",
        "2024 ",
        "2024\n",
        "năm 2024",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_moment(text)


@given(st.tuples(st.dates(), st.dates()))
def test_a_span_runs_forward_in_time(days: tuple[date, date]) -> None:
    first, last = sorted(days)
    start, end = parse_period(f"{first.isoformat()}/{last.isoformat()}")
    assert end is not None
    assert (start.first_day(), end.first_day()) == (first, last)
    if first < last:
        with pytest.raises(ValueError, match="/"):
            parse_period(f"{last.isoformat()}/{first.isoformat()}")


@pytest.mark.parametrize("text", ["2021/", "/2025", "2021/2023/2025", "2021-2025", "2021 / 2025"])
def test_half_a_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_period(text)


@given(st.integers(0, 999), st.sampled_from("YMWDH"))
def test_a_duration_is_a_count_and_one_unit(count: int, unit: str) -> None:
    assert parse_duration(f"P{count}{unit}") == (count, unit)


def test_hours_may_be_written_as_the_standard_does() -> None:
    assert parse_duration("PT24H") == (24, "H")


@pytest.mark.parametrize("text", ["", "P", "PT", "36M", "P1Y6M", "P1.5Y", "P-3M", "PT5M", "2024", "P36M/2024"])
def test_what_is_no_duration_of_one_unit_is_none(text: str) -> None:
    assert parse_duration(text) is None


@given(st.text(max_size=20))
def test_any_text_is_a_period_or_refused_as_a_value(text: str) -> None:
    try:
        start, end = parse_period(text)
    except ValueError:
        return
    assert end is None or start.first_day() <= end.first_day()
