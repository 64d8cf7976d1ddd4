"""Tests that this machine cannot run are told at the end, where everybody reads it: there is no browser, or nobody is root."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", ())
    for line in told(report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple)):
        terminalreporter.write_line(line)


def told(reasons: Iterable[str]) -> list[str]:
    """What was left out, by reason; `reasons` are those of pytest, one a test."""
    counted = Counter(reason.removeprefix("Skipped: ") for reason in reasons)
    return [f"Left out: {count} tests: {reason}" for reason, count in counted.items()]
