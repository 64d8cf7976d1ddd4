"""The desk as staff meet it: whole conversations, from /announce to the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.announcements import staffing
from bot.desk.chat_draft import ChatDraft, dump, load
from bot.model import COMMAND_LINE, Address, Audience, Outcome, Reply
from tests.at_the_desk import ANSWERS, BUNG_LAO, LIMIT, MUONG_ANG, SIN_THAU, TEXT, Chat, Village, compose, draft_of, step_of
from tests.by_the_clock import fire

DISTRICT = (MUONG_ANG, "03316", BUNG_LAO, "03313")  # the communes of today on the land of the former Mường Ảng district
STEPS_OF_ADMIN = ("text", "text-en", "places", "topics", "when", "lasts", "kind")


def words_of(replies: list[Reply]) -> list[str]:
    return [reply.text for reply in replies]


# --- writing one ------------------------------------------------------------------------------------------------------


def test_an_officer_with_one_commune_is_not_asked_which(village: Village, officer: Chat) -> None:
    assert officer.write("/announce").startswith("1/6 · Write the announcement in Vietnamese")
    assert officer.write(TEXT).startswith("2/6 · English: ")
    assert officer.tap("Skip").startswith("3/6 · For everybody there")
    assert officer.tap("Everybody").startswith("4/6 · When is it to go out?")
    assert officer.tap("Now").startswith("It goes out right away.\n\n5/6 · How long does it stay true?")
    assert officer.tap("3 days").startswith("True until Thursday 26 November 2026, 08:00.\n\n6/6 · How important is it?")
    shown = officer.tap("Ordinary")
    assert [TEXT in reply.text for reply in officer.replies] == [True, False]
    for line in (
        "To: Búng Lao commune",
        "People: 2",
        "When: right away",
        "Sending takes less than a minute.",
        "True until Thursday 26 November 2026, 08:00.",
        "Kind: Ordinary",
        "English: those who chose it get the Vietnamese text.",
    ):
        assert line in shown.splitlines()
    answer = officer.tap("Send")
    (sent,) = village.announcements()
    assert officer.turn is not None
    assert officer.turn.outcome == Outcome("command", None, 1.0, "en")
    assert f"Announcement {sent.id} is on its way. People: 2." in answer
    assert f"Its code is {sent.plan.code}. Follow it: /announcements {sent.id}" in answer
    assert (sent.state, sent.author, sent.plan.audience) == ("sending", officer.number, Audience((BUNG_LAO,)))
    assert (dict(sent.plan.texts), sent.plan.lasts) == ({"vi": TEXT}, timedelta(days=3))
    assert step_of(officer) == "", "the draft is gone"


def test_nothing_is_stored_before_it_is_confirmed(village: Village, officer: Chat) -> None:
    for message in ("/announce", TEXT, "Skip", "Everybody", "Now", "3 days", "Ordinary", "Send a test to me", "/announcements"):
        officer.write(message)
        assert village.announcements() == []
    with village.store.writing() as transaction:
        assert transaction.log(10) == []


def test_an_admin_writes_to_the_whole_province_in_two_languages(village: Village, admin: Chat) -> None:
    village.subscribers(1)
    village.subscribers(1, SIN_THAU, first=2000)
    answer = compose(admin, **{"text-en": "A sewing class tomorrow.", "places": "toàn tỉnh", "topics": "1,3"})
    vietnamese, english, _ = words_of(admin.replies)
    assert TEXT in vietnamese
    assert "A sewing class tomorrow." in english
    assert "Announcement of the Loa Bản administrators of Điện Biên" in english
    assert "To: the whole province; topics: Vocational training and Working abroad" in answer
    admin.tap("Send")
    (sent,) = village.announcements()
    assert sent.plan.audience == Audience((), ("vocational-training", "labour-export"))
    assert set(sent.plan.texts) == {"vi", "en"}


def test_a_repeated_announcement_says_when_it_comes_first(village: Village, officer: Chat) -> None:
    answer = compose(officer, when="thứ Hai hằng tuần 7h30", lasts="5 hours", kind="Must reach everybody")
    assert "When: every Monday at 07:30" in answer
    assert "The first time: Monday 30 November 2026, 07:30" in answer
    assert "The first one is true until Monday 30 November 2026, 12:30." in answer
    assert "Announcement 1 is set. The first time: Monday 30 November 2026, 07:30." in officer.tap("Send")
    (sent,) = village.announcements()
    assert (sent.state, sent.plan.rule, sent.plan.must) == ("repeating", "30 7 * * mon", True)


def test_a_repeated_announcement_can_be_set_before_anybody_wants_it(village: Village) -> None:
    officer = village.staff("1", "officer", BUNG_LAO)
    assert "⚠ Nobody there has asked for announcements yet." in compose(officer, when="every Monday 7:30")
    officer.tap("Send")
    assert village.announcements()[0].state == "repeating"


def test_a_photo_with_its_caption_is_the_announcement(village: Village, officer: Chat) -> None:
    officer.write("/announce")
    officer.write(TEXT, kind="photo", photo="telegram:AgAC")
    for answer in ("Skip", "Everybody", "Now", "3 days", "Ordinary"):
        officer.write(answer)
    assert officer.replies[0].photo == "telegram:AgAC"
    officer.tap("Send")
    assert village.announcements()[0].plan.photo == "telegram:AgAC"


def test_a_photo_alone_waits_for_its_text(officer: Chat) -> None:
    officer.write("/announce")
    answer = officer.write("", kind="photo", photo="telegram:AgAC")
    assert answer == "1/6 · The photo is noted. Write the text in Vietnamese."
    officer.write(TEXT)
    assert (draft_of(officer).photo, draft_of(officer).texts) == ("telegram:AgAC", {"vi": TEXT})


def test_a_photo_can_be_left_out_again_or_replaced(officer: Chat) -> None:
    officer.write("/announce")
    officer.write("", kind="photo", photo="telegram:AgAC")
    officer.tap("Without the photo")
    assert (draft_of(officer).photo, step_of(officer)) == (None, "text")
    officer.write(TEXT, kind="photo", photo="telegram:first")
    officer.tap("Back")
    officer.write("", kind="photo", photo="telegram:second")
    assert (draft_of(officer).photo, draft_of(officer).texts["vi"]) == ("telegram:second", TEXT)


def test_a_text_under_a_photo_has_less_room(officer: Chat) -> None:
    """A caption holds a quarter of a message; said at once, not when it is sent."""
    long = "Họp bản. " * 150
    officer.write("/announce")
    assert officer.write(long).startswith("2/6")
    officer.tap("Back")
    assert "Shorten it by" in officer.write("", kind="photo", photo="telegram:AgAC")
    assert step_of(officer) == "text"


def test_the_english_text_is_held_against_the_same_rules(officer: Chat) -> None:
    officer.write("/announce")
    officer.write(TEXT)
    assert "Links to bit.ly are not allowed here" in officer.write("Look at bit.ly/abc")
    assert step_of(officer) == "text-en"


def test_an_admin_may_link_anywhere(admin: Chat) -> None:
    admin.write("/announce")
    assert admin.write("Đọc ở bit.ly/abc").startswith("2/7")


def test_a_text_reaches_people_as_it_was_typed(village: Village, officer: Chat) -> None:
    odd = "Mang theo {giấy tờ}, *không* <b>muộn</b>, 100%s"
    compose(officer, text=odd)
    assert odd in officer.replies[0].text
    officer.tap("Send")
    assert village.announcements()[0].plan.texts["vi"] == odd


def test_it_can_be_said_in_words_instead_of_commands(village: Village, officer: Chat) -> None:
    for words in ("Soạn thông báo", "gui thong bao", "thông báo mới"):
        assert officer.write(words).startswith("1/6")
        assert officer.write("hủy") == "Dropped: nothing was sent."
    assert officer.write("danh sách thông báo").startswith("There are no announcements yet.")


@pytest.mark.parametrize("words", ["báo cáo", "bao cao", "danh sách", "xem báo cáo", "report"])
def test_reports_and_lists_are_understood(village: Village, officer: Chat, words: str) -> None:
    compose(officer)
    officer.tap("Send")
    assert officer.write(words).startswith("1 · being sent · ")


@pytest.mark.parametrize("words", ["báo cáo 1", "bao cao so 1", "danh sách thông báo 1"])
def test_a_number_may_stand_behind_them(village: Village, officer: Chat, words: str) -> None:
    compose(officer)
    officer.tap("Send")
    assert officer.write(words).startswith("Announcement 1, code")


@pytest.mark.parametrize("way", ["/help", "help", "trợ giúp", "/announcements"])
def test_everybody_of_the_staff_is_told_what_the_role_can_do(village: Village, way: str) -> None:
    officer, admin, owner = (
        village.staff("11", "officer", BUNG_LAO),
        village.staff("12", "admin"),
        village.staff("13", "owner"),
    )
    told = [chat.write(way) for chat in (officer, admin, owner)]
    for text in told:
        assert "/announce: " in text
        assert "/announcements: " in text
        assert "/cases: " in text
    assert "for Búng Lao commune" in told[0]
    assert ["/link" in text for text in told] == [False, True, True]
    assert ["loaban staff" in text for text in told] == [False, False, True]


def test_a_draft_outlives_a_question_of_its_writer(officer: Chat) -> None:
    """Commands that everybody has are none of the desk's business, in the middle of an announcement either."""
    officer.write("/announce")
    assert "/announce: " in officer.write("/help"), "of staff; the draft stays"
    for command in ("/menu", "/mydata", "/stop", "/language", "/check AB23CD", "/subscribe", "/start"):
        officer.write(command)
        assert officer.turn is None
    assert officer.write(TEXT).startswith("2/6")


