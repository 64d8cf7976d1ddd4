"""Fills a store with people who want announcements, and with announcements for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.delivery.claims import claim_next
from bot.model import Address, Announcement, Audience, Delivery, DeliveryReport, Plan, Subscription
from bot.ports import Store, Transaction

SINCE = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
PLACE = "03202"
TEXTS = {"vi": "Sáng mai có lớp học nghề ở nhà văn hoá."}


def subscribe(
    store: Store,
    n: int,
    channel: str = "telegram",
    place: str = PLACE,
    topics: tuple[str, ...] = (),
    lang: str = "vi",
    *,
    first: int = 1,
) -> list[Address]:
    """`n` people, with the numbers from `first` on as their ids."""
    people = [Address(channel, str(number)) for number in range(first, first + n)]
    with store.writing() as transaction:
        for address in people:
            transaction.subscribe(Subscription(address, place, topics, lang, SINCE))
    return people


def announce(
    store: Store,
    *,
    now: datetime,
    lasts: timedelta = timedelta(hours=6),
    must: bool = False,
    urgent: bool = False,
    texts: Mapping[str, str] = TEXTS,
    places: Sequence[str] = (PLACE,),
    code: str = "AB23CD",
    author: int = 1,
) -> Announcement:
    """One that is being sent from `now` on, its audience frozen."""
    plan = Plan(
        code=code,
        office={"vi": "UBND xã Mường Pồn"},
        texts=texts,
        audience=Audience(tuple(places)),
        lasts=lasts,
        must=must,
        urgent=urgent,
    )
    with store.writing() as transaction:
        added = transaction.add_announcement(
            plan, "sending", author=author, approver=None, created=now, due=now, expires=now + lasts
        )
        assert added is not None
        transaction.freeze(added, otherwise="vi")
    return added


def claim(
    transaction: Transaction,
    now: datetime,
    channel: str = "telegram",
    *,
    lease: timedelta = timedelta(minutes=1),
    quiet: bool = False,
    served: int = 0,
    begun: datetime | None = None,
) -> Delivery | None:
    """Whoever is written to next, by the rules of the outbox."""
    claimed = claim_next(transaction, channel, now, lease=lease, quiet=quiet, served=served, begun=begun)
    return claimed[0] if claimed is not None else None


def report(store: Store, announcement: Announcement) -> DeliveryReport:
    with store.writing() as transaction:
        return transaction.report(announcement.id)
