"""Two ways of typing the same thing fold to the same text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.folding import fold, has_accents, strip_accents, tokens, visible

VIETNAMESE = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"
SENTENCE = st.text(st.sampled_from(VIETNAMESE + VIETNAMESE.upper() + "  ,.?!'-0123456789"))
ANYTHING = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Được vay, không?", "duoc vay khong"),
        ("Điện Biên Phủ", "dien bien phu"),
        ("ĐIỆN BIÊN", "dien bien"),
        ("H'Mông", "h mong"),
        ("Ẳng Tở", "ang to"),
        ("  nhà   dột!!! ", "nha dot"),
        ("100tr/nhà", "100tr nha"),
        ("a_b", "a b"),
        ("👍", ""),
        ("", ""),
    ],
)
def test_text_loses_accents_case_and_signs(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Ðiện Biên", "điện biên"),
        ("Ɖiện Biên", "điện biên"),
        ("Ɗiện Biên", "điện biên"),
        ("ðiện biên", "điện biên"),
        ("D̶iện Biên", "điện biên"),
        ("d̵iện biên", "điện biên"),
        ("ｍｅｎｕ", "menu"),
        ("ＤỪＮＧ", "dừng"),
        ("mеnu", "menu"),
        ("СТОР", "ctop"),
        ("vау vốn", "vay vốn"),
        ("vαy vốn", "vay vốn"),
    ],
)
def test_a_letter_that_looks_like_another_is_read_as_that_one(typed: str, meant: str) -> None:
    assert " ".join(tokens(typed)) == meant
    assert fold(typed) == strip_accents(meant)
    assert has_accents(typed) == has_accents(meant)


def test_every_vietnamese_letter_becomes_a_plain_one() -> None:
    assert fold(VIETNAMESE).isascii()
    assert strip_accents(VIETNAMESE.upper()).isascii()


@given(SENTENCE)
def test_composed_and_decomposed_letters_are_the_same(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)
    assert tokens(unicodedata.normalize("NFD", text)) == tokens(text)


@given(SENTENCE)
def test_capitals_make_no_difference(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) == fold(text)


@given(SENTENCE)
def test_accents_make_no_difference(text: str) -> None:
    assert fold(strip_accents(text)) == fold(text)


@given(ANYTHING)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANYTHING)
def test_folded_text_is_words_with_one_blank_between(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())


@given(st.text(st.sampled_from("aáb ")), st.sampled_from("\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\ufeff\u00ad"))
def test_an_invisible_control_splits_no_word(text: str, control: str) -> None:
    hidden = control.join(text)
    assert fold(hidden) == fold(text)
    assert tokens(hidden) == tokens(text)
    assert visible(hidden) == visible(text)


def test_a_nul_byte_is_a_blank() -> None:
    assert fold("vay\0vốn") == "vay von"


def test_tokens_keep_their_accents() -> None:
    assert tokens("Nhà  dột!") == ["nhà", "dột"]


@pytest.mark.parametrize("text", ["được", "Ý", "nhà", unicodedata.normalize("NFD", "nhà")])
def test_accents_are_seen_however_the_phone_writes_them(text: str) -> None:
    assert has_accents(text)


@pytest.mark.parametrize("text", ["duoc vay", "", "100%", "👍 ok", "“loan”"])
def test_what_carries_no_accent_is_not_taken_for_vietnamese(text: str) -> None:
    assert not has_accents(text)
