"""Questions that were passed on to officers: what is written in them, which messages tell of them, who gets them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from bot.model import OPEN_CASES, Address, Case, CaseMessage, CaseState, GroupLink
from bot.stores.as_text import maybe_moment, moment, stamp
from bot.stores.records.rows import ALL, Row, Rows, among

# A link ends with the role of who made it: nobody else vouches for who reads along in that group.
LIVING_LINKS = "SELECT * FROM links WHERE staff IN (SELECT number FROM staff WHERE until IS NULL)"


class CaseRows(Rows):
    """`CaseRecords`."""

    def open_case(
        self, resident: Address, place: str, topic: str | None, lang: str, question: str, at: datetime, due: datetime
    ) -> Case:
        self.alone()
        number = self.number(
            "INSERT INTO cases (channel, user, place, topic, lang, question, state, opened, touched, due) "
            "VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?) RETURNING number",
            (resident.channel, resident.user, place, topic, lang, question, stamp(at), stamp(at), stamp(due)),
        )
        return Case(number, resident, place, topic, lang, question, "waiting", None, at, at, due)

    def case(self, number: int) -> Case | None:
        row = self.one("SELECT * FROM cases WHERE number = ?", (number,))
        return self.made_one(_case, row, "case", "number")

    def case_of(self, resident: Address) -> Case | None:
        # In the words of the index, or it would not be used.
        row = self.one(
            "SELECT * FROM cases WHERE channel = ? AND user = ? AND state != 'closed'", (resident.channel, resident.user)
        )
        return self.made_one(_case, row, "case", "number")

    def cases_opened(self, resident: Address, since: datetime) -> int:
        row = self.one(
            "SELECT COUNT(*) FROM cases WHERE channel = ? AND user = ? AND opened >= ?",
            (resident.channel, resident.user, stamp(since)),
        )
        return int(row[0]) if row else 0

    def cases(
        self,
        places: Sequence[str] | None,
        *,
        states: Sequence[CaseState],
        owner: int | None = None,
        untouched_since: datetime | None = None,
        limit: int | None = 50,
        newest_first: bool = False,
    ) -> list[Case]:
        given: list[tuple[str, object]] = [("state IN (SELECT value FROM json_each(?))", json.dumps(list(states)))]
        if places is not None:
            given.append(("place IN (SELECT value FROM json_each(?))", json.dumps(list(places))))
        if owner is not None:
            given.append(("owner = ?", owner))
        if untouched_since is not None:
            given.append(("touched < ?", stamp(untouched_since)))
        where = " AND ".join(condition for condition, _ in given)
        order = "touched DESC, number DESC" if newest_first else "number"
        rows = self.execute(
            f"SELECT * FROM cases WHERE {where} ORDER BY {order} LIMIT ?",  # noqa: S608 - fixed conditions
            (*(value for _, value in given), ALL if limit is None else limit),
        )
        return self.made(_case, rows, "case", "number")

    def due_cases(self, now: datetime, farthest: datetime) -> list[Case]:
        rows = self.execute(
            f"SELECT * FROM cases WHERE state IN {among(OPEN_CASES)} AND (due <= ? OR due > ?) ORDER BY number",  # noqa: S608 - fixed
            (stamp(now), stamp(farthest)),
        )
        return self.made(_case, rows, "case", "number")

    def ownerless_cases(self) -> list[Case]:
        rows = self.execute(
            "SELECT * FROM cases WHERE state = 'owned' AND NOT EXISTS "
            "(SELECT 1 FROM staff WHERE staff.number = cases.owner AND until IS NULL) ORDER BY number"
        )
        return self.made(_case, rows, "case", "number")

    def save_case(self, case: Case) -> None:
        self.alone()
        self.execute(
            "UPDATE cases SET state = ?, owner = ?, touched = ?, due = ?, reminders = ?, reason = ?, muted = ? "
            "WHERE number = ?",
            (
                case.state,
                case.owner,
                stamp(case.touched),
                stamp(case.due) or None,
                case.reminders,
                case.reason,
                int(case.muted),
                case.number,
            ),
        )

    def add_message(self, number: int, message: CaseMessage) -> None:
        self.alone()
        self.execute(
            "INSERT INTO case_messages (number, author, text, at, photo, file) VALUES (?, ?, ?, ?, ?, ?)",
            (number, message.author, message.text, stamp(message.at), message.photo, message.file),
        )

    def messages(self, number: int) -> list[CaseMessage]:
        rows = self.execute("SELECT * FROM case_messages WHERE number = ? ORDER BY id", (number,))
        return self.made(_message, rows, "message of case", "number")

    # --- messages of ours that tell of a case ---

    def case_behind(self, chat: Address, message_id: str) -> int | None:
        row = self.one(
            "SELECT number FROM case_notices WHERE channel = ? AND chat = ? AND message_id = ?",
            (chat.channel, chat.user, message_id),
        )
        return int(row["number"]) if row else None

    def was_told(self, chat: Address, number: int) -> bool:
        sql = "SELECT 1 FROM case_notices WHERE channel = ? AND chat = ? AND number = ?"
        return self.one(sql, (chat.channel, chat.user, number)) is not None

    # --- groups ---

    def link(self, link: GroupLink, at: datetime) -> None:
        self.alone()
        self.execute(
            "INSERT INTO links (channel, chat, places, staff, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (channel, chat) "
            "DO UPDATE SET places = excluded.places, staff = excluded.staff, at = excluded.at",
            (link.group.channel, link.group.user, json.dumps(link.places), link.by, stamp(at)),
        )

    def unlink(self, group: Address) -> bool:
        self.alone()
        deleted = self.execute("DELETE FROM links WHERE channel = ? AND chat = ?", (group.channel, group.user))
        return deleted.rowcount == 1

    def linked(self, group: Address) -> GroupLink | None:
        row = self.one(f"{LIVING_LINKS} AND channel = ? AND chat = ?", (group.channel, group.user))
        return self.made_one(_link, row, "link of a group")

    def links(self, place: str) -> list[GroupLink]:
        rows = self.execute(f"{LIVING_LINKS} ORDER BY channel, chat")  # there are few, and one may be damaged
        return [link for link in self.made(_link, rows, "link of a group") if place in link.places]


def _case(row: Row) -> Case:
    return Case(
        number=row["number"],
        resident=Address(row["channel"], row["user"]),
        place=row["place"],
        topic=row["topic"],
        lang=row["lang"],
        question=row["question"],
        state=row["state"],
        owner=row["owner"],
        opened=moment(row["opened"]),
        touched=moment(row["touched"]),
        due=maybe_moment(row["due"]),
        reminders=row["reminders"],
        reason=row["reason"],
        muted=bool(row["muted"]),
    )


def _message(row: Row) -> CaseMessage:
    return CaseMessage(row["author"], row["text"], moment(row["at"]), row["photo"], row["file"])


def _link(row: Row) -> GroupLink:
    return GroupLink(Address(row["channel"], row["chat"]), tuple(json.loads(row["places"])), row["staff"])
