"""What goes wrong at the desk: bad answers, people without authority, old buttons. Nothing is ever half stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.announcements.authority import NOT_STAFF, NOT_YOURS
from bot.engine import Engine
from bot.model import STAFF_COMMANDS, Address, Incoming, Session
from tests.at_the_desk import ANSWERS, BUNG_LAO, LIMIT, MUONG_ANG, SIN_THAU, TEXT, Chat, Village, compose, draft_of, step_of

STEPS = ("text", "text-en", "places", "topics", "when", "lasts", "kind")
Way = Literal["private", "forwarded", "edited", "group"]


@pytest.fixture
def resident(village: Village) -> Chat:
    return village.chat("7")


def at(chat: Chat, step: str) -> Chat:
    """In the middle of an announcement, at this step."""
    chat.write("/announce")
    while step_of(chat) != step:
        chat.write(ANSWERS[step_of(chat)])
    return chat


def silent(chat: Chat, text: str, way: Way = "private") -> bool:
    """Whether a message is no business of the desk."""
    chat.write(text, way=way)
    return chat.turn is None


# --- answers that cannot be used --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "typed", "said"),
    [
        ("text", "", "Write the text of the announcement: it is empty."),
        ("text", " \u200b\n", "Write the text of the announcement: it is empty."),
        ("text", "⚠️ 113 !!!", "there is not one letter in it"),
        ("text", "/hop ban toi nay", "Begin the text with a word"),
        ("text", "Xem https://bit.ly/x", "Links to bit.ly are not allowed here"),
        ("text-en", "See https://bit.ly/x", "Links to bit.ly are not allowed here"),
        ("topics", "bóng đá", "Which topics?"),
        ("when", "hôm nọ", "I cannot read “hôm nọ” as a time."),
        ("when", "7h sáng nay", "is already past"),
        ("when", "23/11/2025 7:30", "is already past"),
        ("when", "31/2 7:30", "There is no such date"),
        ("when", "32h", "There is no such hour"),
        ("when", "mai", "At what hour?"),
        ("when", "", "I cannot read “”"),
        ("lasts", "mãi mãi", "as how long it stays true"),
        ("lasts", "1 minute", "for at least 15 minutes"),
        ("lasts", "until yesterday", "as how long it stays true"),
        ("lasts", "100 days", "for 60 days at most"),
        ("kind", "quan trọng", "Please choose one of the three."),
        ("preview", "ok em", "Please choose one of the buttons"),
    ],
)
def test_a_bad_answer_is_said_and_asked_again(village: Village, officer: Chat, step: str, typed: str, said: str) -> None:
    before = draft_of(at(officer, step))
    answer = officer.write(typed)
    assert said in answer
    assert step_of(officer) == step
    assert replace(draft_of(officer), at=before.at) == before, "nothing of it is kept"
    assert "Cancel" in officer.labels()
    assert village.announcements() == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Nậm Kèo", "I do not know a commune “Nậm Kèo”"),
        ("Hà Nội", "I do not know a commune “Hà Nội”"),
        ("", "I do not know a commune “”"),
        (",,;", "I do not know a commune “,,;”"),
        ("x" * 500, f"I do not know a commune “{'x' * 40}…”"),
    ],
)
def test_an_unknown_commune_is_said_and_asked_again(village: Village, admin: Chat, typed: str, said: str) -> None:
    assert said in at(admin, "places").write(typed)
    assert (step_of(admin), draft_of(admin).places) == ("places", None)
    assert admin.write("Búng Lao").startswith("For: Búng Lao commune.")


def test_the_nearest_communes_are_offered_for_an_unknown_one(admin: Chat) -> None:
    answer = at(admin, "places").write("Búng Lạo Lao, Sín Thầu, Mường Phăngg")
    assert "Or is it one of these?" in answer
    assert "Búng Lao commune" in admin.labels()
    admin.tap("Búng Lao commune")
    assert "“Mường Phăngg”" in admin.replies[-1].text
    admin.tap("Mường Phăng commune")
    assert draft_of(admin).places == (BUNG_LAO, SIN_THAU, "03325")


@pytest.mark.parametrize("typed", ["Sín Thầu", "Búng Lao, Sín Thầu", "toàn tỉnh", "huyện Mường Nhé"])
def test_an_officer_cannot_choose_a_commune_of_others(village: Village, typed: str) -> None:
    officer = village.staff("1", "officer", BUNG_LAO, MUONG_ANG)
    assert at(officer, "places").write(typed).startswith(NOT_YOURS)
    assert (step_of(officer), draft_of(officer).places) == ("places", None)


@pytest.mark.parametrize("choice", ["staff:places:03158", "staff:places:all", f"staff:places:{BUNG_LAO},03158"])
def test_an_officer_cannot_choose_it_by_a_button_of_others_either(village: Village, choice: str) -> None:
    officer = village.staff("1", "officer", BUNG_LAO, MUONG_ANG)
    assert at(officer, "places").order(choice).startswith(NOT_YOURS)
    assert draft_of(officer).places is None


def test_too_long_a_text_says_by_how_much(village: Village, officer: Chat) -> None:
    """What is around it counts, and so does every second half of an emoji."""
    at(officer, "text").write("a" * 5000)
    room = int(officer.replies[0].text.partition(" at most ")[2].split()[0].strip())
    assert 3500 < room < 4096
    assert f"Shorten it by {5000 - room}." in officer.replies[0].text
    assert "Shorten it by 1." in officer.write("a" * (room + 1))
    assert "Shorten it by 1." in officer.write("a" * (room - 1) + "😀")
    assert officer.write("a" * room).startswith("2/6")
    for answer in ("Skip", "Everybody", "Now", "3 days", "Urgent", "Send"):
        officer.write(answer)
    assert len(village.announcements()) == 1, "what was taken over is never refused later"


def test_all_faults_of_a_text_are_said_at_once(officer: Chat) -> None:
    answer = at(officer, "text").write("/xem bit.ly/x " + "a" * 5000)
    for fault in ("Begin the text with a word", "Shorten it by", "Links to bit.ly"):
        assert fault in answer


@pytest.mark.parametrize("kind", ["voice", "sticker", "location", "file", "other"])
@pytest.mark.parametrize("step", ["text", "when", "preview"])
def test_what_is_no_text_is_no_answer(village: Village, officer: Chat, step: str, kind: str) -> None:
    at(officer, step).write("", kind=kind)
    assert step_of(officer) == step
    assert village.announcements() == []


def test_a_photo_elsewhere_says_where_it_belongs(officer: Chat) -> None:
    assert "A photo goes with the Vietnamese text" in at(officer, "text-en").write("Class", kind="photo", photo="telegram:A")
    officer.write("Skip")
    assert "only text is understood here" in officer.write("", kind="photo", photo="telegram:A")
    assert draft_of(officer).photo is None


# --- buttons ----------------------------------------------------------------------------------------------------------


def test_a_replayed_send_sends_once(village: Village, officer: Chat) -> None:
    compose(officer)
    token = officer.token(next(b.choice for b in officer.replies[-1].buttons if b.label == "Send"))
    officer.press(token)
    assert "is no longer open here" in officer.press(token)
    assert len(village.announcements()) == 1


def test_a_send_that_was_shown_before_a_change_sends_nothing(village: Village, officer: Chat) -> None:
    compose(officer)
    before = officer.token(next(b.choice for b in officer.replies[-1].buttons if b.label == "Send"))
    officer.tap("Change text")
    officer.write("Ngày kia có lớp dạy may.")
    officer.write("Skip")
    answer = officer.press(before)
    assert "It was changed after that button was shown, so nothing was done." in answer
    assert "Ngày kia có lớp dạy may." in answer
    assert village.announcements() == []
    officer.tap("Send")
    assert village.announcements()[0].plan.texts["vi"] == "Ngày kia có lớp dạy may."


def test_a_send_of_another_announcement_sends_nothing(village: Village, officer: Chat) -> None:
    compose(officer)
    before = officer.token(next(b.choice for b in officer.replies[-1].buttons if b.label == "Send"))
    officer.write("/cancel")
    compose(officer)
    officer.press(before)
    assert village.announcements() == []


def test_a_test_of_an_old_preview_is_not_sent(officer: Chat) -> None:
    compose(officer)
    before = next(b.choice for b in officer.replies[-1].buttons if b.label == "Send a test to me")
    officer.tap("Change time")
    officer.write("tomorrow 9:00")
    assert "It was changed after that button was shown" in officer.order(before)


def test_a_button_of_somebody_else_does_nothing(village: Village, officer: Chat, admin: Chat) -> None:
    """Its token stands for nothing in another chat."""
    compose(officer)
    token = officer.token(next(b.choice for b in officer.replies[-1].buttons if b.label == "Send"))
    assert admin.press(token).startswith("That button is too old to use.")
    assert village.chat("7").press(token) == ""
    assert village.announcements() == []


def test_a_button_wears_out_after_a_day(village: Village, officer: Chat) -> None:
    compose(officer)
    token = officer.token(next(b.choice for b in officer.replies[-1].buttons if b.label == "Send"))
    village.now += timedelta(hours=25)
    assert officer.press(token).startswith("That button is too old to use.")
    assert village.announcements() == []


@pytest.mark.parametrize("step", STEPS)
def test_a_forged_button_asks_again_and_changes_nothing(village: Village, admin: Chat, step: str) -> None:
    before = draft_of(at(admin, step))
    assert admin.press("x" * 16).startswith("That button is too old to use. Please choose again here.")
    assert replace(draft_of(admin), at=before.at) == before


@pytest.mark.parametrize(
    "choice",
    [
        "staff:",
        "staff:send:",
        "staff:test:",
        "staff:show:",
        "staff:show:99999999999999999999",
        "staff:show:-1",
        "staff:pause:x",
        "staff:cancel-yes:",
        "staff:approve:1",
        "staff:approve:1:x",
        "staff:refuse:99:",
        "staff:step:preview",
        "staff:step:nowhere",
        "staff:text:skip",
        "staff:text-en:keep",
        "staff:places:",
        "staff:places:00000",
        "staff:topics:karaoke",
        "staff:when:yesterday",
        "staff:lasts:day",
        "staff:lasts:99w",
        "staff:kind:silly",
        "staff:nothing:at:all",
    ],
)
@pytest.mark.parametrize("step", ["", "text", "lasts", "preview"])
def test_an_order_that_makes_no_sense_is_answered_and_does_nothing(
    village: Village, admin: Chat, step: str, choice: str
) -> None:
    if step:
        at(admin, step)
    assert admin.order(choice)
    assert village.announcements() == []


def test_a_button_of_another_step_does_not_answer_this_one(officer: Chat) -> None:
    at(officer, "when")
    assert officer.order("staff:topics:jobs").startswith("That button belongs to another step.")
    assert (step_of(officer), draft_of(officer).topics) == ("when", ())


def test_everybody_is_not_the_whole_province(admin: Chat) -> None:
    assert at(admin, "places").order("staff:topics:all").startswith("That button belongs to another step.")
    assert draft_of(admin).places is None


def test_no_step_is_left_out_by_a_button(officer: Chat) -> None:
    at(officer, "topics")
    for step in ("kind", "lasts", "preview"):
        officer.order(f"staff:step:{step}")
        assert step_of(officer) == "topics"


def test_the_author_cannot_approve_by_a_forged_button(village: Village, officer: Chat, admin: Chat) -> None:
    village.subscribers(LIMIT, first=2000)
    compose(officer)
    officer.tap("Ask for approval")
    fingerprint = village.found(1).plan.fingerprint()
    for order in ("approve", "refuse"):
        assert officer.order(f"staff:{order}:1:{fingerprint}").startswith("Somebody else has to approve it")
    assert village.found(1).state == "waiting"


def test_an_approval_counts_for_what_was_shown_alone(village: Village, officer: Chat, admin: Chat) -> None:
    village.subscribers(LIMIT, first=2000)
    compose(officer)
    officer.tap("Ask for approval")
    assert "Nothing was done." in admin.order(f"staff:approve:1:{'0' * 64}")
    assert village.found(1).state == "waiting"


def test_an_approval_counts_once(village: Village, officer: Chat, admin: Chat) -> None:
    village.subscribers(LIMIT, first=2000)
    owner = village.staff("3", "owner")
    compose(officer)
    officer.tap("Ask for approval")
    approve = admin.told()[0].buttons[0].choice
    admin.press(approve)
    for answer in (admin.press(approve), owner.press(owner.told()[0].buttons[1].choice)):
        assert "somebody has decided about it already" in answer
    assert village.found(1).state == "sending"
    with village.store.writing() as transaction:
        assert transaction.report(1).recipients == LIMIT + 2


def test_an_officer_cannot_steer_what_others_send(village: Village, officer: Chat, admin: Chat) -> None:
    village.subscribers(1, SIN_THAU, first=3000)
    compose(admin, places="Sín Thầu")
    admin.tap("Send")
    for order in ("show", "pause", "resume", "cancel", "cancel-yes"):
        assert officer.order(f"staff:{order}:1") == "There is no announcement 1 here."
    assert village.found(1).state == "sending"


# --- messages without authority ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", ["/announce", "/announcements", "/announcements 1", "/join ABC", "/cancel", "/start join-X"]
)
def test_staff_commands_do_not_work_in_groups(village: Village, officer: Chat, resident: Chat, command: str) -> None:
    for chat in (officer, resident):
        assert silent(chat, command, "group")
        assert step_of(chat) == ""
    assert silent(officer, TEXT, "group")


def test_no_command_of_staff_is_forgotten() -> None:
    """Those of the second kind are about cases, and some of them are for groups: see test_handoff_groups.py."""
    assert set(STAFF_COMMANDS) == {"announce", "announcements", "join", "cancel"} | {"cases", "link", "unlink", "console"}


@pytest.mark.parametrize("typed", ["/announce", "/announcements", "thông báo mới", "/join ABC", "/cancel"])
@pytest.mark.parametrize(("way", "said"), [("forwarded", "A forwarded message"), ("edited", "A message that was changed")])
def test_a_command_counts_only_as_it_was_written(village: Village, officer: Chat, typed: str, way: Way, said: str) -> None:
    assert officer.write(typed, way=way).startswith(said)
    assert step_of(officer) == ""


def test_an_invitation_is_not_used_up_by_forwarding_it(village: Village, resident: Chat) -> None:
    assert resident.write("/join ABCDEFGHJKMN", way="forwarded").startswith("A forwarded message gives no orders here.")
    assert resident.write("/start join-ABCDEFGHJKMN", way="edited").startswith("A message that was changed afterwards")


def test_a_forwarded_text_becomes_the_announcement_and_nothing_more(village: Village, officer: Chat) -> None:
    """People forward what the commune was sent; confirming it is what needs authority."""
    at(officer, "text")
    assert officer.write(TEXT, way="forwarded").startswith("2/6")
    assert officer.write("A class", way="forwarded").startswith("3/6")
    for step in ("topics", "when", "lasts", "kind", "preview"):
        assert officer.write(ANSWERS.get(step, "Send"), way="forwarded").startswith("A forwarded message gives no orders")
        assert step_of(officer) == step
        officer.write(ANSWERS.get(step, ""))
    assert officer.write("1", way="forwarded").startswith("A forwarded message gives no orders here.")
    assert village.announcements() == []


@pytest.mark.parametrize("typed", ["Cancel", "hủy", "/cancel", "1"])
def test_a_forwarded_word_does_not_drop_a_draft(officer: Chat, typed: str) -> None:
    at(officer, "text")
    assert officer.write(typed, way="forwarded").startswith("A forwarded message")
    assert step_of(officer) == "text"


@pytest.mark.parametrize("step", [*STEPS, "preview"])
def test_an_edited_message_is_asked_for_again(village: Village, admin: Chat, step: str) -> None:
    village.subscribers(1)
    before = draft_of(at(admin, step))
    assert admin.write(ANSWERS.get(step, "Send"), way="edited").startswith("A message that was changed afterwards")
    assert replace(draft_of(admin), at=before.at) == before
    assert village.announcements() == []


def test_edited_and_forwarded_talk_is_no_business_of_the_desk(officer: Chat, resident: Chat) -> None:
    for chat in (officer, resident):
        for way in ("edited", "forwarded"):
            assert silent(chat, "vay vốn cho con học", way)


@pytest.mark.parametrize("way", ["forwarded", "edited"])
def test_nobody_is_forgotten_by_a_message_without_authority(village: Village, officer: Chat, way: Way) -> None:
    assert officer.write("/forget", way=way)
    with village.store.writing() as transaction:
        assert transaction.staff(officer.address) is not None


# --- people who are not staff -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["/announce", "/announcements", "/announcements 1", "/Announce"])
def test_whoever_is_not_staff_is_told_so(village: Village, resident: Chat, command: str) -> None:
    assert resident.write(command) == NOT_STAFF
    assert step_of(resident) == ""


@pytest.mark.parametrize("text", [TEXT, "thông báo mới", "danh sách thông báo", "hủy", "/cancel", "/menu", "/forget", "", "1"])
def test_other_messages_of_residents_are_no_business_of_the_desk(resident: Chat, text: str) -> None:
    assert silent(resident, text)


def test_a_flood_of_commands_is_left_to_those_who_stop_floods(resident: Chat) -> None:
    now = resident.village.now
    answered = 0
    for _ in range(30):
        resident.village.now = now
        answered += not silent(resident, "/announce")
    assert answered == 20


def test_somebody_who_left_is_none_of_ours(village: Village, officer: Chat) -> None:
    at(officer, "text")
    officer.write("", kind="left")
    assert officer.turn is None


def test_a_revoked_officer_is_told_and_the_draft_is_gone(village: Village, officer: Chat) -> None:
    at(officer, "when")
    village.revoke(officer)
    assert officer.write("Now").startswith("You are no longer staff here")
    assert step_of(officer) == ""
    assert silent(officer, "Now")


def test_a_revoked_officer_cannot_send_what_was_shown(village: Village, officer: Chat) -> None:
    compose(officer)
    village.revoke(officer)
    assert officer.tap("Send").startswith("You are no longer staff here")
    assert (village.announcements(), step_of(officer)) == ([], "")


@pytest.mark.parametrize("order", ["show:1", "pause:1", "cancel-yes:1", "new", "anew", "send:x", "approve:1:x"])
def test_a_revoked_officer_steers_nothing(village: Village, officer: Chat, order: str) -> None:
    compose(officer)
    officer.tap("Send")
    village.revoke(officer)
    assert officer.order(f"staff:{order}") == NOT_STAFF
    assert village.found(1).state == "sending"


def test_communes_that_were_taken_away_do_not_count_any_more(village: Village) -> None:
    village.subscribers(1)
    village.subscribers(1, SIN_THAU, first=2000)
    village.subscribers(1, MUONG_ANG, first=3000)
    officer = village.staff("1", "officer", BUNG_LAO, SIN_THAU)
    compose(officer, places="Sín Thầu")
    with village.store.writing() as transaction:
        transaction.add_staff("officer", (BUNG_LAO, MUONG_ANG), "", officer.address, village.now)
    officer.tap("Send")
    assert village.announcements() == []
    assert officer.replies[-1].text.startswith("It was changed after") or NOT_YOURS in officer.replies[-1].text
    assert step_of(officer) == "places"


# --- time -------------------------------------------------------------------------------------------------------------


def test_a_draft_is_gone_after_a_day(village: Village, officer: Chat) -> None:
    at(officer, "when")
    village.now += timedelta(hours=24, minutes=1)
    assert officer.write("Now").startswith("The announcement you were writing was older than a day")
    assert silent(officer, "Now"), "it is said once"
    assert officer.write("/announce").startswith("1/6")


def test_a_draft_lives_for_a_day_after_its_last_change(village: Village, officer: Chat) -> None:
    at(officer, "when")
    for step in ("Now", "3 days", "Ordinary"):
        village.now += timedelta(hours=23)
        officer.write(step)
    assert step_of(officer) == "preview"


def test_a_time_that_passes_before_it_is_confirmed_is_asked_again(village: Village, officer: Chat) -> None:
    compose(officer, when="9:00", lasts="1 hour")
    village.now += timedelta(hours=3)
    answer = officer.tap("Send")
    assert "The time to send it has passed." in answer
    assert (step_of(officer), village.announcements()) == ("when", [])
    for text in ("Now", "3 days"):
        officer.write(text)
    officer.tap("Send")
    assert len(village.announcements()) == 1


def test_a_time_that_has_come_meanwhile_is_at_once(village: Village, officer: Chat) -> None:
    compose(officer, when="9:00", lasts="1 week")
    village.now += timedelta(hours=3)
    assert "is on its way" in officer.tap("Send")


def test_night_that_has_come_meanwhile_holds_it_back(village: Village, officer: Chat) -> None:
    assert "night" not in compose(officer, when="20:55", lasts="1 week")
    village.now = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
    assert "It begins Tuesday 24 November 2026, 06:30." in officer.tap("Send")


def test_subscribers_who_left_meanwhile_are_not_sent_to(village: Village, officer: Chat) -> None:
    compose(officer)
    with village.store.writing() as transaction:
        for number in ("1000", "1001"):
            transaction.unsubscribe(Address("telegram", number))
    assert "so there is nobody to send this to" in officer.tap("Send")
    assert (village.announcements(), step_of(officer)) == ([], "preview")


def test_a_draft_that_cannot_be_read_is_given_up(village: Village, officer: Chat) -> None:
    with village.store.writing() as transaction:
        transaction.save_draft(officer.address, '{"written": "by another version"}', village.now)
    assert officer.write(TEXT).startswith("The announcement you were writing was older than a day")
    assert officer.write("/announce").startswith("1/6")


@pytest.mark.parametrize(
    ("step", "typed", "understood"),
    [("when", "thu hai 9h", "Monday"), ("lasts", "den thu nam", "Thursday")],
)
def test_a_weekday_is_a_day_and_no_choice(village: Village, officer: Chat, step: str, typed: str, understood: str) -> None:
    at(officer, step)
    assert understood in officer.write(typed)


@pytest.mark.parametrize("typed", ["thứ hai", "thứ tư", "thứ năm", "2", "4", "hai"])
@pytest.mark.parametrize("step", ["when", "lasts"])
def test_where_a_time_is_asked_a_bare_day_or_number_chooses_nothing(
    village: Village, officer: Chat, step: str, typed: str
) -> None:
    """ "thứ tư" is Wednesday, and was once the fourth button: Cancel."""
    at(officer, step)
    officer.write(typed)
    assert step_of(officer) in (step, "kind"), "it went back, or dropped the draft"
    assert "Dropped" not in officer.write("/announcements")


# --- whatever comes ---------------------------------------------------------------------------------------------------

WORDS = (
    *ANSWERS.values(),
    *("1", "2", "3", "9", "99", "/announce", "/announcements", "/announcements 1", "/cancel", "/join x", "/menu", ""),
    *("huyện Mường Nhé", "Mường Thanh", "tất cả", "every Monday 7:30", "until 17:00", "Send", "Back", "hủy"),
)
ORDERS = (
    *("send", "test", "step", "drop", "show", "pause", "resume", "cancel", "cancel-yes", "approve", "refuse", "new", "anew"),
    *("other", *STEPS),
)
VALUES = ("", "1", "1:x", "keep", "skip", "all", "mine", "now", "day", "3d", "urgent", "preview", "jobs", *STEPS)
FORGED = st.one_of(
    st.builds("staff:{}:{}".format, st.sampled_from(ORDERS), st.sampled_from(VALUES) | st.text(max_size=12)),
    st.sampled_from(["", "staff:", "menu", "topic:jobs"]),
)
ANSWER: tuple[str, object, Way] = ("answer", None, "private")
NEXT = ANSWERS | {"": "/announce", "preview": "Send"}
WAYS = st.sampled_from(["private", "private", "private", "forwarded", "edited", "group"])
MESSAGES = st.one_of(
    st.tuples(st.just("type"), st.sampled_from(WORDS) | st.text(max_size=40), WAYS),
    st.tuples(st.just("forge"), FORGED, st.just("private")),
    st.tuples(st.just("tap"), st.integers(0, 12), st.just("private")),
    st.just(ANSWER),
)
# Some good answers first: else nobody ever comes to the end.
CONVERSATIONS = st.builds(
    lambda good, more: [ANSWER] * good + more, st.sampled_from([0, 3, 7, 8, 8]), st.lists(MESSAGES, min_size=3, max_size=40)
)


def receive(chat: Chat, message: tuple[str, object, Way]) -> str:
    """One message of the strategy; returns the choice that it means, if it is a button."""
    what, value, way = message
    offered = chat.replies[-1].buttons if chat.replies else ()
    if what == "tap" and isinstance(value, int) and value < len(offered):
        chat.order(offered[value].choice)
        return offered[value].choice
    if what == "forge":
        chat.receive(Incoming("0", chat.address, "", chat.village.now, choice=str(value)))
        return str(value)
    chat.write(NEXT[step_of(chat)] if what == "answer" else str(value), way=way)
    return ""


def shown(chat: Chat) -> set[str]:
    """The choices that the last reply of the desk, as the store knows it, offered."""
    with chat.village.store.writing() as transaction:
        session = transaction.session(chat.address) or Session(chat.address)
    return {button.choice for button in session.offered}


@pytest.mark.parametrize("who", ["officer", "officer of two", "admin", "resident"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=CONVERSATIONS)
def test_whatever_is_sent_only_a_send_of_what_was_shown_sends(
    engine: Engine, who: str, messages: list[tuple[str, object, Way]]
) -> None:
    village = Village(engine)
    village.subscribers(1)
    people: dict[str, Callable[[], Chat]] = {
        "officer": lambda: village.staff("1", "officer", BUNG_LAO),
        "officer of two": lambda: village.staff("1", "officer", BUNG_LAO, MUONG_ANG),
        "admin": lambda: village.staff("1", "admin"),
        "resident": lambda: village.chat("1"),
    }
    chat = people[who]()
    known = 0
    for message in messages:
        before = shown(chat)
        choice = receive(chat, message)
        assert chat.turn is None or all(reply.text for reply in chat.replies)
        announcements = village.announcements()
        if len(announcements) == known:
            continue
        known += 1
        assert who != "resident"
        send = f"staff:send:{announcements[0].plan.fingerprint()}"
        assert len(announcements) == known
        assert choice == send or send in before
        assert message[2] == "private"
    village.store.close()


@given(at_=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), text=st.text(max_size=300))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_taken_over_or_refused_with_a_sentence(engine: Engine, at_: datetime, text: str) -> None:
    village = Village(engine, now=at_.replace(tzinfo=UTC))
    officer = village.staff("1", "officer", BUNG_LAO)
    for step in ("text", "when", "lasts"):
        at(officer, step)
        officer.write(text)
        assert officer.turn is None or officer.replies[-1].text
        officer.write("/cancel")
    village.store.close()
