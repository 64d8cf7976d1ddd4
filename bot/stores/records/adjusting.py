"""What must not come back with a copy of yesterday: nothing that was on its way then goes out again by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.model import COMMAND_LINE, OPEN_CASES, OPEN_STATES, AnnouncementState, AuditEntry
from bot.model.well_known import CHOICE_PREFIX
from bot.stores.records.rows import among
from bot.stores.records.transaction import RecordTransaction

RESTORED = "restored"  # the reason of what a restore paused, and what the audit log calls it
ON_THEIR_WAY: tuple[AnnouncementState, ...] = ("sending", "repeating")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done to the copy.

    paused     numbers of the announcements that were on their way, or repeated, when the copy was made
    waiting    numbers of those that wait for a second person, who may have approved them since
    cases      numbers of the questions that are with officers, who may have answered them since
    dropped    how many replies on their way were dropped: their people have had them, or have waited too long
    unreadable numbers of the open announcements whose plan cannot be read: they reach nobody
    tokens     channels with tokens that can be used only once, and may have been since
    kept       where the database before it is now; None where there was none
    stopped    how many people stay without announcements, because they stopped them since
    revoked    how many people stay without their right to send
    forgotten  how many people were left out, because the database before it does not know them
    """

    paused: tuple[int, ...]
    waiting: tuple[int, ...]
    cases: tuple[int, ...]
    dropped: int
    unreadable: tuple[int, ...]
    tokens: tuple[str, ...]
    kept: Path | None = None
    stopped: int = 0
    revoked: int = 0
    forgotten: int = 0


def adjust(transaction: RecordTransaction, now: datetime, made: datetime | None) -> Restored:
    """Of a copy that was made at `made`, as far as that is known."""
    done = Restored(
        paused=_paused(transaction, now),
        waiting=_numbers(transaction, "SELECT id FROM announcements WHERE state = 'waiting' ORDER BY id DESC"),
        cases=_numbers(transaction, f"SELECT number FROM cases WHERE state IN {among(OPEN_CASES)} ORDER BY number"),  # noqa: S608 - fixed
        dropped=transaction.execute("DELETE FROM replies WHERE answered_by IS NULL").rowcount,
        unreadable=tuple(transaction.unreadable(OPEN_STATES)),
        tokens=tuple(row["channel"] for row in transaction.execute("SELECT channel FROM tokens ORDER BY channel")),
    )
    # An invitation, a code and a button of staff work once, and the console is closed to who left; nobody knows what was since.
    for table in ("invites", "login_codes", "devices"):
        transaction.execute(f"DELETE FROM {table}")  # noqa: S608 - fixed names
    transaction.execute("DELETE FROM choices WHERE choice LIKE ?", (f"{CHOICE_PREFIX}%",))
    transaction.note(AuditEntry(now, COMMAND_LINE, RESTORED, "backup", made.isoformat(timespec="seconds") if made else ""))
    return done


def _paused(transaction: RecordTransaction, now: datetime) -> tuple[int, ...]:
    """Announcements that would go out again by themselves, to people who have had them since; those, too, that only another
    version can read.
    """
    found = _numbers(transaction, f"SELECT id FROM announcements WHERE state IN {among(ON_THEIR_WAY)} ORDER BY id")  # noqa: S608 - fixed
    for number in found:
        transaction.change(number, "paused", reason=RESTORED)
        transaction.note(AuditEntry(now, COMMAND_LINE, "paused", f"announcement {number}", RESTORED))
    return found


def _numbers(transaction: RecordTransaction, sql: str) -> tuple[int, ...]:
    return tuple(number for (number,) in transaction.execute(sql).fetchall())
