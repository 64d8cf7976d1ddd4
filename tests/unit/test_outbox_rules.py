"""The rules of the outbox as plain functions: whose turn it is, what an announcement ends as, what is counted, what is kept."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from bot.announcements.ending import ends_as
from bot.delivery.claims import in_turn, is_sent_again
from bot.model import (
    CLOSED_STATES,
    FROZEN_STATES,
    OPEN_STATES,
    Announcement,
    AnnouncementState,
    Audience,
    Button,
    DeliveryReport,
    DeliveryState,
    Plan,
    Retention,
    Tally,
)
from bot.model.well_known import CHOICE_PREFIX

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def announcement(
    number: int = 1, state: AnnouncementState = "sending", *, urgent: bool = False, must: bool = False, reason: str = ""
) -> Announcement:
    plan = Plan("AB23CD", {"vi": "UBND"}, {"vi": "Mai họp."}, Audience(), timedelta(hours=5), urgent=urgent, must=must)
    return Announcement(number, plan, state, 1, None, None, AT, AT, AT + plan.lasts, reason)


def test_every_state_is_open_or_closed_and_those_with_recipients_are_open() -> None:
    assert {*OPEN_STATES, *CLOSED_STATES} == set(get_args(AnnouncementState))
    assert set(OPEN_STATES).isdisjoint(CLOSED_STATES)
    assert set(FROZEN_STATES) < set(OPEN_STATES)


# --- whose turn it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quiet", "served", "order"),
    [(False, 0, [4, 1, 2, 3]), (False, 2, [4, 3, 1, 2]), (False, 3, [4, 1, 2, 3]), (False, 4, [4, 1, 2, 3]), (True, 0, [4])],
)
def test_urgent_announcements_come_first_and_the_others_take_turns(quiet: bool, served: int, order: list[int]) -> None:
    sending = [*map(announcement, (3, 1, 2)), announcement(4, urgent=True)]
    assert [one.id for one in in_turn(sending, quiet=quiet, served=served)] == order


@pytest.mark.parametrize(
    ("found", "again"),
    [
        (announcement(must=True), True),
        (announcement(must=True, state="paused"), True),
        (announcement(must=True, state="cancelled"), False),
        (announcement(must=True, state="done"), False),
        (announcement(), False),
        (None, False),
    ],
)
def test_only_what_must_reach_everybody_and_is_still_open_is_sent_again_after_a_crash(
    found: Announcement | None, again: bool
) -> None:
    assert is_sent_again(found) is again


# --- what it ends as --------------------------------------------------------------------------------------------------


def report(**counts: int) -> DeliveryReport:
    """expired_window: those who did not write in their time."""
    tallies = [Tally("telegram", name.split("_")[0], name.partition("_")[2], count) for name, count in counts.items()]  # type: ignore[arg-type]
    return DeliveryReport.of(tallies)


@pytest.mark.parametrize(
    ("ended", "counted", "expected"),
    [
        (announcement(), report(sent=3), ("done", "")),
        (announcement(), report(), ("done", "")),
        (announcement(), report(gone_blocked=3), ("done", "")),
        (announcement(), report(sent=1, expired=2), ("done", "partly too late")),
        (announcement(), report(expired=2), ("expired", "too late")),
        (announcement(), report(sent=1, expired_window=2), ("done", "")),
        (announcement(), report(expired_window=2), ("expired", "window")),
        (announcement(), report(expired=1, expired_window=2), ("expired", "too late")),
        (announcement(state="waiting"), report(), ("expired", "not approved")),
        (announcement(state="paused", reason="by staff"), report(sent=3), ("done", "")),
        (announcement(reason="told before"), report(sent=3), ("done", "told before")),
    ],
)
def test_what_an_announcement_ends_as(
    ended: Announcement, counted: DeliveryReport, expected: tuple[AnnouncementState, str]
) -> None:
    assert ends_as(ended, counted) == expected


def test_a_report_adds_up_recipients_that_are_alike() -> None:
    later = AT + 10 * SECOND
    found = DeliveryReport.of(
        [
            Tally("telegram", "sent", "", 3, 1, AT, later),
            Tally("telegram", "sent", "", 2, 0, AT + SECOND, AT + SECOND),
            Tally("zalo-oa", "pending", "window", 4),
            Tally("zalo-oa", "pending", "", 1),
            Tally("zalo-oa", "sending", "unreachable", 1, 1),
            Tally("zalo-oa", "gone", "blocked", 1),
        ]
    )
    assert found.states == {"sent": 5, "pending": 5, "sending": 1, "gone": 1}
    assert (found.recipients, found.finished, found.held, found.ambiguous) == (12, 6, 4, 2)
    assert found.reasons == {("gone", "blocked"): 1}
    assert found.channels == {"telegram": 5, "zalo-oa": 7}
    assert (found.first, found.last, found.rate) == (AT, later, 0.4)


@pytest.mark.parametrize("state", get_args(DeliveryState))
def test_a_report_of_one_recipient_counts_one(state: DeliveryState) -> None:
    found = DeliveryReport.of([Tally("telegram", state, "", 1)])
    assert (found.recipients, found.finished, found.rate) == (1, int(state not in ("pending", "sending")), 0.0)


# --- how long, and by which name --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("choice", "days"), [("topic:jobs", 30), ("menu", 30), ("", 30), ("staff:approve:7:ab", 1)])
def test_a_button_of_staff_works_for_a_day_and_any_other_for_a_month(choice: str, days: int) -> None:
    assert Button("…", choice).lasts == timedelta(days=days)


def test_what_holds_a_person_is_kept_no_longer_than_residents_are_told() -> None:
    """Said in the notice, in intents/system/privacy-data.yaml and before somebody subscribes."""
    keep = Retention()
    days = {name: getattr(keep, name).days for name in ("question", "sessions", "questions", "cases", "deliveries")}
    assert days == {"question": 1, "sessions": 180, "questions": 90, "cases": 30, "deliveries": 60}


def test_how_the_choices_of_staff_begin_stands_in_one_place(home: Path) -> None:
    wrong = [
        f"{path.relative_to(home)}:{node.lineno}"
        for path in sorted((home / "bot").rglob("*.py"))
        if path.name != "well_known.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(CHOICE_PREFIX)
    ]
    assert wrong == []
