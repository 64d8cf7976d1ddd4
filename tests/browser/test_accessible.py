"""For whoever does not see the page, holds no mouse, or has large letters on a small screen."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser import ONE_HOUSE
from tests.browser.conftest import Visiting
from tests.browser.resident import Resident

pytestmark = ONE_HOUSE

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOAN = {
    "vi": "muon vay von tu ngan hang chinh sach thi lam thu tuc the nao",
    "en": "how do I get a loan from the policy bank",
}
FIRE = {"vi": "cháy nhà rồi", "en": "my house is on fire, help"}
SOURCE = {"vi": "Nguồn:", "en": "Source:"}
# In the language of the talk: where that goes on in another one, the page loads itself anew, under the eyes of whoever looks.
LONG = {"vi": "Ngân" * 150 + " hàng" * 250, "en": "Loan" * 150 + " loan" * 250}

FOCUSED = "document.activeElement.textContent.trim() || document.activeElement.id"


AXE = """options => axe.run(options).then(found => found.violations.flatMap(
    one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 160)}`)))"""


async def violations(page: Page) -> list[str]:
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(Axe().axe_script)
    return list(await page.evaluate(AXE, {"runOnly": RULES, "resultTypes": ["violations"]}))


async def wider_than_the_screen(page: Page) -> int:
    """Pixels that one would have to scroll sideways for."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def small_targets(page: Page) -> list[str]:
    """What can be tapped and is smaller than a thumb; links in running text are free, and a box is tapped by its words."""
    return list(
        await page.evaluate(
            """() => Array.from(document.querySelectorAll(
            'button, input:not([type=hidden]), textarea, nav > *, footer a, label'
            ))
            .filter(one => one.tagName === 'LABEL' ? one.querySelector('input') : !one.closest('label'))
            .filter(one => { const box = one.getBoundingClientRect(); return box.width && (box.height < 44 || box.width < 44) })
            .map(one => one.outerHTML.slice(0, 120))"""
        )
    )


async def a_whole_talk(farmer: Resident) -> None:
    """Answers, choices, verdicts, a number to call, and the longest words."""
    await farmer.open(f"/?lang={farmer.lang}")
    await farmer.ask(LOAN[farmer.lang])
    await farmer.sees(SOURCE[farmer.lang])
    await farmer.ask(LONG[farmer.lang])
    await farmer.sees(LONG[farmer.lang])
    await farmer.ask(FIRE[farmer.lang])
    await farmer.sees("114")


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_axe_finds_nothing_on_any_page_in_any_state(visiting: Visiting, lang: str) -> None:
    farmer = await visiting(lang=lang)
    page, found = farmer.page, {}

    async def look(state: str) -> None:
        found[state] = await violations(page) + [f"too small: {one}" for one in await small_targets(page)]
        found[state] += ["wider than the screen"] * bool(await wider_than_the_screen(page))

    await farmer.open(f"/?lang={lang}")
    await look("empty")
    await a_whole_talk(farmer)
    await look("talk")
    await page.emulate_media(color_scheme="dark")
    await look("talk in the dark")
    await page.emulate_media(forced_colors="active")
    await look("talk in forced colours")
    await page.emulate_media(color_scheme="light", forced_colors="none")
    await page.context.set_offline(True)
    await farmer.ask(LONG[lang])
    await expect(page.locator("#state")).to_be_visible()
    await look("line lost")
    await page.context.set_offline(False)
    await expect(page.locator(".waits")).to_have_count(0)
    await page.reload()
    await look("loaded anew")
    await page.locator("footer button[formaction]").click()
    await page.locator("main .send").wait_for()
    await look("before deleting")
    await page.locator("main .send").click()
    await page.wait_for_url("**/da-xoa**")
    await look("deleted")
    for path in ("/kiem-tra", "/kiem-tra/7K3M2P", "/kiem-tra/xin"):
        await farmer.open(f"{path}?lang={lang}")
        await look(path)
    assert {state: faults for state, faults in found.items() if faults} == {}


async def test_axe_finds_nothing_on_faults_and_without_cookies(visiting: Visiting) -> None:
    farmer = await visiting()
    await farmer.open("/khong-co-gi")
    assert await violations(farmer.page) == []
    await farmer.open("/nhung/")
    assert await violations(farmer.page) == []
    await farmer.keeps_nothing()
    await farmer.open()
    await farmer.ask(LOAN["vi"])
    await farmer.reads("tắt trang này là mất cuộc trò chuyện")
    assert await violations(farmer.page) == []


HURRY = """async () => {
    const body = new URLSearchParams(new FormData(document.getElementById('f')));
    for (let n = 0, status = 0; n < 300 && status !== 429; n++) {
        body.set('so', `${'n'.repeat(16)}${n}`);
        body.set('noi_dung', 'xin chào');
        ({status} = await fetch('/', {method: 'POST', body, headers: {'x-loaban': '1'}}));
    }
    document.getElementById('f').submit();  // at once, before another is allowed, and as it goes without our script
}"""


async def test_what_is_wrong_has_the_focus_and_stands_in_sight_above_the_words_that_were_typed(visiting: Visiting) -> None:
    farmer = await visiting()
    page = farmer.page
    await a_whole_talk(farmer)
    await page.locator("#q").fill("câu chưa gửi được")
    await page.evaluate(HURRY)
    fault = page.locator("p[role=alert]")
    await expect(fault).to_contain_text("Bà con gửi nhanh quá")
    await expect(fault).to_be_focused()
    await expect(fault).to_be_in_viewport()
    await expect(page.locator("#q")).to_have_value("câu chưa gửi được")
    await expect(page.locator("#q")).to_be_in_viewport()
    assert await violations(page) == []


async def test_each_message_is_read_out_once_in_its_language_and_in_order(visiting: Visiting) -> None:
    farmer = await visiting()
    await farmer.open()
    await farmer.page.evaluate(
        """() => { window.announced = []; new MutationObserver(all => all.forEach(one => one.addedNodes.forEach(
            node => node.id && window.announced.push(node.id)))).observe(document.querySelector('[role=log]'),
            {childList: true, subtree: true}) }"""
    )
    await farmer.ask(LOAN["vi"])
    await farmer.sees("Nguồn:")
    await farmer.tap("Xem thêm")
    await farmer.sees("điểm giao dịch xã")
    announced = await farmer.page.evaluate("window.announced")
    assert len(announced) == len(set(announced)) == 4
    assert announced == await farmer.page.locator("#log > ol > li").evaluate_all("all => all.map(one => one.id)")
    assert await farmer.page.locator("#log li > div:not([lang])").count() == 0
    await expect(farmer.page.get_by_role("log").get_by_role("list").first).to_be_visible()


async def test_the_keyboard_alone_is_enough(visiting: Visiting) -> None:
    farmer = await visiting()
    page = farmer.page
    await farmer.open()

    async def tab_to(words: str) -> None:
        for _ in range(60):
            await page.keyboard.press("Tab")
            if words in str(await page.evaluate(FOCUSED)):
                return
        raise AssertionError(f"no way to “{words}”")

    await tab_to("Học nghề")
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "nobody sees where they are"
    await page.keyboard.press("Enter")
    await farmer.sees("bà con muốn hỏi điều gì?")
    assert await page.evaluate("document.activeElement.classList.contains('mine')"), "the focus was lost with the topics"
    await tab_to("Học nghề có mất tiền không")
    await page.keyboard.press("Space")
    await farmer.sees("Nguồn:")
    assert "Học nghề có mất tiền" in str(await page.evaluate(FOCUSED)), "the focus was moved by what came"
    await tab_to("Xem thêm")
    await tab_to("q")
    await page.keyboard.type(LOAN["vi"])
    await page.keyboard.press("Enter")
    await farmer.sees("tổ tiết kiệm và vay vốn")
    assert await page.evaluate(FOCUSED) == "q"
    await tab_to("Xóa hết")
    await page.keyboard.press("Enter")
    await farmer.reads("Xóa hết chứ")
    await tab_to("xóa hết")
    await page.keyboard.press("Enter")
    await farmer.reads("Đã xóa hết")


async def test_a_screen_of_320_pixels_and_letters_twice_as_large_need_no_scrolling_sideways(
    visiting: Visiting, script: bool
) -> None:
    farmer = await visiting(script=script, width=320)
    await a_whole_talk(farmer)
    if script:  # without it the tests cannot measure; the page is the same
        assert await wider_than_the_screen(farmer.page) == 0
        await farmer.page.set_viewport_size({"width": 360, "height": 740})
        await farmer.page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert await wider_than_the_screen(farmer.page) == 0
    send = await farmer.page.locator("#f .send").bounding_box()
    assert send is not None
    assert send["x"] + send["width"] <= 320 + 40 * script