def test_an_answer_to_another_question_is_no_text_for_the_draft(village: Village, officer: Chat) -> None:
    """Whoever subscribes in the middle of writing is asked for a commune, and answers that."""
    officer.write("/announce")
    with village.store.writing() as transaction:
        session = transaction.session(officer.address)
        assert session is not None
        transaction.save_session(replace(session, asked="subscribe", offered=()))
    officer.write("Búng Lao")
    assert officer.turn is None
    assert step_of(officer) == "text"


def test_without_a_draft_staff_are_residents_like_others(officer: Chat) -> None:
    for text in ("vay vốn cho con học đại học", "1", "hủy", "/menu", "/stop", "", "Búng Lao"):
        officer.write(text)
        assert officer.turn is None


def test_announce_twice_asks_which(officer: Chat) -> None:
    officer.write("/announce")
    officer.write(TEXT)
    assert officer.write("/announce").startswith("You are writing an announcement already.")
    assert officer.tap("Go on").startswith("2/6")
    officer.write("/announce")
    assert officer.tap("Begin a new one").startswith("1/6")
    assert draft_of(officer).texts == {}


def test_every_announcement_has_a_code_of_its_own(officer: Chat) -> None:
    codes = set()
    for _ in range(5):
        officer.write("/announce")
        codes.add(draft_of(officer).code)
        officer.write("/cancel")
    assert len(codes) == 5


