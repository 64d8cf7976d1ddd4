"""What was measured as tables of words: the terminal and the page show the same ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.authoring.evaluating.certainty import WRONG_SHARES, at_wrong, curve, reliability
from bot.authoring.evaluating.comparing import Comparison
from bot.authoring.evaluating.grading import Grade
from bot.authoring.evaluating.measuring import GradedQuestion, Measurement
from bot.i18n import Words, mark
from bot.model.well_known import OUT_OF_SCOPE

BAR = 20  # signs of a bar that is full
MANY = 10  # pairs of intents that are listed where not everything is asked for

Tone = Literal["better", "worse", ""]

# What is counted, how, and whether more of it is better (1), worse (-1) or depends (0).
TOTALS: tuple[tuple[str, Callable[[Measurement], int], int], ...] = (
    (mark("answered right"), lambda found: found.in_scope["right"], 1),
    (mark("right one among the first three"), lambda found: found.in_three, 1),
    (mark("answered wrong"), lambda found: found.in_scope["wrong"], -1),
    (mark("asked back, the right one among the choices"), lambda found: found.in_scope["offered"], 0),
    (mark("asked back without the right one"), lambda found: found.in_scope["missed"], -1),
    (mark("not understood"), lambda found: found.in_scope["unknown"], -1),
    (mark("rightly refused"), lambda found: found.out_of_scope["refused"], 1),
    (mark("asked back where nothing may be answered"), lambda found: found.out_of_scope["doubted"], 0),
    (mark("answered where nothing may be answered"), lambda found: found.out_of_scope["wrong"], -1),
    (mark("conversations as written"), lambda found: found.as_written, 1),
)
_BY_INTENT: tuple[tuple[Grade, ...], ...] = (("right",), ("offered",), ("missed", "unknown"), ("wrong",))


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """The cells of a row, and whether it tells of something that got better or worse."""

    cells: tuple[str, ...]
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class EvaluationTable:
    """A table. `numbers` of its last columns hold figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[EvaluationRow, ...]
    numbers: int = 0


def heading(words: Words, after: Measurement, comparison: Comparison | None) -> str:
    """What was held against what."""
    counts = {"questions": len(after.graded), "conversations": len(after.conversations)}
    if comparison is None:
        return words.say(
            "Content {version}; questions: {questions}, recorded conversations: {conversations}",
            version=after.version,
            **counts,
        )
    return words.say(
        "Content {before} → {after}; questions: {questions}, recorded conversations: {conversations}",
        before=comparison.before.version,
        after=after.version,
        **counts,
    )


def verdict(words: Words, found: Comparison) -> str:
    """One line: better, worse, and what that comes to."""
    said = {
        "gain": words.say("A gain."),
        "loss": words.say("A loss."),
        "even": words.say("Neither gain nor loss."),
    }[found.verdict]
    return words.say(
        "Questions better: {better}, worse: {worse}; conversations broken: {broken}; "
        "points won: {won}, lost: {lost}. {verdict}",
        better=found.better,
        worse=found.worse,
        broken=len(found.ceased),
        won=points(words, found.won),
        lost=points(words, found.lost),
        verdict=said,
    )


def tables(
    words: Words, after: Measurement, comparison: Comparison | None, *, everything: bool = False
) -> list[EvaluationTable]:
    """The tables that have something to tell. `everything`: all intents and all pairs that are confused."""
    made = [_totals(words, after, comparison)]
    made.extend([_changes(words, comparison), *_conversations(words, comparison)] if comparison else [_wrong(words, after)])
    made.append(_intents(words, after, comparison, everything=everything))
    made.append(_pairs(words, after, comparison, None if everything else MANY))
    made.extend((_reliability(words, after), _right_against_wrong(words, after)))
    return [table for table in made if table.rows]


def regressions(words: Words, found: Comparison) -> list[str]:
    """What got worse, a line each, worst first; a broken conversation is as bad as a wrong answer."""
    return told_changes(words, found, better=False)


