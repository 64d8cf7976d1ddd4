"""The door: a code of one's own chat, once; what is guessed, stolen, replayed, forged or previewed opens nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.announcements import staffing
from bot.model import COMMAND_LINE
from bot.web.console.limits import LoginLimits
from bot.web.console.pages.entrance import device_name
from tests.at_the_desk import BUNG_LAO
from tests.console.house import Browser, ConsoleHouse

WRONG = "Mã không đúng, đã dùng, hoặc quá 10 phút"


async def test_a_code_opens_the_console_and_the_chat_is_told(house: ConsoleHouse) -> None:
    owner = house.staff("owner")
    browser = await house.signed_in(owner)
    assert "Hôm nay" in browser.page.title
    assert f"(số {owner})" in browser.page.words
    (told,) = house.told(owner)
    assert "Chrome, Android" in told
    assert house.log() == [(owner, "console opened", f"staff {owner}")]


async def test_typed_in_any_way_the_code_is_the_same(house: ConsoleHouse) -> None:
    code = house.code(house.staff("owner")).lower()
    browser = Browser(house)
    await browser.sign_in(f" {code[:4]}-{code[4:]} ")
    assert browser.status == 200
    assert "Hôm nay" in browser.page.title


async def test_to_look_at_the_address_spends_nothing(house: ConsoleHouse) -> None:
    code = house.code(house.staff("owner"))
    for _ in range(3):  # a preview, and a curious proxy
        await Browser(house).open(f"/vao?ma={code}")
    browser = Browser(house)
    page = await browser.open(f"/vao?ma={code}")
    assert page.forms["/vao"]["ma"] == code
    assert "Hôm nay" in (await browser.sends("/vao")).title


@pytest.mark.parametrize("what", ["used", "old", "replaced", "wrong", "empty", "of somebody who left"])
async def test_a_code_that_is_no_good_opens_nothing(house: ConsoleHouse, what: str) -> None:
    house.staff("owner")
    admin = house.staff("admin")
    code = house.code(admin)
    if what == "used":
        await Browser(house).sign_in(code)
    elif what == "old":
        house.now += timedelta(minutes=10)
    elif what == "replaced":
        house.code(admin)
    elif what == "of somebody who left":
        with house.store.writing() as transaction:
            staffing.revoke(transaction, COMMAND_LINE, admin, house.now)
    else:
        code = "" if what == "empty" else "ABCD2345"
    browser = Browser(house)
    page = await browser.sign_in(code)
    assert (browser.status, WRONG in page.words) == (422, True)
    assert (await browser.get("/")).status_code == 303


async def test_whoever_guesses_has_to_wait_and_others_do_not(house: ConsoleHouse) -> None:
    owner = house.staff("owner")
    browser = Browser(house)
    for _ in range(5):
        await browser.sign_in("ABCD2345")
        assert browser.status == 422
    page = await browser.sign_in(house.code(owner))
    assert (browser.status, "chờ mười phút" in page.words) == (429, True)
    house.now += timedelta(minutes=9, seconds=59)
    await browser.sign_in(house.code(owner))
    assert browser.status == 429
    house.now += timedelta(seconds=1)
    for _ in range(9):  # the right ones cost nothing
        browser = Browser(house)
        await browser.sign_in(house.code(owner))
        assert browser.status == 200


def test_from_many_addresses_a_code_can_be_guessed_sixty_times_a_minute_and_one_address_keeps_nobody_out() -> None:
    now = 0.0
    limits = LoginLimits(clock=lambda: now)
    assert [limits.may_try("one") for _ in range(6)] == [True] * 5 + [False]
    assert [limits.may_try(f"{number}") for number in range(56)] == [True] * 55 + [False]
    now = 60.0
    assert limits.may_try("55"), "what was refused for all did not count for this one"
    limits.right("55")
    assert [limits.may_try("55") for _ in range(6)] == [True] * 5 + [False]


async def test_a_device_is_out_after_twelve_hours_and_after_two_without_use(house: ConsoleHouse) -> None:
    owner = house.staff("owner")
    idle, busy = await house.signed_in(owner), await house.signed_in(owner)
    for _ in range(11):
        house.now += timedelta(hours=1)
        assert (await busy.get("/")).status_code == 200
    assert (await idle.get("/")).status_code == 303
    house.now += timedelta(hours=1)
    assert (await busy.get("/")).status_code == 303


async def test_what_the_script_fetches_by_itself_keeps_nobody_in(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("owner"))
    for _ in range(4):
        house.now += timedelta(minutes=31)
        answer = await browser.get("/", **{"x-loaban": "1"})
    assert answer.status_code == 403


@pytest.mark.parametrize("how", ["revoked", "forgotten", "by the person in the chat"])
async def test_whose_role_ends_is_out_at_once_everywhere(house: ConsoleHouse, how: str) -> None:
    house.staff("owner")
    admin = house.staff("admin")
    first, second = await house.signed_in(admin), await house.signed_in(admin)
    with house.store.writing() as transaction:
        staff = transaction.staff_number(admin)
        assert staff is not None
        assert staff.address is not None
        if how == "revoked":
            staffing.revoke(transaction, COMMAND_LINE, admin, house.now)
        elif how == "forgotten":
            transaction.forget(staff.address)
        else:
            transaction.end_devices(admin)
    for browser in (first, second):
        assert (await browser.get("/")).status_code == 303


async def test_a_browser_gets_another_number_with_each_sign_in_and_the_old_one_is_out(house: ConsoleHouse) -> None:
    owner = house.staff("owner")
    browser = await house.signed_in(owner)
    before = dict(browser.cookies)
    answer = await browser.get("/vao")
    assert answer.status_code == 303, "who is in need not come in again"
    door = Browser(house)
    await door.open("/vao")
    door.cookies |= before  # set by whoever wants to know the number afterwards
    await door.sends("/vao", ma=house.code(owner))
    assert door.cookies["loaban-staff"] != before["loaban-staff"]
    assert (await browser.get("/")).status_code == 303


async def test_only_hashes_are_kept_and_no_log_line_has_a_secret(house: ConsoleHouse, database: Path) -> None:
    with capture_logs() as logged:
        code = house.code(house.staff("owner"))
        browser = await house.signed_in(1)
    token = browser.cookies["loaban-staff"]
    kept = b"".join(path.read_bytes() for path in database.parent.glob("loaban.db*"))
    assert token.encode() not in kept
    assert code.encode() not in kept
    assert token not in str(logged)
    assert token not in browser.page.html


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example/", "/\\evil.example", "/x\r\nset-cookie: a=b", "viec"]
)
async def test_nobody_is_sent_elsewhere(house: ConsoleHouse, onward: str) -> None:
    browser = Browser(house)
    await browser.open("/vao")
    answer = await browser.post("/vao", {**browser.page.forms["/vao"], "ma": house.code(house.staff("owner")), "tiep": onward})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_whoever_followed_an_address_comes_to_it(house: ConsoleHouse) -> None:
    case = house.case()
    browser = Browser(house)
    await browser.open(f"/viec/{case.number}")
    page = await browser.sends("/vao", ma=house.code(house.staff("officer", BUNG_LAO)))
    assert "Tôi hỏi việc hộ nghèo." in page.words


async def test_a_cookie_is_for_this_host_alone_and_no_script(house: ConsoleHouse) -> None:
    browser = Browser(house)
    await browser.open("/vao")
    answer = await browser.post("/vao", {**browser.page.forms["/vao"], "ma": house.code(house.staff("owner"))})
    (given,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("loaban-staff=")]
    assert given.endswith("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14; SM-A055F) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("curl/8", ""),
        ("<b>", ""),
    ],
)
def test_a_device_is_called_as_people_call_it(agent: str, name: str) -> None:
    assert device_name(agent) == name
