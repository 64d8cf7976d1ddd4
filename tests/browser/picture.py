"""The pictures of the page in the docs: `make picture` takes them anew."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from tests.browser import CHROMIUM, FLAGS
from tests.browser.house import opened_house
from tests.browser.resident import Resident

PICTURE, PANEL = Path("docs/pictures/page.png"), Path("docs/pictures/panel.png")
WIDTH, HEIGHT = 360, 664
WIDE, HIGH = 760, 720
QUESTION = "muốn vay vốn ngân hàng chính sách thì làm thủ tục thế nào"


async def take(target: Path, panel: Path) -> None:
    """A question and its answer, on a phone of 360 pixels; and the panel in the site of a commune."""
    with tempfile.TemporaryDirectory() as folder:
        async with opened_house(Path(folder), Path(folder)) as house, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            farmer = Resident(page, house.url, script=False, lang="vi")
            await farmer.open()
            await farmer.ask(QUESTION)
            await farmer.sees("Nguồn:")
            await page.evaluate("document.activeElement.blur()")
            target.parent.mkdir(parents=True, exist_ok=True)
            await page.screenshot(path=target)
            site = await browser.new_page(viewport={"width": WIDE, "height": HIGH})
            await site.goto(house.host)
            await site.locator("a.loaban").click()
            await site.frame_locator("iframe").locator("#topics").wait_for()
            await site.evaluate("document.activeElement.blur()")
            await site.screenshot(path=panel)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(take(PICTURE, PANEL))
