"""Long answers are cut where a reader would pause, and nothing of them is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.splitting import split_text, utf16_units

SIGNS = st.one_of(
    st.sampled_from("ăâđêôơưạ ớ. !?\n\t…”)😀👍🏽👨‍👩‍👧\u0301\u200d\u00a0"),
    st.characters(exclude_categories=["Cs"]),
)
TEXTS = st.text(SIGNS, max_size=300)


def ink(text: str) -> str:
    return "".join(text.split())


@given(TEXTS, st.integers(2, 80))
def test_every_piece_fits_and_only_whitespace_is_lost(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert all(1 <= utf16_units(piece) <= limit for piece in pieces)
    assert ink("".join(pieces)) == ink(text)


@given(TEXTS, st.integers(2, 80))
def test_pieces_stand_in_the_text_in_order_with_whitespace_between(text: str, limit: int) -> None:
    position = 0
    for piece in split_text(text, limit):
        start = text.index(piece, position)
        assert not text[position:start].strip()
        position = start + len(piece)
    assert not text[position:].strip()


@given(TEXTS, st.integers(2, 80))
def test_no_piece_holds_half_a_character(text: str, limit: int) -> None:
    for piece in split_text(text, limit):
        assert piece.encode("utf-16-le").decode("utf-16-le") == piece


@given(TEXTS)
def test_a_text_that_fits_is_not_touched(text: str) -> None:
    assert split_text(text, 10_000) == ([text] if text.strip() else [])


def test_the_length_is_counted_in_utf16_units() -> None:
    assert utf16_units("đ😀") == 3
    assert split_text("😀😀😀", 4) == ["😀😀", "😀"]
    assert split_text("😀😀😀", 5) == ["😀😀", "😀"]


def test_the_cut_is_at_the_last_sentence_end() -> None:
    assert split_text("Một câu. Hai câu! Ba câu dài hơn", 20) == ["Một câu. Hai câu!", "Ba câu dài hơn"]


def test_a_closing_quote_belongs_to_its_sentence() -> None:
    assert split_text("Ông bảo: “Đi thôi.” Rồi cả bản đi", 24) == ["Ông bảo: “Đi thôi.”", "Rồi cả bản đi"]


def test_a_figure_is_not_a_sentence_end() -> None:
    assert split_text("Vay tới 1.250.000 đồng một tháng", 18) == ["Vay tới 1.250.000", "đồng một tháng"]


def test_without_a_sentence_end_a_line_is_kept_whole() -> None:
    assert split_text("- hộ nghèo\n- hộ cận nghèo\n- lao động", 28) == ["- hộ nghèo\n- hộ cận nghèo", "- lao động"]


def test_an_early_sentence_end_does_not_make_a_tiny_piece() -> None:
    assert split_text("Có. " + "từ " * 12, 30)[0] == "Có." + " từ" * 9


def test_a_word_without_a_break_is_cut_anywhere() -> None:
    assert split_text("a" * 10, 4) == ["aaaa", "aaaa", "aa"]


def test_accents_stay_on_their_letter() -> None:
    letter = "e\u0302\u0323"  # ệ as three signs
    assert split_text(letter * 3, 7) == [letter * 2, letter]


def test_a_limit_that_cannot_hold_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        split_text("x", 1)
