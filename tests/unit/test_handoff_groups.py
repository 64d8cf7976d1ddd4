"""Groups of officers: linked to communes, told of their cases, and otherwise left in peace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.announcements import staffing
from bot.desk.group import NOT_LINKED
from bot.engine import Lexicon
from tests.at_the_desk import BUNG_LAO, MUONG_ANG
from tests.talking import Person, Town

QUESTION = "where can I watch the football match tonight"
NOT_STAFF = "This is for commune staff only. If you are one, ask your administrator for an invitation."
IN_PRIVATE = "Loa Bản answers in private only. Please tap its name and write to it there."


@pytest.fixture
def boss(town: Town) -> Person:
    return town.officer("9", role="owner")


def said(town: Town, message: str, **values: object) -> str:
    """Groups are spoken to in the language of the house."""
    return town.engine.words(None).say(message, **values)


def asked(town: Town, commune: str = "Búng Lao", user: str = "a") -> Person:
    resident = town.person(user)
    resident.write(QUESTION)
    resident.tap("Pass it on to an officer")
    resident.write(commune)
    resident.tap("Yes, pass it on")
    return resident


def traces(town: Town) -> dict[str, int]:
    """How many rows every table has."""
    tables = [str(row["name"]) for row in town.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {table: len(town.rows(f"SELECT 1 FROM [{table}]")) for table in tables}


def took(town: Town, number: int) -> str:
    officer = said(town, "an officer of {places}", places="xã Búng Lao")
    who = said(town, "{who} (no. {number})", who=officer, number=2)
    return said(town, "Case {number} was taken by {who}.", number=number, who=who)


# --- linking ----------------------------------------------------------------------------------------------------------


def test_an_administrator_links_a_group_to_communes_by_their_names(town: Town, boss: Person) -> None:
    group = town.group()
    told = boss.write_in(group, "/link bung lao, xã Mường Ảng")
    assert "xã Búng Lao" in told
    assert "xã Mường Ảng" in told
    asked(town)
    assert QUESTION in group.last
    asked(town, "Mường Ảng", "b")
    assert said(town, "Case {number}", number=2) in group.last


def test_linking_again_changes_the_communes(town: Town, boss: Person) -> None:
    group = town.linked(boss)
    boss.write_in(group, "/link Mường Ảng")
    asked(town)
    assert QUESTION not in group.all


@pytest.mark.parametrize(
    ("names", "message", "values"),
    [
        (
            "",
            "Write /link and, behind it, the names of the communes whose cases this group should get, with commas between.",
            {},
        ),
        (
            " , ",
            "Write /link and, behind it, the names of the communes whose cases this group should get, with commas between.",
            {},
        ),
        (
            "Búng Lao, Sài Gòn",
            "Loa Bản finds no commune of the name {name} in Điện Biên. Nothing was changed.",
            {"name": "Sài Gòn"},
        ),
    ],
)
def test_names_that_are_none_link_nothing(town: Town, boss: Person, names: str, message: str, values: dict[str, str]) -> None:
    group = town.group()
    assert boss.write_in(group, f"/link {names}") == said(town, message, **values)
    asked(town)
    assert QUESTION not in group.all


def test_a_name_that_means_several_communes_links_nothing(town: Town, boss: Person) -> None:
    group = town.group()
    name = next(name for name, found in town.engine.gazetteer.names.items() if len({one.place.code for one in found}) > 1)
    told = boss.write_in(group, f"/link {name}")
    message = "There is more than one {name}. Write the name of today's commune. Nothing was changed."
    assert told == said(town, message, name=name)


def test_an_officer_links_and_unlinks_nothing(town: Town, boss: Person) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    refusal = said(town, "Only an administrator can link a group.")
    assert officer.write_in(group, "/link Mường Ảng") == refusal
    assert officer.write_in(group, "/unlink") == refusal
    asked(town)
    assert QUESTION in group.last


@pytest.mark.parametrize("command", ["/link Búng Lao", "/unlink", "/cases"])
def test_who_is_no_staff_is_told_so(town: Town, boss: Person, command: str) -> None:
    group, stranger = town.linked(boss), town.person("5", "telegram")
    assert stranger.write_in(group, command) == said(town, NOT_STAFF)
    asked(town)
    assert QUESTION in group.last


def test_in_private_it_is_said_where_to_link(town: Town, boss: Person) -> None:
    assert "Write this in the group" in boss.write("/link Búng Lao")
    assert "Write this in the group" in boss.write("/unlink")


def test_an_unlinked_group_gets_nothing_more_and_its_buttons_do_nothing(town: Town, boss: Person) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    asked(town)
    assert boss.write_in(group, "/unlink") == said(town, "This group gets no more questions of residents.")
    assert officer.tap_in(group, said(town, "Take it")) == said(town, "This group was not linked.")
    assert town.case().state == "waiting"
    before = len(group.got)
    asked(town, user="b")
    assert len(group.got) == before
    assert boss.write_in(group, "/unlink") == said(town, "This group was not linked.")


def test_a_group_that_the_bot_was_taken_out_of_is_linked_no_more(town: Town, boss: Person) -> None:
    group = town.linked(boss)
    assert boss.write_in(group, "", kind="left") == ""
    before = len(group.got)
    asked(town)
    assert len(group.got) == before


def test_a_group_that_became_a_larger_one_is_still_linked(town: Town, boss: Person) -> None:
    group = town.linked(boss)
    larger = town.group("-1009999")
    with town.store.writing() as transaction:
        transaction.move(group.address, larger.address)
    asked(town)
    assert QUESTION in larger.last
    assert QUESTION not in group.all


# --- cases in it ------------------------------------------------------------------------------------------------------


def test_who_takes_a_case_in_the_group_goes_on_in_the_own_chat(town: Town, boss: Person) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    resident = asked(town)
    assert officer.tap_in(group, said(town, "Take it")) == took(town, 1)
    assert officer.last.startswith("Case 1 · Búng Lao commune · English")
    assert "Finished" in officer.labels()
    before = len(group.got)
    resident.write("and tomorrow?")
    assert officer.last == "Case 1, the resident writes:\nand tomorrow?"
    officer.answer("At seven.", to="and tomorrow?")
    assert resident.last.endswith("At seven.")
    assert len(group.got) == before


@pytest.mark.parametrize("order", ["nhận 1", "nhan 1", "take 1"])
def test_a_case_can_be_taken_in_words_in_the_group(town: Town, boss: Person, order: str) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    asked(town)
    assert officer.write_in(group, order) == took(town, 1)
    assert town.case().owner == officer.number


def test_a_word_that_an_administrator_adds_is_understood_in_the_group_at_once(town: Town, boss: Person) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    asked(town)
    assert officer.write_in(group, "em lo 1") == ""
    vocabulary = town.engine.knowledge.vocabulary
    more = replace(vocabulary, case_commands={**vocabulary.case_commands, "take": ("em lo",)})
    town.take_over(replace(town.engine, lexicon=Lexicon.of(more)))
    assert officer.write_in(group, "em lo 1") == took(town, 1)
    assert officer.write_in(group, "nhận 1") == ""


@pytest.mark.parametrize("text", ["mua gạo 12", "bà con đến đủ lúc 7", "nhận 1 nhé", "12:30", "chào cả nhà", "?? 12", "12", ""])
def test_talk_in_a_group_leaves_no_trace(town: Town, boss: Person, text: str) -> None:
    """Not even that something was written: the channel hands on what has the form of an order, and here it ends."""
    officer, group = town.officer("1"), town.linked(boss)
    neighbour, elsewhere = town.person("2"), town.group("-1009")
    asked(town)
    before = traces(town)
    assert officer.write_in(group, text) == neighbour.write_in(group, text) == ""
    assert neighbour.write_in(elsewhere, text) == ""
    assert traces(town) == before


def test_an_order_in_a_group_has_an_effect_once(town: Town, boss: Person) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    asked(town)
    before = traces(town)
    officer.write_in(group, "nhận 1")
    assert traces(town)["handled"] == before["handled"] + 1


def test_a_case_can_be_taken_by_answering_the_notice_in_the_group(town: Town, boss: Person) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    asked(town)
    officer.write_in(group, "nhận", to=QUESTION)
    assert town.case().owner == officer.number


@pytest.mark.parametrize("behind", [True, False])
def test_a_case_can_be_answered_in_the_group(town: Town, boss: Person, behind: bool) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    resident = asked(town)
    told = officer.write_in(group, "At seven.", to=QUESTION) if behind else officer.write_in(group, "1: At seven.")
    assert told == said(town, "Sent to the resident of case {number}.", number=1)
    assert resident.last.endswith("At seven.")


def test_the_second_in_the_group_is_told_who_has_it(town: Town, boss: Person) -> None:
    first, second, group = town.officer("1"), town.officer("2"), town.linked(boss)
    resident = asked(town)
    first.tap_in(group, said(town, "Take it"))
    assert second.tap_in(group, said(town, "Take it")) == took(town, 1)
    assert said(town, "Sent to the resident of case {number}.", number=1) not in second.write_in(group, "No.", to=QUESTION)
    assert "No." not in resident.all


def test_a_case_can_be_finished_and_given_back_in_the_group(town: Town, boss: Person) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    resident = asked(town)
    officer.write_in(group, "take 1")
    officer.write_in(group, "trả 1")
    assert town.case().state == "waiting"
    officer.write_in(group, "take 1")
    officer.write_in(group, "xong 1")
    assert town.case().state == "closed"
    assert "Loa Bản is back" in resident.last


def test_group_and_officers_are_both_told_and_reminded(town: Town, boss: Person) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    other = town.linked(boss, "Búng Lao", "Mường Ảng", user="-1002")
    asked(town)
    assert QUESTION in officer.last
    assert QUESTION in group.last
    assert QUESTION in other.last
    town.wait(minutes=31)
    reminder = said(town, "Reminder: nobody has taken this question yet.")
    assert group.last.startswith(reminder)
    assert other.last.startswith(reminder)
    assert "Reminder" in officer.last


def test_where_there_is_only_a_group_it_is_told_and_not_the_administrators(town: Town, boss: Person) -> None:
    group = town.linked(boss)
    asked(town)
    assert QUESTION in group.last
    assert boss.got == []


def test_odd_signs_in_a_group_are_taken_as_everywhere(town: Town, boss: Person) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    resident = asked(town)
    officer.write_in(group, "1: At\u200b sev\ud800en.\0")
    assert resident.last.endswith("At sev\ufffden.")
    officer.write_in(group, "do\u200bne 1")
    assert town.case().state == "closed"


# --- the talk itself --------------------------------------------------------------------------------------------------

TALK = ("my number is 0912 000 111", "I will ring you at noon")  # of the resident, and of the officer
WHERE = "The talk itself is not shown in a group. Read it in your private chat with Loa Bản."


def talked(town: Town, officer: Person) -> Person:
    """A case in which both sides have said something that is nobody else's business."""
    resident = asked(town)
    resident.write(f"is there a film tonight, {TALK[0]}")
    resident.tap("Pass it on to an officer")
    resident.tap("Yes, pass it on")
    officer.write(f"1: {TALK[1]}")
    resident.write(TALK[0])
    return resident


