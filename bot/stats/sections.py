"""The figures as tables in the language of whoever reads them: the same for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.announcements.report import STATES, reason_word
from bot.i18n import mark
from bot.stats.export import all_topics, arrived, not_reached, waiting
from bot.stats.gathering import UNANSWERED_KINDS, QuestionCounts, Stats, bad_share_at_least
from bot.stats.labels import Labels

MOST = 20  # answers that are listed
OUTCOMES = (mark("Answered"), mark("Asked back"), mark("Not known"))
SIDES = (mark("Before proposal {change}"), mark("After proposal {change}"))
OTHERS = {
    "menu": mark("Menus opened"),
    "command": mark("Commands"),
    "handoff": mark("Asked for a person"),
}
UNANSWERED_NAMES = {
    "disliked": mark("Not what was meant"),
    "clarify": mark("Asked back, nothing chosen"),
    "unknown": mark("Not known"),
}
CASE_STATES = {
    "waiting": mark("Waiting for an officer"),
    "owned": mark("With an officer"),
    "closed": mark("Closed"),
}
NOT_REACHED = {
    "gone": mark("No longer reached"),
    "failed": mark("Failed"),
    "expired": mark("Too late"),
    "unknown": mark("Not known whether it arrived"),
    "cancelled": mark("Left out"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as it is read, and its share of the whole where that is told."""

    text: str
    share: str = ""

    def __str__(self) -> str:
        return f"{self.text} ({self.share})" if self.share else self.text


@dataclass(frozen=True, slots=True)
class SectionRow:
    """`parts` are the lengths of what a bar is made of, in the order of the section's `series`; () for no bar."""

    label: str
    cells: tuple[Cell, ...]
    parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A table. The first of `columns` is that of the labels; `series` names what bars are made of, () where there are none.

    `colours` are theirs: 0 for what went well, 1 for what is undecided, 2 for what did not.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[SectionRow, ...]
    series: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    colours: tuple[int, ...] = (0, 1, 2)

    @property
    def longest(self) -> int:
        """The length of the longest bar, at least 1."""
        return max([1, *(sum(row.parts) for row in self.rows)])


def sections(stats: Stats, labels: Labels) -> list[Section]:
    """Those that have something to tell."""
    say = labels.words.say
    found = [
        overview(stats, labels),
        _stacked("weeks", say("Questions by week"), say("Week from · number"), stats.weeks, labels.week, labels),
        _topics(stats, labels),
        _intents(stats, labels),
        _stacked("languages", say("Questions by language"), say("Language"), stats.languages, labels.lang, labels),
        _stacked("channels", say("Questions by app"), say("App"), stats.channels, labels.channel, labels),
        _communes(stats, labels),
        _feedback(stats, labels),
        _unanswered(stats, labels),
        _groups(stats, labels),
        _handoffs(stats, labels),
        _announcements(stats, labels),
    ]
    return [section for section in found if section.rows]


def overview(stats: Stats, labels: Labels) -> Section:
    say, total = labels.words.say, stats.total
    rows = [
        SectionRow(say("Questions"), (Cell(labels.number(total.total)),)),
        *(SectionRow(say(name), (cell,)) for name, cell in zip(OUTCOMES, _cells(total, labels), strict=True)),
        *(SectionRow(say(OTHERS[kind]), (Cell(labels.number(n)),)) for kind, n in stats.other_messages.items()),
    ]
    return Section("overview", say("Overview"), ("", say("Number")), tuple(rows) if stats.first else ())


def before_and_after(rows: Iterable[tuple[str, QuestionCounts, QuestionCounts]], note: str, labels: Labels) -> Section:
    """Of each change what became of the questions before and after it; bars are as long as their shares, to be compared."""
    say = labels.words.say
    names = tuple(say(kind) for kind in OUTCOMES)
    sides = [
        SectionRow(say(side, change=change), _cells(counts, labels), _thousandths(counts))
        for change, *both in rows
        for side, counts in zip(SIDES, both, strict=True)
    ]
    title, column = say("Before and after each change"), say("Change")
    return Section("changes", title, (column, *names), tuple(sides), names, (note,))


