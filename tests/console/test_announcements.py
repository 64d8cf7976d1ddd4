"""*Thông báo*: what staff write on the page is previewed, approved, sent, stopped and reported as in the chat."""

from __future__ import annotations

import csv
import gzip
import io
import re
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest

from bot.model import Address, Announcement, Delivery
from bot.model.well_known import STAFF_PAGE
from tests.at_the_desk import BUNG_LAO, LIMIT, MUONG_ANG
from tests.console.house import Browser, ConsoleHouse, Page

WRITING, CONFIRMING = "/thong-bao/viet", "/thong-bao/viet/gui"
TEXT = "Sáng mai có lớp dạy may ở nhà văn hóa."
FILLED: dict[str, Any] = {"chu-vi": TEXT, "khi": "ngay bây giờ", "den": "3 ngày", "loai": "ordinary"}


async def writes(browser: Browser, wanted: str = "xem", **fields: Any) -> Page:
    """Fill in the page, and press the button."""
    await browser.open(WRITING)
    return await browser.sends(WRITING, **{**FILLED, "viec": wanted, **fields})


async def sends(browser: Browser, **fields: Any) -> Page:
    await writes(browser, "gui", **fields)
    assert CONFIRMING in browser.page.forms, browser.page.words
    return await browser.sends(CONFIRMING)


def newest(house: ConsoleHouse) -> Announcement:
    with house.store.viewing() as view:
        return view.announcements(None, limit=1)[0]


def of_announcements(house: ConsoleHouse) -> list[tuple[int, str, str]]:
    return [line for line in house.log() if line[2].startswith("announcement")]


async def officer(house: ConsoleHouse, *places: str) -> tuple[int, Browser]:
    number = house.staff("officer", *(places or (BUNG_LAO,)))
    return number, await house.signed_in(number)


# --- writing ----------------------------------------------------------------------------------------------------------


async def test_an_officer_writes_looks_and_sends(house: ConsoleHouse) -> None:
    house.subscribers(LIMIT)
    number, browser = await officer(house)
    page = await writes(browser, "gui")
    assert page.title.startswith("Xem lại lần cuối")
    for words in (TEXT, f"Số người nhận: {LIMIT}", "Gửi lúc: ngay", "Gửi cho hết mất", "Còn hiệu lực đến", "UBND xã Búng Lao"):
        assert words in page.words
    page = await browser.sends(CONFIRMING)
    sent = newest(house)
    assert (sent.state, sent.plan.texts, sent.plan.audience.places) == ("sending", {"vi": TEXT}, (BUNG_LAO,))
    assert f"Thông báo số {sent.id}, mã {sent.plan.code}" in page.words
    assert of_announcements(house) == [(number, "confirmed", f"announcement {sent.id}")]
    assert "Tất cả 3" in page.words
    assert "Bản đang soạn" not in (await browser.open("/thong-bao")).words


async def test_what_is_understood_is_said_and_what_is_not_yet_there_too(house: ConsoleHouse) -> None:
    house.subscribers(2)
    _, browser = await officer(house)
    page = await writes(browser, khi="7h30 sáng mai", den="đến thứ Sáu")
    assert "7:30 thứ Ba, 24/11/2026" in page.words
    assert "23:59 thứ Sáu, 27/11/2026" in page.words
    assert "Số người nhận: 2" in page.words
    page = await browser.sends(WRITING, viec="xem", khi="lúc nào cũng được", den="")
    assert "lúc nào cũng được" in page.words.partition("Tin còn hiệu lực")[0]
    assert "Viết tin còn hiệu lực đến bao giờ" in page.words
    assert page.forms[WRITING]["khi"] == "lúc nào cũng được"


