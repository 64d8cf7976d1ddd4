"""Announcements and their recipients: one row a recipient, claimed, sent and settled one by one. This is the queue."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from bot.model import (
    Address,
    Announcement,
    AnnouncementState,
    ChannelState,
    Delivery,
    DeliveryReport,
    DeliveryState,
    Plan,
    dump_plan,
    load_plan,
)
from bot.stores.sqlite.people import not_written, wanted_by
from bot.stores.sqlite.rows import Rows, maybe_moment, moment, stamp

COLUMNS = "id, plan, state, author, approver, parent, created, due, expires, reason"

# The planner would take the primary key and look at every row that is done: 40 times slower. test_outbox.py looks at the plan.
NEXT_PENDING = (
    "SELECT user, lang, attempt, reason FROM deliveries INDEXED BY deliveries_pending "
    "WHERE announcement = ? AND channel = ? AND state = 'pending' AND due <= ? ORDER BY due LIMIT 1"
)
# No wait and no lease is longer than this. What reaches further was written before the clock was turned back: it is over.
FARTHEST = timedelta(minutes=10)
# Instead of a time, for who has to write first: it sorts behind every time, so that it is never due and never stranded.
HELD = "held"
WINDOW = "window"  # the reason of who is held
NEXT_STRANDED = NEXT_PENDING.replace("due <= ?", f"due > ? AND due < '{HELD}'")


class OutboxRows(Rows):
    """`OutboxRecords`."""

    # --- announcements ---

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
        inserted = self.execute(
            "INSERT OR IGNORE INTO announcements "
            "(plan, code, places, urgent, must, state, author, approver, parent, created, due, expires, reason, recipients) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (
                dump_plan(plan),
                plan.code,
                json.dumps(plan.audience.places),
                plan.urgent,
                plan.must,
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
        if inserted.rowcount == 0 or inserted.lastrowid is None:
            return None
        return Announcement(inserted.lastrowid, plan, state, author, approver, parent, created, due, expires, reason)

    def announcement(self, number: int) -> Announcement | None:
        row = self.one(f"SELECT {COLUMNS} FROM announcements WHERE id = ?", (number,))  # noqa: S608 - fixed names
        return _announcement(row) if row else None

    def announced(self, code: str) -> Announcement | None:
        row = self.one(
            f"SELECT {COLUMNS} FROM announcements WHERE code = ? AND recipients > 0 ORDER BY id DESC LIMIT 1",  # noqa: S608 - fixed names
            (code,),
        )
        return _announcement(row) if row else None

    def announcements(
        self,
        places: Sequence[str] | None,
        *,
        states: Sequence[AnnouncementState] = (),
        author: int | None = None,
        parent: int | None = None,
        limit: int = 50,
    ) -> list[Announcement]:
        conditions: list[str] = ["1"]
        values: list[object] = []
        if places is not None:
            conditions.append(
                "places <> '[]' AND NOT EXISTS (SELECT 1 FROM json_each(announcements.places) "
                "WHERE value NOT IN (SELECT value FROM json_each(?)))"
            )
            values.append(json.dumps(list(places)))
        if states:
            conditions.append("state IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(states)))
        for column, value in (("author", author), ("parent", parent)):
            if value is not None:
                conditions.append(f"{column} = ?")
                values.append(value)
        rows = self.execute(
            f"SELECT {COLUMNS} FROM announcements WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?",  # noqa: S608 - placeholders only
            (*values, limit),
        )
        return [_announcement(row) for row in rows]

    def due_rules(self, now: datetime) -> list[Announcement]:
        rows = self.execute(
            f"SELECT {COLUMNS} FROM announcements "  # noqa: S608 - fixed names
            "WHERE state = 'repeating' AND due <= ? ORDER BY due",
            (stamp(now),),
        )
        return [_announcement(row) for row in rows]

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
        self.execute(
            "UPDATE announcements SET state = ?, reason = ?, due = COALESCE(?, due), expires = COALESCE(?, expires), "
            "approver = COALESCE(?, approver) WHERE id = ?",
            (state, reason, stamp(due) if due else None, stamp(expires) if expires else None, approver, number),
        )

    # --- the audience ---

    def freeze(self, number: int, windows: Mapping[str, datetime] | None = None) -> int:
        found = self.announcement(number)
        assert found is not None  # noqa: S101
        where, values = wanted_by(found.plan.audience)
        closed, moments = not_written(windows or {})
        inserted = self.execute(
            "INSERT OR IGNORE INTO deliveries (announcement, channel, user, lang, state, due, reason) "  # noqa: S608 - placeholders only
            "SELECT ?, channel, user, CASE WHEN lang IN (SELECT value FROM json_each(?)) THEN lang ELSE 'vi' END, 'pending', "
            "IIF(closed, ?, ?), IIF(closed, ?, '') "
            f"FROM (SELECT channel, user, lang, {closed} AS closed FROM subscriptions WHERE {where})",
            (number, json.dumps(list(found.plan.texts)), HELD, stamp(found.due), WINDOW, *moments, *values),
        ).rowcount
        self.execute("UPDATE announcements SET recipients = recipients + ? WHERE id = ?", (inserted, number))
        return inserted

    def cancel_deliveries(self, number: int) -> int:
        return self.execute(
            "UPDATE deliveries SET state = 'cancelled', reason = 'cancelled' WHERE announcement = ? AND state = 'pending'",
            (number,),
        ).rowcount

    def opened(self, address: Address, at: datetime, until: datetime) -> None:
        self.execute(
            "UPDATE deliveries SET due = ?, reason = '' WHERE announcement IN (SELECT id FROM announcements "
            "WHERE state IN ('sending', 'paused') AND due <= ?) AND channel = ? AND user = ? AND state = 'pending' AND due = ?",
            (stamp(at), stamp(until), address.channel, address.user, HELD),
        )

    # --- one delivery ---

    def claim(
        self,
        channel: str,
        now: datetime,
        *,
        lease: timedelta,
        quiet: bool,
        served: int,
        begun: datetime | None = None,
    ) -> Delivery | None:
        due = max(now, begun or now)
        eligible = self.execute(
            "SELECT id FROM announcements WHERE state = 'sending' AND due <= ? AND expires > ? "
            "AND (urgent OR NOT ?) ORDER BY urgent DESC, id <= ?, id",
            (stamp(due), stamp(now), quiet, served),
        ).fetchall()
        for (number,) in eligible:
            while (row := self._next(number, channel, now, due)) is not None:
                key = (number, channel, row["user"])
                if not self.one("SELECT 1 FROM subscriptions WHERE channel = ? AND user = ?", key[1:]):
                    self._set("state = 'cancelled', reason = 'stopped'", (), key)
                    continue
                attempt = row["attempt"] + 1
                self._set("state = 'sending', lease = ?, attempt = ?", (stamp(now + lease), attempt), key)
                return Delivery(number, Address(channel, row["user"]), row["lang"], attempt, row["reason"])
        return None

    def _next(self, number: int, channel: str, now: datetime, due: datetime) -> sqlite3.Row | None:
        found = self.one(NEXT_PENDING, (number, channel, stamp(due)))
        return found if found is not None else self.one(NEXT_STRANDED, (number, channel, stamp(now + FARTHEST)))

    def begun(self, channel: str, now: datetime) -> datetime | None:
        row = self.one(
            "SELECT MAX(due) AS due FROM announcements AS a WHERE state = 'sending' AND due > ? AND EXISTS "
            "(SELECT 1 FROM deliveries WHERE announcement = a.id AND channel = ? AND attempt > 0)",
            (stamp(now), channel),
        )
        return maybe_moment(row["due"]) if row else None

    def settle(
        self, delivery: Delivery, state: DeliveryState, at: datetime, *, external_id: str = "", reason: str = ""
    ) -> None:
        changed = "state = ?, at = ?, external_id = ?, reason = ?, lease = NULL"
        self._set_claimed(changed, (state, stamp(at), external_id, reason), delivery)

    def retry(self, delivery: Delivery, due: datetime, reason: str, *, ambiguous: bool) -> None:
        changed = "state = 'pending', due = ?, reason = ?, ambiguous = ambiguous + ?, lease = NULL"
        self._set_claimed(changed, (stamp(due), reason, int(ambiguous)), delivery)
        self._drop_cancelled(delivery)

    def give_back(self, delivery: Delivery, reason: str = "") -> None:
        changed = "state = 'pending', attempt = attempt - 1, reason = IFNULL(NULLIF(?, ''), reason), lease = NULL"
        self._set_claimed(changed, (reason,), delivery)
        self._drop_cancelled(delivery)

    def hold(self, delivery: Delivery, sent: datetime, again: datetime) -> None:
        wrote = self.one(
            "SELECT 1 FROM sessions WHERE channel = ? AND user = ? AND at >= ?",
            (delivery.to.channel, delivery.to.user, stamp(sent)),
        )
        changed = "state = 'pending', attempt = attempt - 1, due = ?, reason = ?, lease = NULL"
        self._set_claimed(changed, (stamp(again), "") if wrote else (HELD, WINDOW), delivery)
        self._drop_cancelled(delivery)

    def _drop_cancelled(self, delivery: Delivery) -> None:
        """The announcement may have been cancelled while this one was on its way: then nothing would ever claim it again."""
        self.execute(
            "UPDATE deliveries SET state = 'cancelled', reason = 'cancelled' "
            "WHERE announcement = ? AND channel = ? AND user = ? AND state = 'pending' "
            "AND (SELECT state FROM announcements WHERE id = announcement) = 'cancelled'",
            (delivery.announcement, delivery.to.channel, delivery.to.user),
        )

    def recover(self, channel: str, now: datetime, *, everything: bool, sparing: Collection[Delivery] = ()) -> int:
        found = self.execute(
            "SELECT d.announcement, d.user, d.attempt, a.must AND a.state IN ('sending', 'paused') AS again "
            "FROM deliveries AS d INDEXED BY deliveries_sending JOIN announcements AS a ON a.id = d.announcement "
            "WHERE d.state = 'sending' AND d.channel = ? AND (? OR d.lease < ? OR d.lease > ?)",
            (channel, everything, stamp(now), stamp(now + FARTHEST)),
        ).fetchall()
        alive = {(delivery.announcement, delivery.to.user, delivery.attempt) for delivery in sparing}
        rows = [row for row in found if (row["announcement"], row["user"], row["attempt"]) not in alive]
        for row in rows:
            key = (row["announcement"], channel, row["user"])
            if row["again"]:
                changed, values = "state = 'pending', due = ?", (stamp(now),)
            else:
                changed, values = "state = 'unknown', at = ?", (stamp(now),)
            self._set(f"{changed}, ambiguous = ambiguous + 1, reason = 'interrupted', lease = NULL", values, key)
        return len(rows)

    def _set(self, changed: str, values: Sequence[object], key: tuple[object, ...]) -> None:
        self.execute(
            f"UPDATE deliveries SET {changed} WHERE announcement = ? AND channel = ? AND user = ?",  # noqa: S608 - placeholders only
            (*values, *key),
        )

    def _set_claimed(self, changed: str, values: Sequence[object], delivery: Delivery) -> None:
        """Only while the claim holds: a process that was believed dead must not undo what its successor did."""
        self.execute(
            f"UPDATE deliveries SET {changed} "  # noqa: S608 - placeholders only
            "WHERE announcement = ? AND channel = ? AND user = ? AND state = 'sending' AND attempt = ?",
            (*values, delivery.announcement, delivery.to.channel, delivery.to.user, delivery.attempt),
        )

    # --- the end ---

    def finish(self, now: datetime) -> list[Announcement]:
        at = stamp(now)
        late = self.execute(
            f"SELECT {COLUMNS} FROM announcements "  # noqa: S608 - fixed names
            "WHERE state IN ('waiting', 'sending', 'paused') AND expires <= ?",
            (at,),
        ).fetchall()
        for row in late:
            self.execute(
                "UPDATE deliveries SET state = 'expired', at = ? WHERE announcement = ? AND state = 'pending'", (at, row["id"])
            )
        done = self.execute(
            f"SELECT {COLUMNS} FROM announcements AS a WHERE "  # noqa: S608 - fixed names
            "(state = 'waiting' AND expires <= ? OR state IN ('sending', 'paused') AND due <= ? "
            "AND (state = 'sending' OR expires <= ?)) "
            "AND NOT EXISTS (SELECT 1 FROM deliveries INDEXED BY deliveries_pending "
            "WHERE announcement = a.id AND state = 'pending') "
            "AND NOT EXISTS (SELECT 1 FROM deliveries INDEXED BY deliveries_sending "
            "WHERE announcement = a.id AND state = 'sending')",
            (at, at, at),
        ).fetchall()
        return [self._close(_announcement(row), now) for row in done]

    def _close(self, ended: Announcement, now: datetime) -> Announcement:
        report = self.report(ended.id)
        states = report.states
        late = states.get("expired", 0) - report.reasons.get(("expired", WINDOW), 0)
        state: AnnouncementState = "done"
        reason = ended.reason if ended.state != "paused" else ""
        if ended.state == "waiting":
            state, reason = "expired", "not approved"
        elif states.get("expired") and not states.get("sent"):
            state, reason = "expired", "too late" if late else WINDOW
        elif late:
            reason = "partly too late"
        self.change(ended.id, state, reason=reason)
        closed = self.announcement(ended.id)
        assert closed is not None  # noqa: S101
        return closed

    def report(self, number: int) -> DeliveryReport:
        states: dict[DeliveryState, int] = {}
        reasons: dict[tuple[DeliveryState, str], int] = {}
        channels: dict[str, int] = {}
        moments: list[str] = []
        ambiguous = held = 0
        for row in self.execute(
            "SELECT channel, state, reason, COUNT(*) AS n, SUM(ambiguous > 0) AS ambiguous, "
            "MIN(CASE state WHEN 'sent' THEN at END) AS first, MAX(CASE state WHEN 'sent' THEN at END) AS last "
            "FROM deliveries WHERE announcement = ? GROUP BY channel, state, reason "
            "UNION ALL SELECT channel, state, reason, n, ambiguous, first, last FROM tallies WHERE announcement = ?",
            (number, number),
        ):
            states[row["state"]] = states.get(row["state"], 0) + row["n"]
            channels[row["channel"]] = channels.get(row["channel"], 0) + row["n"]
            if row["reason"] and row["state"] not in ("sent", "pending", "sending"):
                key = (row["state"], row["reason"])
                reasons[key] = reasons.get(key, 0) + row["n"]
            if (row["state"], row["reason"]) == ("pending", WINDOW):
                held += row["n"]
            ambiguous += row["ambiguous"]
            moments += [at for at in (row["first"], row["last"]) if at]
        first, last = maybe_moment(min(moments, default=None)), maybe_moment(max(moments, default=None))
        span = (last - first).total_seconds() if first and last else 0.0
        sent = states.get("sent", 0)
        return DeliveryReport(
            recipients=sum(states.values()),
            states=states,
            reasons=reasons,
            ambiguous=ambiguous,
            first=first,
            last=last,
            rate=(sent - 1) / span if span else 0.0,
            channels=channels,
            held=held,
        )

    def progress(self, number: int) -> tuple[int, int]:
        row = self.one(
            "SELECT recipients, "
            "(SELECT COUNT(*) FROM deliveries WHERE announcement = id AND state = 'sent') + "
            "(SELECT IFNULL(SUM(n), 0) FROM tallies WHERE announcement = id AND state = 'sent') AS sent "
            "FROM announcements WHERE id = ?",
            (number,),
        )
        return (row["sent"], row["recipients"]) if row else (0, 0)

    def condense(self, before: datetime) -> int:
        old = self.execute(
            "SELECT id FROM announcements WHERE state IN ('done', 'cancelled', 'expired') AND expires < ? AND NOT condensed",
            (stamp(before),),
        ).fetchall()
        gone = 0
        for (number,) in old:
            self.tally("announcement = ?", (number,))
            gone += self.execute("DELETE FROM deliveries WHERE announcement = ?", (number,)).rowcount
            self.execute("UPDATE announcements SET condensed = 1 WHERE id = ?", (number,))
        return gone

    def tally(self, where: str, values: Sequence[object]) -> None:
        """Add deliveries to the counts that outlive them. A row that is still waiting counts as cancelled."""
        self.execute(
            "INSERT INTO tallies (announcement, channel, state, reason, n, ambiguous, first, last) "  # noqa: S608 - fixed conditions
            "SELECT announcement, channel, CASE WHEN state IN ('pending', 'sending') THEN 'cancelled' ELSE state END AS ended, "
            "reason, COUNT(*), SUM(ambiguous > 0), "
            "MIN(CASE state WHEN 'sent' THEN at END), MAX(CASE state WHEN 'sent' THEN at END) "
            f"FROM deliveries WHERE {where} GROUP BY announcement, channel, ended, reason "
            "ON CONFLICT (announcement, channel, state, reason) DO UPDATE SET n = n + excluded.n, "
            "ambiguous = ambiguous + excluded.ambiguous, "
            "first = MIN(IFNULL(first, excluded.first), IFNULL(excluded.first, first)), "
            "last = MAX(IFNULL(last, excluded.last), IFNULL(excluded.last, last))",
            values,
        )

    # --- channels ---

    def channel_state(self, channel: str) -> ChannelState:
        row = self.one("SELECT quiet_since, quiet_for, failing_since FROM channels WHERE name = ?", (channel,))
        if row is None:
            return ChannelState()
        return ChannelState(maybe_moment(row["quiet_since"]), row["quiet_for"], maybe_moment(row["failing_since"]))

    def save_channel_state(self, channel: str, state: ChannelState) -> None:
        self.execute(
            "INSERT INTO channels (name, quiet_since, quiet_for, failing_since) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET quiet_since = excluded.quiet_since, "
            "quiet_for = excluded.quiet_for, failing_since = excluded.failing_since",
            (channel, stamp(state.quiet_since), state.quiet_for, stamp(state.failing_since)),
        )

    def lead(self, channel: str, owner: str, now: datetime, *, lapse: timedelta) -> Literal["ours", "new", "theirs"]:
        row = self.one("SELECT leader, leader_until FROM channels WHERE name = ?", (channel,))
        until = maybe_moment(row["leader_until"]) if row else None
        ours = row is not None and row["leader"] == owner
        # A claim that reaches further than anybody could ask for was made before the clock was turned back: it is void.
        if not ours and until is not None and now < until <= now + lapse:
            return "theirs"
        self.execute(
            "INSERT INTO channels (name, leader, leader_until) VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET leader = excluded.leader, leader_until = excluded.leader_until",
            (channel, owner, stamp(now + lapse)),
        )
        return "ours" if ours else "new"


def _announcement(row: sqlite3.Row) -> Announcement:
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
