"""What must never be kept of a message is masked, however it is typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy import MASK, masked

DIGITS = "0123456789"
SEPARATORS = st.sampled_from(["", " ", ".", "-", " - ", "  ", "/", "–", "\u00a0", ") "])
BEFORE = st.sampled_from(["", "số ", "sđt:", "sđt", "gọi ", "(", "tel.", "zalo", "+84 ", "CCCD", "“", "_"])
AFTER = st.sampled_from(["", " nhé", "nhé", ".", ",", ")", "!", "ạ", "?", "_", "”"])


def digits_in(text: str) -> str:
    return "".join(re.findall(r"\d", text))


@pytest.mark.parametrize(
    "number",
    [
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "091-234-5678",
        "(0912) 345 678",
        "+84912345678",
        "+84 912 345 678",
        "+84 (0)912 345 678",
        "0912 - 345 - 678",
        "0912  345  678",
        "0912/345/678",
        "0912–345–678",
        "0912\u00a0345\u00a0678",
        "0912\u200b345\u200b678",
        "0 9 1 2 3 4 5 6 7 8",
        "０９１２３４５６７８",
        "040123456789",
        "040 123 456 789",
        "123456789",
        "1903 4567 8901 23",
        "0215.3824.123",
    ],
)
def test_no_part_of_a_phone_identity_or_account_number_is_kept(number: str) -> None:
    kept = masked(f"em tên là A, số {number} ạ")
    assert MASK in kept
    assert digits_in(kept) in ("", "84"), "the code of the country tells nothing about a person"


@pytest.mark.parametrize(
    "text", ["sđt0912345678", "0912345678nhé", "CCCD040123456789", "_0912345678_", "gọi0912345678ạ", "stk:19034567890123"]
)
def test_a_number_glued_to_a_word_is_masked_as_well(text: str) -> None:
    assert digits_in(masked(text)) == ""


@given(BEFORE, st.text(DIGITS, min_size=9, max_size=14), SEPARATORS, st.integers(2, 5), AFTER)
def test_however_a_long_number_is_grouped_it_is_not_kept(before: str, number: str, between: str, size: int, after: str) -> None:
    grouped = between.join(number[start : start + size] for start in range(0, len(number), size))
    assert digits_in(masked(f"{before}{grouped}{after}")) in ("", "84")


@pytest.mark.parametrize("address", ["a@b.vn", "nguyen.van_a+x@gmail.com", "nguoi-dan@dienbien.gov.vn", "NGƯỜI@XÃ.vn"])
def test_an_email_address_is_not_kept(address: str) -> None:
    kept = masked(f"gửi cho em vào {address} nhé")
    assert "@" not in kept
    assert address.split("@")[0] not in kept


@given(st.from_regex(r"[a-z0-9._+-]{1,20}@[a-z0-9-]{1,15}\.[a-z]{2,6}", fullmatch=True))
def test_any_ordinary_email_address_is_not_kept(address: str) -> None:
    assert "@" not in masked(f"mail {address} ạ")


@pytest.mark.parametrize(
    "text",
    ["vay 50 triệu", "năm 2025", "100tr", "20.000 đồng", "lãi 6,6%", "nghị định 338", "lớp 12A3", "gọi 113", "1 tháng 7", ""],
)
def test_amounts_years_and_short_numbers_are_kept_as_they_are(text: str) -> None:
    assert masked(text) == text


@given(st.text(st.characters(exclude_categories=["Nd"], exclude_characters="@")))
def test_a_text_without_numbers_and_addresses_is_kept_as_it_is(text: str) -> None:
    assert masked(text) == text


@given(st.text(st.characters(exclude_categories=())))
def test_masking_twice_masks_nothing_more(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize("text", ["a" * 10_000, "1 " * 5_000 + "a", "a." * 5_000, "@" * 10_000, "1." * 5_000 + "x"])
def test_the_longest_message_is_masked_at_once(text: str) -> None:
    """One message must not hold up all others; the measure is generous, the fault would take minutes."""
    assert isinstance(masked(text), str)
