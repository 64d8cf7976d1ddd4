"""A message is weighed with what was said before: topic, aspect, open choices, and nothing else."""

from __future__ import annotations

import pytest

from bot.authoring.talks import Talk
from bot.dialogue.in_context import FEATURES, Thread, candidates, features, fitted_weights, offered_intents, rank
from bot.engine import Engine
from bot.model import Button
from bot.model.well_known import OUT_OF_SCOPE


def best(engine: Engine, text: str, thread: Thread) -> str:
    evidence = engine.matcher.evidence(text, candidates(thread, engine.knowledge.intents))
    return rank(evidence, thread, engine.knowledge.intents)[0].intent


@pytest.mark.parametrize(
    ("before", "expected"), [("housing-eligibility", "housing-amount"), ("labour-export-register", "labour-export-cost")]
)
def test_the_same_few_words_ask_about_what_was_spoken_of(engine: Engine, before: str, expected: str) -> None:
    asked = {"housing-amount": "được bao nhiêu tiền", "labour-export-cost": "mất bao nhiêu tiền"}[expected]
    assert best(engine, asked, Thread((before,), asked=engine.aspects_in(asked))) == expected


def test_a_whole_question_leaves_what_was_spoken_of(engine: Engine) -> None:
    assert best(engine, "nhà dột nát có được hỗ trợ làm nhà không", Thread(("vbsp-apply",))) == "housing-eligibility"


def test_probabilities_are_shares_of_all_and_the_best_comes_first(engine: Engine) -> None:
    thread = Thread(("housing-eligibility",))
    evidence = engine.matcher.evidence("bao nhiêu", candidates(thread, engine.knowledge.intents))
    found = [match.probability for match in rank(evidence, thread, engine.knowledge.intents)]
    assert found == sorted(found, reverse=True)
    assert 0 < sum(found) <= 1.001


def test_none_of_them_is_the_last_candidate_and_no_intent_is_named_twice(engine: Engine) -> None:
    thread = Thread(("housing-eligibility",))
    evidence = engine.matcher.evidence("bao nhiêu", candidates(thread, engine.knowledge.intents))
    names, values = features(evidence, thread, engine.knowledge.intents)
    assert names[-1] == OUT_OF_SCOPE
    assert len(set(names)) == len(names) == len(values)
    assert values.shape[1] == len(FEATURES) == len(fitted_weights())


def test_only_what_belongs_to_the_topic_or_is_offered_is_looked_for_again(engine: Engine) -> None:
    intents = engine.knowledge.intents
    found = candidates(Thread(("housing-eligibility",), frozenset({"vbsp-apply"})), intents)
    assert "housing-amount" in found
    assert "vbsp-apply" in found
    assert "labour-export-cost" not in found
    assert candidates(Thread(), intents) == set()


def test_of_the_choices_only_intents_are_offered() -> None:
    choices = (Button("A", "intent:housing-amount"), Button("B", "none"), Button("C", "place:03202"))
    assert offered_intents(choices) == {"housing-amount"}


def test_thanks_in_between_make_nobody_forget_what_was_spoken_of(engine: Engine) -> None:
    talk = Talk(engine, "thanks")
    for message in ("nhà dột nát có được hỗ trợ làm nhà không", "cảm ơn nhé"):
        talk.turn(message)
    assert talk.session.subjects == ("housing-eligibility",)
    outcome = talk.turn("thế được bao nhiêu tiền").outcome
    assert outcome is not None
    assert outcome.intent == "housing-amount"
