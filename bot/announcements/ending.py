"""When an announcement is over, and what it ends as. Everything here runs inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from bot.model import FROZEN_STATES, WINDOW, Announcement, AnnouncementState, DeliveryReport
from bot.ports import Transaction

ENDING: tuple[AnnouncementState, ...] = ("waiting", *FROZEN_STATES)  # a repeated one ends only when it is cancelled


def over(transaction: Transaction, now: datetime) -> list[Announcement]:
    """Those whose time is over, and those that are being sent and have nobody left to send to; oldest first."""
    due = transaction.announcements(None, states=ENDING, due_by=now, limit=None)
    return [
        one for one in reversed(due) if one.expires <= now or (one.state == "sending" and not transaction.unfinished(one.id))
    ]


def close(transaction: Transaction, announcement: Announcement, now: datetime) -> Announcement | None:
    """End one that is over; returns it as it is then. None while somebody's is on its way."""
    if announcement.expires <= now:
        transaction.end_pending(announcement.id, "expired", now)
    if transaction.unfinished(announcement.id):
        return None
    state, reason = ends_as(announcement, transaction.report(announcement.id))
    transaction.change(announcement.id, state, reason=reason)
    return transaction.announcement(announcement.id)


def ends_as(announcement: Announcement, report: DeliveryReport) -> tuple[AnnouncementState, str]:
    """State and reason of one that has ended. Whoever did not write in their time was not failed by anybody."""
    late = report.states.get("expired", 0)
    failed = late - report.reasons.get(("expired", WINDOW), 0)
    if announcement.state == "waiting":
        return "expired", "not approved"
    if late and not report.states.get("sent"):
        return "expired", "too late" if failed else WINDOW
    if failed:
        return "done", "partly too late"
    return "done", announcement.reason if announcement.state != "paused" else ""