def told_changes(words: Words, found: Comparison, *, better: bool) -> list[str]:
    """What got better or worse, a line each: conversations, then questions."""
    conversations = [
        words.say("conversation “{name}” ({file}): {differs}", name=name, file=file, differs=differs[0])
        for (file, name), differs in (found.began if better else found.ceased).items()
    ]
    questions = [
        words.say(
            "“{text}”: expected {expected}; before: {before}; now: {after}",
            text=one.after.question.text,
            expected=_asked(one.after)[1],
            before=outcome(words, one.before),
            after=outcome(words, one.after),
        )
        for one in found.changes
        if (one.points > 0 if better else one.points < 0)
    ]
    return [*conversations, *questions]


def points(words: Words, value: float) -> str:
    """0.5 → "0,5" in Vietnamese."""
    return words.number(Decimal(str(value)).normalize() + 0)


def outcome(words: Words, graded: GradedQuestion) -> str:
    """What became of a question."""
    intent = graded.prediction.answered
    match graded.grade:
        case "right":
            expected = intent == graded.question.expected
            return words.say("right") if expected else words.say("right: {intent}", intent=intent)
        case "wrong":
            return words.say("wrong: {intent}", intent=intent)
        case "offered":
            return words.say("asked back with it")
        case "missed":
            return words.say("asked back without it")
        case "unknown":
            return words.say("not understood")
        case "doubted":
            return words.say("asked back")
        case "refused":
            return words.say("refused") if not intent else words.say("refused: {intent}", intent=intent)


def _totals(words: Words, after: Measurement, comparison: Comparison | None) -> EvaluationTable:
    title = words.say("Totals")
    if comparison is None:
        rows = tuple(EvaluationRow((words.say(name), str(count(after)))) for name, count, _ in TOTALS)
        return EvaluationTable(title, ("", words.say("now")), rows, numbers=1)

    def row(name: str, old: int, new: int, good: int) -> EvaluationRow:
        return EvaluationRow((words.say(name), str(old), str(new), _difference(new - old)), _tone(good * (new - old)))

    rows = tuple(row(name, count(comparison.before), count(after), good) for name, count, good in TOTALS)
    return EvaluationTable(title, ("", words.say("before"), words.say("after"), ""), rows, numbers=3)


def _intents(words: Words, after: Measurement, comparison: Comparison | None, *, everything: bool) -> EvaluationTable:
    columns: tuple[str, ...] = (
        words.say("intent"),
        words.say("questions"),
        words.say("right"),
        words.say("asked back with it"),
        words.say("no answer"),
        words.say("wrong"),
        words.say("points"),
    )
    won: defaultdict[str | None, float] = defaultdict(float)  # holds the intents where something changed
    for change in comparison.changes if comparison else ():
        won[change.after.question.expected] += change.points
    old = (comparison.before if comparison else after).by_intent()
    rows = []
    for intent, grades in after.by_intent().items():
        if everything or intent in won:
            cells = (_was_is(_counts(old[intent], one), _counts(grades, one)) for one in _BY_INTENT)
            won_here = (_signed(words, won[intent]),) if comparison else ()
            rows.append(EvaluationRow((intent, str(grades.total()), *cells, *won_here), _tone(won[intent])))
    columns = columns if comparison else columns[:-1]
    return EvaluationTable(words.say("Intent by intent"), columns, tuple(rows), numbers=len(columns) - 1)


def _changes(words: Words, comparison: Comparison) -> EvaluationTable:
    columns = (words.say("question"), words.say("expected"), words.say("before"), words.say("after"), words.say("points"))
    rows = (
        EvaluationRow(
            (*_asked(one.after), outcome(words, one.before), outcome(words, one.after), _signed(words, one.points)),
            _tone(one.points),
        )
        for one in comparison.changes
    )
    return EvaluationTable(words.say("Questions with another outcome"), columns, tuple(rows), numbers=1)


def _conversations(words: Words, comparison: Comparison) -> Iterator[EvaluationTable]:
    columns = (words.say("file"), words.say("conversation"), words.say("what differs"))
    ceased = tuple(EvaluationRow((*key, "\n".join(differs)), "worse") for key, differs in comparison.ceased.items())
    yield EvaluationTable(words.say("Conversations that no longer go as written"), columns, ceased)
    began = tuple(EvaluationRow((*key, "\n".join(differs)), "better") for key, differs in comparison.began.items())
    yield EvaluationTable(words.say("Conversations that go as written now"), columns, began)


