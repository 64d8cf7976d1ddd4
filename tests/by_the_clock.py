"""What repeats, and what passing time does to announcements: all at once, where the program takes one a transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.announcements import ending
from bot.announcements.actions import AnnouncementActions
from bot.model import Address, Announcement, Audience, Plan, Subscription
from bot.ports import Store, Transaction
from tests.at_the_desk import BUNG_LAO

AUTHOR, RESIDENT = Address("telegram", "1"), Address("telegram", "2")


def every_morning(store: Store, actions: AnnouncementActions, since: datetime) -> int:
    """The number of an announcement for every morning at 8:30; RESIDENT gets it."""
    plan = Plan(
        code="AB23CD",
        office={"vi": "UBND xã Búng Lao"},
        texts={"vi": "Sáng nay ngân hàng giao dịch tại xã."},
        audience=Audience((BUNG_LAO,)),
        lasts=timedelta(hours=10),
        rule="30 8 * * *",
    )
    with store.writing() as transaction:
        transaction.subscribe(Subscription(RESIDENT, BUNG_LAO, (), "vi", since))
        author = transaction.add_staff("officer", (BUNG_LAO,), "", AUTHOR, since).number
        return actions.confirm(transaction, author, plan, since).announcement.id


def fire(actions: AnnouncementActions, transaction: Transaction, now: datetime) -> int:
    """`occur` for all that are due; returns how many became announcements to send."""
    return sum(actions.occur(transaction, repeated, now) for repeated in actions.due(transaction, now))


def finish(actions: AnnouncementActions, transaction: Transaction, now: datetime) -> list[Announcement]:
    """`close` for all that are over; returns those closed."""
    ended = [actions.close(transaction, one, now) for one in ending.over(transaction, now)]
    return [one for one in ended if one is not None]
