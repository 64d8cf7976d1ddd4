"""What the page withstands: other sites, other hosts, forged headers, too much of anything. Each refusal is a clear page."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route
from structlog.testing import capture_logs

from bot.channels.web_chat.form import ChatForm, UnreadableForm, read_form
from bot.channels.web_chat.person import address_of, new_token
from bot.engine import Engine
from bot.errors import SettingsError
from bot.settings import Settings
from bot.stores.sqlite.store import SqliteStore
from bot.web.chat import requests
from bot.web.chat.app import chat_routes
from bot.web.chat.limits import Buckets, ChatLimits, Recent
from bot.web.chat.rendering import Pages
from bot.web.chat.requests import MAX_BODY, MAX_FIELDS, cookie
from bot.web.chat.site import Site, comes_from_us, site_of
from tests.page import ADDRESS, SAME_ORIGIN, SCRIPT, House, Page, fields_of, nonce, page_house, page_settings, secured

ELSEWHERE = "https://evil.example"
URL = "https://hoi.dienbien.example"
FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}

# Every route there is, and what it does to whoever comes with a form from another site. A new route needs a line.
ROUTES = {
    ("GET", "/"): "reads",
    ("POST", "/"): "writes",
    ("POST", "/moi"): "writes",
    ("GET", "/dong"): "reads",
    ("POST", "/xoa"): "writes",
    ("GET", "/da-xoa"): "reads",
    ("GET", "/kiem-tra"): "reads",
    ("GET", "/kiem-tra/{code}"): "reads",
    ("GET", "/chat.js"): "reads",
    ("GET", "/nhung.js"): "reads",
    ("GET", "/favicon.ico"): "reads",
    ("GET", "/nghe/{lang}/{name}"): "reads",
}
WRITING = [path for (method, path), does in ROUTES.items() if does == "writes"]
OF_OTHERS = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": "cross-site", "origin": ADDRESS},
    {"origin": ELSEWHERE},
    {"origin": "null"},
    {"origin": f"{ADDRESS}.evil.example"},
    {"origin": ADDRESS.replace("http", "https")},
    {"referer": f"{ELSEWHERE}/?{ADDRESS}/"},
    {"referer": f"{ADDRESS}.evil.example/"},
]
OURS = [{"sec-fetch-site": "same-origin"}, {"origin": ADDRESS}, {"referer": f"{ADDRESS}/?lang=en"}, {}]


@pytest.fixture
async def house(engine: Engine, in_memory: SqliteStore, home: Path) -> AsyncIterator[House]:
    async with page_house(engine, in_memory, home) as opened:
        yield opened


# --- other sites ------------------------------------------------------------------------------------------------------


def test_every_route_is_known_here_and_stands_below_the_frame_too(engine: Engine, house: House) -> None:
    routes = [
        route for route in chat_routes(house.parts, Pages(house.parts.home, house.parts.link)) if isinstance(route, Route)
    ]
    found = {(method, route.path) for route in routes for method in route.methods or () if method != "HEAD"}
    framed = {(method, f"/nhung{path}") for method, path in ROUTES if path.count("/") == 1 or "kiem-tra" in path}
    framed -= {("GET", f"/nhung/{name}") for name in ("chat.js", "nhung.js", "favicon.ico")}
    assert found == set(ROUTES) | framed | {("GET", "/nhung")}


@pytest.mark.parametrize("base", ["", "/nhung"])
@pytest.mark.parametrize("path", WRITING)
@pytest.mark.parametrize("headers", OF_OTHERS, ids=str)
async def test_a_form_of_another_site_changes_nothing(house: House, base: str, path: str, headers: dict[str, str]) -> None:
    browser = house.browser()
    await browser.says("xin chào")
    before = house.store.last_shown()
    sent = {**fields_of(browser.page, noi_dung="/forget"), "chac": "1"}
    browser.headers = headers
    answer = await browser.posts(f"{base}{path}", sent)
    assert (answer.status_code, house.store.last_shown()) == (403, before)
    assert "trang khác" in answer.text
    assert "another site" in answer.text
    assert len(house.store.transcript(browser.person)) == before


@pytest.mark.parametrize("headers", OURS, ids=str)
async def test_a_form_of_ours_is_taken_from_browsers_new_and_old(house: House, headers: dict[str, str]) -> None:
    assert len((await house.browser(headers=headers).says("xin chào")).said) == 2


def test_a_header_that_stands_twice_is_no_header_of_a_browser() -> None:
    assert not comes_from_us({"sec-fetch-site": ["same-origin", "cross-site"]}, ADDRESS)
    assert not comes_from_us({"origin": [ADDRESS, ELSEWHERE]}, ADDRESS)
    assert not comes_from_us({"referer": [f"{ADDRESS}/", f"{ELSEWHERE}/"]}, ADDRESS)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8081", "evil.example@127.0.0.1", "", "[::1"])
async def test_under_another_name_there_is_nothing(house: House, host: str) -> None:
    answer = await house.client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "Loa Bản không có ở địa chỉ này" in answer.text


def test_a_page_that_has_a_name_is_open_under_that_name_alone() -> None:
    site = Site(URL, (), (), 24)
    assert site.origin("hoi.dienbien.example") == URL
    assert [site.origin(host) for host in ("127.0.0.1:8081", "hoi.dienbien.example:443", "x.hoi.dienbien.example")] == [
        None
    ] * 3


# --- headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/kiem-tra/AB23CD", "/da-xoa", "/chat.js", "/nowhere", "/nhung/", "/nghe/vi/x.ogg"])
async def test_every_answer_forbids_what_is_not_ours(house: House, path: str) -> None:
    answer = await house.client.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == ("public, max-age=31536000, immutable" if path == "/chat.js" else "no-store")


async def test_the_style_has_the_hash_that_the_policy_names_and_no_script_stands_in_a_page(house: House) -> None:
    answer = await house.client.get("/")
    [style] = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert re.findall(r"<script(?! src=\"/chat\.js)", answer.text) == []
    assert re.findall(r"\son\w+=|style=|javascript:", answer.text) == []


async def test_other_sites_frame_only_the_page_that_is_made_for_it_and_only_if_they_may(
    engine: Engine, in_memory: SqliteStore, home: Path
) -> None:
    site = secured(site_of(page_settings(home)), URL, "https://muongang.example", "https://bunglao.example")
    async with page_house(engine, in_memory, home, site=site) as house:
        host = {"host": "hoi.dienbien.example"}
        framed, alone = await house.client.get("/nhung", headers=host), await house.client.get("/", headers=host)
        policy = framed.headers["content-security-policy"]
        assert "frame-ancestors https://muongang.example https://bunglao.example" in policy
        assert "frame-ancestors 'none'" in alone.headers["content-security-policy"]
        form = {**Page(framed.text).forms["f"], "noi_dung": "xin chào"}
        headers = {**host, **SAME_ORIGIN}
        [kept] = (await house.client.post("/nhung/", data=form, headers=headers)).headers.get_list("set-cookie")
        assert kept.startswith("__Host-loaban=")
        assert kept.endswith("Path=/; Max-Age=2592000; HttpOnly; SameSite=None; Secure; Partitioned")
        assert 'action="/nhung/#hoi"' in framed.text
        script = await house.client.get("/nhung.js", headers=host)
        assert (script.status_code, script.headers["cross-origin-resource-policy"]) == (200, "cross-origin")
        assert len(gzip.compress(script.content, 6)) <= 2_000
        assert "set-cookie" not in script.headers


async def test_where_no_site_may_frame_it_there_is_nothing_to_do_so_with(house: House) -> None:
    assert (await house.client.get("/nhung.js")).status_code == 404


@pytest.mark.parametrize(
    ("url", "framed", "end"),
    [
        ("", False, "HttpOnly; SameSite=Lax"),
        ("", True, "HttpOnly; SameSite=Lax"),
        (URL, False, "HttpOnly; SameSite=Lax; Secure"),
        (URL, True, "HttpOnly; SameSite=None; Secure; Partitioned"),
    ],
)
def test_a_cookie_is_what_the_browser_takes_there(url: str, framed: bool, end: str) -> None:
    assert cookie("t" * 32, Site(url, (), (), 24), framed=framed).endswith(end)
    assert "Max-Age=0" in cookie("", Site(url, (), (), 24), framed=framed)


async def test_who_asks_only_for_the_head_of_a_stream_holds_none(house: House) -> None:
    assert (await house.client.head("/dong", headers={"cookie": f"loaban={new_token()}"})).status_code == 405


# --- who asks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # a stranger may claim what he likes
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "10.0.0.9, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "not an address", "?"),
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("", "", "?"),
    ],
)
def test_whom_limits_count_is_told_by_our_proxies_alone(peer: str, forwarded: str, client: str, home: Path) -> None:
    site = site_of(page_settings(home, trusted_proxies="127.0.0.1, 10.0.0.0/8"))
    assert site.client(peer, forwarded) == client


@pytest.mark.parametrize(
    ("given", "named"),
    [({"trusted_proxies": "proxy.example"}, "TRUSTED_PROXIES"), ({"web_listen": "0.0.0.0:8081"}, "WEB_URL")],
)
def test_a_setting_that_cannot_be_is_named(given: dict[str, str], named: str, home: Path) -> None:
    values = {"web_listen": "127.0.0.1:8081", **given}
    with pytest.raises(SettingsError, match=f"LOABAN_{named}"):
        site_of(Settings(home=home, _env_file=None, **values))  # type: ignore[arg-type]


async def test_a_token_is_in_no_address_and_in_no_page_of_who_keeps_it(house: House) -> None:
    browser = house.browser()
    for said in ("xin chào", "vay vốn", "/mydata"):
        page = await browser.says(said)
        assert browser.answer is not None
        assert browser.token not in browser.answer.headers.get("location", "")
    assert browser.token not in (await browser.open()).html
    assert browser.token not in " ".join(page.links)
    with house.store.writing() as transaction:
        tables = [row[0] for row in transaction.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
        kept = "".join(str(tuple(row)) for table in tables for row in transaction.execute(f"SELECT * FROM {table}").fetchall())
    assert browser.token not in kept


async def test_no_log_line_has_a_token_an_address_or_a_word_that_somebody_wrote(house: House) -> None:
    browser, word = house.browser(), "kể cho máy nghe"
    with capture_logs() as logs:
        await browser.says(word)
        await house.client.get(f"/dong?ma={browser.token}", headers={"x-forwarded-for": "198.51.100.77"})
        house.fault = broken
        await browser.says(word)
        await browser.posts("/", {"noi_dung": word}, **{"x-forwarded-for": "198.51.100.77"})
        await house.client.get("/nowhere", headers=browser._cookie())
    assert logs, "the fault is told of"
    told = str(logs)
    for secret in (browser.token, browser.person.user, word, "198.51.100.77", "203.0.113.7"):
        assert secret not in told


def broken() -> None:
    raise RuntimeError("kể cho máy nghe")


@pytest.mark.parametrize(
    "code", ["%00", "..%2f..%2fetc", "-x", "%F0%9F%98%80", "x" * 4_000, "%3Cb%3E", "7K3M2P%0d%0aSet-Cookie:x=1"]
)
async def test_whatever_is_asked_for_as_a_code_is_answered_in_words(house: House, code: str) -> None:
    answer = await house.client.get(f"/kiem-tra/{code}")
    assert answer.status_code in (200, 404)
    assert "set-cookie" not in answer.headers
    assert Page(answer.text).words.strip()
    assert "<b>" not in answer.text


async def test_a_body_that_does_not_come_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "BODY_SECONDS", 0.01)

    async def never() -> AsyncIterator[bytes]:
        yield b"so="
        await asyncio.Event().wait()

    answer = await house.client.post("/", content=never(), headers={**SAME_ORIGIN, **FORM_TYPE})
    assert answer.status_code == 408
    assert Page(answer.text).words.strip()


# --- too much ---------------------------------------------------------------------------------------------------------


async def test_a_body_that_is_too_long_is_refused_with_and_without_its_length(house: House) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"x" * 4096

    headers = {**SAME_ORIGIN, **FORM_TYPE}
    for body in (b"x" * (MAX_BODY + 1), chunks()):
        answer = await house.client.post("/", content=body, headers=headers)
        assert answer.status_code == 413
        assert "Dài quá" in answer.text
    answer = await house.client.post("/", content=b"", headers={**headers, "content-length": "-1"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("&".join(f"a{n}=1" for n in range(MAX_FIELDS + 1)), FORM_TYPE["content-type"], 400),
        ("&" * 10_000, FORM_TYPE["content-type"], 400),
        ("noi_dung=ch%C3%A0o", "multipart/form-data; boundary=x", 415),
        ('{"noi_dung": "x"}', "application/json", 415),
        ("noi_dung=ch%C3%A0o", FORM_TYPE["content-type"], 400),
        (f"so={'a' * 20}", FORM_TYPE["content-type"], 400),
        (f"so={'a' * 20}&noi_dung=+%0d%0a", FORM_TYPE["content-type"], 400),
        (f"so={'a' * 20}&noi_dung={'x' * 2001}", FORM_TYPE["content-type"], 413),
        (f"so={'a' * 20}&chon=../../etc", FORM_TYPE["content-type"], 400),
        ("\xff\xfe", FORM_TYPE["content-type"], 400),
    ],
)
async def test_a_form_that_is_none_of_ours_is_answered_with_a_clear_page(
    house: House, body: str, kind: str, status: int
) -> None:
    answer = await house.client.post("/", content=body.encode("latin-1"), headers={**SAME_ORIGIN, "content-type": kind})
    assert answer.status_code == status
    assert Page(answer.text).forms, "with a way to delete, and back"
    assert house.store.last_shown() == 0


def test_a_text_is_as_long_as_its_box_says_however_lines_end_on_the_way() -> None:
    text = "x\n" * 999 + "yz"
    assert read_form({"so": nonce(), "noi_dung": text.replace("\n", "\r\n")}).text == text
    with pytest.raises(UnreadableForm):
        read_form({"so": nonce(), "noi_dung": text + "z"})


@given(st.dictionaries(st.sampled_from(["noi_dung", "chon", "so", "sau", "x", "lang", "lai", "ma"]), st.text(max_size=80)))
def test_any_fields_are_a_message_or_are_refused(fields: dict[str, str]) -> None:
    try:
        form = read_form(fields)
    except UnreadableForm:
        return
    assert isinstance(form, ChatForm)
    assert form.text or form.choice is not None
    assert form.after >= 0


FORMS = st.dictionaries(st.text(max_size=8), st.text(max_size=40)).map(
    lambda fields: urlencode(fields, errors="replace").encode()
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=200) | FORMS)
async def test_any_body_is_answered(house: House, raw: bytes) -> None:
    answer = await house.client.post("/", content=raw, headers={**SAME_ORIGIN, **FORM_TYPE})
    assert answer.status_code in (200, 400)


async def test_who_writes_too_fast_reads_why_and_keeps_the_words(house: House) -> None:
    browser = house.browser()
    await browser.open()
    statuses = [
        (await browser.posts("/", fields_of(browser.page, noi_dung="xin chào", so=nonce()))).status_code for _ in range(62)
    ]
    assert set(statuses[:60]) <= {200, 303}
    assert statuses[60:] == [429, 429]
    page = await browser.says("câu này chưa gửi được")
    assert "một phút" in page.words
    assert ">câu này chưa gửi được</textarea>" in page.html
    assert re.search(r'<p class="warn" id="hoi" role="alert" tabindex="-1">[^<]*một phút', page.html)
    assert page.html.count('id="hoi"') == 1
    script = await browser.posts("/", fields_of(page, noi_dung="x", so=nonce()), **SCRIPT)
    assert (script.status_code, script.headers["content-type"]) == (429, "text/plain; charset=utf-8")
    assert "một phút" in script.text


async def test_one_address_begins_so_many_talks_a_minute_and_others_go_on(house: House) -> None:
    statuses = [(await talk_begun(house)) for _ in range(32)]
    assert statuses == [200] * 30 + [429] * 2
    assert house.parts.limits.may_write(address_of(new_token()), "198.51.100.1", known=False)


async def talk_begun(house: House) -> int:
    browser = house.browser()
    form = fields_of(await browser.open(), noi_dung="xin chào")
    return (await browser.posts("/", form)).status_code


def test_a_bucket_fills_again_and_a_forgotten_one_is_full() -> None:
    at = 0.0
    bucket = Buckets(3, 60.0, clock=lambda: at)
    assert [bucket.take("a") for _ in range(4)] == [True, True, True, False]
    assert bucket.take("b")
    at = 20.0
    assert [bucket.take("a"), bucket.take("a")] == [True, False]


def test_of_all_that_come_only_so_many_are_remembered() -> None:
    recent: Recent[int] = Recent(2)
    for number, name in enumerate("abc"):
        recent.put(name, number)
    assert [recent.get(name) for name in "abc"] == [None, 1, 2]
    recent.drop("b")
    assert "b" not in recent


def test_ten_thousand_addresses_leave_no_more_behind_than_may_be() -> None:
    limits = ChatLimits()
    for number in range(20_001):
        limits.looks.take(str(number))
    assert len(limits.looks._left._values) == 10_000


# --- how much goes over the line --------------------------------------------------------------------------------------


async def test_the_first_load_and_an_answer_are_small(house: House) -> None:
    page, script = await house.client.get("/"), await house.client.get("/chat.js")
    assert page.headers["content-encoding"] == script.headers["content-encoding"] == "gzip"
    first = sum(len(gzip.compress(one.content, 6)) for one in (page, script))
    assert first <= 12_000
    browser = house.browser()
    await browser.says("xin chào")
    for said in ("cháy nhà cứu với", "hộ nghèo vay tối đa bao nhiêu tiền", "lam nha", "/menu"):
        after = str(house.store.last_shown())
        answer = await browser.posts("/", {**fields_of(browser.page, noi_dung=said, so=nonce()), "sau": after}, **SCRIPT)
        assert len(gzip.compress(answer.content, 6)) <= 3_000
        assert "<html" not in answer.text
