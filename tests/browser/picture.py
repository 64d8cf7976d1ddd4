"""The pictures of the documents, taken anew by `make picture`: the page in README.md, the others in docs/vi/."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import closing
from pathlib import Path

from playwright.async_api import Browser, FloatRect, Page, ViewportSize, async_playwright, expect

from bot.engine import build_engine
from bot.settings import load_settings
from bot.stores.sqlite.store import SqliteStore
from tests.a_year import fill
from tests.browser import CHROMIUM, FLAGS
from tests.browser.house import House, opened_house
from tests.browser.resident import Resident

PICTURES = Path("docs/pictures")
PHONE, DESK = ViewportSize(width=360, height=664), ViewportSize(width=800, height=640)
WIDE, LOW = ViewportSize(width=760, height=720), 320
QUESTION = "muốn vay vốn ngân hàng chính sách thì làm thủ tục thế nào"
BIKE = "Xe máy nhà tôi hỏng xích, ở xã mình thay ở đâu?"
THANKS = "Chủ nhật có không cán bộ?"
ANSWER = "Bà con ra chợ Búng Lao, sáng nào cũng có hàng sửa xe."
WEEK = "2026-11-16"  # the last of the year that is made up


async def take() -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        async with opened_house(Path(folder), cache) as house, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            await _page(browser, house)
            await _panel(browser, house)
            await _console(browser, house, cache)
            await browser.close()


async def _page(browser: Browser, house: House) -> None:
    """A question and its answer, on a phone of 360 pixels."""
    page = await browser.new_page(viewport=PHONE)
    farmer = Resident(page, house.url, script=False, lang="vi")
    await farmer.open()
    await farmer.ask(QUESTION)
    await farmer.sees("Nguồn:")
    await _shot(page, "page")


async def _panel(browser: Browser, house: House) -> None:
    """In the site of a commune."""
    site = await browser.new_page(viewport=WIDE)
    await site.goto(house.host)
    await site.locator("a.loaban").click()
    await site.frame_locator("iframe").locator("#topics").wait_for()
    await _shot(site, "panel")


async def _console(browser: Browser, house: House, cache: Path) -> None:
    """An officer signs in, answers a question, and looks at the figures of a week."""
    farmer = await _asked(browser, house)
    context = await browser.new_context(viewport=DESK)
    page = await context.new_page()
    code = await house.officers_code()
    await page.goto(f"{house.console}/vao?ma={code.replace(' ', '')}")
    await _shot(page, "can-bo-vao", height=LOW)
    await page.get_by_role("button", name="Vào").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Hôm nay")
    await _shot(page, "can-bo-hom-nay", height=LOW)
    await page.goto(f"{house.console}/viec/1")
    await page.get_by_label("Câu trả lời").fill(ANSWER)
    await page.get_by_role("button", name="Gửi").click()
    await expect(page.locator(".done")).to_be_visible()
    await farmer.ask(THANKS)
    await page.goto(f"{house.console}/viec/1")
    await expect(page.locator("main")).to_contain_text(THANKS)
    await _shot(page, "can-bo-viec")
    knowledge = build_engine(load_settings(cache=cache)).knowledge
    with closing(SqliteStore(house.running.db)) as store:
        fill(store, list(knowledge.intents), [place.code for place in knowledge.places], a_day=60)
    await page.goto(f"{house.console}/so-lieu?tuan={WEEK}")
    await _shot(page, "can-bo-so-lieu")


async def _asked(browser: Browser, house: House) -> Resident:
    """Somebody whose question was passed on."""
    page = await browser.new_page(viewport=PHONE)
    farmer = Resident(page, house.url, script=False, lang="vi")
    await farmer.open()
    await farmer.ask(BIKE)
    await farmer.tap("Chuyển câu hỏi cho cán bộ xã")
    await farmer.sees("ở xã, phường nào")
    await farmer.ask("Búng Lao")
    await farmer.sees("Bà con đồng ý chuyển chứ?")
    await farmer.ask("đồng ý")
    await farmer.sees("Đã chuyển")
    return farmer


async def _shot(page: Page, name: str, *, height: int | None = None) -> None:
    """What is seen; of a page with little on it the uppermost `height` pixels."""
    await page.evaluate("document.activeElement.blur()")
    clip = FloatRect(x=0, y=0, width=DESK["width"], height=height) if height else None
    await page.screenshot(path=PICTURES / f"{name}.png", clip=clip)


if __name__ == "__main__":
    asyncio.run(take())
