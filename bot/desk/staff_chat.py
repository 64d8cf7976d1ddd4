"""Who is at the desk, and what a message is there: an order, a choice, an answer to a question, or no business of the desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.announcements.actions import AnnouncementActions
from bot.announcements.authority import NOT_STAFF
from bot.cases.actions import CaseActions
from bot.cases.commands import case_command
from bot.desk.announcement_list import AnnouncementList
from bot.desk.composer import NEW, NOT_OPEN, Composer, open_draft, outdated_draft
from bot.desk.draft import Draft
from bot.desk.group import in_group
from bot.desk.joining import join, leave
from bot.desk.staff_cases import OURS as CASES
from bot.desk.staff_cases import StaffCases, case_behind
from bot.desk.staff_commands import StaffCommand, command_in, number_in, words_in
from bot.desk.staff_context import StaffContext
from bot.desk.step import LASTS, WHEN
from bot.dialogue.choices import typed_number
from bot.dialogue.handoff import ASKED as PASSING_ON
from bot.dialogue.limits import take_token
from bot.dialogue.respond import REMEMBERED
from bot.dialogue.subscribing import ASKED as SUBSCRIBING
from bot.engine import Engine
from bot.i18n import mark
from bot.model import Button, Incoming, Reply, Session, Staff, Turn
from bot.model.well_known import STAFF_ORDER as OURS
from bot.ports import Transaction
from bot.text.folding import fold

FORWARDED = mark("A forwarded message gives no orders here. Please write it yourself, or tap the button.")
EDITED = mark("A message that was changed afterwards is not taken over. Please write it again.")
OLD_BUTTON = mark("That button is too old to use. Announcements: /announcements. A new one: /announce. Topics: /menu.")
TOO_OLD = mark("That button is too old to use. Please choose again here.")
NO_MORE = mark("You are no longer staff here, so nothing was done and nothing was sent.")
ENDED = mark("You are no longer staff here, so the announcement you were writing was dropped. Nothing was sent.")
OUTDATED = mark("The announcement you were writing was older than a day, so it is gone. Nothing was sent.")
ONLY_IN_GROUPS = mark("Write this in the group that should get the questions of residents, after adding Loa Bản to it.")
NOTHING_OPEN = mark("You are writing no announcement. To cancel one that was sent, see /announcements.")


@dataclass(frozen=True)
class StaffChat:
    """Where commune staff work, in their own chat."""

    engine: Engine
    actions: AnnouncementActions
    cases: CaseActions

    def in_group(self, incoming: Incoming, transaction: Transaction) -> Sequence[Reply] | None:
        """What is said in a group; None for what is no business of the desk."""
        session = Session(incoming.sender, greeted=True, at=incoming.at)
        return in_group(StaffContext(self.engine, self.actions, transaction, incoming, session), self.cases)

    def turn(self, incoming: Incoming, session: Session, transaction: Transaction) -> Turn | None:
        """The turn of somebody of the staff, or of somebody who tries to be; None for what is no business of the desk.

        `incoming.choice` is the meaning of a button, "" for an old or forged one. What has to be kept goes into `transaction`.
        """
        if incoming.kind == "left" or incoming.way == "group":
            return None
        context = StaffContext(self.engine, self.actions, transaction, incoming, session)
        staff = transaction.staff(incoming.sender)
        if staff is not None:
            return _StaffMessage(context, staff, self.cases).turn()
        session, allowed = take_token(session, incoming.at)
        return _stranger(replace(context, session=session)) if allowed else None  # a flood is answered by the dialogue


def _stranger(context: StaffContext) -> Turn | None:
    """Somebody who is not staff: with an invitation, with a command that is not for everybody, or not any more."""
    text = context.incoming.text.strip()
    if _answers_no_more(context, text):
        return context.told(NO_MORE)
    order = command_in(text)
    if order is not None and order.name == "join":
        return _without_authority(context) or join(context, order.rest)
    button = _picked(context)
    choice = context.incoming.choice if context.incoming.choice is not None else button.choice if button else ""
    wants = choice.startswith(OURS) or order is not None
    if open_draft(context) is not None and (wants or (context.incoming.choice is None and not text.startswith("/"))):
        context.transaction.drop_draft(context.address)
        return context.told(ENDED)
    return context.told(NOT_STAFF) if wants and order != StaffCommand("cancel") else None


def _answers_no_more(context: StaffContext, text: str) -> bool:
    """Whether somebody who was staff still writes in a case that was shown in this chat."""
    transaction, order = context.transaction, case_command(text)
    number = case_behind(context) or (order.number if order else 0)
    case = transaction.case(number) if number else None
    return case is not None and case.resident != context.address and transaction.was_told(context.address, number)


def _without_authority(context: StaffContext) -> Turn | None:
    """What to say to an order that was forwarded, or changed after it was sent."""
    message = {"forwarded": FORWARDED, "edited": EDITED}.get(context.incoming.way)
    return context.told(message) if message else None


def _picked(context: StaffContext, *, numbers: bool = True) -> Button | None:
    """The choice of the last reply that was typed by its number, or by its words.

    Nothing that only resembles it: two communes can differ in one letter, and an order is for good. A number is one in
    digits: "thứ hai" is the second choice, but here more likely Monday.
    """
    session, text = context.session, context.incoming.text
    if context.incoming.choice is not None or session.at is None or context.now - session.at > REMEMBERED:
        return None
    typed = fold(text)
    named = next((button for button in session.offered if typed and fold(button.label) == typed), None)
    number = typed_number(text, {}) if numbers else None
    if named is not None or number is None:
        return named
    if 1 <= number <= len(session.offered):
        return session.offered[number - 1]
    return next((button for button in session.offered if button.choice == f"{OURS}show:{number}"), None)


@dataclass(frozen=True)
class _StaffMessage:
    """One message of somebody of the staff."""

    context: StaffContext
    staff: Staff
    cases: CaseActions

    def turn(self) -> Turn | None:
        incoming, engine = self.context.incoming, self.context.engine
        draft = open_draft(self.context)
        if draft is None and incoming.choice is None and outdated_draft(self.context):
            self.context.transaction.drop_draft(self.context.address)
            return self.context.told(OUTDATED, self.context.button(NEW, "new"))
        if incoming.choice is not None:
            return self._tapped(incoming.choice, draft)
        text = incoming.text.strip()
        about_case = self._case_desk.order_in(text, drafting=draft is not None)
        if about_case is not None:
            return _without_authority(self.context) or self._case_desk.obey(about_case)
        order = command_in(text) or words_in(text, drafting=draft is not None)
        if order is None and engine.command(text) == "forget":
            return self._forget()
        if order is None and text.startswith("/") and engine.command(text) is not None:
            return None
        button = _picked(self.context, numbers=not self._asked_time(draft))
        if draft is not None and order is None and button is None and self._asked_elsewhere():
            return None
        ordered = order is not None or (button is not None and button.choice.startswith(OURS))
        if incoming.way != "private" and (ordered or draft is not None) and not self._dictated(draft, ordered=ordered):
            return self._refused(draft)
        if order is not None:
            return self._order(order, draft)
        if button is not None:
            return self._tapped(button.choice, draft)
        return self._composing.typed(draft, text) if draft is not None else None

    def _asked_time(self, draft: Draft | None) -> bool:
        """Whether a bare number would be an hour or a day, as no choice shows one."""
        return draft is not None and draft.step in (WHEN, LASTS) and self.context.taps

    def _asked_elsewhere(self) -> bool:
        """Whether the message answers a question of the dialogue, which was asked after the last one of the desk."""
        session, asked = self.context.session, (SUBSCRIBING, PASSING_ON)
        return session.asked in asked and session.at is not None and self.context.now - session.at <= REMEMBERED

    # --- without authority ---

    def _dictated(self, draft: Draft | None, *, ordered: bool) -> bool:
        """Whether this is a forwarded text for the announcement: confirming it is what needs authority."""
        asked = draft is not None and self._composing.asks_text(draft)
        return self.context.incoming.way == "forwarded" and asked and not ordered

    def _refused(self, draft: Draft | None) -> Turn | None:
        if draft is None:
            return _without_authority(self.context)
        note = EDITED if self.context.incoming.way == "edited" else FORWARDED
        return self._composing.ask(draft, self.context.say(note), brief=True)

    def _forget(self) -> Turn | None:
        """The role ends first; the rest of forgetting is as for everybody. Not in a flood: then nothing is forgotten."""
        if not take_token(self.context.session, self.context.now)[1]:
            return None
        return _without_authority(self.context) or leave(self.context, self.staff)

    # --- orders and choices ---

    def _order(self, order: StaffCommand, draft: Draft | None) -> Turn:
        number = number_in(order.rest)
        if order.name == "join":
            return join(self.context, order.rest)
        if order.name == "cases":
            return self._case_desk.listed()
        if order.name in ("link", "unlink"):
            return self.context.told(ONLY_IN_GROUPS)
        if order.name == "announce":
            return self._composing.begin_or_go_on()
        if order.name == "announcements":
            return self._listing.show(number) if number is not None else self._listing.newest()
        if number is not None:
            return self._listing.ask_cancel(number)
        return self._composing.drop() if draft is not None else self.context.told(NOTHING_OPEN)

    def _tapped(self, choice: str, draft: Draft | None) -> Turn | None:
        """A choice, tapped or typed. Who may give the order is looked up where it is carried out."""
        if not choice:
            return self._composing.ask(draft, self.context.say(TOO_OLD), brief=True) if draft else self.context.told(OLD_BUTTON)
        if not choice.startswith(OURS):
            return None
        name, _, value = choice.removeprefix(OURS).partition(":")
        if name == "new":
            return self._composing.begin_or_go_on()
        if name == "anew":
            return self._composing.begin()
        if name == "send":
            return self._composing.send(value)
        if name == "test":
            return self._composing.test(value)
        if name.startswith(CASES):
            return self._case_desk.tapped(name, value) or self.context.told(OLD_BUTTON)
        return self._about_one(name, value) or self._about_draft(name, value, draft)

    def _about_one(self, name: str, value: str) -> Turn | None:
        """A choice about an announcement that was confirmed: "show:12", "approve:12:<fingerprint>"."""
        digits, _, fingerprint = value.partition(":")
        number = number_in(digits)
        orders: dict[str, Callable[[int], Turn]] = {
            "show": self._listing.show,
            "pause": self._listing.pause,
            "resume": self._listing.resume,
            "cancel": self._listing.ask_cancel,
            "cancel-yes": self._listing.cancel,
            "approve": lambda one: self._listing.approve(one, fingerprint),
            "refuse": lambda one: self._listing.turn_down(one, fingerprint),
        }
        return orders[name](number) if name in orders and number is not None else None

    def _about_draft(self, name: str, value: str, draft: Draft | None) -> Turn:
        if draft is None:
            return self.context.told(NOT_OPEN)
        if name == "drop":
            return self._composing.drop()
        if name == "step":
            return self._composing.go(draft, value)
        return self._composing.tapped(draft, name, value)

    @property
    def _case_desk(self) -> StaffCases:
        return StaffCases(self.context, self.staff, self.cases)

    @property
    def _composing(self) -> Composer:
        return Composer(self.context, self.staff)

    @property
    def _listing(self) -> AnnouncementList:
        return AnnouncementList(self.context, self.staff)
