"""A case that an officer has muted: nobody hears more of it, the resident reads why, and the bot answers as before."""

from __future__ import annotations

import pytest

from tests.at_the_desk import MUONG_ANG
from tests.talking import Person, Town
from tests.unit.test_handoff_officers import QUESTION, asked, log

LOAN = "muốn vay vốn ngân hàng chính sách thì làm thủ tục thế nào"


@pytest.fixture
def officer(town: Town) -> Person:
    return town.officer("1")


@pytest.fixture
def resident(town: Town, officer: Person) -> Person:
    """Whose question the officer has taken and muted."""
    asked_it = asked(town)
    officer.write("nhận 1")
    officer.write("tắt báo 1")
    return asked_it


def test_the_resident_reads_why_and_the_bot_answers_again(town: Town, officer: Person, resident: Person) -> None:
    assert "has muted your question 1: too much was written there" in resident.last
    assert "Public Administration Service Centre" in resident.last
    assert "unmute 1" in officer.last
    before = len(officer.got)
    resident.write(LOAN)
    assert "Nguồn:" in resident.last or "Source:" in resident.last
    assert len(officer.got) == before
    assert log(town)[-1] == "case muted"


def test_whatever_the_resident_does_nobody_is_told_of_it_any_more(town: Town, officer: Person, resident: Person) -> None:
    colleague, boss = town.officer("2"), town.officer("3", role="admin")
    before = len(officer.got)
    resident.write(QUESTION)
    for text in ("kết thúc", "/person", QUESTION, "Pass it on", "end"):
        resident.write(text)
        assert len(officer.got) == before
    assert "so nothing more is passed on" in resident.write("kết thúc")
    for hours in (1, 20, 26):
        town.wait(hours=hours)
    assert (len(officer.got), colleague.got, boss.got) == (before, [], [])


def test_it_is_closed_like_any_other_in_which_nothing_is_written_and_then_a_question_can_be_passed_on(
    town: Town, officer: Person, resident: Person
) -> None:
    town.wait(hours=49)
    assert town.case().state == "closed"
    resident.write(QUESTION)
    resident.tap("Pass it on to an officer")
    resident.tap("Yes, pass it on")
    assert QUESTION in officer.last


def test_what_waits_can_be_muted_too_and_is_then_of_whoever_did(town: Town, officer: Person) -> None:
    resident, colleague = asked(town), town.officer("2")
    officer.write("tắt báo 1")
    assert (town.case().owner, town.case().muted, town.case().due) == (officer.number, True, None)
    assert "has muted your question 1" in resident.last
    assert "muted by" in colleague.write("/cases")
    assert "was taken by" in colleague.write("bật báo 1") or "not yours" in colleague.last
    assert town.case().muted


def test_unmuting_an_answer_and_giving_back_end_it(town: Town, officer: Person, resident: Person) -> None:
    officer.write("bật báo 1")
    assert "reads again what you write" in resident.last
    resident.write("One more thing.")
    assert "One more thing." in officer.last
    officer.write("tắt báo 1")
    officer.write("1: Come on Monday.")
    resident.write("Thank you.")
    assert "Thank you." in officer.last
    officer.write("tắt báo 1")
    colleague = town.officer("2")
    officer.write("trả 1")
    assert not town.case().muted
    assert QUESTION in colleague.last
    assert log(town)[-1] == "case given back"


def test_who_comes_after_whoever_muted_it_hears_of_it_and_the_resident_is_told(town: Town, resident: Person) -> None:
    boss = town.officer("3", role="admin")
    boss.write("nhận 1")
    assert not town.case().muted
    assert "has taken your question 1" in resident.last
    resident.write("Are you there?")
    assert "Are you there?" in boss.last


def test_what_is_written_plainly_is_for_no_muted_case(town: Town, officer: Person, resident: Person) -> None:
    before = len(resident.got)
    officer.write("Xin chào")
    assert "for the resident" not in officer.last
    assert len(resident.got) == before


def test_it_is_for_officers_of_the_commune_and_said_where_it_is_so_already(
    town: Town, officer: Person, resident: Person
) -> None:
    stranger = town.officer("2", MUONG_ANG)
    stranger.write("tắt báo 1")
    assert stranger.last == "There is no case 1 for you."
    officer.write("tắt báo 1")
    assert "is muted already" in officer.last
    officer.write("bật báo 1")
    officer.write("bật báo 1")
    assert officer.last == "Case 1 is not muted."


def test_whoever_has_everything_deleted_is_deleted_and_nobody_is_told(town: Town, officer: Person, resident: Person) -> None:
    before = len(officer.got)
    resident.write("/forget")
    assert len(officer.got) == before
