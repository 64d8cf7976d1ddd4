"""*Việc*: what officers do with questions on the page is what they do in the chat, and nobody answers over a colleague."""

from __future__ import annotations

import gzip
import random
import re
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest

from bot.announcements import staffing
from bot.errors import StoreError
from bot.model import COMMAND_LINE, Address, CaseMessage
from tests.at_the_desk import BUNG_LAO, MUONG_ANG
from tests.console.house import ConsoleHouse, Page

ANSWER = "Bà con mang căn cước đến xã nhé."


async def test_a_question_is_taken_answered_and_closed(house: ConsoleHouse) -> None:
    officer, case = house.staff("officer", BUNG_LAO), house.case()
    browser = await house.signed_in(officer)
    assert "Có một câu hỏi chưa ai nhận" in browser.page.words
    page = await browser.open("/viec")
    assert "Chưa ai nhận (1)" in page.words
    assert "Tôi hỏi việc hộ nghèo." in page.words
    await browser.open(f"/viec/{case.number}")
    page = await browser.sends(f"/viec/{case.number}/nhan")
    assert "Việc này giờ là của anh/chị" in page.words
    page = await browser.sends(f"/viec/{case.number}/tra-loi", noi_dung=ANSWER)
    assert "Đã gửi cho bà con" in page.words
    assert ANSWER in page.words
    page = await browser.sends(f"/viec/{case.number}/xong")
    assert "Đã xong" in page.words
    assert house.found(case.number).state == "closed"
    assert [text for text in (one.reply.text for one in house.store.transcript(case.resident)) if ANSWER in text]
    assert house.log()[:2] == [(officer, "case closed", "case 1"), (officer, "case taken", "case 1")]
    assert "xong lúc" in (await browser.open("/viec/xong")).words


async def test_who_comes_second_is_told_who_has_it_and_keeps_the_text(house: ConsoleHouse) -> None:
    first, second, case = house.staff("officer", BUNG_LAO), house.staff("officer", BUNG_LAO), house.case()
    fast, slow = await house.signed_in(first), await house.signed_in(second)
    for browser in (fast, slow):
        await browser.open(f"/viec/{case.number}")
    await fast.sends(f"/viec/{case.number}/tra-loi", noi_dung=ANSWER)
    page = await slow.sends(f"/viec/{case.number}/tra-loi", noi_dung="Câu của tôi")
    assert slow.status == 409
    assert f"Việc 1 đã có cán bộ xã Búng Lao (số {first}) nhận lúc 8:00" in page.words
    assert page.forms[f"/viec/{case.number}/tra-loi"]["noi_dung"] == "Câu của tôi"
    with house.store.viewing() as view:
        assert [one.text for one in view.messages(case.number)] == [ANSWER]


async def test_what_was_written_meanwhile_is_shown_before_anything_is_sent(house: ConsoleHouse) -> None:
    browser, case = await house.signed_in(house.staff("officer", BUNG_LAO)), house.case()
    await browser.open(f"/viec/{case.number}")
    house.resident_writes(case, "Thôi, tôi biết rồi.")
    page = await browser.sends(f"/viec/{case.number}/tra-loi", noi_dung=ANSWER)
    assert (browser.status, house.found(case.number).state) == (409, "waiting")
    assert "Thôi, tôi biết rồi." in page.words
    assert page.forms[f"/viec/{case.number}/tra-loi"]["noi_dung"] == ANSWER
    page = await browser.sends(f"/viec/{case.number}/tra-loi")
    assert "Đã gửi cho bà con" in page.words


