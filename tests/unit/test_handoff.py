"""A question that goes to a person, as the resident lives it: from the first "I do not know" to the end of the talk."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.dialogue import PersonContext, respond
from bot.dialogue.asking_back import AskBack
from bot.dialogue.compose import clarify
from bot.dialogue.handoff import button
from bot.engine import Engine
from bot.model import Address, Incoming, Session, Subscription
from bot.model.well_known import HANDOVER_CONSENT
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import BUNG_LAO, MORNING, MUONG_ANG
from tests.talking import Person, Town

FOREIGN = "where can I watch the football match tonight"
STRANGE = "my motorbike chain is broken who repairs it"
VAGUE = "loan"
CLEAR = "can I get a loan for a house"
URGENT = "somebody took my sister to the border"
PASS_ON = "Pass it on to an officer"
YES = "Yes, pass it on"


def passed_on(resident: Person, question: str = STRANGE, commune: str = "Búng Lao") -> None:
    """Have a question passed on."""
    resident.write(question)
    resident.tap(PASS_ON)
    if "Which commune" in resident.last:
        resident.write(commune)
    resident.tap(YES)


def talking(town: Town) -> tuple[Person, Person]:
    """An officer who has taken a resident's question."""
    officer, resident = town.officer("77"), town.person("a")
    passed_on(resident)
    officer.write("take 1")
    return officer, resident


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


# --- ways to a person -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", [FOREIGN, "how much", STRANGE, VAGUE, "???"])
def test_a_person_is_offered_under_every_question_that_is_not_answered(town: Town, question: str) -> None:
    town.officer("77")
    resident = town.person("a")
    resident.write(question)
    assert PASS_ON in resident.labels()


@pytest.mark.parametrize(("asked", "lang"), [("I want to talk to a real person", "en"), ("cho tôi gặp cán bộ", "vi")])
def test_who_asks_for_a_person_is_told_where_to_go_and_offered_one(town: Town, asked: str, lang: str) -> None:
    town.officer("77")
    resident = town.person("a", lang=lang)
    assert "(Sở Nội vụ)" in resident.write(asked) or "(Home Affairs)" in resident.last
    resident.tap(town.engine.words(lang).say(PASS_ON))
    assert town.engine.words(lang).say("Write your question for the officer here, in one message.") == resident.last