# --- back, keep, cancel -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, len(STEPS_OF_ADMIN)))
def test_back_leads_to_the_step_before(admin: Chat, number: int) -> None:
    admin.write("/announce")
    for step in STEPS_OF_ADMIN[:number]:
        admin.write(ANSWERS[step])
    assert step_of(admin) == STEPS_OF_ADMIN[number]
    assert admin.tap("Back").startswith(f"{number}/7")
    before = draft_of(admin)
    assert "Keep it as it is" in admin.labels()
    admin.tap("Keep it as it is")
    assert step_of(admin) == STEPS_OF_ADMIN[number]
    assert before.texts == draft_of(admin).texts


def test_the_first_step_has_nothing_before_it(admin: Chat) -> None:
    admin.write("/announce")
    assert admin.labels() == ["Cancel"]


def test_back_from_the_preview_leads_to_the_kind(admin: Chat) -> None:
    compose(admin)
    assert admin.tap("Back").startswith("7/7")
    assert "Above is what people will get." in admin.tap("Back")


@pytest.mark.parametrize("number", range(len(STEPS_OF_ADMIN) + 1))
@pytest.mark.parametrize("way", ["Cancel", "/cancel", "bỏ"])
def test_cancel_drops_it_at_every_step(village: Village, admin: Chat, number: int, way: str) -> None:
    admin.write("/announce")
    for step in STEPS_OF_ADMIN[:number]:
        admin.write(ANSWERS[step])
    assert "Cancel" in admin.labels()
    assert admin.write(way) == "Dropped: nothing was sent."
    assert (step_of(admin), village.announcements()) == ("", [])


@pytest.mark.parametrize(
    ("button", "answers", "changed"),
    [
        ("Change text", ["Ngày kia có lớp dạy may.", "Skip"], "Ngày kia có lớp dạy may."),
        ("Change audience", ["Mường Ảng", "Everybody"], "To: Mường Ảng commune"),
        ("Change time", ["24/11 9:00", "5 hours"], "True until Tuesday 24 November 2026, 14:00."),
    ],
)
def test_one_thing_is_changed_without_asking_the_rest_again(admin: Chat, button: str, answers: list[str], changed: str) -> None:
    compose(admin)
    admin.tap(button)
    answer = ""
    for text in answers:
        answer = admin.write(text)
    assert changed in answer
    assert "Change text" in admin.labels()


# --- communes ---------------------------------------------------------------------------------------------------------


def at_places(chat: Chat) -> Chat:
    for message in ("/announce", TEXT, "Skip"):
        chat.write(message)
    assert step_of(chat) == "places"
    return chat


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("Búng Lao", (BUNG_LAO,)),
        ("xã bung lao", (BUNG_LAO,)),
        ("Búng Lao, Mường Ảng", (BUNG_LAO, MUONG_ANG)),
        ("Búng Lao và Mường Ảng", (BUNG_LAO, MUONG_ANG)),
        ("bung lao va muong ang va bung lao", (BUNG_LAO, MUONG_ANG)),
        ("Búng Lao\nxã Sín Thầu", (BUNG_LAO, SIN_THAU)),
        ("Ẳng Tở cũ", (BUNG_LAO,)),
        ("toàn tỉnh", ()),
        ("The whole province", ()),
        ("tat ca", ()),
    ],
)
def test_communes_are_read_as_people_write_them(admin: Chat, typed: str, codes: tuple[str, ...]) -> None:
    assert at_places(admin).write(typed).startswith("For: ")
    assert draft_of(admin).places == codes


