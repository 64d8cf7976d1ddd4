"""What officers write about a case is told from talk."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cases.commands import CaseCommand, case_command, may_be_command
from bot.engine import Engine


@pytest.mark.parametrize(
    "text",
    [
        "nhận 12",
        "Nhận 12",
        "nhan 12",
        "NHAN 12",
        "nhận số 12",
        "nhận #12",
        "take 12",
        "nhận việc 12",
        "nhận12",
        " nhận 12. ",
        "em nhận 12",
        "tôi nhận 12",
        "nhận nhé 12",
    ],
)
def test_a_case_is_taken_in_these_words(engine: Engine, text: str) -> None:
    assert case_command(text, engine.lexicon) == CaseCommand("take", 12)
    assert case_command(unicodedata.normalize("NFD", text), engine.lexicon) == CaseCommand("take", 12)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("xong 7", "close"),
        ("Xong việc 7", "close"),
        ("done 7", "close"),
        ("trả 7", "return"),
        ("tra lai 7", "return"),
        ("return 7", "return"),
        ("xem 7", "show"),
        ("show 7", "show"),
    ],
)
def test_a_case_is_finished_given_back_and_shown_in_these_words(engine: Engine, text: str, name: str) -> None:
    order = case_command(text, engine.lexicon)
    assert order is not None
    assert (order.name, order.number, order.text) == (name, 7, "")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("12: Mai bà con ra xã.", "Mai bà con ra xã."),
        ("12:Mai bà con ra xã.", "Mai bà con ra xã."),
        ("#12 : Mai", "Mai"),
        ("12：Mai", "Mai"),
        ("12: hai dòng\ndòng hai", "hai dòng\ndòng hai"),
        ("12:\nMai", "Mai"),
        ("12: 30 triệu một hộ", "30 triệu một hộ"),
        ("12: 07:30 sáng mai", "07:30 sáng mai"),
        ("12:", ""),
    ],
)
def test_a_number_with_a_colon_is_an_answer(engine: Engine, text: str, answer: str) -> None:
    assert case_command(text, engine.lexicon) == CaseCommand("answer", 12, answer)


@pytest.mark.parametrize(
    "text",
    [
        *("", "nhận", "12", "12.", "nhận 12 13", "nhận 12 nhé", "xin nhận 12 suất", "12:30", "7:30 họp", "12:30-17:00"),
        *("nhận 1234567890", "1234567890: Mai", "số 12", "mai nhận 12 con bò giống", "trả 12 triệu", "/cases 12"),
        *("https://example.org/12", "12/11: họp", "nhận 1.5", "năm 2026: kế hoạch"),
    ],
)
def test_talk_is_no_order(engine: Engine, text: str) -> None:
    assert case_command(text, engine.lexicon) is None


@pytest.mark.parametrize(
    "text", ["nhận 12", "trả lại số 7", "12: Mai", "#12：Mai", "mua gạo 12", "Bà con đến đủ lúc 12", "để em lo việc 3."]
)
def test_by_its_form_alone_a_message_may_be_an_order(text: str) -> None:
    assert may_be_command(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "nhận",
            "12",
            "12:30 họp",
            "nhận 12 cái bánh",
            "mai 12 giờ",
            "nhận 12 13",
            "nhận 1234567890",
            f"{'rất ' * 11} dài 12",
        ),
        *("Chào bà con.", "số tài khoản 0123456789012", "12:30", "/vote 12", "/take@other_bot 12"),
    ],
)
def test_most_talk_has_not_even_the_form_of_an_order(text: str) -> None:
    assert not may_be_command(text)


@given(st.text(max_size=40))
def test_every_order_has_the_form_of_one(engine: Engine, text: str) -> None:
    if case_command(text, engine.lexicon) is not None:
        assert may_be_command(text) or text.strip().startswith("/")


def test_a_long_message_without_a_number_takes_no_time(engine: Engine) -> None:
    """Each blank more must not double the work: the form is looked at in every message of a group."""
    begun = time.perf_counter()
    assert case_command("a" + " " * 4000 + "b", engine.lexicon) is None
    assert time.perf_counter() - begun < 1


@given(st.text(max_size=40))
def test_whatever_is_written_an_order_names_a_number_that_was_written(engine: Engine, text: str) -> None:
    order = case_command(text, engine.lexicon)
    if order is not None:
        assert order.number <= 999_999_999
        assert any(sign.isdigit() for sign in text)
        assert order.text in text
