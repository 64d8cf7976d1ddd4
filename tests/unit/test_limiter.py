"""Sends are evenly spaced, and no second sees more of them than a channel allows."""

from __future__ import annotations

import asyncio
import math
from bisect import bisect_left
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.limiter import CATCH_UP, MOST_SPENT, RateLimiter, counted, latest, planned

TOLERANCE = 1e-6

rates = st.sampled_from([0.5, 1.0, 2.5, 7.3, 25.0])
gaps = st.lists(st.one_of(st.just(0.0), st.floats(0, 0.2), st.floats(0, 20)), min_size=1, max_size=120)
overshoots = st.one_of(st.just(0.0), st.floats(0, 0.1), st.floats(0, 5))


def grants(rate: float, arrivals: list[float], late: list[float], due: float = float("-inf")) -> list[float]:
    """When callers who come then get their slots, each woken so many seconds too late: `RateLimiter.slot`, without a loop."""
    step, turn = 1 / rate, 0.0
    found = []
    for arrived, overshoot in zip(arrivals, late, strict=True):
        start = planned(due, arrived, step)
        turn = max(turn, arrived, start) + overshoot
        due = counted(start, turn, step) + step
        found.append(turn)
    return found


@given(rates, gaps, st.data())
def test_no_second_has_more_slots_than_allowed(rate: float, between: list[float], data: st.DataObject) -> None:
    late = data.draw(st.lists(overshoots, min_size=len(between), max_size=len(between)))
    found = grants(rate, list(accumulate(between)), late)
    for index, first in enumerate(found):
        in_a_second = bisect_left(found, first + 1 - TOLERANCE) - index
        assert in_a_second <= math.floor(rate) + 1 + CATCH_UP


@given(rates, gaps, gaps, st.floats(0, 2))
def test_no_second_has_more_when_another_process_takes_over(
    rate: float, before: list[float], after: list[float], silent: float
) -> None:
    old = grants(rate, list(accumulate(before)), [0.0] * len(before))
    taken = old[-1] + silent
    new = grants(rate, [taken + at for at in accumulate(after)], [0.0] * len(after), latest(taken, 1 / rate))
    found = old + new
    for index, first in enumerate(found):
        assert bisect_left(found, first + 1 - TOLERANCE) - index <= math.floor(rate) + 1 + CATCH_UP


async def test_who_takes_over_leaves_room_for_what_the_process_before_has_sent() -> None:
    step = 0.01
    limiter, clock = RateLimiter(1 / step), asyncio.get_running_loop().time
    begin = clock()
    limiter.take_over()
    await limiter.slot()
    assert clock() - begin >= (1 + MOST_SPENT) * step


@given(rates, gaps, st.data())
def test_no_slot_comes_before_its_turn(rate: float, between: list[float], data: st.DataObject) -> None:
    """However late somebody was woken, at most CATCH_UP of those behind are let through early for it."""
    late = data.draw(st.lists(overshoots, min_size=len(between), max_size=len(between)))
    arrivals = list(accumulate(between))
    found = grants(rate, arrivals, late)
    assert found == sorted(found)
    for index, at in enumerate(found):
        assert at >= arrivals[index]
        for further, later in enumerate(found[index:]):
            assert later >= at + (further - CATCH_UP) / rate - TOLERANCE


@given(rates, st.lists(st.floats(0, 1), min_size=1, max_size=200))
def test_sleeping_too_long_does_not_add_up(rate: float, shares: list[float]) -> None:
    """While somebody always waits, n slots take n steps, whatever part of CATCH_UP steps each wakes up too late."""
    late = [share * CATCH_UP / rate for share in shares]
    woken = [0.0] * len(late)
    due, turn, step = 0.0, 0.0, 1 / rate
    for index, overshoot in enumerate(late):
        start = planned(due, 0.0, step)
        turn = max(turn, start + overshoot)
        due = counted(start, turn, step) + step
        woken[index] = turn
    assert woken[-1] <= (len(late) - 1 + CATCH_UP) * step + TOLERANCE


@given(rates, st.floats(CATCH_UP + 1.01, 1000), st.integers(2, 50))
def test_after_idling_the_first_goes_at_once_and_there_is_no_burst(rate: float, idle_steps: float, n: int) -> None:
    back = idle_steps / rate
    found = grants(rate, [0.0, *[back] * n], [0.0] * (n + 1))
    assert found[1] == back
    assert found[1:] == pytest.approx([back + index / rate for index in range(n)])


@given(rates, st.floats(CATCH_UP, 1000), st.integers(CATCH_UP + 2, 50))
def test_after_a_stall_a_few_are_made_good_and_no_more(rate: float, stall_steps: float, n: int) -> None:
    """Everybody was waiting when the machine stood still."""
    stall = stall_steps / rate
    found = grants(rate, [0.0] * (n + 1), [0.0, stall, *[0.0] * (n - 1)])
    at_once = [at for at in found[2:] if at <= found[1] + TOLERANCE]
    assert len(at_once) == CATCH_UP
    assert found[-1] == pytest.approx(found[1] + (n - 1 - CATCH_UP) / rate)


async def test_who_comes_first_is_served_first() -> None:
    limiter, order = RateLimiter(2000.0), []

    async def ask(number: int) -> None:
        await limiter.slot()
        order.append(number)

    await asyncio.gather(*(ask(number) for number in range(50)))
    assert order == list(range(50))


async def test_a_slot_does_not_come_early() -> None:
    limiter, clock = RateLimiter(500.0), asyncio.get_running_loop().time
    found = []
    for _ in range(30):
        await limiter.slot()
        found.append(clock())
    assert found[-1] - found[0] >= (29 - CATCH_UP) / 500.0


async def test_whoever_gives_up_uses_no_slot() -> None:
    limiter = RateLimiter(0.001)
    await limiter.slot()
    given_up = [asyncio.create_task(limiter.slot()) for _ in range(3)]
    await asyncio.sleep(0)
    for task in given_up:
        task.cancel()
    await asyncio.wait(given_up)
    assert limiter._due - asyncio.get_running_loop().time() <= 1000.0


async def test_announcements_make_room_for_the_replies_that_went_out() -> None:
    """Steps are waited for in full, so being slow cannot make this fail; without room it would be one step."""
    step = 0.02
    limiter = RateLimiter(1 / step)
    clock = asyncio.get_running_loop().time
    await limiter.slot()
    for _ in range(100):
        limiter.spend()
    await limiter.slot()
    begin = clock()
    await limiter.slot()
    assert clock() - begin >= (1 + MOST_SPENT - CATCH_UP) * step