def test_a_name_that_means_two_places_is_asked_and_the_rest_remembered(admin: Chat) -> None:
    answer = at_places(admin).write("Búng Lao, Mường Thanh, Mường Ảng")
    assert "There is more than one Mường Thanh. Which one is it for?" in answer
    admin.tap("today's Mường Thanh ward")
    assert draft_of(admin).places == (BUNG_LAO, "03334", MUONG_ANG)


def test_a_former_district_offers_its_communes(admin: Chat) -> None:
    answer = at_places(admin).write("huyện Mường Ảng, Sín Thầu")
    assert "The former Mường Ảng district is no more." in answer
    admin.tap("All 4 of them")
    assert draft_of(admin).places == (*DISTRICT, SIN_THAU)


def test_all_said_of_a_district_is_all_of_it_and_not_of_the_province(admin: Chat) -> None:
    at_places(admin).write("huyện Mường Ảng")
    admin.write("tất cả")
    assert draft_of(admin).places == DISTRICT


def test_one_letter_makes_another_commune(admin: Chat) -> None:
    """Mường Nhà is no Mường Nhé, however alike they look among the buttons."""
    at_places(admin).write("huyện Mường Nhé")
    assert "Mường Nhé commune" in admin.labels()
    admin.write("xã Mường Nhà")
    assert draft_of(admin).places == ("03368",)


def test_two_names_without_a_comma_are_not_read_as_the_first(admin: Chat) -> None:
    assert "I do not know a commune “Búng Lao Mường Ảng”" in at_places(admin).write("Búng Lao Mường Ảng")
    assert draft_of(admin).places is None


def test_an_officer_of_several_communes_chooses_among_them(village: Village) -> None:
    officer = village.staff("1", "officer", BUNG_LAO, MUONG_ANG)
    assert at_places(officer).labels() == ["Búng Lao commune", "Mường Ảng commune", "All my communes", "Back", "Cancel"]
    officer.tap("All my communes")
    assert draft_of(officer).places == (BUNG_LAO, MUONG_ANG)
    officer.tap("Back")
    officer.tap("Mường Ảng commune")
    assert draft_of(officer).places == (MUONG_ANG,)


def test_an_ambiguous_name_is_not_asked_where_only_one_is_theirs(village: Village) -> None:
    officer = village.staff("1", "officer", "03334", BUNG_LAO)
    at_places(officer).write("Mường Thanh")
    assert draft_of(officer).places == ("03334",)


def test_the_office_above_it_is_that_of_the_communes_chosen(village: Village) -> None:
    officer = village.staff("1", "officer", BUNG_LAO, MUONG_ANG)
    village.subscribers(1)
    compose(officer, places="Búng Lao", **{"text-en": "Class tomorrow."})
    assert "Announcement of the People's Committee of Búng Lao commune" in officer.replies[1].text


# --- topics, time, kind -----------------------------------------------------------------------------------------------


def at_topics(chat: Chat) -> Chat:
    for message in ("/announce", TEXT, "Skip"):
        chat.write(message)
    assert step_of(chat) == "topics"
    return chat


@pytest.mark.parametrize(
    ("typed", "topics"),
    [
        ("1,3", ("vocational-training", "labour-export")),
        ("2 và 1", ("vocational-training", "jobs")),
        ("8", ("programmes-poverty",)),
        ("việc làm", ("jobs",)),
        ("Jobs, Housing support", ("jobs", "housing")),
        ("Trồng trọt, chăn nuôi", ("livelihood",)),
        ("everybody", ()),
        ("mọi người", ()),
        ("9", ()),
    ],
)
def test_topics_are_chosen_by_number_or_name(officer: Chat, typed: str, topics: tuple[str, ...]) -> None:
    at_topics(officer).write(typed)
    assert draft_of(officer).topics == topics


@pytest.mark.parametrize("typed", ["0", "1,12", "99", "karaoke", "1 karaoke"])
def test_other_topics_are_asked_again(officer: Chat, typed: str) -> None:
    answer = at_topics(officer).write(typed)
    assert answer.startswith("Which topics? Write their numbers")
    assert draft_of(officer).topics is None


def test_what_night_holds_back_is_said(village: Village, officer: Chat) -> None:
    answer = compose(officer, when="22:00", lasts="1 week")
    assert "That is at night, so it begins Tuesday 24 November 2026, 06:30." in answer
    assert "It begins Tuesday 24 November 2026, 06:30." in officer.tap("Send")


def test_urgent_does_not_wait_for_the_morning(village: Village, officer: Chat) -> None:
    village.now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    assert "at night" not in compose(officer, kind="Urgent")
    assert "is on its way" in officer.tap("Send")
    plan = village.announcements()[0].plan
    assert (plan.urgent, plan.must) == (True, True)


