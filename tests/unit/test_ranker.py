"""A second way of ranking beside the words: it leads where words say nothing, and one calibration is over both."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from bot.engine import Engine
from bot.matching.calibration import Calibration, committed_calibration
from bot.matching.matcher import FOREIGN, Example, Matcher
from bot.matching.normalise import Normalised
from bot.matching.ranker import Query, Ranker, Scores, added_up

EXAMPLES = [
    Example("cattle", "vi", "vay vốn nuôi bò"),
    Example("cattle", "vi", "mua bò giống"),
    Example("house", "vi", "sửa mái nhà dột"),
    Example("house", "vi", "làm lại nhà"),
    Example(f"{FOREIGN}cards", "vi", "làm thẻ ngân hàng"),
]
LABELS = sorted({example.label for example in EXAMPLES})


@dataclass(frozen=True)
class Pictures:
    """Ranks by pictures, which are no words; its one signal says whether the first place has one."""

    meant: Mapping[str, str]
    weight: float = 1.0

    def rank(self, query: Query) -> Seen:
        scores = np.zeros(len(LABELS), np.float32)
        for picture, label in self.meant.items():
            scores[LABELS.index(label)] += 7.0 * query.text.count(picture)
        return Seen(scores)


@dataclass(frozen=True)
class Seen:
    scores: Scores

    def signals(self, first: int, rivals: Sequence[int]) -> Mapping[str, float]:
        assert first not in rivals
        return {"picture": float(self.scores[first] > 0)}


PICTURES = Pictures({"🏠": "house", "🐄": "cattle", "💳": f"{FOREIGN}cards"})
OVER_BOTH = Calibration(committed_calibration().bias, {**committed_calibration().weights, "picture": 4.0})


@pytest.fixture(scope="module")
def both() -> Matcher:
    return Matcher.build(EXAMPLES, calibration=OVER_BOTH, beside=[PICTURES])


def firsts(matcher: Matcher, text: str, **more: list[str]) -> list[str]:
    return [match.intent for match in matcher.match(text, **more)[:1]]  # type: ignore[arg-type]


def test_the_ways_of_ranking_are_rankers(engine: Engine) -> None:
    """The types are checked by mypy; both give one score a label."""
    rankers: list[Ranker] = [PICTURES, Matcher.build(EXAMPLES).lexical]
    assert [len(ranker.rank(Query("🏠", Normalised(()))).scores) for ranker in rankers] == [len(LABELS)] * 2


def test_where_words_say_nothing_the_other_way_leads(both: Matcher) -> None:
    words_alone = Matcher.build(EXAMPLES)
    for text, intent in (("xqzt 🏠", "house"), ("xqzt 🐄🐄", "cattle"), ("xqzt 💳", "out-of-scope")):
        assert firsts(words_alone, text) == []
        assert firsts(both, text) == [intent]


@pytest.mark.parametrize("text", ["🏠", "🏠 12", "???"])
def test_a_message_without_words_asks_nothing_whoever_ranks(both: Matcher, text: str) -> None:
    assert both.match(text) == []


def test_what_both_say_is_added_up(both: Matcher) -> None:
    assert firsts(both, "làm lại nhà") == ["house"]
    assert firsts(both, "vay vốn 🏠") == ["cattle"], "the words are its whole best, and the picture the other's"
    louder = Matcher.build(EXAMPLES, calibration=OVER_BOTH, beside=[replace(PICTURES, weight=3.0)])
    assert firsts(louder, "vay vốn 🏠") == ["house"]


def test_one_calibration_is_over_the_signals_of_both(both: Matcher) -> None:
    (label, plain), (same, seen) = both.signals("làm lại nhà") or ("", {}), both.signals("làm lại nhà 🏠") or ("", {})
    assert label == same == "house"
    assert (plain["picture"], seen["picture"]) == (0.0, 1.0)
    assert both.match("làm lại nhà 🏠")[0].probability > both.match("làm lại nhà 🐄")[0].probability


def test_a_calibration_that_was_not_fitted_over_both_is_noticed() -> None:
    alone = Matcher.build(EXAMPLES, calibration=OVER_BOTH)
    with pytest.raises(KeyError, match="picture"):
        alone.match("làm lại nhà")


def test_only_what_is_asked_for_is_left_whoever_ranks(both: Matcher) -> None:
    assert firsts(both, "xqzt 🏠", within=["cattle"]) == []
    assert firsts(both, "🏠 bò", within=["cattle"]) == ["cattle"]


def test_a_matcher_with_two_ways_is_kept_and_handed_over(both: Matcher) -> None:
    again = pickle.loads(pickle.dumps(both))
    for text in ("xqzt 🏠", "vay vốn 🏠", "làm lại nhà"):
        assert again.match(text) == both.match(text)


def test_a_ranking_that_is_alone_keeps_its_scores() -> None:
    alone = Seen(np.array([0.5, 12.0], np.float32))
    assert added_up([alone], [0.1]).tolist() == [0.5, 12.0]
    silent = Seen(np.zeros(2, np.float32))
    assert added_up([alone, silent], [1.0, 5.0]).tolist() == pytest.approx([0.5 / 12, 1.0])


def test_words_rank_a_message_by_themselves(engine: Engine) -> None:
    """The lexical ranker is one of several: what it says can be looked at without the matcher."""
    ranker = engine.matcher.lexical
    ranking = ranker.rank(Query("vay vốn làm nhà", Normalised(("vay", "von", "lam", "nha"))))
    first = int(ranking.scores.argmax())
    assert ranking.closest(first)[0] > 0.5
    assert sum(part for _, part in ranking.parts(first)) == pytest.approx(float(ranking.scores[first]), rel=1e-4)
    assert set(ranking.signals(first, [])) == {"lead", "asked", "known", "example", "rival"}
