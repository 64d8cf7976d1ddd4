"""How sure the bot is: a probability for any signals, larger when the signals are better."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.calibration import SIGNALS, Calibration, Signals, committed_calibration

SHARE = st.floats(0, 1)
ANY_SIGNALS = st.builds(lambda values: Signals(*values), st.lists(SHARE, min_size=len(SIGNALS), max_size=len(SIGNALS)))
WILD = st.floats(-1e6, 1e6)


def signals(**values: float) -> Signals:
    return replace(Signals(*(0.5 for _ in SIGNALS)), **values)


@given(ANY_SIGNALS)
def test_any_signals_give_a_probability(found: Signals) -> None:
    assert 0 <= committed_calibration().probability(found) <= 1


@given(st.lists(WILD, min_size=len(SIGNALS), max_size=len(SIGNALS)), WILD)
def test_extreme_weights_overflow_nothing(weights: list[float], bias: float) -> None:
    calibration = Calibration(bias, dict(zip(SIGNALS, weights, strict=True)))
    probability = calibration.probability(Signals(*(1.0 for _ in SIGNALS)))
    assert math.isfinite(probability)
    assert 0 <= probability <= 1


@given(ANY_SIGNALS, SHARE)
@pytest.mark.parametrize("name", ["margin", "lead", "example", "known"])
def test_a_better_match_is_never_less_sure(name: str, found: Signals, better: float) -> None:
    raised = replace(found, **{name: max(better, getattr(found, name))})
    assert committed_calibration().probability(raised) >= committed_calibration().probability(found)


@given(ANY_SIGNALS, SHARE)
@pytest.mark.parametrize("name", ["rival", "foreign"])
def test_a_near_rival_or_a_refused_topic_never_makes_it_surer(name: str, found: Signals, nearer: float) -> None:
    raised = replace(found, **{name: max(nearer, getattr(found, name))})
    assert committed_calibration().probability(raised) <= committed_calibration().probability(found)


def test_the_best_match_is_sure_and_the_worst_is_not() -> None:
    best = replace(Signals(*(1.0 for _ in SIGNALS)), rival=0.0, foreign=0.0)
    best = replace(best, **{name: 0.0 for name in SIGNALS if name == "typos"})
    worst = signals(margin=0.0, lead=0.1, asked=0.0, known=0.1, example=0.1, rival=0.9, foreign=0.9)
    assert committed_calibration().probability(best) > 0.95
    assert committed_calibration().probability(worst) < 0.05


def test_every_signal_has_its_weight_and_no_weight_is_left_over() -> None:
    assert set(committed_calibration().weights) == set(SIGNALS) == {field.name for field in fields(Signals)}


def test_the_vector_holds_the_signals_in_their_order() -> None:
    found = Signals(*(number / 10 for number in range(len(SIGNALS))))
    assert found.vector() == tuple(getattr(found, name) for name in SIGNALS)