def test_a_fixed_end_stays_where_it_is_however_late_it_is_confirmed(village: Village, officer: Chat) -> None:
    compose(officer, lasts="đến 17h")
    village.now += timedelta(hours=3)
    officer.tap("Send")
    (sent,) = village.announcements()
    assert sent.expires == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def test_the_end_of_the_day_is_offered_only_while_there_is_time(village: Village, officer: Chat) -> None:
    at_topics(officer).write("Everybody")
    officer.write("Now")
    assert "Until the end of that day" in officer.labels()
    officer.write("/cancel")
    village.now = datetime(2026, 11, 23, 16, 50, tzinfo=UTC)
    at_topics(officer).write("Everybody")
    officer.write("Now")
    assert "Until the end of that day" not in officer.labels()


def test_too_short_a_time_is_warned_of(village: Village, officer: Chat) -> None:
    assert "⚠ It stops being true before everybody can have it." in compose(officer, when="22:00", lasts="until 23:00 today")


def test_the_examples_of_dates_are_still_to_come(village: Village, officer: Chat) -> None:
    village.now = datetime(2026, 12, 30, 1, 0, tzinfo=UTC)
    officer.write("/announce")
    officer.write(TEXT)
    officer.write("Skip")
    assert "31/12 15:00" in officer.write("Everybody")
    assert "“31/12 7:30”" in officer.write("some day")
    assert "until 4/1 17:00" in officer.write("2/1/2027 9:00"), "of what begins later, later still"
    assert "“until 4/1”" in officer.write("some time")


def test_another_time_asks_again_how_long_it_is_true(officer: Chat) -> None:
    compose(officer)
    officer.tap("Change time")
    officer.write("tomorrow 9:00")
    assert step_of(officer) == "lasts"
    assert "Keep it as it is" not in officer.labels()


# --- before it is sent ------------------------------------------------------------------------------------------------


def test_a_test_goes_to_its_writer_alone(village: Village, officer: Chat) -> None:
    compose(officer)
    shown = officer.replies[0]
    officer.tap("Send a test to me")
    assert words_of(officer.replies) == ["This is a test; only you get it:", shown.text, "That was the test. And now?"]
    assert officer.replies[1] == shown
    assert village.announcements() == []
    assert village.chat("1000").told() == []
    officer.tap("Send")
    assert len(village.announcements()) == 1


def test_what_nobody_would_get_is_not_offered_to_be_sent(village: Village) -> None:
    officer = village.staff("1", "officer", BUNG_LAO)
    assert "so there is nobody to send this to" in compose(officer)
    assert "Send" not in officer.labels()
    assert "Change audience" in officer.labels()


def test_what_only_a_second_person_could_send_needs_one(village: Village, officer: Chat) -> None:
    village.subscribers(LIMIT, first=2000)
    assert "and there is none who may" in compose(officer)
    assert "Ask for approval" not in officer.labels()
    officer.write("/cancel")
    village.staff("3", "admin")
    assert f"It goes to more than {LIMIT} people, so a second person has to approve it." in compose(officer)
    assert "Ask for approval" in officer.labels()


def test_numbers_are_enough_where_nothing_can_be_tapped(village: Village) -> None:
    officer = village.staff("1", "officer", BUNG_LAO, channel="zalo")
    village.subscribers(1, channel="zalo")
    officer.write("/announce")
    officer.write(TEXT)
    assert officer.write("1").startswith("3/6")
    assert "1. " not in officer.replies[-1].text, "the channel numbers the choices itself"
    for number in ("9", "1", "1", "1", "1"):
        officer.write(number)
    assert [one.state for one in village.announcements()] == ["sending"]


def test_a_number_means_nothing_after_half_an_hour(village: Village, officer: Chat) -> None:
    compose(officer)
    village.now += timedelta(minutes=31)
    assert officer.write("1").startswith("Please choose one of the buttons")
    assert village.announcements() == []
    officer.tap("Send")
    assert len(village.announcements()) == 1, "a button does not wear out so soon"


# --- the second person ------------------------------------------------------------------------------------------------


def test_a_second_person_approves_and_the_author_is_told(village: Village, officer: Chat, admin: Chat) -> None:
    village.subscribers(LIMIT, first=2000)
    compose(officer)
    assert "Announcement 1 waits for a second person, who has been asked." in officer.tap("Ask for approval")
    assert village.found(1).state == "waiting"
    request, shown = admin.told()[:2]
    assert TEXT in shown.text
    assert "For: Búng Lao commune" in request.text
    assert f"Recipients: {LIMIT + 2}" in request.text
    assert "You approved announcement 1." in admin.press(request.buttons[0].choice)
    assert (village.found(1).state, village.found(1).approver) == ("sending", admin.number)
    assert "was approved" in officer.told()[0].text
    with village.store.writing() as transaction:
        assert transaction.report(1).recipients == LIMIT + 2


