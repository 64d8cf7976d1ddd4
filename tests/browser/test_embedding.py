"""The page in the site of a commune: another origin, where browsers give a frame no cookie."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser import ONE_HOUSE
from tests.browser.conftest import Visiting
from tests.browser.house import House
from tests.browser.test_accessible import violations

pytestmark = ONE_HOUSE

LOAN = "muon vay von tu ngan hang chinh sach thi lam thu tuc the nao"


async def test_on_a_wide_screen_the_link_opens_a_panel_with_the_chat(visiting: Visiting, house: House) -> None:
    farmer = await visiting(width=1280)
    page = farmer.page
    await page.clock.install()
    await page.goto(house.host)
    link = page.locator("a.loaban")
    await expect(page.locator("iframe")).to_have_count(0)  # nothing is loaded before somebody wants it
    await link.click()
    farmer.within = page.frame_locator("iframe")
    await expect(farmer.within.locator("#topics button")).to_have_count(8)
    await farmer.ask(LOAN)
    await farmer.sees("tổ tiết kiệm và vay vốn")
    await farmer.tap("Xem thêm")
    await farmer.sees("điểm giao dịch xã")
    assert await farmer.said() == [LOAN, "Xem thêm"]
    await page.clock.run_for(5_000)
    await farmer.reads("tắt trang này là mất cuộc trò chuyện")
    assert await violations(page) == []
    await page.locator("section button").click()
    await expect(page.locator("iframe")).to_be_hidden()
    await expect(link).to_be_focused()
    await page.keyboard.press("Enter")
    await farmer.sees("điểm giao dịch xã")  # as it was left
    await page.keyboard.press("Escape")
    await expect(page.locator("iframe")).to_be_hidden()
    assert await page.context.cookies() == []


async def test_on_a_phone_and_without_script_the_link_opens_the_page_itself(
    visiting: Visiting, house: House, script: bool
) -> None:
    farmer = await visiting(script=script)
    await farmer.page.goto(house.host)
    if script:
        async with farmer.page.context.expect_page() as opened:
            await farmer.page.locator("a.loaban").click()
        farmer.page = farmer.within = await opened.value
    else:
        await farmer.page.locator("a.loaban").click()
    await farmer.ask(LOAN)
    await farmer.sees("tổ tiết kiệm và vay vốn")
    await farmer.tap("Dữ liệu của tôi")
    await farmer.sees("Búng Lao")  # the link says for which commune


async def test_in_a_frame_without_script_the_form_carries_who_asks(visiting: Visiting, house: House) -> None:
    farmer = await visiting(script=False)
    await farmer.page.goto(f"{house.host}/frame")
    farmer.within = farmer.page.frame_locator("iframe")
    await farmer.ask(LOAN)
    await farmer.sees("tổ tiết kiệm và vay vốn")
    await farmer.tap("Xem thêm")
    await farmer.sees("điểm giao dịch xã")
    assert await farmer.said() == [LOAN, "Xem thêm"]


async def test_no_other_page_can_be_framed(visiting: Visiting, house: House) -> None:
    farmer = await visiting(script=False)
    await farmer.page.goto(f"{house.host}/frame-of-all")
    await expect(farmer.page.frame_locator("iframe").locator("#q")).to_have_count(0)
