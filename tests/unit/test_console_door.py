"""/console in one's own chat: a code for oneself, told to nobody else, and the button that ends it all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from bot.announcements import entering
from bot.announcements.entering import Entered
from bot.engine import Engine
from bot.errors import Refusal
from tests.at_the_desk import BUNG_LAO, Chat, Village, usual


@pytest.fixture
def village(engine: Engine) -> Iterator[Village]:
    settings = usual(console_url="https://can-bo.example.vn", console_listen="127.0.0.1:8082")
    with closing(Village(engine, settings=settings)) as opened:
        yield opened


@pytest.fixture
def officer(village: Village) -> Chat:
    return village.staff("11", "officer", BUNG_LAO)


def enters(village: Village, code: str) -> Entered:
    with village.store.writing() as transaction:
        return entering.enter(transaction, code, "Chrome, Android", village.actions.notifier, village.now)


def code_in(text: str) -> str:
    found = re.search(r"Your code: (\w{4} \w{4})", text)
    assert found is not None, text
    return found[1]


def test_a_code_and_an_address_that_has_it_filled_in(village: Village, officer: Chat) -> None:
    told = officer.write("/console")
    code = code_in(told)
    assert f"https://can-bo.example.vn/vao?ma={code.replace(' ', '')}" in told
    assert "Never give it to anybody" in told
    assert enters(village, code).device.staff == officer.number


def test_the_chat_is_told_of_a_new_device_and_one_tap_ends_all(village: Village, officer: Chat) -> None:
    entered = enters(village, code_in(officer.write("/console")))
    waiting = code_in(officer.write("/console"))
    assert any("Chrome, Android" in reply.text for reply in officer.told())
    assert "signed out everywhere (devices: 1)" in officer.order("staff:leave-console")
    with village.store.writing() as transaction:
        assert entering.who_is_in(transaction, entered.token, village.now) is None
    with pytest.raises(Refusal):  # whoever was told it, or read it there
        enters(village, waiting)


def test_nobody_else_gets_one(village: Village, officer: Chat) -> None:
    resident = village.chat("99")
    assert "for commune staff only" in resident.write("/console")
    assert "forwarded message gives no orders" in officer.write("/console", way="forwarded")
    village.revoke(officer)
    assert "for commune staff only" in officer.write("/console")


def test_what_is_grave_needs_a_new_code_of_ones_own(village: Village, officer: Chat) -> None:
    colleague = village.staff("12", "admin")
    theirs, own = code_in(colleague.write("/console")), code_in(officer.write("/console"))
    with pytest.raises(Refusal), village.store.writing() as transaction:
        entering.confirm(transaction, officer.number, theirs, village.now)
    assert enters(village, theirs).device.staff == colleague.number, "it was not used up"
    with village.store.writing() as transaction:
        entering.confirm(transaction, officer.number, own, village.now)
    with pytest.raises(Refusal):
        enters(village, own)


def test_a_device_lasts_twelve_hours_and_two_without_use(village: Village, officer: Chat) -> None:
    entered = enters(village, code_in(officer.write("/console")))

    def is_in(after: timedelta) -> bool:
        with village.store.writing() as transaction:
            return entering.who_is_in(transaction, entered.token, entered.device.began + after) is not None

    assert [is_in(timedelta(hours=hours)) for hours in (0, 1.99, 2)] == [True, True, False]
    with village.store.writing() as transaction:
        transaction.use_device(entered.device.number, entered.device.began + timedelta(hours=11))
    assert [is_in(timedelta(hours=hours)) for hours in (11.99, 12)] == [True, False]


def test_where_there_is_no_console_it_is_said_and_not_offered(engine: Engine, officer: Chat) -> None:
    with closing(Village(engine)) as village:
        without = village.staff("11", "officer", BUNG_LAO)
        assert "no page for staff here" in without.write("/console")
        owner = village.staff("13", "owner")
        assert ["/console" in chat.write("/help") for chat in (without, owner, officer)] == [False, False, True]
