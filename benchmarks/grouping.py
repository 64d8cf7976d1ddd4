"""How well `loaban review` finds questions that ask the same: `python -m benchmarks.grouping`, some minutes.

Two tables: of what the content knows, and of new needs, for which half of the intents are held out of the index and of what
conversations taught. Pairs of questions count: of two put together, how many have the same intent, and the other way round.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Collection, Sequence
from itertools import combinations
from pathlib import Path

import yaml

from benchmarks import fit_learned
from benchmarks.fit_talks import TALKS, heard
from bot.authoring.reviewing.clustering import clusters
from bot.dialogue.learned import Learned, fitted, spoken
from bot.engine import Engine, build_engine
from bot.matching.examples import examples_of
from bot.matching.matcher import Matcher
from bot.settings import load_settings

QUESTIONS = tuple(Path("tests/data", name) for name in ("residents_dev.tsv", "residents_exam.tsv"))

Asked = Sequence[tuple[str, str]]  # text and intent


def asked(engine: Engine) -> list[tuple[str, str]]:
    """The residents' questions of which an intent is known."""
    found = []
    for path in QUESTIONS:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        found += [(row["text"], row["intent"]) for row in rows if row["intent"] in engine.knowledge.intents]
    return found


def without(held: Collection[str], engine: Engine) -> tuple[Matcher, Learned]:
    """Index and lessons as if nobody had thought of the intents that are held out."""
    index = Matcher.build((one for one in examples_of(engine.knowledge) if one.label not in held), engine.knowledge.vocabulary)
    talks = (talk for path in sorted(TALKS.glob("*.yaml")) for talk in yaml.safe_load(path.read_text("utf-8")))
    turns = (turn for turn in heard(engine, list(talks)) if not turn.urgent)
    samples = [*fit_learned.standing_alone(engine), *(one for turn in turns for one in turn.samples())]
    topics = {intent.id: intent.topic for intent in engine.knowledge.intents.values()}
    return index, fit_learned.train([one for one in samples if one.label not in held], topics)


def pairs(questions: Asked, matcher: Matcher, learned: Learned, engine: Engine) -> tuple[float, float]:
    """(Share of the pairs put together that have one intent, share of the pairs of one intent that were put together.)"""
    profiles = [matcher.profile(text) for text, _ in questions]
    senses = [learned.sense(spoken(text, engine), {}) for text, _ in questions]
    group = {member: number for number, members in enumerate(clusters(profiles, senses)) for member in members}
    together = {pair for pair in combinations(range(len(questions)), 2) if group[pair[0]] == group[pair[1]]}
    same = {pair for pair in combinations(range(len(questions)), 2) if questions[pair[0]][1] == questions[pair[1]][1]}
    return len(together & same) / len(together), len(together & same) / len(same)


def main() -> None:
    engine = build_engine(load_settings())
    questions = asked(engine)
    intents = sorted({intent for _, intent in questions})
    held = set(random.Random(3).sample(intents, len(intents) // 2))
    new = [one for one in questions if one[1] in held]
    for name, those, seen in (("known", questions, (engine.matcher, fitted())), ("new", new, without(held, engine))):
        precision, recall = pairs(those, *seen, engine)
        print(f"{len(those)} questions, {name} needs: {precision:.0%} of the pairs put together, {recall:.0%} of those alike")


if __name__ == "__main__":
    main()
