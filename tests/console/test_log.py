"""*Nhật ký*: who did what, by day, person and subject, page by page; an officer's own lines alone are theirs to see."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.model import AuditEntry
from tests.at_the_desk import BUNG_LAO, MUONG_ANG
from tests.console.house import ConsoleHouse


def noted(house: ConsoleHouse, actor: int, action: str, subject: str, detail: str = "", *, days_ago: int = 0) -> None:
    with house.store.writing() as transaction:
        transaction.note(AuditEntry(house.now - timedelta(days=days_ago), actor, action, subject, detail))


def lines(html: str) -> list[str]:
    found = re.findall(r"<li><p>(.*?)</p>", html)
    return [re.sub(r"<[^>]+>", "", one) for one in found]


async def test_administrators_see_in_words_who_did_what(house: ConsoleHouse) -> None:
    officer, admin = house.staff("officer", BUNG_LAO), house.staff("admin")
    noted(house, 0, "invited", "officer", f"{BUNG_LAO} {MUONG_ANG}", days_ago=1)
    noted(house, officer, "case taken", "case 12", BUNG_LAO)
    noted(house, admin, "confirmed", "announcement 7", "a" * 64)
    page = await (await house.signed_in(admin)).open("/nhat-ky")
    assert "Thứ Hai, 23/11/2026" in page.words
    assert "Chủ Nhật, 22/11/2026" in page.words
    _, second, third, last = lines(page.html)
    assert second == f"8:00 · quản trị viên của Loa Bản (số {admin}) xác nhận gửi: thông báo số 7"
    assert third == f"8:00 · cán bộ xã Búng Lao (số {officer}) nhận việc: việc 12"
    assert last.endswith("mời: cán bộ")
    assert "xã Búng Lao và xã Mường Ảng" in page.words
    assert "a" * 13 not in page.html


async def test_it_is_narrowed_down_by_day_person_and_subject(house: ConsoleHouse) -> None:
    admin = house.staff("admin")
    browser = await house.signed_in(admin)
    noted(house, 5, "case taken", "case 12", days_ago=1)
    noted(house, 6, "case closed", "case 12")
    noted(house, 6, "case taken", "case 1")
    for query, count in (("ngay=2026-11-22", 1), ("ngay=22/11/2026", 1), ("nguoi=6", 2), ("loai=case&so=12", 2)):
        page = await browser.open(f"/nhat-ky?{query}")
        assert (query, len(lines(page.html))) == (query, count)
    assert len(lines((await browser.open("/nhat-ky?loai=case&so=12&nguoi=6&ngay=2026-11-23")).html)) == 1
    page = await browser.open("/nhat-ky")
    assert "/nhat-ky?loai=case&so=12" in page.links
    assert "/nhat-ky?nguoi=6" in page.links


async def test_an_officer_finds_their_own_lines_and_of_others_nothing(house: ConsoleHouse) -> None:
    officer = house.staff("officer", BUNG_LAO)
    colleague = house.staff("officer", BUNG_LAO)
    browser = await house.signed_in(officer)
    noted(house, colleague, "case taken", "case 12")
    noted(house, officer, "case taken", "case 13")
    noted(house, 0, "revoked", f"staff {officer}")
    page = await browser.open("/nhat-ky")
    assert [line.partition(") ")[2] for line in lines(page.html)] == [
        "nhận việc: việc 13",
        f"mở trang cán bộ: cán bộ xã Búng Lao (số {officer})",
    ]
    assert "Những việc anh/chị đã làm" in page.words
    assert lines((await browser.open("/nhat-ky?loai=case&so=12")).html) == []
    assert (await browser.get(f"/nhat-ky?nguoi={officer}")).status_code == 200
    assert (await browser.get(f"/nhat-ky?nguoi={colleague}")).status_code == 404
    assert (await browser.get("/nhat-ky?nguoi=0")).status_code == 404


async def test_page_by_page_each_line_stands_once_whatever_comes_meanwhile(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("admin"))
    for number in range(1, 121):
        noted(house, 5, "case taken", f"case {number}", days_ago=1)
    seen, path = [], "/nhat-ky?nguoi=5"
    while path:
        page = await browser.open(path)
        seen += lines(page.html)
        noted(house, 5, "case closed", "case 999")
        path = next((link for link in page.links if "truoc=" in link), "")
        assert not path or "nguoi=5" in path
    assert [line.rpartition(" ")[2] for line in seen] == [str(number) for number in range(120, 0, -1)]


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        ("ngay=hôm nay", "ngay", "Ghi ngày như"),
        ("nguoi=Anh Tư", "nguoi", "Ghi một con số"),
        ("loai=case", "so", "Ghi một con số"),
    ],
)
async def test_what_cannot_be_looked_for_is_said_at_its_field(house: ConsoleHouse, query: str, field: str, told: str) -> None:
    browser = await house.signed_in(house.staff("admin"))
    page = await browser.open(f"/nhat-ky?{query}")
    assert (browser.status, told in page.words) == (422, True)
    assert f'id="e-{field}"' in page.html


async def test_what_staff_wrote_is_text_and_nothing_else(house: ConsoleHouse) -> None:
    noted(house, 5, "turned down because", "announcement 7", "<script>alert(1)</script> {{ 7*7 }} ‮abc")
    noted(house, 5, "<b>x", "<i>y 12", "z")
    page = await (await house.signed_in(house.staff("owner"))).open("/nhat-ky")
    assert "<script>alert" not in page.html
    assert "{{ 7*7 }}" in page.html
    assert "&lt;b&gt;x" in page.html
    assert "&lt;i&gt;y 12" in page.html
