"""What would happen if an announcement were confirmed now: to whom, when, how long, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.announcements.authority import approvers
from bot.announcements.policy import AnnouncementPolicy
from bot.model import Plan, Staff
from bot.ports import Transaction

Obstacle = Literal["nobody", "nobody yet", "ends before", "alone", "second"]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen now.

    recipients  channel → how many people
    held        channel → how many of its people get it only when they next write; no channel without any
    seconds     how long sending takes at the channels' rates, to those who need not write first
    due         when it is to go out: at once, or at its time; of a repeated one, the first time
    starts      when it does: at once where that has passed, or when the night is over
    night       whether it waits for that
    ends_before whether it stops being true before everybody can have it
    second      whether a second person has to approve it; `approvers` are those who may
    """

    plan: Plan
    recipients: Mapping[str, int]
    held: Mapping[str, int]
    seconds: float
    due: datetime
    starts: datetime
    night: bool
    ends_before: bool
    second: bool
    approvers: tuple[Staff, ...]

    @property
    def total(self) -> int:
        return sum(self.recipients.values())

    @property
    def until(self) -> datetime:
        """When it stops being true."""
        return self.due + self.plan.lasts

    def obstacles(self) -> Iterator[Obstacle]:
        """What speaks against it.

        nobody       there is nobody to send it to, so it is refused · nobody yet: it is repeated, and somebody may come
        ends before  it stops being true before everybody can have it
        alone        a second person is needed and there is none, so it is refused · second: one will be asked
        """
        if self.total == 0:
            yield "nobody" if self.plan.rule is None else "nobody yet"
        if self.ends_before:
            yield "ends before"
        if self.second:
            yield "second" if self.approvers else "alone"

    @property
    def is_refused(self) -> bool:
        """Whether confirming it would be refused."""
        return not {"nobody", "alone"}.isdisjoint(self.obstacles())


def preview_of(
    plan: Plan, author: int, due: datetime, policy: AnnouncementPolicy, transaction: Transaction, now: datetime
) -> Preview:
    """Counted at this moment; whether `author` may send this is none of its business."""
    recipients = transaction.recipients(plan.audience)
    soonest = max(due, now)  # what was due while it was looked at begins at once
    starts = policy.goes_out_at(soonest, urgent=plan.urgent)
    held = transaction.recipients(plan.audience, unheard_since=policy.written_since(starts))
    seconds = policy.seconds({channel: count - held.get(channel, 0) for channel, count in recipients.items()})
    second = sum(recipients.values()) > policy.approval_above
    return Preview(
        plan,
        recipients,
        held,
        seconds,
        due,
        starts,
        night=starts > soonest,
        ends_before=starts + timedelta(seconds=seconds) > due + plan.lasts,
        second=second,
        approvers=tuple(approvers(transaction, plan.audience, author)) if second else (),
    )