def test_after_two_questions_in_a_row_that_are_not_understood_it_is_asked_plainly(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    offer = "Shall Loa Bản pass this question on to an officer of your commune?"
    assert offer not in resident.write(FOREIGN)
    assert offer in resident.write("which film is on tonight")
    assert resident.labels()[0] == PASS_ON
    resident.write(CLEAR)
    assert offer not in resident.write(FOREIGN)


@pytest.mark.parametrize("question", [FOREIGN, VAGUE, "I want to talk to a real person"])
def test_where_nobody_is_staff_no_person_is_offered(town: Town, question: str) -> None:
    resident = town.person("a")
    resident.write(question)
    assert PASS_ON not in resident.labels()


def test_where_nobody_would_hear_of_it_nothing_is_said_to_be_passed_on(town: Town) -> None:
    elsewhere, resident = town.officer("77", MUONG_ANG), town.person("a")
    passed_on(resident)
    assert "No officer can be reached" in resident.last
    assert elsewhere.got == []
    with town.store.writing() as transaction:
        assert transaction.case_of(resident.address) is None


def single(engine: Engine) -> Session:
    """Somebody who was asked back about one question only, with officers to pass it on to."""
    offered = (*clarify(engine, "en", AskBack(("vbsp-overview",))).buttons, button(engine, "en"))
    return Session(Address("zalo-bot", "a"), lang="en", greeted=True, offered=offered, at=MORNING, kept=1, question=VAGUE)


@pytest.mark.parametrize("yes", ["có", "đúng", "vâng", "dung", "yes", "1"])
def test_a_yes_to_is_this_what_you_mean_is_understood_although_a_person_is_offered_too(engine: Engine, yes: str) -> None:
    turn = respond(Incoming("1", Address("zalo-bot", "a"), yes, MORNING), single(engine), engine, PersonContext(people=True))
    assert turn.outcome is not None
    assert (turn.outcome.kind, turn.outcome.intent, turn.settled) == ("answer", "vbsp-overview", True)


def test_the_person_under_one_question_back_can_be_chosen_by_number(engine: Engine) -> None:
    turn = respond(Incoming("1", Address("zalo-bot", "a"), "3", MORNING), single(engine), engine, PersonContext(people=True))
    assert "Which commune" in turn.replies[0].text


# --- which question ---------------------------------------------------------------------------------------------------


def shown(resident: Person) -> str:
    """The question that stands for consent, in Búng Lao."""
    if "“" not in resident.last:
        resident.write("Búng Lao")
    return resident.last.split("“")[1].split("”")[0]


@pytest.mark.parametrize("question", [FOREIGN, VAGUE])
def test_the_question_that_was_not_answered_is_the_one_that_is_passed_on(town: Town, question: str) -> None:
    town.officer("77")
    resident = town.person("a")
    resident.write(question)
    resident.tap(PASS_ON)
    assert shown(resident) == question


def test_after_none_of_these_it_is_still_the_question_that_was_asked(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    resident.write(VAGUE)
    resident.tap("None of these")
    resident.write("talk to a human")
    resident.tap(PASS_ON)
    assert shown(resident) == VAGUE


def test_after_a_thumb_down_it_is_the_question_whose_answer_was_no_good(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    resident.write(CLEAR)
    resident.tap("👎 Not this")
    resident.tap(PASS_ON)
    assert shown(resident) == CLEAR


def test_after_an_answer_and_the_wish_for_a_person_it_is_what_was_answered(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    resident.write(CLEAR)
    resident.write("talk to a human")
    resident.tap(PASS_ON)
    assert shown(resident) == CLEAR


@pytest.mark.parametrize(
    "asked", ["I want to talk to an officer about my lost land papers", "con tôi bị mất học bạ thì gặp ai ở xã để hỏi"]
)
def test_a_wish_for_a_person_that_tells_what_about_is_passed_on_itself(town: Town, asked: str) -> None:
    town.officer("77")
    resident = town.person("a")
    resident.write(asked)
    resident.tap(resident.labels()[0])
    assert shown(resident) == asked


def test_another_question_can_be_written_instead(town: Town) -> None:
    officer, resident = town.officer("77"), town.person("a")
    resident.write(CLEAR)
    resident.write("talk to a human")
    resident.tap(PASS_ON)
    resident.write("Búng Lao")
    resident.tap("Write another question")
    resident.write("when is the vaccination day in my village")
    assert shown(resident) == "when is the vaccination day in my village"
    resident.tap(YES)
    assert "vaccination day" in officer.last
    assert CLEAR not in officer.last


def test_a_question_older_than_half_an_hour_is_asked_for_again(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    resident.write(FOREIGN)
    town.wait(minutes=31)
    resident.tap(PASS_ON)
    assert "Write your question" in resident.last
    assert FOREIGN not in resident.last


def test_a_choice_from_the_menu_is_no_question_of_their_own(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    resident.write(FOREIGN)
    resident.tap("Jobs")
    resident.tap(resident.labels()[0])
    resident.tap("👎 Not this")
    resident.tap(PASS_ON)
    assert "Write your question" in resident.last


def test_numbers_and_names_in_the_question_are_hidden_from_everybody(town: Town) -> None:
    officer, resident = town.officer("77"), town.person("a", lang="vi")
    resident.write("em tên là Lò Văn Hặc số 0912345678, chiều nay xem bóng đá ở kênh nào")
    resident.tap(town.engine.words("vi").say(PASS_ON))
    resident.write("Búng Lao")
    resident.tap(town.engine.words("vi").say(YES))
    for person in (officer, resident):
        assert "0912345678" not in person.all
        assert "Hặc" not in person.all
    assert "•••" in officer.last


def test_of_a_very_long_question_the_end_is_left_out_and_that_is_seen(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    resident.write("blue lamp and radio music " * 20)
    resident.tap(PASS_ON)
    question = shown(resident)
    assert len(question) <= 300
    assert question.endswith("…")


def test_officers_see_the_topic_of_the_question_and_not_of_what_was_answered_before(town: Town) -> None:
    officer, resident = town.officer("77"), town.person("a")
    resident.write("my roof leaks")
    resident.write("talk to a human")
    passed_on(resident, FOREIGN)
    assert officer.last.splitlines()[0] == "Case 1 · Búng Lao commune · English"
    officer.write("done 1")
    resident.write(CLEAR)
    resident.tap("👎 Not this")
    resident.tap(PASS_ON)
    resident.tap(YES)
    assert officer.last.splitlines()[0] == "Case 2 · Búng Lao commune · Loans of the policy bank · English"


# --- which commune ----------------------------------------------------------------------------------------------------


def test_the_commune_of_the_announcements_is_known(town: Town) -> None:
    town.officer("77", MUONG_ANG)
    resident = town.person("a")
    with town.store.writing() as transaction:
        transaction.subscribe(Subscription(resident.address, MUONG_ANG, (), "en", MORNING))
    resident.write(FOREIGN)
    resident.tap(PASS_ON)
    assert "the officers of Mường Ảng commune" in resident.last


def test_the_commune_that_was_said_before_is_known(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    passed_on(resident)
    resident.write("end")
    resident.tap("Withdraw the question")
    town.wait(days=3)
    resident.write(FOREIGN)
    resident.tap(PASS_ON)
    assert "the officers of Búng Lao commune" in resident.last


def test_the_commune_that_the_question_names_is_known(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    resident.write("is there a football match in Búng Lao tonight")
    resident.tap(PASS_ON)
    assert "the officers of Búng Lao commune" in resident.last


@pytest.mark.parametrize(
    "written",
    [
        "Búng Lao",
        "bung lao",
        "tôi ở xã Búng Lao ạ",
        "xã Ẳng Tở cũ",
        "bung laoo",
        "bản Co Nỏng, xã Búng Lao",
        "I live in Bung Lao",
    ],
)
def test_the_commune_may_be_written_in_many_ways(town: Town, written: str) -> None:
    town.officer("77")
    resident = town.person("a")
    resident.write(FOREIGN)
    resident.tap(PASS_ON)
    resident.write(written)
    assert "the officers of Búng Lao commune" in resident.last or "xã Búng Lao" in resident.last.splitlines()[0]


def asked_for_the_commune(town: Town) -> Person:
    town.officer("77")
    resident = town.person("a")
    resident.write(FOREIGN)
    resident.tap(PASS_ON)
    return resident


def test_of_several_communes_of_one_name_the_right_one_is_chosen(town: Town) -> None:
    resident = asked_for_the_commune(town)
    name = next(name for name, found in town.engine.gazetteer.names.items() if len({one.place.code for one in found}) > 1)
    resident.write(name)
    assert "Which one do you mean?" in resident.last
    resident.tap(resident.labels()[1])
    assert "Shall it be passed on?" in resident.last


def test_a_former_district_leads_to_the_communes_on_its_land(town: Town) -> None:
    resident = asked_for_the_commune(town)
    resident.write("huyện Mường Ảng")
    assert "There is no Mường Ảng district any more." in resident.last
    resident.tap("Búng Lao commune")
    assert "the officers of Búng Lao commune" in resident.last


def test_a_name_that_is_not_found_is_asked_for_again_with_those_that_are_like_it(town: Town) -> None:
    resident = asked_for_the_commune(town)
    resident.write("Búng Lai Lai")
    assert "finds no commune of that name" in resident.last
    resident.write("Búng Lao")
    assert "the officers of Búng Lao commune" in resident.last


def test_the_commune_can_be_chosen_from_a_list_of_pages(town: Town) -> None:
    resident = asked_for_the_commune(town)
    resident.tap("Choose from a list")
    resident.tap("Next page")
    resident.tap("Previous page")
    while "Búng Lao commune" not in resident.labels():
        resident.tap("Next page")
    resident.tap("Búng Lao commune")
    assert "the officers of Búng Lao commune" in resident.last


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (CLEAR, "Bank for Social Policies"),
        ("how much money can my poor family get for a new house in Búng Lao", "house"),
        ("tôi muốn đăng ký học nghề may", "học"),
    ],
)
def test_a_whole_question_instead_of_the_commune_is_answered(town: Town, question: str, told: str) -> None:
    resident = asked_for_the_commune(town)
    assert told in resident.write(question)
    assert "Shall it be passed on?" not in resident.last
    resident.write("talk to a human")
    resident.tap(PASS_ON)
    assert shown(resident) == question


def test_the_commune_can_be_changed_before_the_yes_by_button_and_by_writing_it(town: Town) -> None:
    resident = asked_for_the_commune(town)
    resident.write("Búng Lao")
    resident.tap("Another commune")
    resident.write("Mường Ảng")
    assert "the officers of Mường Ảng commune" in resident.last
    resident.write("Búng Lao")
    assert "the officers of Búng Lao commune" in resident.last


# --- consent ----------------------------------------------------------------------------------------------------------


def before_the_yes(town: Town) -> Person:
    resident = asked_for_the_commune(town)
    resident.write("Búng Lao")
    return resident


@pytest.mark.parametrize(
    "yes",
    ["yes", "Yes please", "ok", "có", "vâng ạ", "dạ vâng", "đồng ý", "đúng rồi", "được ạ", "chuyển đi", "gửi giúp em", "1",
     "số 1", "pass it on", "go ahead", "Yes, pass it on"],
)  # fmt: skip
def test_a_yes_in_many_words_passes_it_on_once(town: Town, yes: str) -> None:
    resident = before_the_yes(town)
    resident.write(yes)
    assert town.case().question == FOREIGN
    with town.store.writing() as transaction:
        assert transaction.personal_data(resident.address)["consents"] == 1
    assert "1." in resident.last or "số 1" in resident.last


@pytest.mark.parametrize("no", ["no", "không", "khong", "ko", "thôi ạ", "không gửi", "để sau", "No", "4", "cancel"])
def test_a_no_passes_nothing_on(town: Town, no: str) -> None:
    resident = before_the_yes(town)
    officer = town.people[Address("telegram", "77")]
    resident.write(no)
    assert "nothing was passed on" in resident.last or "không chuyển gì" in resident.last
    assert officer.got == []
    with town.store.writing() as transaction:
        assert transaction.case_of(resident.address) is None
        assert transaction.personal_data(resident.address)["consents"] == 0


def test_dung_without_accents_may_be_a_yes_or_a_stop_and_is_asked_again(town: Town) -> None:
    resident = before_the_yes(town)
    officer = town.people[Address("telegram", "77")]
    resident.write("dung")
    assert officer.got == []
    resident.write("đồng ý")
    assert FOREIGN in officer.last


def test_a_forwarded_yes_is_somebody_elses(town: Town) -> None:
    resident = before_the_yes(town)
    officer = town.people[Address("telegram", "77")]
    for yes in ("yes", "đồng ý", "1"):
        resident.write(yes, way="forwarded")
    assert officer.got == []


def test_the_yes_of_an_older_message_agrees_to_nothing_that_was_asked_since(town: Town) -> None:
    resident = before_the_yes(town)
    officer = town.people[Address("telegram", "77")]
    resident.write("where is the cinema with blue lamps")
    resident.tap(YES)
    assert "blue lamps" in resident.last
    assert "Shall it be passed on?" in resident.last
    assert officer.got == []
    resident.tap(YES)
    assert "blue lamps" in officer.last
    assert FOREIGN not in officer.last


def test_the_yes_of_a_message_of_days_ago_asks_for_the_question_anew(town: Town) -> None:
    resident = before_the_yes(town)
    town.wait(days=20)
    resident.tap(YES)
    assert "Write your question" in resident.last


def test_a_yes_tapped_twice_passes_it_on_once(town: Town) -> None:
    resident = before_the_yes(town)
    officer = town.people[Address("telegram", "77")]
    resident.tap(YES)
    resident.tap(YES)
    assert "Your question 1 is with the officers" in resident.last
    assert len(officer.got) == 1


def test_before_the_yes_nobody_sees_the_question(town: Town) -> None:
    resident = before_the_yes(town)
    officer = town.people[Address("telegram", "77")]
    town.wait(minutes=90)
    assert officer.got == []
    assert "They see the question, not your name or number" in resident.last


def test_officers_get_no_name_no_number_and_no_app_of_the_resident(town: Town) -> None:
    officer = town.officer("77")
    resident = town.person("84912000111", "zalo-oa")
    passed_on(resident)
    officer.tap("Take it")
    resident.write("thank you for asking")
    officer.write("/cases")
    officer.write("show 1")
    resident.write("end")
    assert "84912000111" not in officer.all
    assert "zalo" not in officer.all.lower()


# --- when an answer can be expected -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (0, "office hours, which it is now"),  # Monday, 8:00
        (4, "an answer can be expected from"),  # noon
        (14, "an answer can be expected from"),  # 22:00, and the day after is a holiday
    ],
)
def test_it_is_said_whether_somebody_is_there(town: Town, hours: int, said: str) -> None:
    town.officer("77")
    resident = town.person("a")
    town.wait(hours=hours)
    passed_on(resident)
    assert said in resident.last


def test_outside_office_hours_it_is_said_when_they_begin(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    town.wait(hours=4)
    passed_on(resident)
    assert "13:30" in resident.last.replace("1:30 PM", "13:30").replace("1:30\u202fPM", "13:30")


# --- while an officer has the talk ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [CLEAR, FOREIGN, "1", "2", "yes", "có", "không", "dung", "menu", "đúng", "thank you", "👎", "?"]
)
def test_the_bot_keeps_quiet_and_the_officer_gets_every_word(town: Town, text: str) -> None:
    officer, resident = talking(town)
    assert resident.write(text) == ""
    assert officer.last == f"Case 1, the resident writes:\n{text}"


@pytest.mark.parametrize(
    ("details", "shown"),
    [
        ({"kind": "photo", "photo": "https://zalo.example/p.jpg"}, ""),
        ({"kind": "voice", "file": "https://zalo.example/v.aac"}, ""),
        ({"kind": "sticker"}, "\n(something that cannot be passed on)"),
        ({"kind": "location"}, "\n(something that cannot be passed on)"),
    ],
)
def test_what_is_no_text_goes_to_the_officer_or_is_named(town: Town, details: dict[str, str], shown: str) -> None:
    officer, resident = talking(town)
    assert resident.write("", **details) == ""
    reply = officer.got[-1][1]
    assert reply.text == f"Case 1, the resident writes:{shown}"
    assert (reply.photo, reply.file) == (details.get("photo"), details.get("file"))


def test_an_album_is_answered_once_and_an_officer_gets_every_photo_of_it(town: Town) -> None:
    album = [{"kind": "photo", "photo": f"telegram:{name}", "more": name != "a"} for name in "abc"]
    stranger = town.person("z")
    assert [bool(stranger.write("", **photo)) for photo in album] == [True, False, False]
    officer, resident = talking(town)
    for photo in album:
        resident.write("", **photo)
    assert [reply.photo for _, reply in officer.got[-3:]] == ["telegram:a", "telegram:b", "telegram:c"]


def test_where_somebody_is_in_danger_the_bot_answers_at_once_and_the_officer_reads_it_too(town: Town) -> None:
    officer, resident = talking(town)
    assert "113" in resident.write(URGENT)
    assert officer.last == f"Case 1, the resident writes:\n{URGENT}"
    assert town.case().state == "owned"


def test_who_does_not_want_to_live_is_answered_by_the_bot_too_while_an_officer_has_the_talk(town: Town) -> None:
    officer, resident = talking(town)
    assert "115" in resident.write("em muốn tự tử")
    assert officer.last == "Case 1, the resident writes:\nem muốn tự tử"


@pytest.mark.parametrize("stop", ["/stop", "dừng", "stop", "dừng nhận thông báo"])
def test_a_stop_ends_the_announcements_and_the_talk(town: Town, stop: str) -> None:
    officer, resident = talking(town)
    with town.store.writing() as transaction:
        transaction.subscribe(Subscription(resident.address, BUNG_LAO, (), "en", MORNING))
    resident.write(stop)
    assert "Your talk with the officer is over" in resident.last
    assert officer.last == "Case 1 is over: the resident ended it."
    with town.store.writing() as transaction:
        assert transaction.subscription(resident.address) is None


@pytest.mark.parametrize("end", ["end", "End", "kết thúc", "ket thuc", "quay lại loa bản", "back to the bot"])
def test_the_resident_can_end_the_talk(town: Town, end: str) -> None:
    officer, resident = talking(town)
    assert "Loa Bản is back" in resident.write(end)
    assert officer.last == "Case 1 is over: the resident ended it."
    assert "Case 1 is closed, so your answer was not sent." in officer.write("1: one thing more")
    assert "one thing more" not in resident.all


@pytest.mark.parametrize("order", ["end", "kết thúc", "/stop", "/forget", "/menu"])
def test_forwarded_words_order_nothing_and_go_to_the_officer(town: Town, order: str) -> None:
    officer, resident = talking(town)
    assert resident.write(order, way="forwarded") == ""
    assert officer.last.endswith(order)
    assert town.case().state == "owned"


def test_the_end_can_be_tapped_where_there_are_buttons_and_an_older_one_ends_nothing_new(town: Town) -> None:
    officer = town.officer("77")
    resident = town.person("a", "telegram")
    passed_on(resident)
    officer.write("take 1")
    resident.tap("End, back to Loa Bản")
    assert town.case(1).state == "closed"
    old = next(reply for _, reply in resident.got if reply.buttons and reply.buttons[0].label == "End, back to Loa Bản")
    passed_on(resident)
    assert "Your question 2 is with the officers" in resident.write("", choice=old.buttons[0].choice)
    assert town.case(2).state == "waiting"


def test_where_there_are_no_buttons_none_is_numbered_because_numbers_are_for_the_officer(town: Town) -> None:
    _, resident = talking(town)
    assert "write: end" in resident.last
    assert resident.labels() == []


def test_what_is_plainly_meant_for_the_bot_is_answered(town: Town) -> None:
    officer, resident = talking(town)
    before = len(officer.got)
    assert "Choose a topic" in resident.write("/menu")
    assert "Kept of this chat" in resident.write("/mydata")
    assert "7K3M2P" in resident.write("/check 7K3M2P")
    assert len(officer.got) == before
    assert town.case().state == "owned"


def test_an_old_button_is_answered_by_the_bot(town: Town) -> None:
    officer, resident = town.officer("77"), town.person("a")
    resident.write(FOREIGN)
    topics = resident.labels()[0]
    resident.tap(PASS_ON)
    resident.write("Búng Lao")
    resident.tap(YES)
    officer.write("take 1")
    before = len(officer.got)
    assert "what would you like to know?" in resident.tap(topics)
    assert "too old" in resident.write("", choice="no such token")
    assert len(officer.got) == before


def test_of_a_flood_the_officer_gets_the_beginning_and_it_can_be_ended(town: Town) -> None:
    officer, resident = talking(town)
    before, said = len(officer.got), []
    for number in range(60):
        town.now -= timedelta(seconds=20)  # all at the same moment
        said.append(resident.write(f"word {number}"))
    assert 10 < len(officer.got) - before <= 20
    assert [text for text in said if text] == ["That was a lot at once. Please wait a minute, then write again."]
    town.now -= timedelta(seconds=20)
    resident.write("end")
    assert town.case().state == "closed"


def test_forgetting_deletes_the_case_and_what_officers_have_waiting_of_it(town: Town) -> None:
    officer, resident = talking(town)
    resident.write("a secret word")
    resident.write("/forget")
    assert officer.last == "Case 1 is over: the resident had everything deleted."
    with town.store.writing() as transaction:
        assert transaction.case(1) is None
        assert transaction.messages(1) == []
        assert transaction.case_of(resident.address) is None
        assert set(transaction.personal_data(resident.address).values()) == {0}
    assert "There is no case 1 for you." in officer.write("1: hello?")


def test_forgetting_takes_back_what_has_not_reached_the_officers(town: Town) -> None:
    officer, resident = town.officer("77"), town.person("a")
    resident.write(FOREIGN)
    resident.tap(PASS_ON)
    resident.write("Búng Lao")
    yes = next(button.choice for button in resident.got[-1][1].buttons if button.label == YES)
    town.app.handle([Incoming("x", resident.address, "", town.now, choice=yes)])
    assert any(FOREIGN in out.reply.text for out in town.store.due_replies("telegram"))
    town.app.handle([Incoming("y", resident.address, "/forget", town.now)])
    assert town.store.due_replies("telegram") == []
    assert officer.got == []


def test_who_blocks_the_bot_is_gone_and_the_officer_hears_it(town: Town) -> None:
    officer, resident = talking(town)
    assert resident.write("", kind="left") == ""
    assert officer.last == "Case 1 is over: the resident has left the chat or blocked Loa Bản."
    assert town.case().reason == "left"


def test_the_language_of_the_resident_stays_through_the_whole_talk(town: Town) -> None:
    officer, resident = town.officer("77"), town.person("a", lang="vi")
    resident.write("tối nay đội tuyển Việt Nam đá mấy giờ")
    say = town.engine.words("vi").say
    resident.tap(say(PASS_ON))
    resident.write("Búng Lao")
    resident.tap(say(YES))
    officer.write("take 1")
    resident.write("thank you very much for your help")
    officer.write("1: Bảy giờ tối.")
    assert resident.last == say("Officer of {place}:", place="xã Búng Lao") + "\nBảy giờ tối."
    officer.write("done 1")
    assert resident.last == say(
        "The officer has finished with your question {number}. Loa Bản is back: just write if you need anything.", number=1
    )
    assert "Vietnamese" in officer.all


def test_when_the_officer_is_done_the_bot_answers_again_and_another_question_can_be_passed_on(town: Town) -> None:
    officer, resident = talking(town)
    officer.write("done 1")
    assert "The officer has finished with your question 1. Loa Bản is back" in resident.last
    assert "Bank for Social Policies" in resident.write(CLEAR)
    passed_on(resident, FOREIGN)
    assert "Its number is 2." in resident.last
    assert "Case 2" in officer.last
    assert town.case(1).state == "closed"


# --- while it waits ---------------------------------------------------------------------------------------------------


def test_while_nobody_has_taken_it_the_bot_answers_as_before(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    passed_on(resident)
    assert "Bank for Social Policies" in resident.write(CLEAR)


def test_something_can_be_added_and_goes_to_the_same_officers(town: Town) -> None:
    officer, resident = town.officer("77"), town.person("a")
    passed_on(resident)
    resident.write(FOREIGN)
    resident.tap(PASS_ON)
    assert "the officers of Búng Lao commune" in resident.last
    assert "Another commune" not in resident.labels()
    resident.tap(YES)
    assert "Your words were added to question 1." in resident.last
    assert len(officer.got) == 1
    officer.write("take 1")
    assert STRANGE in officer.last
    assert f"Resident: {FOREIGN}" in officer.last


def test_what_is_added_goes_where_the_question_went_whatever_commune_an_older_button_says(town: Town) -> None:
    town.officer("77")
    elsewhere = town.officer("78", MUONG_ANG)
    resident = town.person("a")
    resident.write(FOREIGN)
    resident.tap(PASS_ON)
    resident.write("Mường Ảng")
    mang = resident.got[-1][1].buttons[0].choice
    resident.write("Búng Lao")
    resident.tap(YES)
    resident.write(STRANGE)
    resident.write("", choice=mang)
    assert "the officers of Búng Lao commune" in resident.last
    resident.tap(YES)
    assert elsewhere.got == []
    assert "Your words were added to question 1." in resident.last


def test_something_can_be_added_from_the_notice_that_it_waits(town: Town) -> None:
    officer, resident = town.officer("77"), town.person("a")
    passed_on(resident)
    resident.write("talk to a human")
    resident.tap(PASS_ON)
    assert "You can add something to it" in resident.last
    resident.write("it is a red one")
    resident.tap(YES)
    officer.write("take 1")
    assert "Resident: it is a red one" in officer.last


def test_what_is_written_to_the_notice_that_it_waits_is_no_commune(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    passed_on(resident)
    resident.write(FOREIGN)
    resident.write("end")
    resident.write("it is red")
    assert shown(resident) == "it is red"


@pytest.mark.parametrize("word", ["end", "kết thúc"])
def test_a_waiting_question_can_be_withdrawn(town: Town, word: str) -> None:
    officer, resident = town.officer("77"), town.person("a")
    passed_on(resident)
    resident.write(word)
    assert "Question 1 was withdrawn." in resident.tap(resident.labels()[0])
    assert "Case 1 is closed already." in officer.tap("Take it")
    assert "so your answer was not sent" in officer.answer("Ask in Búng Lao.", to=STRANGE)


def test_nobody_has_two_open_cases(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    for question in (STRANGE, FOREIGN, "where is the cinema with blue lamps"):
        passed_on(resident, question)
    with town.store.writing() as transaction:
        found = transaction.cases(None, states=("waiting", "owned"))
        assert [case.number for case in found] == [1]
        assert len(transaction.messages(1)) == 2


def test_two_residents_have_a_case_each_and_never_read_each_other(town: Town) -> None:
    officer, one, other = town.officer("77"), town.person("a"), town.person("b")
    passed_on(one)
    passed_on(other, FOREIGN)
    officer.write("1: for the first")
    officer.write("2: for the second")
    assert "for the second" not in one.all
    assert "for the first" not in other.all
    one.write("from the first")
    assert officer.last == "Case 1, the resident writes:\nfrom the first"


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_my_data_tells_of_the_last_question_the_commune_and_the_open_case(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    passed_on(resident)
    resident.write(FOREIGN)
    told = resident.write("/mydata")
    assert f"“{FOREIGN}”" in told
    assert "Búng Lao commune" in told
    assert "question 1, which is with the officers" in told


def test_who_never_asked_for_a_person_reads_nothing_of_it_in_my_data(town: Town) -> None:
    resident = town.person("a")
    told = resident.write("/mydata")
    assert "officers, and what is said" not in told
    assert "commune, as you told it" not in told


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_first_message_and_the_answer_about_privacy_tell_what_is_kept_for_officers(engine: Engine, lang: str) -> None:
    privacy = engine.knowledge.intents["privacy-data"].more[lang]
    assert {"vi": "Câu hỏi cuối giữ một ngày", "en": "Your last question is kept for a day"}[lang] in privacy
    assert {"vi": "ba mươi ngày thì xóa", "en": "deleted thirty days after the end"}[lang] in privacy
    greeting = respond(
        Incoming("1", Address("zalo-bot", "a"), "/start", MORNING), Session(Address("zalo-bot", "a"), lang=lang), engine
    )
    said = engine.words("en").say if lang == "en" else engine.words("vi").say
    kept = said(
        "It keeps the number of this chat, your language, the last topic and what you told, for a day your last "
        "question, never your name; please do not write identity card or phone numbers here. More: /privacy."
    )
    assert kept in greeting.replies[0].text


def test_consent_is_recorded_for_passing_on_and_deleted_with_the_rest(town: Town) -> None:
    town.officer("77")
    resident = town.person("a")
    passed_on(resident)
    assert isinstance(town.store, SqliteStore)
    rows = town.rows("SELECT purpose, withdrawn_at FROM consents")
    assert [(row["purpose"], row["withdrawn_at"]) for row in rows] == [(HANDOVER_CONSENT, None)]
    resident.write("/forget")
    assert town.rows("SELECT purpose FROM consents") == []


def test_a_closed_case_is_deleted_thirty_days_after_its_end_and_not_before(town: Town) -> None:
    officer, resident = talking(town)
    officer.write("1: Ask at the market.")
    officer.write("done 1")
    end = town.now
    town.store.purge(end + timedelta(days=29, hours=23))
    assert town.case().question == STRANGE
    town.store.purge(end + timedelta(days=30, hours=1))
    with town.store.writing() as transaction:
        assert transaction.case(1) is None
        assert transaction.messages(1) == []
    assert "There is no case 1 for you." in officer.write("1: hello?")
    assert resident.write(CLEAR) != ""
