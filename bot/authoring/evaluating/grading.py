"""What became of a question, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from bot.authoring.evaluating.questions import LabelledQuestion
from bot.model import Turn
from bot.model.well_known import OUT_OF_SCOPE

ANSWERING = ("answer", "menu", "command", "handoff")

Grade = Literal["right", "offered", "missed", "unknown", "wrong", "refused", "doubted"]

# right    answered with an intent that is right
# offered  asked back, and a right intent is among the choices
# missed   asked back, and none of the choices is right
# unknown  not understood
# wrong    answered with another intent, or answered where nothing may be
# refused  nothing may be answered, and nothing was (or a person was named, where the file allows that)
# doubted  nothing may be answered, and it was asked back
POINTS: Final[dict[Grade, float]] = {
    "right": 0,
    "offered": 0.5,
    "missed": 1,
    "unknown": 1,
    "wrong": 3,
    "refused": 0,
    "doubted": 0.5,
}
GRADES = tuple(POINTS)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a question was given: the intent it was answered with, the first three candidates, the choices if asked back.

    `probability` is that of the first candidate, 0 to 1.
    """

    answered: str | None
    candidates: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    probability: float = 0.0


def prediction_of(turn: Turn) -> Prediction:
    """From the turn that answers a first message."""
    outcome = turn.outcome
    if outcome is None:
        return Prediction(None)
    choices = (button.choice.partition(":") for reply in turn.replies for button in reply.buttons)
    return Prediction(
        outcome.intent if outcome.kind in ANSWERING else None,
        tuple(match.intent for match in outcome.candidates),
        tuple(value for kind, _, value in choices if kind == "intent") if outcome.kind == "clarify" else (),
        outcome.candidates[0].probability if outcome.candidates else 0.0,
    )


def grade(question: LabelledQuestion, got: Prediction) -> Grade:
    """What became of the question."""
    if got.answered is not None:
        if got.answered not in question.right:
            return "wrong"
        return "right" if question.in_scope else "refused"
    if not question.in_scope:
        return "doubted" if got.offered else "refused"
    if not got.offered:
        return "unknown"
    return "offered" if question.right & set(got.offered) else "missed"


def confused(question: LabelledQuestion, got: Prediction) -> tuple[str, str] | None:
    """(expected intent, the one that was put before it), where another was answered or came first."""
    if not question.in_scope:
        taken = got.answered or next(iter(got.offered), None)
        return (OUT_OF_SCOPE, taken) if taken and taken not in question.right else None
    taken = got.answered or next(iter(got.candidates), None)
    return (question.expected or "", taken) if taken and taken not in question.right else None