async def test_a_form_that_is_sent_twice_has_one_effect(house: ConsoleHouse) -> None:
    browser, case = await house.signed_in(house.staff("officer", BUNG_LAO)), house.case()
    form = dict((await browser.open(f"/viec/{case.number}")).forms[f"/viec/{case.number}/tra-loi"])
    answers = [await browser.post(f"/viec/{case.number}/tra-loi", {**form, "noi_dung": ANSWER}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {303}
    with house.store.viewing() as view:
        assert len(view.messages(case.number)) == 1


async def test_a_case_that_changed_between_page_and_click_is_said_in_words(house: ConsoleHouse) -> None:
    officer, case = house.staff("officer", BUNG_LAO), house.case()
    browser = await house.signed_in(officer)
    await browser.open(f"/viec/{case.number}")
    with house.store.writing() as transaction:
        transaction.save_case(replace(case, state="closed"))
    page = await browser.sends(f"/viec/{case.number}/tra-loi", noi_dung=ANSWER)
    assert (browser.status, "câu trả lời" in page.words) == (409, True)
    assert ANSWER in page.forms[f"/viec/{case.number}/tra-loi"]["noi_dung"]


@pytest.mark.parametrize(("text", "told"), [("", "chưa viết câu trả lời"), ("x" * 3501, "3501")], ids=["nothing", "too long"])
async def test_an_answer_that_cannot_be_sent_is_said_at_its_field_and_kept(house: ConsoleHouse, text: str, told: str) -> None:
    browser, case = await house.signed_in(house.staff("officer", BUNG_LAO)), house.case()
    await browser.open(f"/viec/{case.number}")
    page = await browser.sends(f"/viec/{case.number}/tra-loi", noi_dung=text)
    assert browser.status == 422
    assert told in page.words
    assert page.title.startswith("Lỗi:")
    assert page.forms[f"/viec/{case.number}/tra-loi"]["noi_dung"] == text
    assert house.found(case.number).state == "waiting"


async def test_an_administrator_takes_over_from_an_officer_and_an_officer_does_not(house: ConsoleHouse) -> None:
    owner_of_it, colleague, admin = (
        house.staff("officer", BUNG_LAO),
        house.staff("officer", BUNG_LAO),
        house.staff("admin"),
    )
    case = house.case()
    with house.store.writing() as transaction:
        house.parts.desk().cases.take(transaction, owner_of_it, case.number, house.now)
    assert f"/viec/{case.number}/nhan" not in (await (await house.signed_in(colleague)).open(f"/viec/{case.number}")).forms
    browser = await house.signed_in(admin)
    await browser.open(f"/viec/{case.number}")
    await browser.sends(f"/viec/{case.number}/nhan")
    assert house.found(case.number).owner == admin


async def test_cases_of_other_communes_are_in_no_list_and_no_count(house: ConsoleHouse) -> None:
    house.case(MUONG_ANG, "Chuyện xã khác.")
    browser = await house.signed_in(house.staff("officer", BUNG_LAO))
    for path in ("/", "/viec", "/viec/xong"):
        page = await browser.open(path)
        assert "Chuyện xã khác" not in page.words
        assert "1" not in page.words.partition("cán bộ xã")[0].replace("số 1", "")


async def test_what_people_write_is_text_and_nothing_else(house: ConsoleHouse) -> None:
    wild = "<script>alert(1)</script> {{ 7*7 }} ‮abc " + "dài" * 500
    browser, case = await house.signed_in(house.staff("officer", BUNG_LAO)), house.case(question=wild)
    with house.store.writing() as transaction:
        transaction.add_message(case.number, CaseMessage(None, wild, house.now, photo="https://x.example/a.png?<b>"))
    for path in ("/viec", f"/viec/{case.number}"):
        page = await browser.open(path)
        assert "<script>alert" not in page.html
        assert "{{ 7*7 }}" in page.html
        assert "<img" not in page.html
    assert "https://x.example/a.png?&lt;b&gt;" in page.html


@pytest.mark.parametrize("how", ["signed out", "signed in anew", "the store is busy", "the role has ended"])
async def test_what_was_written_is_never_lost(house: ConsoleHouse, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    house.staff("owner")
    officer, case = house.staff("officer", BUNG_LAO), house.case()
    browser = await house.signed_in(officer)
    form = (await browser.open(f"/viec/{case.number}")).forms[f"/viec/{case.number}/tra-loi"]
    if how == "signed out":
        house.now += timedelta(hours=3)
    elif how == "signed in anew":
        house.now += timedelta(hours=3)
        await browser.sign_in(house.code(officer))
    elif how == "the role has ended":
        with house.store.writing() as transaction:
            staffing.revoke(transaction, COMMAND_LINE, officer, house.now)
    else:

        def full(touching: object = None) -> NoReturn:
            raise StoreError("the disk is full")

        monkeypatch.setattr(house.store, "writing", full)
    answer = await browser.post(f"/viec/{case.number}/tra-loi", {**form, "noi_dung": ANSWER})
    assert answer.status_code == (503 if how == "the store is busy" else 403)
    assert ANSWER in answer.text
    monkeypatch.undo()
    assert house.found(case.number).state == "waiting"


async def test_a_page_is_small_even_with_many_long_cases(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("officer", BUNG_LAO))
    for number in range(120):
        chance = random.Random(number)
        words = " ".join("".join(chance.choices("aăâbcdđeêghiklmnoôơpqrstuưvxy", k=4)) for _ in range(60))
        house.case(question=words, resident=Address("web", f"{number}"))
    sizes = {path: len(gzip.compress((await browser.get(path)).content, 6)) for path in ("/", "/viec", "/viec/1")}
    assert max(sizes.values()) < 60_000
    assert sizes["/"] < 6_000


async def test_today_names_what_waits_for_whoever_looks_and_not_for_others(house: ConsoleHouse) -> None:
    officer, colleague = house.staff("officer", BUNG_LAO), house.staff("officer", BUNG_LAO)
    cases = [house.case(question=f"câu {number}", resident=Address("web", f"{number}")) for number in range(7)]
    with house.store.writing() as transaction:
        for case in cases[:6]:
            house.parts.desk().cases.take(transaction, officer, case.number, house.now)
    browser = await house.signed_in(officer)
    assert "Có 6 người hỏi chờ anh/chị trả lời" in browser.page.words
    assert "Có một câu hỏi chưa ai nhận" in browser.page.words
    with house.store.writing() as transaction:
        for case in cases[1:6]:
            house.parts.desk().cases.close(transaction, officer, case.number, house.now)
    assert "chờ anh/chị trả lời: Việc 1 · xã Búng Lao" in (await browser.open("/")).words
    assert "chờ anh/chị trả lời" not in (await house.signed_in(colleague)).page.words


async def test_an_answer_of_the_bot_can_be_begun_with_and_keeps_what_is_written(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("officer", BUNG_LAO))
    case = house.case(question="hộ nghèo được vay tối đa bao nhiêu tiền")
    path = f"/viec/{case.number}"
    page = await browser.open(path)
    (intent, *_) = re.findall(r'name="chen" value="([\w-]+)"', page.html)
    form = {**page.forms[f"{path}/tra-loi"], "noi_dung": "Chào bà con.", "chen": intent}
    answer = await browser.post(f"{path}/chen", form)
    page = Page(answer.text)
    draft = page.forms[f"{path}/tra-loi"]["noi_dung"]
    assert draft.startswith("Chào bà con.\n\n")
    assert "triệu" in draft
    assert house.found(case.number).state == "waiting"
    for wrong in ("no-such-intent", "privacy-data", ""):
        assert (await browser.post(f"{path}/chen", {**form, "chen": wrong})).status_code == 404
