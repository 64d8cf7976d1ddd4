"""Whose turn it is, and what becomes of a claim: the rules of the outbox, over whatever store keeps its rows.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable
from datetime import datetime, timedelta

from bot.model import BUG, CANCELLED, FROZEN_STATES, INTERRUPTED, STOPPED, Announcement, Delivery
from bot.ports import Transaction

# No wait and no lease is longer than this. What reaches further was written before the clock was turned back: it is over.
FARTHEST = timedelta(minutes=10)


def in_turn(sending: Iterable[Announcement], *, quiet: bool, served: int) -> list[Announcement]:
    """In which order announcements are asked for somebody to send to.

    Urgent ones come first, and only they do while it is `quiet`. Among the others each gets its turn: the one after number
    `served` is next.
    """
    able = (one for one in sending if one.plan.urgent or not quiet)
    return sorted(able, key=lambda one: (not one.plan.urgent, one.id <= served, one.id))


def being_sent(transaction: Transaction, now: datetime, begun: datetime | None) -> list[Announcement]:
    """What is due and still true. The clock may have been turned back: what was due at `begun` still is."""
    found = transaction.announcements(None, states=("sending",), due_by=max(now, begun or now), limit=None)
    return [one for one in found if one.expires > now]


def claim_next(
    transaction: Transaction,
    channel: str,
    now: datetime,
    *,
    lease: timedelta,
    quiet: bool,
    served: int,
    begun: datetime | None = None,
    sparing: Container[int] = (),
    asking: Callable[[int], None] = lambda number: None,
) -> tuple[Delivery, Announcement] | None:
    """The next recipient of a channel, claimed until now + lease; None when nothing is due.

    `begun` and `served`: see `being_sent` and `in_turn`. Announcements in `sparing` are passed over; `asking` is told which
    one is looked at. Whoever stopped in the meantime is cancelled and passed over.
    """
    due, beyond, until = max(now, begun or now), now + FARTHEST, now + lease
    for one in in_turn(being_sent(transaction, now, begun), quiet=quiet, served=served):
        if one.id in sparing:
            continue
        asking(one.id)
        while (found := transaction.claim(one.id, channel, due=due, beyond=beyond, until=until)) is not None:
            if transaction.subscription(found.to) is not None:
                return found, one
            transaction.settle(found, "cancelled", now, reason=STOPPED)
    return None


def hasten(transaction: Transaction, channel: str, now: datetime, begun: datetime | None) -> None:
    """The clock was turned back: who is to be tried again does not wait until it is where it was."""
    for one in being_sent(transaction, now, begun):
        transaction.hasten(one.id, channel, now, until=now + FARTHEST)


def begun_by(transaction: Transaction, channel: str, now: datetime) -> datetime | None:
    """The latest time that announcements were due at which are being sent, though by `now` they are not due yet.

    None where the clock was not turned back, nearly always.
    """
    later = (one for one in transaction.announcements(None, states=("sending",), limit=None) if one.due > now)
    return max((one.due for one in later if transaction.tried(one.id, channel)), default=None)


def give_up_unreadable(transaction: Transaction, now: datetime) -> list[int]:
    """End announcements that are being sent and cannot be read any more: nobody can get them. Returns their numbers."""
    found = transaction.unreadable(("sending",))
    for number in found:
        transaction.end_pending(number, "failed", now, reason=BUG)
        transaction.change(number, "done" if transaction.report(number).states.get("sent") else "expired", reason=BUG)
    return found


# --- after a crash ----------------------------------------------------------------------------------------------------


def recover(
    transaction: Transaction, channel: str, now: datetime, *, everything: bool, sparing: Collection[Delivery] = ()
) -> int:
    """Take back claims whose lease is over, or (the process that made them is gone) all. Each is ambiguous.

    Those of must-reach announcements are sent again, the others stay unknown. Those in `sparing` are alive, whatever the
    clock says: they stay as they are. Returns how many there were.
    """
    alive = {_key(delivery) for delivery in sparing}
    left = [
        delivery
        for delivery, until in transaction.claims(channel)
        if _key(delivery) not in alive and (everything or until is None or not now <= until <= now + FARTHEST)
    ]
    for delivery in left:
        if is_sent_again(transaction.announcement(delivery.announcement)):
            transaction.retry(delivery, now, INTERRUPTED, ambiguous=True)
        else:
            transaction.settle(delivery, "unknown", now, reason=INTERRUPTED, ambiguous=True)
    return len(left)


def is_sent_again(announcement: Announcement | None) -> bool:
    """Whether a recipient of whom nobody knows what became gets it once more, perhaps for the second time."""
    return announcement is not None and announcement.plan.must and announcement.state in FROZEN_STATES


def _key(delivery: Delivery) -> tuple[int, str, int]:
    return delivery.announcement, delivery.to.user, delivery.attempt


# --- back into the queue, unless the announcement was cancelled while this one was on its way: then nothing would claim it ---


def retry(
    transaction: Transaction, delivery: Delivery, now: datetime, reason: str, *, after: timedelta, ambiguous: bool
) -> None:
    """Try again, `after` so long. `ambiguous`: it may have arrived nevertheless."""
    if not _cancelled(transaction, delivery, now, ambiguous=ambiguous):
        transaction.retry(delivery, now + after, reason, ambiguous=ambiguous)


def give_back(
    transaction: Transaction, delivery: Delivery, now: datetime, reason: str | None = None, *, due: datetime | None = None
) -> None:
    """As if it had not been claimed: the try does not count. What is given is kept for the next."""
    if not _cancelled(transaction, delivery, now):
        transaction.give_back(delivery, reason, due=due)


def hold(transaction: Transaction, delivery: Delivery, now: datetime, *, sent: datetime, after: timedelta) -> None:
    """As `give_back`, and held until this person writes; due `after` so long where they have written since it was `sent`."""
    if _cancelled(transaction, delivery, now):
        return
    session = transaction.session(delivery.to)
    if session is not None and session.at is not None and session.at >= sent:
        transaction.give_back(delivery, "", due=now + after)
    else:
        transaction.hold(delivery)


def _cancelled(transaction: Transaction, delivery: Delivery, now: datetime, *, ambiguous: bool = False) -> bool:
    found = transaction.announcement(delivery.announcement)
    if found is None or found.state != "cancelled":
        return False
    transaction.settle(delivery, "cancelled", now, reason=CANCELLED, ambiguous=ambiguous)
    return True
