"""Commands, a yes, a no and a stop are understood however they are typed, as questions are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.desk.staff_commands import words_in
from bot.engine import Engine
from bot.text.emphasis import with_doubles, without_double, without_runs
from bot.text.phrases import Courtesies, Phrasebook
from bot.text.spelling import same_spelling, telex, vni

COMMANDS = [
    ("xoá dữ liệu của tôi", "forget"),
    ("xóa dữ liệu của tôi", "forget"),
    ("Xoá hết dữ liệu của tôi ạ.", "forget"),
    ("xoa du lieu cua toi", "forget"),
    ("xoá du lieu của tôi", "forget"),
    ("xoas duwx lieeuj cuar tooi", "forget"),
    ("xoa1 du74 lie65u cu3a to6i", "forget"),
    ("xoá dữ liệu của em nhé", "forget"),
    ("tôi muốn xoá dữ liệu của tôi", "forget"),
    ("dừng ạ", "stop"),
    ("dừng nhé", "stop"),
    ("dạ dừng ạ", "stop"),
    ("ad ơi dừng lại giúp em với", "stop"),
    ("Dừng. Cảm ơn", "stop"),
    ("Dừng! Cám ơn ad nhiều", "stop"),
    ("dừng cảm ơn", "stop"),
    ("Cảm ơn, dừng nhé", "stop"),
    ("Dừng. Đừng nhắn nữa.", "stop"),
    ("dừnggg", "stop"),
    ("dừngg", "stop"),
    ("STOPPP", "stop"),
    ("stop please", "stop"),
    ("Stop. Thank you.", "stop"),
    ("duwngf", "stop"),
    ("dduwngf nhawns nuwax", "stop"),
    ("du7ng2", "stop"),
    ("du7ng2 la5i", "stop"),
    ("dung lại", "stop"),
    ("dừng lai", "stop"),
    ("huỷ đăng kí", "stop"),
    ("hủy đăng ký", "stop"),
    ("huy dang ki", "stop"),
    ("huyr ddawng kis", "stop"),
    ("huỷ thông báo nhé", "stop"),
    ("tôi muốn dừng", "stop"),
    ("đừng gửi tin nữa", "stop"),
    ("Ðừng nhắn nữa", "stop"),
    ("đăng kí nhận tin", "subscribe"),
    ("đăng kí nhận thông báo ạ", "subscribe"),
    ("menu ạ", "menu"),
    ("cho tôi xem menu", "menu"),
    ("ｍｅｎｕ", "menu"),
    ("mеnu", "menu"),
    ("menuuu", "menu"),
    ("trợ giúp với", "help"),
    ("trowj giups", "help"),
    ("dữ liệu của tôi ạ", "mydata"),
]
NONE = [
    "",
    "cảm ơn",
    "Cảm ơn. Xin chào.",
    "dạ vâng ạ",
    "đúng",
    "đúng ạ",
    "đừng",
    "đừng ạ",
    "dùng",
    "dừng xe ở đâu",
    "làm sao để dừng vay",
    "đăng ký học nghề",
    "dừng lại thì có mất tiền không",
    "Dừng. Vay vốn ở đâu",
    "không nhận được thông báo",
    "xóa nhà tạm",
    "Dừng. Menu",
]


@pytest.mark.parametrize(("text", "command"), COMMANDS)
def test_a_command_is_understood_however_it_is_typed(engine: Engine, text: str, command: str) -> None:
    assert engine.command(text) == command


@pytest.mark.parametrize("text", NONE)
def test_what_only_begins_like_a_command_is_none(engine: Engine, text: str) -> None:
    assert engine.command(text) is None


@pytest.mark.parametrize(
    "text",
    ["đồng í", "dạ đồng ý ạ", "ddoongf ys", "d9o62ng y1", "vângggg ạ", "okkkk", "ok ạ cảm ơn", "Đúng rồi. Cảm ơn ad", "Ðúng"],
)
def test_a_yes_is_understood_however_it_is_typed(engine: Engine, text: str) -> None:
    assert engine.agrees(text)


@pytest.mark.parametrize("text", ["dừng", "dừng ạ", "duwngf", "không", "cảm ơn", "đồng ý không", "không đồng ý ạ"])
def test_what_is_no_yes_is_not_taken_for_one(engine: Engine, text: str) -> None:
    assert not engine.agrees(text)


@pytest.mark.parametrize("text", ["huỷ", "hủy ạ", "khôngggg", "khoong ạ", "thôi cảm ơn", "Không. Cảm ơn", "ko ạ", "huyr"])
def test_a_no_is_understood_however_it_is_typed(engine: Engine, text: str) -> None:
    assert engine.lexicon.subscribing_refused.has(text)


def test_staff_are_understood_however_they_type(engine: Engine) -> None:
    for text in ("danh sách thông báo ạ", "danh sach thoong baos", "Danh sách thông báooo"):
        found = words_in(text, engine.lexicon, drafting=False)
        assert getattr(found, "name", None) == "announcements", text


def test_without_accents_a_phrase_of_two_meanings_stays_one() -> None:
    book = Phrasebook([("dừng", "stop"), ("đúng", "yes")])
    assert [book.meaning(text) for text in ("dừng", "đúng", "duwngf", "ddungs")] == ["stop", "yes", "stop", "yes"]


def test_a_courtesy_alone_means_nothing_and_one_that_is_a_phrase_keeps_its_meaning() -> None:
    book = Phrasebook([("vâng", True), ("thôi nhé", False)], Courtesies(["vâng", "dạ"], ["nhé", "ạ", "cảm ơn"]))
    assert book.meaning("dạ ạ") is None
    assert book.meaning("vâng ạ cảm ơn") is True
    assert book.meaning("dạ thôi nhé ạ") is False


@pytest.mark.parametrize(
    ("one", "other"),
    [("xoá", "xóa"), ("huỷ", "hủy"), ("hoà", "hòa"), ("thuý", "thúy"), ("kí", "ký"), ("lí", "lý"), ("quí", "quý"), ("ý", "í")],
)
def test_two_spellings_of_a_word_are_the_same(one: str, other: str) -> None:
    assert same_spelling(one) == same_spelling(other)


@pytest.mark.parametrize(
    ("one", "other"), [("đúng", "dừng"), ("thi", "thy"), ("tai", "tay"), ("xóa", "xòa"), ("cung", "cứng"), ("mai", "may")]
)
def test_two_words_stay_two(one: str, other: str) -> None:
    assert same_spelling(one) != same_spelling(other)


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("duwngf", "dừng"),
        ("dduwowcj", "được"),
        ("ddungs", "đúng"),
        ("khoong", "không"),
        ("nuwax", "nữa"),
        ("dungwf", "dừng"),
        ("vaangj", "vậng"),
        ("nhawns", "nhắn"),
        ("menu", "menu"),
        ("ok", "ok"),
        ("stop", "stop"),
        ("", ""),
    ],
)
def test_raw_telex_keys_make_a_word_with_its_accents(keys: str, word: str) -> None:
    assert same_spelling(telex(keys)) == same_spelling(word)


@pytest.mark.parametrize(
    ("keys", "word"),
    [("du7ng2", "dừng"), ("d9u7o7c5", "được"), ("d9uo75c", "được"), ("kho6ng", "không"), ("12", "12"), ("8a", "8a")],
)
def test_raw_vni_keys_make_a_word_with_its_accents(keys: str, word: str) -> None:
    assert same_spelling(vni(keys)) == same_spelling(word)


@pytest.mark.parametrize(("read", "key"), [(telex, "f"), (vni, "2")])
def test_what_is_longer_than_any_syllable_is_not_read_as_keys(read: Callable[[str], str], key: str) -> None:
    assert read(f"nghieen{key}") != f"nghieen{key}"
    assert read(f"{'nghieen' * 3}{key}") == f"{'nghieen' * 3}{key}"


def test_runs_of_a_letter_become_one_or_two() -> None:
    assert [without_runs(word) for word in ("vớiii", "iii", "loan", "heelllp")] == ["với", "iii", "loan", "heelp"]
    assert with_doubles("helllo") == "hello"
    assert [without_double(word) for word in ("vayy", "ii", "vay")] == ["vay", "ii", "vay"]
