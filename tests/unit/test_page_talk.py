"""What residents have on the page as everywhere: officers and back, deleting, another language, genuine or not, recordings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.announcements import staffing
from bot.channels.web_chat.person import address_of
from bot.engine import Engine
from bot.model import COMMAND_LINE, Address
from bot.service.current import CurrentEngine
from bot.stores.sqlite.store import SqliteStore
from bot.web.chat.limits import ChatLimits
from bot.web.chat.linking import parts
from tests.announcing import announce
from tests.at_the_desk import BUNG_LAO
from tests.page import Browser, House, page_house
from tests.sounds import ogg
from tests.talking import Town

FOREIGN = "tối nay đá bóng mấy giờ"


@pytest.fixture
def town(engine: Engine) -> Iterator[Town]:
    built = Town(engine)
    yield built
    built.close()


@pytest.fixture
async def house(town: Town, home: Path) -> AsyncIterator[House]:
    """The page of a town whose officers are on Telegram."""
    async with opened(town, home) as built:
        yield built


def opened(town: Town, home: Path, limits: ChatLimits | None = None) -> AbstractAsyncContextManager[House]:
    assert isinstance(town.store, SqliteStore)
    current = CurrentEngine(town.engine, town.village.desk)
    return page_house(town.engine, town.store, home, current=current, limits=limits, now=lambda: town.now)


async def passes_on(browser: Browser, question: str = FOREIGN) -> None:
    await browser.says(question)
    await browser.taps("Chuyển câu hỏi cho cán bộ xã")
    if "xã, phường nào" in browser.page.last.text:
        await browser.says("xã Búng Lao")
    await browser.taps("Đồng ý, chuyển đi")


# --- officers, and back -----------------------------------------------------------------------------------------------


async def test_a_question_goes_to_an_officer_and_the_answer_is_there_after_three_days(town: Town, house: House) -> None:
    officer, browser = town.officer("77"), house.browser()
    await passes_on(browser)
    assert "mở lại trang này" in browser.page.last.text
    town.deliver()
    assert FOREIGN in officer.all
    officer.write("take 1")
    officer.write("1: Sáng mai bà con mang sổ lên xã <b>nhé</b>, gọi 0215 3824 999.")
    town.store.purge(town.now + timedelta(days=3))
    town.wait(hours=30)
    page = await browser.open()
    assert page.last.text.endswith("Sáng mai bà con mang sổ lên xã <b>nhé</b>, gọi 0215 3824 999.")
    assert page.last.links == [], "what an officer writes is shown as it was written"
    assert FOREIGN not in page.words, "the talk itself was deleted after its day"
    await browser.says("Cảm ơn cán bộ, cháu lên ngay")
    town.deliver()
    assert "Cảm ơn cán bộ, cháu lên ngay" in officer.last
    await browser.taps("Kết thúc, quay lại Loa Bản")
    assert "Loa Bản" in browser.page.last.text
    assert len((await browser.says("hộ nghèo vay được bao nhiêu")).last.text) > 50


async def test_what_an_officer_wrote_goes_a_day_after_it_was_seen_and_not_before(town: Town, house: House) -> None:
    officer, browser = town.officer("77"), house.browser()
    await passes_on(browser)
    officer.write("take 1")
    officer.write("1: Mời bà con lên xã.")
    town.now += timedelta(days=2)
    assert "Mời bà con lên xã." in (await browser.open()).words
    town.store.purge(town.now + timedelta(hours=23))
    assert "Mời bà con lên xã." in (await browser.open()).words
    town.store.purge(town.now + timedelta(hours=25))
    assert "Mời bà con lên xã." not in (await browser.open()).words


async def test_nobody_becomes_staff_on_a_page_that_others_may_open(town: Town, house: House) -> None:
    browser = house.browser()
    await browser.says("xin chào")
    with town.store.writing() as transaction:
        code = staffing.invite(transaction, COMMAND_LINE, "officer", (BUNG_LAO,), "", town.now, town.now + timedelta(days=1))
    await browser.says(f"/join {code}")
    with town.store.writing() as transaction:
        assert transaction.staff(browser.person) is None


async def test_one_address_passes_on_so_many_questions_a_day(town: Town, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.chat.limits.CASES_OF_ADDRESS", 2)
    town.officer("77")
    async with opened(town, home, ChatLimits()) as house:
        told = []
        for _ in range(3):
            browser = house.browser()
            await passes_on(browser)
            told.append(browser.page.last.text)
    assert ["đã chuyển nhiều câu" in text for text in told] == [False, False, True]
    assert len(town.rows("SELECT * FROM cases")) == 2


# --- what is kept, and deleting ---------------------------------------------------------------------------------------


async def test_it_can_be_seen_what_is_kept(house: House) -> None:
    browser = house.browser()
    await browser.says("vay vốn")
    page = await browser.taps("Dữ liệu của tôi")
    assert "một mã ngẫu nhiên trên máy" in page.last.text
    assert "24 giờ" in page.last.text
    assert "mã số cuộc trò chuyện" not in page.last.text
    assert "bấm “Xóa hết” ở dưới" in page.last.text


@pytest.mark.parametrize("keeps", [True, False], ids=["with cookies", "without"])
@pytest.mark.parametrize("way", ["button", "/forget", "xóa dữ liệu của tôi"])
async def test_deleting_leaves_nothing_and_the_browser_lets_go(house: House, way: str, keeps: bool) -> None:
    browser = house.browser(keeps=keeps)
    await browser.says("vay vốn")
    person = browser.person
    if way == "button":
        sent = {**browser.page.forms["c"]}
        page = await browser.follows(await browser.posts("/xoa", sent))
        assert "Xóa hết chứ?" in page.words
        assert house.store.transcript(person), "nothing is deleted before it was asked"
        page = await browser.follows(await browser.posts("/xoa", page.forms["0"]))
    else:
        page = await browser.says(way)
    assert "Đã xóa hết, không còn giữ gì của bà con." in page.words
    assert browser.token == ""
    with house.store.writing() as transaction:
        assert sum(transaction.personal_data(person).values()) == 0
        handled = transaction.execute("SELECT update_id FROM handled").fetchall()
    assert not [row for row in handled if person.user in row["update_id"]]


async def test_deleting_is_never_slowed_down_and_never_only_said(house: House) -> None:
    browser = house.browser()
    for number in range(25):
        await browser.says(f"vay vốn {number}")
    person = browser.person
    page = await browser.follows(await browser.posts("/xoa", {"chac": "1"}))
    assert "Đã xóa hết" in page.words
    with house.store.writing() as transaction:
        assert sum(transaction.personal_data(person).values()) == 0


async def test_deleting_ends_the_question_that_is_with_officers(town: Town, house: House) -> None:
    officer, browser = town.officer("77"), house.browser()
    await passes_on(browser)
    officer.write("take 1")
    await browser.says("/forget")
    town.deliver()
    assert "had everything deleted" in officer.all
    assert town.rows("SELECT * FROM cases") == []


async def test_after_its_day_it_is_said_that_the_talk_is_gone(town: Town, house: House) -> None:
    browser = house.browser()
    await browser.says("vay vốn")
    town.store.purge(town.now + timedelta(hours=25))
    page = await browser.open()
    assert "Chuyện cũ đã xóa sau một ngày" in page.words
    assert "Chuyện cũ" not in (await house.browser().open()).words


# --- languages, communes, announcements -------------------------------------------------------------------------------


async def test_english_is_one_tap_away_before_and_in_a_talk(house: House) -> None:
    stranger = house.browser(query="?lang=en")
    page = await stranger.open("/?lang=en")
    assert page.lang == "en"
    assert "What would you like to ask?" in page.words
    page = await stranger.taps("All topics")
    assert page.texts[0] == "All topics"
    assert (page.lang, page.last.lang) == ("en", "en")
    browser = house.browser()
    await browser.says("vay vốn")
    page = await browser.taps("English")
    assert (page.lang, page.last.lang) == ("en", "en")
    assert [said.lang for said in page.said[:2]] == ["vi", "vi"]


async def test_the_code_of_a_poster_names_the_commune(town: Town, house: House) -> None:
    town.officer("77")
    browser = house.browser(query=f"?x={BUNG_LAO}")
    await browser.says(FOREIGN)
    page = await browser.taps("Chuyển câu hỏi cho cán bộ xã")
    assert "Búng Lao" in page.last.text
    for wrong in ("99999", "x'", "../1", ""):
        stranger = house.browser(query=f"?x={wrong}")
        await stranger.says("vay vốn")
        session = house.store.session(stranger.person)
        assert session is not None
        assert session.place is None


async def test_announcements_are_got_elsewhere_and_nothing_is_subscribed(house: House) -> None:
    browser = house.browser()
    for asked in ("/subscribe", "đăng ký nhận thông báo"):
        page = await browser.says(asked)
        if "không gửi thông báo" not in page.last.text:
            page = await browser.taps("Nhận thông báo của xã")
        assert "Trang web này không gửi thông báo đến bà con được" in page.last.text
    await browser.says("xã Búng Lao")
    with house.store.writing() as transaction:
        assert transaction.subscription(browser.person) is None


async def test_an_announcement_is_genuine_or_not_without_asking_who_asks(town: Town, house: House) -> None:
    town.village.subscribers(1, BUNG_LAO)
    announcement = announce(town.store, now=town.now, places=(BUNG_LAO,))
    code = announcement.plan.code
    browser = house.browser()
    page = await browser.open(f"/kiem-tra/{code.lower()}")
    assert "Tin thật" in page.words
    assert announcement.plan.texts["vi"] in page.words
    assert "Genuine: announcement" in (await browser.open(f"/kiem-tra?ma={code}&lang=en")).words
    assert "Tin thật" not in (await browser.open("/kiem-tra/CD45EF")).words
    assert (await browser.open("/kiem-tra/%3Cscript%3E")).html.count("<script>") == 0
    assert "7K3M2P" in (await browser.open("/kiem-tra")).words
    assert browser.token == ""
    assert house.store.last_shown() == 0


# --- recordings, and what can be tapped in a text ---------------------------------------------------------------------


async def test_a_recording_is_loaded_on_a_tap_only(town: Town, tmp_path: Path, home: Path) -> None:
    intent = "vbsp-overview"
    known = town.engine.knowledge
    name = f"vi/{intent}.ogg"
    (tmp_path / "content/audio/vi").mkdir(parents=True)
    (tmp_path / "content/audio" / name).write_bytes(ogg(1.0) * 20)
    town.take_over(replace(town.engine, knowledge=replace(known, recordings={intent: {"vi": name}})))
    async with opened(town, tmp_path) as house:
        browser = house.browser()
        await browser.says(known.intents[intent].question["vi"])
        assert not [said.sound for said in browser.page.said if said.sound]
        page = await browser.taps("🔊 Nghe")
        assert page.last.sound == f"/nghe/{name}"
        assert 'preload="none"' in page.html
        assert "1 giây · 6 KB" in page.words
        found = await house.client.get(page.last.sound)
        assert (found.status_code, found.headers["content-type"]) == (200, "audio/ogg")
        assert found.content == (tmp_path / "content/audio" / name).read_bytes()
        part = await house.client.get(page.last.sound, headers={"range": "bytes=0-9"})
        assert (part.status_code, len(part.content)) == (206, 10)
        for wrong in ("/nghe/vi/..%2f..%2fsources.yaml", "/nghe/vi/gone.ogg", "/nghe/vi/x.exe"):
            assert (await house.client.get(wrong)).status_code == 404


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Gọi ngay 114\nĐưa hết người ra ngoài.", ["tel:114"]),
        ("Gọi ngay 111 và 113", ["tel:111", "tel:113"]),
        ("If somebody is in danger now, call 112, 113, 114 and 115 at once.", ["tel:112", "tel:113", "tel:114", "tel:115"]),
        ("Cả tỉnh có 115 hộ được xét. Vay 112 triệu đồng.", []),
        ("Gọi 113. Có 115 hộ ở bản.", ["tel:113"]),
        ("Quyết định 111/QĐ-TTg; Nghị định 115/2020", []),
        ("Hỏi Trung tâm: 0215 3825 409 hoặc 19001009.", ["tel:02153825409", "tel:19001009"]),
        ("Từ ngày 01.07.2025 đến 31.12.2026, 0102", []),
        ("Xem https://dichvucong.gov.vn/a?b=1. Gọi 111", ["https://dichvucong.gov.vn/a?b=1", "tel:111"]),
        ("javascript:alert(1) data:text/html,x", []),
    ],
)
def test_numbers_to_call_and_addresses_can_be_tapped_and_counts_cannot(text: str, links: list[str]) -> None:
    found = parts(text)
    assert "".join(part.text for part in found) == text
    assert [part.href for part in found if part.href] == links


async def test_an_urgent_answer_can_be_called_from(house: House) -> None:
    page = await house.browser().says("cháy nhà cứu với")
    assert "tel:114" in page.last.links


def test_nobody_can_be_found_by_what_is_kept_of_a_token() -> None:
    token = "a" * 32
    assert token not in address_of(token).user
    assert address_of(token) == address_of(token) != address_of("b" * 32)
    assert isinstance(address_of(token), Address)
