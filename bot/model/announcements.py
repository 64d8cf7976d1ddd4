"""The nouns of announcements: who may send one, who wants to hear it, what is sent and what became of it. Frozen values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.model.conversation import Address

# --- people -----------------------------------------------------------------------------------------------------------

Role = Literal["owner", "admin", "officer"]
Action = Literal["announce", "see", "approve", "pause", "resume", "cancel"]

COMMAND_LINE = 0  # the staff number of whoever sits at the server


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who may send. Known by the address of the private chat, never by a name; `number` is never used again.

    places   codes of the communes an officer speaks for; empty for owners and admins, who speak for all
    office   what stands above their announcements; "" for the People's Committee of the commune
    address  None on the command line, and once the person is no longer staff
    """

    number: int
    role: Role
    places: tuple[str, ...]
    office: str
    address: Address | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Invite:
    """What somebody becomes who brings the code, once, before it expires."""

    role: Role
    places: tuple[str, ...]
    office: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a resident agreed to hear: one commune, and some topics or (empty) all; in which language."""

    address: Address
    place: str
    topics: tuple[str, ...]
    lang: str
    since: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A line of the audit log. `actor` is a staff number; `subject` what it was done to ("announcement 7", "staff 3").

    `number` is given by the store: a later line has a larger one.
    """

    at: datetime
    actor: int
    action: str
    subject: str
    detail: str
    number: int = field(default=0, compare=False)


