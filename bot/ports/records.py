"""What can be read and written inside one transaction, by subject. `Transaction` in store.py is all of it together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from bot.model import (
    Address,
    Announcement,
    AnnouncementState,
    AnnouncementTotals,
    Audience,
    AuditEntry,
    Case,
    CaseMessage,
    CaseState,
    CaseSummary,
    ChannelState,
    CountKey,
    Delivery,
    DeliveryReport,
    DeliveryState,
    Feedback,
    FeedbackCount,
    GroupLink,
    Incoming,
    Invite,
    Outcome,
    Plan,
    Reply,
    Role,
    Session,
    Staff,
    Subscription,
    TokenPair,
    UnansweredQuestion,
)


class ConversationRecords(Protocol):
    """What is kept of conversations."""

    def first_time(self, incoming: Incoming) -> bool:
        """Note (channel, update id) as handled; False when it was noted before."""
        ...

    def session(self, address: Address) -> Session | None: ...

    def save_session(self, session: Session) -> None: ...

    def chosen(self, address: Address, token: str, at: datetime) -> str | None:
        """The choice behind a button's token: only for the person it was made for, while it is valid."""
        ...

    def queue(self, to: Address, replies: Sequence[Reply], at: datetime) -> None:
        """Store replies to be sent; their buttons' choices become tokens."""
        ...

    def count(self, outcome: Outcome, channel: str, day: date, place: str = "") -> None:
        """One more of this outcome, intent, language, channel and commune on this day; nothing about the person."""
        ...

    def rate(self, verdict: Feedback, version: str, lang: str, channel: str, day: date) -> None:
        """One more that found an answer of this version of the content good, or not; nothing about the person."""
        ...

    def unanswered(self, text: str, kind: str, outcome: Outcome, day: date, place: str = "") -> int:
        """Keep a question without the person; returns its number. `text` must be masked before.

        `kind`: unknown · clarify, where nothing was chosen · disliked.
        """
        ...

    def answered(self, number: int) -> None:
        """A kept question was answered after all, so it is dropped."""
        ...

    def consent(self, address: Address, purpose: str, version: str, at: datetime) -> None:
        """Record that this person was told, or agreed to, `purpose` in this version of the text."""
        ...

    def withdraw(self, address: Address, purpose: str, at: datetime) -> None: ...

    def forget(self, address: Address) -> int:
        """Delete every row that holds this person; returns how many. Deliveries go on to count in their reports."""
        ...

    def personal_data(self, address: Address) -> dict[str, int]:
        """Table → number of rows that hold this person."""
        ...


class PeopleRecords(Protocol):
    """Who wants announcements, and who may send them."""

    def subscription(self, address: Address) -> Subscription | None: ...

    def subscribe(self, subscription: Subscription) -> None:
        """Add, or replace what this person wanted before."""
        ...

    def unsubscribe(self, address: Address) -> None:
        """End it at once: what was waiting for this person is cancelled."""
        ...

    def move(self, old: Address, new: Address) -> None:
        """The vendor gave a chat a new id."""
        ...

    def recipients(self, audience: Audience) -> dict[str, int]:
        """Channel → how many subscribers an audience has now."""
        ...

    def silent(self, audience: Audience, since: Mapping[str, datetime]) -> dict[str, int]:
        """Channel → how many of an audience have not written since the moment given for it; no channel without any."""
        ...

    def staff(self, address: Address) -> Staff | None:
        """Who this is, if he or she may send at this moment."""
        ...

    def staff_number(self, number: int) -> Staff | None:
        """As `staff`, by number."""
        ...

    def staffed(self) -> bool:
        """Whether anybody is staff at this moment."""
        ...

    def all_staff(self) -> list[Staff]:
        """Everybody who may send at this moment, by number."""
        ...

    def add_staff(self, role: Role, places: Sequence[str], office: str, address: Address, at: datetime) -> Staff:
        """A new one; somebody who was staff before is first removed and gets a new number."""
        ...

    def remove_staff(self, number: int, at: datetime) -> None:
        """From now on this is nobody's number; it keeps standing in the audit log, without the address."""
        ...

    def add_invite(self, code: str, invite: Invite) -> None:
        """The code itself is not kept, only its hash."""
        ...

    def redeem(self, code: str, at: datetime) -> Invite | None:
        """The invite behind a code, which is used up by this; None when there is none, or it expired or was used."""
        ...

    def note(self, entry: AuditEntry) -> None:
        """Append to the audit log; nothing can change or delete a line of it."""
        ...

    def log(self, limit: int, subject: str | None = None) -> list[AuditEntry]:
        """The newest lines of the audit log, newest first; of one subject where it is given."""
        ...

    def draft(self, address: Address) -> str | None:
        """The announcement somebody is writing, as the text it was saved as."""
        ...

    def save_draft(self, address: Address, data: str, at: datetime) -> None: ...

    def drop_draft(self, address: Address) -> None: ...