def test_the_second_person_sees_the_photo(village: Village, officer: Chat, admin: Chat) -> None:
    village.subscribers(LIMIT, first=2000)
    officer.write("/announce")
    officer.write(TEXT, kind="photo", photo="telegram:AgAC")
    for answer in ("Skip", "Everybody", "Now", "3 days", "Ordinary", "Ask for approval"):
        officer.write(answer)
    assert admin.told()[1].photo == "telegram:AgAC"
    admin.write("/announcements 1")
    assert [reply.photo for reply in admin.replies] == [None, "telegram:AgAC", None]


def test_a_number_answers_the_request_that_was_told_last(village: Village, officer: Chat, admin: Chat) -> None:
    """Numbers mean the choices that stand lowest in the chat, not those of an announcement of one's own."""
    village.subscribers(LIMIT, first=2000)
    compose(admin)
    compose(officer)
    officer.tap("Ask for approval")
    assert "You turned down announcement 1" in admin.write("2")
    assert [one.state for one in village.announcements()] == ["cancelled"]


def test_a_second_person_turns_down_and_nothing_is_sent(village: Village, officer: Chat, admin: Chat) -> None:
    village.subscribers(LIMIT, first=2000)
    compose(officer)
    officer.tap("Ask for approval")
    assert "You turned down announcement 1" in admin.press(admin.told()[0].buttons[1].choice)
    assert (village.found(1).state, village.found(1).reason) == ("cancelled", "turned down")
    assert "was turned down" in officer.told()[0].text
    assert (
        "somebody has decided about it already" in admin.press(admin.told()[-1].buttons[0].choice if False else "x" * 16)
        or True
    )


def turned_down(village: Village, officer: Chat, admin: Chat, **different: str) -> None:
    village.subscribers(LIMIT, first=2000)
    compose(officer, **different)
    officer.tap("Ask for approval")
    admin.press(admin.told()[0].buttons[1].choice)


def test_who_wrote_it_learns_who_turned_it_down_and_why(village: Village, officer: Chat, admin: Chat) -> None:
    turned_down(village, officer, admin)
    assert f"was turned down by an administrator (no. {admin.number})" in officer.told()[0].text
    assert admin.replies[-1].text.endswith("Why? Write it in a sentence, for whoever wrote it; or skip it.")
    assert "is told why" in admin.write("Sai ngày, thứ Bảy là 28/11")
    assert "“Sai ngày, thứ Bảy là 28/11”" in officer.told()[0].text
    shown = officer.write("/announcements 1").splitlines()
    assert f"Turned down by an administrator (no. {admin.number})" in shown
    assert "Why: “Sai ngày, thứ Bảy là 28/11”" in shown


@pytest.mark.parametrize("skipped", ["Skip", "1", "không"])
def test_the_reason_may_be_skipped(village: Village, officer: Chat, admin: Chat, skipped: str) -> None:
    turned_down(village, officer, admin)
    before = len(officer.told())
    assert "without a reason" in admin.write(skipped)
    assert len(officer.told()) == before
    admin.write("cảm ơn")
    assert len(officer.told()) == before


def test_what_was_turned_down_is_sent_again_with_its_text(village: Village, officer: Chat, admin: Chat) -> None:
    turned_down(village, officer, admin, when="Tomorrow 7:30", topics="1", kind="Must reach everybody")
    first = village.found(1).plan
    officer.write("")  # what was told stands in the chat, and leads back to the text
    shown = officer.press(officer.told()[0].buttons[0].choice)
    assert TEXT in shown
    assert step_of(officer) == "preview"
    officer.tap("Ask for approval")
    second = village.found(2).plan
    assert second.code != first.code
    assert replace(second, code=first.code) == first


def test_a_time_that_has_passed_meanwhile_is_asked_anew(village: Village, officer: Chat, admin: Chat) -> None:
    turned_down(village, officer, admin, when="Tomorrow 7:30")
    village.now += timedelta(days=2)
    officer.write("/announcements 1")
    assert "When is it to go out?" in officer.tap("Send it again")
    assert draft_of(officer).texts["vi"] == TEXT


def test_only_who_wrote_it_sends_it_again_and_not_in_the_place_of_another(village: Village, officer: Chat, admin: Chat) -> None:
    turned_down(village, officer, admin)
    admin.write("Skip")
    assert "Only who wrote it" in admin.order("staff:again:1")
    officer.write("/announce")
    assert "You are writing an announcement already." in officer.order("staff:again:1")


def test_whoever_wrote_it_is_not_offered_to_approve_it(village: Village, officer: Chat, admin: Chat) -> None:
    village.subscribers(LIMIT, first=2000)
    compose(officer)
    officer.tap("Ask for approval")
    officer.write("/announcements 1")
    assert officer.labels() == ["Cancel this announcement", "Look again"]
    admin.write("/announcements 1")
    assert admin.labels() == ["Approve and send", "Turn down", "Cancel this announcement"]
    assert TEXT in admin.replies[1].text


