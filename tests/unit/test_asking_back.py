"""What is asked back: the difference between two that are often confused, what of a topic is meant, or simply which."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.authoring.talks import Talk
from bot.dialogue import answers, compose
from bot.dialogue.asking_back import AskBack, ask_back
from bot.engine import Engine
from bot.model import Button, Match

APART = "Bà con hỏi hỗ trợ làm nhà, hay vay tiền làm nhà?"
OF_LOANS = "Về vay vốn Ngân hàng Chính sách, bà con muốn biết điều gì?"
LOANS = ("vbsp-apply", "vbsp-newly-escaped", "vbsp-overview", "vbsp-student-loan")
WISH = "nhà em đang cần ít vốn"


def asked(engine: Engine, text: str, *ranked: str, lang: str = "vi", last: float = 0.1) -> AskBack:
    """What is asked back where these are the likeliest, the first three of them close; `last` is the third's probability."""
    probabilities = (0.4, 0.3, last, *(0.01 for _ in ranked[3:]))
    matches = [Match(intent, probability, "") for intent, probability in zip(ranked, probabilities, strict=False)]
    return ask_back(text, matches[:3], matches, engine, lang)


@pytest.mark.parametrize("two", [("housing-eligibility", "vbsp-housing-loan"), ("vbsp-housing-loan", "housing-eligibility")])
def test_two_that_are_often_confused_are_told_apart_in_either_order(engine: Engine, two: tuple[str, str]) -> None:
    assert asked(engine, "tiền làm nhà", *two, "housing-results") == AskBack((*two, "housing-results"), APART)


def test_two_are_told_apart_in_the_language_of_the_question(engine: Engine) -> None:
    found = asked(engine, "money for a house", "housing-eligibility", "vbsp-housing-loan", lang="en")
    assert found.question == "Do you ask for support to build a house, or for a loan to build it?"


def test_only_the_first_two_choices_are_told_apart(engine: Engine) -> None:
    assert asked(engine, "làm nhà", "housing-eligibility", "job-fair", "vbsp-housing-loan").question == ""


def test_a_wish_is_asked_back_with_the_likeliest_of_its_topic_alone(engine: Engine) -> None:
    found = asked(engine, WISH, "vbsp-apply", "training-courses", "vbsp-overview", "job-fair", "vbsp-where", "vbsp-numbers")
    assert found == AskBack(("vbsp-apply", "vbsp-overview", "vbsp-where"), OF_LOANS)


def test_a_wish_is_understood_without_accents(engine: Engine) -> None:
    assert asked(engine, "nha em dang can it von", "vbsp-apply", "training-courses", "vbsp-overview").question == OF_LOANS


def test_a_wish_is_not_narrowed_to_two_of_its_topic(engine: Engine) -> None:
    assert asked(engine, WISH, *LOANS) == AskBack(LOANS[:3], OF_LOANS)
    assert asked(engine, "vốn", *LOANS).question.startswith("Bà con hỏi thủ tục vay vốn")


def test_a_wish_that_two_topics_answer_is_told_apart(engine: Engine) -> None:
    assert asked(engine, "em muốn làm nhà", "housing-eligibility", "vbsp-housing-loan", "housing-results").question == APART


@pytest.mark.parametrize(
    "text",
    [
        "nhà em đang cần ít vốn, lãi mấy phần",
        "nhà em đang cần ít vốn?",
        "nhà em đang cần ít vốn vì năm nay mất mùa ngô",
        "nhà em ít vốn",
    ],
    ids=["it asks for an aspect", "it is a question", "it tells more", "it wishes for nothing"],
)
def test_what_is_more_or_less_than_a_wish_keeps_all_its_choices(engine: Engine, text: str) -> None:
    ranked = ("vbsp-apply", "vbsp-overview", "training-courses")
    assert asked(engine, text, *ranked) == AskBack(ranked)


def test_a_choice_of_another_topic_that_is_hardly_likely_gives_way_to_the_topic(engine: Engine) -> None:
    found = asked(engine, "vốn", "vbsp-apply", "vbsp-overview", "training-courses", "vbsp-where", last=0.03)
    assert found == AskBack(("vbsp-apply", "vbsp-overview", "vbsp-where"), OF_LOANS)


def test_an_urgent_choice_is_never_left_out(engine: Engine) -> None:
    ranked = ("vbsp-apply", "vbsp-overview", "emergency", "vbsp-where")
    assert asked(engine, WISH, *ranked, last=0.03) == AskBack(ranked[:3])


@pytest.mark.parametrize(
    "ranked",
    [("job-fair", "vbsp-where", "housing-results"), ("who-are-you", "greeting", "privacy-data"), ("vbsp-where",)],
    ids=["three topics", "about Loa Bản itself", "one choice"],
)
def test_what_has_no_topic_in_common_is_asked_in_the_usual_words(engine: Engine, ranked: Sequence[str]) -> None:
    assert asked(engine, WISH, *ranked) == AskBack(tuple(ranked))


