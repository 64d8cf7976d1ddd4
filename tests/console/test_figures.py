"""*Số liệu*: last week at once, any other days on demand; small numbers and wordings are kept back as in `loaban stats`."""

from __future__ import annotations

import re
from datetime import date

import pytest

from bot.model import Match, Outcome
from tests.at_the_desk import BUNG_LAO, MUONG_ANG
from tests.console.house import ConsoleHouse

LAST_WEEK, WEEK_BEFORE, TODAY = date(2026, 11, 18), date(2026, 11, 11), date(2026, 11, 23)
WORDING = "xe máy hỏng xích thay ở đâu"


def asked(house: ConsoleHouse, day: date, n: int, place: str = "") -> None:
    with house.store.writing() as transaction:
        for _ in range(n):
            transaction.count(Outcome("answer", "loan-apply", 0.9, "vi"), "telegram", day, place)


def unanswered(house: ConsoleHouse, day: date, n: int, text: str = WORDING) -> None:
    with house.store.writing() as transaction:
        for _ in range(n):
            outcome = Outcome("unknown", None, 0.1, "vi", (Match("loan-apply", 0.1, ""),))
            transaction.unanswered(text, "unknown", outcome, day)


def communes(html: str) -> dict[str, str]:
    """The table of communes: name → figure."""
    table = re.search(r'<table class="figures" aria-labelledby="h-communes">.*?</table>', html, re.DOTALL)
    rows = re.findall(r'<th scope="row"[^>]*>([^<]*).*?</th><td>([^<]*?) ?</td>', table[0], re.DOTALL) if table else []
    return dict(rows)


async def test_last_week_is_there_at_once_and_other_weeks_and_months_are_a_link_away(house: ConsoleHouse) -> None:
    asked(house, LAST_WEEK, 7)
    asked(house, WEEK_BEFORE, 12)
    asked(house, TODAY, 3)
    browser = await house.signed_in(house.staff("admin"))
    page = await browser.open("/so-lieu")
    assert "Tuần trước: 16/11/2026 đến 22/11/2026" in page.words
    assert "Câu hỏi 7 " in page.words
    for link, total in (("tuan=2026-11-09", 12), ("tuan=2026-11-23", 3), ("thang=2026-11", 22), ("tat-ca=1", 22)):
        assert f"/so-lieu?{link}" in page.links
        assert f"Câu hỏi {total} " in (await browser.open(f"/so-lieu?{link}")).words
    assert "Những ngày này chưa có gì" in (await browser.open("/so-lieu?thang=2026-10")).words


@pytest.mark.parametrize(("start", "end"), [("2026-11-11", "2026-11-17"), ("11/11/2026", "17.11.2026"), ("", "2026-11-17")])
async def test_a_span_is_typed_as_people_write_days(house: ConsoleHouse, start: str, end: str) -> None:
    asked(house, LAST_WEEK, 7)
    asked(house, WEEK_BEFORE, 12)
    browser = await house.signed_in(house.staff("admin"))
    assert "Câu hỏi 12 " in (await browser.open(f"/so-lieu?tu={start}&den={end}")).words


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("2026-11-17", "2026-11-11", "trước ngày đầu"),
        ("hôm qua", "", "Ghi ngày như"),
        ("2026-02-30", "", "Ghi ngày như"),
        ("0001-01-01", "", "Ghi ngày như"),
        ("<script>", "9999-12-31", "Ghi ngày như"),
    ],
)
async def test_days_that_are_none_are_said_at_their_field_and_kept(
    house: ConsoleHouse, start: str, end: str, told: str
) -> None:
    browser = await house.signed_in(house.staff("admin"))
    page = await browser.open(f"/so-lieu?tu={start}&den={end}")
    assert (browser.status, told in page.words) == (422, True)
    assert page.forms["/so-lieu"] == {"tu": start, "den": end}
    assert "<script>" not in page.html


async def test_small_numbers_are_hidden_from_everybody(house: ConsoleHouse) -> None:
    asked(house, LAST_WEEK, 9, BUNG_LAO)
    asked(house, LAST_WEEK, 3, MUONG_ANG)
    for role in ("admin", "officer"):
        browser = await house.signed_in(house.staff(role, *([BUNG_LAO] if role == "officer" else [])))
        found = communes((await browser.open("/so-lieu")).html)
        assert found == {"45 xã, phường khác, mỗi nơi &lt;10": "12"}
    asked(house, LAST_WEEK, 2, "03158")
    for _ in range(2):
        page = await browser.open("/so-lieu")
        assert communes(page.html)["xã Búng Lao"] == "9"
        assert "xã Mường Ảng" not in communes(page.html)


@pytest.mark.parametrize("span", ["tuan=2026-11-23", "thang=2026-11", "tu=2026-11-16&den=2026-11-19", "tat-ca=1"])
async def test_an_officer_gets_no_two_figures_by_commune_that_overlap(house: ConsoleHouse, span: str) -> None:
    for day in (LAST_WEEK, TODAY):
        asked(house, day, 9, BUNG_LAO)
        asked(house, day, 3, MUONG_ANG)
        asked(house, day, 2, "03158")
    officer, admin = house.staff("officer", BUNG_LAO), house.staff("admin")
    page = await (await house.signed_in(officer)).open(f"/so-lieu?{span}")
    assert communes(page.html) == {}
    assert "Số theo xã chỉ có cho từng tuần đã hết" in page.words
    assert communes((await (await house.signed_in(admin)).open(f"/so-lieu?{span}")).html)


async def test_wordings_are_for_administrators_who_ask_for_them(house: ConsoleHouse) -> None:
    unanswered(house, LAST_WEEK, 3)
    officer, admin = house.staff("officer", BUNG_LAO), house.staff("admin")
    browser = await house.signed_in(officer)
    page = await browser.open("/so-lieu")
    assert not [link for link in page.links if "nhom=1" in link]
    assert WORDING not in (await browser.open("/so-lieu?nhom=1")).html
    browser = await house.signed_in(admin)
    page = await browser.open("/so-lieu")
    assert WORDING not in page.html
    (more,) = [link for link in page.links if "nhom=1" in link]
    assert WORDING in (await browser.open(more)).html


async def test_a_wording_is_text_and_nothing_else(house: ConsoleHouse) -> None:
    unanswered(house, LAST_WEEK, 2, "<img src=x onerror=alert(1)> {{ 7*7 }} ở đâu bán")
    page = await (await house.signed_in(house.staff("owner"))).open("/so-lieu?nhom=1")
    assert "<img" not in page.html
    assert "{{ 7*7 }}" in page.html


async def test_a_bar_is_read_out_as_its_figures(house: ConsoleHouse) -> None:
    asked(house, LAST_WEEK, 7)
    page = await (await house.signed_in(house.staff("admin"))).open("/so-lieu")
    assert re.search(r'<svg class="bar"[^>]* role="img" aria-label="16/11/2026 · 47: [^"]*7 \(100%\)', page.html)
    assert "style=" not in page.html


async def test_nobody_who_writes_is_waited_for(house: ConsoleHouse) -> None:
    asked(house, LAST_WEEK, 7)
    browser = await house.signed_in(house.staff("admin"))
    with house.store.writing():
        assert (await browser.get("/so-lieu")).status_code == 200
