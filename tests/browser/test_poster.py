"""The poster as it is printed: one page, and codes that are read from a metre and a half."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.async_api import Browser

from bot.authoring.poster import Way, poster
from bot.engine import Engine
from tests.browser import ONE_HOUSE

pytestmark = ONE_HOUSE

WAYS = (
    Way("Trang web", "không cần tài khoản", "https://hoi.dienbien.example.vn/?x=03301"),
    Way("Zalo", "có cả thông báo của xã", "https://zalo.me/4318637105112046281"),
    Way("Telegram", "có cả thông báo của xã", "https://t.me/loaban_dienbien_bot"),
)
SMALLEST = 59.9  # millimetres: sixty, as a browser rounds it
WHITE = 4  # squares that the standard wants around a code
MARGIN = 6.0  # millimetres, where a printer of an office prints nothing
MEASURED = """() => Array.from(document.querySelectorAll('svg')).map(one => {
    const box = one.getBoundingClientRect(), mm = 96 / 25.4;
    const below = one.nextElementSibling.getBoundingClientRect().top - box.bottom;
    return [box.left / mm, box.right / mm, below / mm, (box.right - box.left) / one.viewBox.baseVal.width / mm] })"""


@pytest.mark.parametrize(("ways", "lang"), [(3, "vi"), (3, "en"), (2, "vi"), (1, "en")])
async def test_it_is_one_page_with_codes_that_are_read_from_afar(
    chromium: Browser, engine: Engine, ways: int, lang: str
) -> None:
    topics = [names[lang] for names in engine.knowledge.topics.values()]
    numbers = ["112", "113", "114", "115"]
    html = poster(engine.words(lang), "Phường Điện Biên Phủ", topics, numbers, WAYS[:ways])
    page = await chromium.new_page(viewport={"width": 794, "height": 1123})
    try:
        await page.set_content(html)
        boxes = await page.evaluate(MEASURED)
        printed = await page.pdf(prefer_css_page_size=True)
    finally:
        await page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert len(boxes) == ways
    for left, right, below, square in boxes:
        assert right - left >= SMALLEST
        assert MARGIN <= left < right <= 210 - MARGIN
        assert below >= WHITE * square
    for (_, right, _, square), (left, *_) in pairwise(boxes):
        assert left - right >= WHITE * square