# --- what is sent -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Audience:
    """Subscribers of these communes (empty: of the whole province) who want these topics (empty: whatever they want)."""

    places: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is previewed, approved and sent; `fingerprint` binds an approval to exactly this.

    code     what residents check an announcement by; the occurrences of a repeated one share it
    office   who sends it, per language
    texts    per language; Vietnamese always, others where there are any
    photo    an https address, or `<channel>:<id>` for one that lies at a vendor; None for none
    due      when to send; None: as soon as it is approved, or what `rule` says
    rule     five cron fields with named weekdays, in the zone of the province; None: once
    lasts    how long it stays true, from when it is due
    must     reach everybody, even if somebody gets it twice
    urgent   at night, too
    """

    code: str
    office: Mapping[str, str]
    texts: Mapping[str, str]
    audience: Audience
    lasts: timedelta
    photo: str | None = None
    due: datetime | None = None
    rule: str | None = None
    must: bool = False
    urgent: bool = False

    def fingerprint(self) -> str:
        return hashlib.sha256(dump_plan(self).encode()).hexdigest()


AnnouncementState = Literal["waiting", "sending", "repeating", "paused", "done", "cancelled", "expired"]
OPEN_STATES: tuple[AnnouncementState, ...] = ("waiting", "sending", "repeating", "paused")
CLOSED_STATES: tuple[AnnouncementState, ...] = ("done", "cancelled", "expired")
FROZEN_STATES: tuple[AnnouncementState, ...] = ("sending", "paused")  # in which there are recipients who wait


@dataclass(frozen=True, slots=True)
class Announcement:
    """A plan that somebody confirmed.

    state     waiting for a second person · sending (from `due` on) · repeating (a rule; its occurrences are announcements
              of their own) · paused · done · cancelled · expired (it could not be sent while it was true)
    parent    the repeating announcement it is an occurrence of; (parent, due) is unique
    reason    why it is paused, cancelled or expired; "" where its state says it all
    """

    id: int
    plan: Plan
    state: AnnouncementState
    author: int
    approver: int | None
    parent: int | None
    created: datetime
    due: datetime
    expires: datetime
    reason: str = ""


DeliveryState = Literal["pending", "sending", "sent", "gone", "failed", "unknown", "expired", "cancelled"]
UNFINISHED: tuple[DeliveryState, ...] = ("pending", "sending")  # of a recipient whose row will still change

# Why a recipient is where he or she is, as it is stored; what is said of it stands in bot/announcements/report.py.
STOPPED = "stopped"
CANCELLED = "cancelled"
MOVED = "moved"
BUG = "bug"
INTERRUPTED = "interrupted"
WINDOW = "window"  # also of those who wait: they have to write first


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed recipient. `attempt` counts from 1 and proves, when the result is stored, that the claim still holds.

    `reason` is why the try before this one led to another; "" where there was none.
    """

    announcement: int
    to: Address
    lang: str
    attempt: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Recipients of one announcement that are alike. `first` and `last`: when the first and the last of them was sent."""

    channel: str
    state: DeliveryState
    reason: str
    count: int
    ambiguous: int = 0
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of an announcement.

    recipients  rows when the audience was frozen
    states      delivery state → how many
    reasons     (state, reason) → how many, for what did not arrive
    ambiguous   recipients who may have got it twice, or may not have got it at all where their state is unknown
    first, last when the first and the last one was sent
    rate        sent a second between the first and the last; 0.0 where that is no span
    channels    channel → how many recipients
    held        how many of the pending wait until they write, because their app allows no earlier message
    """

    recipients: int
    states: Mapping[DeliveryState, int]
    reasons: Mapping[tuple[DeliveryState, str], int]
    ambiguous: int
    first: datetime | None
    last: datetime | None
    rate: float
    channels: Mapping[str, int] = field(default_factory=dict)
    held: int = 0

    @classmethod
    def of(cls, tallies: Iterable[Tally]) -> DeliveryReport:
        """All recipients of one announcement, in any number of tallies."""
        states: dict[DeliveryState, int] = {}
        reasons: dict[tuple[DeliveryState, str], int] = {}
        channels: dict[str, int] = {}
        moments: list[datetime] = []
        ambiguous = held = 0
        for one in tallies:
            states[one.state] = states.get(one.state, 0) + one.count
            channels[one.channel] = channels.get(one.channel, 0) + one.count
            if one.reason and one.state not in ("sent", *UNFINISHED):
                reasons[one.state, one.reason] = reasons.get((one.state, one.reason), 0) + one.count
            if (one.state, one.reason) == ("pending", WINDOW):
                held += one.count
            ambiguous += one.ambiguous
            moments += [at for at in (one.first, one.last) if at is not None]
        first, last = min(moments, default=None), max(moments, default=None)
        span = (last - first).total_seconds() if first and last else 0.0
        rate = (states.get("sent", 0) - 1) / span if span else 0.0
        return cls(sum(states.values()), states, reasons, ambiguous, first, last, rate, channels, held)

    @property
    def finished(self) -> int:
        """Recipients whose row will not change any more."""
        return self.recipients - sum(self.states.get(state, 0) for state in UNFINISHED)


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What must survive a restart of what a channel told us. `quiet_for` seconds of silence were asked for at `quiet_since`.

    `failing_since` is set while nothing but failures comes back and the owners were told. `led_until`: until when whoever
    sends announcements on it said to lead it; saving the state leaves that as it is.
    """

    quiet_since: datetime | None = None
    quiet_for: float = 0.0
    failing_since: datetime | None = None
    led_until: datetime | None = None

    def quiet_left(self, now: datetime) -> float:
        """Seconds of silence that are left. A clock that was turned back does not make it longer than it was."""
        if self.quiet_since is None:
            return 0.0
        return min(self.quiet_for, max(0.0, self.quiet_for - (now - self.quiet_since).total_seconds()))


# --- as text ----------------------------------------------------------------------------------------------------------


def dump_plan(plan: Plan) -> str:
    """The plan as JSON, always the same text for the same plan."""
    data = {
        "code": plan.code,
        "office": dict(plan.office),
        "texts": dict(plan.texts),
        "places": list(plan.audience.places),
        "topics": list(plan.audience.topics),
        "lasts": plan.lasts.total_seconds(),
        "photo": plan.photo,
        "due": plan.due.isoformat() if plan.due else None,
        "rule": plan.rule,
        "must": plan.must,
        "urgent": plan.urgent,
    }
    return json.dumps(data, ensure_ascii=False, sort_keys=True)


def load_plan(text: str) -> Plan:
    """A plan from the JSON of `dump_plan`."""
    data = json.loads(text)
    return Plan(
        code=data["code"],
        office=data["office"],
        texts=data["texts"],
        audience=Audience(tuple(data["places"]), tuple(data["topics"])),
        lasts=timedelta(seconds=data["lasts"]),
        photo=data["photo"],
        due=datetime.fromisoformat(data["due"]) if data["due"] else None,
        rule=data["rule"],
        must=data["must"],
        urgent=data["urgent"],
    )
