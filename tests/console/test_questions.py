"""*Câu hỏi*: what was not answered well becomes a proposal, in words that an administrator chose, and nothing of anybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Outcome
from bot.stores.sqlite.store import SqliteStore
from bot.zone import local_day
from tests.at_the_desk import BUNG_LAO
from tests.console.content_repository import console_on, make_repository
from tests.console.house import Browser, ConsoleHouse
from tests.tiny import LOAN

BUFFALO = "mua con trâu thì mượn ở đâu"
MASKED = "mua con trâu thì mượn ở đâu, gọi ••• nhé"


@pytest.fixture
async def house(tiny_home: Path, store: SqliteStore, database: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_on(make_repository(tiny_home), store, database) as opened:
        yield opened


NOTHING = Outcome("unknown", None, 0.0, "vi")
ANSWER = Outcome("answer", "loan-amount", 0.9, "vi")


def asked(house: ConsoleHouse, *texts: str, place: str = BUNG_LAO) -> None:
    """Residents asked this, and were not answered well."""
    with house.store.writing() as transaction:
        for text in texts:
            transaction.unanswered(text, "unknown", NOTHING, local_day(house.now), place)


async def at_the_group(house: ConsoleHouse) -> tuple[Browser, str]:
    """An administrator in front of the only group, and its address."""
    admin = await house.signed_in(house.staff("admin"))
    page = await admin.open("/cau-hoi")
    [path] = [link for link in page.links if link.startswith("/cau-hoi/")]
    await admin.open(path)
    return admin, path


def chosen(browser: Browser, *numbers: int) -> list[str]:
    """The wordings with these numbers, as a form names them."""
    fields = [name.removeprefix("cau-") for form in browser.page.forms.values() for name in form if name.startswith("cau-")]
    return [fields[number - 1] for number in numbers]


async def test_questions_that_are_alike_stand_together_the_most_asked_first(house: ConsoleHouse) -> None:
    asked(house, BUFFALO, BUFFALO, "muốn mua trâu thì mượn ở đâu")
    asked(house, "điện hỏng gọi ai", place="")
    admin = await house.signed_in(house.staff("admin"))
    page = await admin.open("/cau-hoi")
    assert len([link for link in page.links if link.startswith("/cau-hoi/")]) == 2
    assert page.words.index(BUFFALO) < page.words.index("điện hỏng")
    assert "hỏi 3 lần, gần nhất ngày 23/11/2026 · xã Búng Lao: <5" in page.words
    assert "hỏi một lần" in page.words


async def test_wordings_become_examples_of_an_answer_as_they_are_and_rewritten(house: ConsoleHouse) -> None:
    asked(house, BUFFALO, BUFFALO, "muốn mua trâu thì mượn ở đâu")
    admin, path = await at_the_group(house)
    first, second = chosen(admin, 1, 2)
    fields = {"chon": [first, second], f"cau-{second}": "muốn  mua trâu\tthì vay ở đâu", "viec": "y", "y_khac": "loan-amount"}
    page = await admin.sends(path, **fields)
    assert "Đã ghi thành đề xuất" in page.words
    assert f"+ - {BUFFALO}" in page.words
    assert "+ - muốn mua trâu thì vay ở đâu" in page.words
    assert house.parts.bench.home.joinpath(LOAN).read_text("utf-8").count("trâu") == 0
    assert [line[1:] for line in house.log()[:1]] == [("proposal written", "proposal 1")]
    assert "Đã có đề xuất cho nhóm này: 1" in (await admin.open("/cau-hoi")).words


async def test_what_was_masked_is_not_chosen_beforehand_and_has_to_be_rewritten(house: ConsoleHouse) -> None:
    asked(house, MASKED)
    admin, path = await at_the_group(house)
    assert " checked" not in admin.page.html.partition("wordings")[2].partition("</ol>")[0]
    [only] = chosen(admin, 1)
    page = await admin.sends(path, chon=only, viec="y", y_khac="loan-amount")
    assert (admin.status, page.title.startswith("Lỗi:")) == (422, True)
    assert "Câu có ••• không đưa vào nội dung được" in page.words
    assert page.forms[path][f"cau-{only}"] == MASKED
    assert house.parts.bench.all() == []
    page = await admin.sends(path, **{"chon": only, "viec": "y", "y_khac": "loan-amount", f"cau-{only}": BUFFALO})
    assert f"+ - {BUFFALO}" in page.words
    assert "•••" not in page.words


async def test_a_group_becomes_a_new_answer_that_still_has_to_be_written(house: ConsoleHouse) -> None:
    asked(house, BUFFALO)
    admin, path = await at_the_group(house)
    page = await admin.sends(path, chon=chosen(admin, 1), viec="moi", chu_de="loans", ma="loan-buffalo")
    assert "câu trả lời mới, loan-buffalo" in page.words
    assert "+state: draft" in page.words
    assert f"+ - {BUFFALO}" in page.words
    assert "/noi-dung/tep?ten=intents/loans/loan-buffalo.yaml&de_xuat=1" in page.links


async def test_a_group_teaches_to_refuse(house: ConsoleHouse) -> None:
    asked(house, "điện hỏng gọi ai")
    admin, path = await at_the_group(house)
    page = await admin.sends(path, chon=chosen(admin, 1), viec="ngoai", ngoai_moi="dien-hong")
    assert "thêm câu ngoài phạm vi (dien-hong): 1" in page.words
    assert "+ - điện hỏng gọi ai" in page.words


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"viec": ""}, "Chọn cách xử lý"),
        ({"viec": "y", "y": "", "y_khac": ""}, "Chọn một câu trả lời"),
        ({"viec": "y", "y_khac": "loan-amuont"}, "loan-amount"),
        ({"viec": "y", "y_khac": "../x"}, "../x"),
        ({"viec": "y", "y_khac": "out-of-scope"}, "out-of-scope"),
        ({"viec": "moi", "chu_de": "no-topic", "ma": "loan-x"}, "Chọn một chủ đề"),
        ({"viec": "moi", "chu_de": "loans", "ma": "../x"}, "chữ thường, số và gạch nối"),
        ({"viec": "moi", "chu_de": "loans", "ma": "loan-amount"}, "loan-amount"),
        ({"viec": "ngoai", "ngoai_moi": "Đất Đai"}, "Chọn một chuyện ngoài phạm vi"),
        ({"viec": "y", "y_khac": "loan-amount", "chon": "0" * 16}, "Chọn ít nhất một câu"),
    ],
)
async def test_what_is_not_said_rightly_is_told_at_its_field_and_nothing_is_written(
    house: ConsoleHouse, fields: dict[str, str], told: str
) -> None:
    asked(house, BUFFALO)
    admin, path = await at_the_group(house)
    page = await admin.sends(path, **{"chon": chosen(admin, 1), **fields})
    assert admin.status in (409, 422)
    assert told in page.words
    assert (house.parts.bench.all(), [line for line in house.log() if line[1].startswith("proposal")]) == ([], [])


async def test_a_group_that_is_answered_meanwhile_is_said_to_be_gone(house: ConsoleHouse) -> None:
    asked(house, BUFFALO)
    admin, path = await at_the_group(house)
    with house.store.writing() as transaction:
        transaction.answered(
            transaction.unanswered("x", "unknown", Outcome("unknown", None, 0.0, "vi"), local_day(house.now)) - 1
        )
    page = await admin.sends(path, chon=chosen(admin, 1), viec="y", y_khac="loan-amount")
    assert "Nhóm này không còn" in page.words
    assert house.parts.bench.all() == []


@pytest.mark.parametrize("group", ["x", "%2e%2e%2f", "-x", "0" * 15, "0" * 17, "%00" * 16, "G" * 16])
async def test_what_is_no_name_of_a_group_is_nothing(house: ConsoleHouse, group: str) -> None:
    admin = await house.signed_in(house.staff("admin"))
    assert (await admin.get(f"/cau-hoi/{group}")).status_code == 404


async def test_officers_see_no_wordings_of_residents(house: ConsoleHouse) -> None:
    asked(house, BUFFALO)
    _, path = await at_the_group(house)
    officer = await house.signed_in(house.staff("officer", BUNG_LAO))
    for one in ("/", "/noi-dung", "/cau-hoi", path, "/de-xuat"):
        assert BUFFALO not in (await officer.open(one)).words
    assert "/cau-hoi" not in (await officer.open("/")).links


async def test_a_chart_shows_what_was_answered_before_and_after_a_change(house: ConsoleHouse) -> None:
    author, taker = house.staff("admin"), house.staff("admin")
    house.parts.proving.want(house.proposal(author))
    await house.parts.proving.idle()
    seen = house.parts.bench.find(1).head
    house.parts.bench.take(1, taker, seen, "", house.now)
    today = local_day(house.now)
    with house.store.writing() as transaction:
        for days, kind, often in (
            (-28, "answer", 1),
            (-1, "unknown", 3),
            (0, "answer", 4),
            (3, "unknown", 1),
            (-29, "answer", 9),
        ):
            for _ in range(often):
                outcome = Outcome("answer" if kind == "answer" else "unknown", None, 0.0, "vi")
                transaction.count(outcome, "telegram", today + timedelta(days=days))
    house.now += timedelta(days=40)
    page = await (await house.signed_in(taker)).open("/cau-hoi")
    assert "Trước đề xuất 1: thêm cách hỏi cho loan-amount: 1 1 25% 0 0% 3 75%" in page.words
    assert "Sau đề xuất 1: thêm cách hỏi cho loan-amount: 1 4 80% 0 0% 1 20%" in page.words
    assert 'role="img" aria-label="Trước đề xuất 1' in page.html


async def test_markup_in_residents_words_is_shown_as_text(house: ConsoleHouse) -> None:
    asked(house, "<script>alert(1)</script> mua trâu <b>ở đâu")
    admin, path = await at_the_group(house)
    for one in ("/cau-hoi", path):
        html = (await admin.open(one)).html
        assert "<script>alert" not in html
        assert "<b>ở" not in html
