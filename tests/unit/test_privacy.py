"""What must never be kept of a message is masked, however it is typed; what it asks about is not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine import Engine
from bot.text.folding import fold
from bot.text.masking import MASK, masked

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


@given(st.text(st.characters(exclude_categories=["Nd"], exclude_characters="@:./")))
def test_a_text_without_numbers_and_addresses_is_kept_as_it_is(text: str) -> None:
    assert masked(text) == text


# --- names ------------------------------------------------------------------------------------------------------------

INTRODUCED = [
    "em tên là {name}, muốn hỏi vay vốn",
    "tôi tên là {name} ở bản Nà Sự",
    "Tên tôi là {name} vay được bao nhiêu",
    "tên em là {name} muốn hỏi",
    "họ tên: {name}",
    "Họ và tên: {name}\nXã Nà Hỳ",
    "my name is {name} and I want a loan",
    "My name's {name}.",
    "I am called {name}",
    "con trai tôi tên là {name} bị mất thẻ",
    "em là {name}",
    "thưa ông {name} xã mình có được vay không",
    "chồng em là {name} đi làm xa",
]
PEOPLE = [
    ("Lò", "Văn", "Phính"),
    ("Quàng", "Thị", "Ún"),
    ("Giàng", "A", "Phử"),
    ("Sùng", "Thị", "Máy"),
    ("Vàng", "Seo", "Lử"),
    ("Mùa", "A", "Sấu"),
    ("Lường", "Văn", "Inh"),
    ("Nguyễn", "Thị", "Thơm"),
    ("Cà", "Văn", "Chiến"),
    ("Khoàng", "Văn", "Pẩng"),
]
TYPED: list[Callable[[str], str]] = [
    str,
    str.lower,
    str.upper,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: " ".join(fold(part) for part in text.split()),
]


@pytest.mark.parametrize("person", PEOPLE, ids=" ".join)
@pytest.mark.parametrize("typed", TYPED, ids=["as written", "small", "capitals", "decomposed", "without accents"])
def test_a_name_is_not_kept_however_it_is_introduced_and_typed(person: tuple[str, ...], typed: Callable[[str], str]) -> None:
    for sentence in INTRODUCED:
        kept = fold(masked(sentence.format(name=typed(" ".join(person)))))
        left = [part for part in person if len(part) > 1 and fold(part) in kept.split()]
        assert left == [], f"{sentence}: {kept}"


@pytest.mark.parametrize(
    "name",
    [
        "Ðinh Văn Ðức",
        "ðinh văn ðức",
        "Ɖinh Văn An",
        "Ɗinh Văn An",
        "D̶inh Văn An",
        "Đ̵inh Văn An",
        "Ðinh Văn An",
        "Ｌò Ｖăn Ｐánh",
        "ｌò ｖăn ｐánh",
        "Lò Vаn Hặс",
        "Lò Văn Нặc",
        "Ѕùng А Тủа",
        "Ðặng Thị Mai",
    ],
)
@pytest.mark.parametrize("sentence", ["tôi là {name}", "tên em là {name}", "thưa ông {name}"])
def test_a_name_whose_letters_only_look_right_is_not_kept(sentence: str, name: str) -> None:
    assert masked(sentence.format(name=name)) == sentence.format(name=MASK)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ten em la lo van a thi vay duoc bao nhieu", "ten em la ••• thi vay duoc bao nhieu"),
        ("em tên là Hoa muốn hỏi vay vốn", "em tên là ••• muốn hỏi vay vốn"),
        ("ten em la hoa muon hoi", "ten em la ••• muon hoi"),
        ("Tôi tên Chang A Vàng", "Tôi tên •••"),
        ("bố em tên Phính", "bố em tên •••"),
        ("bà Nguyễn Thị Thu Trang bên tổ vay vốn", "bà ••• bên tổ vay vốn"),
        ("chị Quàng Un bên tổ vay vốn", "chị ••• bên tổ vay vốn"),
        ("hộ Lò Văn Phính không được xét", "hộ ••• không được xét"),
        ("LÒ VĂN PHÍNH HỎI VAY VỐN", "••• HỎI VAY VỐN"),
        ("em là con ông Lò Văn Un", "em là con ông •••"),
        ("nguyen thi lan hoi the bao hiem", "••• hoi the bao hiem"),
        ("zalo của em là phinh92", "zalo của em là •••"),
        ("tôi là giàng a dí ở bản Nà Sự", "tôi là ••• ở bản Nà Sự"),
        ("toi la giang a di", "toi la •••"),
        ("em ten giang a di", "em ten •••"),
        ("giàng a dí đây ạ", "••• đây ạ"),
        ("tôi là vàng a dí", "tôi là •••"),
        ("mùa a dí muốn vay vốn", "••• muốn vay vốn"),
        ("cháu là vừ a dế ở bản", "cháu là ••• ở bản"),
        ("mình là sùng a có", "mình là •••"),
        ("tôi là quàng thị thi", "tôi là •••"),
        ("em là thào a chỏ", "em là •••"),
        ("tôi là đèo văn long", "tôi là •••"),
    ],
)
def test_what_stands_around_a_name_is_kept(text: str, kept: str) -> None:
    assert masked(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "tên em là gì trong danh sách",
        "tên em trong danh sách bị sai",
        "tên tôi viết sai trên thẻ",
        "em là hộ nghèo",
        "tôi là người Thái",
        "I am Thai",
        "tôi là cán bộ xã",
        "anh Pá bảo thế",
        "đừng gọi tôi là bà con nữa",
        "Mường Lò ở đâu",
        "lò gạch nhà em",
        "Xã tôi tên Nà Hỳ",
        "bà con Vàng Đán",
        "Ma Thì Hồ có đường chưa",
        "ma thi ho co duong chua",
        "đi Mã Lai",
        "vang a em hoi vay von",
        "em lo van de vay von",
        "em lo thi truong xuong gia",
        "muon bo sung thi gap ai",
        "san pham thi ban cho ai",
        "trường Lê Quý Đôn ở đâu",
        "my name is misspelled on the card",
        "ông giàng a đi rồi",
        "ông sùng a phải đi viện",
        "giai đoạn 2021-2025",
        "năm 2025 hai năm sau năm 2026 ba năm nữa",
    ],
)
def test_villages_topics_and_worries_are_no_names(text: str) -> None:
    assert masked(text) == text


def test_names_of_communes_are_kept_however_they_are_typed(engine: Engine) -> None:
    units = [unit.name for place in engine.knowledge.places for unit in place.formed_from]
    names = [*units, *(place.name for place in engine.knowledge.places)]
    sentences = ("{}", "em ở {} muốn vay vốn", "nhà tôi ở xã {}", "bà con {} hỏi", "xã {} giờ là xã nào", "cán bộ {} bảo thế")
    typed = [sentence.format(form) for name in names for form in (name, name.lower(), fold(name)) for sentence in sentences]
    assert [text for text in typed if masked(text) != text] == []


def test_hardly_any_phrasing_of_the_content_is_changed(engine: Engine) -> None:
    """Phrasings name nobody. What may change: amounts and dates with six digits, years of birth, numbers of a dossier."""
    own = [text for one in engine.knowledge.intents.values() for texts in one.examples.values() for text in texts]
    foreign = [text for one in engine.knowledge.foreign.values() for texts in one.values() for text in texts]
    changed = [text for text in (*own, *foreign) if masked(text) != text]
    without_digits = [text for text in changed if not re.search(r"\d", text)]
    assert len(without_digits) <= 5, without_digits
    assert len(changed) <= len(own) / 300, changed


# --- what else tells who somebody is ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("không chín một hai ba bốn năm sáu bảy tám gọi em", "••• gọi em"),
        ("khong chin mot hai ba bon nam sau bay tam", "•••"),
        ("0912 ba bốn năm 678 gọi em nhé", "••• gọi em nhé"),
        ("zero nine one two three four five six", "•••"),
        ("zalo.me/0912abc nhé", "••• nhé"),
        ("https://www.facebook.com/phinh.99 của em", "••• của em"),
        ("fb.com/phinh", "•••"),
        ("@phinh_92 nhắn em", "••• nhắn em"),
        ("sinh năm 1990 vay được không", "sinh năm ••• vay được không"),
        ("Sinh ngày 2/3/90 ạ", "Sinh ngày ••• ạ"),
        ("sinh ngày 5 tháng 3 năm 1990", "sinh ngày •••"),
        ("born on 5 March 1990", "born on •••"),
        ("số nhà 12A tổ 3", "số nhà ••• tổ 3"),
        ("stk 12345 ngân hàng", "stk ••• ngân hàng"),
        ("số tài khoản của em là 98765", "số tài khoản của em là •••"),
        ("otp 4821 em lỡ gửi", "otp ••• em lỡ gửi"),
        ("xe 27-B1 123.45 bị giữ", "xe ••• bị giữ"),
        ("xe 27B1-12345", "xe •••"),
        ("xe 27F-1234", "xe •••"),
        ("thẻ DN 4 01 0123456789 hết hạn", "thẻ ••• hết hạn"),
        ("the dn4010123456789", "the •••"),
        ("mã hộ chiếu", "mã hộ chiếu"),
        ("học sinh năm 2025 được gì", "học sinh năm 2025 được gì"),
        ("bản 12 có đường chưa", "bản 12 có đường chưa"),
        ("vay 30 triệu nuôi 12 con bò", "vay 30 triệu nuôi 12 con bò"),
    ],
)
def test_what_else_tells_who_somebody_is_goes_and_the_rest_stays(text: str, kept: str) -> None:
    assert masked(text) == kept


# --- of any text ------------------------------------------------------------------------------------------------------

PARTS = [
    *(
        "tên em là",
        "em là",
        "ông",
        "Họ tên:",
        "my name is",
        "Lò",
        "Văn",
        "lo",
        "van",
        "a",
        "Hoa",
        "nguyen",
        "thi",
        "gì",
        "muốn",
    ),
    *("sinh năm", "số nhà", "stk", "zalo.me/", "@", "hoc", "sinh", "1990", "12", "0912345678", "3/4/1990", "27-B1", "123.45"),
    *("không chín một hai ba bốn", "năm sáu", "2021-2025", MASK, "•", ",", ".", "\n", ":", "-", "x@y.vn", "DN 4 01"),
]
ANYTHING = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(st.sampled_from(PARTS), max_size=14).map(" ".join),
    st.lists(st.sampled_from(PARTS), max_size=14).map("".join),
    st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(["", " ", "  ", ", "])), max_size=14).map(
        lambda pairs: "".join(part + gap for part, gap in pairs)
    ),
)


@given(ANYTHING)
def test_masking_twice_masks_nothing_more(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@given(ANYTHING)
def test_no_six_digits_in_a_row_are_kept(text: str) -> None:
    assert re.search(r"\d{6}", masked(text)) is None


@given(ANYTHING)
def test_masking_makes_no_text_more_than_three_times_as_long(text: str) -> None:
    assert len(masked(text)) <= 3 * len(text)


LONG = 100_000
UNITS = [
    "a",
    "1 ",
    "a.",
    "@",
    "1.",
    "ten em la lo van a ",
    "lo van ",
    "ten ",
    "sinh ",
    "khong ",
    "http://",
    "27b1 ",
    "stk ",
    "Lò Văn ",
    "a @ gmail . ",
    "a a cong ",
    "zalo a",
    "zalo : ",
    "0x",
    "0mot",
    "toi la hoa ",
    "toi la Hoa Ban ",
]


@pytest.mark.parametrize("unit", UNITS)
def test_the_longest_message_is_masked_at_once(unit: str) -> None:
    """One message must not hold up all others; a fault would take minutes."""
    assert isinstance(masked(unit * (LONG // len(unit)) + "x"), str)
