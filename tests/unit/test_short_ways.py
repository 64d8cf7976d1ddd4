"""The way of a message through the house is short: nobody is asked twice who writes, or how many people it is about."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.stores.records.transaction import RecordTransaction
from tests.at_the_desk import TEXT
from tests.talking import Person, Town

COUNTED = ("staff", "draft", "recipients")
ASKED = (*COUNTED, "recipients unheard_since")  # everybody, and those who have to write first


@pytest.fixture
def town(town: Town) -> Town:
    town.village.subscribers(2)
    return town


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the store was asked for something since it was cleared."""
    counts: Counter[str] = Counter()

    def count(name: str) -> None:
        answer = getattr(RecordTransaction, name)

        def asking(self: RecordTransaction, *given: object, **named: object) -> object:
            counts[" ".join((name, *named))] += 1
            return answer(self, *given, **named)

        monkeypatch.setattr(RecordTransaction, name, asking)

    for name in COUNTED:
        count(name)
    return counts


def at_the_preview(officer: Person) -> Person:
    for text in ("/announce", TEXT, "Skip", "Everybody", "Now", "3 days", "Ordinary"):
        officer.write(text)
    assert "Above is what people will get." in officer.last
    return officer


@pytest.mark.parametrize("text", ["can I get a loan for a house", "/announce", "/announcements", "/cases", "show 1", TEXT])
def test_who_writes_is_looked_up_once_a_message(town: Town, asked: Counter[str], text: str) -> None:
    for person in (town.officer("1"), town.person("a")):
        asked.clear()
        person.write(text)
        assert (asked["staff"], asked["draft"]) == (1, 1)


@pytest.mark.parametrize("button", ["Send a test to me", "Send"])
def test_an_announcement_is_counted_once_between_a_button_and_its_answer(town: Town, asked: Counter[str], button: str) -> None:
    officer = at_the_preview(town.officer("1"))
    asked.clear()
    officer.tap(button)
    assert dict(asked) == dict.fromkeys(ASKED, 1)


def test_a_preview_counts_once(town: Town, asked: Counter[str]) -> None:
    officer = at_the_preview(town.officer("1"))
    officer.tap("Back")
    asked.clear()
    officer.tap("Urgent")
    assert dict(asked) == dict.fromkeys(ASKED, 1)
