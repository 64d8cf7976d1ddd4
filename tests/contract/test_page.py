"""What the page promises as a channel: the same conversation as everywhere, once, in order, and to nobody else."""

from __future__ import annotations

import asyncio
import random
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.engine import Engine
from bot.errors import StoreError
from bot.stores.sqlite.store import SqliteStore
from tests.page import House, fields_of, page_house

QUESTION = "hộ nghèo được vay tối đa bao nhiêu tiền"


@pytest.fixture
async def house(engine: Engine, in_memory: SqliteStore, home: Path) -> AsyncIterator[House]:
    async with page_house(engine, in_memory, home) as opened:
        yield opened


async def test_opening_keeps_nothing_and_says_what_is_kept(house: House) -> None:
    browser = house.browser()
    page = await browser.open()
    assert (browser.token, house.store.last_shown()) == ("", 0)
    for words in ("máy trả lời tự động", "không phải cán bộ", "24 giờ", "không giữ tên", "Bà con hỏi gì?"):
        assert words in page.words
    assert len([label for label, name, _ in page.buttons if name == "chon" and label]) >= 8


async def test_a_question_is_answered_and_stays_on_the_page(house: House) -> None:
    browser = house.browser()
    page = await browser.says("vay von cho con hoc dai hoc")
    assert page.said[0].mine
    assert "sinh viên" in page.last.text
    assert browser.token
    again = await browser.open()
    assert again.texts == page.texts
    assert "ma" not in again.forms["f"], "a browser that keeps the token is not given it in the page"


async def test_the_first_message_is_the_consent_and_is_kept_with_its_version(house: House) -> None:
    browser = house.browser()
    await browser.says(QUESTION)
    with house.store.writing() as transaction:
        row = transaction.one("SELECT purpose, version FROM consents WHERE user = ?", (browser.person.user,))
    assert row is not None
    assert (row["purpose"], row["version"] > "2026-12.2") == ("conversation", True)


@pytest.mark.parametrize("keeps", [True, False], ids=["with cookies", "without"])
async def test_a_talk_goes_on_with_and_without_cookies(house: House, keeps: bool) -> None:
    browser = house.browser(keeps=keeps)
    await browser.says("lam nha")
    await browser.says("1")
    page = await browser.taps("Xem thêm")
    assert len(page.said) == 6
    assert page.said[4].text == "Xem thêm"
    assert ("tắt trang này là mất" in page.words) is not keeps


async def test_reloads_double_taps_and_retries_have_one_effect(house: House) -> None:
    browser = house.browser()
    form = fields_of(await browser.open(), noi_dung=QUESTION)
    answers = await asyncio.gather(*(browser.posts("/", form) for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {200, 303}
    assert len((await browser.open()).said) == 2
    await browser.posts("/", {**form, "noi_dung": "cho tôi hỏi việc làm"})
    assert len((await browser.open()).said) == 4, "who goes back and writes something else is heard"


@pytest.mark.parametrize("seed", range(3))
async def test_messages_that_come_three_times_in_any_order_have_one_effect_each(house: House, seed: int) -> None:
    people = [house.browser() for _ in range(8)]
    forms = [(browser, fields_of(await browser.open(), noi_dung=QUESTION)) for browser in people] * 3
    random.Random(seed).shuffle(forms)
    await asyncio.gather(*(browser.posts("/", form) for browser, form in forms))
    first, *others = [(await browser.open()).texts for browser in people]
    assert len(first) == 2
    assert all(other == first for other in others)


async def test_the_same_words_in_two_messages_are_answered_twice(house: House) -> None:
    browser = house.browser()
    await browser.says(QUESTION)
    assert len((await browser.says(QUESTION)).said) == 4


async def test_nobody_sees_or_uses_up_what_is_anothers(house: House) -> None:
    anna, binh = house.browser(), house.browser()
    await anna.says("lam nha")
    form, token = anna.page.forms["f"], anna.page.last.choices[0][1]
    page = await binh.open()
    await binh.posts("/", {**page.forms["f"], "so": form["so"], "noi_dung": QUESTION})
    assert len((await binh.open()).said) == 2
    assert len((await anna.says(QUESTION)).said) == 4, "the nonce of one person is nothing to another"
    page = await binh.follows(await binh.posts("/", {**binh.page.forms["c"], "chon": token}))
    assert "quá cũ" in page.last.text or "cũ quá" in page.last.text
    assert not [text for text in page.texts if "lam nha" in text]


async def test_what_cannot_be_stored_is_said_and_sent_again_with_one_effect(house: House) -> None:
    browser = house.browser()
    await browser.says("xin chào")

    def full() -> None:
        raise StoreError("the disk is full")

    house.fault = full
    page = await browser.says(QUESTION)
    assert browser.answer is not None
    assert (browser.answer.status_code, browser.answer.headers["retry-after"]) == (503, "30")
    assert "Câu của bà con còn đây" in page.words
    assert f">{QUESTION}</textarea>" in page.html
    house.fault = lambda: None
    assert len((await browser.says(QUESTION)).said) == 4
    assert [text for text in browser.page.texts if text == QUESTION] == [QUESTION]


async def test_a_message_that_fails_is_told_of_and_the_next_is_heard(house: House) -> None:
    browser = house.browser()

    def broken() -> None:
        raise RuntimeError

    await browser.says("xin chào")
    house.fault = broken
    page = await browser.says(QUESTION)
    assert "viết cách khác" in page.words
    house.fault = lambda: None
    assert len((await browser.says("hộ nghèo vay được bao nhiêu")).said) == 4


@pytest.mark.parametrize(
    "text",
    [
        "e\u0302\u0301 ế Điện Biên",
        "👨‍👩‍👧‍👦 😀 𠀀",
        "<b>&amp;</b> <script>alert(1)</script> *_`[ {{ 7*7 }} {% x %}",
        "\"><img src=x onerror=alert(1)>' onmouseover='x",
        "https://example.org/<x>&y=1 javascript:alert(1)",
        "ຂໍ້ຄວາມ 文字 текст עברית العربية",
        "x" * 400,
        "data:\nid: 7\n\nevent: xoa",
    ],
)
async def test_whatever_somebody_writes_is_shown_as_text(house: House, text: str) -> None:
    browser = house.browser()
    page = await browser.says(text)
    shown = unicodedata.normalize("NFC", text).replace("\u200d", "")
    assert "".join(unicodedata.normalize("NFC", page.said[0].text).split()) == "".join(shown.split())
    assert page.said[0].links == []
    assert "<img" not in page.html
    assert "alert(1)</script>" not in page.html


async def test_signs_that_turn_a_text_around_are_not_shown(house: House) -> None:
    page = await house.browser().says("a \u202eb\u202c \u200fc \0d")
    assert not set("\u202e\u202c\u200f\0") & set(page.html)