def by_number(asking: Person, group: Person) -> str:
    return asking.write_in(group, "xem 1")


def by_answering_the_notice(asking: Person, group: Person) -> str:
    return asking.write_in(group, "xem", to=QUESTION)


def by_button(asking: Person, group: Person) -> str:
    return asking.tap_in(group, said(asking.town, "Case {number}", number=1))


@pytest.mark.parametrize("show", [by_number, by_answering_the_notice, by_button])
@pytest.mark.parametrize("ended", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("who", ["owner", "colleague", "administrator"])
def test_a_group_is_told_number_and_state_and_never_the_talk(
    town: Town, boss: Person, show: Callable[[Person, Person], str], ended: bool, who: str
) -> None:
    officer, colleague, group = town.officer("1"), town.officer("2"), town.linked(boss)
    talked(town, officer)
    boss.write_in(group, "/cases")
    if ended:
        officer.write("xong 1")
    told = show({"owner": officer, "colleague": colleague, "administrator": boss}[who], group)
    assert told.startswith(said(town, "Case {number}", number=1))
    assert (said(town, "closed") in told) is ended
    assert said(town, WHERE) in told
    assert QUESTION not in told
    assert not [words for words in TALK if words in group.all]


@pytest.mark.parametrize("show", [by_number, by_answering_the_notice, by_button])
def test_a_group_is_not_told_what_was_added_before_anybody_took_the_case(
    town: Town, boss: Person, show: Callable[[Person, Person], str]
) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    resident = asked(town)
    resident.write("is there a film tonight")
    resident.tap("Pass it on to an officer")
    resident.tap("Yes, pass it on")
    boss.write_in(group, "/cases")
    assert said(town, "waits for somebody") in show(officer, group)
    assert "film" not in group.all


def test_whoever_asks_for_a_talk_in_the_group_gets_it_in_the_own_chat(town: Town, boss: Person) -> None:
    officer, colleague, group = town.officer("1"), town.officer("2"), town.linked(boss)
    talked(town, officer)
    before = len(officer.got)
    colleague.write_in(group, "xem 1")
    assert all(words in colleague.last for words in TALK)
    assert colleague.labels() == []
    assert len(officer.got) == before


def test_who_speaks_for_another_commune_learns_nothing_of_a_case_in_the_group(town: Town, boss: Person) -> None:
    officer, elsewhere, group = town.officer("1"), town.officer("2", MUONG_ANG), town.linked(boss)
    talked(town, officer)
    boss.write_in(group, "/cases")
    refusal = said(town, "There is no case {number} for you.", number=1)
    assert by_number(elsewhere, group) == by_answering_the_notice(elsewhere, group) == by_button(elsewhere, group) == refusal
    assert elsewhere.got == []


def test_who_was_revoked_learns_nothing_of_a_case_in_the_group(town: Town, boss: Person) -> None:
    officer, gone, group = town.officer("1"), town.officer("2"), town.linked(boss)
    talked(town, officer)
    boss.write_in(group, "/cases")
    town.revoke(gone)
    before = len(gone.got)
    assert by_number(gone, group) == ""
    assert by_answering_the_notice(gone, group) == by_button(gone, group) == said(town, NOT_STAFF)
    assert len(gone.got) == before


@pytest.mark.parametrize("way", ["revoked", "left", "invited anew as an officer"])
def test_a_link_ends_with_the_role_of_the_administrator_who_made_it(town: Town, boss: Person, way: str) -> None:
    officer, admin = town.officer("1"), town.officer("2", role="admin")
    group = town.linked(admin)
    if way == "revoked":
        town.revoke(admin)
    else:
        with town.store.writing() as transaction:
            if way == "left":
                leaving = transaction.staff(admin.address)
                assert leaving is not None
                staffing.leave(transaction, leaving, town.now)
            else:
                transaction.add_staff("officer", (BUNG_LAO,), "", admin.address, town.now)
    before = group.all
    asked(town)
    assert group.all == before
    assert "Việc 1" in officer.all or "Case 1" in officer.all
    assert officer.write_in(group, "xem 1") == ""
    assert said(town, NOT_LINKED) == officer.write_in(group, "/cases")
    boss.write_in(group, "/link Búng Lao")
    assert officer.write_in(group, "xem 1")


def test_an_administrator_who_is_invited_anew_keeps_the_groups(town: Town, boss: Person) -> None:
    town.officer("1")
    admin = town.officer("2", role="admin")
    group = town.linked(admin)
    with town.store.writing() as transaction:
        transaction.add_staff("owner", (), "", admin.address, town.now)
    asked(town)
    assert "1" in group.last


# --- who is no staff, and talk ----------------------------------------------------------------------------------------


def test_who_is_no_staff_cannot_take_or_answer_in_the_group(town: Town, boss: Person) -> None:
    town.officer("1")
    group, stranger = town.linked(boss), town.person("5", "telegram")
    resident = asked(town)
    before = len(resident.got)
    refusal = said(town, NOT_STAFF)
    assert stranger.tap_in(group, said(town, "Take it")) == refusal
    assert stranger.write_in(group, "At seven.", to=QUESTION) == refusal
    assert stranger.write_in(group, "1: At seven.") == ""
    assert town.case().state == "waiting"
    assert len(resident.got) == before


def test_an_officer_of_another_commune_cannot_take_it_in_the_group(town: Town, boss: Person) -> None:
    elsewhere, group = town.officer("1", MUONG_ANG), town.linked(boss)
    asked(town)
    assert elsewhere.write_in(group, "take 1") == said(town, "There is no case {number} for you.", number=1)
    assert town.case().state == "waiting"


def test_who_writes_as_the_group_itself_is_nobody(town: Town, boss: Person) -> None:
    group = town.linked(boss)
    asked(town)
    group.write("take 1", way="group", author=None)
    group.write("", way="group", author=None, choice=group.got[-1][1].buttons[0].choice)
    assert town.case().state == "waiting"


@pytest.mark.parametrize(
    "talk", ["can I get a loan for a house", "1", "dừng", "12:30 họp nhé", "999: mai họp", "nhận 999", "kết thúc", "dung"]
)
def test_talk_in_a_group_is_left_alone(town: Town, boss: Person, talk: str) -> None:
    officer, group, stranger = town.officer("1"), town.linked(boss), town.person("5", "telegram")
    asked(town)
    assert officer.write_in(group, talk) == ""
    assert stranger.write_in(group, talk) == ""
    assert town.case().state == "waiting"


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("command", ["/menu", "/start", "/forget", "/announce"])
def test_commands_of_residents_are_answered_in_private_only(town: Town, boss: Person, command: str, linked: bool) -> None:
    officer = town.officer("1")
    group = town.linked(boss) if linked else town.group()
    assert officer.write_in(group, command) == said(town, IN_PRIVATE)


# --- nothing of other communes ----------------------------------------------------------------------------------------


def test_a_group_never_reads_of_cases_of_other_communes(town: Town, boss: Person) -> None:
    both, group = town.officer("1", MUONG_ANG, "03301"), town.linked(boss, "Mường Ảng")
    asked(town)
    asked(town, "Mường Ảng", "b")
    elsewhere = said(
        town, "Case {number} is none of this group's communes. Write about it in your own chat with Loa Bản.", number=1
    )
    for order in ("show 1", "take 1", "1: At seven."):
        assert both.write_in(group, order) == elsewhere
    listed = both.write_in(group, "/cases")
    assert "Búng Lao" not in listed
    assert "Mường Ảng" in listed
    assert "Búng Lao" not in boss.write_in(group, "/cases")
    assert town.case(1).state == "waiting"


def test_cases_are_not_listed_in_a_group_that_is_not_linked(town: Town, boss: Person) -> None:
    officer, group = town.officer("1"), town.group()
    asked(town)
    assert officer.write_in(group, "/cases") == said(town, "This group was not linked.")
    assert officer.write_in(group, "take 1") == ""
    assert town.case().state == "waiting"


def test_nothing_of_the_resident_is_in_the_group(town: Town, boss: Person) -> None:
    officer, group = town.officer("1"), town.linked(boss)
    asked(town, user="84912000111")
    officer.write_in(group, "take 1")
    officer.write_in(group, "show 1")
    assert "84912000111" not in group.all + officer.all
    assert "zalo" not in (group.all + officer.all).lower()


def test_an_administrator_who_writes_as_the_group_is_told_why_nothing_happens(town: Town, boss: Person) -> None:
    group = town.linked(boss)
    for text in ("/link Mường Ảng", "/cases"):
        said = group._send(text, way="group", author=None)
        assert "Ẩn danh" in said
    assert town.rows("SELECT places FROM links")[0]["places"].count("0") >= 1


def test_a_group_that_becomes_a_supergroup_keeps_its_link_before_anything_is_sent(town: Town, boss: Person) -> None:
    group = town.linked(boss)
    larger = town.group("-100777")
    group._send("", way="group", kind="other", moved_to=larger.address)
    assert "/unlink" not in boss.write_in(larger, "/cases")
    assert "not linked" not in larger.last
    assert [row["chat"] for row in town.rows("SELECT chat FROM links")] == ["-100777"]


def test_a_reply_stands_in_the_topic_it_was_asked_in(town: Town, boss: Person) -> None:
    group = town.linked(boss)
    boss.write_in(group, "/cases", topic="45")
    assert group.got[-1][1].topic == "45"
    boss.write_in(group, "/cases")
    assert group.got[-1][1].topic == ""
