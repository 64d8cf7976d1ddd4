"""What residents had passed on, as officers live it: taking, answering, finishing, giving back, being reminded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.model import Incoming
from tests.at_the_desk import BUNG_LAO, MUONG_ANG
from tests.talking import Person, Town

QUESTION = "where can I watch the football match tonight"


def asked(town: Town, user: str = "a", channel: str = "zalo-bot") -> Person:
    """A resident of Búng Lao whose question waits."""
    resident = town.person(user, channel)
    resident.write(QUESTION)
    resident.tap("Pass it on to an officer")
    resident.write("Búng Lao")
    resident.tap("Yes, pass it on")
    return resident


def log(town: Town) -> list[str]:
    with town.store.writing() as transaction:
        return [entry.action for entry in transaction.log(50)][::-1]


# --- being told -------------------------------------------------------------------------------------------------------


def test_every_officer_of_the_commune_is_told_and_nobody_else(town: Town) -> None:
    here, both, there = town.officer("1"), town.officer("2", MUONG_ANG, BUNG_LAO), town.officer("3", MUONG_ANG)
    boss = town.officer("4", role="admin")
    asked(town)
    assert here.last == both.last
    assert here.last.splitlines() == [
        "Case 1 · Búng Lao commune · English",
        f"“{QUESTION}”",
        "To answer it, write: take 1",
    ]
    assert there.got == boss.got == []


def test_where_a_commune_has_no_officer_the_administrators_are_told(town: Town) -> None:
    owner, there = town.officer("1", role="owner"), town.officer("2", MUONG_ANG)
    asked(town)
    assert QUESTION in owner.last
    assert there.got == []


def test_an_officer_on_an_app_without_buttons_is_told_what_to_write(town: Town) -> None:
    officer = town.officer("1", channel="zalo-bot")
    resident = asked(town)
    assert officer.labels() == []
    officer.write("nhận 1")
    officer.write("1: At the culture house.")
    assert resident.last.endswith("At the culture house.")
    officer.write("xong 1")
    assert town.case().state == "closed"


# --- taking -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["nhận 1", "nhan 1", "take 1", "Nhận 1", "1: On channel five."])
def test_a_case_is_taken_in_words(town: Town, order: str) -> None:
    officer = town.officer("1")
    asked(town)
    officer.write(order)
    assert (town.case().state, town.case().owner) == ("owned", officer.number)


@pytest.mark.parametrize("word", ["nhận", "Nhận", "nhan", "take", "Nhận ạ", "em nhận"])
def test_a_case_is_taken_by_answering_its_notice(town: Town, word: str) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.answer(word, to=QUESTION)
    assert town.case().owner == officer.number
    assert "has taken your question 1" in resident.last


def test_the_first_owns_it_and_the_second_is_told_who_has_it(town: Town) -> None:
    first, second = town.officer("1"), town.officer("2")
    asked(town)
    first.tap("Take it")
    assert second.tap("Take it") == "Case 1 was taken by an officer of Búng Lao commune (no. 1)."
    assert first.write("take 1") == "You have case 1 already. Write 1: and your answer behind it."
    assert town.case().owner == first.number
    assert log(town) == ["case taken"]


def test_whoever_answers_first_owns_it_and_the_second_answer_is_not_sent(town: Town) -> None:
    first, second = town.officer("1"), town.officer("2")
    resident = asked(town)
    assert first.write("1: Yes.") == "Sent to the resident of case 1."
    assert "so your answer was not sent" in second.write("1: No.")
    assert "so your answer was not sent" in second.answer("No.", to=QUESTION)
    assert "Yes." in resident.all
    assert "No." not in resident.all


def test_two_officers_of_one_commune_are_told_apart(town: Town) -> None:
    first, second, boss = town.officer("1"), town.officer("2"), town.officer("3", role="admin")
    asked(town, "a")
    asked(town, "b")
    first.write("take 1")
    second.write("take 2")
    listed = boss.write("/cases")
    assert "taken by an officer of Búng Lao commune (no. 1)" in listed
    assert "taken by an officer of Búng Lao commune (no. 2)" in listed


def test_residents_do_not_see_which_officer_it_is(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("1: On channel five.")
    assert "no. 1" not in resident.all


def test_an_answer_while_somebody_else_takes_it_is_not_sent(town: Town) -> None:
    first, second = town.officer("1"), town.officer("2")
    resident = asked(town)
    first.tap("Take it")
    assert "so your answer was not sent" in second.write("1: No.")
    assert "No." not in resident.all


def test_of_two_who_write_at_the_same_moment_one_gets_it(town: Town) -> None:
    first, second = town.officer("1"), town.officer("2")
    asked(town)
    batch = [Incoming(f"x{person.address.user}", person.address, "take 1", town.now) for person in (first, second)]
    town.app.handle(batch)
    town.deliver()
    assert town.case().owner == first.number
    assert "was taken by" in second.last


def test_who_answers_without_taking_also_reads_what_was_added_before(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    resident.write("which film is on tonight")
    resident.tap("Pass it on to an officer")
    resident.tap("Yes, pass it on")
    officer.answer("On channel five.", to=QUESTION)
    assert "Resident: which film is on tonight" in officer.all
    assert officer.last == "Sent to the resident of case 1."
    assert resident.last.endswith("On channel five.")


@pytest.mark.parametrize("order", ["take 1", "1: text", "done 1", "return 1", "show 1"])
def test_a_case_of_another_commune_is_as_if_there_were_none(town: Town, order: str) -> None:
    town.officer("1")
    elsewhere = town.officer("2", MUONG_ANG)
    resident = asked(town)
    before = len(resident.got)
    assert elsewhere.write(order) == "There is no case 1 for you."
    assert elsewhere.write(order.replace("1", "999999999", 1)) == "There is no case 999999999 for you."
    assert town.case().state == "waiting"
    assert len(resident.got) == before


@pytest.mark.parametrize("order", ["take 1", "1: text", "done 1"])
def test_who_is_no_staff_gives_no_orders(town: Town, order: str) -> None:
    town.officer("1")
    asked(town)
    stranger = town.person("9", "telegram")
    stranger.write(order)
    assert town.case().state == "waiting"
    assert town.case().question not in stranger.all


def test_a_button_of_staff_does_nothing_for_others(town: Town) -> None:
    officer = town.officer("1")
    asked(town)
    stranger = town.person("9", "telegram")
    token = officer.got[-1][1].buttons[0].choice
    stranger.write("", choice=token)
    assert town.case().state == "waiting"


# --- answering --------------------------------------------------------------------------------------------------------


def test_an_answer_to_any_message_of_the_case_goes_to_its_resident(town: Town) -> None:
    officer = town.officer("1")
    first, second = asked(town, "a"), asked(town, "b")
    officer.write("take 1")
    officer.write("take 2")
    first.write("and tomorrow?")
    officer.answer("To the first.", to="and tomorrow?")
    officer.answer("To the second.", to="Case 2")
    officer.answer("To the first again.", to="Case 1 ·")
    assert "To the second." not in first.all
    assert first.last.endswith("To the first again.")
    assert second.last.endswith("To the second.")


def test_the_newest_answer_of_ours_can_be_answered_too(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("1: On channel five.")
    officer.answer("At seven.", to="Sent to the resident")
    assert resident.last.endswith("At seven.")


def test_a_bare_text_of_an_officer_goes_to_nobody_without_a_tap(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("take 1")
    before = len(resident.got)
    officer.write("can I get a loan for a house")
    assert officer.last.startswith("Send this to the resident of case 1?")
    assert len(resident.got) == before


def test_braces_and_long_texts_arrive_as_they_were_written(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    text = "Bring {name} and 100%\n- two lines\n" + "x" * 3000
    officer.write(f"1: {text}")
    assert resident.last == f"Officer of Búng Lao commune:\n{text}"


def test_photos_and_files_pass_both_ways(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("1: The plan.", kind="photo", photo="telegram:p1")
    reply = resident.got[-1][1]
    assert (reply.text, reply.photo) == ("Officer of Búng Lao commune:\nThe plan.", "telegram:p1")
    officer.answer("", to="Sent to", kind="file", file="telegram:document:d1")
    reply = resident.got[-1][1]
    assert (reply.text, reply.file) == ("Officer of Búng Lao commune:", "telegram:document:d1")
    resident.write("my paper", kind="photo", photo="https://zalo.example/p2.jpg")
    reply = officer.got[-1][1]
    assert (reply.text, reply.photo) == ("Case 1, the resident writes:\nmy paper", "https://zalo.example/p2.jpg")
    officer.write("show 1")
    assert "Resident: my paper (a picture)" in officer.last


@pytest.mark.parametrize("nothing", [{"kind": "sticker"}, {"kind": "location"}])
def test_what_cannot_be_sent_is_refused(town: Town, nothing: dict[str, str]) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("take 1")
    before = len(resident.got)
    assert "There is nothing to send." in officer.answer("", to=QUESTION, **nothing)
    assert "There is nothing to send." in officer.write("1:")
    assert len(resident.got) == before


@pytest.mark.parametrize("way", ["forwarded", "edited"])
@pytest.mark.parametrize("order", ["take 1", "1: text", "done 1", "return 1"])
def test_forwarded_and_edited_orders_are_refused(town: Town, way: str, order: str) -> None:
    officer = town.officer("1")
    resident = asked(town)
    before = len(resident.got)
    assert "Please write it" in officer.write(order, way=way)
    assert town.case().state == "waiting"
    assert len(resident.got) == before


def test_an_edited_answer_to_a_message_is_refused(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.answer("At seven.", to=QUESTION)
    assert "Please write it again." in officer.answer("At eight.", to=QUESTION, way="edited")
    assert "At eight." not in resident.all


# --- reading the talk -------------------------------------------------------------------------------------------------

TALK = ("my number is 0912 000 111", "I will ring you at noon")  # of the resident, and of the officer


def talked(town: Town, officer: Person, *, ended: bool) -> None:
    resident = asked(town)
    officer.write(f"1: {TALK[1]}")
    resident.write(TALK[0])
    if ended:
        officer.write("done 1")


@pytest.mark.parametrize("ended", [False, True], ids=["open", "closed"])
def test_the_talk_is_read_in_private_by_officers_of_the_commune_and_administrators(town: Town, ended: bool) -> None:
    officer, colleague, boss = town.officer("1"), town.officer("2"), town.officer("3", role="admin")
    talked(town, officer, ended=ended)
    for reader in (officer, colleague, boss):
        told = reader.write("show 1")
        assert all(words in told for words in TALK)


@pytest.mark.parametrize("ended", [False, True], ids=["open", "closed"])
def test_an_officer_of_another_commune_reads_no_talk(town: Town, ended: bool) -> None:
    officer, elsewhere = town.officer("1"), town.officer("2", MUONG_ANG)
    talked(town, officer, ended=ended)
    assert elsewhere.write("show 1") == "There is no case 1 for you."
    assert not [words for words in TALK if words in elsewhere.all]


@pytest.mark.parametrize("ended", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("again", [False, True], ids=["revoked", "of another commune since"])
def test_who_speaks_for_the_commune_no_more_reads_no_talk(town: Town, ended: bool, again: bool) -> None:
    officer, gone = town.officer("1"), town.officer("2")
    talked(town, officer, ended=ended)
    gone.write("/cases")
    town.revoke(gone)
    if again:
        with town.store.writing() as transaction:
            transaction.add_staff("officer", (MUONG_ANG,), "", gone.address, town.now)
    gone.write("show 1")
    gone.answer("show", to=QUESTION)
    if not ended:
        gone.tap("Case 1")
    assert not [words for words in TALK if words in gone.all]


# --- the end ----------------------------------------------------------------------------------------------------------


def test_a_finished_case_takes_no_answers_and_can_be_looked_at(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("1: On channel five.")
    assert "The resident was told, and Loa Bản answers again." in officer.tap("Finished")
    for order in ("take 1", "done 1", "return 1"):
        assert officer.write(order) == "Case 1 is closed already."
    assert officer.write("1: one thing more") == "Case 1 is closed, so your answer was not sent."
    assert "Officer: On channel five." in officer.write("show 1")
    assert officer.labels() == []
    assert "one thing more" not in resident.all


def test_only_who_has_a_case_can_finish_it_or_give_it_back(town: Town) -> None:
    first, second = town.officer("1"), town.officer("2")
    asked(town)
    first.write("take 1")
    for order in ("done 1", "return 1"):
        assert second.write(order) == "Case 1 is not yours: take it first, with: take 1"
    assert town.case().owner == first.number


def test_what_nobody_has_cannot_be_given_back_but_finished(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    assert "take it first" in officer.write("return 1")
    assert "is closed" in officer.write("done 1")
    assert "Loa Bản is back" in resident.last


def test_what_is_given_back_goes_to_the_colleagues_and_the_bot_answers_meanwhile(town: Town) -> None:
    first, second = town.officer("1"), town.officer("2")
    resident = asked(town)
    first.write("take 1")
    resident.write("and tomorrow?")
    before = len(first.got)
    assert first.write("trả 1") == "Case 1 was given back. Your colleagues were told."
    assert len(first.got) == before + 1
    assert second.last.startswith("This question was given back and waits for somebody.")
    assert "passed your question 1 on to a colleague" in resident.last
    assert resident.write("can I get a loan for a house") != ""
    second.tap("Take it")
    assert "Resident: and tomorrow?" in second.last


def test_what_the_only_officer_gives_back_goes_to_the_administrators(town: Town) -> None:
    officer, boss = town.officer("1"), town.officer("2", role="admin")
    asked(town)
    officer.write("take 1")
    officer.write("return 1")
    assert QUESTION in boss.last


def test_an_administrator_can_take_a_case_over_and_both_hear_it(town: Town) -> None:
    officer, boss = town.officer("1"), town.officer("2", role="admin")
    resident = asked(town)
    officer.write("1: One moment.")
    assert "so your answer was not sent" in boss.write("1: Hello.")
    boss.write("take 1")
    assert officer.last == "Case 1 was taken by an administrator (no. 2)."
    assert "Officer: One moment." in boss.last
    boss.write("1: Hello.")
    assert resident.last.endswith("Hello.")
    assert "so your answer was not sent" in officer.write("1: I have it.")
    assert "I have it." not in resident.all


def test_a_case_closed_while_an_answer_is_typed(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("take 1")
    resident.write("end")
    assert officer.answer("At seven.", to=QUESTION) == "Case 1 is closed, so your answer was not sent."


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_open_cases_are_listed_with_who_has_each(town: Town) -> None:
    officer, colleague = town.officer("1"), town.officer("2")
    assert officer.write("/cases") == "There is no open case."
    for user in "abc":
        asked(town, user)
    officer.write("take 1")
    colleague.write("take 2")
    assert officer.write("/cases").splitlines()[:3] == [
        "Case 1 · Búng Lao commune · English: yours",
        "Case 2 · Búng Lao commune · English: taken by an officer of Búng Lao commune (no. 2)",
        "Case 3 · Búng Lao commune · English: waits for somebody",
    ]
    assert f"“{QUESTION}”" in officer.tap("Case 3")
    officer.tap("Take it")
    assert town.case(3).owner == officer.number
    assert officer.write("các việc") == officer.write("/cases")


def test_officers_see_the_cases_of_their_communes_and_administrators_all(town: Town) -> None:
    there, boss = town.officer("1", MUONG_ANG), town.officer("2", role="owner")
    asked(town)
    assert there.write("/cases") == "There is no open case."
    assert "Case 1" in boss.write("/cases")


def test_of_very_many_cases_the_oldest_are_listed(town: Town) -> None:
    officer = town.officer("1")
    for user in range(12):
        asked(town, f"r{user}")
    listed = officer.write("/cases")
    assert "Case 10 ·" in listed
    assert "Case 11 ·" not in listed
    assert "There are more; these are the oldest." in listed


# --- while an announcement is written ---------------------------------------------------------------------------------


def test_while_an_announcement_is_written_a_number_means_a_case_only_where_one_is_open(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("/announce")
    assert "Sent to the resident of case 1." in officer.write("1: On channel five.")
    assert resident.last.endswith("On channel five.")
    assert "2/" in officer.write("5: bà con xã Búng Lao họp ở nhà văn hóa")


def test_a_closed_case_is_no_case_while_an_announcement_is_written(town: Town) -> None:
    officer = town.officer("1")
    asked(town)
    officer.write("done 1")
    officer.write("/announce")
    assert "2/" in officer.write("1: bà con xã Búng Lao họp ở nhà văn hóa")


def test_a_time_of_day_belongs_to_the_announcement(town: Town) -> None:
    officer = town.officer("1")
    for user in "abcdefgh":
        asked(town, user)
    officer.write("/announce")
    officer.write("Bà con họp ở nhà văn hóa.")
    while "When is it to go out?" not in officer.last:
        officer.tap(officer.labels()[0])
    officer.write("7:30 ngày mai")
    assert "It goes out" in officer.last
    assert {town.case(number).state for number in range(1, 9)} == {"waiting"}


def test_answering_a_message_of_a_case_is_no_text_of_the_announcement(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("/announce")
    assert "Sent to the resident of case 1." in officer.answer("On channel five.", to=QUESTION)
    assert resident.last.endswith("On channel five.")


def test_an_officer_who_passes_on_something_while_writing_an_announcement_is_understood_in_both(town: Town) -> None:
    officer = town.officer("1")
    officer.write(QUESTION)
    officer.write("/announce")
    officer.tap("Pass it on to an officer")
    officer.write("Búng Lao")
    assert "the officers of Búng Lao commune" in officer.last


# --- roles that end ---------------------------------------------------------------------------------------------------


def test_the_case_of_somebody_who_is_no_longer_staff_goes_to_the_colleagues(town: Town) -> None:
    officer, colleague = town.officer("1"), town.officer("2")
    resident = asked(town)
    officer.write("take 1")
    town.revoke(officer)
    before = len(officer.got)
    resident.write("and tomorrow?")  # before anybody noticed
    town.wait(seconds=1)
    assert town.case().state == "waiting"
    assert colleague.last.startswith("This question was given back and waits for somebody.")
    assert "on to a colleague" in resident.last
    assert len(officer.got) == before
    colleague.tap("Take it")
    assert "Resident: and tomorrow?" in colleague.last


def test_who_is_no_longer_staff_is_told_that_nothing_was_sent(town: Town) -> None:
    officer = town.officer("1")
    town.officer("2")
    resident = asked(town)
    officer.write("take 1")
    town.revoke(officer)
    before = len(resident.got)
    refused = "You are no longer staff here, so nothing was done and nothing was sent."
    assert officer.write("1: On channel five.") == refused
    assert officer.answer("On channel five.", to=QUESTION) == refused
    assert officer.write("done 1") == refused
    assert "for commune staff only" in officer.tap("Finished")
    assert len(resident.got) == before
    assert town.case().state == "owned"  # until the next tick


def test_a_colleague_can_take_it_before_anybody_noticed(town: Town) -> None:
    officer, colleague = town.officer("1"), town.officer("2")
    resident = asked(town)
    officer.write("take 1")
    town.revoke(officer)
    colleague.write("1: I am here.")
    assert resident.last.endswith("I am here.")
    assert town.case().owner == colleague.number
    town.wait(seconds=1)
    assert town.case().owner == colleague.number


def test_an_officer_who_is_forgotten_leaves_the_case_to_others(town: Town) -> None:
    officer, colleague = town.officer("1"), town.officer("2")
    asked(town)
    officer.write("take 1")
    officer.write("/forget")
    town.wait(seconds=1)
    assert "given back" in colleague.last
    assert town.case().state == "waiting"


def test_an_officer_can_be_a_resident_as_well(town: Town) -> None:
    """Answers, in the app, to what another officer wrote to them are words in their own case, no orders."""
    officer = town.officer("1", MUONG_ANG)
    colleague = town.officer("2")
    officer.write(QUESTION)
    officer.tap("Pass it on to an officer")
    officer.write("Búng Lao")
    officer.tap("Yes, pass it on")
    colleague.write("1: On channel five.")
    assert officer.answer("thank you", to="On channel five.") == ""
    assert colleague.last == "Case 1, the resident writes:\nthank you"


# --- reminders --------------------------------------------------------------------------------------------------------


def test_what_nobody_takes_is_called_to_mind_then_told_to_the_administrators_then_no_more(town: Town) -> None:
    officer, boss = town.officer("1"), town.officer("2", role="admin")
    asked(town)
    town.wait(minutes=29)
    assert len(officer.got) == 1
    town.wait(minutes=2)
    assert officer.last.startswith("Reminder: nobody has taken this question yet.")
    assert boss.got == []
    town.wait(minutes=31)
    assert boss.last.startswith("Nobody has taken this question, though its officers were reminded.")
    told = len(officer.got), len(boss.got)
    for _ in range(20):
        town.wait(hours=5)
    assert (len(officer.got), len(boss.got)) == told


def test_nobody_is_reminded_at_night(town: Town) -> None:
    officer = town.officer("1")
    town.wait(hours=8, minutes=50)  # 16:50
    asked(town)
    for _ in range(30):
        town.wait(minutes=90)
        if len(officer.got) > 1:
            break
    assert "Reminder" in officer.last
    assert town.cases.offices.is_open(BUNG_LAO, town.now)
    assert town.now.day == 25  # the 24th is a holiday


def test_a_reminder_that_came_too_late_waits_for_the_morning(town: Town) -> None:
    """The process was down in the afternoon and comes back at night."""
    officer = town.officer("1")
    town.wait(hours=8)
    asked(town)
    town.wait(hours=6)
    assert len(officer.got) == 1
    town.wait(hours=34)
    assert "Reminder" in officer.last


def test_an_officer_who_is_silent_is_reminded_then_the_administrators_are_told(town: Town) -> None:
    officer, boss = town.officer("1"), town.officer("2", role="admin")
    resident = asked(town)
    officer.write("take 1")
    officer.write("1: One moment.")
    town.wait(minutes=100)
    assert "Reminder" not in officer.all  # it is the resident's turn
    resident.write("and tomorrow?")
    town.wait(minutes=31)
    assert officer.last == "Reminder: a resident waits for your answer in case 1."
    resident.write("are you there?")
    town.wait(minutes=31)
    assert boss.last.startswith(
        "A resident waits for an answer in case 1, and an officer of Búng Lao commune (no. 1) does not answer."
    )
    told = len(boss.got)
    resident.write("hello?")
    town.wait(minutes=120)
    assert len(boss.got) == told
    boss.tap("Take it")
    assert town.case().owner == boss.number


def test_an_answer_begins_the_counting_anew(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("take 1")
    town.wait(minutes=31)
    assert "Reminder" in officer.last
    officer.write("1: Here I am.")
    resident.write("and tomorrow?")
    town.wait(minutes=29)
    assert officer.last.endswith("and tomorrow?")
    town.wait(minutes=2)
    assert "Reminder" in officer.last


def test_a_talk_in_which_the_resident_is_silent_is_closed_and_both_hear_it(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("1: On channel five.")
    town.wait(hours=47)
    assert town.case().state == "owned"
    town.wait(hours=2)
    assert (town.case().state, town.case().reason) == ("closed", "idle")
    assert "so it was closed. Loa Bản is back" in resident.last
    assert "nothing was written for a long time" in officer.last


def test_a_talk_in_which_the_officer_is_silent_goes_to_the_colleagues(town: Town) -> None:
    officer, colleague = town.officer("1"), town.officer("2")
    resident = asked(town)
    officer.write("take 1")
    resident.write("and tomorrow?")
    for _ in range(50):
        town.wait(hours=1)
    assert town.case().state == "waiting"
    assert "on to a colleague" in resident.last
    assert "given back" in colleague.all
    assert resident.write("can I get a loan for a house") != ""


def test_what_nobody_ever_takes_is_closed_after_two_weeks_and_the_resident_is_told_where_to_go(town: Town) -> None:
    town.officer("1")
    resident = asked(town)
    town.wait(days=13)
    assert town.case().state == "waiting"
    town.wait(days=2)
    assert (town.case().state, town.case().reason) == ("closed", "untaken")
    assert "Service Centre of Búng Lao commune" in resident.last


def test_a_clock_that_is_turned_back_repeats_nothing_and_closes_nothing(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("take 1")
    resident.write("and tomorrow?")
    town.wait(minutes=31)
    told = len(officer.got)
    town.now -= timedelta(hours=1)
    town.wait(seconds=1)
    assert len(officer.got) == told
    assert town.case().state == "owned"
    town.wait(hours=2)
    assert len(officer.got) == told  # the administrators' turn, and there are none


def test_a_reminder_of_a_far_future_is_one_of_a_wrong_clock(town: Town) -> None:
    officer = town.officer("1")
    town.now += timedelta(days=400)
    asked(town)
    town.now -= timedelta(days=400)
    town.wait(minutes=1)
    assert "Reminder" in officer.last


# --- what does not arrive ---------------------------------------------------------------------------------------------


def test_a_resident_who_blocked_the_bot_ends_the_case_and_the_officer_hears_it(town: Town) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("take 1")
    town.undeliverable[resident.address] = "refused-person"
    officer.write("1: On channel five.")
    assert "blocked Loa Bản, so your last message did not arrive" in officer.last
    assert (town.case().state, town.case().reason) == ("closed", "unreachable")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("window", "only for some hours after the resident wrote"),
        ("refused-text", "the app refused your last message"),
        ("refused", "did not arrive. Please send it again."),
        ("bug", "did not arrive. Please send it again."),
    ],
)
def test_an_answer_that_did_not_arrive_is_told_to_who_wrote_it(town: Town, reason: str, told: str) -> None:
    officer = town.officer("1")
    resident = asked(town)
    officer.write("take 1")
    town.undeliverable[resident.address] = reason
    officer.write("1: On channel five.")
    assert told in officer.last
    assert town.case().state == "owned"
    del town.undeliverable[resident.address]
    officer.answer("On channel five.", to=told)
    assert resident.last.endswith("On channel five.")


def test_an_officer_who_blocked_the_bot_leaves_the_case_to_the_colleagues(town: Town) -> None:
    officer, colleague = town.officer("1"), town.officer("2")
    resident = asked(town)
    officer.write("take 1")
    town.undeliverable[officer.address] = "refused-person"
    resident.write("and tomorrow?")
    assert town.case().state == "waiting"
    assert "given back" in colleague.last
    colleague.write("take 1")
    assert "Resident: and tomorrow?" in colleague.last


def test_a_notice_that_does_not_arrive_changes_nothing(town: Town) -> None:
    officer, colleague = town.officer("1"), town.officer("2")
    town.undeliverable[officer.address] = "refused-person"
    resident = asked(town)
    colleague.write("take 1")
    assert "has taken your question 1" in resident.last


# --- a restart --------------------------------------------------------------------------------------------------------


def test_a_restart_after_every_step_changes_nothing(town: Town) -> None:
    officer = town.officer("1")
    resident = town.person("a")
    steps: list[Callable[[], str]] = [
        lambda: resident.write(QUESTION),
        lambda: resident.tap("Pass it on to an officer"),
        lambda: resident.write("Búng Lao"),
        lambda: resident.tap("Yes, pass it on"),
        lambda: officer.tap("Take it"),
        lambda: resident.write("and tomorrow?"),
        lambda: officer.answer("Yes.", to="and tomorrow?"),
        lambda: officer.write("return 1"),
        lambda: officer.write("take 1"),
        lambda: officer.write("done 1"),
    ]
    for step in steps:
        step()
        town.restart()
    assert town.case().state == "closed"
    assert "Yes." in resident.all
    assert "and tomorrow?" in officer.all
