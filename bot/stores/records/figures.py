"""What a monitoring system asks for, at a cost that does not grow with how many are waiting."""

from __future__ import annotations

from datetime import datetime

from bot.ports import Figures
from bot.stores.as_text import readable_moment, stamp
from bot.stores.records.deliveries import PENDING
from bot.stores.records.rows import Rows
from bot.zone import local_day


def figures(rows: Rows, now: datetime) -> Figures:
    counted = rows.execute(
        "SELECT channel, kind, SUM(n) AS n FROM counts WHERE day = ? GROUP BY channel, kind", (local_day(now).isoformat(),)
    )
    outcomes = {(row["channel"], row["kind"]): int(row["n"]) for row in counted}
    pending, oldest = _pending(rows, stamp(now))
    outbox = {
        "replies": _count(rows, "replies WHERE answered_by IS NULL"),
        "pending": pending,
        "sending": _count(rows, "deliveries WHERE state = 'sending'"),
    }
    aside = rows.execute("SELECT kind, COUNT(*) AS n FROM set_aside GROUP BY kind")
    return Figures(
        outcomes,
        outbox,
        max(0.0, (now - (readable_moment(oldest) or now)).total_seconds()),
        {row["kind"]: int(row["n"]) for row in aside},
    )


def _pending(rows: Rows, now: str) -> tuple[int, str]:
    """How many wait of the announcements that are being sent, and since when: through the index, not through everybody."""
    count, oldest = 0, now
    for (number,) in rows.execute("SELECT id FROM announcements WHERE state = 'sending'").fetchall():
        row = rows.one(PENDING.format("COUNT(*) AS n, MIN(due) AS due", "?"), (number,))
        if row is not None:
            count += row["n"]
            oldest = min(oldest, row["due"] or oldest)
    return count, oldest


def _count(rows: Rows, what: str) -> int:
    row = rows.one(f"SELECT COUNT(*) FROM {what}")  # noqa: S608 - fixed conditions
    return int(row[0]) if row else 0