async def test_a_draft_is_kept_for_seven_days_with_what_tomorrow_was_when_it_was_written(house: ConsoleHouse) -> None:
    house.subscribers(1)
    number, browser = await officer(house)
    page = await writes(browser, "luu", khi="7h30 sáng thứ Tư")
    assert "Đã giữ bản soạn" in page.words
    assert "Máy giữ bản soạn đến 8:00, 30/11" in page.words
    house.now += timedelta(days=1)
    browser = await house.signed_in(number)
    assert "Thông báo anh/chị đang soạn, chưa gửi" in browser.page.words
    page = await browser.open(WRITING)
    assert page.forms[WRITING]["chu-vi"] == TEXT
    assert "7:30 thứ Tư, 25/11/2026" in page.words
    house.now += timedelta(days=1)
    assert "Gửi lúc: ngay" in (await (await house.signed_in(number)).open(WRITING)).words
    house.now += timedelta(days=7)
    assert (await (await house.signed_in(number)).open(WRITING)).forms[WRITING]["chu-vi"] == ""


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"chu-vi": ""}, "Viết nội dung tiếng Việt"),
        ({"chu-vi": "a" * 5000}, "5.000"),
        ({"chu-vi": "Xem http://bit.ly/x"}, "bit.ly"),
        ({"chu-en": "/stop"}, "/"),
        ({"khi": ""}, "Viết giờ gửi"),
        ({"khi": "hôm qua"}, "hôm qua"),
        ({"den": "5 phút"}, "15"),
        ({"anh": "http://a.vn/x.jpg"}, "https://"),
        ({"anh": "telegram:AgAC"}, "https://"),
    ],
    ids=str,
)
async def test_what_cannot_be_sent_is_said_at_its_field_and_kept(
    house: ConsoleHouse, fields: dict[str, str], told: str
) -> None:
    house.subscribers(1)
    _, browser = await officer(house)
    page = await writes(browser, "gui", **fields)
    assert (browser.status, page.title.startswith("Lỗi:")) == (422, True)
    assert told in page.words or told.replace(".", "") in page.words
    (name, value), *_ = fields.items()
    assert page.forms[WRITING][name] == value
    assert await browser.open(CONFIRMING)
    assert CONFIRMING not in browser.page.forms


async def test_the_preview_shows_each_language_what_does_not_fit_and_the_address_of_a_picture(house: ConsoleHouse) -> None:
    house.subscribers(1)
    _, browser = await officer(house)
    page = await writes(browser, **{"chu-en": "Sewing class.", "anh": "https://a.gov.vn/anh.jpg"})
    assert "Tiếng Anh · Telegram" in page.words
    assert "Announcement of the People's Committee of Búng Lao commune" in page.words
    assert "Ảnh: https://a.gov.vn/anh.jpg" in page.words
    assert "<img" not in page.html
    page = await writes(browser, **{"chu-vi": "chữ " * 300 + "CUỐI", "anh": "https://a.gov.vn/anh.jpg"})
    assert re.search(r"<del>[^<]*CUỐI", page.html)


async def test_markup_of_staff_is_shown_as_text(house: ConsoleHouse) -> None:
    house.subscribers(1)
    _, browser = await officer(house)
    evil = "<script>alert(1)</script></textarea><b>“{office}”</b>"
    page = await writes(browser, **{"chu-vi": evil})
    assert "<script>alert" not in page.html
    assert page.forms[WRITING]["chu-vi"] == evil
    page = await sends(browser, **{"chu-vi": evil})
    assert "<script>alert" not in page.html


async def test_communes_are_chosen_one_by_one_by_former_district_or_all(house: ConsoleHouse) -> None:
    house.subscribers(2)
    house.subscribers(3, MUONG_ANG, first=2000, topics=("vbsp-loans",))
    browser = await house.signed_in(house.staff("admin"))
    assert "Huyện Mường Ảng cũ" in (await browser.open(WRITING)).words
    assert "Số người nhận: 2" in (await writes(browser, xa=[BUNG_LAO])).words
    assert "Số người nhận: 5" in (await writes(browser, xa=[BUNG_LAO, MUONG_ANG])).words
    assert "Số người nhận: 5" in (await writes(browser, huyen=["Mường Ảng"])).words
    assert "Số người nhận: 5" in (await writes(browser, tinh="1")).words
    assert "Chọn ít nhất một xã" in (await writes(browser, xa=["99999"])).words
    page = await writes(browser, "gui", tinh="1", xa=[BUNG_LAO])
    assert (browser.status, "Chọn toàn tỉnh, hoặc chọn từng xã" in page.words) == (422, True)


