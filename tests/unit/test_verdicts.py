"""Whether an answer was what somebody wanted: asked, counted without the person, and what comes after a no."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.model import Session, Subscription
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import BUNG_LAO, MORNING
from tests.talking import Person, Town

CLEAR = "can I get a loan for a house"
OTHER = "my roof leaks"
FOREIGN = "where can I watch the football match tonight"
FAR = "who won the world cup final in 1998"  # also in the middle of a talk
VAGUE = "loan"
URGENT = "somebody took my sister to the border"
LOAN, ROOF = "vbsp-housing-loan", "housing-eligibility"


@pytest.fixture
def resident(town: Town) -> Person:
    return town.person("a")


def rows(town: Town, sql: str) -> list[Mapping[str, object]]:
    assert isinstance(town.store, SqliteStore)
    return [dict(row) for row in town.rows(sql)]


def verdicts(town: Town) -> dict[tuple[object, object], object]:
    """(intent, good) → how many."""
    return {(row["intent"], bool(row["good"])): row["n"] for row in rows(town, "SELECT intent, good, n FROM verdicts")}


def kept(town: Town) -> list[tuple[object, object]]:
    """(kind, text) of the questions that are kept."""
    return [(row["kind"], row["text"]) for row in rows(town, "SELECT kind, text FROM unanswered ORDER BY id")]


# --- where it is asked ------------------------------------------------------------------------------------------------


def test_it_is_asked_under_an_answer_with_two_buttons(resident: Person) -> None:
    resident.write(CLEAR)
    assert resident.labels()[-2:] == ["👍 Helpful", "👎 Not this"]


def test_it_is_asked_under_an_answer_that_was_chosen(resident: Person) -> None:
    resident.write(VAGUE)
    resident.tap(resident.labels()[0])
    assert resident.labels()[-2:] == ["👍 Helpful", "👎 Not this"]


@pytest.mark.parametrize(
    "question", [URGENT, "what can you do", "talk to a human", "do you keep my data", FOREIGN, "/menu", "hello"]
)
def test_it_is_not_asked_where_somebody_is_in_danger_nor_where_the_bot_speaks_of_itself(
    resident: Person, question: str
) -> None:
    resident.write(question)
    assert "👍 Helpful" not in resident.labels()


# --- counting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "good"),
    [
        *((word, True) for word in ("đúng", "Đúng rồi", "dung", "yes", "right", "👍", "👍🏽", "vâng ạ", "ok", "chuẩn")),
        *((word, False) for word in ("sai", "Sai rồi", "chưa", "chưa đúng", "không", "khong", "ko", "k", "no", "wrong", "👎")),
    ],
)  # fmt: skip
def test_a_word_under_the_answer_is_a_verdict(town: Town, resident: Person, words: str, good: bool) -> None:
    resident.write(CLEAR)
    resident.write(words)
    assert verdicts(town) == {(LOAN, good): 1}


@pytest.mark.parametrize(("label", "good"), [("👍 Helpful", True), ("👎 Not this", False)])
def test_a_tap_is_a_verdict_on_the_version_that_answered_and_names_nobody(
    town: Town, resident: Person, label: str, good: bool
) -> None:
    resident.write(CLEAR)
    resident.tap(label)
    (row,) = rows(town, "SELECT * FROM verdicts")
    assert row == {
        "day": "2026-11-23",
        "channel": "zalo-bot",
        "lang": "en",
        "intent": LOAN,
        "version": town.engine.knowledge.version,
        "good": good,
        "n": 1,
    }


def test_an_answer_is_judged_once(town: Town, resident: Person) -> None:
    resident.write(CLEAR)
    resident.tap("👍 Helpful")
    resident.tap("👍 Helpful")
    resident.tap("👎 Not this")
    assert verdicts(town) == {(LOAN, True): 1}


def test_the_same_answer_to_another_question_is_judged_anew(town: Town, resident: Person) -> None:
    for _ in range(2):
        resident.write(CLEAR)
        resident.tap("👍 Helpful")
    assert verdicts(town) == {(LOAN, True): 2}


def test_a_button_of_an_older_answer_counts_for_nothing(town: Town, resident: Person) -> None:
    resident.write(CLEAR)
    old = resident.got[-1][1].buttons[-1].choice
    resident.write(OTHER)
    assert "Sorry about that." in resident.write("", choice=old)
    assert verdicts(town) == {}
    resident.tap("👍 Helpful")
    assert verdicts(town) == {(ROOF, True): 1}


def test_after_half_an_hour_nothing_is_counted(town: Town, resident: Person) -> None:
    resident.write(CLEAR)
    town.wait(minutes=31)
    resident.tap("👎 Not this")
    assert verdicts(town) == {}
    assert kept(town) == []


def test_a_verdict_after_looking_at_the_menu_still_counts(town: Town, resident: Person) -> None:
    resident.write(CLEAR)
    resident.write("/menu")
    resident.tap("👍 Helpful")
    assert verdicts(town) == {(LOAN, True): 1}


def test_dung_without_accents_is_a_stop_for_who_gets_announcements(town: Town, resident: Person) -> None:
    with town.store.writing() as transaction:
        transaction.subscribe(Subscription(resident.address, BUNG_LAO, (), "en", MORNING))
    resident.write(CLEAR)
    resident.write("dung")
    assert verdicts(town) == {}
    with town.store.writing() as transaction:
        assert transaction.subscription(resident.address) is None
    resident.write(CLEAR)
    resident.write("đúng")
    assert verdicts(town) == {(LOAN, True): 1}


def test_words_that_stand_where_nothing_was_asked_are_no_verdict(town: Town, resident: Person) -> None:
    resident.write("/menu")
    for word in ("sai", "không", "đúng", "👎"):
        resident.write(word)
    assert verdicts(town) == {}


def test_no_to_one_question_back_is_no_verdict(town: Town, resident: Person) -> None:
    resident.write(VAGUE)
    resident.write("không")
    assert verdicts(town) == {}


@pytest.mark.parametrize("correction", ["không phải, tôi hỏi về nhà dột nát có được hỗ trợ không", "sai rồi, mái nhà bị dột"])
def test_a_correction_is_a_no_and_the_corrected_question_is_answered(town: Town, resident: Person, correction: str) -> None:
    resident.write(CLEAR)
    resident.write(correction)
    assert verdicts(town) == {(LOAN, False): 1}
    assert ("disliked", CLEAR) in kept(town)
    assert resident.last != ""


def test_a_correction_after_a_yes_is_not_counted_too(town: Town, resident: Person) -> None:
    resident.write(CLEAR)
    resident.tap("👍 Helpful")
    resident.write("không phải, mái nhà bị dột")
    assert verdicts(town) == {(LOAN, True): 1}


def test_verdicts_of_many_are_one_row_that_names_nobody(town: Town) -> None:
    for number in range(5):
        person = town.person(f"8491200011{number}")
        person.write(CLEAR)
        person.tap("👎 Not this")
    (row,) = rows(town, "SELECT * FROM verdicts")
    assert row["n"] == 5
    assert "8491200011" not in str(rows(town, "SELECT * FROM verdicts") + rows(town, "SELECT * FROM unanswered"))


# --- what comes after a no --------------------------------------------------------------------------------------------


def test_a_no_offers_what_came_next_and_a_person(town: Town, resident: Person) -> None:
    town.officer("77")
    resident.write(CLEAR)
    assert "Did you mean one of these?" in resident.tap("👎 Not this")
    assert resident.labels()[-1] == "Pass it on to an officer"
    questions = {intent.question["en"]: name for name, intent in town.engine.knowledge.intents.items()}
    others = [questions[label] for label in resident.labels()[:-1]]
    assert 1 <= len(others) <= 3
    assert LOAN not in others
    resident.tap(resident.labels()[0])
    assert "👍 Helpful" in resident.labels()


def test_a_second_no_offers_the_rest_and_the_question_is_still_the_one_that_was_asked(town: Town, resident: Person) -> None:
    town.officer("77")
    resident.write(VAGUE)
    first = resident.labels()
    resident.tap(first[0])
    resident.tap("👎 Not this")
    assert set(resident.labels()) & set(first[1:3])
    resident.tap(resident.labels()[0])
    resident.tap("👎 Not this")
    assert first[0] not in resident.labels()
    resident.tap("Pass it on to an officer")
    resident.write("Búng Lao")
    assert f"“{VAGUE}”" in resident.last


def test_without_staff_a_no_offers_the_addresses(resident: Person, town: Town) -> None:
    resident.write(CLEAR)
    resident.tap("👎 Not this")
    assert resident.labels()[-1] == town.engine.knowledge.intents["contact-official"].question["en"]


def test_a_no_in_words_offers_the_same(town: Town, resident: Person) -> None:
    town.officer("77")
    resident.write(CLEAR)
    assert "Sorry about that." in resident.write("không")
    assert resident.labels()[-1] == "Pass it on to an officer"


def test_a_yes_is_thanked_for(resident: Person) -> None:
    resident.write(CLEAR)
    assert "Thank you for telling." in resident.tap("👍 Helpful")


# --- questions that are kept ------------------------------------------------------------------------------------------


def test_a_question_whose_answer_was_no_good_is_kept_masked_with_that_answer(town: Town, resident: Person) -> None:
    resident.write("can I get a loan for a house, call me on 0912345678")
    resident.tap("👎 Not this")
    (row,) = rows(town, "SELECT kind, text, nearest FROM unanswered")
    assert row["kind"] == "disliked"
    assert "0912345678" not in str(row["text"])
    assert "•••" in str(row["text"])
    assert str(row["nearest"]).startswith(f'[["{LOAN}"')


def test_a_question_that_was_liked_is_not_kept(town: Town, resident: Person) -> None:
    resident.write(CLEAR)
    resident.tap("👍 Helpful")
    assert kept(town) == []


def test_a_question_that_is_not_understood_is_kept(town: Town, resident: Person) -> None:
    resident.write(FOREIGN)
    assert kept(town) == [("unknown", FOREIGN)]


def test_a_question_back_that_was_answered_is_dropped(town: Town, resident: Person) -> None:
    resident.write(VAGUE)
    assert kept(town) == [("clarify", VAGUE)]
    resident.tap(resident.labels()[0])
    assert kept(town) == []


def test_a_question_back_that_was_answered_wrongly_is_kept_as_that(town: Town, resident: Person) -> None:
    resident.write(VAGUE)
    resident.tap(resident.labels()[0])
    resident.tap("👎 Not this")
    assert kept(town) == [("disliked", VAGUE)]


@pytest.mark.parametrize("instead", ["None of these", "talk to a human"])
def test_a_question_back_from_which_nothing_was_chosen_stays(town: Town, resident: Person, instead: str) -> None:
    resident.write(VAGUE)
    if instead in resident.labels():
        resident.tap(instead)
    else:
        resident.write(instead)
    assert kept(town) == [("clarify", VAGUE)]


def test_a_choice_of_an_older_question_back_drops_nothing_that_came_since(town: Town, resident: Person) -> None:
    resident.write(VAGUE)
    old = resident.got[-1][1].buttons[0].choice
    resident.write("support")
    resident.write(FAR)
    resident.write("", choice=old)
    assert kept(town) == [("clarify", VAGUE), ("clarify", "support"), ("unknown", FAR)]


def test_a_choice_after_half_an_hour_drops_nothing(town: Town, resident: Person) -> None:
    resident.write(VAGUE)
    town.wait(minutes=31)
    resident.tap(resident.labels()[0])
    assert kept(town) == [("clarify", VAGUE)]


def test_words_that_go_to_an_officer_are_not_kept(town: Town) -> None:
    officer, resident = town.officer("77"), town.person("a")
    resident.write(FOREIGN)
    resident.tap("Pass it on to an officer")
    resident.write("Búng Lao")
    resident.tap("Yes, pass it on")
    officer.write("take 1")
    resident.write("where is my field")
    resident.write("loan")
    officer.write("1: wait")
    assert kept(town) == [("unknown", FOREIGN)]


def test_the_commune_is_counted_where_it_is_known(town: Town, resident: Person) -> None:
    with town.store.writing() as transaction:
        transaction.save_session(Session(resident.address, lang="en", greeted=True, place=BUNG_LAO, at=town.now))
    resident.write(FOREIGN)
    resident.write(CLEAR)
    town.person("b").write(CLEAR)
    places = rows(town, "SELECT kind, place, n FROM counts ORDER BY kind, place")
    assert places == [
        {"kind": "answer", "place": "", "n": 1},
        {"kind": "answer", "place": BUNG_LAO, "n": 1},
        {"kind": "unknown", "place": BUNG_LAO, "n": 1},
    ]
    assert rows(town, "SELECT place FROM unanswered") == [{"place": BUNG_LAO}]


def test_talk_with_an_officer_is_counted_as_that(town: Town) -> None:
    officer, resident = town.officer("77"), town.person("a")
    resident.write(FOREIGN)
    resident.tap("Pass it on to an officer")
    resident.write("Búng Lao")
    resident.tap("Yes, pass it on")
    officer.write("take 1")
    resident.write("where is my field")
    assert rows(town, "SELECT n FROM counts WHERE kind = 'handoff'") == [{"n": 1}]
