"""Sums over what is stored, and a way to read them beside a running process without its noticing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path

from bot.errors import StoreError
from bot.model import AnnouncementTotals, CaseSummary, CountKey, FeedbackCount, UnansweredQuestion
from bot.model.well_known import CASE_TAKEN
from bot.stores.as_text import LATER, maybe_moment, moment, stamp
from bot.stores.sqlite.files import refuse_foreign
from bot.stores.sqlite.rows import Rows

NEAREST = "IIF(json_valid(nearest), json_extract(nearest, '$[0][0]'), NULL)"
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
            "SELECT intent, version, SUM(IIF(good, n, 0)) AS good, SUM(IIF(good, 0, n)) AS bad FROM verdicts "
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
            "SELECT opened, state, reason, taken.at AS taken, "
            "EXISTS (SELECT 1 FROM case_messages AS m WHERE m.number = c.number AND m.author IS NOT NULL) AS answered "
            "FROM cases AS c LEFT JOIN (SELECT subject, MIN(at) AS at FROM audit WHERE action = ? GROUP BY subject) "
            "AS taken ON taken.subject = 'case ' || c.number WHERE opened >= ? AND opened < ? ORDER BY c.number",
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
            "ON d.announcement = a.id WHERE a.due >= ? AND a.due < ? GROUP BY d.state, d.reason "
            "UNION ALL SELECT t.state, t.reason, SUM(t.n) FROM announcements AS a CROSS JOIN tallies AS t "
            "ON t.announcement = a.id WHERE a.due >= ? AND a.due < ? GROUP BY t.state, t.reason) GROUP BY state, reason",
            (*span, *span),
        )
        return AnnouncementTotals(
            {row["state"]: int(row["n"]) for row in states},
            {(row["state"], row["reason"]): int(row["n"]) for row in recipients},
        )


@contextmanager
def reading(path: Path) -> Iterator[StatisticsRows]:
    """One view of the database as it is at this moment, however long it is looked at. Nothing waits for it meanwhile.

    It opens read-only, so it takes no turn at the lock of those who write. Raises StoreError when there is no such database,
    or one of another version, Refusal for another program's.
    """
    refuse_foreign(path)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            connection.row_factory = sqlite3.Row
            connection.isolation_level = None
            connection.execute("BEGIN")
            yield StatisticsRows(connection)
    except sqlite3.Error as error:
        older = " Start `loaban run` once; it brings the database up to date." if "no such" in str(error) else ""
        raise StoreError(f"LOABAN_DB: the database {path} cannot be read ({error}).{older}") from error


def _question(row: sqlite3.Row) -> UnansweredQuestion:
    return UnansweredQuestion(date.fromisoformat(row["day"]), *tuple(row)[1:])


def _days(since: date | None, until: date | None) -> tuple[str, str]:
    return since.isoformat() if since else "", until.isoformat() if until else LATER


def _moments(since: datetime | None, until: datetime | None) -> tuple[str, str]:
    return stamp(since), stamp(until) or LATER
