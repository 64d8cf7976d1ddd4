"""Who may do what with which announcement: the one place where that is decided."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.errors import Refusal
from bot.i18n import mark
from bot.model import COMMAND_LINE, Action, Audience, Staff
from bot.ports import Transaction

NOT_STAFF = mark("This is for commune staff only. If you are one, ask your administrator for an invitation.")
NOT_YOURS = mark("That is outside the communes you speak for. Ask an administrator, or somebody of that commune.")
OWN_WORK = mark("Somebody else has to approve it: whoever wrote an announcement cannot do that.")

COMMAND_LINE_STAFF = Staff(COMMAND_LINE, "owner", (), "", None, datetime(2026, 1, 1, tzinfo=UTC))


def current_staff(transaction: Transaction, number: int) -> Staff:
    """Who acts, as the store knows it at this moment. Raises Refusal for somebody who is no longer staff."""
    staff = COMMAND_LINE_STAFF if number == COMMAND_LINE else transaction.staff_number(number)
    if staff is None:
        raise Refusal(NOT_STAFF)
    return staff


def speaks_for(staff: Staff, audience: Audience) -> bool:
    """Owners and admins speak for everybody, officers for their communes and never for the whole province."""
    if staff.role != "officer":
        return True
    return bool(audience.places) and set(audience.places) <= set(staff.places)


def check_allowed(staff: Staff, action: Action, audience: Audience, author: int | None = None) -> None:
    """Raises Refusal where `staff` may not do this. `author` is who wrote what is approved."""
    if not speaks_for(staff, audience):
        raise Refusal(NOT_YOURS)
    if action == "approve" and staff.number == author:
        raise Refusal(OWN_WORK)


def approvers(transaction: Transaction, audience: Audience, author: int) -> list[Staff]:
    """Everybody who may approve, at this moment, what `author` wrote for this audience."""
    return [staff for staff in transaction.all_staff() if staff.number != author and speaks_for(staff, audience)]
