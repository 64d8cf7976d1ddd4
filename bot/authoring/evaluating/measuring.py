"""One content held against all questions and conversations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from bot.authoring.asking import ask
from bot.authoring.evaluating.grading import POINTS, Grade, Prediction, confused, grade, prediction_of
from bot.authoring.evaluating.questions import LabelledQuestion, question_files, read_questions
from bot.authoring.recorded_conversations import conversation_files, run_file
from bot.engine import Engine

CONVERSATIONS = Path("tests/conversations")


@dataclass(frozen=True)
class EvaluationSet:
    """What content is held against; the same for every content that is to be compared."""

    questions: tuple[LabelledQuestion, ...]
    conversations: tuple[Path, ...]


def evaluation_set_of(home: Path, files: Sequence[Path] = ()) -> EvaluationSet:
    """The questions of `files`, or else those that come with the content, and its recorded conversations.

    Raises Refusal where there are no questions or a file is none of questions, and OSError.
    """
    paths = files or question_files(home)
    questions = tuple(question for path in paths for question in read_questions(path))
    return EvaluationSet(questions, tuple(conversation_files(home / CONVERSATIONS)))


@dataclass(frozen=True, slots=True)
class GradedQuestion:
    """One question, what it was given and what that means."""

    question: LabelledQuestion
    prediction: Prediction
    grade: Grade


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one intent came before the right one: `wrong` times as the answer, `near` times only as the first guess."""

    expected: str
    taken: str
    wrong: int
    near: int

    @property
    def count(self) -> int:
        return self.wrong + self.near

    @property
    def points(self) -> float:
        """What tells whether a pair is confused more than before: a wrong answer weighs more than a guess."""
        return POINTS["wrong"] * self.wrong + self.near


@dataclass(frozen=True)
class Measurement:
    """`version` of the content, what became of the questions in their order, and its `intents`.

    `conversations`: (file, name) → what went otherwise, () where nothing did.
    """

    version: str
    graded: tuple[GradedQuestion, ...]
    conversations: Mapping[tuple[str, str], tuple[str, ...]]
    intents: frozenset[str]

    @cached_property
    def in_scope(self) -> Counter[Grade]:
        return Counter(one.grade for one in self.graded if one.question.in_scope)

    @cached_property
    def out_of_scope(self) -> Counter[Grade]:
        return Counter(one.grade for one in self.graded if not one.question.in_scope)

    @property
    def in_three(self) -> int:
        """Questions with a right intent among the first three candidates, whatever was answered."""
        return sum(one.question.in_scope and bool(one.question.right & {*one.prediction.candidates}) for one in self.graded)

    @property
    def as_written(self) -> int:
        """Conversations that went as written."""
        return sum(not differs for differs in self.conversations.values())

    @property
    def missing(self) -> Counter[str]:
        """Intents that questions expect and the content does not have."""
        expected = (one.question.expected for one in self.graded)
        return Counter(intent for intent in expected if intent is not None and intent not in self.intents)

    def by_intent(self) -> dict[str, Counter[Grade]]:
        """What became of the questions of every expected intent, by its name."""
        found: dict[str, Counter[Grade]] = {}
        for one in self.graded:
            if one.question.expected is not None:
                found.setdefault(one.question.expected, Counter())[one.grade] += 1
        return dict(sorted(found.items()))

    def confusions(self) -> list[Confusion]:
        """The pairs that are confused, most often first."""
        wrong, near = (_pairs(self.graded, answered=answered) for answered in (True, False))
        pairs = [Confusion(*pair, wrong[pair], near[pair]) for pair in {*wrong, *near}]
        return sorted(pairs, key=lambda pair: (-pair.count, -pair.wrong, pair.expected, pair.taken))


def _pairs(graded: Iterable[GradedQuestion], *, answered: bool) -> Counter[tuple[str, str]]:
    pairs = (confused(one.question, one.prediction) for one in graded if (one.grade == "wrong") is answered)
    return Counter(pair for pair in pairs if pair is not None)


def measure(engine: Engine, evaluation_set: EvaluationSet) -> Measurement:
    """Ask every question, play every conversation. Raises ContentError for a conversation file that cannot be read.

    Whoever measures, people whose language is not known are spoken to in the language of the house.
    """
    engine = replace(engine, lang=next(iter(engine.knowledge.words)))
    graded = []
    for question in evaluation_set.questions:
        got = prediction_of(ask(engine, question.text))
        graded.append(GradedQuestion(question, got, grade(question, got)))
    conversations: dict[tuple[str, str], tuple[str, ...]] = {}
    for path in evaluation_set.conversations:
        for name, failures in run_file(path, engine):
            key = (f"{path.parent.name}/{path.name}", name)
            conversations[key] = (*conversations.get(key, ()), *map(str, failures))
    return Measurement(engine.knowledge.version, tuple(graded), conversations, frozenset(engine.knowledge.intents))