def _thousandths(counts: QuestionCounts) -> tuple[int, ...]:
    return tuple(part * 1000 // counts.total for part in _parts(counts)) if counts.total else ()


K = TypeVar("K")


def _stacked(
    key: str, title: str, column: str, counted: Mapping[K, QuestionCounts], name: Callable[[K], str], labels: Labels
) -> Section:
    names = tuple(labels.words.say(kind) for kind in OUTCOMES)
    rows = tuple(SectionRow(name(of), _cells(counts, labels), _parts(counts)) for of, counts in counted.items())
    return Section(key, title, (column, *names), rows, names)


def _topics(stats: Stats, labels: Labels) -> Section:
    say = labels.words.say
    names = (say("Answered"), say("Unanswered"))
    rows = []
    for topic, counts in sorted(all_topics(stats).items(), key=lambda item: (item[0] == "", -item[1].answered)):
        answered, near = counts.answered, stats.nearest_topics.get(topic, 0)
        if answered or near:
            cells = (Cell(labels.number(answered), labels.share(answered, stats.total.answered)), Cell(labels.number(near)))
            rows.append(SectionRow(labels.topic(topic), cells, (answered, near)))
    note = say(
        "A question that was asked back or not known has no topic. Unanswered are those that are kept to learn from, whose "
        "nearest answer is of this topic."
    )
    return Section("topics", say("Questions by topic"), (say("Topic"), *names), tuple(rows), names, (note,), (0, 2))


def _intents(stats: Stats, labels: Labels) -> Section:
    say = labels.words.say
    most = list(stats.intents.items())[:MOST]
    rows = [SectionRow(labels.intent(intent), (Cell(labels.number(counts.total)),), (counts.total,)) for intent, counts in most]
    more = len(stats.intents) - len(most)
    notes = (say("And {count} others that were asked less often.", count=labels.number(more)),) if more else ()
    names = (say("Questions"),)
    return Section("intents", say("What was asked most"), (say("Answer"), *names), tuple(rows), names, notes)


def _communes(stats: Stats, labels: Labels) -> Section:
    say, found = labels.words.say, stats.communes
    rows = [SectionRow(labels.place(code), (Cell(labels.number(n)),), (n,)) for code, n in found.shown.items()]
    if found.hidden_total:
        label = say(
            "{count} other communes, each <{limit}",
            count=labels.number(len(found.hidden)),
            limit=labels.number(found.threshold),
        )
        rows.append(SectionRow(label, (Cell(labels.number(found.hidden_total)),), (found.hidden_total,)))
    if found.unknown:
        rows.append(SectionRow(say("(commune not known)"), (Cell(labels.number(found.unknown)),), (found.unknown,)))
    notes = [say("Counts under 5 are not shown for a commune.")] if found.hidden_total or not found.publishable else []
    if not found.publishable:
        rows.append(SectionRow(say("Too few to tell them apart"), (Cell("<5"),)))
    names = (say("Questions"),)
    return Section("communes", say("Questions by commune"), (say("Commune"), *names), tuple(rows), names, tuple(notes))


def _feedback(stats: Stats, labels: Labels) -> Section:
    say = labels.words.say
    rows = [
        SectionRow(
            f"{labels.intent(rated.intent)} [{rated.version}]",
            (Cell(labels.number(rated.good)), Cell(labels.number(rated.bad)), Cell(labels.share(bad_share_at_least(rated)))),
        )
        for rated in stats.feedback[:MOST]
    ]
    more = len(stats.feedback) - len(rows)
    notes = [
        say(
            "Worst first. “Bad, at least” is the share of bad verdicts that is certain, 95 in 100: one alone says little, "
            "ten of twelve say much. In brackets is the version of the content."
        )
    ]
    if more:
        notes.append(say("And {count} others with better verdicts.", count=labels.number(more)))
    columns = (say("Answer"), say("Good"), say("Bad"), say("Bad, at least"))
    return Section("feedback", say("“Was this what you meant?”"), columns, tuple(rows), notes=tuple(notes))


def _unanswered(stats: Stats, labels: Labels) -> Section:
    say = labels.words.say
    names = tuple(say(name) for name in UNANSWERED_NAMES.values())

    def row(label: str, counts: Mapping[str, int], *, bar: bool = True) -> SectionRow:
        parts = tuple(counts.get(kind, 0) for kind in UNANSWERED_KINDS)
        return SectionRow(label, tuple(Cell(labels.number(n)) for n in parts), parts if bar else ())

    rows = [row(labels.week(week), counts) for week, counts in stats.unanswered_weeks.items()]
    if len(rows) > 1:
        rows.append(row(say("Together"), stats.unanswered, bar=False))
    note = say("Questions that are kept without the person, to learn from; after some months they are deleted.")
    return Section("unanswered", say("Unanswered questions"), (say("Week from · number"), *names), tuple(rows), names, (note,))


def _groups(stats: Stats, labels: Labels) -> Section:
    say = labels.words.say
    rows = [
        SectionRow(
            f"“{group.text}” → {labels.intent(group.nearest)}" if group.nearest else f"“{group.text}”",
            (Cell(labels.number(group.count)),),
            (group.count,),
        )
        for group in stats.groups
    ]
    notes = (say("Behind the arrow is the nearest answer there is. To make answers of them: loaban review"),)
    names = (say("Questions"),)
    title = say("The largest groups of unanswered questions")
    return Section("groups", title, (say("One of them"), *names), tuple(rows), names, notes)


def _handoffs(stats: Stats, labels: Labels) -> Section:
    say, found = labels.words.say, stats.handoffs
    rows = [
        SectionRow(say("Passed on"), (Cell(labels.number(found.opened)),)),
        SectionRow(say("Answered by an officer"), (_share(found.answered, found.opened, labels),)),
        *(
            SectionRow(say(name), (_share(found.states[state], found.opened, labels),))
            for state, name in CASE_STATES.items()
            if found.states.get(state)
        ),
        *(
            SectionRow(f"– {labels.closed_by(reason)}", (Cell(labels.number(n)),))
            for reason, n in sorted(found.reasons.items(), key=lambda item: (-item[1], item[0]))
        ),
    ]
    if found.median_wait is not None:
        median = say("Until somebody took it, median of {count}", count=labels.number(found.taken))
        rows.append(SectionRow(median, (Cell(labels.duration(found.median_wait)),)))
    note = say("Only what is kept still: closed ones are deleted after some weeks. Nights and holidays count as waiting.")
    title = say("Questions passed on to officers")
    return Section("handoffs", title, ("", say("Number")), tuple(rows) if found.opened else (), notes=(note,))


def _announcements(stats: Stats, labels: Labels) -> Section:
    say, states = labels.words.say, stats.announced.states
    recipients = sum(stats.announced.recipients.values())
    rows = [
        SectionRow(say("Announcements: {state}", state=say(word)), (Cell(labels.number(states[state])),))
        for state, word in STATES.items()
        if states.get(state)
    ]
    if recipients:
        rows.append(SectionRow(say("Recipients"), (Cell(labels.number(recipients)),)))
        rows.append(SectionRow(say("Arrived"), (_share(arrived(stats), recipients, labels),)))
        if left := waiting(stats):
            rows.append(SectionRow(say("Still waiting"), (_share(left, recipients, labels),)))
        for (state, reason), n in sorted(not_reached(stats).items(), key=lambda item: (-item[1], item[0])):
            rows.append(SectionRow(_why(state, reason, labels), (_share(n, recipients, labels),)))
    return Section("announcements", say("Announcements"), ("", say("Number")), tuple(rows))


def _why(state: str, reason: str, labels: Labels) -> str:
    said = labels.words.say(NOT_REACHED[state]) if state in NOT_REACHED else state
    return f"{said}: {reason_word(reason, labels.words)}" if reason else said


def _cells(counts: QuestionCounts, labels: Labels) -> tuple[Cell, ...]:
    return tuple(_share(part, counts.total, labels) for part in _parts(counts))


def _share(part: int, whole: int, labels: Labels) -> Cell:
    return Cell(labels.number(part), labels.share(part, whole))


def _parts(counts: QuestionCounts) -> tuple[int, ...]:
    return counts.answered, counts.asked_back, counts.unknown
