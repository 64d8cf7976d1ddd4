"""A line that breaks, a server that dies, fingers that tap twice: what was written arrives, once."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from itertools import pairwise

from playwright.async_api import Route, expect

from tests.browser import ONE_HOUSE
from tests.browser.conftest import Visiting
from tests.browser.house import House
from tests.waiting import PATIENCE, until

pytestmark = ONE_HOUSE

LOAN = "muon vay von tu ngan hang chinh sach thi lam thu tuc the nao"
LOST = "Mất mạng. Câu của bà con còn đây, có mạng máy tự gửi lại."


async def test_what_is_written_while_the_server_is_down_arrives_once(visiting: Visiting, house: House) -> None:
    farmer, neighbour = await visiting(), await visiting(script=False)
    for one in (farmer, neighbour):
        await one.open()
        await one.ask("cháy nhà rồi")
        await one.sees("114")
    await house.killed()
    await farmer.ask(LOAN)
    await farmer.reads(LOST)
    await farmer.reads(LOAN)
    await neighbour.ask(LOAN)
    await expect(neighbour.page.locator("#log")).to_have_count(0)  # the browser's own page says that nobody answers
    await house.start()
    await neighbour.page.reload()
    for one in (farmer, neighbour):
        await one.sees(LOAN)
        await expect(one.page.locator(".waits")).to_have_count(0)
        assert await one.said() == ["cháy nhà rồi", LOAN]
        await one.tap("Các mục")
        await one.sees("Bà con chọn một mục")
        assert await one.counted(LOAN) == 1


async def test_what_is_written_without_a_line_goes_out_by_itself(visiting: Visiting) -> None:
    farmer = await visiting()
    await farmer.open()
    await farmer.page.context.set_offline(True)
    await farmer.ask(LOAN)
    await farmer.ask("cháy nhà rồi")
    await farmer.reads(LOST)
    await expect(farmer.page.locator(".waits")).to_have_count(2)
    await farmer.page.context.set_offline(False)
    await farmer.sees("114")
    await expect(farmer.page.locator(".waits")).to_have_count(0)
    await expect(farmer.page.locator("#state")).to_be_hidden()
    assert await farmer.said() == [LOAN, "cháy nhà rồi"]


async def test_who_taps_twice_has_said_it_once(visiting: Visiting, script: bool) -> None:
    farmer = await visiting(script=script)
    await farmer.open()
    await farmer.page.locator("#q").fill(LOAN)
    await farmer.page.locator("#f .send").dblclick()
    await farmer.sees("tổ tiết kiệm và vay vốn")
    # Not by the mouse: the page has moved below it by the second tap.
    await farmer.found("Xem thêm").last.evaluate("button => { button.click(); button.click(); }")
    await farmer.sees("điểm giao dịch xã")
    await farmer.tap("Dữ liệu của tôi")
    await farmer.sees("Loa Bản đang giữ")
    assert await farmer.said() == [LOAN, "Xem thêm", "Dữ liệu của tôi"]


async def test_going_back_and_loading_anew_say_nothing_twice(visiting: Visiting, script: bool) -> None:
    farmer = await visiting(script=script)
    await farmer.open()
    await farmer.ask(LOAN)
    await farmer.sees("tổ tiết kiệm và vay vốn")
    await farmer.page.reload()
    await farmer.sees("tổ tiết kiệm và vay vốn")
    await farmer.tap("Thông báo thật hay giả?")
    await farmer.reads("Mã ở cuối thông báo")
    await farmer.page.go_back()
    await farmer.sees("tổ tiết kiệm và vay vốn")
    await farmer.tap("Xem thêm")
    await farmer.sees("điểm giao dịch xã")
    await farmer.page.go_back()
    await farmer.page.go_forward()
    await farmer.page.reload()
    await farmer.sees("điểm giao dịch xã")
    assert await farmer.said() == [LOAN, "Xem thêm"]


async def test_two_tabs_show_the_same_talk(visiting: Visiting) -> None:
    farmer = await visiting()
    await farmer.open()
    await farmer.ask(LOAN)
    await farmer.sees("tổ tiết kiệm và vay vốn")
    other = await farmer.page.context.new_page()
    await other.goto(farmer.url)
    await farmer.tap("Xem thêm")
    await expect(other.locator("#log")).to_contain_text("điểm giao dịch xã")
    await expect(other.locator("#log .mine")).to_have_count(2)
    await farmer.tap("Xóa hết")
    await farmer.tap("xóa hết")
    await expect(other.locator("body")).to_contain_text("Đã xóa hết")


HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


async def test_a_page_that_nobody_looks_at_rests_after_five_minutes_and_misses_nothing(visiting: Visiting) -> None:
    farmer = await visiting()
    page = farmer.page
    streams: list[str] = []
    page.on("request", lambda request: streams.append("opened") if "/dong" in request.url else None)
    page.on("requestfailed", lambda request: streams.append("closed") if "/dong" in request.url else None)
    await page.clock.install()
    await farmer.open()
    await farmer.ask(LOAN)
    await farmer.sees("tổ tiết kiệm và vay vốn")
    await until(lambda: streams == ["opened"])
    await page.evaluate(HIDE, True)
    await page.clock.run_for(50_000)
    assert streams == ["opened"], "it rests too soon"
    await page.clock.run_for(300_000)
    await until(lambda: streams == ["opened", "closed"])
    other = await page.context.new_page()
    await other.goto(farmer.url)
    await other.locator("button", has_text="Xem thêm").last.click()
    await expect(other.locator("#log")).to_contain_text("điểm giao dịch xã")
    await other.close()
    assert streams == ["opened", "closed"]
    await page.evaluate(HIDE, False)
    await farmer.sees("điểm giao dịch xã")
    assert await farmer.said() == [LOAN, "Xem thêm"]


async def test_a_line_that_says_nothing_any_more_is_opened_anew(visiting: Visiting) -> None:
    farmer = await visiting()
    streams: list[str] = []
    farmer.page.on("request", lambda request: streams.append(request.url) if "/dong" in request.url else None)
    await farmer.page.clock.install()
    await farmer.open()
    await farmer.ask(LOAN)
    await farmer.sees("tổ tiết kiệm và vay vốn")
    await until(lambda: len(streams) == 1)
    await farmer.page.clock.run_for(50_000)
    assert len(streams) == 1
    for _ in range(4):  # a sign of life, once in 25 seconds by the clock of the server, may have come in between
        await farmer.page.clock.run_for(65_000)
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await until(lambda: len(streams) > 1)
            break
    assert len(streams) > 1


# Which moments of the page's clock it tries at, and how many of the tries have failed by now.
TRIES = """window.tries = []; window.fails = 0;
window.EventSource = class extends EventSource {
    constructor(...given) {
        super(...given);
        window.tries.push(Date.now());
        this.addEventListener('error', () => { window.fails++; });
    }
};"""


async def test_a_page_looks_for_its_line_for_ever_and_after_growing_pauses(visiting: Visiting) -> None:
    farmer = await visiting()
    page = farmer.page

    async def failed(count: int) -> None:
        """The page's clock stands still until then: the pause begins with the failure."""
        async with asyncio.timeout(PATIENCE):
            while await page.evaluate("window.fails") < count:  # noqa: ASYNC110 - it is the browser that knows
                await asyncio.sleep(0.02)

    await page.clock.install(time="2026-12-01")  # whatever day it is
    await page.clock.pause_at("2026-12-02")
    await farmer.open()
    await farmer.ask(LOAN)
    await farmer.sees("tổ tiết kiệm và vay vốn")
    await page.route("**/dong*", lambda route: route.abort())
    await page.add_init_script(TRIES)
    await farmer.open()
    for count in range(1, 12):
        await failed(count)
        while await page.evaluate("window.tries.length") == count:
            await page.clock.run_for(1_000)
    tries = await page.evaluate("window.tries")
    pauses = [(after - before) / 1000 for before, after in pairwise(tries)]
    assert pauses[0] <= 5
    assert max(pauses) > 12
    assert all(pause <= 62 for pause in pauses)
    assert len({round(pause) for pause in pauses[5:]}) > 1, "all pages would come at once"