def _wrong(words: Words, after: Measurement) -> EvaluationTable:
    rows = (EvaluationRow((*_asked(one), one.prediction.answered or "")) for one in after.graded if one.grade == "wrong")
    return EvaluationTable(
        words.say("Wrong answers"), (words.say("question"), words.say("expected"), words.say("answered")), tuple(rows)
    )


def _pairs(words: Words, after: Measurement, comparison: Comparison | None, many: int | None) -> EvaluationTable:
    """The first `many` pairs, and every one that changed."""
    title = words.say("Intents that are confused")
    columns = (words.say("expected"), words.say("taken for"), words.say("wrong answers"), words.say("first guess only"))
    pairs = comparison.confusions() if comparison else [(one, one) for one in after.confusions()]
    rows = tuple(
        EvaluationRow(
            (new.expected, new.taken, _was_is(old.wrong, new.wrong), _was_is(old.near, new.near)),
            _tone(old.points - new.points),
        )
        for number, (old, new) in enumerate(pairs)
        if many is None or number < many or old != new
    )
    return EvaluationTable(title, columns, rows, numbers=2)


def _reliability(words: Words, after: Measurement) -> EvaluationTable:
    """A bin a row, with a bar as long as the share that is right, and a mark where it should end."""
    columns = (words.say("probability"), "", words.say("questions"), words.say("on average"), words.say("right"))
    rows = tuple(
        EvaluationRow(
            (
                f"{_percent(words, one.low)}-{_percent(words, one.high)} %",
                _bar(one.share, one.said),
                str(one.count),
                f"{_percent(words, one.said)} %",
                f"{_percent(words, one.share)} %",
            )
        )
        for one in reliability(after.graded)
        if one.count
    )
    return EvaluationTable(words.say("Is it right as often as it is sure?"), columns, rows, numbers=3)


def _right_against_wrong(words: Words, after: Measurement) -> EvaluationTable:
    columns = (
        words.say("wrong at most"),
        "",
        words.say("probability from"),
        words.say("right"),
        words.say("answered where nothing may be answered"),
    )
    drawn = curve(after.graded)
    found = [(share, at_wrong(drawn, share)) for share in WRONG_SHARES]
    rows = tuple(
        EvaluationRow(
            (
                f"{_percent(words, share)} %",
                _bar(point.right),
                f"{_percent(words, point.bar)} %",
                f"{_percent(words, point.right)} %",
                f"{_percent(words, point.foreign)} %",
            )
        )
        for share, point in found
    )
    return EvaluationTable(
        words.say("Right against wrong: what another bar for an answer would bring"), columns, rows if after.graded else (), 3
    )


def _bar(share: float, mark_at: float | None = None) -> str:
    """A bar of BAR signs at most, with a stroke at `mark_at`."""
    drawn = "█" * round(share * BAR) + "░" * (BAR - round(share * BAR))
    place = None if mark_at is None else min(round(mark_at * BAR), BAR - 1)
    return drawn if place is None else f"{drawn[:place]}│{drawn[place + 1 :]}"


def _percent(words: Words, share: float) -> str:
    return points(words, round(100 * share, 1))


def _asked(graded: GradedQuestion) -> tuple[str, str]:
    return graded.question.text, graded.question.expected or OUT_OF_SCOPE


def _counts(grades: Counter[Grade], which: tuple[Grade, ...]) -> int:
    return sum(grades[grade] for grade in which)


def _was_is(was: int, now: int) -> str:
    return str(now) if was == now else f"{was} → {now}"


def _tone(won: float) -> Tone:
    return "better" if won > 0 else "worse" if won < 0 else ""


def _difference(value: int) -> str:
    return f"{value:+d}".replace("-", "−") if value else ""


def _signed(words: Words, value: float) -> str:
    sign = {1: "+", 0: "", -1: "−"}[(value > 0) - (value < 0)]
    return sign + points(words, abs(value))
