"""Fit the matcher's calibration: `make calibrate`.

The phrasings of each independent writer are held out of the index whole, and a logistic regression learns from them how sure a
first place is; questions that must be refused and keys hit at random beside them. Test questions (tests/data) play no part.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.knowledge.known import Knowledge
from bot.knowledge.load import load_knowledge
from bot.matching.calibration import SIGNALS, Calibration, Signals
from bot.matching.examples import examples_of
from bot.matching.matcher import FOREIGN, Example, Matcher
from bot.model.well_known import UNCLEAR
from bot.text.folding import fold

TYPED_IN_A_HURRY = 6  # one phrasing in so many is also tried with typos
JUNK = 100  # messages of keys hit at random
FOREIGN_WEIGHT = 4.0  # a foreign question that is answered counts as much as four wrong answers to fair ones
RIDGE = 1.0  # keeps coefficients small where signals tell the same thing
DATA = Path(__file__).parent / "data"
SECOND_WRITER = DATA / "second_writer.txt"
WRITERS = DATA / "writers.tsv"  # first digits of the SHA-256 of a folded phrasing, and the number of its writer
DIGITS = 12
FOREIGN_QUESTIONS = DATA / "foreign_questions.tsv"
TARGET = Path("bot/matching/calibration.json")

Floats = npt.NDArray[np.float64]


def writers() -> Mapping[str, str]:
    """Folded phrasing's digest -> writer."""
    second = {_digest(line): "second" for line in SECOND_WRITER.read_text("utf-8").splitlines()}
    with WRITERS.open(encoding="utf-8", newline="") as file:
        return second | {row[0]: row[1] for row in csv.reader(file, delimiter="\t")}


def _digest(text: str) -> str:
    return hashlib.sha256(fold(text).encode()).hexdigest()[:DIGITS]


def foreign_questions() -> list[Example]:
    """Questions of the second writer that must be refused; they never enter the index."""
    with FOREIGN_QUESTIONS.open(encoding="utf-8", newline="") as file:
        return [
            Example(f"{FOREIGN}any", row["lang"], row["text"])
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def with_typos(examples: Sequence[Example], chance: random.Random) -> list[Example]:
    """The same questions typed in a hurry: two words each with a letter swapped, dropped or doubled."""
    return [Example(e.label, e.lang, _mistype(e.text, chance)) for e in examples]


def _mistype(text: str, chance: random.Random) -> str:
    words = text.split()
    for _ in range(2):
        place = chance.randrange(len(words))
        word = words[place]
        if len(word) < 3:
            continue
        at = chance.randrange(1, len(word) - 1)
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        words[place] = chance.choice([swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]])
    return " ".join(words)


def junk(chance: random.Random) -> list[Example]:
    """Keys hit at random, one to four words."""
    rows = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")
    texts = (
        " ".join("".join(chance.choices(chance.choice(rows), k=chance.randint(2, 7))) for _ in range(chance.randint(1, 4)))
        for _ in range(JUNK)
    )
    return [Example(f"{FOREIGN}junk", "vi", text) for text in texts]


def observations(knowledge: Knowledge) -> Iterator[tuple[Example, Signals, str]]:
    """(held-out phrasing, signals of its first place, label in first place), every writer against an index without him."""
    by_writer: dict[str, list[Example]] = {}
    known = writers()
    examples = examples_of(knowledge)
    for example in examples:
        if (writer := known.get(_digest(example.text))) is not None:
            by_writer.setdefault(writer, []).append(example)
    chance = random.Random(2026)
    flat = Calibration(0.0, dict.fromkeys(SIGNALS, 0.0))
    for own in by_writer.values():
        texts = {example.text for example in own}
        matcher = Matcher.build([one for one in examples if one.text not in texts], knowledge.vocabulary, flat)
        asked = [example for example in own if example.label != UNCLEAR]
        hurried = with_typos([one for one in asked if " " in one.text][::TYPED_IN_A_HURRY], chance)
        yield from _seen(matcher, [*asked, *hurried])
    yield from _seen(Matcher.build(examples, knowledge.vocabulary, flat), [*foreign_questions(), *junk(chance)])


def _seen(matcher: Matcher, examples: Sequence[Example]) -> Iterator[tuple[Example, Signals, str]]:
    for example in examples:
        seen = matcher.signals(example.text)
        if seen is not None:
            yield example, seen[1], seen[0]


def fit(signals: Floats, right: Floats, weight: Floats) -> Floats:
    """Coefficients of a weighted logistic regression with a ridge, bias first (Newton's method)."""
    design = np.column_stack([np.ones(len(signals)), signals])
    penalty = np.diag([0.0, *([RIDGE] * signals.shape[1])])
    coefficients = np.zeros(design.shape[1])
    for _ in range(50):
        probability = 1 / (1 + np.exp(-design @ coefficients))
        gradient = design.T @ (weight * (right - probability)) - penalty @ coefficients
        curvature = (design.T * (weight * probability * (1 - probability))) @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        coefficients += step
        if np.abs(step).max() < 1e-9:
            break
    return coefficients


def is_right(label: str, found: str) -> bool:
    """Foreign groups stand for one another; what is foreign and comes first as such is refused, and rightly."""
    return label == found or (label.startswith(FOREIGN) and found.startswith(FOREIGN))


def main() -> None:
    knowledge = load_knowledge(Path())
    # Only first places that are real intents matter: a foreign first place is refused whatever its probability.
    seen = [(e, s, label) for e, s, label in observations(knowledge) if not label.startswith(FOREIGN)]
    right = np.array([is_right(e.label, label) for e, _, label in seen], float)
    weight = np.array([FOREIGN_WEIGHT if e.label.startswith(FOREIGN) else 1.0 for e, _, _ in seen])
    coefficients = fit(np.array([[s[name] for name in SIGNALS] for _, s, _ in seen]), right, weight)
    data = {
        "bias": round(float(coefficients[0]), 4),
        "weights": {name: round(float(value), 4) for name, value in zip(SIGNALS, coefficients[1:], strict=True)},
        "fitted_on": {"phrasings": len(seen), "right": int(right.sum()), "content": knowledge.version},
    }
    TARGET.write_text(json.dumps(data, indent=2) + "\n", "utf-8")
    print(json.dumps(data, indent=2))


if __name__ == "__main__":
    main()