async def test_a_page_that_shows_what_a_restored_backup_has_not_shows_what_there_is(visiting: Visiting) -> None:
    farmer = await visiting()
    page = farmer.page
    await farmer.open()
    await farmer.ask(LOAN)
    await farmer.sees("tổ tiết kiệm và vay vốn")

    async def of_later(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(
            response=answer, body=re.sub(r'<li id="m\d+" class="ours', '<li id="m999999" class="ours', await answer.text())
        )

    await page.route(f"{farmer.url}/", of_later, times=1)
    async with page.expect_request("**/moi"):
        await farmer.open()
        await page.locator("#q").fill("còn câu này chưa gửi")
    await expect(page.locator("#m999999")).to_have_count(0)
    await farmer.sees("tổ tiết kiệm và vay vốn")
    assert await page.locator("#q").input_value() == "còn câu này chưa gửi"
    await farmer.tap("Xem thêm")
    await farmer.sees("điểm giao dịch xã")
    assert await farmer.said() == [LOAN, "Xem thêm"]


async def test_a_page_for_which_no_stream_is_left_asks_for_what_is_new_until_there_is_one(visiting: Visiting) -> None:
    farmer = await visiting()
    page = farmer.page
    await page.route("**/dong*", lambda route: route.fulfill(status=429))
    await page.clock.install()
    await farmer.open()
    await farmer.ask(LOAN)
    await farmer.sees("tổ tiết kiệm và vay vốn")
    await farmer.open()
    other = await page.context.new_page()
    await other.goto(farmer.url)
    await other.locator("button", has_text="Xem thêm").last.click()
    await expect(other.locator("#log")).to_contain_text("điểm giao dịch xã")
    await page.clock.run_for(10_000)
    await farmer.sees("điểm giao dịch xã")
    await page.unroute("**/dong*")
    async with page.expect_request("**/dong*"):
        await page.clock.run_for(60_000)
    await other.locator("button", has_text="👍").last.click()
    await farmer.sees("Cảm ơn bà con")
    assert await farmer.said() == [LOAN, "Xem thêm", "👍 Đúng ý"]
