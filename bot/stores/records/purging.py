"""What is older than its keeping time goes."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.model import Retention
from bot.stores.as_text import stamp
from bot.stores.records.rows import Rows


def purge(rows: Rows, now: datetime, keep: Retention) -> None:
    """All but the recipients of announcements, which become counts."""

    def before(span: timedelta) -> str:
        return stamp(now - span)

    for table, span in (("handled", keep.handled), ("sessions", keep.sessions), ("drafts", keep.drafts)):
        rows.execute(f"DELETE FROM {table} WHERE at < ?", (before(span),))  # noqa: S608 - fixed names
    for table in ("choices", "invites", "login_codes"):
        rows.execute(f"DELETE FROM {table} WHERE expires < ?", (stamp(now),))  # noqa: S608 - fixed names
    rows.execute("DELETE FROM replies WHERE answered_at < ?", (before(keep.answered),))
    rows.execute("DELETE FROM unanswered WHERE day < ?", ((now - keep.questions).date().isoformat(),))
    rows.execute("DELETE FROM set_aside WHERE at < ?", (before(keep.set_aside),))
    rows.execute("DELETE FROM devices WHERE began < ? OR used < ?", (before(keep.devices), before(keep.idle_devices)))
    _questions(rows, before(keep.question))
    _told(rows, before(keep.told))
    _cases(rows, before(keep.cases))
    _shown(rows, before(keep.shown), before(keep.unseen))


def _questions(rows: Rows, before: str) -> None:
    """The last question beside a session. What stands in a session that cannot be read goes with it."""
    rows.execute("DELETE FROM sessions WHERE at < ? AND NOT json_valid(data)", (before,))
    rows.execute(
        "UPDATE sessions SET data = json_set(data, '$.question', '') WHERE at < ? AND json_extract(data, '$.question') != ''",
        (before,),
    )


def _told(rows: Rows, before: str) -> None:
    rows.execute(
        "UPDATE sessions SET data = json_remove(data, '$.told') "
        "WHERE at < ? AND json_valid(data) AND json_extract(data, '$.told') IS NOT NULL",
        (before,),
    )


def _shown(rows: Rows, before: str, unseen_before: str) -> None:
    """Of what came without having been asked for, the time begins when it is seen: Friday's answer is there on Monday."""
    sql = "DELETE FROM web_messages WHERE at < ? AND (number IS NULL OR seen < ? OR at < ?)"
    rows.execute(sql, (before, before, unseen_before))


def _cases(rows: Rows, before: str) -> None:
    rows.execute("DELETE FROM cases WHERE state = 'closed' AND touched < ?", (before,))
    for table in ("case_messages", "case_notices"):
        rows.execute(f"DELETE FROM {table} WHERE number NOT IN (SELECT number FROM cases)")  # noqa: S608 - fixed names
