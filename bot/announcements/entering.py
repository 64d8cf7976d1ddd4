"""How staff come to the console and leave it: a code of their own private chat, once, and the browsers it opened.

Of codes and of what browsers keep only hashes are stored: whoever reads the database, or a copy of it, cannot use them.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.announcements.authority import current_staff
from bot.announcements.notifier import Notifier
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import KEEP, AuditEntry, Device, Staff
from bot.ports import Transaction
from bot.text.codes import ALPHABET

CODE_SIGNS = 8  # of 31: what is guessed sixty times a minute is not found in ten minutes
CODE_LASTS = timedelta(minutes=10)
TOKEN_BYTES = 24  # 192 bits
LONGEST_NAME = 40
NOT_A_SIGN = re.compile(r"[^A-Z0-9]")

BAD_CODE = mark("The code is not right, was used, or is older than 10 minutes. Send /console for a new one.")


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody came in. `token` is for their browser alone, and is kept nowhere else."""

    token: str
    device: Device


def give_code(transaction: Transaction, number: int, now: datetime) -> str:
    """A code by which this staff member comes in once, in place of the one before. Raises Refusal."""
    staff = current_staff(transaction, number)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_SIGNS))
    transaction.add_login_code(kept_as(code), staff.number, now + CODE_LASTS)
    return code


def enter(transaction: Transaction, code: str, name: str, notifier: Notifier, now: datetime) -> Entered:
    """Use a code up; the person's chat is told of the new device. Raises Refusal for one that is not valid."""
    staff = _whose(transaction, code, now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    device = transaction.add_device(kept_as(token), staff.number, name[:LONGEST_NAME], now)
    transaction.note(AuditEntry(now, staff.number, "console opened", f"staff {staff.number}", device.name))
    notifier.new_device(transaction, staff, device, now)
    return Entered(token, device)


def confirm(transaction: Transaction, actor: int, code: str, now: datetime) -> None:
    """Use a new code up for what is grave: who stole a browser has none. Raises Refusal."""
    if _whose(transaction, code, now).number != actor:
        raise Refusal(BAD_CODE)


def who_is_in(records: Transaction, token: str, now: datetime) -> tuple[Staff, Device] | None:
    """Whose browser this is, as the store knows it at this moment; None where nobody is in any more."""
    device = records.device(kept_as(token))
    if device is None or now - device.began >= KEEP.devices or now - device.used >= KEEP.idle_devices:
        return None
    staff = records.staff_number(device.staff)
    return (staff, device) if staff is not None else None


def devices_of(records: Transaction, number: int, now: datetime) -> list[Device]:
    """Those that are still in."""
    return [one for one in records.devices(number) if now - one.began < KEEP.devices and now - one.used < KEEP.idle_devices]


def leave(transaction: Transaction, actor: int, device: int, now: datetime) -> bool:
    """End one of one's own; False where there is none."""
    ended = bool(transaction.end_devices(actor, device))
    if ended:
        transaction.note(AuditEntry(now, actor, "console closed", f"staff {actor}", ""))
    return ended


def leave_everywhere(transaction: Transaction, actor: int, now: datetime) -> int:
    """End all of one's own, and the code that waits; returns how many there were."""
    ended = transaction.end_devices(actor)
    transaction.note(AuditEntry(now, actor, "console closed everywhere", f"staff {actor}", str(ended)))
    return ended


def kept_as(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def in_groups(code: str) -> str:
    """As it is read out and typed: "ABCD EFGH"."""
    return f"{code[:4]} {code[4:]}"


def _whose(transaction: Transaction, code: str, now: datetime) -> Staff:
    number = transaction.spend_login_code(kept_as(NOT_A_SIGN.sub("", code.upper())), now)
    staff = transaction.staff_number(number) if number is not None else None
    if staff is None:
        raise Refusal(BAD_CODE)
    return staff
