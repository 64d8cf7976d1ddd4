"""What became of an announcement, in figures that add up to its recipients: a table, the picture beside it, and a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.announcements.report import reason_word, why
from bot.i18n import Words, mark
from bot.model import Announcement, DeliveryReport, DeliveryState
from bot.text.cells import csv_text

WHOLE = 1000  # the length of a bar
HELD = mark("Get it when they next write")
ROWS: tuple[tuple[DeliveryState, str, str], ...] = (  # with the colour of the bar
    ("sent", mark("Have it"), "good"),
    ("pending", mark("Still to be sent"), "open"),
    ("sending", mark("Being sent at this moment"), "open"),
    ("gone", mark("No longer reached"), "bad"),
    ("failed", mark("Failed"), "bad"),
    ("expired", mark("Too late"), "bad"),
    ("unknown", mark("Not known whether it arrived"), "bad"),
    ("cancelled", mark("Left out"), "bad"),
)
COLUMNS: Mapping[str, str] = {
    "number": mark("Number of the announcement"),
    "code": mark("Code"),
    "text": mark("Text"),
    "outcome": mark("Outcome"),
    "why": mark("Why"),
    "people": mark("People"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """Recipients who are alike. `length` is that of its bar, of WHOLE."""

    label: str
    why: str
    count: int
    said: str
    length: int
    colour: str


def rows_of(report: DeliveryReport, words: Words) -> list[Row]:
    """Together they are all recipients; nothing that nobody is in, but who has it."""
    counts = [(state, label, colour, report.states.get(state, 0)) for state, label, colour in ROWS]
    rows = []
    for state, label, colour, count in counts:
        if state == "pending" and report.held:
            rows.append(_row(words, report, HELD, "", report.held, "open"))
            count -= report.held
        if count or state == "sent":
            rows.append(_row(words, report, label, why(report, state, words).strip(" ()"), count, colour))
    return rows


def _row(words: Words, report: DeliveryReport, label: str, reasons: str, count: int, colour: str) -> Row:
    length = round(WHOLE * count / report.recipients) if report.recipients else 0
    return Row(words.say(label), reasons, count, words.number(Decimal(count)), max(length, 1) if count else 0, colour)


def as_csv(announcement: Announcement, report: DeliveryReport, words: Words) -> str:
    """A line for each outcome and reason; the last column adds up to the recipients."""
    about = (announcement.id, announcement.plan.code, announcement.plan.texts["vi"])
    lines = [(*about, *outcome) for outcome in _outcomes(report, words)]
    columns = [words.say(column) for column in COLUMNS.values()]
    return csv_text(columns, [dict(zip(columns, line, strict=True)) for line in lines])


def _outcomes(report: DeliveryReport, words: Words) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    for state, label, _ in ROWS:
        reasons: Sequence[tuple[str, int]] = sorted(
            (reason, count) for (of, reason), count in report.reasons.items() if of == state
        )
        found += [(words.say(label), reason_word(reason, words), count) for reason, count in reasons]
        held = report.held if state == "pending" else 0
        found.append((words.say(HELD), "", held))
        found.append((words.say(label), "", report.states.get(state, 0) - held - sum(count for _, count in reasons)))
    return [one for one in found if one[2]]
