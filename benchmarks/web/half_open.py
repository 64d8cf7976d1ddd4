"""Thousands of connections that never ask for anything: whether the page still answers a browser, and webhooks the vendor."""

from __future__ import annotations

import asyncio
import resource
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from benchmarks.web.tables import Scale
from benchmarks.webhooks.stage import Server, loaban, loaded
from benchmarks.webhooks.tables import Grid
from tests.browser import CHROMIUM, FLAGS
from tests.processes import free_port, until_open

ADDRESSES = 25  # each has fewer than one address may
AT_ONCE = 100  # that knock together
AGAIN = 5.0  # seconds until one that was closed is opened once more
HEAD = "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Slow: "
BODY = "POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 9000\r\n\r\nso="
QUESTION = "muon vay von tu ngan hang chinh sach thi lam thu tuc the nao"


async def half_open(scale: Scale, cache: Path) -> Grid:
    if not CHROMIUM:
        return Grid("Half-open connections", ("no Chromium on this machine",), [])
    port, rows = free_port(), []
    async with (
        loaban(cache, LOABAN_WEB_LISTEN=f"127.0.0.1:{port}") as server,
        async_playwright() as playwright,
    ):
        await until_open(port)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        await loaded(server, 4, seconds=scale.seconds)
        await _asked(browser, port)
        rows.append(await _measured("none", server, browser, port, scale))
        for name, sent in (("half of a head", HEAD), ("half of a body", BODY)):
            async with _knocking(port, scale.half_open, sent.format(port=port)):
                rows.append(await _measured(f"{scale.half_open:,}, {name}", server, browser, port, scale))
        await browser.close()
    return Grid(
        f"Connections to the page that never ask, from {ADDRESSES} addresses, opened again {AGAIN:.0f} s after they are closed",
        ("at once", "a page and its answer after s", "the slowest", "MB in memory", "webhooks: p95 ms", "errors"),
        rows,
    )


async def _measured(name: str, server: Server, browser: Browser, port: int, scale: Scale) -> tuple[str | float, ...]:
    waits = [await _asked(browser, port) for _ in range(scale.visits)]
    found = (await loaded(server, 4, seconds=scale.seconds)).result
    return name, statistics.median(waits), max(waits), server.resident(), 1000 * found.p95, found.errors


async def _asked(browser: Browser, port: int) -> float:
    """Seconds until somebody new has the page, and an answer."""
    context = await browser.new_context()
    tab = await context.new_page()
    tab.set_default_timeout(60_000)
    begin = time.perf_counter()
    await tab.goto(f"http://127.0.0.1:{port}/")
    await tab.locator("#q").fill(QUESTION)
    await tab.locator(".send").first.click(no_wait_after=True)
    await tab.get_by_text("Nguồn:").first.wait_for()
    waited = time.perf_counter() - begin
    await context.close()
    return waited


@asynccontextmanager
async def _knocking(port: int, many: int, sent: str) -> AsyncIterator[None]:
    """So many connections, until the end; whichever is closed is opened again."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard == resource.RLIM_INFINITY else min(hard, 2 * many), hard))
    turn = asyncio.Semaphore(AT_ONCE)

    async def hold(number: int) -> None:
        while True:
            with suppress(OSError, TimeoutError):
                async with turn, asyncio.timeout(10):
                    own = (f"127.0.1.{number % ADDRESSES + 1}", 0)
                    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=own)
                try:
                    writer.write(sent.encode())
                    await reader.read()
                finally:
                    writer.close()
            await asyncio.sleep(AGAIN)

    tasks = [asyncio.create_task(hold(number)) for number in range(many)]
    await asyncio.sleep(5.0)
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
