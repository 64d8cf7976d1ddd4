"""Tests that cost much: `make quick` leaves them out; where workers run side by side they begin first, the dearest before all.

Each line is the beginning of the name that pytest gives a test: a folder, a file, or one test of a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

SLOW = (
    "tests/browser/",
    "tests/faults/test_broadcast.py::test_ten_thousand",
    "tests/faults/test_fuzz.py::test_no_request",
    "tests/faults/test_reload.py::test_the_last_good",
    "tests/faults/test_reload.py",
    "tests/faults/test_restart_under_load.py",
    "tests/e2e/test_announcement.py",
    "tests/faults/test_kill.py",
    "tests/faults/",
    "tests/e2e/test_handoff.py",
    "tests/e2e/test_channels.py",
    "tests/e2e/test_reload.py",
    "tests/e2e/test_run.py",
    "tests/unit/test_reloading.py",
    "tests/e2e/",
    "tests/unit/test_spreadsheet.py::test_the_whole_content",
    "tests/unit/test_spreadsheet.py::test_one_text_changes",
    "tests/unit/test_schedule.py::test_in_a_thousand_random_lives",
    "tests/unit/test_editing.py::test_every_real_intent",
    "tests/contract/test_web.py::test_of_a_thousand_forged_requests",
    "tests/contract/test_delivery.py::test_whatever_comes_back",
    "tests/contract/test_senders.py",
    "tests/contract/test_telegram.py::test_a_429_is_kept_by_the_next_process",
    "tests/unit/test_matching.py::test_whatever_is_written",
    "tests/unit/test_told.py::test_every_phrasing_of_a_narrower_case",
    "tests/unit/test_review_dates.py::test_the_content_can_be_built",
    "tests/unit/test_leaks.py",
    "tests/unit/test_spreadsheet.py::test_any_text_survives",
    "tests/unit/test_handoff_machine.py",
    "tests/unit/test_life_of_announcements.py",
    "tests/unit/test_desk_faults.py::test_whatever_is_sent",
    "tests/unit/test_fmt.py::test_the_files_of_this_project",
    "tests/unit/test_fmt.py::test_an_editor_underlines_nothing",
    "tests/unit/test_check.py::test_content_as_delivered",
    "tests/unit/test_docs.py::test_the_messages_in_the_vietnamese_guide",
    "tests/unit/test_reviewing.py::test_the_order_in_which_questions_came",
    "tests/unit/test_privacy.py::test_hardly_any_phrasing",
    "tests/contract/test_zalo_oa.py::test_any_text",
    "tests/contract/test_zalo_bot.py::test_messages_that_come_three_times",
    "tests/contract/test_web.py::test_updates_that_come_three_times",
    "tests/contract/test_web.py::test_every_chat_keeps_its_order",
    "tests/standin/",
)
MARK = "slow"

_LEFT_OUT = pytest.StashKey[list[str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if place(item.nodeid) < len(SLOW):
            item.add_marker(MARK)


def place(name: str) -> int:
    """Where in SLOW a test stands that pytest gives this name; after the end where it costs little."""
    return next((number for number, beginning in enumerate(SLOW) if name.startswith(beginning)), len(SLOW))


# --- what was left out ------------------------------------------------------------------------------------------------


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[_LEFT_OUT] = []


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker(MARK):
            item.config.stash[_LEFT_OUT].append(item.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells it to whoever started it."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output[MARK] = session.config.stash[_LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[_LEFT_OUT] = getattr(node, "workeroutput", {}).get(MARK, [])  # all workers tell the same


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if MARK in config.option.markexpr:
        for line in told(config.stash[_LEFT_OUT]):
            terminalreporter.write_line(line)


def told(left_out: list[str]) -> list[str]:
    """What somebody should know who ran without these tests."""
    if not left_out:
        return []
    files = Counter(name.partition("::")[0] for name in left_out)
    return [
        f"Left out: {len(left_out)} tests that cost much (see tests/slow.py), of",
        *(f"{count:6} {name}" for name, count in sorted(files.items())),
        "`make test` runs them with all the others; to run one of these files: .venv/bin/python -m pytest -n auto FILE",
    ]
