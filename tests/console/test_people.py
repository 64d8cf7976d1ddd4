"""*Người dùng*: one's own devices, and for owners invitations and the end of a role, each with a new code."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.announcements import staffing
from bot.model import Address
from tests.announcing import announce
from tests.at_the_desk import BUNG_LAO, MUONG_ANG
from tests.console.house import ConsoleHouse

INVITE = "/nguoi-dung/moi"


async def test_devices_are_listed_and_ended_and_those_of_others_are_not_there(house: ConsoleHouse) -> None:
    officer, other = house.staff("officer", BUNG_LAO), house.staff("owner")
    first, second = await house.signed_in(officer), await house.signed_in(officer)
    await house.signed_in(other)
    page = await second.open("/nguoi-dung")
    assert page.words.count("Chrome, Android") == 2
    assert "Cán bộ (" not in page.words, "who is staff is no business of an officer"
    token = page.forms["/thoat"]["the"]
    assert (await second.post("/nguoi-dung/may/3/thoat", {"the": token})).status_code == 404
    page = await second.sends("/nguoi-dung/may/1/thoat")
    assert "Đã thoát máy ấy" in page.words
    assert (await first.get("/")).status_code == 303
    assert house.log()[0] == (officer, "console closed", f"staff {officer}")


@pytest.mark.parametrize("how", ["/thoat", "/nguoi-dung/thoat-het"])
async def test_who_leaves_is_out_and_what_was_shown_cannot_be_had_again(house: ConsoleHouse, how: str) -> None:
    owner = house.staff("owner")
    other, browser = await house.signed_in(owner), await house.signed_in(owner)
    kept = dict(browser.cookies)
    await browser.open("/nguoi-dung")
    page = await browser.sends(how)
    assert "Đăng nhập" in page.title
    assert "loaban-staff" not in browser.cookies
    browser.cookies = kept
    assert (await browser.get("/")).status_code == 303
    assert (await other.get("/")).status_code == (200 if how == "/thoat" else 303)


async def test_an_owner_invites_with_a_new_code_and_the_invitation_is_shown_once(house: ConsoleHouse) -> None:
    owner = house.staff("owner")
    browser = await house.signed_in(owner)
    page = await browser.open(INVITE)
    assert page.words.index("xã Búng Lao") < page.words.index("xã Mường Ảng")
    fresh = house.code(owner)
    page = await browser.sends(INVITE, vai="officer", xa=[BUNG_LAO, MUONG_ANG], co_quan="UBND xã", ma=fresh)
    assert browser.status == 200
    assert "<svg" in page.html
    code = page.words.partition("/join ")[2][:14].replace(" ", "")
    with house.store.writing() as transaction:
        staff = staffing.join(transaction, Address("telegram", "new"), code, house.now + timedelta(days=2))
    assert (staff.role, set(staff.places), staff.office) == ("officer", {BUNG_LAO, MUONG_ANG}, "UBND xã")
    assert house.log()[1] == (owner, "invited", "officer")
    await browser.open(INVITE)
    await browser.sends(INVITE, vai="admin", ma=fresh)
    assert (browser.status, [line for line in house.log() if line[1] == "invited"]) == (422, [(owner, "invited", "officer")])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"vai": "admin", "ma": "ABCD2345"}, "Mã không đúng"),
        ({"vai": "officer", "ma": "FRESH"}, "Chọn ít nhất một xã"),
        ({"vai": "officer", "xa": "99999", "ma": "FRESH"}, "Chọn ít nhất một xã"),
        ({"vai": "king", "ma": "FRESH"}, "Chọn một vai trò"),
        ({"vai": "admin", "co_quan": "x" * 101, "ma": "FRESH"}, "Tối đa 100"),
        ({"vai": "admin", "ma": "OF ANOTHER"}, "Mã không đúng"),
    ],
)
async def test_what_is_wrong_with_an_invitation_is_said_and_nothing_is_made(
    house: ConsoleHouse, given: dict[str, str], told: str
) -> None:
    owner = house.staff("owner")
    browser = await house.signed_in(owner)
    fresh = {"FRESH": house.code(owner), "OF ANOTHER": house.code(house.staff("owner"))}
    await browser.open(INVITE)
    page = await browser.sends(INVITE, **{**given, "ma": fresh.get(given["ma"], given["ma"])})
    assert browser.status == 422
    assert told in page.words
    assert [line for line in house.log() if line[1] == "invited"] == []


async def test_codes_cannot_be_guessed_there_either(house: ConsoleHouse) -> None:
    owner = house.staff("owner")
    browser = await house.signed_in(owner)
    for _ in range(5):
        await browser.open(INVITE)
        await browser.sends(INVITE, vai="admin", ma="ABCD2345")
    await browser.open(INVITE)
    page = await browser.sends(INVITE, vai="admin", ma=house.code(owner))
    assert (browser.status, "chờ mười phút" in page.words) == (429, True)


async def test_before_a_role_ends_it_is_said_what_ends_with_it(house: ConsoleHouse) -> None:
    owner, officer, case = house.staff("owner"), house.staff("officer", BUNG_LAO), house.case()
    number = announce(house.store, now=house.now, author=officer).id
    with house.store.writing() as transaction:
        house.parts.desk().cases.take(transaction, officer, case.number, house.now)
    theirs, browser = await house.signed_in(officer), await house.signed_in(owner)
    path = f"/nguoi-dung/{officer}/thoi"
    page = await browser.open(path)
    for told in (f"tạm dừng: {number}", "chờ người khác nhận: 1", "bị thoát: 1"):
        assert told in page.words
    await browser.sends(path, ma="ABCD2345")
    assert (browser.status, (await theirs.get("/")).status_code) == (422, 200)
    page = await browser.sends(path, ma=house.code(owner))
    assert "đã thôi vai trò" in page.words
    assert (await theirs.get("/")).status_code == 303
    assert house.log()[0] == (owner, "revoked", f"staff {officer}")
    assert (await browser.get(path)).status_code == 404


async def test_the_last_owner_stays(house: ConsoleHouse) -> None:
    owner = house.staff("owner")
    browser = await house.signed_in(owner)
    await browser.open(f"/nguoi-dung/{owner}/thoi")
    page = await browser.sends(f"/nguoi-dung/{owner}/thoi", ma=house.code(owner))
    assert (browser.status, (await browser.get("/")).status_code) == (422, 200)
    assert "cuối cùng" in page.words or "duy nhất" in page.words


async def test_each_browser_has_its_language(house: ConsoleHouse) -> None:
    officer = house.staff("officer", BUNG_LAO)
    first, second = await house.signed_in(officer), await house.signed_in(officer)
    await first.open("/viec")
    page = await first.sends("/ngon-ngu", lang="en")
    assert "No case waits" in page.words
    assert "Không có việc nào chờ" in (await second.open("/viec")).words
    assert (await first.post("/ngon-ngu", {"the": page.forms["/thoat"]["the"], "lang": "xx"})).status_code == 400
