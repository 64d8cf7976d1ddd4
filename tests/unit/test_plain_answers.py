"""What an officer writes plainly while a case is his or hers: asked whether it goes to the resident, sent by a tap alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.stores.sqlite.store import SqliteStore
from tests.talking import Person, Town
from tests.unit.test_handoff_officers import asked

ANSWER = "đi được nhé bà"


def taken(town: Town, officer: Person, user: str = "a", number: int = 1) -> Person:
    resident = asked(town, user)
    officer.write(f"take {number}")
    return resident


def sent(resident: Person) -> list[str]:
    head = "Officer of Búng Lao commune:\n"
    return [reply.text.removeprefix(head) for _, reply in resident.got if reply.text.startswith(head)]


def test_a_plain_text_is_asked_about_and_sent_by_one_tap(town: Town) -> None:
    officer = town.officer("1")
    resident = taken(town, officer)
    answer = officer.write(ANSWER)
    assert answer.splitlines()[0] == "Send this to the resident of case 1?"
    assert f"“{ANSWER}”" in answer
    assert officer.labels() == ["Yes, send it", "No"]
    assert sent(resident) == []
    assert officer.tap("Yes, send it") == "Sent to the resident of case 1."
    assert sent(resident) == [ANSWER]


@pytest.mark.parametrize("text", ["can I get a loan for a house", "vay vốn thế nào", "ok", "dung", "cảm ơn", "asdf qwer"])
def test_it_is_never_answered_as_a_question(town: Town, text: str) -> None:
    officer = town.officer("1")
    resident = taken(town, officer)
    assert officer.write(text).startswith("Send this to the resident of case 1?")
    officer.tap("Yes, send it")
    assert sent(resident) == [text]


def test_a_no_sends_nothing_and_says_how_the_bot_is_asked(town: Town) -> None:
    officer = town.officer("1")
    resident = taken(town, officer)
    officer.write("can I get a loan for a house")
    answer = officer.tap("No")
    assert answer.startswith("Nothing was sent.")
    assert "put / in front" in answer
    assert "Bank for Social Policies" in officer.write("/can I get a loan for a house")
    assert sent(resident) == []


@pytest.mark.parametrize("yes", ["yes", "có", "gửi", "gửi đi", "1"])
def test_a_yes_can_be_written_where_there_are_no_buttons(town: Town, yes: str) -> None:
    officer = town.officer("1", channel="zalo-bot")
    resident = taken(town, officer)
    officer.write(ANSWER)
    officer.write(yes)
    assert sent(resident) == [ANSWER]


@pytest.mark.parametrize("no", ["no", "không", "thôi", "2"])
def test_a_no_can_be_written_too(town: Town, no: str) -> None:
    officer = town.officer("1", channel="zalo-bot")
    resident = taken(town, officer)
    officer.write(ANSWER)
    assert officer.write(no).startswith("Nothing was sent.")
    assert sent(resident) == []


def test_with_several_cases_the_choice_is_among_them(town: Town) -> None:
    officer, other = town.officer("1"), town.officer("2")
    first, second = taken(town, officer, "a", 1), taken(town, officer, "b", 2)
    taken(town, other, "c", 3)
    answer = officer.write(ANSWER)
    assert answer.startswith("Which resident shall get this?")
    assert officer.labels() == ["Case 1", "Case 2", "Nobody"]
    officer.tap("Case 2")
    assert (sent(first), sent(second)) == ([], [ANSWER])


def test_a_bare_number_that_could_mean_two_cases_is_asked_again(town: Town) -> None:
    """On some apps choices have numbers of their own; the answer must not reach the wrong person."""
    officer = town.officer("1", channel="zalo-bot")
    one, two, three = (taken(town, officer, user, number) for number, user in enumerate("abc", start=1))
    officer.write("done 1")
    officer.write(ANSWER)  # 1. Case 2, 2. Case 3
    assert officer.write("2").startswith("Which resident shall get this?")
    assert [*sent(one), *sent(two), *sent(three)] == []
    officer.write("3")  # only a case has this number, as the third choice is nobody
    assert [*sent(one), *sent(two), *sent(three)] == []
    officer.write("case 3")
    assert (sent(two), sent(three)) == ([], [ANSWER])


def test_what_is_written_in_several_messages_goes_together(town: Town) -> None:
    officer = town.officer("1")
    resident = taken(town, officer)
    officer.write(ANSWER)
    assert "“mai tôi ra xã”" in officer.write("mai tôi ra xã")
    officer.tap("Yes, send it")
    assert sent(resident) == [ANSWER, "mai tôi ra xã"]


def test_a_photo_alone_is_asked_about_and_sent(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town, "a", "telegram")
    officer.write("take 1")
    assert officer.write("", kind="photo", photo="telegram:p1").startswith("Send this to the resident of case 1?")
    officer.tap("Yes, send it")
    assert resident.got[-1][1].photo == "telegram:p1"


@pytest.mark.parametrize("kind", ["sticker", "voice", "location"])
def test_what_cannot_be_passed_on_is_said(town: Town, kind: str) -> None:
    officer = town.officer("1")
    taken(town, officer)
    assert officer.write("", kind=kind) == "That cannot be passed on to a resident. Please write it in words."


def test_a_second_tap_sends_nothing_more(town: Town) -> None:
    officer = town.officer("1")
    resident = taken(town, officer)
    officer.write(ANSWER)
    token = officer.got[-1][1].buttons[0].choice
    officer.tap("Yes, send it")
    assert "no longer waits" in officer.write("", choice=token)
    assert sent(resident) == [ANSWER]


def test_a_tap_on_an_older_question_does_not_send_what_was_added_later(town: Town) -> None:
    officer = town.officer("1")
    resident = taken(town, officer)
    officer.write(ANSWER)
    token = officer.got[-1][1].buttons[0].choice
    officer.write("mai tôi ra xã")
    assert officer.write("", choice=token).startswith("Send this to the resident of case 1?")
    assert sent(resident) == []


def test_a_case_that_ended_meanwhile_gets_nothing(town: Town) -> None:
    officer = town.officer("1")
    resident = taken(town, officer)
    officer.write(ANSWER)
    resident.write("end")
    assert "closed" in officer.tap("Yes, send it")
    assert sent(resident) == []


def test_whoever_is_no_longer_staff_sends_nothing(town: Town) -> None:
    officer = town.officer("1")
    resident = taken(town, officer)
    officer.write(ANSWER)
    town.revoke(officer)
    officer.tap("Yes, send it")
    assert sent(resident) == []


@pytest.mark.parametrize("command", ["open cases", "các việc", "list of announcements", "menu", "/help", "show 1", "/mydata"])
def test_commands_stay_what_they_are(town: Town, command: str) -> None:
    officer = town.officer("1")
    taken(town, officer)
    assert "Send this" not in officer.write(command)


def test_an_announcement_that_is_being_written_comes_first(town: Town) -> None:
    officer = town.officer("1")
    taken(town, officer)
    officer.write("/announce")
    assert officer.write("Mai họp bản ở nhà văn hóa.").startswith("2/6")


def test_an_unsent_answer_is_no_announcement_being_written(town: Town) -> None:
    officer = town.officer("1")
    taken(town, officer)
    officer.write(ANSWER)
    assert officer.write("/announce").startswith("1/6")


def test_an_unsent_answer_of_before_is_not_sent_along(town: Town) -> None:
    officer = town.officer("1")
    resident = taken(town, officer)
    officer.write("lời cũ")
    town.now += timedelta(hours=2)
    officer.write(ANSWER)
    officer.tap("Yes, send it")
    assert sent(resident) == [ANSWER]


def test_without_a_case_staff_are_residents_like_others(town: Town) -> None:
    officer = town.officer("1")
    taken(town, officer)
    officer.write("done 1")
    assert "Bank for Social Policies" in officer.write("can I get a loan for a house")


def test_a_forwarded_text_is_asked_about_too(town: Town) -> None:
    officer = town.officer("1")
    resident = taken(town, officer)
    assert officer.write("Lịch tiêm: thứ Sáu.", way="forwarded").startswith("Send this")
    officer.tap("Yes, send it")
    assert sent(resident) == ["Lịch tiêm: thứ Sáu."]


def test_an_officer_in_danger_is_told_whom_to_call_all_the_same(town: Town) -> None:
    officer = town.officer("1")
    taken(town, officer)
    answer = officer.write("help, my house is on fire")
    assert "114" in answer
    assert "Send this to the resident of case 1?" in answer


def test_the_place_of_a_case_is_named_in_the_question(town: Town) -> None:
    officer = town.officer("1")
    taken(town, officer)
    assert "Case 1 · Búng Lao commune" in officer.write(ANSWER)


@pytest.mark.parametrize("way", ["forwarded", "edited"])
def test_a_yes_that_is_not_their_own_sends_nothing(town: Town, way: str) -> None:
    officer = town.officer("1")
    resident = taken(town, officer)
    officer.write(ANSWER)
    officer.write("yes", way=way)
    assert sent(resident) == []


# --- what is counted --------------------------------------------------------------------------------------------------


def counted(town: Town) -> dict[str, int]:
    assert isinstance(town.store, SqliteStore)
    tables = ("counts", "unanswered", "verdicts")
    with town.store.writing() as transaction:
        return {table: len(transaction.execute(f"SELECT 1 FROM {table}").fetchall()) for table in tables}


@pytest.mark.parametrize("role", ["officer", "admin", "owner"])
def test_what_staff_write_is_counted_as_nobodys_question(town: Town, role: str) -> None:
    staff, resident = town.officer("1", role=role), town.person("a")
    for text in ("can I get a loan for a house", "sai", "where can I watch the football match tonight", "loan", "/menu"):
        staff.write(text)
    assert counted(town) == {"counts": 0, "unanswered": 0, "verdicts": 0}
    resident.write("where can I watch the football match tonight")
    assert counted(town) == {"counts": 1, "unanswered": 1, "verdicts": 0}
