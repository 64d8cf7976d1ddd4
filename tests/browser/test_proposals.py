"""A group of questions that were not answered becomes a reviewed commit: one administrator writes it, another takes it in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.announcements import entering
from bot.model import Outcome
from bot.stores.sqlite.store import SqliteStore
from bot.zone import local_day
from tests.browser import ONE_HOUSE
from tests.browser.resident import PATIENCE
from tests.browser.test_accessible import small_targets, violations, wider_than_the_screen
from tests.console.content_repository import git, make_repository
from tests.processes import forked, free_port, until_open
from tests.stubs.bot_api import BotApi
from tests.tiny import LOAN, make_tiny_home
from tests.waiting import until

pytestmark = ONE_HOUSE

BUFFALO = "mua con trâu thì mượn ở đâu"
LONG = "điện " + "hỏng" * 60
FARMER = 77


@dataclass
class ContentHouse:
    """A `loaban run` on the tiny content in a repository of git."""

    home: Path
    db: Path
    console: str
    telegram: BotApi
    chromium: Browser
    leaving: AsyncExitStack

    async def administrator(self, *, script: bool = True, width: int = 1000) -> Page:
        """Somebody new, in front of *Hôm nay*."""
        now = datetime.now(UTC)
        with closing(SqliteStore(self.db)) as store, store.writing() as transaction:
            code = entering.give_code(transaction, transaction.add_staff("admin", (), "", None, now).number, now)
        context = await self.chromium.new_context(java_script_enabled=script, viewport={"width": width, "height": 740})
        self.leaving.push_async_callback(context.close)
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        await page.goto(f"{self.console}/vao?ma={code}")
        await page.get_by_role("button", name="Vào").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Hôm nay")
        return page

    def asked(self, *texts: str) -> None:
        with closing(SqliteStore(self.db)) as store, store.writing() as transaction:
            for text in texts:
                outcome = Outcome("unknown", None, 0.0, "vi")
                transaction.unanswered(text, "unknown", outcome, local_day(datetime.now(UTC)))


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def house(tmp_path_factory: pytest.TempPathFactory, home: Path, chromium: Browser) -> AsyncIterator[ContentHouse]:
    folder = tmp_path_factory.mktemp("proposals")
    content, port = make_repository(make_tiny_home(folder / "content", home / "locales")), free_port()
    settings = {
        "LOABAN_HOME": str(content),
        "LOABAN_CACHE": str(folder / "cache"),
        "LOABAN_PROPOSALS": str(folder / "waiting"),
        "LOABAN_CONSOLE_LISTEN": f"127.0.0.1:{port}",
        "LOABAN_LOG_LEVEL": "error",
    }
    async with (
        BotApi() as telegram,
        forked(telegram, folder / "loaban.db", "bot", "run", **settings) as running,
        AsyncExitStack() as leaving,
    ):
        await running.start()
        await until_open(port)
        yield ContentHouse(content, running.db, f"http://127.0.0.1:{port}", telegram, chromium, leaving)


async def test_a_group_of_questions_becomes_a_commit_that_a_second_administrator_takes_in(house: ContentHouse) -> None:
    house.asked(BUFFALO, BUFFALO)
    writing, taking = await house.administrator(), await house.administrator(script=False)
    await writing.get_by_role("link", name="Câu hỏi").click()
    await writing.get_by_role("link", name=BUFFALO).click()
    await expect(writing.get_by_role("textbox", name="Câu 1")).to_have_value(BUFFALO)
    await writing.get_by_label("Thêm làm cách hỏi của một câu trả lời đã có").check()
    await writing.get_by_label("Câu trả lời khác, ghi mã").fill("loan-amount")
    await writing.get_by_role("button", name="Ghi thành đề xuất").click()
    await expect(writing.locator(".done")).to_contain_text("Đã ghi thành đề xuất")
    await expect(writing.locator(".patch")).to_contain_text(f"+    - {BUFFALO}")
    await expect(writing.locator("#f-tinh-trang")).to_contain_text("Không có lỗi", timeout=2 * PATIENCE)
    await expect(writing.get_by_role("button", name="Đưa vào")).to_have_count(0)
    await taking.reload()
    await taking.get_by_role("link", name="Đề xuất 1 chờ người thứ hai").click()
    await taking.get_by_role("button", name="Đưa vào").click()
    await expect(taking.locator(".done")).to_contain_text("Đã đưa vào")
    assert git(house.home, "log", "--format=%an %cn", "-1") == "staff 1 staff 2\n"
    assert BUFFALO in (house.home / LOAN).read_text("utf-8")
    assert not (house.home.parent / "hooked").exists()
    await expect(writing.locator("#f-tinh-trang")).to_contain_text("đưa vào, ")
    async with asyncio.timeout(2 * PATIENCE / 1000):
        while BUFFALO not in await (await taking.goto(f"{house.console}/noi-dung/loan-amount")).text():  # type: ignore[union-attr]
            pass
    house.telegram.write(FARMER, BUFFALO)
    await until(lambda: "100 triệu đồng" in "\n".join(house.telegram.texts(FARMER)))


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_axe_finds_nothing_on_the_pages_of_the_content(house: ContentHouse, lang: str) -> None:
    house.asked(LONG)
    page, found = await house.administrator(width=320), dict[str, list[str]]()

    async def look(state: str) -> None:
        found[state] = await violations(page) + [f"too small: {one}" for one in await small_targets(page)]
        found[state] += ["wider than the screen"] * bool(await wider_than_the_screen(page))

    async def visit(path: str) -> None:
        await page.goto(f"{house.console}{path}")
        await look(path)

    if lang == "en":
        await page.locator("button[lang=en]").click()
    await expect(page.locator("html")).to_have_attribute("lang", lang)
    for path in ("/noi-dung", "/noi-dung/loan-amount", "/noi-dung/tep", f"/noi-dung/tep?ten={LOAN}"):
        await visit(path)
    await page.get_by_role("textbox").fill("id: [")
    await page.locator("button[value=luu]").click()
    await expect(page.locator(".summary")).to_be_focused()
    await look("file with an error")
    await page.goto(f"{house.console}/noi-dung")
    await page.locator("input[name=cau]").fill("nhcs cho vay duoc toi da bao nhieu")
    await page.locator("form[method=post] button").first.click()
    await expect(page.locator("#h-why")).to_be_visible()
    await look("tried")
    await visit("/cau-hoi")
    await page.locator(".list a").first.click()
    await expect(page.locator(".wordings")).to_be_visible()
    await look("group")
    await page.locator("button.main").click()
    await expect(page.locator(".summary")).to_be_focused()
    await look("group with errors")
    await page.locator("input[name=viec][value=moi]").check()
    await page.locator("input[name=chu_de][value=loans]").check()
    await page.locator("input[name=ma]").fill(f"loan-{lang}")
    await page.locator("button.main").click()
    await expect(page.locator("#h-rows-1")).to_be_visible(timeout=2 * PATIENCE)
    await look("proposal with faults")
    await page.emulate_media(color_scheme="dark")
    await look("proposal in the dark")
    await page.emulate_media(color_scheme="light", forced_colors="active")
    await look("proposal in forced colours")
    await page.emulate_media(forced_colors="none")
    await visit("/de-xuat")
    assert {state: faults for state, faults in found.items() if faults} == {}
