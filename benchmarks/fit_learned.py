"""Trains `bot/dialogue/learned.py`: on the phrasings of intents/, on follow-ups, and on written conversations.

A phrasing was written to stand alone, so what was spoken of before is made up: nothing, the same topic, or any other. Rows
and weights move by Adagrad on the cross-entropy; some features are left out of each step, so that none is relied on alone,
and the mean of the later steps is kept, which is as good as several trainings together.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.dialogue.learned import ROWS, Learned, Spoken, rows_of, spoken
from bot.engine import Engine
from bot.matching.examples import examples_of
from bot.model.well_known import OUT_OF_SCOPE, SYSTEM, UNCLEAR

# Intent, language, text: what is asked once the topic of the intent is spoken of.
FOLLOW_UPS = Path(__file__).parent / "data" / "follow_ups.tsv"
WRITTEN = Path(__file__).parent.parent / "bot" / "dialogue" / "learned.npz"
WIDTH = 48
ROUNDS = 6
AVERAGED_FROM, AVERAGED_EVERY = 2, 8  # round, and steps, of the means that are kept
BATCH = 256
STEP = 0.2
LEFT_OUT = 0.3  # share of the features that a step does without
ALONE, SAME_TOPIC = 0.35, 0.35  # shares of the phrasings taken without a conversation, and inside one of the same topic
FOLLOW_UP_WEIGHT, TURN_WEIGHT = 1.5, 3.0  # of what was written for a conversation, beside 1 of a phrasing
MOST_RIGHT = 3  # a turn to which more would be right teaches nothing
NOT_SEEN = 1e-3  # where the sums of squared gradients begin
STEPS = 127  # of a row's figures as they are stored

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """What was written, and which intent it means, with its weight."""

    said: Spoken
    label: str
    weight: float


def of_turn(said: Spoken, right: Sequence[str]) -> Iterator[Sample]:
    """What a turn of a conversation teaches; nothing where too much would be right."""
    if len(right) <= MOST_RIGHT:
        for label in right:
            yield Sample(said, label, TURN_WEIGHT / len(right))


def standing_alone(engine: Engine) -> list[Sample]:
    """The phrasings of the content and the follow-ups, with something said before them that may have been."""
    chance = random.Random(1)
    topics = {intent.id: intent.topic for intent in engine.knowledge.intents.values()}
    by_topic: dict[str, list[str]] = {}
    for intent, topic in topics.items():
        by_topic.setdefault(topic, []).append(intent)
    others = [topic for topic in by_topic if topic != SYSTEM]

    def before(label: str) -> tuple[str, ...]:
        drawn, topic = chance.random(), topics.get(label, SYSTEM)
        if drawn < ALONE:
            return ()
        same = drawn < ALONE + SAME_TOPIC and topic != SYSTEM
        return (chance.choice(by_topic[topic if same else chance.choice(others)]),)

    found = []
    for example in examples_of(engine.knowledge):
        label = example.label if example.label in topics and example.label != UNCLEAR else OUT_OF_SCOPE
        found.append(Sample(spoken(example.text, engine, before(label)), label, 1.0))
    with FOLLOW_UPS.open(encoding="utf-8", newline="") as file:
        for label, _, text in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if label in topics:
                after = (chance.choice(by_topic[topics[label]]) for _ in range(2))
                found += [Sample(spoken(text, engine, (one,)), label, FOLLOW_UP_WEIGHT) for one in after]
    return found


def train(samples: Sequence[Sample], topics: Mapping[str, str]) -> Learned:
    """The weights that make the samples likeliest."""
    chance = np.random.default_rng(0)
    labels = tuple(sorted({one.label for one in samples}))
    wanted = np.array([labels.index(one.label) for one in samples])
    weights = np.array([one.weight for one in samples], np.float32)
    places = [np.array(rows_of(one.said, topics)) for one in samples]
    rows = chance.normal(0, 0.1, (ROWS, WIDTH)).astype(np.float32)
    output = chance.normal(0, 0.1, (WIDTH, len(labels))).astype(np.float32)
    bias = np.zeros(len(labels), np.float32)
    seen = [np.full(shape, NOT_SEEN, np.float32) for shape in (ROWS, output.shape, bias.shape)]  # sums of squared gradients
    mean = _Mean((rows, output, bias))
    for turn in range(ROUNDS):
        order = chance.permutation(len(samples))
        for step, start in enumerate(range(0, len(samples), BATCH)):
            batch = order[start : start + BATCH]
            used, mix = _mixed([places[one] for one in batch], chance)
            narrow = mix @ rows[used]
            pull = _pull(narrow @ output + bias, wanted[batch]) * weights[batch, None] / len(batch)
            of_output, of_bias, of_rows = narrow.T @ pull, pull.sum(0), mix.T @ (pull @ output.T)
            seen[0][used] += (of_rows**2).mean(1)
            seen[1] += of_output**2
            seen[2] += of_bias**2
            rows[used] -= STEP * of_rows / np.sqrt(seen[0][used])[:, None]
            output -= STEP * of_output / np.sqrt(seen[1])
            bias -= STEP * of_bias / np.sqrt(seen[2])
            if turn >= AVERAGED_FROM and step % AVERAGED_EVERY == 0:
                mean.add((rows, output, bias))
    rows, output, bias = mean.taken()
    rows[seen[0] <= NOT_SEEN] = 0
    return Learned(labels, rows, np.ones((ROWS, 1), np.float32), output, bias)


class _Mean:
    """Of several states of the same weights."""

    def __init__(self, weights: Sequence[Numbers]) -> None:
        self._sums = [np.zeros_like(one) for one in weights]
        self._states = 0

    def add(self, weights: Sequence[Numbers]) -> None:
        for total, one in zip(self._sums, weights, strict=True):
            total += one
        self._states += 1

    def taken(self) -> list[Numbers]:
        return [total / np.float32(self._states) for total in self._sums]


def _mixed(places: Sequence[npt.NDArray[np.int64]], chance: np.random.Generator) -> tuple[npt.NDArray[np.int64], Numbers]:
    """The rows that are used, and how much of each is in every sample; some features of each are left out."""
    used, where = np.unique(np.concatenate(places), return_inverse=True)
    lengths = np.array([len(one) for one in places])
    of = np.repeat(np.arange(len(places)), lengths)
    mix = np.zeros((len(places), len(used)), np.float32)
    mix[of, where] = (chance.random(len(of)) > LEFT_OUT) / (1 - LEFT_OUT) / np.sqrt(lengths)[of]
    return used, mix


def _pull(scores: npt.NDArray[Any], wanted: npt.NDArray[np.int64]) -> Numbers:
    """The gradient of the cross-entropy: the shares of all labels, less one of the label that is wanted."""
    shares: Numbers = np.exp(scores - scores.max(1, keepdims=True)).astype(np.float32)
    shares /= shares.sum(1, keepdims=True)
    shares[np.arange(len(wanted)), wanted] -= 1
    return shares


def write(learned: Learned) -> None:
    """In one byte a figure of the rows, each row with its own scale; rows that hardly count are left out."""
    scale = np.abs(learned.rows).max(1, keepdims=True) / STEPS
    small = np.where(scale > 0, np.rint(learned.rows / np.maximum(scale, 1e-12)), 0).astype(np.int8)
    np.savez_compressed(
        WRITTEN,
        labels=np.array(learned.labels),
        rows=small,
        scale=scale.astype(np.float32),
        output=learned.output,
        bias=learned.bias,
    )
