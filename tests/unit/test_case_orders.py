"""What officers write about a case is told from talk."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cases.commands import CaseCommand, case_command


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
def test_a_case_is_taken_in_these_words(text: str) -> None:
    assert case_command(text) == CaseCommand("take", 12)
    assert case_command(unicodedata.normalize("NFD", text)) == CaseCommand("take", 12)


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
def test_a_case_is_finished_given_back_and_shown_in_these_words(text: str, name: str) -> None:
    order = case_command(text)
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
def test_a_number_with_a_colon_is_an_answer(text: str, answer: str) -> None:
    assert case_command(text) == CaseCommand("answer", 12, answer)


@pytest.mark.parametrize(
    "text",
    [
        *("", "nhận", "12", "12.", "nhận 12 13", "nhận 12 nhé", "xin nhận 12 suất", "12:30", "7:30 họp", "12:30-17:00"),
        *("nhận 1234567890", "1234567890: Mai", "số 12", "mai nhận 12 con bò giống", "trả 12 triệu", "/cases 12"),
        *("https://example.org/12", "12/11: họp", "nhận 1.5", "năm 2026: kế hoạch"),
    ],
)
def test_talk_is_no_order(text: str) -> None:
    assert case_command(text) is None


@given(st.text(max_size=40))
def test_whatever_is_written_an_order_names_a_number_that_was_written(text: str) -> None:
    order = case_command(text)
    if order is not None:
        assert order.number <= 999_999_999
        assert any(sign.isdigit() for sign in text)
        assert order.text in text
