"""Where processes share a channel, one of them fetches; what it has in hand when it loses the store is not thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.channels import leading
from bot.channels.leading import Turn, fetch_in_turn
from bot.channels.polling import keep_polling
from bot.errors import SendError
from tests.waiting import until


class Lead:
    """Whose the channel is: `ours`, `theirs`, or nobody knows."""

    def __init__(self) -> None:
        self.whose = ""

    def leads(self) -> bool:
        return self.whose == "ours"

    def follows(self) -> bool:
        return self.whose == "theirs"


class Vendor:
    """Is asked for updates, and answers when it is told to."""

    def __init__(self, lead: Lead) -> None:
        self.lead = lead
        self.asked = self.answered = self.broken_off = self.moved = 0
        self.answer = asyncio.Event()
        self.trouble = False

    async def fetch(self, turn: Turn) -> None:
        await keep_polling(self.once, lambda error, trouble: 0.001, turn=turn)

    async def once(self) -> None:
        assert self.lead.leads(), "who does not lead asks for nothing"
        self.asked += 1
        try:
            await self.answer.wait()
        except asyncio.CancelledError:
            self.broken_off += 1
            raise
        self.answer.clear()
        self.answered += 1
        if self.trouble:
            raise SendError("unreachable")

    def move(self) -> None:
        self.moved += 1


@pytest.fixture
def lead(monkeypatch: pytest.MonkeyPatch) -> Lead:
    monkeypatch.setattr(leading, "LOOK", 0.001)
    return Lead()


@pytest.fixture
async def vendor(lead: Lead) -> AsyncIterator[Vendor]:
    asked = Vendor(lead)
    running = asyncio.create_task(fetch_in_turn("telegram", asked.fetch, lead, asked.move))
    yield asked
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("whose", ["", "theirs"])
async def test_who_does_not_lead_fetches_nothing_and_is_well(lead: Lead, vendor: Vendor, whose: str) -> None:
    lead.whose = whose
    await until(lambda: vendor.moved > 3)
    assert vendor.asked == 0
    lead.whose = "ours"
    await until(lambda: vendor.asked == 1)


@pytest.mark.parametrize("trouble", [False, True])
async def test_who_cannot_ask_the_store_finishes_what_is_in_hand_and_begins_nothing(
    lead: Lead, vendor: Vendor, trouble: bool
) -> None:
    vendor.trouble = trouble
    lead.whose = "ours"
    await until(lambda: vendor.asked == 1)
    lead.whose = ""
    vendor.answer.set()
    await until(lambda: vendor.answered == 1)
    seen = vendor.moved
    await until(lambda: vendor.moved > seen + 3)
    assert (vendor.asked, vendor.broken_off) == (1, 0)
    lead.whose = "ours"
    await until(lambda: vendor.asked == 2)


async def test_when_another_leads_the_fetch_is_broken_off_and_begun_again_when_that_one_ends(
    lead: Lead, vendor: Vendor
) -> None:
    lead.whose = "ours"
    await until(lambda: vendor.asked == 1)
    lead.whose = "theirs"
    await until(lambda: vendor.broken_off == 1)
    lead.whose = "ours"
    await until(lambda: vendor.asked == 2)
