"""What staff can do with announcements.

Every action looks at role and commune at the moment it runs, writes the audit log, and happens whole, inside the caller's
transaction, or raises Refusal and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.announcements import ending
from bot.announcements.authority import check_allowed, current_staff, speaks_for
from bot.announcements.display_names import DisplayNames
from bot.announcements.notifier import Notifier
from bot.announcements.policy import AnnouncementPolicy
from bot.announcements.preview import Preview, preview_of
from bot.announcements.rendering import text_limit
from bot.announcements.text_faults import TextFaults, UnfitText, text_faults
from bot.errors import Refusal
from bot.i18n import Words, mark
from bot.model import CANCELLED, OPEN_STATES, Action, Announcement, AnnouncementState, Audience, AuditEntry, Plan, Staff
from bot.model.well_known import MAIN_LANGUAGE
from bot.ports import Transaction

APPROVE_WITHIN = timedelta(days=7)  # from its first time, for a repeated one; any other while it is true
NEVER = datetime(2999, 1, 1, tzinfo=UTC)  # when a repetition ends by itself
LINES = 50  # of the log about one announcement
MOST_MISSED = 62  # times of a repetition that are recorded one by one: two months of every day
MOMENT = timedelta(microseconds=1)
BECAUSE = "turned down because"  # in the log
NOBODY = mark("Nobody there has asked for announcements yet, so there is nobody to send this to.")
ALONE = mark(
    "This goes to {count} people, more than {limit}, so a second person has to approve it, and there is none who may. "
    "Ask whoever runs Loa Bản to invite one."
)
PAST = mark("The time to send it has passed. Choose another one.")
GONE_BY = mark("This announcement was changed, or somebody has decided about it already. Nothing was done.")
NOT_FOUND = mark("There is no announcement {number} here.")
NOT_TO_BE_SENT_AGAIN = mark("Only who wrote it can send it again, and only where nobody approved it.")
FORBIDDEN_STATE: Mapping[Action, str] = {
    "pause": mark("Only an announcement that is being sent or repeated can be paused."),
    "resume": mark("Only a paused announcement can go on."),
    "cancel": mark("It is over already, so it cannot be cancelled."),
    "approve": GONE_BY,
}
POSSIBLE: Mapping[Action, tuple[AnnouncementState, ...]] = {
    "pause": ("sending", "repeating"),
    "resume": ("paused",),
    "cancel": OPEN_STATES,
    "approve": ("waiting",),
}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """An announcement that was confirmed, and the preview that held at that moment."""

    announcement: Announcement
    preview: Preview


@dataclass(frozen=True)
class AnnouncementActions:
    """`next_time(rule, after)` gives the first time of a repetition after that moment, in UTC."""

    rules: AnnouncementPolicy
    notifier: Notifier
    next_time: Callable[[str, datetime], datetime]

    @property
    def catalogues(self) -> Mapping[str, Words]:
        return self.notifier.catalogues

    @property
    def names(self) -> DisplayNames:
        return self.notifier.names

    # --- before it is sent ---

    def preview(self, transaction: Transaction, actor: int, plan: Plan, now: datetime) -> Preview:
        """Everything a person has to know before confirming. Raises Refusal for what cannot be sent by this person."""
        staff = current_staff(transaction, actor)
        check_allowed(staff, "announce", plan.audience)
        if faults := self.text_faults(staff, plan):
            raise UnfitText(faults)
        return preview_of(plan, actor, self._due(plan, now), self.rules, transaction, now)

    def text_faults(self, staff: Staff, plan: Plan) -> TextFaults:
        """Everything that keeps the texts from being sent by this person, by language; no language without any."""
        free = text_limit(plan, self.catalogues, self.rules.channels)
        found = {
            lang: text_faults(text, room=free, allowed=self.rules.links, any_link=staff.role != "officer")
            for lang, text in plan.texts.items()
        }
        return {lang: faults for lang, faults in found.items() if faults}

    def _due(self, plan: Plan, now: datetime) -> datetime:
        """When it is due. Raises Refusal for a time that has passed."""
        if plan.rule is not None:
            return self.next_time(plan.rule, now)
        if plan.due is not None and plan.due + plan.lasts <= now:
            raise Refusal(PAST)
        return plan.due or now

    def confirm(self, transaction: Transaction, actor: int, plan: Plan, now: datetime) -> Confirmation:
        """Send it, or have it wait for a second person. `plan` is exactly what was previewed."""
        preview = self.preview(transaction, actor, plan, now)
        obstacles = set(preview.obstacles())
        if "nobody" in obstacles:
            raise Refusal(NOBODY)
        if "alone" in obstacles:
            raise Refusal(ALONE, count=preview.total, limit=self.rules.approval_above)
        added = transaction.add_announcement(
            plan,
            "waiting",
            author=actor,
            approver=None,
            created=now,
            due=preview.due,
            expires=preview.due + (plan.lasts if plan.rule is None else APPROVE_WITHIN),
        )
        assert added is not None  # noqa: S101 - only occurrences of a repeated one can be there already
        _log(transaction, actor, "confirmed", added, now, plan.fingerprint())
        if preview.second:
            self.notifier.approvers(transaction, added, preview.total, now)
        else:
            self._activate(transaction, added, now)
        return Confirmation(_stored(transaction, added), preview)

    def approve(self, transaction: Transaction, actor: int, number: int, fingerprint: str, now: datetime) -> Announcement:
        """A second person agrees to exactly what was previewed."""
        waiting = self._waiting_for(transaction, actor, number, fingerprint, now)
        transaction.change(number, "waiting", approver=actor)
        _log(transaction, actor, "approved", waiting, now, fingerprint)
        count = self._activate(transaction, waiting, now)
        self.notifier.author(transaction, waiting, "approved", now, count=count)
        return _stored(transaction, waiting)

    def turn_down(self, transaction: Transaction, actor: int, number: int, fingerprint: str, now: datetime) -> Announcement:
        """A second person does not agree; nothing is sent."""
        waiting = self._waiting_for(transaction, actor, number, fingerprint, now)
        transaction.change(number, "cancelled", reason="turned down")
        _log(transaction, actor, "turned down", waiting, now, fingerprint)
        self.notifier.turned_down(transaction, waiting, current_staff(transaction, actor), now)
        return _stored(transaction, waiting)

    def explain(self, transaction: Transaction, actor: int, number: int, why: str, now: datetime) -> None:
        """Who turned it down says why; whoever wrote it reads it. Raises Refusal where it was somebody else."""
        staff = current_staff(transaction, actor)
        found = _visible(transaction, staff, number)
        by = self.turned_down_by(transaction, found)
        if by is None or by.actor != actor:
            raise Refusal(NOT_FOUND, number=number)
        _log(transaction, actor, BECAUSE, found, now, why)
        self.notifier.turned_down(transaction, found, staff, now, why)

    def turned_down_by(self, transaction: Transaction, announcement: Announcement) -> AuditEntry | None:
        """Who did it; None where nobody turned it down."""
        return _logged(transaction, announcement, "turned down")

    def reason_given(self, transaction: Transaction, announcement: Announcement) -> str:
        """Why it was turned down, in the words of who did; "" where no reason was given."""
        entry = _logged(transaction, announcement, BECAUSE)
        return entry.detail if entry else ""

    def _waiting_for(self, transaction: Transaction, actor: int, number: int, fingerprint: str, now: datetime) -> Announcement:
        waiting = self._changeable(transaction, actor, "approve", number)
        if waiting.plan.fingerprint() != fingerprint or waiting.expires <= now:
            raise Refusal(GONE_BY)
        return waiting

    def _activate(self, transaction: Transaction, announcement: Announcement, now: datetime) -> int:
        """Freeze the audience and let it go, or start the repetition. Returns how many people it goes to."""
        plan = announcement.plan
        if plan.rule is not None and announcement.parent is None:
            transaction.change(announcement.id, "repeating", due=self.next_time(plan.rule, now), expires=NEVER)
            return sum(transaction.recipients(plan.audience).values())
        begins = max(announcement.due, now)
        if plan.due is None and announcement.parent is None:  # "now" is when it was approved
            transaction.change(announcement.id, "sending", due=now, expires=now + plan.lasts)
        else:  # the time of an occurrence is half of its key
            transaction.change(announcement.id, "sending")
        since = self.rules.written_since(self.rules.goes_out_at(begins, urgent=plan.urgent))
        return transaction.freeze(_stored(transaction, announcement), otherwise=MAIN_LANGUAGE, unheard_since=since)

    # --- while it is sent ---

    def pause(self, transaction: Transaction, actor: int, number: int, now: datetime) -> Announcement:
        """What is on its way arrives; nothing more is sent before it is resumed."""
        found = self._changeable(transaction, actor, "pause", number)
        transaction.change(number, "paused", reason="by staff")
        _log(transaction, actor, "paused", found, now)
        return _stored(transaction, found)

    def resume(self, transaction: Transaction, actor: int, number: int, now: datetime) -> Announcement:
        """Go on where it was paused. Times of a repetition that passed in the meantime stay left out.

        Whoever resumes what somebody else wrote stands behind it from then on.
        """
        found = self._changeable(transaction, actor, "resume", number)
        behind = actor if actor != found.author else None
        if found.plan.rule is not None and found.parent is None:
            transaction.change(number, "repeating", due=self.next_time(found.plan.rule, now), approver=behind)
        else:
            transaction.change(number, "sending", approver=behind)
        _log(transaction, actor, "resumed", found, now)
        return _stored(transaction, found)

    def cancel(self, transaction: Transaction, actor: int, number: int, now: datetime) -> Announcement:
        """End it for good, with the occurrence that is being sent where it is a repeated one."""
        found = self._changeable(transaction, actor, "cancel", number)
        for part in (found, *transaction.announcements(None, states=OPEN_STATES, parent=number)):
            transaction.change(part.id, "cancelled", reason="by staff")
            transaction.end_pending(part.id, "cancelled", now, reason=CANCELLED)
        _log(transaction, actor, "cancelled", found, now)
        return _stored(transaction, found)

    # --- looking ---

    def may(self, staff: Staff, action: Action, found: Announcement) -> bool:
        """Whether this person could do that with it now."""
        if found.state not in POSSIBLE[action]:
            return False
        try:
            check_allowed(staff, action, found.plan.audience, found.author)
        except Refusal:
            return False
        return True

    def to_send_again(self, transaction: Transaction, actor: int, number: int) -> Announcement:
        """One of this person that nobody approved. Raises Refusal."""
        found = self.find(transaction, actor, number)
        if not may_send_again(found, actor):
            raise Refusal(NOT_TO_BE_SENT_AGAIN)
        return found

    def find(self, transaction: Transaction, actor: int, number: int) -> Announcement:
        """One that this person may see. Raises Refusal, the same whether it is somebody else's or there is none."""
        return _visible(transaction, current_staff(transaction, actor), number)

    def newest(self, transaction: Transaction, actor: int, limit: int) -> list[Announcement]:
        """The newest that this person may see."""
        staff = current_staff(transaction, actor)
        return transaction.announcements(staff.places if staff.role == "officer" else None, limit=limit)

    def _changeable(self, transaction: Transaction, actor: int, action: Action, number: int) -> Announcement:
        staff = current_staff(transaction, actor)
        found = _visible(transaction, staff, number)
        check_allowed(staff, action, found.plan.audience, found.author)
        if found.state not in POSSIBLE[action]:
            raise Refusal(FORBIDDEN_STATE[action])
        return found

    # --- by the clock ---

    def due(self, transaction: Transaction, now: datetime) -> list[Announcement]:
        """Repeated ones of which a time has come, the one that is due longest first."""
        found = transaction.announcements(None, states=("repeating",), due_by=now, limit=None)
        return sorted(found, key=lambda one: one.due)

    def occur(self, transaction: Transaction, repeated: Announcement, now: datetime) -> int:
        """Every occurrence whose time has come: sent, or recorded as missed where it is later than the grace.

        The occurrence and the next time of the repetition are stored together, and (repetition, time) is unique, so that
        neither a crash nor a second process can lose or double one. Returns how many became announcements to send.
        """
        plan = repeated.plan
        assert plan.rule is not None  # noqa: S101
        sent, missed = 0, 0
        due = last = repeated.due
        while due <= now:
            if missed == MOST_MISSED:  # the clock jumped, or we were off for years: only what may still be true is looked for
                due = max(due, self.next_time(plan.rule, now - self.rules.grace - MOMENT))
                missed += 1
                continue
            if now - due <= self.rules.grace and due + plan.lasts > now:
                sent += self._send_occurrence(transaction, repeated, due, now)
            else:
                missed += self._record_missed(transaction, repeated, due, now)
                last = due
            due = self.next_time(plan.rule, due)
        transaction.change(repeated.id, "repeating", due=due)
        if missed:
            reason, count = ("missed", missed) if missed <= MOST_MISSED else ("missed many", MOST_MISSED)
            self.notifier.author(transaction, repeated, reason, now, count=count, when=last)
        return sent

    def set_back(self, transaction: Transaction, repeated: Announcement, now: datetime) -> None:
        """To be asked when the clock may have been turned back: a repetition waits for the next time from now, not for one of a
        wrong year. A time that was sent already is not sent again.
        """
        assert repeated.plan.rule is not None  # noqa: S101
        due = self.next_time(repeated.plan.rule, now)
        if repeated.due > due:
            transaction.change(repeated.id, "repeating", due=due)

    def _send_occurrence(self, transaction: Transaction, repeated: Announcement, due: datetime, now: datetime) -> int:
        child = self._add_occurrence(transaction, repeated, "waiting", due, now) or _missed_ahead(
            transaction, repeated, due, now
        )
        if child is None:
            return 0
        count = sum(transaction.recipients(child.plan.audience).values())
        if self._is_still_backed(transaction, repeated, count):
            self._activate(transaction, child, now)
        else:
            transaction.change(child.id, "waiting")
            self.notifier.approvers(transaction, child, count, now)
        return 1

    def _is_still_backed(self, transaction: Transaction, repeated: Announcement, count: int) -> bool:
        """Whether somebody with the right still stands behind it: the author, or the second person where one is needed."""
        approver = _speaks_now(transaction, repeated.approver, repeated.plan.audience)
        if count > self.rules.approval_above:
            return approver
        return approver or _speaks_now(transaction, repeated.author, repeated.plan.audience)

    def _record_missed(self, transaction: Transaction, repeated: Announcement, due: datetime, now: datetime) -> int:
        return int(self._add_occurrence(transaction, repeated, "expired", due, now, reason="missed") is not None)

    def _add_occurrence(
        self,
        transaction: Transaction,
        repeated: Announcement,
        state: AnnouncementState,
        due: datetime,
        now: datetime,
        reason: str = "",
    ) -> Announcement | None:
        return transaction.add_announcement(
            repeated.plan,
            state,
            author=repeated.author,
            approver=repeated.approver,
            created=now,
            due=due,
            expires=due + repeated.plan.lasts,
            parent=repeated.id,
            reason=reason,
        )

    def close(self, transaction: Transaction, announcement: Announcement, now: datetime) -> Announcement | None:
        """Close one that is over, and tell the author where it did not reach everybody; see `ending.close`."""
        closed = ending.close(transaction, announcement, now)
        if closed is not None:
            self.notifier.author(transaction, closed, closed.reason, now)
        return closed


