"""The same as numbers and names for programs: the object of `--json`."""

from __future__ import annotations

from collections.abc import Mapping

from bot.authoring.evaluating.certainty import WRONG_SHARES, at_wrong, curve, reliability
from bot.authoring.evaluating.comparing import Change, Comparison
from bot.authoring.evaluating.grading import GRADES
from bot.authoring.evaluating.measuring import GradedQuestion, Measurement


def as_data(after: Measurement, comparison: Comparison | None) -> dict[str, object]:
    """Keys: `after`, and where it was compared `before`, `changes`, `ceased`, `began`, `won`, `lost` (points), `verdict`.

    The outcomes of questions are named as in bot/authoring/evaluating/grading.py.
    """
    data: dict[str, object] = {"after": _measured(after)}
    if comparison is not None:
        data |= {
            "before": _measured(comparison.before),
            "changes": [_changed(change) for change in comparison.changes],
            "ceased": _conversations(comparison.ceased),
            "began": _conversations(comparison.began),
            "won": comparison.won,
            "lost": comparison.lost,
            "verdict": comparison.verdict,
        }
    return data


def _measured(one: Measurement) -> dict[str, object]:
    points = curve(one.graded)
    return {
        "version": one.version,
        "in_scope": {grade: one.in_scope[grade] for grade in GRADES if one.in_scope[grade]},
        "in_three": one.in_three,
        "out_of_scope": {grade: one.out_of_scope[grade] for grade in GRADES if one.out_of_scope[grade]},
        "conversations": {"as_written": one.as_written, "of": len(one.conversations)},
        "intents": {intent: dict(grades) for intent, grades in one.by_intent().items()},
        "confusions": [
            {"expected": pair.expected, "taken": pair.taken, "wrong": pair.wrong, "near": pair.near}
            for pair in one.confusions()
        ],
        "reliability": [
            {"from": part.low, "to": part.high, "questions": part.count, "right": part.right, "said": round(part.said, 4)}
            for part in reliability(one.graded)
        ],
        "right_at_wrong": [
            {"wrong": share, "bar": point.bar, "right": round(point.right, 4), "foreign": round(point.foreign, 4)}
            for share, point in ((share, at_wrong(points, share)) for share in WRONG_SHARES)
        ],
    }


def _changed(change: Change) -> dict[str, object]:
    question = change.after.question
    return {
        "text": question.text,
        "expected": question.expected,
        "before": _outcome(change.before),
        "after": _outcome(change.after),
        "points": change.points,
    }


def _outcome(graded: GradedQuestion) -> dict[str, object]:
    return {"outcome": graded.grade, "intent": graded.prediction.answered}


def _conversations(found: Mapping[tuple[str, str], tuple[str, ...]]) -> list[dict[str, object]]:
    return [{"file": file, "name": name, "differs": list(differs)} for (file, name), differs in found.items()]
