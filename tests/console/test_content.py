"""*Nội dung*: staff see the answers that residents see, what they rest on, and why a sentence is taken for what it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model import Feedback
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import BUNG_LAO
from tests.console.content_repository import console_on
from tests.console.house import Browser, ConsoleHouse
from tests.tiny import TODAY


@pytest.fixture
async def house(tiny_home: Path, store: SqliteStore, database: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_on(tiny_home, store, database) as opened:
        yield opened


@pytest.fixture
async def officer(house: ConsoleHouse) -> Browser:
    return await house.signed_in(house.staff("officer", BUNG_LAO))


async def test_an_answer_is_found_by_its_words_with_or_without_accents(officer: Browser) -> None:
    page = await officer.open("/noi-dung")
    assert "/noi-dung/job-numbers" in page.links
    page = await officer.open("/noi-dung?tim=lai suat")
    assert "/noi-dung/loan-amount" in page.links
    assert "/noi-dung/job-numbers" not in page.links
    assert "Không câu trả lời nào có đủ các từ này" in (await officer.open("/noi-dung?tim=x+y+z")).words


async def test_an_answer_stands_there_as_residents_see_it_with_what_it_rests_on(house: ConsoleHouse, officer: Browser) -> None:
    with house.store.writing() as transaction:
        for good in (True, True, False):
            transaction.rate(Feedback("loan-amount", good), "v1", "vi", "telegram", TODAY)
    page = await officer.open("/noi-dung/loan-amount")
    assert "Bà con vay được tối đa 100 triệu đồng, lãi suất 6,6% mỗi năm" in page.words
    assert "Bà con hỏi tổ vay vốn ở bản." in page.words
    assert "Đúng ý" in page.words
    assert "👍 2, 👎 1" in page.words
    assert "Số liệu của 2024. Phải đối chiếu lại trước ngày 30/6/2099." in page.words
    assert "https://example.org/one" in page.links
    assert "quá hạn đối chiếu" not in page.words


async def test_what_is_past_its_day_of_review_says_so_in_the_list_and_at_its_fact(
    house: ConsoleHouse, officer: Browser
) -> None:
    house.now = house.now.replace(year=2100)
    officer = await house.signed_in(house.staff("officer", BUNG_LAO))
    for path in ("/noi-dung", "/noi-dung/loan-amount"):
        assert "quá hạn đối chiếu" in (await officer.open(path)).words


async def test_a_sentence_is_tried_and_everything_is_said_in_words(house: ConsoleHouse, officer: Browser) -> None:
    await officer.open("/noi-dung")
    page = await officer.sends("/noi-dung/thu", cau="nhcs cho vay duoc toi da bao nhieu")
    assert "Đọc là: ngan hang chinh sach" in page.words
    assert "“nhcs” đọc thành “ngan hang chinh sach”" in page.words
    assert "Loa Bản trả lời: chắc" in page.words
    assert "“Được vay tối đa bao nhiêu tiền?”" in page.words
    assert "/noi-dung/loan-amount" in page.links
    assert "Bà con vay được tối đa 100 triệu đồng" in page.words
    for sentence, told in (("xin cấp sổ đỏ thế nào", "ngoài phạm vi"), ("qwzx", "không câu trả lời nào đủ gần")):
        assert told in (await officer.sends("/noi-dung/thu", cau=sentence)).words
    with house.parts.sums() as sums:
        assert sums.sum_counts(("kind",), None, None) == {}
        assert sums.kept_questions(None, None) == []


@pytest.mark.parametrize(("sentence", "told"), [("", "viết một câu đã"), ("a " * 300, "Tối đa 500")], ids=["nothing", "long"])
async def test_what_cannot_be_tried_is_said_at_the_field_and_kept(officer: Browser, sentence: str, told: str) -> None:
    await officer.open("/noi-dung")
    page = await officer.sends("/noi-dung/thu", cau=sentence)
    assert (officer.status, told in page.words) == (422, True)
    assert page.forms["/noi-dung/thu"]["cau"] == sentence.strip()


async def test_markup_in_a_sentence_is_shown_as_text(officer: Browser) -> None:
    await officer.open("/noi-dung")
    page = await officer.sends("/noi-dung/thu", cau="<script>alert(1)</script><b>vay")
    assert "<script>alert" not in page.html
    assert "<b>vay" not in page.html


async def test_officers_read_and_find_no_way_to_write(house: ConsoleHouse, officer: Browser) -> None:
    for path in ("/noi-dung", "/noi-dung/loan-amount"):
        page = await officer.open(path)
        assert not [link for link in page.links if "tep" in link or "de-xuat" in link or "cau-hoi" in link]
    admin = await house.signed_in(house.staff("admin"))
    assert "/noi-dung/tep?ten=intents/loans/loan-amount.yaml" in (await admin.open("/noi-dung/loan-amount")).links


@pytest.mark.parametrize("name", ["%2e%2e%2f", "-x", "loan-amount%00", "LOAN-AMOUNT", "no-such-answer", "a" * 3000])
async def test_what_is_no_answer_is_nothing(officer: Browser, name: str) -> None:
    assert (await officer.get(f"/noi-dung/{name}")).status_code == 404


async def test_in_english_the_answer_is_the_english_one(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("officer", BUNG_LAO, lang="en"))
    page = await browser.open("/noi-dung/loan-amount")
    assert "You can borrow up to VND 100 million" in page.words
    assert "Holds for 2024" in page.words
