"""Who wants announcements, who may send them, and what they did."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.model import Address, Audience, AuditEntry, Invite, Role, Staff, Subscription
from bot.stores.sqlite.rows import Rows, moment, stamp

STAFF_COLUMNS = "number, role, places, office, channel, user, since"


class PeopleRows(Rows):
    """`PeopleRecords`."""

    # --- subscribers ---

    def subscription(self, address: Address) -> Subscription | None:
        row = self.one(
            "SELECT place, topics, lang, since FROM subscriptions WHERE channel = ? AND user = ?",
            (address.channel, address.user),
        )
        if row is None:
            return None
        return Subscription(address, row["place"], tuple(json.loads(row["topics"])), row["lang"], moment(row["since"]))

    def subscribe(self, subscription: Subscription) -> None:
        self.execute(
            "INSERT OR REPLACE INTO subscriptions (channel, user, place, topics, lang, since) VALUES (?, ?, ?, ?, ?, ?)",
            (
                subscription.address.channel,
                subscription.address.user,
                subscription.place,
                json.dumps(subscription.topics),
                subscription.lang,
                stamp(subscription.since),
            ),
        )

    def unsubscribe(self, address: Address) -> None:
        who = (address.channel, address.user)
        self.execute("DELETE FROM subscriptions WHERE channel = ? AND user = ?", who)
        self.execute(
            "UPDATE deliveries SET state = 'cancelled', reason = 'stopped' WHERE announcement IN (SELECT id FROM announcements "
            "WHERE state IN ('sending', 'paused')) AND channel = ? AND user = ? AND state = 'pending'",
            who,
        )

    def move(self, old: Address, new: Address) -> None:
        for table in ("subscriptions", "sessions", "consents", "staff", "drafts", "cases"):
            self.execute(
                f"UPDATE OR REPLACE {table} SET user = ? WHERE channel = ? AND user = ?",  # noqa: S608 - fixed names
                (new.user, old.channel, old.user),
            )
        for table in ("links", "case_notices"):  # of a group that became a larger one
            self.execute(
                f"UPDATE OR REPLACE {table} SET chat = ? WHERE channel = ? AND chat = ?",  # noqa: S608 - fixed names
                (new.user, old.channel, old.user),
            )
        theirs = (
            "WHERE announcement IN (SELECT id FROM announcements WHERE state IN ('sending', 'paused')) "
            "AND channel = ? AND user = ?"
        )
        self.execute(f"UPDATE OR IGNORE deliveries SET user = ? {theirs}", (new.user, old.channel, old.user))  # noqa: S608 - fixed
        # Where the new chat is a recipient already, that row counts, and the person gets it once.
        self.execute(
            f"UPDATE deliveries SET state = 'cancelled', reason = 'moved' {theirs} AND state IN ('pending', 'sending')",  # noqa: S608 - fixed
            (old.channel, old.user),
        )

    def recipients(self, audience: Audience) -> dict[str, int]:
        where, values = wanted_by(audience)
        rows = self.execute(f"SELECT channel, COUNT(*) AS n FROM subscriptions WHERE {where} GROUP BY channel", values)  # noqa: S608 - placeholders only
        return {row["channel"]: row["n"] for row in rows}

    def silent(self, audience: Audience, since: Mapping[str, datetime]) -> dict[str, int]:
        where, values = wanted_by(audience)
        closed, moments = not_written(since)
        rows = self.execute(
            f"SELECT channel, COUNT(*) AS n FROM subscriptions WHERE {where} AND {closed} GROUP BY channel",  # noqa: S608 - placeholders only
            (*values, *moments),
        )
        return {row["channel"]: row["n"] for row in rows}

    # --- staff ---

    def staff(self, address: Address) -> Staff | None:
        row = self.one(
            f"SELECT {STAFF_COLUMNS} FROM staff WHERE channel = ? AND user = ? AND until IS NULL",  # noqa: S608 - fixed names
            (address.channel, address.user),
        )
        return _staff(row) if row else None

    def staff_number(self, number: int) -> Staff | None:
        row = self.one(f"SELECT {STAFF_COLUMNS} FROM staff WHERE number = ? AND until IS NULL", (number,))  # noqa: S608 - fixed names
        return _staff(row) if row else None

    def staffed(self) -> bool:
        return self.one("SELECT 1 FROM staff WHERE until IS NULL LIMIT 1") is not None

    def all_staff(self) -> list[Staff]:
        return [
            _staff(row)
            for row in self.execute(f"SELECT {STAFF_COLUMNS} FROM staff WHERE until IS NULL ORDER BY number")  # noqa: S608 - fixed names
        ]

    def add_staff(self, role: Role, places: Sequence[str], office: str, address: Address, at: datetime) -> Staff:
        before = self.staff(address)
        if before is not None:
            self.remove_staff(before.number, at)
        inserted = self.execute(
            "INSERT INTO staff (role, places, office, channel, user, since) VALUES (?, ?, ?, ?, ?, ?)",
            (role, json.dumps(list(places)), office, address.channel, address.user, stamp(at)),
        )
        assert inserted.lastrowid is not None  # noqa: S101
        return Staff(inserted.lastrowid, role, tuple(places), office, address, at)

    def remove_staff(self, number: int, at: datetime) -> None:
        self.execute("UPDATE staff SET until = ?, channel = NULL, user = NULL WHERE number = ?", (stamp(at), number))

    def add_invite(self, code: str, invite: Invite) -> None:
        self.execute(
            "INSERT INTO invites (code, role, places, office, expires) VALUES (?, ?, ?, ?, ?)",
            (_hash(code), invite.role, json.dumps(list(invite.places)), invite.office, stamp(invite.expires)),
        )

    def redeem(self, code: str, at: datetime) -> Invite | None:
        row = self.one(
            "DELETE FROM invites WHERE code = ? AND expires > ? RETURNING role, places, office, expires",
            (_hash(code), stamp(at)),
        )
        return Invite(row["role"], tuple(json.loads(row["places"])), row["office"], moment(row["expires"])) if row else None

    # --- the audit log ---

    def note(self, entry: AuditEntry) -> None:
        self.execute(
            "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
            (stamp(entry.at), entry.actor, entry.action, entry.subject, entry.detail),
        )

    def log(self, limit: int, subject: str | None = None) -> list[AuditEntry]:
        rows = self.execute(
            "SELECT at, actor, action, subject, detail FROM audit WHERE ? IS NULL OR subject = ? ORDER BY id DESC LIMIT ?",
            (subject, subject, limit),
        )
        return [AuditEntry(moment(row["at"]), row["actor"], row["action"], row["subject"], row["detail"]) for row in rows]

    # --- drafts ---

    def draft(self, address: Address) -> str | None:
        row = self.one("SELECT data FROM drafts WHERE channel = ? AND user = ?", (address.channel, address.user))
        return str(row["data"]) if row else None

    def save_draft(self, address: Address, data: str, at: datetime) -> None:
        self.execute(
            "INSERT OR REPLACE INTO drafts (channel, user, data, at) VALUES (?, ?, ?, ?)",
            (address.channel, address.user, data, stamp(at)),
        )

    def drop_draft(self, address: Address) -> None:
        self.execute("DELETE FROM drafts WHERE channel = ? AND user = ?", (address.channel, address.user))


def wanted_by(audience: Audience) -> tuple[str, list[object]]:
    """The condition on `subscriptions` that an audience is, and its values."""
    conditions, values = ["1"], []
    if audience.places:
        conditions.append("place IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(audience.places))
    if audience.topics:
        conditions.append(
            "(topics = '[]' OR EXISTS (SELECT 1 FROM json_each(topics) WHERE value IN (SELECT value FROM json_each(?))))"
        )
        values.append(json.dumps(audience.topics))
    return " AND ".join(conditions), list(values)


def not_written(since: Mapping[str, datetime]) -> tuple[str, list[object]]:
    """The condition on `subscriptions` that somebody on one of these channels has not written since then, and its values."""
    silent = (
        "(channel = ? AND NOT EXISTS "
        "(SELECT 1 FROM sessions AS s WHERE s.channel = ? AND s.user = subscriptions.user AND s.at >= ?))"
    )
    values: list[object] = [value for channel, at in since.items() for value in (channel, channel, stamp(at))]
    return f"({' OR '.join([silent] * len(since)) or '0'})", values


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _staff(row: sqlite3.Row) -> Staff:
    address = Address(row["channel"], row["user"]) if row["user"] is not None else None
    return Staff(row["number"], row["role"], tuple(json.loads(row["places"])), row["office"], address, moment(row["since"]))
