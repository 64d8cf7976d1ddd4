"""What is left out while one works is told; the list of it names tests that there are; workers get what belongs together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import left_out
from tests.side_by_side import TOGETHER, in_turns, unit_of
from tests.slow import SLOW, told


@pytest.mark.parametrize("beginning", SLOW)
def test_whatever_is_called_slow_exists(home: Path, beginning: str) -> None:
    place, _, name = beginning.partition("::")
    assert (home / place).exists()
    assert not name or re.search(rf"^(?:async )?def {name}", (home / place).read_text("utf-8"), re.MULTILINE)


def test_what_was_left_out_is_told_by_file_and_with_the_way_to_run_it() -> None:
    first, *files, last = told(
        ["tests/e2e/test_run.py::test_a", "tests/faults/test_kill.py::test_b[1]", "tests/e2e/test_run.py::c"]
    )
    assert "3 tests" in first
    assert [line.split() for line in files] == [["2", "tests/e2e/test_run.py"], ["1", "tests/faults/test_kill.py"]]
    assert "make test" in last


def test_where_nothing_was_left_out_nothing_is_told() -> None:
    assert told([]) == []


def test_what_this_machine_cannot_run_is_told_with_the_reason() -> None:
    told = left_out.told(["Skipped: no browser", "Skipped: no browser", "Skipped: nobody is root"])
    assert told == ["Left out: 2 tests: no browser", "Left out: 1 tests: nobody is root"]


def test_a_dear_test_is_dealt_out_alone_and_a_file_of_others_together() -> None:
    assert unit_of("tests/e2e/test_run.py::test_a") != unit_of("tests/e2e/test_run.py::test_b")
    assert unit_of("tests/unit/test_text.py::test_a[1]") == unit_of("tests/unit/test_text.py::test_b")
    assert unit_of("tests/unit/test_leaks.py::test_a") != unit_of("tests/unit/test_leaks.py::test_b"), "it is a dear file"


@pytest.mark.parametrize("folder", TOGETHER)
def test_what_shares_a_browser_is_dealt_out_together(home: Path, folder: str) -> None:
    files = sorted((home / folder).glob("test_*.py"))
    assert len(files) > 1
    assert len({unit_of(f"{folder}{file.name}::test_a") for file in files}) == 1


def test_the_dearest_come_first_and_in_turns_with_others() -> None:
    names = ["tests/unit/test_a.py::test_1", "tests/unit/test_a.py::test_2", "tests/unit/test_b.py::test_1"]
    dear = ["tests/e2e/test_run.py::test_1", "tests/faults/test_kill.py::test_1", "tests/browser/test_page.py::test_1"]
    assert in_turns(names + dear) == [
        *("tests/browser/", "tests/unit/test_a.py"),
        *("tests/faults/test_kill.py::test_1", "tests/unit/test_b.py"),
        "tests/e2e/test_run.py::test_1",
    ]