async def test_an_officer_writes_to_own_communes_and_to_no_others(house: ConsoleHouse) -> None:
    house.subscribers(1)
    house.subscribers(1, MUONG_ANG, first=2000)
    house.subscribers(1, "03158", first=3000)
    _, browser = await officer(house, BUNG_LAO, MUONG_ANG)
    page = await writes(browser, "gui", tinh="1", xa=["03158"])
    assert (browser.status, "Chọn ít nhất một xã" in page.words) == (422, True)
    page = await writes(browser, tinh="1", huyen=["Mường Ảng"])
    assert "Số người nhận: 2" in page.words
    _, one = await officer(house)
    page = await writes(one, tinh="1", xa=[MUONG_ANG])
    assert "Số người nhận: 1" in page.words
    assert MUONG_ANG not in page.html


async def test_a_test_goes_to_the_writer_alone(house: ConsoleHouse) -> None:
    house.subscribers(2)
    number, browser = await officer(house)
    page = await writes(browser, "thu")
    assert "Đã gửi thử" in page.words
    assert page.forms[WRITING]["chu-vi"] == TEXT
    assert [TEXT in text for text in house.told(number)][-2:] == [False, True]
    assert {one.to for one in house.store.due_replies("telegram")} == {Address("telegram", "officer-0")}
    assert of_announcements(house) == []


async def test_what_was_begun_in_the_chat_is_gone_on_with_on_the_page(house: ConsoleHouse) -> None:
    from bot.desk.chat_draft import ChatDraft, dump

    house.subscribers(1)
    _, browser = await officer(house)
    address = Address("telegram", "officer-0")
    with house.store.writing() as transaction:
        begun = ChatDraft("7K3M2P", house.now, texts={"vi": TEXT}, photo="telegram:AgAC", step="when")
        transaction.save_draft(address, dump(begun), house.now)
    page = await browser.open("/thong-bao")
    assert "đang soạn dở một thông báo trong khung trò chuyện" in page.words
    page = await browser.sends("/thong-bao/viet/lay")
    assert page.forms[WRITING]["chu-vi"] == TEXT
    with house.store.viewing() as view:
        assert view.draft(address) is None
    await browser.sends(WRITING, viec="gui", khi="ngay", den="3 ngày", giu_anh="1", loai="ordinary")
    await browser.sends(CONFIRMING)
    assert (newest(house).plan.code, newest(house).plan.photo) == ("7K3M2P", "telegram:AgAC")


async def test_a_draft_is_thrown_away(house: ConsoleHouse) -> None:
    number, browser = await officer(house)
    await writes(browser, "luu")
    await browser.sends("/thong-bao/viet/bo")
    assert "Đã bỏ" in browser.page.words
    with house.store.viewing() as view:
        assert view.draft(Address(STAFF_PAGE, str(number))) is None


# --- sending ----------------------------------------------------------------------------------------------------------


async def test_a_form_that_is_sent_twice_has_one_effect(house: ConsoleHouse) -> None:
    house.subscribers(1)
    _, browser = await officer(house)
    await writes(browser, "gui")
    form = dict(browser.page.forms[CONFIRMING])
    answers = [await browser.post(CONFIRMING, form) for _ in range(3)]
    assert {answer.headers["location"] for answer in answers} == {"/thong-bao/1?da=gui"}
    with house.store.viewing() as view:
        assert len(view.announcements(None)) == 1


async def test_what_was_changed_after_it_was_shown_is_not_sent(house: ConsoleHouse) -> None:
    house.subscribers(1)
    _, browser = await officer(house)
    await writes(browser, "gui")
    form = dict(browser.page.forms[CONFIRMING])
    await writes(browser, **{"chu-vi": "Nội dung khác hẳn."})
    answer = await browser.post(CONFIRMING, form)
    page = Page(answer.text)
    assert (answer.status_code, "Nội dung khác hẳn." in page.words) == (409, True)
    assert of_announcements(house) == []


async def test_the_same_text_within_a_day_is_asked_about(house: ConsoleHouse) -> None:
    house.subscribers(1)
    _, first = await officer(house)
    number, browser = await officer(house)
    await sends(first)
    page = await writes(browser, "gui", **{"chu-vi": f"  {TEXT.upper()}\n"})
    assert "có đúng nội dung này" in page.words
    page = await browser.sends(CONFIRMING)
    assert (browser.status, len(of_announcements(house))) == (422, 1)
    await browser.sends(CONFIRMING, lan_nua="1")
    assert of_announcements(house)[0] == (number, "confirmed", "announcement 2")
    house.now += timedelta(days=1, minutes=1)
    browser = await house.signed_in(number)
    assert "có đúng nội dung này" not in (await writes(browser, "gui")).words


