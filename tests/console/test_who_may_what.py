"""Each route × role × commune against one table, and each form × what forges one. A new route without a line fails."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import Address, Role
from bot.web.console.app import staff_routes
from bot.web.console.pages import OPEN
from bot.web.console.routes import StaffRoute
from tests.at_the_desk import BUNG_LAO, MUONG_ANG
from tests.console.house import SAME_ORIGIN, Browser, ConsoleHouse

Who = Literal["officer", "officer elsewhere", "admin", "owner"]
EVERYBODY: frozenset[Who] = frozenset({"officer", "officer elsewhere", "admin", "owner"})
OF_THE_COMMUNE: frozenset[Who] = frozenset({"officer", "admin", "owner"})
OWNERS: frozenset[Who] = frozenset({"owner"})

# Who finds something there; to all others it is not there. A new route needs a line.
MAY: Mapping[str, frozenset[Who]] = {
    "today": EVERYBODY,
    "language": EVERYBODY,
    "cases": EVERYBODY,
    "cases.closed": EVERYBODY,
    "case": OF_THE_COMMUNE,
    "case.take": OF_THE_COMMUNE,
    "case.answer": OF_THE_COMMUNE,
    "case.insert": OF_THE_COMMUNE,
    "case.give_back": OF_THE_COMMUNE,
    "case.close": OF_THE_COMMUNE,
    "announcements": EVERYBODY,
    "announce": EVERYBODY,
    "announce.save": EVERYBODY,
    "announce.confirm": EVERYBODY,
    "announce.send": EVERYBODY,
    "announce.drop": EVERYBODY,
    "announce.take_over": EVERYBODY,
    "announcement": OF_THE_COMMUNE,
    "announcement.file": OF_THE_COMMUNE,
    "announcement.pause": OF_THE_COMMUNE,
    "announcement.resume": OF_THE_COMMUNE,
    "announcement.ask_cancel": OF_THE_COMMUNE,
    "announcement.cancel": OF_THE_COMMUNE,
    "announcement.approve": OF_THE_COMMUNE,
    "announcement.turn_down": OF_THE_COMMUNE,
    "announcement.again": OF_THE_COMMUNE,
    "people": EVERYBODY,
    "leave": EVERYBODY,
    "leave.everywhere": EVERYBODY,
    "invite": OWNERS,
    "invite.make": OWNERS,
    "revoke": OWNERS,
    "revoke.do": OWNERS,
}
OF_ONESELF = {"device.end"}  # there is none of others, whoever asks: see test_people.py
ENDLESS = {"news"}  # see test_news.py
BEFORE = {"entrance", "entrance.enter", "script", "icon"}  # there for everybody: see test_entrance.py

INTENT = "vbsp-eligibility"
ROUTES = {route.name: route for route in staff_routes()}
FORMS = [route for route in ROUTES.values() if route.method == "POST"]
ROLES: Mapping[Who, tuple[Role, tuple[str, ...]]] = {
    "officer": ("officer", (BUNG_LAO,)),
    "officer elsewhere": ("officer", (MUONG_ANG,)),
    "admin": ("admin", ()),
    "owner": ("owner", ()),
}
FORGED: list[dict[str, str]] = [
    {},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8082"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:8082.evil.example"},
    {"referer": "http://127.0.0.1:8082/"},
]


def path_of(route: StaffRoute, number: object = 1) -> str:
    return re.sub(r"\{\w+\}", str(number), route.path)


def something(house: ConsoleHouse, author: int) -> None:
    """Number 1 of everything that has a number and belongs to a commune."""
    house.case()
    house.subscribers(1)
    house.announcement(author)


async def asked(browser: Browser, route: StaffRoute, number: object = 1) -> int:
    path = path_of(route, number)
    if route.method == "GET":
        return (await browser.get(path)).status_code
    page = await browser.open("/nguoi-dung")
    return (await browser.post(path, {"the": page.forms["/thoat"]["the"], "lang": "vi", "chen": INTENT})).status_code


def test_every_route_has_its_line() -> None:
    assert set(ROUTES) == set(MAY) | OF_ONESELF | ENDLESS
    assert {route.name for route in OPEN} == BEFORE
    assert len(ROUTES) == len(list(staff_routes())), "two routes of one name"


def test_what_changes_something_is_a_form_and_what_names_a_case_is_bound_to_its_commune() -> None:
    for route in ROUTES.values():
        assert route.bound == (MAY.get(route.name) == OF_THE_COMMUNE), route.name


@pytest.mark.parametrize("who", ROLES)
async def test_who_may_not_finds_nothing_there(house: ConsoleHouse, who: Who) -> None:
    something(house, house.staff("owner"))  # the first number, whom `revoke` is about
    role, places = ROLES[who]
    number = house.staff(role, *places)
    wrong = {}
    for name, allowed in MAY.items():
        browser = await house.signed_in(number)
        status = await asked(browser, ROUTES[name])
        if (status != 404) is not (who in allowed):
            wrong[name] = status
    assert wrong == {}


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 30, "-1", "1x", "%00", "..%2f1", "１"])
async def test_a_number_that_is_none_is_nothing(house: ConsoleHouse, number: str) -> None:
    browser = await house.signed_in(house.staff("owner"))
    for name, route in ROUTES.items():
        if "{number}" in route.path:
            assert (name, await asked(browser, route, number)) == (name, 404)


async def test_who_is_not_in_is_led_to_the_door_and_changes_nothing(house: ConsoleHouse) -> None:
    something(house, house.staff("owner"))
    before = house.log()
    for route in ROUTES.values():
        if route.method == "GET":
            answer = await Browser(house).get(path_of(route))
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/vao")
        else:
            assert (await Browser(house).post(path_of(route), {"the": "x"})).status_code == 403
    assert (house.log(), house.found(1).state) == (before, "waiting")


@pytest.mark.parametrize("headers", FORGED, ids=str)
async def test_a_form_that_no_page_of_ours_surely_sent_changes_nothing(house: ConsoleHouse, headers: dict[str, str]) -> None:
    owner = house.staff("owner")
    browser = await house.signed_in(owner)
    something(house, owner)
    token, before = browser.page.forms["/thoat"]["the"], house.log()
    for path in [path_of(route) for route in FORMS] + ["/vao"]:
        sent = {**browser._headers(), **headers}
        answer = await house.client.post(path, data={"the": token, "noi_dung": "x"}, headers=sent)
        assert answer.status_code == 403
        assert "chưa làm gì" in answer.text
    assert (house.log(), house.found(1).state) == (before, "waiting")


@pytest.mark.parametrize("token", ["", "0" * 40, "of another browser"])
async def test_a_form_without_its_token_changes_nothing(house: ConsoleHouse, token: str) -> None:
    owner = house.staff("owner")
    browser = await house.signed_in(owner)
    something(house, owner)
    if token == "of another browser":
        token = (await house.signed_in(owner)).page.forms["/thoat"]["the"]
    before = house.log()
    for route in FORMS:
        answer = await browser.post(path_of(route), {"the": token, "noi_dung": "x"}, **SAME_ORIGIN)
        assert (route.name, answer.status_code) == (route.name, 403)
    assert (house.log(), house.found(1).state) == (before, "waiting")


async def test_every_answer_forbids_what_is_not_ours_and_is_kept_nowhere(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("owner"))
    for path in ("/", "/viec", "/thong-bao", "/thong-bao/viet", "/nguoi-dung", "/vao", "/khong-co"):
        headers = (await browser.get(path)).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "same-origin")
        assert headers["x-content-type-options"] == "nosniff"
    answer = await browser.get("/", host="evil.example")
    assert answer.status_code == 421


async def test_a_form_has_room_for_a_file_and_no_more(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("owner"))
    token = browser.page.forms["/thoat"]["the"]
    assert (await browser.post("/nguoi-dung/moi", {"the": token, "x": "x" * 290_000})).status_code == 422
    assert (await browser.post("/nguoi-dung/moi", {"the": token, "x": "x" * 300_000})).status_code == 413
    many = {"the": token, **{f"x{number}": "" for number in range(1_000)}}
    assert (await browser.post("/nguoi-dung/moi", many)).status_code == 400


SOMEBODY = itertools.count()
ANNOUNCED = ("chu-vi", "chu-en", "khi", "den", "huyen", "tinh", "muc", "loai", "anh", "viec", "dau", "lan_nua", "ly_do")
FIELDS = st.dictionaries(
    st.sampled_from(["noi_dung", "thay", "vai", "xa", "co_quan", "ma", "lang", "tiep", "x", *ANNOUNCED]),
    st.text(max_size=60),
    max_size=6,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=FIELDS, route=st.sampled_from([one for one in FORMS if not one.name.startswith("leave")]))
async def test_whatever_a_form_holds_it_is_answered(house: ConsoleHouse, fields: dict[str, str], route: StaffRoute) -> None:
    house.now += timedelta(minutes=2)  # after which one more wrong code is allowed
    browser = await house.signed_in(house.staff("owner"))
    number = house.case(resident=Address("web", f"{next(SOMEBODY)}")).number
    body = urlencode({**fields, "the": browser.page.forms["/thoat"]["the"]}, errors="replace").encode()
    headers = {**browser._headers(), **SAME_ORIGIN, "content-type": "application/x-www-form-urlencoded"}
    answer = await house.client.post(path_of(route, number), content=body, headers=headers)
    assert answer.status_code in (200, 303, 400, 404, 409, 422, 429)
