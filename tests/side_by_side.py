"""How tests are dealt out to workers that run side by side: a dear one alone, the others by the file, the dearest first.

`pytest-xdist` has marks for this, which are lost without a word from pytest 9.2 on: they travel in the name of a test, and
nobody may change that any more. So what belongs together is told by the beginning of the name, as in tests/slow.py.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator, Iterable
from functools import cache
from itertools import zip_longest
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.slow import SLOW, place

TOGETHER = ("tests/browser/",)  # one browser and one server for all of them
DEALT = ("load", "loadgroup")  # ways to deal out that this replaces; whoever asks for another one gets it


@cache
def unit_of(name: str) -> str:
    """What one worker runs at a stretch, by a test's name: what the tests of a file share is made once."""
    for beginning in TOGETHER:
        if name.startswith(beginning):
            return beginning
    return name if place(name) < len(SLOW) else name.partition("::")[0]


def in_turns(names: Iterable[str]) -> list[str]:
    """The units in which they come: whoever has a dear one gets a cheap one next, and not two dear ones."""
    units = dict.fromkeys(unit_of(name) for name in names)
    dear = sorted((unit for unit in units if place(unit) < len(SLOW)), key=place)
    cheap = [unit for unit in units if place(unit) == len(SLOW)]
    return [unit for turn in zip_longest(dear, cheap) for unit in turn if unit is not None]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if _is_worker():
        turn = {unit: number for number, unit in enumerate(in_turns(item.nodeid for item in items))}
        items.sort(key=lambda item: turn[unit_of(item.nodeid)])


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """What pytest makes of a file of tests is kept in __pycache__: one worker makes it anew, the others wait for that."""
    if not isinstance(collector, pytest.Module) or not _is_worker():
        return (yield)
    with collector.path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return (yield)


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    if config.getvalue("dist") not in DEALT:
        return None
    config.option.loadscopereorder = False  # or the largest would come first, and not the dearest
    return ByTheUnit(config, log)


class ByTheUnit(LoadScopeScheduling):  # type: ignore[misc]
    """Whoever is free gets the next unit."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)
