"""Whether the bot is as sure as it may be, and what another bar for an answer would bring."""

from __future__ import annotations

import pytest

from bot.authoring.evaluating import LabelledQuestion, Prediction, grade
from bot.authoring.evaluating.certainty import CurvePoint, at_wrong, curve, reliability
from bot.authoring.evaluating.html_report import curve_line
from bot.authoring.evaluating.measuring import GradedQuestion

LOAN = LabelledQuestion("how much?", "loan", frozenset({"loan"}))
NOTHING = LabelledQuestion("the weather?", None, frozenset())


def guessed(question: LabelledQuestion, first: str, probability: float) -> GradedQuestion:
    got = Prediction(None, (first,), (), probability)
    return GradedQuestion(question, got, grade(question, got))


FOUND = [
    guessed(LOAN, "loan", 0.95),
    guessed(LOAN, "loan", 0.91),
    guessed(LOAN, "jobs", 0.6),
    guessed(NOTHING, "jobs", 0.55),
    guessed(LOAN, "loan", 0.5),
    guessed(NOTHING, "out-of-scope", 1.0),
]


def test_a_bin_tells_how_sure_it_was_and_how_often_that_was_right() -> None:
    bins = reliability(FOUND)
    assert [one.count for one in bins] == [0, 0, 0, 0, 0, 2, 1, 0, 0, 2]
    assert [one.right for one in bins] == [0, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    assert bins[9].said == pytest.approx(0.93)
    assert bins[5].share == 0.5
    assert bins[0].share == bins[0].said == 0.0


def test_complete_certainty_is_in_the_last_bin() -> None:
    assert reliability([guessed(LOAN, "loan", 1.0)])[9].count == 1


def test_a_lower_bar_answers_more_rightly_wrongly_and_where_nothing_may_be_answered() -> None:
    assert curve(FOUND) == (
        CurvePoint(1.0, 0.0, 0.0, 0.0),
        CurvePoint(0.95, 0.25, 0.0, 0.0),
        CurvePoint(0.91, 0.5, 0.0, 0.0),
        CurvePoint(0.6, 0.5, 0.25, 0.0),
        CurvePoint(0.55, 0.5, 0.25, 0.5),
        CurvePoint(0.5, 0.75, 0.25, 0.5),
    )


def test_questions_of_equal_certainty_stand_on_one_side_of_every_bar() -> None:
    assert curve([guessed(LOAN, "loan", 0.8), guessed(LOAN, "jobs", 0.8)])[1:] == (CurvePoint(0.8, 0.5, 0.5, 0.0),)


@pytest.mark.parametrize(("share", "bar"), [(0.0, 0.91), (0.24, 0.91), (0.25, 0.5)])
def test_the_lowest_bar_is_taken_that_answers_no_more_wrongly(share: float, bar: float) -> None:
    assert at_wrong(curve(FOUND), share).bar == bar


def test_without_questions_nothing_is_answered() -> None:
    assert at_wrong(curve([]), 0.02) == CurvePoint(1.0, 0.0, 0.0, 0.0)


def test_the_drawn_line_ends_where_too_much_is_wrong() -> None:
    assert curve_line(FOUND) == "0.0,100.0 0.0,75.0 0.0,50.0"
