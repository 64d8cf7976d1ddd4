"""Everything that holds a person: counted for them, taken along to a new id, forgotten."""

from __future__ import annotations

from bot.model import Address
from bot.model.well_known import STAFF_PAGE
from bot.stores.records.deliveries import DeliveryRows

PERSONAL_TABLES = (
    *("sessions", "choices", "replies", "consents", "subscriptions", "drafts", "deliveries", "staff", "cases"),
    "web_messages",
)
# What goes along to a new id, by which column, and which rows of the new id give way to which of the old one. Replies go to
# where they were asked for.
MOVING = (
    *((table, "user", "1 = 1") for table in ("subscriptions", "sessions", "staff", "drafts")),
    ("consents", "user", "o.purpose = consents.purpose"),
    ("cases", "user", "o.state <> 'closed' AND cases.state <> 'closed'"),
    ("links", "chat", "1 = 1"),  # of a group that became a larger one
    ("case_notices", "chat", "o.message_id = case_notices.message_id"),
)
UPDATE_IDS = (("handled", "update_id"), ("set_aside", "key"))  # a channel whose vendor gives none makes them of the person's
THEIR_CASES = "SELECT number FROM cases WHERE channel = ? AND user = ?"
THEIR_NUMBERS = "SELECT number FROM staff WHERE channel = ? AND user = ?"
ON_THE_CONSOLE = (  # what somebody of the staff is writing there
    f"channel = '{STAFF_PAGE}' AND user IN (SELECT CAST(number AS TEXT) FROM staff WHERE channel = ? AND user = ?)"  # noqa: S608 - fixed
)
# What officers are asked of several cases at once belongs to none; it quotes how each question begins, at least so far.
QUOTING_THEM = (
    "SELECT replies.id FROM replies, cases WHERE instr(replies.text, '“' || substr(cases.question, 1, 35)) > 0 "
    "AND cases.channel = ? AND cases.user = ?"
)
THEIR_DELIVERIES = "announcement IN (SELECT id FROM announcements) AND"  # by the primary key, not through all rows
# Under this name it is noted that somebody was forgotten since the file was last written anew: the process may end before.
FORGOTTEN = "forgotten"
NOTE_FORGOTTEN = f"INSERT INTO heartbeats (name, at) VALUES ('{FORGOTTEN}', '') ON CONFLICT DO NOTHING"  # noqa: S608 - fixed


class PersonalRows(DeliveryRows):
    """`move`, `forget` and `personal_data`. Whoever is forgotten goes on to count in the reports, hence the deliveries."""

    def move(self, old: Address, new: Address) -> None:
        self.alone()
        if old == new:
            return
        for table, column, same in MOVING:
            taken = f"EXISTS (SELECT 1 FROM {table} AS o WHERE o.channel = {table}.channel AND o.{column} = ? AND {same})"  # noqa: S608 - fixed names
            self.execute(
                f"DELETE FROM {table} WHERE channel = ? AND {column} = ? AND {taken}",  # noqa: S608 - fixed names
                (old.channel, new.user, old.user),
            )
            self.execute(
                f"UPDATE {table} SET {column} = ? WHERE channel = ? AND {column} = ?",  # noqa: S608 - fixed names
                (new.user, old.channel, old.user),
            )
        self.move_deliveries(old, new)

    def forget(self, address: Address) -> int:
        self.alone()
        self.execute(NOTE_FORGOTTEN)
        self.tally(f"{THEIR_DELIVERIES} channel = ? AND user = ?", (address.channel, address.user))
        self.execute(f"DELETE FROM replies WHERE id IN ({QUOTING_THEM})", _who(address))  # noqa: S608 - fixed
        for table in ("replies", "case_messages", "case_notices"):  # what officers were told of their cases, and was said
            self.execute(f"DELETE FROM {table} WHERE number IN ({THEIR_CASES})", _who(address))  # noqa: S608 - fixed names
        for table in ("login_codes", "devices"):
            self.execute(f"DELETE FROM {table} WHERE staff IN ({THEIR_NUMBERS})", _who(address))  # noqa: S608 - fixed names
        written = self.execute(f"DELETE FROM drafts WHERE {ON_THE_CONSOLE}", _who(address)).rowcount  # noqa: S608 - fixed names
        self.execute("DELETE FROM case_notices WHERE channel = ? AND chat = ?", _who(address))  # of an officer's own chat
        for table, column in UPDATE_IDS:
            theirs = f"length({column}) > ? AND substr({column}, length({column}) - ?) = ?"
            values = (address.channel, len(address.user), len(address.user), f"-{address.user}")
            self.execute(f"DELETE FROM {table} WHERE channel = ? AND {theirs}", values)  # noqa: S608 - fixed names
        return written + sum(
            self.execute(f"DELETE FROM {table} WHERE {_theirs(table)} channel = ? AND user = ?", _who(address)).rowcount  # noqa: S608 - fixed names
            for table in PERSONAL_TABLES
        )

    def personal_data(self, address: Address) -> dict[str, int]:
        return {table: self._kept_in(table, address) for table in PERSONAL_TABLES}

    def _kept_in(self, table: str, address: Address) -> int:
        sql = f"SELECT COUNT(*) FROM {table} WHERE {_theirs(table)} channel = ? AND user = ?"  # noqa: S608 - fixed names
        row = self.one(sql, _who(address))
        more = self.one(f"SELECT COUNT(*) FROM drafts WHERE {ON_THE_CONSOLE}", _who(address)) if table == "drafts" else None  # noqa: S608 - fixed
        return sum(int(one[0]) for one in (row, more) if one)


def _who(address: Address) -> tuple[str, str]:
    return address.channel, address.user


def _theirs(table: str) -> str:
    return THEIR_DELIVERIES if table == "deliveries" else ""
