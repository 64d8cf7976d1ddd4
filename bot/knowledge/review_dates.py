"""The days by which facts and answers are compared with their sources again, and what is told as they come and pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

from bot.i18n import mark
from bot.knowledge.known import Knowledge
from bot.knowledge.reading import Reading

NEAR_DAYS = 60  # before its day, when the check and a reload begin to tell
MOST_A_WEEK = 60  # what falls due from one Monday to the next

ReviewKind = Literal["fact", "answer"]

PAST: Mapping[ReviewKind, str] = {
    "fact": mark("facts past their review day: {count}, the first since {first}; `loaban due` lists them"),
    "answer": mark("answers past their review day: {count}, the first since {first}; `loaban due` lists them"),
}
NEAR: Mapping[ReviewKind, str] = {
    "fact": mark("facts to be reviewed by {last}: {count}, the first by {first}; `loaban due --within {days}` lists them"),
    "answer": mark("answers to be reviewed by {last}: {count}, the first by {first}; `loaban due --within {days}` lists them"),
}
EACH: Mapping[ReviewKind, str] = {
    "fact": mark("the fact {id} was to be reviewed by {day}; check it with its source and set a new date"),
    "answer": mark("the answer of {id} was to be reviewed by {day}; read it again and set a new date"),
}


@dataclass(frozen=True, slots=True, order=True)
class ToReview:
    """One fact or answer and its day. `place`, a file of facts or a folder of intents, is what is told of together."""

    day: date
    kind: ReviewKind
    id: str
    place: str
    file: str
    line: int


def reviews(reading: Reading) -> list[ToReview]:
    """All that has a day, the earliest first."""
    facts = (
        ToReview(fact.review, "fact", fact_id, where.name, where.name, where.line("facts", fact_id, "review"))
        for fact_id, (fact, where) in reading.facts.items()
    )
    answers = (
        ToReview(intent.review, "answer", intent.id, where.name.rpartition("/")[0], where.name, where.line("review"))
        for intent, where in reading.intents.values()
    )
    return sorted([*facts, *answers])


def check_dates(reading: Reading, today: date, *, strict: bool = False) -> None:
    """Warn of what is past its day or will be in `NEAR_DAYS`, in one line for each place, and of weeks with too much in them.

    `strict`: what is past its day is an error each.
    """
    found = reviews(reading)
    past = [one for one in found if one.day < today]
    near = [one for one in found if today <= one.day <= today + timedelta(days=NEAR_DAYS)]
    if strict:
        for one in past:
            reading.problem(one.file, one.line, EACH[one.kind], id=one.id, day=one.day)
    else:
        _warn(reading, past, PAST)
    _warn(reading, near, NEAR)
    for monday, count in _crowded(one.day for one in found if one.day >= today):
        message = mark("facts and answers due in the week from {day}: {count}; more than {most} is too much, spread them")
        reading.problem("content/facts", 1, message, warning=True, day=monday, count=count, most=MOST_A_WEEK)


def due_counts(knowledge: Knowledge, today: date) -> tuple[int, int]:
    """How many facts and answers are past their day, and how many will be in `NEAR_DAYS`."""
    days = [one.review for some in (knowledge.facts, knowledge.intents) for one in some.values()]
    past = sum(day < today for day in days)
    return past, sum(day <= today + timedelta(days=NEAR_DAYS) for day in days) - past


def _warn(reading: Reading, found: list[ToReview], messages: Mapping[ReviewKind, str]) -> None:
    for _, group in groupby(sorted(found, key=lambda one: (one.place, one)), key=lambda one: one.place):
        some = list(group)
        line = some[0].line if some[0].place == some[0].file else 1
        first, last = some[0].day, some[-1].day
        message, place = messages[some[0].kind], some[0].place
        reading.problem(place, line, message, warning=True, count=len(some), first=first, last=last, days=NEAR_DAYS)


def _crowded(days: Iterable[date]) -> Iterator[tuple[date, int]]:
    """The Mondays of the weeks in which too much falls due."""
    weeks = Counter(day - timedelta(days=day.weekday()) for day in days)
    yield from sorted((monday, count) for monday, count in weeks.items() if count > MOST_A_WEEK)
