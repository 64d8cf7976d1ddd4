"""The figures for other programs: one JSON object, or one tidy table. What keys there are stands in docs/statistics.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from bot.model import FeedbackCount
from bot.stats.gathering import UNANSWERED_KINDS, CaseTotals, QuestionCounts, Stats, bad_share_at_least
from bot.stats.labels import Labels, iso_week

Data = Mapping[str, object]

COLUMNS = ("section", "key", "name", "kind", "version", "n")
WAITING = ("pending", "sending")
ARRIVED = "sent"
OFFICER = "officer"  # who closed a case, where no other reason stands there


def as_data(stats: Stats, labels: Labels) -> Data:
    return {
        "since": _iso(stats.since),
        "until": _iso(stats.until),
        "first": _iso(stats.first),
        "last": _iso(stats.last),
        "questions": _counts(stats.total),
        "other_messages": dict(stats.other_messages),
        "weeks": [{**_week(week), **_counts(counts)} for week, counts in stats.weeks.items()],
        "topics": _topics(stats, labels),
        "intents": _listed("intent", stats.intents, labels.intent),
        "languages": _listed("lang", stats.languages, labels.lang),
        "channels": _listed("channel", stats.channels, labels.channel),
        "communes": _communes(stats, labels),
        "feedback": [_feedback(rated, labels) for rated in stats.feedback],
        "unanswered": _unanswered(stats),
        "handoffs": _handoffs(stats.handoffs),
        "announcements": _announcements(stats),
    }


def rows(stats: Stats, labels: Labels) -> Iterator[Data]:
    """The same as one table, a figure a row. Hidden counts are written as "<5"."""

    def row(section: str, n: object, key: str = "", name: str = "", kind: str = "", version: str = "") -> Data:
        return {"section": section, "key": key, "name": name, "kind": kind, "version": version, "n": n}

    def of_counts(section: str, counts: QuestionCounts, key: str = "", name: str = "") -> Iterator[Data]:
        parts = (("answered", counts.answered), ("asked_back", counts.asked_back), ("unknown", counts.unknown))
        yield from (row(section, n, key, name, kind) for kind, n in parts)

    if stats.empty:
        return
    yield from of_counts("questions", stats.total)
    yield from (row("other_messages", n, kind=kind) for kind, n in stats.other_messages.items())
    for week, counts in stats.weeks.items():
        yield from of_counts("week", counts, iso_week(week), week.isoformat())
    for topic, counts in all_topics(stats).items():
        yield from of_counts("topic", counts, topic, labels.topic(topic))
        yield row("topic", stats.nearest_topics.get(topic, 0), topic, labels.topic(topic), "unanswered_near")
    listed = (
        ("intent", stats.intents, labels.intent),
        ("language", stats.languages, labels.lang),
        ("channel", stats.channels, labels.channel),
    )
    for section, counted, name in listed:
        for key, counts in counted.items():
            yield from of_counts(section, counts, key, name(key))
    found = stats.communes
    yield from (row("commune", n, code, labels.place(code)) for code, n in found.shown.items())
    less = f"<{found.threshold}" if found.hidden_total else 0
    yield from (row("commune", less, code, labels.place(code)) for code in found.hidden)
    if found.publishable:
        yield row("communes_hidden_together", found.hidden_total)
        yield row("commune_not_known", found.unknown)
    for rated in stats.feedback:
        for kind, n in (("good", rated.good), ("bad", rated.bad)):
            yield row("feedback", n, rated.intent, labels.intent(rated.intent), kind, rated.version)
    for week, of_week in stats.unanswered_weeks.items():
        yield from (
            row("unanswered_week", of_week.get(kind, 0), iso_week(week), week.isoformat(), kind) for kind in UNANSWERED_KINDS
        )
    yield from (row("unanswered_group", group.count, group.nearest, group.text) for group in stats.groups)
    handoffs = stats.handoffs
    parts = {"opened": handoffs.opened, "answered": handoffs.answered, "taken": handoffs.taken, **handoffs.states}
    yield from (row("handoffs", n, kind=kind) for kind, n in parts.items())
    for reason, n in sorted(handoffs.reasons.items()):
        yield row("handoffs_closed_by", n, reason or OFFICER, labels.closed_by(reason))
    if handoffs.median_wait is not None:
        yield row("handoffs_median_minutes_until_taken", _minutes(handoffs.median_wait))
    yield from (row("announcements", n, kind=state) for state, n in sorted(stats.announced.states.items()))
    for (state, reason), n in sorted(stats.announced.recipients.items()):
        yield row("recipients", n, reason, kind=state)


def all_topics(stats: Stats) -> Mapping[str, QuestionCounts]:
    """Topic → questions, the most first; also topics that only unanswered questions came near to."""
    return {**stats.topics, **{topic: QuestionCounts() for topic in sorted(stats.nearest_topics) if topic not in stats.topics}}


def arrived(stats: Stats) -> int:
    return sum(n for (state, _), n in stats.announced.recipients.items() if state == ARRIVED)


def waiting(stats: Stats) -> int:
    return sum(n for (state, _), n in stats.announced.recipients.items() if state in WAITING)


def not_reached(stats: Stats) -> Mapping[tuple[str, str], int]:
    """(state, reason) → recipients that are done with and did not get it, or perhaps did not."""
    return {key: n for key, n in stats.announced.recipients.items() if key[0] not in (ARRIVED, *WAITING)}


def _topics(stats: Stats, labels: Labels) -> list[Data]:
    return [
        {
            "topic": topic,
            "name": labels.topic(topic),
            **_counts(counts),
            "unanswered_near": stats.nearest_topics.get(topic, 0),
        }
        for topic, counts in all_topics(stats).items()
    ]


def _feedback(rated: FeedbackCount, labels: Labels) -> Data:
    return {
        "intent": rated.intent,
        "name": labels.intent(rated.intent),
        "version": rated.version,
        "good": rated.good,
        "bad": rated.bad,
        "bad_at_least": round(bad_share_at_least(rated), 3),
    }


def _unanswered(stats: Stats) -> Data:
    return {
        "total": sum(stats.unanswered.values()),
        **{kind: stats.unanswered.get(kind, 0) for kind in UNANSWERED_KINDS},
        "weeks": [
            {**_week(week), **{kind: counts.get(kind, 0) for kind in UNANSWERED_KINDS}}
            for week, counts in stats.unanswered_weeks.items()
        ],
        "groups": [{"text": group.text, "n": group.count, "nearest": group.nearest or None} for group in stats.groups],
    }


def _handoffs(cases: CaseTotals) -> Data:
    return {
        "opened": cases.opened,
        "answered": cases.answered,
        "taken": cases.taken,
        **{state: cases.states.get(state, 0) for state in ("waiting", "owned", "closed")},
        "closed_by": {reason or OFFICER: n for reason, n in sorted(cases.reasons.items())},
        "median_minutes_until_taken": _minutes(cases.median_wait),
    }


def _announcements(stats: Stats) -> Data:
    return {
        "states": dict(sorted(stats.announced.states.items())),
        "recipients": sum(stats.announced.recipients.values()),
        "arrived": arrived(stats),
        "waiting": waiting(stats),
        "not_reached": [
            {"state": state, "reason": reason, "n": n} for (state, reason), n in sorted(not_reached(stats).items())
        ],
    }


def _communes(stats: Stats, labels: Labels) -> Data:
    found = stats.communes
    shown = [{"place": code, "name": labels.place(code), "n": n, "hidden": False} for code, n in found.shown.items()]
    rest = {"n": None, "hidden": True} if found.hidden_total else {"n": 0, "hidden": False}
    return {
        "places": [*shown, *({"place": code, "name": labels.place(code), **rest} for code in found.hidden)],
        "below": found.threshold,
        "hidden_together": found.hidden_total if found.publishable else None,
        "unknown": found.unknown if found.publishable else None,
    }


def _listed(key: str, counted: Mapping[str, QuestionCounts], name: Callable[[str], str]) -> list[Data]:
    return [{key: label, "name": name(label), **_counts(counts)} for label, counts in counted.items()]


def _counts(counts: QuestionCounts) -> Data:
    return {"total": counts.total, "answered": counts.answered, "asked_back": counts.asked_back, "unknown": counts.unknown}


def _week(monday: date) -> Data:
    return {"week": iso_week(monday), "monday": monday.isoformat()}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _minutes(length: timedelta | None) -> float | None:
    return round(length.total_seconds() / 60, 1) if length is not None else None
