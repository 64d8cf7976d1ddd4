"""What is left out while one works is told, and the list of it names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import left_out
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