def may_send_again(found: Announcement, actor: int) -> bool:
    return found.author == actor and found.parent is None and found.reason in ("turned down", "not approved")


def _missed_ahead(transaction: Transaction, repeated: Announcement, due: datetime, now: datetime) -> Announcement | None:
    """The occurrence of that time, where a clock that was ahead of now took it for missed."""
    found = transaction.announcements(None, states=("expired",), parent=repeated.id, due_by=due, limit=None)
    return next((one for one in found if one.due == due and one.reason == "missed" and one.created > now), None)


def _visible(transaction: Transaction, staff: Staff, number: int) -> Announcement:
    """The same refusal whether it is somebody else's or there is none."""
    found = transaction.announcement(number)
    if found is None or not speaks_for(staff, found.plan.audience):
        raise Refusal(NOT_FOUND, number=number)
    return found


def _speaks_now(transaction: Transaction, number: int | None, audience: Audience) -> bool:
    """Whether this is somebody who may speak to the audience at this moment."""
    if number is None:
        return False
    try:
        return speaks_for(current_staff(transaction, number), audience)
    except Refusal:
        return False


def _stored(transaction: Transaction, announcement: Announcement) -> Announcement:
    """As it is stored now."""
    found = transaction.announcement(announcement.id)
    assert found is not None  # noqa: S101
    return found


def _logged(transaction: Transaction, announcement: Announcement, action: str) -> AuditEntry | None:
    lines = transaction.log(LINES, f"announcement {announcement.id}")
    return next((line for line in lines if line.action == action), None)


def _log(
    transaction: Transaction, actor: int, action: str, announcement: Announcement, now: datetime, detail: str = ""
) -> None:
    transaction.note(AuditEntry(now, actor, action, f"announcement {announcement.id}", detail))
