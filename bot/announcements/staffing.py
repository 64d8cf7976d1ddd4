"""Who becomes staff, and who is no longer: invitations that work once, and the last owner who cannot go."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from bot.announcements.authority import current_staff
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Address, AuditEntry, Invite, Role, Staff
from bot.ports import Transaction
from bot.text.codes import ALPHABET

INVITE_LENGTH = 12  # of 31 signs: nobody guesses one in the days it is valid

BAD_INVITE = mark("This invitation is not valid: it was used, it has expired, or a sign is missing. Ask for a new one.")
OWNER_ALREADY = mark("You are an owner already and can do everything. The invitation is still good for somebody else.")
LAST_OWNER = mark("You are the last owner, so you cannot go. Invite another owner first.")
NO_SUCH_STAFF = mark("There is no staff member {number}.")
ONLY_OWNERS = mark("Only an owner can do this.")
PLACES_NEEDED = mark("An officer speaks for a commune: name at least one.")


def invite(
    transaction: Transaction, actor: int, role: Role, places: Sequence[str], office: str, now: datetime, expires: datetime
) -> str:
    """Make an invitation; returns its code, which is kept nowhere. Raises Refusal."""
    _owner(transaction, actor)
    if role == "officer" and not places:
        raise Refusal(PLACES_NEEDED)
    code = "".join(secrets.choice(ALPHABET) for _ in range(INVITE_LENGTH))
    transaction.add_invite(kept_as(code), Invite(role, tuple(places) if role == "officer" else (), office, expires))
    transaction.note(AuditEntry(now, actor, "invited", role, " ".join(places)))
    return code


def kept_as(code: str) -> str:
    """What is stored of an invitation's code: whoever reads the database, or a copy of it, cannot use it."""
    return hashlib.sha256(code.encode()).hexdigest()


def join(transaction: Transaction, address: Address, code: str, now: datetime) -> Staff:
    """Use an invitation up. Raises Refusal for one that is not valid; an owner keeps it for somebody else.

    A role before ends as if the person had left: under a new number nobody may approve what the old one wrote.
    """
    before = transaction.staff(address)
    if before is not None and before.role == "owner":
        raise Refusal(OWNER_ALREADY)
    found = transaction.redeem(kept_as(code.strip().upper()), now)
    if found is None:
        raise Refusal(BAD_INVITE)
    if before is not None:
        _end(transaction, before, before.number, "left", now)
    staff = transaction.add_staff(found.role, found.places, found.office, address, now)
    transaction.note(AuditEntry(now, staff.number, "joined", f"staff {staff.number}", found.role))
    return staff


def revoke(transaction: Transaction, actor: int, number: int, now: datetime) -> list[int]:
    """End somebody's role, and pause what they are sending; returns the numbers of what was paused. Raises Refusal."""
    _owner(transaction, actor)
    staff = transaction.staff_number(number)
    if staff is None:
        raise Refusal(NO_SUCH_STAFF, number=number)
    return _end(transaction, staff, actor, "revoked", now)


def leave(transaction: Transaction, staff: Staff, now: datetime) -> list[int]:
    """The same at one's own wish. Raises Refusal for the last owner."""
    return _end(transaction, staff, staff.number, "left", now)


def _end(transaction: Transaction, staff: Staff, actor: int, action: str, now: datetime) -> list[int]:
    if staff.role == "owner":
        _not_the_last(transaction, staff)
    paused = transaction.announcements(None, states=("sending", "repeating"), author=staff.number, limit=1000)
    for announcement in paused:
        transaction.change(announcement.id, "paused", reason="author left")
    for announcement in transaction.announcements(None, states=("waiting",), author=staff.number, limit=1000):
        transaction.change(announcement.id, "cancelled", reason="author left")
    transaction.remove_staff(staff.number, now)
    transaction.note(AuditEntry(now, actor, action, f"staff {staff.number}", " ".join(str(a.id) for a in paused)))
    return [announcement.id for announcement in paused]


def _owner(transaction: Transaction, actor: int) -> None:
    if current_staff(transaction, actor).role != "owner":
        raise Refusal(ONLY_OWNERS)


def _not_the_last(transaction: Transaction, staff: Staff) -> None:
    if not any(other.role == "owner" and other.number != staff.number for other in transaction.all_staff()):
        raise Refusal(LAST_OWNER)
