"""What more phrasings cost: `python -m benchmarks.growth`.

A matcher is built from an eighth, a quarter, half and all of the phrasings, drawn at random. Each is built in a process of its
own, and loaded and asked in another, as the bot does it, so that memory is only what it is for.
"""

from __future__ import annotations

import pickle
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ParamSpec, TypeVar

from bot.knowledge.load import load_knowledge
from bot.matching.examples import examples_of
from bot.matching.matcher import Matcher

SHARES = (8, 4, 2, 1)  # one phrasing in so many
SEED = 2026
QUESTIONS = (Path("tests/data/residents_dev.tsv"), Path("tests/data/residents_exam.tsv"))

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class BuildCost:
    """`seconds` of building, without reading the content, and `peak` memory of the process in MB."""

    phrasings: int
    features: int
    seconds: float
    peak: float


@dataclass(frozen=True, slots=True)
class MatchCost:
    """Median `ms` of a match, and peak memory in MB of the process before and after the matcher was loaded."""

    ms: float
    before: float
    after: float


def build(one_in: int, target: Path) -> BuildCost:
    knowledge = load_knowledge(Path())
    examples = examples_of(knowledge)
    examples = random.Random(SEED).sample(examples, len(examples) // one_in)
    start = time.perf_counter()
    matcher = Matcher.build(examples, knowledge.vocabulary)
    seconds = time.perf_counter() - start
    target.write_bytes(pickle.dumps(matcher))
    return BuildCost(len(examples), len(matcher.lexical.index.features), seconds, _peak())


def match(source: Path) -> MatchCost:
    from bot.authoring.evaluating import read_questions

    questions = [question.text for path in QUESTIONS for question in read_questions(path)]
    before = _peak()
    with source.open("rb") as file:
        matcher: Matcher = pickle.load(file)
    after = _peak()
    times = []
    for question in questions:
        start = time.perf_counter()
        matcher.match(question)
        times.append(time.perf_counter() - start)
    return MatchCost(statistics.median(times) * 1000, before, after)


def _peak() -> float:
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def _alone(work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """The result of `work` from a new process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *given, **named).result()


def main() -> None:
    print("### Growth\n\n| phrasings | features | median match | memory of the matcher | build | its peak memory |")
    print("|---|---|---|---|---|---|")
    with TemporaryDirectory() as folder:
        for one_in in SHARES:
            path = Path(folder) / f"{one_in}.pickle"
            built = _alone(build, one_in, path)
            asked = _alone(match, path)
            print(
                f"| {built.phrasings:,} | {built.features:,} | {asked.ms:.2f} ms | {asked.after - asked.before:.0f} MB "
                f"| {built.seconds:.1f} s | {built.peak:.0f} MB |"
            )


if __name__ == "__main__":
    main()
