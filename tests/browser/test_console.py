"""The console in a real browser: an officer answers there what a resident without scripts asked, also through a `kill -9`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser import ONE_HOUSE
from tests.browser.conftest import Visiting
from tests.browser.house import House
from tests.browser.resident import PATIENCE, Resident
from tests.browser.test_accessible import small_targets, violations, wider_than_the_screen
from tests.waiting import until

pytestmark = ONE_HOUSE

BIKE = "xe may hong xich thi thay o dau"
ANSWER = "Bà con ra chợ Búng Lao, quán anh bán phụ tùng đầu chợ."
LONG = "Ngân" * 60 + " hàng" * 60

WATCHED = """() => { window.announced = 0; new MutationObserver(all => all.forEach(
    one => window.announced += one.addedNodes.length)).observe(document.querySelector('[role=log]'),
    {childList: true, subtree: true}) }"""

Entering = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="package")
async def entering(chromium: Browser, house: House) -> AsyncIterator[Entering]:
    """Somebody of the staff at a computer of their own: `await entering(code, script=False)`."""
    async with AsyncExitStack() as leaving:

        async def enter(code: str, *, script: bool = True, width: int = 1000) -> Page:
            context = await chromium.new_context(
                java_script_enabled=script,
                viewport={"width": width, "height": 740},
                extra_http_headers={"X-Forwarded-For": next(house.addresses)},
            )
            leaving.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE)
            page = await context.new_page()
            await page.goto(f"{house.console}/vao?ma={code}")
            await page.get_by_role("button", name="Vào").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Hôm nay")
            return page

        yield enter


async def passed_on(visiting: Visiting, house: House, question: str) -> tuple[str, Resident]:
    """The number of a case that a resident without scripts opened, and the resident."""
    farmer = await visiting(script=False)
    await farmer.open()
    await farmer.ask(question)
    await farmer.tap("Chuyển câu hỏi cho cán bộ xã")
    await farmer.sees("ở xã, phường nào")
    await farmer.ask("Bung Lao")
    await farmer.sees("Bà con đồng ý chuyển chứ?")
    before = len(house.telegram.sent)
    await farmer.ask("đồng ý")
    return await house.new_case(before), farmer


async def test_an_officer_answers_what_a_resident_asked(
    visiting: Visiting, entering: Entering, house: House, script: bool
) -> None:
    page = await entering(await house.officers_code(), script=script)
    case, farmer = await passed_on(visiting, house, BIKE)
    if not script:
        await page.reload()
    await page.get_by_role("link", name="câu hỏi chưa ai nhận").click()
    await page.get_by_role("link", name=f"Việc {case}").click()
    await expect(page.locator("main")).to_contain_text(BIKE)
    await house.killed()
    await house.start()
    await page.get_by_label("Câu trả lời").fill(ANSWER)
    await page.get_by_role("button", name="Gửi").click()
    await expect(page.locator(".done")).to_have_text("Đã gửi cho bà con.")
    await farmer.hears_later(ANSWER)
    await farmer.ask("Cảm ơn anh, tôi đi ngay.")
    if not script:
        await page.reload()
    await expect(page.locator("main")).to_contain_text("tôi đi ngay")
    await page.get_by_role("button", name="Xong").click()
    await farmer.hears_later("Loa Bản lại ở đây")
    assert await farmer.counted(ANSWER) == 1
    await page.get_by_role("button", name="Thoát").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Đăng nhập")


async def test_what_is_written_stays_while_others_write_and_while_the_line_is_down(
    visiting: Visiting, entering: Entering, house: House
) -> None:
    page = await entering(await house.officers_code())
    case, farmer = await passed_on(visiting, house, BIKE)
    await page.goto(f"{house.console}/viec/{case}")
    box = page.get_by_label("Câu trả lời")
    await box.fill("Câu chưa gửi")
    await page.evaluate(WATCHED)
    await house.officer_writes(f"nhận {case}")
    await expect(page.locator("#tinh-trang")).to_contain_text("bà con chờ anh/chị")
    await house.killed()
    await expect(page.locator("#state")).to_contain_text("Mất nối từ")
    await house.start()
    await farmer.ask("Thôi, tôi biết rồi.")
    await expect(page.locator("#chuyen")).to_contain_text("tôi biết rồi")
    await expect(page.locator("#state")).to_be_hidden()
    assert await page.evaluate("window.announced") == 1, "what stood there already was read out again"
    await expect(box).to_have_value("Câu chưa gửi")
    await page.get_by_role("button", name="Gửi").click()
    await expect(page.locator(".summary")).to_contain_text("Vừa có thêm lời nhắn")
    await expect(box).to_have_value("Câu chưa gửi")
    await page.get_by_role("button", name="Gửi").click()
    await expect(page.locator(".done")).to_be_visible()
    await page.get_by_role("button", name="Xong").click()
    await expect(page.locator(".done")).to_contain_text("Đã xong")


async def test_one_officer_writes_and_sends_and_another_person_approves(entering: Entering, house: House, script: bool) -> None:
    text, farmer = f"Nước lũ về, bà con lên chỗ cao ({script}).", 70 + script
    await house.subscriber(farmer)
    other = await entering(house.owners_code(), script=script)
    page = await entering(await house.officers_code(), script=script)
    await page.get_by_role("link", name="Thông báo", exact=True).click()
    await page.get_by_role("link", name="Soạn thông báo").click()
    await page.get_by_label("Nội dung tiếng Việt").fill(text)
    await page.get_by_label("Gửi lúc nào?").fill("ngay bây giờ")
    await page.get_by_label("Tin còn hiệu lực").fill("3 giờ")
    await page.get_by_label("Khẩn").check()
    if not script:
        await page.get_by_role("button", name="Xem trước").click()
    await expect(page.locator("#ban-xem")).to_contain_text(text)
    await expect(page.locator("#so-nguoi")).to_contain_text("Số người nhận")
    await expect(page.locator("#hieu-den")).to_contain_text("Còn hiệu lực đến")
    await page.get_by_role("button", name="Xem lại rồi gửi").click()
    await expect(page.locator("main")).to_contain_text("Phải có một trong những người này duyệt")
    await page.get_by_role("button", name="Xin duyệt").click()
    await expect(page.locator("#tinh-trang")).to_contain_text("Anh/chị không tự duyệt được")
    number = page.url.partition("?")[0].rpartition("/")[2]
    if not script:
        await other.reload()
    await other.get_by_role("link", name=f"Thông báo {number} chờ anh/chị duyệt").click()
    await expect(other.locator("main")).to_contain_text(text)
    await other.get_by_role("button", name="Duyệt và gửi").click()
    await expect(other.locator(".done")).to_have_text("Đã duyệt.")
    await until(lambda: any(text in one for one in house.telegram.texts(farmer)))
    if not script:
        await page.reload()
    await expect(page.locator("#tinh-trang")).not_to_contain_text("chờ duyệt")
    await expect(page.locator("tfoot")).to_contain_text("Tất cả")


async def test_of_many_communes_those_with_these_letters_are_shown(entering: Entering, house: House) -> None:
    page = await entering(house.owners_code())
    await page.goto(f"{house.console}/thong-bao/viet")
    await page.get_by_label("Tìm xã theo tên").fill("bung lao")
    await expect(page.locator("details.group li:visible")).to_have_count(1)
    await page.get_by_label("xã Búng Lao").check()
    await expect(page.locator("#so-nguoi")).not_to_have_text("")
    await page.get_by_label("Tìm xã theo tên").fill("")
    await expect(page.locator("details.group:visible")).to_have_count(await page.locator("details.group").count())


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_axe_finds_nothing_on_any_page_of_the_console(
    visiting: Visiting, entering: Entering, house: House, lang: str
) -> None:
    found = {}
    case, _ = await passed_on(visiting, house, LONG)
    page = await entering(house.owners_code(), width=320)

    async def look(state: str) -> None:
        found[state] = await violations(page) + [f"too small: {one}" for one in await small_targets(page)]
        found[state] += ["wider than the screen"] * bool(await wider_than_the_screen(page))

    if lang == "en":
        await page.locator("button[lang=en]").click()
    await expect(page.locator("html")).to_have_attribute("lang", lang)
    for path in ("/", "/viec", "/viec/xong", f"/viec/{case}", "/nguoi-dung", "/nguoi-dung/moi", "/nguoi-dung/1/thoi", "/x"):
        await page.goto(f"{house.console}{path}")
        await look(path)
    await page.goto(f"{house.console}/viec/{case}")
    await page.locator("summary").click()
    await look("case with suggestions")
    await page.emulate_media(color_scheme="dark")
    await look("case in the dark")
    await page.emulate_media(color_scheme="light", forced_colors="active")
    await look("case in forced colours")
    await page.emulate_media(forced_colors="none")
    await page.locator("textarea").evaluate("box => box.removeAttribute('required')")
    await page.locator("#tra-loi button.main").click()
    await expect(page.locator(".summary")).to_be_focused()
    await look("case with an error")
    await page.goto(f"{house.console}/thong-bao/viet")
    await page.locator("textarea").first.fill(LONG)
    await page.locator("input[name=tinh]").check()
    await page.locator("input[name=khi]").fill("?")
    await page.locator("button.main").click()
    await expect(page.locator(".summary")).to_be_focused()
    await look("an announcement with an error")
    await page.locator("input[name=khi]").fill("8:00 1/1" if lang == "vi" else "1 January 8:00")
    await page.locator("input[name=den]").fill("3 ngày")
    await page.locator("button.main").click()
    await expect(page.locator("blockquote")).to_be_visible()
    await look("an announcement before it is sent")
    sent = house.announced(LONG)
    for path in ("/thong-bao", f"/thong-bao/{sent}", f"/thong-bao/{sent}/huy"):
        await page.goto(f"{house.console}{path}")
        await look(path)
    await page.goto(f"{house.console}/nguoi-dung/moi")
    await page.locator("input[value=admin]").check()
    await page.locator("input[name=ma]").fill(house.owners_code())
    await page.locator("button.main").click()
    await expect(page.locator(".qr svg")).to_be_visible()
    await look("invited")
    await page.context.clear_cookies()
    await page.goto(f"{house.console}/vao?lang={lang}")
    await look("door")
    await page.locator("input[name=ma]").fill("ABCD2345")
    await page.locator("button.main").click()
    await expect(page.locator(".summary")).to_be_focused()
    await look("wrong code")
    await expect(page.locator("html")).to_have_attribute("lang", lang)
    assert {state: faults for state, faults in found.items() if faults} == {}


async def test_the_keyboard_alone_is_enough_and_what_comes_moves_no_focus(
    visiting: Visiting, entering: Entering, house: House
) -> None:
    page = await entering(await house.officers_code())
    case, farmer = await passed_on(visiting, house, BIKE)
    await page.goto(f"{house.console}/viec/{case}")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "noi-dung"
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.name") == "noi_dung"
    await page.keyboard.type("Bà con chờ nhé.")
    await house.officer_writes(f"nhận {case}")
    await farmer.ask("Tôi chờ đây.")
    await expect(page.locator("#chuyen")).to_contain_text("Tôi chờ đây.")
    assert await page.evaluate("document.activeElement.name") == "noi_dung"
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".summary")).to_be_focused()
    await page.get_by_role("button", name="Gửi").press("Enter")
    await expect(page.locator(".done")).to_be_visible()
    await page.get_by_role("button", name="Xong").press("Enter")
    await expect(page.locator(".done")).to_contain_text("Đã xong")
