"""Phrasings that would be taken for another intent."""

from __future__ import annotations

from bot.matching.matcher import FOREIGN, NO_VOCABULARY, Example
from bot.matching.misfits import misfits

LOANS = [Example("loans", "vi", text) for text in ("vay vốn nuôi bò", "vay tiền nuôi bò", "hỏi vay vốn", "lãi vay vốn")]
HOUSES = [Example("houses", "vi", text) for text in ("sửa nhà dột", "hỗ trợ sửa nhà", "nhà dột nát", "xóa nhà tạm")]


def test_phrasing_that_says_the_same_as_one_of_another_intent_is_told_with_its_twin() -> None:
    stray = Example("houses", "vi", "nuôi bò vay vốn")
    (found,) = misfits([*LOANS, *HOUSES, stray], NO_VOCABULARY)
    assert (found.example, found.other, found.twin) == (stray, "loans", "vay vốn nuôi bò")
    assert (found.at_home, found.likeness) == (0.0, 1.0)


def test_phrasing_that_is_as_near_to_its_own_intent_is_none() -> None:
    stray = [Example("houses", "vi", text) for text in ("nuôi bò vay vốn", "bò nuôi vay vốn")]
    assert misfits([*LOANS, *HOUSES, *stray], NO_VOCABULARY) == []


def test_refused_topics_may_say_the_same_and_texts_without_words_say_nothing() -> None:
    refused = [Example(f"{FOREIGN}{topic}", "vi", text) for topic in "ab" for text in ("giá vàng hôm nay", "giá vàng nay")]
    assert misfits([*LOANS, *HOUSES, *refused, Example("houses", "vi", "!!!")], NO_VOCABULARY) == []
    assert misfits([], NO_VOCABULARY) == []
