"""Codes that open the console once, the browsers it is open in, and by what an open page sees that something changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.model import OPEN_STATES, Device
from bot.stores.as_text import moment, stamp
from bot.stores.records.rows import Row, Rows

COLUMNS = "number, staff, name, lang, began, used"
IN_STATES = ", ".join(f"(SELECT COUNT(*) FROM announcements WHERE state = '{state}')" for state in OPEN_STATES)  # noqa: S608 - fixed
# Each by the end of an index: open pages have it asked once a second.
MARKS = {
    "cases": "SELECT (SELECT MAX(touched) FROM cases), (SELECT MAX(id) FROM case_messages), (SELECT COUNT(*) FROM cases)",
    "staff": "SELECT (SELECT COUNT(*) FROM staff WHERE until IS NULL), (SELECT MAX(number) FROM staff), "
    "(SELECT COUNT(*) FROM devices), (SELECT MAX(number) FROM devices)",
    # How far one that is being sent has come is asked of it alone.
    "announcements": f"SELECT (SELECT MAX(id) FROM announcements), {IN_STATES}",  # noqa: S608 - fixed
    "log": "SELECT MAX(id) FROM audit",
}


class DeviceRows(Rows):
    """`DeviceRecords`."""

    def add_login_code(self, code: str, staff: int, expires: datetime) -> None:
        self.alone()
        self.execute("DELETE FROM login_codes WHERE staff = ?", (staff,))
        self.execute("INSERT INTO login_codes (code, staff, expires) VALUES (?, ?, ?)", (code, staff, stamp(expires)))

    def spend_login_code(self, code: str, at: datetime) -> int | None:
        self.alone()
        row = self.one("DELETE FROM login_codes WHERE code = ? AND expires > ? RETURNING staff", (code, stamp(at)))
        return int(row["staff"]) if row else None

    def add_device(self, token: str, staff: int, name: str, at: datetime) -> Device:
        self.alone()
        number = self.number(
            "INSERT INTO devices (token, staff, name, began, used) VALUES (?, ?, ?, ?, ?) RETURNING number",
            (token, staff, name, stamp(at), stamp(at)),
        )
        return Device(number, staff, name, "", at, at)

    def device(self, token: str) -> Device | None:
        row = self.one(f"SELECT {COLUMNS} FROM devices WHERE token = ?", (token,))  # noqa: S608 - fixed names
        return self.made_one(_device, row, "device", "number")

    def devices(self, staff: int) -> list[Device]:
        rows = self.execute(f"SELECT {COLUMNS} FROM devices WHERE staff = ? ORDER BY number", (staff,))  # noqa: S608 - fixed names
        return self.made(_device, rows, "device", "number")

    def use_device(self, number: int, at: datetime) -> None:
        self.execute("UPDATE devices SET used = ? WHERE number = ?", (stamp(at), number))

    def speak_on_device(self, number: int, lang: str) -> None:
        self.execute("UPDATE devices SET lang = ? WHERE number = ?", (lang, number))

    def end_devices(self, staff: int, number: int | None = None) -> int:
        if number is not None:
            return self.execute("DELETE FROM devices WHERE staff = ? AND number = ?", (staff, number)).rowcount
        self.alone()
        self.execute("DELETE FROM login_codes WHERE staff = ?", (staff,))
        return self.execute("DELETE FROM devices WHERE staff = ?", (staff,)).rowcount

    def change_marks(self) -> Mapping[str, str]:
        return {subject: " ".join(str(value) for value in self.one(sql) or ()) for subject, sql in MARKS.items()}


def _device(row: Row) -> Device:
    return Device(row["number"], row["staff"], row["name"], row["lang"], moment(row["began"]), moment(row["used"]))
