"""Figures, dates and lists read as a person writes them, and every message of ours is in every catalogue."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n import Words, languages, load_words
from bot.knowledge.render import figure
from bot.model import Fact, FactKind, Per, Qualifier

KEYWORDS = {"say": None, "_say": (2,), "problem": (3,), "mark": None}
POSITION = {"say": 0, "_say": 1, "problem": 2, "mark": 0}  # of the message among the arguments


@pytest.fixture(scope="module")
def words(home: Path) -> Mapping[str, Words]:
    return load_words(home / "locales")


def fact(
    kind: FactKind,
    number: str | None = None,
    to: str | None = None,
    *,
    qualifier: Qualifier = "exact",
    per: Per | None = None,
    span: str | None = None,
    items: Mapping[str, tuple[str, ...]] | None = None,
) -> Fact:
    return Fact(
        id="one",
        kind=kind,
        number=Decimal(number) if number else None,
        to=Decimal(to) if to else None,
        text={"vi": "nhà dột", "en": "leaking houses"},
        items=items or {},
        span=span,
        qualifier=qualifier,
        per=per,
        period="2024",
        sources=("article",),
        review=date(2027, 1, 1),
        note="",
    )


COUNTRIES = {"vi": ("Qatar", "Nhật Bản", "Hàn Quốc"), "en": ("Qatar", "Japan", "South Korea")}
TWO = {"vi": ("trâu", "bò"), "en": ("buffalo", "cattle")}


@pytest.mark.parametrize(
    ("one", "vi", "en"),
    [
        (fact("money", "6600000000000", qualifier="more-than"), "hơn 6.600 tỷ đồng", "more than VND 6,600 billion"),
        (fact("money", "20000000", "30000000", per="month"), "20-30 triệu đồng mỗi tháng", "VND 20-30 million a month"),
        (fact("money", "21840000"), "21,84 triệu đồng", "VND 21.84 million"),
        (fact("money", "50000", per="day"), "50.000 đồng mỗi ngày", "VND 50,000 a day"),
        (fact("money", "100000000", qualifier="up-to"), "tối đa 100 triệu đồng", "up to VND 100 million"),
        (fact("money", "1000000000"), "1 tỷ đồng", "VND 1 billion"),
        (fact("money", "999999"), "999.999 đồng", "VND 999,999"),
        (fact("money", "500000", "2000000"), "0,5-2 triệu đồng", "VND 0.5-2 million"),
        (
            fact("money", "3000000", per="course", qualifier="at-least"),
            "ít nhất 3 triệu đồng mỗi khóa học",
            "at least VND 3 million a course",
        ),
        (fact("count", "10608"), "10.608", "10,608"),
        (fact("count", "7000", "8000", per="year"), "7.000-8.000 mỗi năm", "7,000-8,000 a year"),
        (fact("count", "300", qualifier="nearly"), "gần 300", "nearly 300"),
        (fact("percent", "17.66"), "17,66%", "17.66%"),
        (fact("percent", "4", "5", per="year"), "4-5% mỗi năm", "4-5% a year"),
        (fact("points", "4.94", qualifier="about"), "khoảng 4,94 điểm phần trăm", "about 4.94 percentage points"),
        (fact("area", "1500"), "1.500 héc-ta", "1,500 hectares"),
        (fact("period", span="P120M"), "120 tháng", "120 months"),
        (fact("text"), "nhà dột", "leaking houses"),
        (fact("list", items=TWO), "trâu và bò", "buffalo and cattle"),
    ],
)
def test_a_figure_reads_as_a_person_writes_it(words: Mapping[str, Words], one: Fact, vi: str, en: str) -> None:
    assert (figure(one, words["vi"]), figure(one, words["en"])) == (vi, en)


def test_a_list_of_three_reads_as_a_person_writes_it(words: Mapping[str, Words]) -> None:
    one = fact("list", items=COUNTRIES)
    assert figure(one, words["vi"]) == "Qatar, Nhật Bản và Hàn Quốc"
    assert figure(one, words["en"]) in ("Qatar, Japan and South Korea", "Qatar, Japan, and South Korea")


def test_a_figure_can_be_had_without_its_qualifier(words: Mapping[str, Words]) -> None:
    one = fact("money", "6600000000000", qualifier="more-than")
    assert figure(one, words["vi"], qualified=False) == "6.600 tỷ đồng"


@pytest.mark.parametrize(
    ("period", "vi", "en"),
    [
        ("2024", "2024", "2024"),
        ("2024-10", "tháng 10/2024", "October 2024"),
        ("2025-07-01", "ngày 1/7/2025", "1 July 2025"),
        ("2021/2025", "2021-2025", "2021-2025"),
        ("2025-12/2026-02", "tháng 12/2025 đến tháng 2/2026", "December 2025 to February 2026"),
        ("P36M", "36 tháng", "36 months"),
        ("P5Y", "5 năm", "5 years"),
        ("PT24H", "24 giờ", "24 hours"),
        ("P10D", "10 ngày", "10 days"),
        ("P6W", "6 tuần", "6 weeks"),
    ],
)
def test_a_period_reads_as_a_person_writes_it(words: Mapping[str, Words], period: str, vi: str, en: str) -> None:
    assert (words["vi"].period(period), words["en"].period(period)) == (vi, en)


def test_months_of_one_year_name_the_year_once(words: Mapping[str, Words]) -> None:
    assert words["vi"].period("2025-01/2025-06") == "tháng 1-6/2025"
    english = words["en"].period("2025-01/2025-06")
    assert "January" in english
    assert "June" in english
    assert english.count("2025") == 1


@pytest.mark.parametrize(("period", "english"), [("P1M", "1 month"), ("P1Y", "1 year"), ("PT1H", "1 hour"), ("P1D", "1 day")])
def test_one_is_not_many_in_english(words: Mapping[str, Words], period: str, english: str) -> None:
    assert words["en"].period(period) == english


MONEY = st.integers(1, 10**14)


def amount(written: str, lang: str) -> Decimal:
    """The đồng that a written amount says."""
    units = {"tỷ": 10**9, "billion": 10**9, "triệu": 10**6, "million": 10**6}
    parts = written.replace("VND", "").replace("đồng", "").split()
    digits = parts[0].replace(".", "").replace(",", ".") if lang == "vi" else parts[0].replace(",", "")
    return Decimal(digits) * (units[parts[1]] if len(parts) > 1 else 1)


@given(MONEY)
def test_no_dong_is_lost_on_the_way_into_words(value: int) -> None:
    for lang, one in load_words_once().items():
        assert amount(one.money(Decimal(value)), lang) == value


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_no_digit_of_a_number_is_lost(value: Decimal) -> None:
    vi, en = (load_words_once()[lang].number(value) for lang in ("vi", "en"))
    assert Decimal(vi.replace(".", "").replace(",", ".")) == value
    assert Decimal(en.replace(",", "")) == value


_LOADED: dict[str, Words] = {}


def load_words_once() -> Mapping[str, Words]:
    if not _LOADED:
        _LOADED.update(load_words(Path(__file__).resolve().parents[2] / "locales"))
    return _LOADED


# --- the catalogues ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def used(home: Path) -> set[str]:
    """Messages that the code marks, found by Babel, and by the syntax tree, which also looks into f-strings."""
    by_babel = {
        message
        for _, _, message, _, _ in extract_from_dir(home / "bot", [("**.py", "python")], keywords=KEYWORDS)
        if isinstance(message, str)
    }
    by_tree = {message for path in (home / "bot").rglob("*.py") for message in marked(path)}
    assert len(by_babel) > 100
    assert by_babel <= by_tree
    return by_tree


def marked(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            arguments = node.args[POSITION[name] :] if name in POSITION else []
            if arguments and isinstance(arguments[0], ast.Constant) and isinstance(arguments[0].value, str):
                found.add(arguments[0].value)
    return found


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_message_of_the_code_is_in_the_catalogue(used: set[str], words: Mapping[str, Words], lang: str) -> None:
    assert used - words[lang].messages.keys() == set()


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_catalogue_has_a_message_that_nothing_uses(used: set[str], words: Mapping[str, Words], lang: str) -> None:
    assert words[lang].messages.keys() - used == set()


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_translation_fills_in_the_same_names(words: Mapping[str, Words], lang: str) -> None:
    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    different = [message for message, text in words[lang].messages.items() if names(message) != names(text)]
    assert different == []


def test_the_english_catalogue_says_what_the_code_says(words: Mapping[str, Words]) -> None:
    """Its plural-less sentences may be worded better, but an empty or half one would be a slip."""
    assert all(len(text) >= len(message) // 2 for message, text in words["en"].messages.items())


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_translation_is_only_guessed(home: Path, lang: str) -> None:
    with (home / f"locales/{lang}/LC_MESSAGES/loaban.po").open("rb") as file:
        catalogue = read_po(file, locale=lang)
    assert [message.id for message in catalogue if message.fuzzy and message.id] == []


def test_vietnamese_is_the_language_of_the_house(home: Path) -> None:
    assert languages(home / "locales")[0] == "vi"


def test_a_message_without_translation_is_said_in_english() -> None:
    assert Words("vi", {}).say("{name} ward", name="Mường Lay") == "Mường Lay ward"


def test_braces_in_a_value_are_said_as_they_are() -> None:
    assert Words("en", {}).say("{name} ward", name="{x}") == "{x} ward"
