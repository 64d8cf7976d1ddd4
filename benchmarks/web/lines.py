"""The page over lines as they are in the mountains, in a real Chromium, with script and without."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

from playwright.async_api import Browser, async_playwright
from playwright.async_api import Page as Tab

from benchmarks.web.slow_line import Line, slow_line
from benchmarks.web.stage import Page, bare_page, loaban_page
from benchmarks.web.tables import Scale
from benchmarks.webhooks.tables import Grid
from tests.browser import CHROMIUM, FLAGS

LINES = (Line("256 kbit/s, 0.8 s", 256_000, 0.8), Line("50 kbit/s, 2 s", 50_000, 2.0))
QUESTION = "muon vay von tu ngan hang chinh sach thi lam thu tuc the nao"
READING = 10.0  # seconds until somebody has written a second question
PAINTED = "performance.getEntriesByName('first-contentful-paint').map(one => one.startTime)[0] || 0"


async def lines(scale: Scale, cache: Path) -> Grid:
    rows: list[tuple[str | float, ...]] = []
    if not CHROMIUM:
        return Grid("Over slow lines", ("no Chromium on this machine",), [])
    async with loaban_page(cache) as ours, bare_page() as bare, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for line in LINES:
            for page, script in ((ours, True), (ours, False), (bare, False)):
                found = [await _visit(browser, page, line, script) for _ in range(scale.visits)]
                name = page.name + (", with script" if script else ", without" if page is ours else "")
                rows.append((line.name, name, *map(statistics.median, zip(*found, strict=True))))
        await browser.close()
    return Grid(
        "Over slow lines: delay and rate both ways, no TLS; seconds, medians",
        ("line", "page", "first paint", "loaded", "question → answer", "the next, ten seconds later"),
        rows,
    )


async def _visit(browser: Browser, page: Page, line: Line, script: bool) -> tuple[float, float, float, float]:
    async with slow_line(line, page.port) as port:
        context = await browser.new_context(java_script_enabled=script, viewport={"width": 360, "height": 740})
        tab = await context.new_page()
        tab.set_default_timeout(60_000)
        begin = time.perf_counter()
        await tab.goto(f"http://127.0.0.1:{port}/")
        loaded = time.perf_counter() - begin
        painted = await tab.evaluate(PAINTED)
        waits = [await _answered(tab, 1)]
        if page.process is not None:
            await asyncio.sleep(READING)
            waits.append(await _answered(tab, 2))
        await context.close()
        return painted / 1000, loaded, waits[0], waits[-1]


async def _answered(tab: Tab, answers: int) -> float:
    """Seconds until there are so many answers."""
    await tab.locator("#q").fill(QUESTION)
    begin = time.perf_counter()
    await tab.locator(".send").first.click(no_wait_after=True)
    await tab.get_by_text("Nguồn:").nth(answers - 1).wait_for()
    return time.perf_counter() - begin