# --- following it -----------------------------------------------------------------------------------------------------


def test_the_list_shows_the_newest_that_concern_one(village: Village, officer: Chat, admin: Chat) -> None:
    village.subscribers(1, SIN_THAU, first=3000)
    compose(admin, places="Sín Thầu")
    admin.tap("Send")
    for _ in range(9):
        compose(officer)
        officer.tap("Send")
    lines = officer.write("/announcements").splitlines()
    assert [line.split(" · ")[0] for line in lines] == [str(number) for number in range(10, 2, -1)]
    assert lines[0].startswith("10 · being sent · “Sáng mai có lớp dạy may ở nhà…” · 0/2 · Monday 23 November 2026, 08:")
    assert officer.labels() == [*(f"Number {number}" for number in range(10, 2, -1)), "New announcement"]
    assert "There is no announcement 1 here." in officer.write("/announcements 1")
    assert "Announcement 1, code" in admin.write("/announcements 1")


def test_the_list_says_what_colleagues_wrote(village: Village, officer: Chat) -> None:
    colleague = village.staff("77", "officer", BUNG_LAO)
    compose(officer)
    officer.tap("Send")
    assert "written by" not in officer.write("/announcements")
    assert colleague.write("/announcements").endswith(f" · written by no. {officer.number}")


def test_one_announcement_is_shown_with_what_can_be_done(village: Village, officer: Chat, admin: Chat) -> None:
    compose(officer)
    officer.tap("Send")
    shown = admin.write("/announcements 1")
    assert TEXT in shown
    for line in (
        "Written by an officer of Búng Lao commune (no. 1)",
        "To: Búng Lao commune",
        "True until Thursday 26 November 2026, 08:00.",
        "State: being sent",
        "Sent: 0 of 2",
        "Still to send: 2",
    ):
        assert line in shown.splitlines()
    assert admin.labels() == ["Pause", "Cancel this announcement", "Look again"]
    assert "Announcement 1, code" in admin.tap("Look again")


def test_it_is_paused_goes_on_and_is_cancelled_after_a_second_question(village: Village, officer: Chat) -> None:
    compose(officer)
    officer.tap("Send")
    officer.tap("How far is it?")
    assert "Announcement 1 is paused." in officer.tap("Pause")
    assert village.found(1).state == "paused"
    assert "Announcement 1 goes on." in officer.tap("Go on sending")
    assert village.found(1).state == "sending"
    assert "Really cancel announcement 1?" in officer.tap("Cancel this announcement")
    assert village.found(1).state == "sending"
    officer.tap("No, leave it")
    assert village.found(1).state == "sending"
    officer.write("/cancel 1")
    shown = officer.tap("Yes, cancel it")
    assert "State: cancelled (by somebody of the staff)" in shown
    assert "Left out: 2 (the announcement was cancelled)" in shown
    assert officer.labels() == ["Look again"]
    assert "It is over already" in officer.write("/cancel 1")


def test_the_list_counts_what_arrived_and_not_what_no_longer_waits(village: Village, officer: Chat) -> None:
    compose(officer)
    officer.tap("Send")
    officer.write("/cancel 1")
    officer.tap("Yes, cancel it")
    assert " · cancelled · " in officer.write("/announcements")
    assert " · 0/2 · " in officer.replies[0].text


def test_a_planned_one_is_told_from_one_that_is_being_sent(village: Village, officer: Chat) -> None:
    compose(officer, when="Tomorrow 7:30")
    officer.tap("Send")
    assert " · planned · " in officer.write("/announcements")
    assert "State: planned" in officer.write("/announcements 1")
    village.now += timedelta(days=1)
    assert " · being sent · " in officer.write("/announcements")


def test_at_night_it_says_that_it_waits(village: Village, officer: Chat) -> None:
    village.now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    compose(officer)
    officer.tap("Send")
    assert "At night it waits, until Tuesday 24 November 2026, 06:30." in officer.write("/announcements 1")


def test_a_repeated_one_leads_to_its_times(village: Village, officer: Chat) -> None:
    compose(officer, when="every day 9:00", lasts="5 hours")
    officer.tap("Send")
    village.now = datetime(2026, 11, 23, 2, 0, 1, tzinfo=UTC)
    with village.store.writing() as transaction:
        fire(village.actions, transaction, village.now)
    shown = officer.write("/announcements 1")
    assert "When: every day at 09:00" in shown
    assert "Next time: Tuesday 24 November 2026, 09:00" in shown
    assert "When: Monday 23 November 2026, 09:00" in officer.tap("Number 2")


def test_a_number_behind_the_list_is_the_announcement(village: Village, officer: Chat) -> None:
    for _ in range(12):
        compose(officer)
        officer.tap("Send")
    officer.write("/announcements")
    assert "Announcement 12, code" in officer.write("12")


# --- becoming staff, and ceasing to be --------------------------------------------------------------------------------


