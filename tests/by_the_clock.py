"""What passing time does to announcements: all at once, where the running program takes one a transaction."""

from __future__ import annotations

from datetime import datetime

from bot.announcements import ending
from bot.announcements.actions import AnnouncementActions
from bot.model import Announcement
from bot.ports import Transaction


def fire(actions: AnnouncementActions, transaction: Transaction, now: datetime) -> int:
    """`occur` for all that are due; returns how many became announcements to send."""
    return sum(actions.occur(transaction, repeated, now) for repeated in actions.due(transaction, now))


def finish(actions: AnnouncementActions, transaction: Transaction, now: datetime) -> list[Announcement]:
    """`close` for all that are over; returns those closed."""
    ended = [actions.close(transaction, one, now) for one in ending.over(transaction, now)]
    return [one for one in ended if one is not None]
