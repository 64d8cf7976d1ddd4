"""Sums over what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.model import AnnouncementTotals, CaseSummary, CountKey, FeedbackCount, UnansweredQuestion
from bot.model.well_known import CASE_TAKEN
from bot.stores.as_text import LATER, maybe_moment, moment, stamp
from bot.stores.records.rows import Row, Rows

NEAREST = "CASE WHEN json_valid(nearest) THEN json_extract(nearest, '$[0][0]') END"
COLUMNS = ("day", "channel", "lang", "kind", "intent", "place")


class StatisticsRows(Rows):
    """`StatisticsRecords`."""

    def sum_counts(self, by: Sequence[CountKey], since: date | None, until: date | None) -> Mapping[tuple[str, ...], int]:
        assert set(by) <= set(COLUMNS)  # noqa: S101
        columns = ", ".join(by)
        rows = self.execute(
            f"SELECT {columns}, SUM(n) FROM counts WHERE day BETWEEN ? AND ? GROUP BY {columns}",  # noqa: S608 - fixed names
            _days(since, until),
        )
        return {tuple(row)[:-1]: int(row[-1]) for row in rows}

    def sum_verdicts(self, since: date | None, until: date | None) -> list[FeedbackCount]:
        rows = self.execute(
            "SELECT intent, version, SUM(CASE WHEN good <> 0 THEN n ELSE 0 END) AS good, "
            "SUM(CASE WHEN good <> 0 THEN 0 ELSE n END) AS bad FROM verdicts "
            "WHERE day BETWEEN ? AND ? GROUP BY intent, version",
            _days(since, until),
        )
        return [FeedbackCount(row["intent"], row["version"], row["good"], row["bad"]) for row in rows]

    def kept_questions(self, since: date | None, until: date | None) -> list[UnansweredQuestion]:
        rows = self.execute(
            f"SELECT day, lang, kind, text, {NEAREST} AS intent, place FROM unanswered "  # noqa: S608 - fixed
            "WHERE day BETWEEN ? AND ? ORDER BY id",
            _days(since, until),
        )
        return self.made(_question, rows, "unanswered question")

    def cases_opened(self, since: datetime | None, until: datetime | None) -> list[CaseSummary]:
        rows = self.execute(
            # The log holds more than these cases, so each is looked up in it.
            "SELECT opened, state, reason, "
            "(SELECT MIN(at) FROM audit WHERE subject = 'case ' || c.number AND action = ?) AS taken, "
            "EXISTS (SELECT 1 FROM case_messages AS m WHERE m.number = c.number AND m.author IS NOT NULL) AS answered "
            "FROM cases AS c WHERE opened >= ? AND opened < ? ORDER BY c.number",
            (CASE_TAKEN, *_moments(since, until)),
        )
        return [
            CaseSummary(moment(row["opened"]), row["state"], row["reason"], maybe_moment(row["taken"]), bool(row["answered"]))
            for row in rows
        ]

    def sum_announced(self, since: datetime | None, until: datetime | None) -> AnnouncementTotals:
        span = _moments(since, until)
        states = self.execute(
            "SELECT state, COUNT(*) AS n FROM announcements WHERE due >= ? AND due < ? GROUP BY state", span
        ).fetchall()
        # From each announcement to its rows, by the primary key: the other way would be through every delivery there is.
        recipients = self.execute(
            "SELECT state, reason, SUM(n) AS n FROM ("
            "SELECT d.state, d.reason, COUNT(*) AS n FROM announcements AS a CROSS JOIN deliveries AS d "
            "WHERE d.announcement = a.id AND a.due >= ? AND a.due < ? GROUP BY d.state, d.reason "
            "UNION ALL SELECT t.state, t.reason, SUM(t.n) FROM announcements AS a CROSS JOIN tallies AS t "
            "WHERE t.announcement = a.id AND a.due >= ? AND a.due < ? GROUP BY t.state, t.reason) AS ended "
            "GROUP BY state, reason",
            (*span, *span),
        )
        return AnnouncementTotals(
            {row["state"]: int(row["n"]) for row in states},
            {(row["state"], row["reason"]): int(row["n"]) for row in recipients},
        )


def _question(row: Row) -> UnansweredQuestion:
    return UnansweredQuestion(date.fromisoformat(row["day"]), *tuple(row)[1:])


def _days(since: date | None, until: date | None) -> tuple[str, str]:
    return since.isoformat() if since else "", until.isoformat() if until else LATER


def _moments(since: datetime | None, until: datetime | None) -> tuple[str, str]:
    return stamp(since), stamp(until) or LATER
