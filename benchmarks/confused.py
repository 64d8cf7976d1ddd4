"""Which two intents are confused: asked back about side by side, or one taken where the other was wanted.

Prints the pairs, most often first, with their counts, and whether `content/pairs.yaml` has a question that tells them apart.
Files of further conversations can be named.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.talks import answered_in, offered_in, play, read
from bot.authoring.asking import ask
from bot.authoring.evaluating import read_questions
from bot.engine import Engine, build_engine
from bot.model import Turn
from bot.settings import load_settings

TALKS = ("tests/data/talks_dev.yaml", "benchmarks/data/talks/*.yaml")
QUESTIONS = Path("tests/data/residents_dev.tsv")
SHOWN = 2  # times that a pair was met to be printed

Pair = frozenset[str]


def turns(engine: Engine, further: Sequence[str]) -> Iterator[tuple[Sequence[str], Turn]]:
    """The intents that were wanted, and what came of it, of every turn of the conversations and every single question."""
    found = [path for pattern in TALKS for path in sorted(Path().glob(pattern))]
    for path in (*found, *map(Path, further)):
        for conversation in read(path):
            for one in play(engine, conversation):
                yield one.expected.get("right") or one.expected.get("all") or (), one.turn
    for question in read_questions(QUESTIONS):
        yield sorted(question.right), ask(engine, question.text)


def asked_side_by_side(engine: Engine, turn: Turn) -> Pair | None:
    """The first two choices of what was asked back."""
    first = [choice for choice in offered_in(turn) if choice in engine.knowledge.intents][:2]
    return frozenset(first) if turn.outcome and turn.outcome.kind == "clarify" and len(first) > 1 else None


def taken_for(engine: Engine, wanted: Sequence[str], turn: Turn) -> Pair | None:
    """What was answered, or asked about first, and what was wanted instead."""
    if turn.outcome is None or turn.outcome.kind not in ("answer", "clarify"):
        return None
    known = engine.knowledge.intents
    given = next((one for one in (*answered_in(turn), *offered_in(turn)) if one in known), None)
    meant = next((one for one in wanted if one in known), None)
    return None if given is None or meant is None or given in wanted else frozenset((given, meant))


def main(further: Sequence[str]) -> None:
    engine = build_engine(load_settings())
    pairs = engine.knowledge.pairs
    asked: Counter[Pair] = Counter()
    taken: Counter[Pair] = Counter()
    for wanted, turn in turns(engine, further):
        asked.update(pair for pair in [asked_side_by_side(engine, turn)] if pair)
        taken.update(pair for pair in [taken_for(engine, wanted, turn)] if pair)
    told_apart = sum(count for pair, count in asked.items() if pair in pairs)
    print(f"{asked.total()} times two were asked back about side by side, {told_apart} times two of the table")
    print(f"{taken.total()} times one was taken for another\n\nasked  taken  in the table")
    for pair in sorted({*asked, *taken, *pairs}, key=lambda one: (-asked[one] - taken[one], sorted(one))):
        if asked[pair] + taken[pair] >= SHOWN or pair in pairs:
            print(f"{asked[pair]:5}  {taken[pair]:5}  {'yes' if pair in pairs else 'no':3}  {'  '.join(sorted(pair))}")


if __name__ == "__main__":
    main(sys.argv[1:])
