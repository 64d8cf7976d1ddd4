"""Somebody at the page: what they do is the same with script and without it."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Locator, Page, Route, expect

PATIENCE = 60_000  # milliseconds, on the busiest machine; nothing waits so long that goes well
REFRESH = {"vi": "Xem có gì mới", "en": "See what is new"}


class Resident:
    """`page` may be a frame of another site's page."""

    def __init__(self, page: Page, url: str, *, script: bool, lang: str) -> None:
        self.page = page
        self.url = url
        self.script = script
        self.lang = lang
        self.within: Any = page  # where the chat is: the page itself, or a frame in it

    async def open(self, path: str = "/") -> None:
        await self.page.goto(self.url + path)

    async def keeps_nothing(self) -> None:
        """Their browser takes no cookie from now on."""
        await self.page.route("**/*", _without_cookies)

    async def ask(self, text: str) -> None:
        await self.within.locator("#q").fill(text)
        await self.within.locator("#f .send").click()

    async def tap(self, words: str) -> None:
        """The newest thing with these words."""
        await self.found(words).last.click()

    def found(self, words: str) -> Locator:
        found: Locator = self.within.locator("button, a").filter(has_text=words)
        return found

    async def sees(self, words: str) -> None:
        """Soon, in the talk."""
        await expect(self.within.locator("#log")).to_contain_text(words, timeout=PATIENCE)

    async def reads(self, words: str) -> None:
        """Soon, anywhere on the page."""
        await expect(self.within.locator("body")).to_contain_text(words, timeout=PATIENCE)

    async def hears_later(self, words: str) -> None:
        """What comes by itself; whoever has no script looks for it."""
        if not self.script:
            await self.within.locator("noscript button, noscript a, button, a").filter(has_text=REFRESH[self.lang]).last.click()
        await self.sees(words)

    async def said(self) -> list[str]:
        """Their own messages, as they stand in the talk."""
        return [text.partition(":")[2].strip() for text in await self.within.locator("#log .mine").all_text_contents()]

    async def counted(self, words: str) -> int:
        """How often it stands in the talk."""
        return "".join(await self.within.locator("#log").all_text_contents()).count(words)


async def _without_cookies(route: Route) -> None:
    if route.request.method != "POST":
        await route.continue_()
        return
    answer = await route.fetch(max_redirects=0)
    await route.request.frame.page.context.clear_cookies()
    await route.fulfill(response=answer, headers={**answer.headers, "set-cookie": "x=; Max-Age=0"})
