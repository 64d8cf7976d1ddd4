"""When officers answer, and how the file says it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine import Engine
from bot.errors import ContentError
from bot.knowledge.load import load_knowledge
from bot.knowledge.office_hours import OfficeHours
from bot.zone import ZONE

HERE, THERE = "03301", "03352"
HALF_AN_HOUR = timedelta(minutes=30)
USUAL = OfficeHours()


def at(text: str) -> datetime:
    """A moment on the clock of Điện Biên; 16 November 2026 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-16 07:29", "2026-11-16 07:30"),
        ("2026-11-16 07:30", "2026-11-16 07:30"),
        ("2026-11-16 11:29", "2026-11-16 11:29"),
        ("2026-11-16 11:30", "2026-11-16 13:30"),
        ("2026-11-16 12:15", "2026-11-16 13:30"),
        ("2026-11-16 13:30", "2026-11-16 13:30"),
        ("2026-11-16 16:59", "2026-11-16 16:59"),
        ("2026-11-16 17:00", "2026-11-17 07:30"),
        ("2026-11-20 17:30", "2026-11-23 07:30"),
        ("2026-11-22 09:00", "2026-11-23 07:30"),
    ],
)
def test_somebody_is_there_from_the_first_minute_and_not_in_the_lunch_break_the_evening_or_the_weekend(
    moment: str, opens: str
) -> None:
    assert USUAL.next_open(HERE, at(moment)) == at(opens)
    assert USUAL.is_open(HERE, at(moment)) is (moment == opens)


def test_nobody_is_there_on_public_holidays_and_all_through_tet() -> None:
    assert not USUAL.is_open(HERE, at("2026-09-02 09:00"))
    assert USUAL.next_open(HERE, at("2026-02-13 17:00")) == at("2026-02-23 07:30")  # the eve to the fifth day, and two weekends


def test_a_holiday_that_is_worked_and_a_day_off_more_are_kept_to() -> None:
    offices = OfficeHours(closed=frozenset([date(2026, 11, 17)]), opened=frozenset([date(2026, 9, 2)]))
    assert offices.is_open(HERE, at("2026-09-02 09:00"))
    assert offices.next_open(HERE, at("2026-11-16 17:00")) == at("2026-11-18 07:30")


def test_a_commune_keeps_its_own_hours_and_the_others_the_usual_ones() -> None:
    offices = OfficeHours(communes={HERE: {"sat": ((time(8), time(10)),)}})
    assert offices.next_open(HERE, at("2026-11-16 09:00")) == at("2026-11-21 08:00")
    assert offices.next_open(THERE, at("2026-11-16 09:00")) == at("2026-11-16 09:00")


@pytest.mark.parametrize(
    ("asked", "reminded"),
    [
        ("2026-11-16 09:00", "2026-11-16 09:30"),
        ("2026-11-16 11:20", "2026-11-16 13:50"),
        ("2026-11-16 22:00", "2026-11-17 08:00"),
        ("2026-11-20 16:45", "2026-11-23 07:45"),
    ],
)
def test_only_office_time_counts_for_a_reminder(asked: str, reminded: str) -> None:
    assert USUAL.after(HERE, at(asked), HALF_AN_HOUR) == at(reminded)


def test_where_no_office_hours_are_known_all_time_counts_and_nobody_waits_for_them() -> None:
    never = OfficeHours(usual={})
    moment = at("2026-11-16 23:00")
    assert never.next_open(HERE, moment) == moment
    assert never.after(HERE, moment, HALF_AN_HOUR) == moment + HALF_AN_HOUR
    assert never.is_open_or_unknown(HERE, moment)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(ZONE)),
    st.timedeltas(timedelta(minutes=1), timedelta(hours=24)),
)
def test_the_next_hours_are_hours_and_a_wait_never_ends_before_its_time(moment: datetime, wait: timedelta) -> None:
    opens = USUAL.next_open(HERE, moment)
    assert opens >= moment
    assert USUAL.is_open(HERE, opens)
    end = USUAL.after(HERE, moment, wait)
    assert end >= opens + wait
    assert USUAL.is_open(HERE, end - timedelta(microseconds=1))


# --- the file ---------------------------------------------------------------------------------------------------------

HOURS = 'hours:\n  mon: ["07:30-11:30"]\n'


def problems(home: Path, text: str) -> list[str]:
    (home / "content/offices.yaml").write_text(text, "utf-8")
    try:
        load_knowledge(home, "vi")
    except ContentError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_without_the_file_the_usual_hours_are_kept(tiny_home: Path) -> None:
    (tiny_home / "content/offices.yaml").unlink(missing_ok=True)
    assert load_knowledge(tiny_home, "vi").offices == OfficeHours()


def test_the_file_says_hours_for_all_and_for_one_commune_and_days(tiny_home: Path) -> None:
    text = f'{HOURS}communes:\n  "{HERE}":\n    sat: ["08:00-10:00"]\nclosed: ["2026-11-17"]\nopened: ["2026-09-02"]\n'
    assert problems(tiny_home, text) == []
    offices = load_knowledge(tiny_home, "vi").offices
    assert offices.is_open(HERE, at("2026-11-21 08:00"))
    assert not offices.is_open(THERE, at("2026-11-21 08:00"))
    assert offices.is_open(THERE, at("2026-11-16 09:00"))
    assert not offices.is_open(THERE, at("2026-11-16 14:00"))
    assert (offices.closed, offices.opened) == (frozenset([date(2026, 11, 17)]), frozenset([date(2026, 9, 2)]))


def test_the_real_file_is_in_order(engine: Engine) -> None:
    offices = engine.knowledge.offices
    assert offices.is_open(HERE, at("2026-11-16 09:00"))
    assert not offices.is_open(HERE, at("2026-11-21 09:00"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('hours:\n  mon: ["7:30-11:30"]\n', 2),
        ('hours:\n  mon: ["07:30-24:00"]\n', 2),
        ('hours:\n  mon: ["11:30-07:30"]\n', 2),
        ('hours:\n  mon: ["07:30-11:30", "11:00-17:00"]\n', 2),
        ('hours:\n  mon: ["07:30"]\n', 2),
        ("hours:\n  mon: 07:30-11:30\n", 2),
        ('hours:\n  monday: ["07:30-11:30"]\n', 2),
        (f'{HOURS}closed: ["17/11/2026"]\n', 3),
        (f'{HOURS}closed: ["2026-02-30"]\n', 3),
        (f'{HOURS}communes:\n  "99999":\n    mon: ["07:30-11:30"]\n', 4),
        (f'{HOURS}communes:\n  "{HERE}":\n    sun: ["x"]\n', 5),
        ("communes: {}\n", 1),
        ("", 1),
    ],
)
def test_a_wrong_line_is_named(tiny_home: Path, text: str, line: int) -> None:
    found = problems(tiny_home, text)
    assert found
    assert found[0].startswith(f"content/offices.yaml:{line}: "), found