def test_a_wish_is_asked_back_in_english(engine: Engine) -> None:
    reply = Talk(engine, "wish").turn("I want to go to Korea").replies[-1]
    assert reply.text == "About working abroad: what would you like to know?"
    chosen = [button.choice.removeprefix("intent:") for button in reply.buttons if button.choice.startswith("intent:")]
    assert len(chosen) == 3
    assert {engine.knowledge.intents[one].topic for one in chosen} == {"labour-export"}


def test_where_somebody_may_be_in_danger_the_numbers_stand_before_the_question(engine: Engine) -> None:
    text = compose.clarify(engine, "vi", AskBack(("job-fair", "emergency"), "Bà con hỏi gì?"), danger=True).text
    notice, question = text.split("\n\n")
    assert "113" in notice
    assert question == "Bà con hỏi gì?"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_question_that_pushes_choices_off_the_screen_gives_way_to_the_usual_one(engine: Engine, lang: str) -> None:
    tallest = sorted(engine.knowledge.intents.values(), key=lambda one: -len(one.question[lang]))[:3]
    intents, beside = tuple(one.id for one in tallest), (Button("An officer of your own commune, please", "person"),)
    long = AskBack(intents, "a question of three lines " * 3 + "and more?")
    calm = compose.clarify(engine, lang, long, beside=beside)
    assert calm.text == long.question
    assert answers.fits(calm)
    usual = compose.clarify(engine, lang, AskBack(intents), danger=True, beside=beside)
    assert compose.clarify(engine, lang, long, danger=True, beside=beside) == usual


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_question_of_the_table_is_too_long_for_a_screen(engine: Engine, lang: str) -> None:
    """With the longest third choice there is, and a person to ask beside."""
    longest = max(engine.knowledge.intents.values(), key=lambda one: len(one.question[lang])).id
    beside = (Button(engine.words(lang).say("Pass it on to an officer"), "person"),)
    for pair, question in engine.knowledge.pairs.items():
        asked_back = AskBack((*sorted(pair), longest), question[lang])
        assert compose.clarify(engine, lang, asked_back, beside=beside).text == question[lang]


def test_a_word_that_had_to_be_guessed_is_asked_back_about(engine: Engine) -> None:
    outcome = Talk(engine, "1").turn("qwe").outcome
    assert outcome is not None
    assert outcome.kind != "answer"
    mended = Talk(engine, "2").turn("vay tiền lma nhà ở đâu").outcome
    assert mended is not None
    assert mended.intent == "vbsp-housing-loan", "what is mended beside words that are known is answered"


def test_a_part_that_only_denies_is_no_question_of_its_own(engine: Engine) -> None:
    talk = Talk(engine, "1")
    talk.turn("hộ nghèo muốn vay tiền làm nhà thì vay ở đâu")
    outcome = talk.turn("không vay, hỏi tiền hỗ trợ xóa nhà tạm được bao nhiêu").outcome
    assert outcome is not None
    assert (outcome.intent, outcome.further) == ("housing-amount", ())


def test_what_is_asked_after_a_question_back_is_of_its_topic_though_no_choice_was_likely_by_itself(engine: Engine) -> None:
    talk = Talk(engine, "1")
    turn = talk.turn("nha em dot qua")
    assert turn.outcome is not None
    assert turn.outcome.kind == "clarify"
    assert turn.outcome.candidates[0].probability < 0.2
    amount = talk.turn("duoc bao nhieu").outcome
    assert amount is not None
    assert amount.intent == "housing-amount"


def test_a_message_that_names_another_intent_of_the_topic_points_at_none_that_was_offered(engine: Engine) -> None:
    talk = Talk(engine, "1")
    offered = talk.turn("Hello, I am in Melbourne, asking for my cousin").replies[-1].buttons
    assert any(button.choice.startswith("intent:labour-export") for button in offered)
    assert "labour-export-korea-eps" not in [button.choice.removeprefix("intent:") for button in offered]
    outcome = talk.turn("Cousin wants Korea, the exam one.").outcome
    assert outcome is not None
    assert outcome.candidates[0].intent == "labour-export-korea-eps"
    assert outcome.intent in (None, "labour-export-korea-eps")


def test_inside_a_talk_a_mere_worry_has_to_be_as_sure_as_anything_else(engine: Engine) -> None:
    asked = "Công an đến rồi. Chị ấy muốn biết ai giúp về sau."
    first = Talk(engine, "first").turn(asked).outcome
    assert first is not None
    assert first.intent == "labour-export-trouble"
    talk = Talk(engine, "later")
    talk.turn("nhà chị ấy dột nát có được hỗ trợ làm nhà không")
    later = talk.turn(asked).outcome
    assert later is not None
    assert later.intent != "labour-export-trouble"
