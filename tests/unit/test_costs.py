"""How sure the bot must be follows from what a wrong answer costs."""

from __future__ import annotations

import pytest

from bot.dialogue import costs
from bot.dialogue.costs import bar


@pytest.mark.parametrize(
    ("topic", "alone", "in_talk"), [("housing", 0.86, 0.55), ("vbsp-loans", 0.88, 0.57), ("labour-export", 0.88, 0.57)]
)
def test_the_stated_costs_give_the_bars_that_were_measured(topic: str, alone: float, in_talk: float) -> None:
    assert (bar(topic), bar(topic, in_talk=True)) == (alone, in_talk)


def test_the_dearer_a_wrong_answer_the_surer_the_bot_must_be(monkeypatch: pytest.MonkeyPatch) -> None:
    before = bar("jobs")
    monkeypatch.setitem(costs.WRONG_BY_TOPIC, "jobs", 2 * costs.WRONG)
    assert bar("jobs") > before


def test_at_the_bar_an_answer_costs_as_much_as_asking_back() -> None:
    wrong = costs.WRONG_BY_TOPIC["vbsp-loans"]
    assert (1 - bar("vbsp-loans")) * wrong == pytest.approx(costs.READING_CHOICES + costs.GIVES_UP * wrong)
