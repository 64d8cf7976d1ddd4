"""What answers once said wrongly, or beyond their sources, they say rightly now, in both languages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.dialogue import compose
from bot.dialogue.expiry import marked
from bot.engine import Engine

WORKER = {"vi": "Búng Lao", "en": "Búng Lao"}
DECIDED = {"vi": "quyết định", "en": "decided"}
FOUR_COMMUNES = ("Na Sang", "Tủa Chùa", "Na Son", "Mường Nhé")


def whole(engine: Engine, intent: str, lang: str) -> str:
    return engine.knowledge.intents[intent].whole_message(lang)


SAID = {
    "abuse-trafficking-hotline": ("Mang trẻ nhỏ chạy ngay sang hàng xóm", "Go at once to a neighbour"),
    "health-insurance-premium": ("Nhà nước đóng hộ người cận nghèo", "the State pays for near-poor people"),
    "livelihood-animal-disease": ("đừng ăn, đừng bán", "Do not eat or sell"),
    "poverty-recognition": ("Từ ngày 1/1/2027 xét theo chuẩn mới", "From 1 January 2027 a new standard"),
    "poverty-rate": ("Từ ngày 1/1/2027, hộ nghèo xét theo chuẩn mới", "From 1 January 2027 a new standard"),
    "training-cost-support": ("Tiền này cũng tính theo đường xa", "This too depends on distance"),
    "vbsp-job-creation": ("nguồn chỉ ghi 130%", "the source says just 130%"),
    "labour-export-support": ("chưa chắc ai cũng được đủ", "not certain that everyone gets all"),
    "job-numbers": ("Hai nơi đếm khác nhau", "Two counts"),
    "training-numbers": ("trung bình mỗi năm", "a year on average"),
    "training-eligibility": ("Ở huyện Nậm Pồ cũ", "In the former Nậm Pồ district"),
    "complaint-feedback": ("bấm nút 👎", "tap 👎"),
    "info-source-date": ("Nhiều câu còn dùng nghị định", "Many answers also use decrees"),
}

# What the five articles tell, where somebody would ask for it: the intent, and a few words of it in each language.
CARRIED = [
    ("livelihood-chicken", "chị em xã Mường Lạn", "women in Mường Lạn"),
    ("labour-export-overview", "tay nghề và tác phong", "skills and discipline"),
    ("livelihood-models-list", "nhiều hộ khá giả", "many did well"),
    ("livelihood-models-list", "chuỗi liên kết", "linkage chains"),
    ("livelihood-models-list", "thay dần cây kém hiệu quả", "replace weak crops"),
    ("livelihood-models-list", "Quài Tở: cà phê", "Quài Tở: coffee"),
    ("labour-export-support", "huyện Nậm Pồ cũ", "former Nậm Pồ district"),
    ("livelihood-market", "từ làm đủ ăn sang làm để bán", "to growing for sale"),
    ("ntp-overview", "không nghèo trở lại", "falling back into poverty"),
    ("ntp-overview", "một cách linh hoạt", "flexibly"),
    ("housing-amount", "Người có công cũng mức này", "People of merit too"),
    ("meritorious-social-protection", "người có công cùng mức với hộ nghèo", "people of merit the same sums as poor"),
    ("income-per-capita", "có thể là GRDP", "may be GRDP"),
]


@pytest.mark.parametrize("intent", SAID)
def test_what_was_left_out_or_twisted_is_said(engine: Engine, intent: str) -> None:
    for lang, words in zip(("vi", "en"), SAID[intent], strict=True):
        assert words in whole(engine, intent, lang)


@pytest.mark.parametrize(("intent", "vi", "en"), CARRIED)
def test_what_the_articles_tell_is_carried(engine: Engine, intent: str, vi: str, en: str) -> None:
    assert vi in whole(engine, intent, "vi")
    assert en in whole(engine, intent, "en")


def test_money_is_paid_only_to_a_company_with_a_licence(engine: Engine) -> None:
    pay = engine.knowledge.facts["ext-le-scam-pay"].text
    for intent in engine.knowledge.intents.values():
        for lang, licensed in (("vi", "có phép"), ("en", "licensed")):
            for line in whole(engine, intent.id, lang).split("\n"):
                if pay[lang] in line:
                    assert licensed in line.lower(), (intent.id, lang)


def test_whoever_went_to_japan_decided_in_2022_to_go(engine: Engine) -> None:
    for intent in engine.knowledge.intents.values():
        for lang, decided in DECIDED.items():
            for line in whole(engine, intent.id, lang).split("\n"):
                if "2022" in line and WORKER[lang] in line:
                    assert decided in line, (intent.id, lang)


def test_only_one_family_is_said_to_have_left_poverty(engine: Engine) -> None:
    for lang, left, where in (("vi", "thoát nghèo, thu nhập", "Tuần Giáo"), ("en", "left poverty with", "Tuần Giáo")):
        lines = [line for line in whole(engine, "livelihood-stories", lang).split("\n") if left in line]
        assert len(lines) == 1
        assert where in lines[0]


def test_the_land_of_the_former_district_is_in_all_of_its_communes(engine: Engine) -> None:
    communes = [place.name for place in engine.knowledge.places if "Mường Ảng" in place.former_districts]
    assert len(communes) > 2
    for lang in ("vi", "en"):
        told = whole(engine, "livelihood-chicken", lang)
        assert all(name in told for name in communes), (lang, communes)


def test_four_communes_are_not_each_credited_with_every_model(engine: Engine) -> None:
    told = 0
    for intent in engine.knowledge.intents.values():
        for lang, unclear in (("vi", "không rõ xã nào"), ("en", r"which (commune )?(\w+ )?.*(not clear|unclear)")):
            text = whole(engine, intent.id, lang)
            if all(f"{name}" in text for name in FOUR_COMMUNES) and intent.topic == "livelihood" and ", cây dược liệu" in text:
                told += 1
                assert re.search(unclear, text), (intent.id, lang)
    assert told


def test_sums_that_somebody_might_build_on_are_withheld_once_nobody_has_checked_them(engine: Engine) -> None:
    facts = engine.knowledge.facts
    day = max(facts[name].review for name in ("ext-housing-60-30-new", "ext-housing-60-30-repair")) + timedelta(days=1)
    reply = compose.answer(engine, "vi", "housing-amount")
    assert "60 triệu" in reply.text
    shown = marked(engine, "vi", "housing-amount", reply, day).text
    assert "60 triệu" not in shown
    assert "trưởng bản" in shown


def test_a_decree_that_is_only_known_from_reports_is_marked_in_the_full_list_of_sources(engine: Engine) -> None:
    known = engine.knowledge.intents["health-insurance-coverage"]
    assert "188/2025/NĐ-CP (theo báo)" in known.whole_source_line["vi"]
    assert "188/2025/NĐ-CP (as reported)" in known.whole_source_line["en"]
    assert "(theo báo)" not in engine.knowledge.intents["admin-merger-commune"].whole_source_line["vi"]


def test_a_page_of_the_bank_is_dated_by_what_it_tells(engine: Engine) -> None:
    line = {one: engine.knowledge.intents[one].whole_source_line["vi"] for one in ("vbsp-apply", "vbsp-student-loan")}
    assert "Ngân hàng Chính sách xã hội, 2020" in line["vbsp-apply"]
    assert "Ngân hàng Chính sách xã hội, 3/2022" in line["vbsp-student-loan"]
