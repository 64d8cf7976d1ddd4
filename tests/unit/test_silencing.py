"""Nobody can silence the bot for others: not by writing much, not in a case, not by opening and withdrawing questions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cases.actions import MOST_TOLD
from bot.channels.spacing import BURST, ChatSpacing
from bot.dialogue.limits import CAPACITY
from tests.talking import Person, Town
from tests.unit.test_handoff import passed_on, talking

__all__ = ["Person"]


@pytest.fixture
def clock() -> list[float]:
    return [1000.0]


@pytest.fixture
def spacing(clock: list[float]) -> ChatSpacing:
    return ChatSpacing(lambda chat: 3.0 if chat.startswith("-") else 1.0, clock=lambda: clock[0])


# --- in a case --------------------------------------------------------------------------------------------------------


def test_a_resident_who_floods_an_officer_is_slowed_down_and_told_once(town: Town) -> None:
    officer, resident = talking(town)
    before, told = len(officer.got), len(resident.got)
    town.carrying = False
    for number in range(60):
        town.now -= timedelta(seconds=19.9)  # ten a second
        resident.write(f"please answer {number}")
    town.carrying = True
    town.deliver()
    assert CAPACITY - 5 <= len(officer.got) - before <= CAPACITY + 5
    notices = [reply.text for _, reply in resident.got[told:]]
    assert set(notices) == {"That was a lot at once. Please wait a minute, then write again."}
    assert len(notices) <= 4, "once, and once more each time that a message was let through"
    town.wait(minutes=2)
    before = len(officer.got)
    resident.write("thank you")
    assert len(officer.got) == before + 1


def test_opening_and_withdrawing_again_and_again_notifies_nobody_more_than_a_few_times(town: Town) -> None:
    officer, resident, neighbour = town.officer("77"), town.person("a"), town.person("b")
    for number in range(12):
        passed_on(resident, f"my motorbike number {number} is broken who repairs it")
        resident.write("end")
        resident.tap("Withdraw the question")
    assert len([reply for _, reply in officer.got if "motorbike" in reply.text]) == MOST_TOLD
    passed_on(neighbour, "my bicycle chain is broken who repairs it")
    assert "bicycle" in officer.last
    passed_on(resident, "my motorbike is broken for good who repairs it")
    assert "Case 14" in officer.write("/cases"), "it waits like any other, and is seen by whoever looks"
    town.wait(days=1, hours=1)
    resident.write("end")
    resident.tap("Withdraw the question")
    passed_on(resident, "my motorbike stands still who repairs it")
    assert "stands still" in officer.last


# --- in one chat ------------------------------------------------------------------------------------------------------


def test_messages_to_one_chat_are_spaced_after_the_first_few(spacing: ChatSpacing, clock: list[float]) -> None:
    assert [spacing.take("7") for _ in range(BURST)] == [0.0] * BURST
    assert spacing.take("7") == pytest.approx(1.0)
    assert spacing.take("8") == 0.0, "another chat is not held up"
    clock[0] += 1.0
    assert spacing.take("7") == 0.0
    assert spacing.take("7") == pytest.approx(1.0)
    clock[0] += 3600.0
    assert [spacing.take("7") for _ in range(BURST + 1)][-1] == pytest.approx(1.0)


def test_a_group_takes_fewer(spacing: ChatSpacing, clock: list[float]) -> None:
    sent = 0
    for _ in range(600):
        sent += spacing.take("-100") == 0.0
        clock[0] += 0.1
    assert sent <= 20 + BURST


def test_a_chat_is_busy_while_what_was_sent_is_not_spaced_out(spacing: ChatSpacing, clock: list[float]) -> None:
    assert not spacing.is_busy("7")
    spacing.take("7")
    assert not spacing.is_busy("7"), "one message is no flood"
    spacing.take("7")
    assert spacing.is_busy("7")
    clock[0] += 2.0
    assert not spacing.is_busy("7")
