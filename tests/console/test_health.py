"""*Sức khỏe*: what fails, in words, with what to do; what fails stands in *Hôm nay* of administrators, too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import ChannelState
from bot.web.health_check import Look, Trouble
from tests.at_the_desk import BUNG_LAO
from tests.console.house import ConsoleHouse

SHOWN = {
    "content": "abc123",
    "content_since": "2026-11-22T01:00:00+00:00",
    "free_disk_mb": 12_345,
    "oldest_due_delivery_seconds": 0.0,
    "channels": {"telegram": {"by": "polling", "pause_seconds": 0.0}, "web": {"by": "page", "open": 3}},
}
REFUSED = {"content_refused": {"at": "2026-11-23T00:30:00+00:00", "problems": 2, "first": "intents/x.yaml:3: <b>lỗi</b>"}}


def looked(house: ConsoleHouse, *troubles: Trouble, **shown: object) -> None:
    house.look = Look(house.now, troubles, {**SHOWN, **shown})


async def test_when_all_is_well_it_says_so_and_how_things_are(house: ConsoleHouse) -> None:
    looked(house)
    browser = await house.signed_in(house.staff("admin"))
    page = await browser.open("/suc-khoe")
    for words in ("Mọi thứ chạy tốt", "Telegram: đang chạy", "đang mở 3 trang", "12.345 MB", "dùng từ 8:00, 22/11", "lúc 8:00"):
        assert words in page.words
    assert "Có việc mới, trang tự hiện" in (await browser.open("/")).words


@pytest.mark.parametrize(
    ("trouble", "told", "to_do"),
    [
        (Trouble("clock", "clock: …", 600), "Đồng hồ của Loa Bản đứng đã 10 phút", "khởi động lại"),
        (Trouble("database", "database: it is full"), "Không ghi được dữ liệu", "Gọi ngay"),
        (Trouble("disk", "disk: …", 12), "Đĩa chỉ còn 12 MB", "dọn bớt đĩa"),
        (Trouble("disk", "disk: cannot be looked at"), "Không xem được đĩa", "dọn bớt đĩa"),
        (Trouble("channel", "zalo-bot: …", 200, "zalo-bot"), "Zalo Bot đứng im đã 3 phút", "nhắn thử"),
    ],
    ids=lambda one: one.part if isinstance(one, Trouble) else "",
)
async def test_what_fails_is_said_with_what_to_do_and_waits_for_administrators(
    house: ConsoleHouse, trouble: Trouble, told: str, to_do: str
) -> None:
    looked(house, trouble)
    officer, admin = house.staff("officer", BUNG_LAO), house.staff("admin")
    browser = await house.signed_in(admin)
    assert told in browser.page.words
    assert "/suc-khoe" in browser.page.links
    page = await browser.open("/suc-khoe")
    assert told in page.words
    assert to_do in page.words.partition(told)[2]
    assert "Mọi thứ chạy tốt" not in page.words
    page = (await house.signed_in(officer)).page
    assert told not in page.words
    assert "/suc-khoe" not in page.links


async def test_refused_content_and_different_machines_are_said_as_text(house: ConsoleHouse) -> None:
    looked(house, **REFUSED, replicas={"một": "abc", "hai": "def"})
    browser = await house.signed_in(house.staff("owner"))
    page = await browser.open("/suc-khoe")
    assert "Nội dung mới không nhận được lúc 7:30: 2 lỗi" in page.words
    assert "&lt;b&gt;lỗi" in page.html
    assert "hai (def), một (abc)" in page.words
    assert "Nội dung mới không nhận được" in (await browser.open("/")).words


async def test_an_app_on_which_announcements_fail_is_named_until_they_go_out_again(house: ConsoleHouse) -> None:
    looked(house)
    with house.store.writing() as transaction:
        transaction.save_channel_state("telegram", ChannelState(failing_since=house.now - timedelta(minutes=20)))
    browser = await house.signed_in(house.staff("admin"))
    told = "Từ 7:40, thông báo qua Telegram không đi được"
    assert told in browser.page.words
    assert told in (await browser.open("/suc-khoe")).words
    with house.store.writing() as transaction:
        transaction.save_channel_state("telegram", ChannelState())
    assert told not in (await browser.open("/")).words


async def test_a_look_that_is_old_is_no_comfort(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("admin"))
    assert "vừa khởi động" in (await browser.open("/suc-khoe")).words
    looked(house)
    house.now += timedelta(minutes=3)
    page = await browser.open("/suc-khoe")
    assert "Từ 8:00 máy không tự kiểm tra được" in page.words
    assert "Mọi thứ chạy tốt" not in page.words


async def test_answers_past_their_day_are_counted_listed_and_wait_for_administrators(house: ConsoleHouse) -> None:
    looked(house)
    house.now += timedelta(days=3 * 365)
    officer, admin = house.staff("officer", BUNG_LAO), house.staff("admin")
    browser = await house.signed_in(admin)
    assert "quá ngày đối chiếu lại với nguồn" in browser.page.words
    page = await browser.open("/suc-khoe")
    assert "Đã quá ngày kiểm lại" in page.words
    assert "loaban confirm" in page.words
    assert len(page.html) < 40_000, "however many are past their day"
    assert "quá ngày đối chiếu" not in (await house.signed_in(officer)).page.words


async def test_a_full_disk_does_not_hold_the_page_up(house: ConsoleHouse) -> None:
    looked(house, Trouble("database", "database: locked"))
    browser = await house.signed_in(house.staff("admin"))
    with house.store.writing():
        assert (await browser.get("/suc-khoe")).status_code == 200
