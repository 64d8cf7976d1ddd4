"""What is learnt from written conversations."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.fit_learned import Sample, train
from bot.dialogue.in_context import FEATURES, Thread, features
from bot.dialogue.learned import LEAST, Learned, Spoken, fitted, rows_of, spoken
from bot.engine import Engine
from bot.model.well_known import OUT_OF_SCOPE

TOPICS = {"house-amount": "houses", "loan-amount": "loans"}


def likeliest(engine: Engine, text: str, *subjects: str) -> str:
    found = fitted().log_probabilities(spoken(text, engine, subjects), engine.knowledge.intents)
    return max(found, key=lambda name: found[name])


@pytest.mark.parametrize(
    ("before", "text", "meant"),
    [
        ("housing-eligibility", "thiếu tiền thì vay thêm ở đâu", "vbsp-housing-loan"),
        ("labour-export-overview", "lương một tháng được bao nhiêu", "labour-export-income"),
        ("vbsp-eligibility", "lai may phan", "vbsp-amount-interest"),
        ("training-courses", "hoc xong co viec lam khong", "training-outcomes"),
    ],
)
def test_a_follow_up_leads_to_what_people_mean_by_it(engine: Engine, before: str, text: str, meant: str) -> None:
    assert likeliest(engine, text, before) == meant


def test_the_likelihoods_of_all_that_was_learnt_are_one(engine: Engine) -> None:
    found = fitted().log_probabilities(Spoken(["vay", "bao", "nhieu"]), engine.knowledge.intents)
    assert sum(math.exp(one) for one in found.values()) == pytest.approx(1, abs=0.02), "but for those below the least"
    assert min(found.values()) >= LEAST
    assert OUT_OF_SCOPE in found


def test_a_message_of_no_words_and_one_without_end_are_read(engine: Engine) -> None:
    for words in ([], ["nhà"] * 100_000):
        assert fitted().log_probabilities(Spoken(words, ("housing-amount",), words), engine.knowledge.intents)


def test_an_intent_that_came_after_the_fitting_is_neither_likelier_nor_less(engine: Engine) -> None:
    intents = engine.knowledge.intents
    evidence = engine.matcher.evidence("vay bao nhiêu", ())
    names, values = features(evidence, Thread(learned={"vbsp-apply": -1.0}), intents)
    column = FEATURES.index("learned")
    assert values[names.index("vbsp-apply"), column] == -1
    others = {
        round(value, 6) for name, value in zip(names[:-1], values[:-1, column].tolist(), strict=True) if name != "vbsp-apply"
    }
    assert others == {round(-math.log(len(names)), 6)}


def test_what_was_spoken_of_changes_what_short_words_mean() -> None:
    topic_of_houses, of_loans = (set(rows_of(Spoken(["bao", "nhieu"], (name,)), TOPICS)) for name in TOPICS)
    assert topic_of_houses != of_loans
    long = ["bao", "nhieu"] * 10
    differing = set(rows_of(Spoken(long, ("house-amount",)), TOPICS)) ^ set(rows_of(Spoken(long, ("loan-amount",)), TOPICS))
    assert len(differing) <= 4, "but for the topic and the intent themselves"


def test_the_words_before_what_is_asked_and_what_was_offered_count() -> None:
    alone = rows_of(Spoken(["the", "con", "toi"]), TOPICS)
    for beside in ({"before": ["vay"]}, {"aspects": ["amount"]}, {"offered": ["loan-amount"]}):
        assert set(rows_of(Spoken(["the", "con", "toi"], **beside), TOPICS)) > set(alone)


def test_training_learns_what_a_short_question_means_after_each_topic() -> None:
    words = ("bao", "nhieu")
    samples = [Sample(Spoken(words, (name,)), name, 1.0) for name in TOPICS for _ in range(60)]
    learned = train(samples, TOPICS)
    for name in TOPICS:
        places = rows_of(Spoken(words, (name,)), TOPICS)
        scores = learned.rows[places].sum(0) / len(places) ** 0.5 @ learned.output + learned.bias
        assert learned.labels[int(np.argmax(scores))] == name


def test_rows_that_nothing_was_learnt_for_say_nothing(engine: Engine) -> None:
    silent = replace(fitted(), rows=np.zeros_like(fitted().rows))
    assert isinstance(silent, Learned)
    one, other = (silent.log_probabilities(Spoken(words), engine.knowledge.intents) for words in (["vay"], ["nhà", "dột"]))
    assert one == other
