"""Many requests, few transactions: who waits for what, and what happens to whoever shares a batch with a fault."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from bot.errors import StoreError
from bot.model import Address, Incoming, Reply
from bot.ports import Outgoing
from bot.web import intake as module
from bot.web.intake import MOST, Intake

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def message(number: int, user: str = "") -> Incoming:
    return Incoming(str(number), Address("telegram", user or str(number)), str(number), AT)


def reply_to(incoming: Incoming) -> Outgoing:
    return Outgoing(1, incoming.sender, Reply(f"to {incoming.text}"), 0, AT)


def render(outgoing: Outgoing) -> bytes | None:
    return outgoing.reply.text.encode()


class Counter:
    """Handles batches, and lets the test decide when."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.batches: list[list[str]] = []
        self.faults: dict[str, Exception] = {}
        self.repeats = False

    def __call__(
        self, batch: Sequence[Incoming], fits: Callable[[Incoming, Outgoing], bool], now: datetime
    ) -> dict[tuple[str, str], Outgoing]:
        self.open.wait(5)
        self.batches.append([incoming.text for incoming in batch])
        for incoming in batch:
            if incoming.text in self.faults:
                raise self.faults[incoming.text]
        given = [one for one in batch if self.repeats or fits(one, reply_to(one))]
        return {("telegram", one.id): reply_to(one) for one in given}


@asynccontextmanager
async def running(counter: Counter) -> AsyncIterator[Intake]:
    intake = Intake(counter, now=lambda: AT)
    working = asyncio.create_task(intake.run())
    try:
        yield intake
    finally:
        counter.open.set()
        intake.stop()
        await working


async def together(intake: Intake, counter: Counter, *messages: Incoming) -> list[bytes | BaseException | None]:
    """All put while the batch of the first one is in its thread."""
    tasks = [asyncio.create_task(intake.put([messages[0]], render))]
    await asyncio.sleep(0.05)
    tasks += [asyncio.create_task(intake.put([one], render)) for one in messages[1:]]
    await asyncio.sleep(0.05)
    counter.open.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_comes_while_a_batch_is_stored_shares_the_next_one() -> None:
    counter = Counter()
    async with running(counter) as intake:
        answers = await together(intake, counter, *map(message, range(MOST + 3)))
    assert answers == [f"to {number}".encode() for number in range(MOST + 3)]
    assert [len(batch) for batch in counter.batches] == [1, MOST, 2]
    assert [text for batch in counter.batches for text in batch] == [str(number) for number in range(MOST + 3)]


async def test_who_wrote_twice_in_a_batch_is_answered_by_calls_which_have_an_order() -> None:
    counter = Counter()
    async with running(counter) as intake:
        assert await together(intake, counter, message(0), message(1, "mai"), message(2, "mai"), message(3)) == [
            b"to 0",
            None,
            None,
            b"to 3",
        ]


async def test_an_update_that_comes_twice_in_a_batch_is_handled_once_and_both_get_the_answer() -> None:
    counter = Counter()
    async with running(counter) as intake:
        assert await together(intake, counter, message(0), message(1), message(1)) == [b"to 0", b"to 1", b"to 1"]
    assert counter.batches == [["0"], ["1"]]


async def test_a_request_with_several_messages_is_answered_by_calls() -> None:
    counter = Counter()
    counter.open.set()
    async with running(counter) as intake:
        assert await intake.put([message(1), message(2)], render) is None
        assert await intake.put([], render) is None
    assert counter.batches == [["1", "2"]]


async def test_when_nothing_can_be_stored_everybody_of_the_batch_is_told() -> None:
    counter = Counter()
    counter.faults["2"] = StoreError("the disk is full")
    async with running(counter) as intake:
        results = await together(intake, counter, *map(message, range(4)))
        assert [type(result) for result in results] == [bytes, StoreError, StoreError, StoreError]
        counter.faults.clear()
        assert await intake.put([message(2)], render) == b"to 2"


async def test_a_message_nobody_can_handle_is_skipped_and_the_others_get_their_answers() -> None:
    counter = Counter()
    counter.faults["2"] = KeyError("2")
    async with running(counter) as intake:
        assert await together(intake, counter, *map(message, range(4))) == [b"to 0", b"to 1", None, b"to 3"]
    assert counter.batches == [["0"], ["1", "2", "3"], ["1"], ["2"], ["3"]]


async def test_an_answer_that_no_call_will_bring_makes_the_vendor_come_again() -> None:
    counter = Counter()
    counter.repeats = True
    counter.open.set()
    async with running(counter) as intake:
        with pytest.raises(StoreError):
            await intake.put([message(1)], lambda outgoing: None)
        assert await intake.put([message(1)], render) == b"to 1"


async def test_whoever_stops_waiting_holds_up_nobody() -> None:
    counter = Counter()
    async with running(counter) as intake:
        impatient = asyncio.create_task(intake.put([message(1)], render))
        await asyncio.sleep(0.05)
        impatient.cancel()
        assert await together(intake, counter, message(2), message(3)) == [b"to 2", b"to 3"]
    assert counter.batches == [["1"], ["2", "3"]]


async def test_a_stop_finishes_what_was_taken_and_takes_nothing_more() -> None:
    counter = Counter()
    async with running(counter) as intake:
        taken = [asyncio.create_task(intake.put([message(number)], render)) for number in range(3)]
        await asyncio.sleep(0.05)
        intake.stop()
        with pytest.raises(StoreError):
            await intake.put([message(9)], render)
        counter.open.set()
        assert await asyncio.gather(*taken) == [b"to 0", b"to 1", b"to 2"]


async def test_memory_has_an_end_and_whoever_comes_then_may_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING", 3)
    counter = Counter()
    async with running(counter) as intake:
        results = await together(intake, counter, *map(message, range(6)))
    assert [type(result) for result in results] == [bytes, bytes, bytes, bytes, StoreError, StoreError]