class CaseRecords(Protocol):
    """Questions that were passed on to people, and the groups of officers that get them."""

    def open_case(
        self, resident: Address, place: str, topic: str | None, lang: str, question: str, at: datetime, due: datetime
    ) -> Case:
        """A new one, waiting."""
        ...

    def case(self, number: int) -> Case | None: ...

    def case_of(self, resident: Address) -> Case | None:
        """The one that is open of this person; there is one at most."""
        ...

    def cases(
        self, places: Sequence[str] | None, *, states: Sequence[CaseState], owner: int | None = None, limit: int = 50
    ) -> list[Case]:
        """Oldest first: of all communes (`places` is None) or of these; `owner` narrows it down."""
        ...

    def due_cases(self, now: datetime, farthest: datetime) -> list[Case]:
        """Open ones of which somebody has to be reminded: since now, or later than anybody could have asked for."""
        ...

    def idle_cases(self, state: CaseState, before: datetime) -> list[Case]:
        """Those in this state in which nobody has written since then."""
        ...

    def ownerless_cases(self) -> list[Case]:
        """Owned ones whose owner is no longer staff."""
        ...

    def save_case(self, case: Case) -> None:
        """What changed of it: state, owner, touched, due, reminders, reason."""
        ...

    def add_message(self, number: int, message: CaseMessage) -> None: ...

    def messages(self, number: int) -> list[CaseMessage]:
        """Everything written in a case, oldest first; without the question it began with."""
        ...

    def case_behind(self, chat: Address, message_id: str) -> int | None:
        """The case that a message of ours in this chat, by the vendor's id, belongs to."""
        ...

    def was_told(self, chat: Address, number: int) -> bool:
        """Whether any message of ours that arrived in this chat belongs to this case."""
        ...

    def link(self, link: GroupLink, at: datetime) -> None:
        """From now on this group gets these communes' cases, instead of those it got before."""
        ...

    def unlink(self, group: Address) -> bool:
        """False where it was not linked."""
        ...

    def linked(self, group: Address) -> GroupLink | None: ...

    def links(self, place: str) -> list[GroupLink]:
        """The groups that get the cases of a commune."""
        ...


