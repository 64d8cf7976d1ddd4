"""What residents do on the page, each with script and without it."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser import ONE_HOUSE
from tests.browser.conftest import Visiting
from tests.browser.house import House

pytestmark = ONE_HOUSE


LOAN = "muon vay von tu ngan hang chinh sach thi lam thu tuc the nao"
BIKE = "xe may hong xich thi thay o dau"
ANSWER = "Bà con ra chợ Búng Lao, quán anh bán phụ tùng đầu chợ."


async def test_a_question_is_answered_there_is_more_of_it_and_it_was_helpful(visiting: Visiting, script: bool) -> None:
    farmer = await visiting(script=script)
    await farmer.open()
    await expect(farmer.page.locator("#topics button")).to_have_count(8)
    await farmer.ask(LOAN)
    await farmer.sees("tổ tiết kiệm và vay vốn")
    await farmer.sees("Nguồn:")
    await expect(farmer.page.locator("#topics")).to_have_count(0)
    await farmer.tap("Xem thêm")
    await farmer.sees("điểm giao dịch xã")
    await farmer.tap("👍")
    await farmer.sees("Cảm ơn bà con")
    assert await farmer.said() == [LOAN, "Xem thêm", "👍 Đúng ý"]
    if script:
        assert await farmer.page.evaluate("localStorage.length + sessionStorage.length") == 0


async def test_choices_are_tapped_or_named_by_their_number(visiting: Visiting, script: bool) -> None:
    farmer = await visiting(script=script)
    await farmer.open()
    await farmer.tap("Vay vốn Ngân hàng Chính sách")
    await farmer.sees("bà con muốn hỏi điều gì?")
    await farmer.tap("Những ai được vay")
    await farmer.sees("hộ nghèo")
    await farmer.tap("Các mục")
    await farmer.sees("Bà con chọn một mục")
    await farmer.ask("1")
    await farmer.sees("Học nghề: bà con muốn hỏi điều gì?")
    assert len(await farmer.said()) == 4


async def test_a_question_goes_to_an_officer_and_the_answer_comes_by_itself_and_is_there_later(
    visiting: Visiting, house: House, script: bool
) -> None:
    farmer = await visiting(script=script)
    await farmer.open()
    await farmer.ask(BIKE)
    await farmer.tap("Chuyển câu hỏi cho cán bộ xã")
    await farmer.sees("ở xã, phường nào")
    await farmer.ask("Bung Lao")
    await farmer.sees("Bà con đồng ý chuyển chứ?")
    before = len(house.telegram.sent)
    await farmer.ask("đồng ý")
    await farmer.sees("Đã chuyển")
    case = await house.new_case(before)
    house.telegram.press(21, "Nhận")
    await farmer.hears_later(f"đã nhận câu hỏi số {case}")
    await house.officer_writes(f"{case}: {ANSWER}")
    await farmer.hears_later(ANSWER)
    await expect(farmer.page.get_by_text(ANSWER)).to_be_in_viewport()
    await farmer.page.close()
    farmer.page = farmer.within = await farmer.page.context.new_page()
    await house.officer_writes(f"xong {case}")
    await farmer.open()
    await farmer.sees(ANSWER)
    await farmer.hears_later("Loa Bản lại ở đây")
    await expect(farmer.page.get_by_text("Loa Bản lại ở đây")).to_be_in_viewport()
    assert await farmer.counted(ANSWER) == 1


async def test_in_an_emergency_the_number_to_call_is_as_large_as_a_thumb(visiting: Visiting, script: bool) -> None:
    farmer = await visiting(script=script)
    await farmer.open()
    await farmer.ask("cháy nhà rồi")
    await farmer.sees("Gọi ngay")
    number = farmer.page.locator("#log a[href='tel:114']").first
    box = await number.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["width"] >= 44
    await expect(number).to_be_in_viewport()


async def test_the_whole_page_changes_its_language(visiting: Visiting, script: bool) -> None:
    farmer = await visiting(script=script)
    await farmer.open()
    await farmer.tap("English")
    await farmer.reads("What would you like to ask?")
    await farmer.ask("how do I get a loan from the policy bank")
    await farmer.sees("Source:")
    await farmer.tap("Tiếng Việt")
    await expect(farmer.page.locator("html")).to_have_attribute("lang", "vi")
    await farmer.reads("Câu hỏi của bà con")
    await farmer.sees("Source:")
    await farmer.ask(LOAN)
    await farmer.sees("Nguồn:")


async def test_what_is_kept_is_shown_and_deleted(visiting: Visiting, script: bool) -> None:
    farmer = await visiting(script=script)
    await farmer.open()
    await farmer.ask(LOAN)
    await farmer.sees("Nguồn:")
    await farmer.tap("Dữ liệu của tôi")
    await farmer.sees("Loa Bản đang giữ")
    assert (await farmer.said())[-1] == "Dữ liệu của tôi"
    await farmer.tap("Xóa hết")
    await farmer.tap("Không, quay lại")
    await farmer.sees("Loa Bản đang giữ")
    await farmer.tap("Xóa hết")
    await farmer.tap("xóa hết")
    await farmer.reads("Đã xóa hết")
    assert not await farmer.page.context.cookies()
    await farmer.open()
    await expect(farmer.page.locator("#topics button")).to_have_count(8)
    assert await farmer.said() == []


async def test_an_announcement_that_nobody_sent_is_no_genuine_one(visiting: Visiting, script: bool) -> None:
    farmer = await visiting(script=script)
    await farmer.open("/kiem-tra/7K3M2P")
    await farmer.reads("TIN KHÔNG THẬT")
    await farmer.page.locator("#code").fill("xin chào")
    await farmer.tap("Kiểm tra")
    await farmer.reads("Đây không phải mã của Loa Bản")
    assert "/check" not in await farmer.page.locator("main").inner_text(), "here is a box for it"
    assert not await farmer.page.context.cookies()
    await farmer.tap("Về trang hỏi đáp")
    await expect(farmer.page.locator("#topics button")).to_have_count(8)


async def test_without_cookies_the_talk_lasts_as_long_as_the_page_is_open(visiting: Visiting, script: bool) -> None:
    farmer = await visiting(script=script)
    await farmer.keeps_nothing()
    await farmer.page.clock.install()
    await farmer.open()
    await farmer.ask(LOAN)
    await farmer.sees("tổ tiết kiệm và vay vốn")
    await farmer.tap("Xem thêm")
    await farmer.sees("điểm giao dịch xã")
    await farmer.page.clock.run_for(5_000)
    await farmer.reads("tắt trang này là mất cuộc trò chuyện")
    assert await farmer.said() == [LOAN, "Xem thêm"]
    await farmer.tap("English")
    await farmer.reads("Your question")
    await farmer.sees("điểm giao dịch xã")
    await farmer.tap("Delete all")
    await farmer.tap("Yes")
    await farmer.reads("Everything was deleted")
