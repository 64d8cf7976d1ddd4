"""What became of an announcement, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from bot.announcements.display_names import DisplayNames
from bot.announcements.report import REASONS, STATES, reason_word, report_lines, state_word
from bot.i18n import Words
from bot.model import Announcement, AnnouncementState, Audience, DeliveryReport, Plan

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
WORDS = Words("en", {})
NAMES = DisplayNames()
PLAN = Plan("AB23CD", {"vi": "UBND"}, {"vi": "Mai có lớp học nghề."}, Audience(), timedelta(hours=6))
SENDING = Announcement(7, PLAN, "sending", 1, None, None, NOW, NOW, NOW + PLAN.lasts)
NOBODY = DeliveryReport(0, {}, {}, 0, None, None, 0.0)


def test_every_state_has_its_words() -> None:
    assert set(STATES) == set(get_args(AnnouncementState))
    for state in get_args(AnnouncementState):
        assert state_word(replace(SENDING, state=state), WORDS) == STATES[state]


@pytest.mark.parametrize(
    "reason",
    [
        *("stopped", "cancelled", "blocked", "not found", "refused", "unreachable", "bug", "moved", "interrupted", "too late"),
        *("by staff", "author left", "text refused", "turned down", "not approved", "partly too late", "missed"),
    ],
)
def test_every_reason_has_its_words(reason: str) -> None:
    assert reason_word(reason, WORDS) == REASONS[reason] != reason


def test_a_reason_without_words_is_not_hidden() -> None:
    assert reason_word("the moon", WORDS) == "the moon"


def test_what_is_due_later_is_planned() -> None:
    later = replace(SENDING, due=NOW + timedelta(hours=1))
    assert state_word(later, WORDS, NOW) == "planned"
    assert state_word(later, WORDS, NOW + timedelta(hours=1)) == "being sent"
    assert state_word(replace(later, state="paused"), WORDS, NOW) == "paused"


def test_before_anybody_is_sent_to_there_is_only_the_state() -> None:
    assert report_lines(replace(SENDING, state="waiting"), NOBODY, NAMES, WORDS) == ["State: waits for a second person"]
    missed = replace(SENDING, state="expired", reason="missed")
    assert report_lines(missed, NOBODY, NAMES, WORDS) == ["State: not sent (Loa Bản was not running at that time)"]


def test_everything_that_became_of_it_is_said() -> None:
    report = DeliveryReport(
        recipients=1250,
        states={"sent": 1200, "gone": 5, "failed": 3, "expired": 10, "unknown": 2, "cancelled": 20, "pending": 8, "sending": 2},
        reasons={
            ("gone", "blocked"): 4,
            ("gone", "not found"): 1,
            ("failed", "moved"): 1,
            ("failed", "moved again"): 1,
            ("failed", "bug"): 1,
            ("unknown", "interrupted"): 2,
            ("cancelled", "stopped"): 20,
        },
        ambiguous=4,
        first=NOW,
        last=NOW + timedelta(minutes=1),
        rate=19.98,
        channels={"zalo": 250, "telegram": 1000},
    )
    assert report_lines(SENDING, report, NAMES, WORDS) == [
        "State: being sent",
        "Sent: 1,200 of 1,250",
        "By app: Telegram 1,000, Zalo 250",
        "Still to send: 10",
        "No longer reached: 5 (they blocked Loa Bản: 4, the chat no longer exists: 1)",
        "Failed: 3 (the chat moved: 2, an error in Loa Bản: 1)",
        "Too late: 10",
        "Not known whether it arrived: 2 (Loa Bản was interrupted while sending)",
        "Left out: 20 (they stopped announcements)",
        "Uncertain: 4 (interrupted; perhaps twice, perhaps not at all)",
        "First: Monday 23 November 2026, 08:00",
        "Last: Monday 23 November 2026, 08:01",
        "Rate: 20 a second",
    ]


def test_one_recipient_has_no_rate() -> None:
    report = DeliveryReport(1, {"sent": 1}, {}, 0, NOW, NOW, 0.0, {"telegram": 1})
    assert report_lines(replace(SENDING, state="done"), report, NAMES, WORDS) == [
        "State: finished",
        "Sent: 1 of 1",
        "First: Monday 23 November 2026, 08:00",
    ]
