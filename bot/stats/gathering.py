"""From rows to figures: which weeks, topics, communes, answers, hand-offs. No words yet, and nothing of anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from math import sqrt
from statistics import median
from typing import TypeVar

from bot.knowledge.known import Knowledge
from bot.model import AnnouncementTotals, CaseSummary, FeedbackCount
from bot.model.well_known import OUT_OF_SCOPE, UNCLEAR
from bot.ports import StatisticsRecords
from bot.stats.suppression import CommuneCounts, suppressed
from bot.zone import ZONE

QUESTIONS = ("answer", "clarify", "unknown")
OTHER_MESSAGES = ("handoff", "menu", "command")
UNANSWERED_KINDS = ("disliked", "clarify", "unknown")
CONFIDENCE = 1.96  # standard deviations: 95 in 100
WEEK = timedelta(weeks=1)

Key = tuple[str, ...]
Counts = Mapping[Key, int]
L = TypeVar("L")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class QuestionCounts:
    """Questions by what became of them."""

    answered: int = 0
    asked_back: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        return self.answered + self.asked_back + self.unknown


@dataclass(frozen=True, slots=True)
class UnansweredGroup:
    """Questions that are alike: one of them as it was asked, masked; how many; the intent that came nearest, "" for none."""

    text: str
    count: int
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class CaseTotals:
    """Questions that were passed on. `reasons` are those of the closed ones; `median_wait` until somebody took one."""

    opened: int
    answered: int
    taken: int
    states: Mapping[str, int]
    reasons: Mapping[str, int]
    median_wait: timedelta | None


@dataclass(frozen=True)
class Stats:
    """Everything there is to tell of the days `since` to `until`, both included; None where that end is open.

    first, last     days of the first and the last question or message that was counted; None where there is none
    total           questions; `other_messages` are those that are none: kind → how many
    weeks           Monday → questions, in order and without gaps
    topics          topic → questions, the most first; "" where no topic was recognised
    nearest_topics  topic → questions that were kept as unanswered, where the nearest intent is of this topic
    feedback        worst first, see `bad_share_at_least`
    unanswered      questions kept as unanswered, by kind; `unanswered_weeks` the same by Monday
    groups          the largest groups of these
    """

    since: date | None
    until: date | None
    first: date | None
    last: date | None
    total: QuestionCounts
    other_messages: Mapping[str, int]
    weeks: Mapping[date, QuestionCounts]
    topics: Mapping[str, QuestionCounts]
    nearest_topics: Mapping[str, int]
    intents: Mapping[str, QuestionCounts]
    languages: Mapping[str, QuestionCounts]
    channels: Mapping[str, QuestionCounts]
    communes: CommuneCounts
    feedback: Sequence[FeedbackCount]
    unanswered: Mapping[str, int]
    unanswered_weeks: Mapping[date, Mapping[str, int]]
    handoffs: CaseTotals
    announced: AnnouncementTotals
    groups: Sequence[UnansweredGroup] = field(default=())

    @property
    def empty(self) -> bool:
        counted = (self.first, self.feedback, self.unanswered, self.handoffs.opened, self.announced.states)
        return not any(counted)


def gather(
    records: StatisticsRecords,
    topic_of: Mapping[str, str],
    places: Iterable[str],
    since: date | None = None,
    until: date | None = None,
) -> Stats:
    """All figures of these days, without groups. `topic_of`: intent → topic; `places`: the codes of all communes."""
    counts = records.sum_counts(("kind", "day", "intent"), since, until)
    days = [date.fromisoformat(day) for _, day, _ in counts]
    kinds = _sums(counts, lambda key: key[0])
    intents = _questions(counts, lambda key: key[2])
    kept: Counter[Key] = Counter(
        (one.day.isoformat(), one.kind, one.intent or "") for one in records.kept_questions(since, until)
    )
    start, end = _midnight(since), _midnight(until, 1)
    return Stats(
        since=since,
        until=until,
        first=min(days, default=None),
        last=max(days, default=None),
        total=_questions(counts, lambda _: "").get("", QuestionCounts()),
        other_messages={kind: kinds[kind] for kind in OTHER_MESSAGES if kind in kinds},
        weeks=_without_gaps(_questions(counts, lambda key: _monday_of(key[1])), QuestionCounts()),
        topics=_most_first(_questions(counts, lambda key: topic_of.get(key[2], ""))),
        nearest_topics=_sums(kept, lambda key: topic_of.get(key[2], "")),
        intents=_most_first(
            {intent: of_it for intent, of_it in intents.items() if intent and of_it.answered + of_it.asked_back}
        ),
        languages=_most_first(_questions(records.sum_counts(("kind", "lang"), since, until), lambda key: key[1])),
        channels=_most_first(_questions(records.sum_counts(("kind", "channel"), since, until), lambda key: key[1])),
        communes=_communes(_questions(records.sum_counts(("kind", "place"), since, until), lambda key: key[1]), places),
        feedback=sorted(records.sum_verdicts(since, until), key=_worst_first),
        unanswered=_sums(kept, lambda key: key[1]),
        unanswered_weeks=_unanswered_weeks(kept),
        handoffs=_hand_offs(records.cases_opened(start, end)),
        announced=records.sum_announced(start, end),
    )


def gather_known(
    records: StatisticsRecords, knowledge: Knowledge, since: date | None = None, until: date | None = None
) -> Stats:
    """`gather`, with the topics and communes of this content."""
    topics = {intent.id: intent.topic for intent in knowledge.intents.values() if intent.id not in (OUT_OF_SCOPE, UNCLEAR)}
    return gather(records, topics, [place.code for place in knowledge.places], since, until)


def counted_questions(records: StatisticsRecords, since: date, until: date) -> QuestionCounts:
    """All questions of these days, both included."""
    return _questions(records.sum_counts(("kind",), since, until), lambda _: "").get("", QuestionCounts())


def monday(day: date) -> date:
    """The first day of the ISO week that this day is in."""
    return day - timedelta(days=day.weekday())


def bad_share_at_least(rated: FeedbackCount) -> float:
    """The share of bad verdicts that may be taken as certain, 0 to 1: of one bad verdict in one, 0.21; of 30 in 40, 0.60.

    It is the lower bound of the score interval of E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", Journal of the American Statistical Association 22 (1927), 209-212, https://doi.org/10.2307/2276774.
    """
    n = rated.good + rated.bad
    if n == 0:
        return 0.0
    share, z = rated.bad / n, CONFIDENCE
    middle = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (middle - spread) / (1 + z * z / n))


def _worst_first(rated: FeedbackCount) -> tuple[object, ...]:
    return -bad_share_at_least(rated), -rated.bad, rated.good, rated.intent, rated.version


def _sums(counts: Counts, label: Callable[[Key], L]) -> dict[L, int]:
    sums: Counter[L] = Counter()
    for key, n in counts.items():
        sums[label(key)] += n
    return dict(sums)


def _questions(counts: Counts, label: Callable[[Key], L]) -> dict[L, QuestionCounts]:
    """Label → the questions that have it. Every key of `counts` begins with the kind; messages that are none are left out."""
    sums = _sums(counts, lambda key: (label(key), key[0]))
    labels = {which for which, kind in sums if kind in QUESTIONS}
    return {which: QuestionCounts(*(sums.get((which, kind), 0) for kind in QUESTIONS)) for which in labels}


def _most_first(questions: Mapping[str, QuestionCounts]) -> dict[str, QuestionCounts]:
    return dict(sorted(questions.items(), key=lambda item: (-item[1].total, item[0])))


def _monday_of(day: str) -> date:
    return monday(date.fromisoformat(day))


def _without_gaps(weeks: Mapping[date, V], nothing: V) -> dict[date, V]:
    """The weeks in order, those in between in which nothing was counted with `nothing`."""
    if not weeks:
        return {}
    first, last = min(weeks), max(weeks)
    between = (first + WEEK * number for number in range((last - first) // WEEK + 1))
    return {week: weeks.get(week, nothing) for week in between}


def _unanswered_weeks(kept: Counts) -> dict[date, Mapping[str, int]]:
    sums = _sums(kept, lambda key: (_monday_of(key[0]), key[1]))
    weeks = {week: {kind: n for (of, kind), n in sums.items() if of == week} for week, _ in sums}
    return _without_gaps(weeks, {})


def _communes(questions: Mapping[str, QuestionCounts], places: Iterable[str]) -> CommuneCounts:
    """What is no commune of today counts as unknown: that its code stands there would tell that somebody wrote."""
    counts = {place: questions.get(place, QuestionCounts()).total for place in places}
    everywhere = sum(kinds.total for kinds in questions.values())
    return suppressed(counts, everywhere - sum(counts.values()))


def _hand_offs(cases: Sequence[CaseSummary]) -> CaseTotals:
    waits = [(case.taken - case.opened).total_seconds() for case in cases if case.taken is not None]
    return CaseTotals(
        opened=len(cases),
        answered=sum(case.answered for case in cases),
        taken=len(waits),
        states=Counter(case.state for case in cases),
        reasons=Counter(case.reason for case in cases if case.state == "closed"),
        median_wait=timedelta(seconds=median(waits)) if waits else None,
    )


def _midnight(day: date | None, later: int = 0) -> datetime | None:
    """When so many days after this day begin; None, an open end, also where no calendar reaches further."""
    if day is None or day.year in (MINYEAR, MAXYEAR):
        return None
    return datetime.combine(day + timedelta(days=later), time(), ZONE)
