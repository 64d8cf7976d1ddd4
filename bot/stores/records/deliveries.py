"""The recipients of announcements: one row each, claimed, sent and settled one by one. This is the queue."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.model import (
    CLOSED_STATES,
    FROZEN_STATES,
    MOVED,
    STOPPED,
    UNFINISHED,
    WINDOW,
    Address,
    Announcement,
    Delivery,
    DeliveryReport,
    DeliveryState,
    Tally,
)
from bot.stores.as_text import readable_moment, stamp
from bot.stores.records.audience import not_written, wanted_by
from bot.stores.records.rows import Rows, among

# Instead of a time, for who has to write first: it sorts behind every time, so that it is never due and never stranded.
HELD = "held"
# The planner would take the primary key and look at every row that is done: 40 times slower. test_outbox.py looks at the plan.
NEXT_PENDING = (
    "SELECT user, lang, attempt, reason FROM deliveries INDEXED BY deliveries_pending "
    "WHERE announcement = ? AND channel = ? AND state = 'pending' AND due <= ? ORDER BY due, user LIMIT 1"
)
NEXT_STRANDED = NEXT_PENDING.replace("due <= ?", f"due > ? AND due < '{HELD}'")
# By the primary key, not through all rows.
THEIRS = (
    f"announcement IN (SELECT id FROM announcements WHERE state IN {among(FROZEN_STATES)}) "  # noqa: S608 - fixed names
    "AND channel = ? AND user = ?"
)
PENDING = "SELECT {} FROM deliveries INDEXED BY deliveries_pending WHERE announcement = {} AND state = 'pending'"
SENDING = "SELECT {} FROM deliveries INDEXED BY deliveries_sending WHERE announcement = {} AND state = 'sending'"


class DeliveryRows(Rows):
    """The recipients of `OutboxRecords`."""

    # --- the audience ---

    def freeze(self, announcement: Announcement, *, otherwise: str, unheard_since: Mapping[str, datetime] | None = None) -> int:
        self.alone()
        where, values = wanted_by(announcement.plan.audience)
        closed, moments = not_written(unheard_since or {})
        inserted = self.execute(
            "INSERT INTO deliveries (announcement, channel, user, lang, state, due, reason) "  # noqa: S608 - placeholders only
            "SELECT ?, channel, user, CASE WHEN lang IN (SELECT value FROM json_each(?)) THEN lang ELSE ? END, 'pending', "
            "CASE WHEN closed THEN ? ELSE ? END, CASE WHEN closed THEN ? ELSE '' END "
            f"FROM (SELECT channel, user, lang, {closed} AS closed FROM subscriptions WHERE {where}) AS meant WHERE 1 = 1 "
            "ON CONFLICT DO NOTHING",
            (
                announcement.id,
                json.dumps(list(announcement.plan.texts)),
                otherwise,
                HELD,
                stamp(announcement.due),
                WINDOW,
                *moments,
                *values,
            ),
        ).rowcount
        self.execute("UPDATE announcements SET recipients = recipients + ? WHERE id = ?", (inserted, announcement.id))
        return inserted

    def release(self, address: Address, at: datetime, until: datetime) -> None:
        self.touches(address)
        self.execute(
            f"UPDATE deliveries SET due = ?, reason = '' WHERE {THEIRS} AND state = 'pending' AND due = ? "  # noqa: S608 - fixed
            "AND (SELECT a.due FROM announcements AS a WHERE a.id = announcement) <= ?",
            (stamp(at), address.channel, address.user, HELD, stamp(until)),
        )

    def end_pending(self, number: int, state: DeliveryState, at: datetime, *, reason: str | None = None) -> int:
        self.alone()
        return self.execute(
            "UPDATE deliveries SET state = ?, at = ?, reason = COALESCE(?, reason) "
            "WHERE announcement = ? AND state = 'pending'",
            (state, stamp(at), reason, number),
        ).rowcount

    def stop_deliveries(self, address: Address) -> None:
        """Nothing that waits for this person is sent any more."""
        self.touches(address)
        self.execute(
            f"UPDATE deliveries SET state = 'cancelled', reason = ? WHERE {THEIRS} AND state = 'pending'",  # noqa: S608 - fixed
            (STOPPED, address.channel, address.user),
        )

    def move_deliveries(self, old: Address, new: Address) -> None:
        """Where the new chat is a recipient already, that row counts, and the person gets it once."""
        self.alone()
        self.execute(
            f"UPDATE deliveries SET user = ? WHERE {THEIRS} AND NOT EXISTS (SELECT 1 FROM deliveries AS d "  # noqa: S608 - fixed
            "WHERE d.announcement = deliveries.announcement AND d.channel = deliveries.channel AND d.user = ?)",
            (new.user, old.channel, old.user, new.user),
        )
        self.execute(
            f"UPDATE deliveries SET state = 'cancelled', reason = ? WHERE {THEIRS} AND state IN {among(UNFINISHED)}",  # noqa: S608 - fixed
            (MOVED, old.channel, old.user),
        )

    # --- one delivery ---

    def claim(self, number: int, channel: str, *, due: datetime, beyond: datetime, until: datetime) -> Delivery | None:
        row = self.one(NEXT_PENDING, (number, channel, stamp(due)))
        row = row if row is not None else self.one(NEXT_STRANDED, (number, channel, stamp(beyond)))
        if row is None:
            return None
        attempt = row["attempt"] + 1
        self.execute(
            "UPDATE deliveries SET state = 'sending', lease = ?, attempt = ? "
            "WHERE announcement = ? AND channel = ? AND user = ?",
            (stamp(until), attempt, number, channel, row["user"]),
        )
        return Delivery(number, Address(channel, row["user"]), row["lang"], attempt, row["reason"])

    def claims(self, channel: str) -> list[tuple[Delivery, datetime | None]]:
        rows = self.execute(
            "SELECT announcement, user, lang, attempt, reason, lease FROM deliveries INDEXED BY deliveries_sending "
            "WHERE state = 'sending' AND channel = ?",
            (channel,),
        )

        return [
            (
                Delivery(row["announcement"], Address(channel, row["user"]), row["lang"], row["attempt"], row["reason"]),
                readable_moment(row["lease"]),
            )
            for row in rows
        ]

    def tried(self, number: int, channel: str) -> bool:
        sql = "SELECT 1 FROM deliveries WHERE announcement = ? AND channel = ? AND attempt > 0 LIMIT 1"
        return self.one(sql, (number, channel)) is not None

    def hasten(self, number: int, channel: str, at: datetime, *, until: datetime) -> None:
        self.execute(
            "UPDATE deliveries INDEXED BY deliveries_pending SET due = ? "
            "WHERE announcement = ? AND channel = ? AND state = 'pending' AND due > ? AND due <= ?",
            (stamp(at), number, channel, stamp(at), stamp(until)),
        )

    def settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        at: datetime,
        *,
        external_id: str = "",
        reason: str = "",
        ambiguous: bool = False,
    ) -> None:
        changed = "state = ?, at = ?, external_id = ?, reason = ?, ambiguous = ambiguous + ?"
        self._set_claimed(changed, (state, stamp(at), external_id, reason, int(ambiguous)), delivery)

    def retry(self, delivery: Delivery, due: datetime, reason: str, *, ambiguous: bool) -> None:
        changed = "state = 'pending', due = ?, reason = ?, ambiguous = ambiguous + ?"
        self._set_claimed(changed, (stamp(due), reason, int(ambiguous)), delivery)

    def give_back(self, delivery: Delivery, reason: str | None = None, *, due: datetime | None = None) -> None:
        changed = "state = 'pending', attempt = attempt - 1, due = COALESCE(?, due), reason = COALESCE(?, reason)"
        self._set_claimed(changed, (stamp(due) or None, reason), delivery)

    def hold(self, delivery: Delivery) -> None:
        self.touches(delivery.to)
        changed = "state = 'pending', attempt = attempt - 1, due = ?, reason = ?"
        self._set_claimed(changed, (HELD, WINDOW), delivery)

    def _set_claimed(self, changed: str, values: Sequence[object], delivery: Delivery) -> None:
        """Only while the claim holds: a process that was believed dead must not undo what its successor did."""
        self.execute(
            f"UPDATE deliveries SET {changed}, lease = NULL "  # noqa: S608 - placeholders only
            "WHERE announcement = ? AND channel = ? AND user = ? AND state = 'sending' AND attempt = ?",
            (*values, delivery.announcement, delivery.to.channel, delivery.to.user, delivery.attempt),
        )

    # --- all of them ---

    def unfinished(self, number: int) -> bool:
        pending, sending = (which.format("1", "?") for which in (PENDING, SENDING))
        row = self.one(f"SELECT EXISTS ({pending}) OR EXISTS ({sending})", (number, number))
        return bool(row and row[0])

    def progress(self, number: int) -> tuple[int, int]:
        row = self.one(
            "SELECT recipients, "
            "(SELECT COUNT(*) FROM deliveries WHERE announcement = id AND state = 'sent') + "
            "(SELECT COALESCE(SUM(n), 0) FROM tallies WHERE announcement = id AND state = 'sent') AS sent "
            "FROM announcements WHERE id = ?",
            (number,),
        )
        return (row["sent"], row["recipients"]) if row else (0, 0)

    def report(self, number: int) -> DeliveryReport:
        return DeliveryReport.of(self._tallies(number))

    def _tallies(self, number: int) -> Iterator[Tally]:
        for row in self.execute(
            "SELECT channel, state, reason, COUNT(*) AS n, SUM(CASE WHEN ambiguous > 0 THEN 1 ELSE 0 END) AS ambiguous, "
            "MIN(CASE state WHEN 'sent' THEN at END) AS first, MAX(CASE state WHEN 'sent' THEN at END) AS last "
            "FROM deliveries WHERE announcement = ? GROUP BY channel, state, reason "
            "UNION ALL SELECT channel, state, reason, n, ambiguous, first, last FROM tallies WHERE announcement = ?",
            (number, number),
        ):
            first, last = readable_moment(row["first"]), readable_moment(row["last"])
            yield Tally(row["channel"], row["state"], row["reason"], row["n"], row["ambiguous"], first, last)

    # --- what outlives them ---

    def condense(self, before: datetime) -> int:
        """Turn the recipients of announcements that are closed and expired before then into counts; returns how many went."""
        self.alone()
        old = self.execute(
            f"SELECT id FROM announcements WHERE state IN {among(CLOSED_STATES)} AND expires < ? AND condensed = 0",  # noqa: S608 - fixed
            (stamp(before),),
        ).fetchall()
        gone = 0
        for (number,) in old:
            self.tally("announcement = ?", (number,))
            gone += self.execute("DELETE FROM deliveries WHERE announcement = ?", (number,)).rowcount
            self.execute("UPDATE announcements SET condensed = 1 WHERE id = ?", (number,))
        return gone

    def tally(self, where: str, values: Sequence[object]) -> None:
        """Add recipients to the counts that outlive them. One who still waits counts as cancelled."""
        self.alone()
        self.execute(
            "INSERT INTO tallies (announcement, channel, state, reason, n, ambiguous, first, last) "  # noqa: S608 - fixed conditions
            f"SELECT announcement, channel, CASE WHEN state IN {among(UNFINISHED)} THEN 'cancelled' ELSE state END AS ended, "
            "reason, COUNT(*), SUM(CASE WHEN ambiguous > 0 THEN 1 ELSE 0 END), "
            "MIN(CASE state WHEN 'sent' THEN at END), MAX(CASE state WHEN 'sent' THEN at END) "
            f"FROM deliveries WHERE {where} GROUP BY announcement, channel, ended, reason "
            "ORDER BY announcement, channel, ended, reason "
            "ON CONFLICT (announcement, channel, state, reason) DO UPDATE SET n = tallies.n + excluded.n, "
            "ambiguous = tallies.ambiguous + excluded.ambiguous, "
            "first = (SELECT MIN(at) FROM (SELECT tallies.first AS at UNION ALL SELECT excluded.first) AS both_of_them), "
            "last = (SELECT MAX(at) FROM (SELECT tallies.last AS at UNION ALL SELECT excluded.last) AS both_of_them)",
            values,
        )
