"""Everything that happens to a case, each with what it tells to whom. Called inside the transaction of its effect.

What is said goes out through the stored replies, so that a crash loses none of it; staff are looked up at the moment of the
action, so that a role that was taken away counts at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, partial

from bot.announcements.authority import current_staff, speaks_for
from bot.announcements.notifier import Notifier
from bot.cases import texts
from bot.cases.notices import CaseNotices, administrators
from bot.errors import Refusal
from bot.i18n import Words, mark
from bot.knowledge.office_hours import OfficeHours
from bot.model import (
    OPEN_CASES,
    Address,
    Audience,
    AuditEntry,
    Case,
    CaseMessage,
    GroupLink,
    HandoffRequest,
    Incoming,
    Reply,
    Staff,
)
from bot.model.well_known import CASE_TAKEN, WEB
from bot.ports import Outgoing, Transaction

NOT_FOUND = mark("There is no case {number} for you.")
CLOSED = mark("Case {number} is closed already.")
CLOSED_UNSENT = mark("Case {number} is closed, so your answer was not sent.")
TAKEN = mark("Case {number} was taken by {who}.")
TAKEN_UNSENT = mark("Case {number} was taken by {who}, so your answer was not sent.")
YOURS = mark("You have case {number} already. Write {number}: and your answer behind it.")
NOT_YOURS = mark("Case {number} is not yours: take it first, with: take {number}")
EMPTY = mark("There is nothing to send. Write {number}: and your answer behind it.")
MUTED_ALREADY = mark("Case {number} is muted already. To hear of it again, write: unmute {number}")
NOT_MUTED = mark("Case {number} is not muted.")
ONLY_ADMINS = mark("Only an administrator can link a group.")
REMINDER = mark("Reminder: nobody has taken this question yet.")
TO_ADMINS = mark("Nobody has taken this question, though its officers were reminded.")
OWNER_REMINDER = mark("Reminder: a resident waits for your answer in case {number}.")
OWNER_SILENT = mark("A resident waits for an answer in case {number}, and {who} does not answer. You can take it over.")
RETURNED = mark("This question was given back and waits for somebody.")

Step = Callable[[Transaction], object]

OFFICERS_REMINDED = 1  # after that many reminders the administrators are told
ALL_REMINDED = 2
MOST_TOLD = 3  # questions of one person within TOLD_WITHIN of which officers are told at once; all of them wait in the list
TOLD_WITHIN = timedelta(days=1)
UNTAKEN = timedelta(days=14)  # of what nobody takes, not even after all were told
FARTHEST = timedelta(days=60)  # no office hours are so far away: what is due later was written before the clock was turned back


@dataclass(frozen=True)
class CaseActions:
    """`has_buttons` says of a channel whether buttons are shown there, `carries` whether it can show a photo or a file.

    `remind` is office time, `idle` plain time.
    """

    notifier: Notifier
    offices: OfficeHours
    has_buttons: Callable[[str], bool]
    remind: timedelta
    idle: timedelta
    carries: Callable[[str, str], bool] = lambda channel, media: True

    @cached_property
    def notices(self) -> CaseNotices:
        return CaseNotices(self.notifier, self.has_buttons, self.carries)

    # --- of residents -------------------------------------------------------------------------------------------------

    def open(self, transaction: Transaction, resident: Address, request: HandoffRequest, now: datetime) -> Reply:
        """Pass a question on, or add it to what this person had passed on already; what to say to them."""
        words = self.notifier.words(request.lang)
        before = transaction.case_of(resident)
        if before is not None and before.muted:
            return self._still_muted(before)
        if before is not None:
            self._add_resident_message(transaction, before, CaseMessage(None, request.question, now))
            return Reply(words.say(texts.ADDED, number=before.number, place=self._place(before, words)))
        if not self.notices.is_anybody_there(transaction, request.place):
            return Reply(words.say(texts.NOBODY))
        due = self.offices.after(request.place, now, self.remind)
        case = transaction.open_case(resident, request.place, request.topic, request.lang, request.question, now, due)
        if transaction.cases_opened(resident, now - TOLD_WITHIN) <= MOST_TOLD:  # else it may be withdrawn again at once
            self.notices.tell_waiting(transaction, case, now)
        opens = self.offices.next_open(case.place, now)
        waits_until = opens if opens > now else None
        return texts.passed_on(case, self.notifier.names, words, waits_until, returns=resident.channel == WEB)

    def add_resident_message(self, transaction: Transaction, case: Case, incoming: Incoming) -> None:
        """The resident wrote while the case is open."""
        message = CaseMessage(None, incoming.text.strip(), incoming.at, incoming.photo, incoming.file)
        self._add_resident_message(transaction, case, message)

    def _add_resident_message(self, transaction: Transaction, case: Case, message: CaseMessage) -> None:
        transaction.add_message(case.number, message)
        asked_again = case.due is None and case.reminders < ALL_REMINDED
        due = self.offices.after(case.place, message.at, self.remind) if asked_again else case.due
        transaction.save_case(replace(case, touched=message.at, due=due))
        owner = _owner(transaction, case)
        if owner is not None:
            words = self.notices.words_of(transaction, owner)
            text = texts.from_resident(case, message, words)
            channel = owner.address.channel if owner.address else ""
            reply = self.notices.with_media(case, text, message, channel, words)
            self.notices.tell_staff(transaction, owner, reply, message.at)

    def end(self, transaction: Transaction, case: Case, now: datetime, reason: str) -> Reply:
        """The resident ended it ("resident"), or went away ("left", "forgotten"); what to say to whoever ended it.

        A muted one is not the resident's to end: the next question would be told of again.
        """
        if case.muted and reason == "resident":
            return self._still_muted(case)
        self._close(transaction, case, now, reason)
        words = self.notifier.words(case.lang)
        message = texts.ENDED if case.state == "owned" else texts.WITHDRAWN
        return Reply(words.say(message, number=case.number))

    # --- of staff: each raises Refusal --------------------------------------------------------------------------------

    def take(self, transaction: Transaction, actor: int, number: int, now: datetime) -> Case:
        """Be the one who answers. An administrator may take a case over from an officer.

        `who` in a refusal is the staff number of whoever has it: it is said by whoever knows in which words.
        """
        staff = current_staff(transaction, actor)
        return self._take(transaction, staff, _open_case(transaction, staff, number, CLOSED), now)

    def _take(self, transaction: Transaction, staff: Staff, case: Case, now: datetime) -> Case:
        number = case.number
        if case.owner == staff.number:
            raise Refusal(YOURS, number=number)
        before = _owner(transaction, case)
        if before is not None:
            if staff.role == "officer":
                raise Refusal(TAKEN, number=number, who=before.number)
            words = self.notices.words_of(transaction, before)
            who = self.notifier.names.person(staff.number, staff, words)
            self.notices.tell_staff(transaction, before, Reply(words.say(TAKEN, number=number, who=who)), now)
        due = self.offices.after(case.place, now, self.remind)
        taken = replace(case, state="owned", owner=staff.number, touched=now, due=due, reminders=0, muted=False)
        transaction.save_case(taken)
        _log(transaction, staff.number, CASE_TAKEN, taken, now)
        if before is None or case.muted:
            words = self.notifier.words(case.lang)
            text = words.say(texts.TAKEN, number=number, place=self._place(case, words))
            # Without buttons there would be a number to type, and numbers are for the officer.
            ways = (texts.end_button(case, words),) if self.has_buttons(case.resident.channel) else ()
            self.notices.tell_resident(transaction, taken, Reply(text, ways), now)
        return taken

    def answer(self, transaction: Transaction, actor: int, number: int, message: CaseMessage) -> Case:
        """Send something to the resident; whoever answers what nobody has taken takes it by that."""
        staff = current_staff(transaction, actor)
        case = _open_case(transaction, staff, number, CLOSED_UNSENT)
        if not message.text and message.photo is None and message.file is None:
            raise Refusal(EMPTY, number=number)
        owner = _owner(transaction, case)
        if owner is not None and owner.number != actor:
            raise Refusal(TAKEN_UNSENT, number=number, who=owner.number)
        if owner is None:
            case = self._take(transaction, staff, case, message.at)
        transaction.add_message(number, replace(message, author=actor))
        case = replace(case, touched=message.at, due=None, reminders=0, muted=False)
        transaction.save_case(case)
        words = self.notifier.words(case.lang)
        text = texts.from_officer(case, message.text, self.notifier.names, words)
        reply = self.notices.with_media(case, text, message, case.resident.channel, words)
        transaction.queue(case.resident, [reply], message.at)
        return case

    def mute(self, transaction: Transaction, actor: int, number: int, now: datetime) -> Case:
        """Hear no more of it, and nobody else either: nothing that this person writes is passed on while it is open.

        Whoever mutes what waits has it from then on. It ends as any other in which nothing is written; an answer, a colleague
        who gets it, and `unmute` end the muting.
        """
        case = self._changeable(transaction, actor, number)
        if case.muted:
            raise Refusal(MUTED_ALREADY, number=number)
        owner = case.owner if case.owner is not None else actor
        muted = replace(case, state="owned", owner=owner, touched=now, due=None, reminders=0, muted=True)
        return self._muting(transaction, actor, muted, "case muted", texts.MUTED, now)

    def unmute(self, transaction: Transaction, actor: int, number: int, now: datetime) -> Case:
        case = self._changeable(transaction, actor, number)
        if not case.muted:
            raise Refusal(NOT_MUTED, number=number)
        return self._muting(transaction, actor, replace(case, touched=now, muted=False), "case unmuted", texts.UNMUTED, now)

    def _muting(self, transaction: Transaction, actor: int, case: Case, action: str, message: str, now: datetime) -> Case:
        """Keep it so, and tell the resident."""
        transaction.save_case(case)
        _log(transaction, actor, action, case, now)
        words = self.notifier.words(case.lang)
        text = words.say(message, number=case.number, place=self._place(case, words))
        self.notices.tell_resident(transaction, case, Reply(text), now)
        return case

    def close(self, transaction: Transaction, actor: int, number: int, now: datetime) -> Case:
        case = self._changeable(transaction, actor, number)
        self._close(transaction, case, now, "")
        _log(transaction, actor, "case closed", case, now)
        words = self.notifier.words(case.lang)
        self.notices.tell_resident(transaction, case, Reply(words.say(texts.DONE, number=number)), now)
        return case

    def give_back(self, transaction: Transaction, actor: int, number: int, now: datetime) -> Case:
        """It waits again, for everybody but whoever gave it back."""
        case = self._changeable(transaction, actor, number)
        if case.owner is None:
            raise Refusal(NOT_YOURS, number=number)
        _log(transaction, actor, "case given back", case, now)
        return self._wait_again(transaction, case, now, sparing=actor)

    def find(self, transaction: Transaction, actor: int, number: int) -> Case:
        """One of the communes that this person speaks for; the refusal is the same whether there is none."""
        return _visible_case(transaction, current_staff(transaction, actor), number)

    def list_open(self, transaction: Transaction, actor: int, limit: int, within: Sequence[str] | None = None) -> list[Case]:
        """The open ones that this person may see, oldest first; `within` narrows it down to some communes."""
        staff = current_staff(transaction, actor)
        places = staff.places if staff.role == "officer" else within
        if places is not None and within is not None:
            places = tuple(place for place in places if place in within)
        return transaction.cases(places, states=OPEN_CASES, limit=limit)

    def link(self, transaction: Transaction, actor: int, group: Address, places: tuple[str, ...], now: datetime) -> None:
        """Have the cases of communes told in a group, too."""
        self._check_admin(transaction, actor)
        transaction.link(GroupLink(group, places, actor), now)
        transaction.note(AuditEntry(now, actor, "group linked", "group", " ".join(places)))

    def unlink(self, transaction: Transaction, actor: int, group: Address, now: datetime) -> bool:
        self._check_admin(transaction, actor)
        transaction.note(AuditEntry(now, actor, "group unlinked", "group", ""))
        return transaction.unlink(group)

    # --- by the clock, and what channels tell -------------------------------------------------------------------------

    def due(self, transaction: Transaction, now: datetime) -> dict[int, Step]:
        """What is to be done by the clock, by the number of the case: each once, however many reasons there are.

        Remind, pass on what an owner left behind, close what nobody writes in. A talk in which the officer is silent is no
        end of it: it waits for somebody else. What nobody takes at all is closed after UNTAKEN, so that nothing is kept for
        ever. Nobody is reminded outside office hours, not even if the tick is late.
        """
        steps: dict[int, Step] = {}
        for case in transaction.ownerless_cases():
            steps[case.number] = partial(self._wait_again, case=case, now=now)
        for case in transaction.cases(None, states=("owned",), untouched_since=now - self.idle, limit=None):
            if _is_staffs_turn(case):
                steps.setdefault(case.number, partial(self._wait_again, case=case, now=now, sparing=case.owner))
            else:
                steps.setdefault(case.number, partial(self._end, case=case, reason="idle", message=texts.IDLE, now=now))
        for case in transaction.cases(None, states=("waiting",), untouched_since=now - UNTAKEN, limit=None):
            step = partial(self._end, case=case, reason="untaken", message=texts.UNTAKEN, now=now)
            steps.setdefault(case.number, step)
        for case in transaction.due_cases(now, now + FARTHEST):
            if self.offices.is_open_or_unknown(case.place, now):
                steps.setdefault(case.number, partial(self._remind, case=case, now=now))
        return steps

    def tick(self, transaction: Transaction, now: datetime) -> int:
        """Do all of it; returns how many cases it was about."""
        steps = self.due(transaction, now)
        for step in steps.values():
            step(transaction)
        return len(steps)

    def undelivered(self, transaction: Transaction, outgoing: Outgoing, reason: str, now: datetime) -> None:
        """A message of a case will never arrive: the other side is told."""
        case = transaction.case(outgoing.reply.case or 0)
        if case is None or case.state == "closed":
            return
        gone = reason == "refused-person"
        owner = _owner(transaction, case)
        if outgoing.to == case.resident and gone:
            self._close(transaction, case, now, "unreachable")
        elif outgoing.to == case.resident and owner is not None:
            words = self.notices.words_of(transaction, owner)
            message = texts.NOT_DELIVERED.get(reason, texts.NOT_DELIVERED_ELSE)
            self.notices.tell_staff(transaction, owner, Reply(words.say(message, number=case.number), case=case.number), now)
        elif owner is not None and gone and outgoing.to == owner.address:
            self._wait_again(transaction, case, now, sparing=owner.number)

    def _remind(self, transaction: Transaction, case: Case, now: datetime) -> None:
        owner = _owner(transaction, case)
        more = case.reminders + 1 < ALL_REMINDED
        due = self.offices.after(case.place, now, self.remind) if more else None
        transaction.save_case(replace(case, due=due, reminders=case.reminders + 1))
        if owner is None and case.reminders < OFFICERS_REMINDED:
            self.notices.tell_waiting(transaction, case, now, lambda words: words.say(REMINDER))
        elif owner is None:
            for staff in administrators(transaction):
                self.notices.tell_of(transaction, case, staff, now, lambda words: words.say(TO_ADMINS))
        elif case.reminders < OFFICERS_REMINDED:
            words = self.notices.words_of(transaction, owner)
            reply = Reply(words.say(OWNER_REMINDER, number=case.number), case=case.number)
            self.notices.tell_staff(transaction, owner, reply, now)
        else:
            for staff in administrators(transaction):
                if staff.number != owner.number:
                    self.notices.tell_of(transaction, case, staff, now, partial(self._silent, case, owner))

    def _silent(self, case: Case, owner: Staff, words: Words) -> str:
        return words.say(OWNER_SILENT, number=case.number, who=self.notifier.names.person(owner.number, owner, words))

    # --- the pieces ---------------------------------------------------------------------------------------------------

    def _changeable(self, transaction: Transaction, actor: int, number: int) -> Case:
        """An open one that this person owns, or nobody; administrators may act on everybody's."""
        staff = current_staff(transaction, actor)
        case = _open_case(transaction, staff, number, CLOSED)
        if case.owner not in (None, actor) and staff.role == "officer":
            raise Refusal(NOT_YOURS, number=number)
        return case

    def _check_admin(self, transaction: Transaction, actor: int) -> None:
        if current_staff(transaction, actor).role == "officer":
            raise Refusal(ONLY_ADMINS)

    def _end(self, transaction: Transaction, case: Case, reason: str, message: str, now: datetime) -> None:
        """Close what went to sleep, and tell the resident."""
        words = self.notifier.words(case.lang)
        self._close(transaction, case, now, reason)
        text = words.say(message, number=case.number, place=self._place(case, words))
        self.notices.tell_resident(transaction, case, Reply(text), now)

    def _close(self, transaction: Transaction, case: Case, now: datetime, reason: str) -> None:
        transaction.save_case(replace(case, state="closed", touched=now, due=None, reason=reason))
        owner = _owner(transaction, case)
        if reason and owner is not None and not case.muted:
            words = self.notices.words_of(transaction, owner)
            self.notices.tell_staff(transaction, owner, Reply(words.say(texts.BY_RESIDENT[reason], number=case.number)), now)

    def _wait_again(self, transaction: Transaction, case: Case, now: datetime, sparing: int | None = None) -> Case:
        due = self.offices.after(case.place, now, self.remind)
        waiting = replace(case, state="waiting", owner=None, touched=now, due=due, reminders=0, muted=False)
        transaction.save_case(waiting)
        self.notices.tell_waiting(transaction, waiting, now, lambda words: words.say(RETURNED), sparing=sparing)
        words = self.notifier.words(case.lang)
        self.notices.tell_resident(transaction, waiting, Reply(words.say(texts.GIVEN_BACK, number=case.number)), now)
        return waiting

    def _still_muted(self, case: Case) -> Reply:
        words = self.notifier.words(case.lang)
        return Reply(words.say(texts.STILL_MUTED, number=case.number, place=self._place(case, words)))

    def _place(self, case: Case, words: Words) -> str:
        return self.notifier.names.place(case.place, words)


def _owner(transaction: Transaction, case: Case) -> Staff | None:
    """Who answers, while he or she is staff."""
    return transaction.staff_number(case.owner) if case.owner is not None else None


def _visible_case(transaction: Transaction, staff: Staff, number: int) -> Case:
    """The same refusal whether it is of another commune or there is none."""
    case = transaction.case(number)
    if case is None or not speaks_for(staff, Audience((case.place,))):
        raise Refusal(NOT_FOUND, number=number)
    return case


def _open_case(transaction: Transaction, staff: Staff, number: int, closed: str) -> Case:
    case = _visible_case(transaction, staff, number)
    if case.state == "closed":
        raise Refusal(closed, number=number)
    return case


def _is_staffs_turn(case: Case) -> bool:
    """Whether the resident waits for a word: somebody is to be reminded of it, or all were."""
    return case.due is not None or case.reminders >= ALL_REMINDED


def _log(transaction: Transaction, actor: int, action: str, case: Case, now: datetime) -> None:
    transaction.note(AuditEntry(now, actor, action, f"case {case.number}", case.place))
