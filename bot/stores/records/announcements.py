"""Announcements: what is to be sent, to whom and until when. Their recipients are rows of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.model import Address, Announcement, AnnouncementState, Plan, dump_plan, load_plan
from bot.stores.as_text import moment, stamp
from bot.stores.records.rows import ALL, Row, Rows

COLUMNS = "id, plan, state, author, approver, parent, created, due, expires, reason"
WITHIN = (
    "json_valid(places) AND places <> '[]' AND NOT EXISTS (SELECT 1 FROM "
    "json_each(CASE WHEN json_valid(places) THEN places ELSE '[]' END) WHERE value NOT IN (SELECT value FROM json_each(?)))"
)
# Deliveries are found by their key, announcement by announcement: one to each that may have arrived since. Without CROSS the
# planner may look at everybody's.
LAST_RECEIVED = (
    f"SELECT {', '.join(f'announcements.{column}' for column in COLUMNS.split(', '))}, deliveries.lang, deliveries.at "  # noqa: S608 - fixed names
    "FROM announcements INDEXED BY announcements_state CROSS JOIN deliveries "
    "WHERE announcement = announcements.id "
    "AND announcements.state IN ('sending', 'paused', 'done', 'cancelled', 'expired') AND announcements.due >= ? "
    "AND channel = ? AND user = ? AND deliveries.state = 'sent' AND deliveries.at >= ? ORDER BY deliveries.at DESC LIMIT 1"
)
LONGEST_LASTING = timedelta(days=60)  # of what may still arrive, after it was due


class AnnouncementRows(Rows):
    """The announcements of `OutboxRecords`."""

    def add_announcement(
        self,
        plan: Plan,
        state: AnnouncementState,
        *,
        author: int,
        approver: int | None,
        created: datetime,
        due: datetime,
        expires: datetime,
        parent: int | None = None,
        reason: str = "",
    ) -> Announcement | None:
        self.alone()
        inserted = self.one(
            "INSERT INTO announcements "
            "(plan, code, places, urgent, must, state, author, approver, parent, created, due, expires, reason, recipients) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) "
            "ON CONFLICT DO NOTHING RETURNING id",
            (
                dump_plan(plan),
                plan.code,
                json.dumps(plan.audience.places),
                int(plan.urgent),
                int(plan.must),
                state,
                author,
                approver,
                parent,
                stamp(created),
                stamp(due),
                stamp(expires),
                reason,
            ),
        )
        if inserted is None:
            return None
        return Announcement(inserted["id"], plan, state, author, approver, parent, created, due, expires, reason)

    def announcement(self, number: int) -> Announcement | None:
        return self._made_one("id = ?", (number,))

    def announced(self, code: str) -> Announcement | None:
        return self._made_one("code = ? AND recipients > 0 ORDER BY id DESC LIMIT 1", (code,))

    def last_received(self, address: Address, since: datetime) -> tuple[Announcement, str, datetime] | None:
        row = self.one(LAST_RECEIVED, (stamp(since - LONGEST_LASTING), address.channel, address.user, stamp(since)))
        announcement = self.made_one(_announcement, row, "announcement", "id")
        return (announcement, row["lang"], moment(row["at"])) if announcement and row else None

    def announcements(
        self,
        places: Sequence[str] | None,
        *,
        states: Sequence[AnnouncementState] = (),
        author: int | None = None,
        parent: int | None = None,
        due_by: datetime | None = None,
        limit: int | None = 50,
    ) -> list[Announcement]:
        given: list[tuple[str, tuple[object, ...]]] = []
        if places is not None:
            given.append((WITHIN, (json.dumps(list(places)),)))
        if states:
            given.append((f"state IN ({', '.join('?' * len(states))})", tuple(states)))
        if due_by is not None:
            given.append(("due <= ?", (stamp(due_by),)))
        given += [(f"{name} = ?", (value,)) for name, value in (("author", author), ("parent", parent)) if value is not None]
        where = " AND ".join(f"({condition})" for condition, _ in given) or "1 = 1"
        rows = self.execute(
            f"SELECT {COLUMNS} FROM announcements WHERE {where} ORDER BY id DESC LIMIT ?",  # noqa: S608 - placeholders only
            (*(value for _, values in given for value in values), ALL if limit is None else limit),
        )
        return self.made(_announcement, rows, "announcement", "id")

    def unreadable(self, states: Sequence[AnnouncementState]) -> list[int]:
        where = f"state IN ({', '.join('?' * len(states))})"
        rows = self.execute(f"SELECT {COLUMNS} FROM announcements WHERE {where}", tuple(states)).fetchall()  # noqa: S608 - placeholders
        readable = {one.id for one in self.made(_announcement, rows, "announcement", "id")}
        return [row["id"] for row in rows if row["id"] not in readable]

    def change(
        self,
        number: int,
        state: AnnouncementState,
        *,
        reason: str = "",
        due: datetime | None = None,
        expires: datetime | None = None,
        approver: int | None = None,
    ) -> None:
        self.alone()
        self.execute(
            "UPDATE announcements SET state = ?, reason = ?, due = COALESCE(?, due), expires = COALESCE(?, expires), "
            "approver = COALESCE(?, approver) WHERE id = ?",
            (state, reason, stamp(due) or None, stamp(expires) or None, approver, number),
        )

    def _made_one(self, where: str, values: Sequence[object]) -> Announcement | None:
        row = self.one(f"SELECT {COLUMNS} FROM announcements WHERE {where}", values)  # noqa: S608 - fixed conditions
        return self.made_one(_announcement, row, "announcement", "id")


def _announcement(row: Row) -> Announcement:
    return Announcement(
        row["id"],
        load_plan(row["plan"]),
        row["state"],
        row["author"],
        row["approver"],
        row["parent"],
        moment(row["created"]),
        moment(row["due"]),
        moment(row["expires"]),
        row["reason"],
    )