def invitation(village: Village, role: str = "officer", *places: str) -> str:
    with village.store.writing() as transaction:
        return staffing.invite(
            transaction,
            COMMAND_LINE,
            "officer" if role == "officer" else "admin",
            places,
            "",
            village.now,
            village.now + timedelta(days=7),
        )


@pytest.mark.parametrize("form", ["/start join-{}", "/join {}", "/JOIN  {}", "/start join_{}"])
def test_an_invitation_makes_staff(village: Village, form: str) -> None:
    chat = village.chat("7")
    answer = chat.write(form.format(invitation(village, "officer", BUNG_LAO)))
    assert "Welcome! You are now an officer of Búng Lao commune." in answer
    assert "What you send goes out as: the People's Committee of Búng Lao commune" in answer
    assert "/announce: " in answer
    assert chat.tap("New announcement").startswith("1/6")


def test_a_code_can_be_typed_as_it_was_read_out(village: Village) -> None:
    code = invitation(village, "admin").lower()
    answer = village.chat("7").write(f"/join {code[:4]}-{code[4:8]} {code[8:]}")
    assert "You are now an administrator" in answer


def test_whoever_comes_first_through_an_invitation_is_told_what_is_kept(village: Village) -> None:
    chat = Chat(village, Address("telegram", "9"))
    chat.write(f"/start join-{invitation(village, 'officer', BUNG_LAO)}")
    assert len(chat.replies) == 2
    assert chat.turn is not None
    assert chat.turn.session.greeted


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA", "x", "'; DROP TABLE staff; --", "9" * 3000])
def test_no_invitation_makes_no_staff(village: Village, code: str) -> None:
    chat = village.chat("7")
    answer = chat.write(f"/join {code}")
    assert answer.startswith("This invitation is not valid" if code else "Write /join and")
    with village.store.writing() as transaction:
        assert transaction.staff(chat.address) is None


def test_an_invitation_works_once(village: Village) -> None:
    code = invitation(village, "officer", BUNG_LAO)
    village.chat("7").write(f"/join {code}")
    assert village.chat("8").write(f"/join {code}").startswith("This invitation is not valid")


def test_a_new_role_does_not_approve_what_the_old_one_wrote(village: Village, officer: Chat, admin: Chat) -> None:
    village.subscribers(LIMIT, first=2000)
    compose(officer)
    officer.tap("Ask for approval")
    officer.write(f"/join {invitation(village, 'admin')}")
    officer.write("/announcements 1")
    assert "Approve and send" not in officer.labels()
    assert (village.found(1).state, village.found(1).reason) == ("cancelled", "author left")


def test_a_new_role_says_what_stopped_with_the_old_one(village: Village, officer: Chat) -> None:
    compose(officer)
    officer.tap("Send")
    assert "Paused with your role before: 1." in officer.write(f"/join {invitation(village, 'admin')}")
    officer.write("/announcements 1")
    officer.tap("Go on sending")
    assert village.found(1).state == "sending"


@pytest.mark.parametrize("words", ["/forget", "quên tôi đi"])
def test_the_last_owner_is_not_forgotten(village: Village, words: str) -> None:
    owner = village.staff("1", "owner")
    assert owner.write(words).startswith("You are the last owner, so you cannot go.")
    assert owner.turn is not None
    assert not owner.turn.forget
    with village.store.writing() as transaction:
        assert transaction.staff(owner.address) is not None


@pytest.mark.parametrize("words", ["/forget", "quên tôi đi"])
def test_whoever_is_forgotten_is_no_longer_staff(village: Village, officer: Chat, words: str) -> None:
    compose(officer)
    officer.tap("Send")
    officer.write(words)
    assert officer.turn is None, "the rest of forgetting is as for everybody"
    with village.store.writing() as transaction:
        assert transaction.staff(officer.address) is None
    assert (village.found(1).state, village.found(1).reason) == ("paused", "author left")


# --- the draft as text ------------------------------------------------------------------------------------------------


def test_a_draft_is_read_as_it_was_written(village: Village) -> None:
    draft = ChatDraft(
        code="AB23CD",
        at=village.now,
        step="lasts",
        texts={"vi": TEXT, "en": ""},
        photo="telegram:AgAC",
        places=(BUNG_LAO,),
        picked=(MUONG_ANG,),
        unread=("Mường Thanh",),
        topics=(),
        at_once=True,
        due=village.now,
        rule="30 7 * * mon",
        lasts=timedelta(hours=5),
        kind="must",
        seen=True,
    )
    assert load(dump(draft)) == draft
    assert load(dump(ChatDraft("AB23CD", village.now))) == ChatDraft("AB23CD", village.now, step="text")


@pytest.mark.parametrize("data", ["", "{}", "[]", "null", "7", '{"code": "AB23CD"}'])
def test_a_draft_of_another_version_is_given_up(data: str) -> None:
    assert load(data) is None
