"""A Chromium, and a `loaban run` with the page, an officer on the Bot API stub, and a site that frames the page."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.browser import CHROMIUM, FLAGS
from tests.browser.house import House, opened_house
from tests.browser.resident import PATIENCE, Resident

expect.set_options(timeout=PATIENCE)
Visiting = Callable[..., Awaitable[Resident]]


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def only_one(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], None]:
    """Called when the house is opened: of all the workers and tests of a run one opens it, once. Each time takes seconds."""
    own = tmp_path_factory.getbasetemp()
    opened = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "house"

    def note() -> None:
        assert not opened.exists(), "a second house is opened: tests/side_by_side.py does not keep these tests together"
        opened.touch()

    return note


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def house(tmp_path_factory: pytest.TempPathFactory, cache: Path, only_one: Callable[[], None]) -> AsyncIterator[House]:
    only_one()
    async with opened_house(tmp_path_factory.mktemp("house"), cache) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="package")
async def visiting(chromium: Browser, house: House) -> AsyncIterator[Visiting]:
    """Somebody new with a telephone of their own: `await visiting(script=False, width=320)`."""
    async with AsyncExitStack() as leaving:

        async def visit(*, script: bool = True, width: int = 360, lang: str = "vi", **more: Any) -> Resident:
            context = await chromium.new_context(
                java_script_enabled=script,
                viewport={"width": width, "height": 740},
                # Each has an address of their own, as far as the limits of the page are concerned.
                extra_http_headers={"X-Forwarded-For": next(house.addresses)},
                **more,
            )
            leaving.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE)
            return Resident(await context.new_page(), house.url, script=script, lang=lang)

        yield visit


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def script(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)