async def test_a_text_that_went_to_a_commune_of_others_is_not_told_of(house: ConsoleHouse) -> None:
    house.subscribers(1)
    house.subscribers(1, MUONG_ANG, first=2000)
    _, elsewhere = await officer(house, MUONG_ANG)
    await sends(elsewhere)
    _, browser = await officer(house)
    assert "có đúng nội dung này" not in (await writes(browser, "gui")).words


async def test_nobody_to_send_it_to_and_nobody_to_approve_it_are_said_before(house: ConsoleHouse) -> None:
    _, browser = await officer(house)
    page = await writes(browser, "gui")
    assert "chưa ai đăng ký nhận thông báo" in page.words
    assert ">Gửi</button>" not in page.html
    house.subscribers(LIMIT + 1)
    page = await writes(browser, "gui")
    assert "hiện chưa ai có quyền ấy" in page.words
    page = await browser.sends(CONFIRMING)
    assert (browser.status, of_announcements(house)) == (409, [])


async def test_a_role_that_ended_between_page_and_click_sends_nothing(house: ConsoleHouse) -> None:
    house.subscribers(1)
    number, browser = await officer(house)
    await writes(browser, "gui")
    form = dict(browser.page.forms[CONFIRMING])
    with house.store.writing() as transaction:
        transaction.remove_staff(number, house.now)
    assert (await browser.post(CONFIRMING, form)).status_code == 403
    assert of_announcements(house) == []


# --- the second person ------------------------------------------------------------------------------------------------


async def test_a_second_person_sees_exactly_what_was_previewed_and_approves_it(house: ConsoleHouse) -> None:
    house.subscribers(LIMIT + 1)
    _, browser = await officer(house)
    second, other = await officer(house)
    page = await writes(browser, "gui")
    assert f"cán bộ xã Búng Lao (số {second})" in page.words
    page = await browser.sends(CONFIRMING)
    assert "đã nhắn cho 1 người. Anh/chị không tự duyệt được." in page.words
    assert "/thong-bao/1/duyet" not in page.forms
    page = await other.open("/")
    assert "Thông báo 1 chờ anh/chị duyệt" in page.words
    assert "chờ anh/chị duyệt" not in (await browser.open("/")).words
    page = await other.open("/thong-bao/1")
    assert TEXT in page.words
    assert page.forms["/thong-bao/1/duyet"]["dau"] == house.announced(1).plan.fingerprint()
    page = await other.sends("/thong-bao/1/duyet")
    assert "Đã duyệt" in page.words
    assert (house.announced(1).state, house.announced(1).approver) == ("sending", second)
    assert of_announcements(house)[0] == (second, "approved", "announcement 1")


async def test_nobody_approves_their_own_and_no_approval_holds_for_something_else(house: ConsoleHouse) -> None:
    house.subscribers(LIMIT + 1)
    author, browser = await officer(house)
    _, other = await officer(house)
    waiting = house.announcement(author)
    token = (await browser.open("/")).forms["/thoat"]["the"]
    own = await browser.post("/thong-bao/1/duyet", {"the": token, "dau": waiting.plan.fingerprint()})
    assert (own.status_code, "không tự duyệt" in own.text) == (409, True)
    await other.open("/thong-bao/1")
    page = await other.sends("/thong-bao/1/duyet", dau="0" * 64)
    assert (other.status, "đã đổi" in page.words) == (409, True)
    assert house.announced(1).state == "waiting"


async def test_an_approval_after_it_was_cancelled_is_refused_with_its_sentence(house: ConsoleHouse) -> None:
    house.subscribers(LIMIT + 1)
    author, browser = await officer(house)
    _, other = await officer(house)
    house.announcement(author)
    await other.open("/thong-bao/1")
    await browser.open("/thong-bao/1/huy")
    await browser.sends("/thong-bao/1/huy")
    page = await other.sends("/thong-bao/1/duyet")
    assert (other.status, "đã đổi, hoặc đã có người quyết định rồi" in page.words) == (409, True)
    assert house.announced(1).state == "cancelled"