class OutboxRecords(Protocol):
    """Announcements and their recipients. The rows of the recipients are the queue; there is no other."""

    def add_announcement(
        self,
        plan: Plan,
        state: AnnouncementState,
        *,
        author: int,
        approver: int | None,
        created: datetime,
        due: datetime,
        expires: datetime,
        parent: int | None = None,
        reason: str = "",
    ) -> Announcement | None:
        """None when the parent has an occurrence at this time already."""
        ...

    def announcement(self, number: int) -> Announcement | None: ...

    def announced(self, code: str) -> Announcement | None:
        """The newest with this code that was approved, whatever became of it."""
        ...

    def announcements(
        self,
        places: Sequence[str] | None,
        *,
        states: Sequence[AnnouncementState] = (),
        author: int | None = None,
        parent: int | None = None,
        limit: int = 50,
    ) -> list[Announcement]:
        """Newest first: all of them (`places` is None), or those whose audience lies within these communes.

        `states`, `author` and `parent` narrow it down where they are given.
        """
        ...

    def due_rules(self, now: datetime) -> list[Announcement]:
        """Repeating announcements whose next time has come."""
        ...

    def change(
        self,
        number: int,
        state: AnnouncementState,
        *,
        reason: str = "",
        due: datetime | None = None,
        expires: datetime | None = None,
        approver: int | None = None,
    ) -> None:
        """A new state and reason, and those of the other columns that are given."""
        ...

    def freeze(self, number: int, windows: Mapping[str, datetime] | None = None) -> int:
        """Write one delivery for everybody in the audience at this moment; returns how many there are.

        `windows`: channel → since when somebody must have written. Who has not is held: pending, until `opened`.
        """
        ...

    def opened(self, address: Address, at: datetime, until: datetime) -> None:
        """This person wrote: what is held for them is due, of announcements whose time comes by `until`."""
        ...

    def cancel_deliveries(self, number: int) -> int:
        """Cancel what waits of one announcement; what is on its way arrives."""
        ...

    def claim(
        self,
        channel: str,
        now: datetime,
        *,
        lease: timedelta,
        quiet: bool,
        served: int,
        begun: datetime | None = None,
    ) -> Delivery | None:
        """The next delivery of a channel, claimed until now + lease; None when nothing is due.

        Urgent announcements come first, and only they do while it is `quiet`. Among the others each gets its turn: the
        announcement after number `served` is next. A recipient who stopped in the meantime is cancelled and passed over.

        The clock may be turned back meanwhile: what was due at `begun` still is, and a wait that is longer than any that is
        asked for was written before that, so it is over.
        """
        ...

    def begun(self, channel: str, now: datetime) -> datetime | None:
        """The latest time that announcements were due at which are being sent, though by `now` they are not due yet.

        None where the clock was not turned back, nearly always.
        """
        ...

    def settle(
        self, delivery: Delivery, state: DeliveryState, at: datetime, *, external_id: str = "", reason: str = ""
    ) -> None:
        """The final result of a claimed delivery."""
        ...

    def retry(self, delivery: Delivery, due: datetime, reason: str, *, ambiguous: bool) -> None:
        """Try again at `due`. `ambiguous`: it may have arrived nevertheless."""
        ...

    def give_back(self, delivery: Delivery, reason: str = "") -> None:
        """As if it had not been claimed: the try does not count. A reason, where one is given, is kept for the next.

        After this, and after `retry`, it is cancelled where the announcement was cancelled in the meantime.
        """
        ...

    def hold(self, delivery: Delivery, sent: datetime, again: datetime) -> None:
        """As `give_back`, and held until this person writes; due `again` where they have written since it was `sent`."""
        ...

    def recover(self, channel: str, now: datetime, *, everything: bool, sparing: Collection[Delivery] = ()) -> int:
        """Take back claims whose lease ran out, or (the process that made them is gone) all. Each is ambiguous.

        Those of must-reach announcements are sent again, the others stay unknown. Those in `sparing` are alive, whatever
        the clock says: they stay as they are. Returns how many there were.
        """
        ...

    def finish(self, now: datetime) -> list[Announcement]:
        """Expire what is not true any more, and close announcements that have nothing left to send; returns those closed."""
        ...

    def report(self, number: int) -> DeliveryReport:
        """Everything there is to tell; it looks at every recipient."""
        ...

    def progress(self, number: int) -> tuple[int, int]:
        """How many recipients it arrived at, and how many there are."""
        ...

    def condense(self, before: datetime) -> int:
        """Turn the deliveries of announcements that expired before then into counts; returns how many rows went."""
        ...

    def channel_state(self, channel: str) -> ChannelState: ...

    def save_channel_state(self, channel: str, state: ChannelState) -> None: ...

    def lead(self, channel: str, owner: str, now: datetime, *, lapse: timedelta) -> Literal["ours", "new", "theirs"]:
        """Ask to be, or stay, the one process that announces on this channel, until now + lapse.

        `new` when it was nobody or somebody else before: then `recover` everything.
        """
        ...


class TokenRecords(Protocol):
    """Credentials that a vendor changes from day to day, and whose turn it is to change them."""

    def tokens(self, channel: str) -> TokenPair | None: ...

    def save_tokens(self, channel: str, tokens: TokenPair) -> None:
        """In place of the pair before; a claim to renew that one is over."""
        ...

    def claim_renewal(self, channel: str, now: datetime, *, lapse: timedelta) -> bool:
        """Be the one who renews the pair, until now + lapse; False while somebody else is."""
        ...

    def drop_renewal(self, channel: str) -> None:
        """Nothing came of it: whoever wants may try."""
        ...


class StatisticsRecords(Protocol):
    """Sums over many people. Days and moments: from `since`; days until and with `until`, moments before it; None is open."""

    def sum_counts(self, by: Sequence[CountKey], since: date | None, until: date | None) -> Mapping[tuple[str, ...], int]:
        """Values of these columns, in this order → how many messages were counted with them."""
        ...

    def sum_verdicts(self, since: date | None, until: date | None) -> list[FeedbackCount]:
        """The verdicts on each answer in each version."""
        ...

    def sum_kept(self, since: date | None, until: date | None) -> Mapping[tuple[str, ...], int]:
        """(day, kind, nearest intent or "") → how many unanswered questions are kept of it."""
        ...

    def kept_questions(self, since: date | None, until: date | None) -> list[UnansweredQuestion]:
        """The unanswered questions themselves, oldest first."""
        ...

    def cases_opened(self, since: datetime | None, until: datetime | None) -> list[CaseSummary]:
        """The cases that were opened then and are kept still, oldest first."""
        ...

    def sum_announced(self, since: datetime | None, until: datetime | None) -> AnnouncementTotals:
        """What became of the announcements that were due then; it looks at every recipient."""
        ...
