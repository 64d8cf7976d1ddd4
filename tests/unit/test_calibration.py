"""How sure the bot is: a probability for any signals, larger when the signals are better."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine import Engine
from bot.matching.calibration import SIGNALS, Calibration, Signals, committed_calibration

SHARE = st.floats(0, 1)
ANY_SIGNALS = st.fixed_dictionaries(dict.fromkeys(SIGNALS, SHARE))
WILD = st.floats(-1e6, 1e6)


def signals(**values: float) -> Signals:
    return dict.fromkeys(SIGNALS, 0.5) | values


@given(ANY_SIGNALS)
def test_any_signals_give_a_probability(found: Signals) -> None:
    assert 0 <= committed_calibration().probability(found) <= 1


@given(st.lists(WILD, min_size=len(SIGNALS), max_size=len(SIGNALS)), WILD)
def test_extreme_weights_overflow_nothing(weights: list[float], bias: float) -> None:
    calibration = Calibration(bias, dict(zip(SIGNALS, weights, strict=True)))
    probability = calibration.probability(dict.fromkeys(SIGNALS, 1.0))
    assert math.isfinite(probability)
    assert 0 <= probability <= 1


@given(ANY_SIGNALS, SHARE)
@pytest.mark.parametrize("name", ["margin", "lead", "example", "known"])
def test_a_better_match_is_never_less_sure(name: str, found: Signals, better: float) -> None:
    raised = {**found, name: max(better, found[name])}
    assert committed_calibration().probability(raised) >= committed_calibration().probability(found)


@given(ANY_SIGNALS, SHARE)
@pytest.mark.parametrize("name", ["rival", "foreign"])
def test_a_near_rival_or_a_refused_topic_never_makes_it_surer(name: str, found: Signals, nearer: float) -> None:
    raised = {**found, name: max(nearer, found[name])}
    assert committed_calibration().probability(raised) <= committed_calibration().probability(found)


def test_the_best_match_is_sure_and_the_worst_is_not() -> None:
    best = {**dict.fromkeys(SIGNALS, 1.0), "rival": 0.0, "foreign": 0.0, "typos": 0.0}
    worst = signals(margin=0.0, lead=0.1, asked=0.0, known=0.1, example=0.1, rival=0.9, foreign=0.9)
    assert committed_calibration().probability(best) > 0.95
    assert committed_calibration().probability(worst) < 0.05


def test_every_signal_has_its_weight_and_no_weight_is_left_over(engine: Engine) -> None:
    assert tuple(committed_calibration().weights) == SIGNALS
    found = engine.matcher.signals("vay vốn làm nhà")
    assert found is not None
    assert found[1].keys() == set(SIGNALS)


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_that_nobody_gives_is_not_taken_for_nothing(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        committed_calibration().probability({other: 0.5 for other in SIGNALS if other != name})