async def test_a_refusal_has_a_reason_and_the_text_is_sent_again(house: ConsoleHouse) -> None:
    house.subscribers(LIMIT + 1)
    author, browser = await officer(house)
    second, other = await officer(house)
    await sends(browser)
    await other.open("/thong-bao/1")
    page = await other.sends("/thong-bao/1/khong", ly_do=" ")
    assert (other.status, "Viết một câu vì sao" in page.words) == (422, True)
    page = await other.sends("/thong-bao/1/khong", ly_do="Sai ngày.\nThứ Bảy mới đúng.")
    assert "Không duyệt, chưa gửi cho ai" in page.words
    assert of_announcements(house)[:2] == [
        (second, "turned down because", "announcement 1"),
        (second, "turned down", "announcement 1"),
    ]
    assert any("Sai ngày. Thứ Bảy mới đúng." in text for text in house.told(author))
    page = await browser.open("/thong-bao/1")
    assert "“Sai ngày. Thứ Bảy mới đúng.”" in page.words
    page = await browser.sends("/thong-bao/1/lai")
    assert page.forms[WRITING]["chu-vi"] == TEXT
    page = await browser.sends(WRITING, viec="gui", loai="ordinary", **{"chu-vi": TEXT + " Thứ Bảy."})
    await browser.sends(CONFIRMING)
    assert (newest(house).id, newest(house).state) == (2, "waiting")
    assert "/thong-bao/1/lai" not in (await other.open("/thong-bao/1")).forms


async def test_sending_again_takes_no_other_drafts_place(house: ConsoleHouse) -> None:
    house.subscribers(LIMIT + 1)
    author, browser = await officer(house)
    second, _ = await officer(house)
    waiting = house.announcement(author)
    with house.store.writing() as transaction:
        actions = house.parts.desk().actions
        actions.turn_down(transaction, second, 1, waiting.plan.fingerprint(), house.now)
    await writes(browser, "luu", **{"chu-vi": "Một tin khác."})
    await browser.open("/thong-bao/1")
    page = await browser.sends("/thong-bao/1/lai")
    assert (browser.status, "đang soạn một thông báo khác" in page.words) == (409, True)
    assert (await browser.open(WRITING)).forms[WRITING]["chu-vi"] == "Một tin khác."


# --- on its way -------------------------------------------------------------------------------------------------------


async def test_it_is_paused_resumed_and_cancelled(house: ConsoleHouse) -> None:
    house.subscribers(2)
    author, browser = await officer(house)
    house.announcement(author)
    assert "Đang gửi thông báo 1: 0/2 người" in (await browser.open("/")).words
    await browser.open("/thong-bao/1")
    page = await browser.sends("/thong-bao/1/dung")
    assert ("Đã tạm dừng" in page.words, house.announced(1).state) == (True, "paused")
    page = await browser.sends("/thong-bao/1/tiep")
    assert house.announced(1).state == "sending"
    page = await browser.open("/thong-bao/1/huy")
    assert "không gửi tiếp được nữa" in page.words
    page = await browser.sends("/thong-bao/1/huy")
    assert house.announced(1).state == "cancelled"
    assert [action for _, action, _ in of_announcements(house)] == ["cancelled", "resumed", "paused", "confirmed"]
    token = page.forms["/thoat"]["the"]
    late = await browser.post("/thong-bao/1/dung", {"the": token})
    assert (late.status_code, "Chỉ tạm dừng được" in late.text) == (409, True)
    assert (await browser.open("/thong-bao/1/huy")) is not None
    assert browser.status == 409


def settle(house: ConsoleHouse, number: int, outcomes: list[tuple[str, str]]) -> None:
    with house.store.writing() as transaction:
        for user, (state, reason) in enumerate(outcomes, start=1000):
            claimed = transaction.claim(
                number, "telegram", due=house.now, beyond=house.now, until=house.now + timedelta(minutes=1)
            )
            assert isinstance(claimed, Delivery), user
            transaction.settle(claimed, state, house.now, reason=reason)  # type: ignore[arg-type]


