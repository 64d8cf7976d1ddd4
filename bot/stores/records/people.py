"""Who wants announcements, who may send them, and what they did."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.model import Address, Audience, AuditEntry, Invite, Role, Staff, Subscription
from bot.model.well_known import STAFF_PAGE
from bot.stores.as_text import moment, stamp
from bot.stores.records.audience import not_written, wanted_by
from bot.stores.records.deliveries import DeliveryRows
from bot.stores.records.rows import Row

STAFF_COLUMNS = "number, role, places, office, channel, user, since"


class PeopleRows(DeliveryRows):
    """`PeopleRecords`. Whoever stops announcements gets none that waits, hence the deliveries."""

    # --- subscribers ---

    def subscription(self, address: Address) -> Subscription | None:
        row = self.one(
            "SELECT place, topics, lang, since FROM subscriptions WHERE channel = ? AND user = ?",
            (address.channel, address.user),
        )

        def subscription(row: Row) -> Subscription:
            topics = tuple(json.loads(row["topics"]))
            return Subscription(address, row["place"], topics, row["lang"], moment(row["since"]))

        return self.made_one(subscription, row, "subscription")

    def subscribe(self, subscription: Subscription) -> None:
        self.touches(subscription.address)
        self.execute(
            "INSERT INTO subscriptions (channel, user, place, topics, lang, since) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (channel, user) DO UPDATE SET place = excluded.place, topics = excluded.topics, "
            "lang = excluded.lang, since = excluded.since",
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
        self.execute("DELETE FROM subscriptions WHERE channel = ? AND user = ?", (address.channel, address.user))
        self.stop_deliveries(address)

    def recipients(self, audience: Audience, unheard_since: Mapping[str, datetime] | None = None) -> dict[str, int]:
        where, values = wanted_by(audience)
        if unheard_since is not None:
            silent, moments = not_written(unheard_since)
            where, values = f"{where} AND {silent}", [*values, *moments]
        rows = self.execute(f"SELECT channel, COUNT(*) AS n FROM subscriptions WHERE {where} GROUP BY channel", values)  # noqa: S608 - placeholders only
        return {row["channel"]: row["n"] for row in rows}

    # --- staff ---

    def staff(self, address: Address) -> Staff | None:
        row = self.one(
            f"SELECT {STAFF_COLUMNS} FROM staff WHERE channel = ? AND user = ? AND until IS NULL",  # noqa: S608 - fixed names
            (address.channel, address.user),
        )
        return self.made_one(_staff, row, "staff", "number")

    def staff_number(self, number: int) -> Staff | None:
        row = self.one(f"SELECT {STAFF_COLUMNS} FROM staff WHERE number = ? AND until IS NULL", (number,))  # noqa: S608 - fixed names
        return self.made_one(_staff, row, "staff", "number")

    def staffed(self) -> bool:
        return self.one("SELECT 1 FROM staff WHERE until IS NULL LIMIT 1") is not None

    def all_staff(self) -> list[Staff]:
        rows = self.execute(f"SELECT {STAFF_COLUMNS} FROM staff WHERE until IS NULL ORDER BY number")  # noqa: S608 - fixed names
        return self.made(_staff, rows, "staff", "number")

    def add_staff(self, role: Role, places: Sequence[str], office: str, address: Address | None, at: datetime) -> Staff:
        self.alone()
        channel, user = (address.channel, address.user) if address else (None, None)
        before = self.one("SELECT number FROM staff WHERE channel = ? AND user = ?", (channel, user))
        if before is not None:
            self.remove_staff(before["number"], at)
        number = self.number(
            "INSERT INTO staff (role, places, office, channel, user, since) VALUES (?, ?, ?, ?, ?, ?) RETURNING number",
            (role, json.dumps(list(places)), office, channel, user, stamp(at)),
        )
        if before is not None and role != "officer":  # who stays an administrator goes on to vouch for the groups
            self.execute("UPDATE links SET staff = ? WHERE staff = ?", (number, before["number"]))
        return Staff(number, role, tuple(places), office, address, at)

    def remove_staff(self, number: int, at: datetime) -> None:
        self.alone()
        self.execute("UPDATE staff SET until = ?, channel = NULL, user = NULL WHERE number = ?", (stamp(at), number))
        for table in ("login_codes", "devices"):
            self.execute(f"DELETE FROM {table} WHERE staff = ?", (number,))  # noqa: S608 - fixed names
        self.drop_draft(Address(STAFF_PAGE, str(number)))

    def add_invite(self, code: str, invite: Invite) -> None:
        self.alone()
        self.execute(
            "INSERT INTO invites (code, role, places, office, expires) VALUES (?, ?, ?, ?, ?)",
            (code, invite.role, json.dumps(list(invite.places)), invite.office, stamp(invite.expires)),
        )

    def redeem(self, code: str, at: datetime) -> Invite | None:
        self.alone()
        row = self.one(
            "DELETE FROM invites WHERE code = ? AND expires > ? RETURNING role, places, office, expires",
            (code, stamp(at)),
        )
        return Invite(row["role"], tuple(json.loads(row["places"])), row["office"], moment(row["expires"])) if row else None

    # --- the audit log ---

    def note(self, entry: AuditEntry) -> None:
        self.alone()
        self.execute(
            "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
            (stamp(entry.at), entry.actor, entry.action, entry.subject, entry.detail),
        )

    def log(
        self,
        limit: int,
        subject: str | None = None,
        *,
        actor: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
    ) -> list[AuditEntry]:
        possible: list[tuple[str, object]] = [
            ("subject = ?", subject),
            ("actor = ?", actor),
            ("at >= ?", stamp(since) or None),
            ("at < ?", stamp(until) or None),
            ("id < ?", before),
        ]
        given = [(condition, value) for condition, value in possible if value is not None]
        where = f"WHERE {' AND '.join(condition for condition, _ in given)}" if given else ""
        rows = self.execute(
            f"SELECT id, at, actor, action, subject, detail FROM audit {where} ORDER BY id DESC LIMIT ?",  # noqa: S608 - fixed
            (*(value for _, value in given), limit),
        )
        return [_entry(row) for row in rows]

    # --- drafts ---

    def draft(self, address: Address) -> str | None:
        row = self.one("SELECT data FROM drafts WHERE channel = ? AND user = ?", (address.channel, address.user))
        return str(row["data"]) if row else None

    def save_draft(self, address: Address, data: str, at: datetime) -> None:
        self.touches(address)
        self.execute(
            "INSERT INTO drafts (channel, user, data, at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (channel, user) DO UPDATE SET data = excluded.data, at = excluded.at",
            (address.channel, address.user, data, stamp(at)),
        )

    def drop_draft(self, address: Address) -> None:
        self.touches(address)
        self.execute("DELETE FROM drafts WHERE channel = ? AND user = ?", (address.channel, address.user))


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(moment(row["at"]), row["actor"], row["action"], row["subject"], row["detail"], row["id"])


def _staff(row: Row) -> Staff:
    address = Address(row["channel"], row["user"]) if row["user"] is not None else None
    return Staff(row["number"], row["role"], tuple(json.loads(row["places"])), row["office"], address, moment(row["since"]))
