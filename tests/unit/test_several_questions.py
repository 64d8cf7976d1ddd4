"""What somebody counts is answered one after the other: nothing of it is dropped in silence."""

from __future__ import annotations

import pytest

from bot.authoring.talks import Talk
from bot.dialogue.several import counted
from bot.engine import Engine

COUNTED = {
    "tôi hỏi hộ 2 việc: 1 là vay vốn, 2 là làm nhà": ["vay vốn", "làm nhà"],
    "toi hoi 2 viec, viec 1 la hoc may o dau, viec 2 la ai day": ["hoc may o dau", "ai day"],
    "một là thẻ bảo hiểm, hai là tiền học, ba là vay vốn": ["thẻ bảo hiểm", "tiền học", "vay vốn"],
    "Thứ nhất, học may ở đâu. Thứ hai là đi Nhật hết bao nhiêu": ["học may ở đâu", "đi Nhật hết bao nhiêu"],
    "1. học may ở đâu\n2. học xong có việc không": ["học may ở đâu", "học xong có việc không"],
    "1) how do I apply 2) what does it cost": ["how do I apply", "what does it cost"],
    "First, where is the class? Second, who pays?": ["where is the class?", "who pays?"],
}
NOT_COUNTED = (
    "thứ hai này có lớp không, thứ ba thì sao",  # days of the week
    "nhà có 2 con, 1 là đi học",
    "hai là con số mấy",
    "vay 1. 2 triệu được không",
    "ba là trưởng bản, một là phó",
)


@pytest.mark.parametrize(("text", "parts"), COUNTED.items())
def test_what_is_counted_is_parted_without_what_announces_it(text: str, parts: list[str]) -> None:
    assert counted(text) == parts


@pytest.mark.parametrize("text", NOT_COUNTED)
def test_numbers_that_do_not_count_from_one_part_nothing(text: str) -> None:
    assert counted(text) == []


def test_each_of_them_is_answered_though_the_whole_is_sure_of_one(engine: Engine) -> None:
    turn = Talk(engine, "1").turn(
        "toi hoi ho 2 viec: 1 la nha dot lam lai duoc ho tro bao nhieu tien, 2 la vay von nuoi bo thi lai bao nhieu"
    )
    assert turn.outcome is not None
    assert (turn.outcome.intent, *turn.outcome.further) == ("housing-amount", "vbsp-amount-interest")