async def test_the_figures_add_up_to_the_recipients(house: ConsoleHouse) -> None:
    house.subscribers(9)
    author, second = house.staff("officer", BUNG_LAO), house.staff("admin")
    waiting = house.announcement(author)
    with house.store.writing() as transaction:
        house.parts.desk().actions.approve(transaction, second, 1, waiting.plan.fingerprint(), house.now)
    settle(house, 1, [("sent", ""), ("sent", ""), ("gone", "blocked"), ("failed", "refused"), ("unknown", "interrupted")])
    browser = await house.signed_in(author)
    page = await browser.open("/thong-bao/1")
    counts = [int(one) for one in re.findall(r"<td>(\d+)</td>", page.html)]
    assert (sum(counts[:-1]), counts[-1]) == (9, 9)
    assert "đã chặn Loa Bản" in page.words
    assert page.html.count("<svg") == len(counts) - 1
    assert 'aria-label="Đã nhận: 2/9"' in page.html
    assert 'data-live="log often"' in page.html
    assert "Còn phải gửi" in page.words


async def test_the_file_adds_up_and_calculates_nothing(house: ConsoleHouse) -> None:
    house.subscribers(3)
    author, browser = await officer(house)
    house.announcement(author, text="=SUM(A1:A9) bà con nhé")
    settle(house, 1, [("sent", ""), ("gone", "blocked")])
    answer = await browser.get("/thong-bao/1/bao-cao.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="thong-bao-1.csv"'
    assert answer.text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row["Nội dung"] for row in rows} == {"'=SUM(A1:A9) bà con nhé"}
    assert [(row["Kết quả"], row["Số người"]) for row in rows] == [
        ("Đã nhận", "1"),
        ("Còn phải gửi", "1"),
        ("Không còn gửi tới được", "1"),
    ]


async def test_planned_ones_stand_by_day_and_a_repeated_one_with_its_next_time(house: ConsoleHouse) -> None:
    house.subscribers(1)
    author, browser = await officer(house)
    house.announcement(author, text="Tin thứ Sáu", due=house.now + timedelta(days=4))
    house.announcement(author, text="Tin hằng ngày", rule="30 7 * * *")
    house.announcement(author, text="Tin bây giờ")
    words = (await browser.open("/thong-bao")).words
    places = [
        words.index(one) for one in ("Tin bây giờ", "Thứ Ba, 24/11/2026", "Tin hằng ngày", "Thứ Sáu, 27/11/2026", "Tin thứ Sáu")
    ]
    assert places == sorted(places)
    today = (await browser.open("/")).words
    assert "Đang gửi thông báo 3" in today
    assert "thông báo 1" not in today


async def test_what_is_of_other_communes_is_in_no_list_and_no_count(house: ConsoleHouse) -> None:
    house.subscribers(LIMIT + 1, MUONG_ANG)
    author, _ = house.staff("admin"), house.staff("owner")
    house.announcement(author, MUONG_ANG, "Chuyện xã khác.")
    _, browser = await officer(house)
    for path in ("/", "/thong-bao"):
        assert "Chuyện xã khác" not in (await browser.open(path)).words
        assert "hông báo 1" not in browser.page.words
    await browser.open("/thong-bao/1")
    assert browser.status == 404


async def test_an_administrator_pauses_what_an_officer_sends(house: ConsoleHouse) -> None:
    house.subscribers(1)
    house.announcement(house.staff("officer", BUNG_LAO))
    admin = house.staff("admin")
    browser = await house.signed_in(admin)
    await browser.open("/thong-bao/1")
    await browser.sends("/thong-bao/1/dung")
    assert of_announcements(house)[0] == (admin, "paused", "announcement 1")


# --- what it costs ----------------------------------------------------------------------------------------------------


async def test_the_page_with_every_commune_is_light(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("admin"))
    answer = await browser.get(WRITING, **{"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(gzip.compress(answer.content, 6)) < 20_000  # of 60 that a page may have


async def test_who_only_looks_holds_up_nobody_who_writes(house: ConsoleHouse) -> None:
    house.subscribers(2)
    author, browser = await officer(house)
    house.announcement(author)
    await writes(browser, "luu")
    with house.store.writing():
        for path in ("/thong-bao", WRITING, CONFIRMING, "/thong-bao/1", "/thong-bao/1/bao-cao.csv"):
            assert (path, (await browser.get(path)).status_code) == (path, 200)


def test_the_script_stays_small() -> None:
    script = files("bot.web.console").joinpath("static/console.js").read_text("utf-8")
    assert len(script.splitlines()) < 250
