"""A question that goes to a person, from the first "I do not know" to the end of the talk."""

from __future__ import annotations

import pytest

from bot.dialogue import Mind
from tests.talking import Person, Town

FOREIGN = "where can I watch the football match tonight"
STRANGE = "my motorbike chain is broken who repairs it"


@pytest.fixture
def town(mind: Mind) -> Town:
    return Town(mind)


def passed_on(resident: Person, question: str = STRANGE, commune: str = "Búng Lao") -> None:
    """Have a question passed on."""
    resident.write(question)
    resident.tap("Pass it on to an officer")
    resident.write(commune)
    resident.tap("Yes, pass it on")


def test_an_unknown_question_goes_to_an_officer_and_the_answer_comes_back(town: Town) -> None:
    officer, resident = town.officer("77"), town.person("a")
    passed_on(resident)
    assert "Its number is 1." in resident.last
    assert STRANGE in officer.last
    assert "zalo" not in officer.last.lower()
    officer.tap("Take it")
    assert "An officer of Búng Lao commune has taken your question 1" in resident.last
    officer.answer("Ask at the market in Búng Lao.", to=STRANGE)
    assert resident.last == "Officer of Búng Lao commune:\nAsk at the market in Búng Lao."
    assert resident.write("when is the market?") == ""
    assert officer.last == "Case 1, the resident writes:\nwhen is the market?"
    officer.write("1: On Sunday.")
    assert resident.last.endswith("On Sunday.")
    officer.write("done 1")
    assert "Loa Bản is back" in resident.last
    assert town.case().state == "closed"
    assert resident.write(FOREIGN) != ""
