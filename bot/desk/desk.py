"""Who is at the desk, and what a message is there: an order, a choice, an answer to a question, or no business of the desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.announcements.actions import Actions
from bot.announcements.authority import NOT_STAFF
from bot.broadcast import Staff
from bot.case_orders import case_order
from bot.desk.case_desk import OURS as CASES
from bot.desk.case_desk import CaseDesk, case_behind
from bot.desk.composing import NEW, NOT_OPEN, Composing, open_draft, outdated_draft
from bot.desk.draft import Draft
from bot.desk.group import in_group
from bot.desk.joining import join, leave
from bot.desk.listing import Listing
from bot.desk.orders import Order, command_in, number_in, words_in
from bot.desk.step import LASTS, WHEN
from bot.desk.visit import Visit
from bot.dialogue import Mind
from bot.dialogue.choices import typed_number
from bot.dialogue.limits import take_token
from bot.dialogue.passing_on import ASKED as PASSING_ON
from bot.dialogue.respond import REMEMBERED
from bot.dialogue.subscribing import ASKED as SUBSCRIBING
from bot.folding import fold
from bot.handoff.actions import Cases
from bot.i18n import mark
from bot.model import Button, Incoming, Reply, Session, Turn
from bot.ports import Transaction

OURS = "staff:"  # how the choices of the desk begin
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
class Desk:
    """Where commune staff work, in their own chat."""

    mind: Mind
    actions: Actions
    cases: Cases

    def in_group(self, incoming: Incoming, transaction: Transaction) -> Sequence[Reply] | None:
        """What is said in a group; None for what is no business of the desk."""
        session = Session(incoming.sender, greeted=True, at=incoming.at)
        return in_group(Visit(self.mind, self.actions, transaction, incoming, session), self.cases)

    def turn(self, incoming: Incoming, session: Session, transaction: Transaction) -> Turn | None:
        """The turn of somebody of the staff, or of somebody who tries to be; None for what is no business of the desk.

        `incoming.choice` is the meaning of a button, "" for an old or forged one. What has to be kept goes into `transaction`.
        """
        if incoming.kind == "left" or incoming.way == "group":
            return None
        visit = Visit(self.mind, self.actions, transaction, incoming, session)
        staff = transaction.staff(incoming.sender)
        if staff is not None:
            return _AtTheDesk(visit, staff, self.cases).turn()
        session, allowed = take_token(session, incoming.at)
        return _stranger(replace(visit, session=session)) if allowed else None  # a flood is answered by the dialogue


def _stranger(visit: Visit) -> Turn | None:
    """Somebody who is not staff: with an invitation, with a command that is not for everybody, or not any more."""
    text = visit.incoming.text.strip()
    if _answers_no_more(visit, text):
        return visit.told(NO_MORE)
    order = command_in(text)
    if order is not None and order.name == "join":
        return _without_authority(visit) or join(visit, order.rest)
    button = _picked(visit)
    choice = visit.incoming.choice if visit.incoming.choice is not None else button.choice if button else ""
    wants = choice.startswith(OURS) or order is not None
    if open_draft(visit) is not None and (wants or (visit.incoming.choice is None and not text.startswith("/"))):
        visit.transaction.drop_draft(visit.address)
        return visit.told(ENDED)
    return visit.told(NOT_STAFF) if wants and order != Order("cancel") else None


def _answers_no_more(visit: Visit, text: str) -> bool:
    """Whether somebody who was staff still writes in a case that was shown in this chat."""
    transaction, order = visit.transaction, case_order(text)
    number = case_behind(visit) or (order.number if order else 0)
    case = transaction.case(number) if number else None
    return case is not None and case.resident != visit.address and transaction.was_told(visit.address, number)


def _without_authority(visit: Visit) -> Turn | None:
    """What to say to an order that was forwarded, or changed after it was sent."""
    message = {"forwarded": FORWARDED, "edited": EDITED}.get(visit.incoming.way)
    return visit.told(message) if message else None


def _picked(visit: Visit, *, numbers: bool = True) -> Button | None:
    """The choice of the last reply that was typed by its number, or by its words.

    Nothing that only resembles it: two communes can differ in one letter, and an order is for good. A number is one in
    digits: "thứ hai" is the second choice, but here more likely Monday.
    """
    session, text = visit.session, visit.incoming.text
    if visit.incoming.choice is not None or session.at is None or visit.now - session.at > REMEMBERED:
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
class _AtTheDesk:
    """One message of somebody of the staff."""

    visit: Visit
    staff: Staff
    cases: Cases

    def turn(self) -> Turn | None:
        incoming, mind = self.visit.incoming, self.visit.mind
        draft = open_draft(self.visit)
        if draft is None and incoming.choice is None and outdated_draft(self.visit):
            self.visit.transaction.drop_draft(self.visit.address)
            return self.visit.told(OUTDATED, self.visit.button(NEW, "new"))
        if incoming.choice is not None:
            return self._tapped(incoming.choice, draft)
        text = incoming.text.strip()
        about_case = self._case_desk.order_in(text, drafting=draft is not None)
        if about_case is not None:
            return _without_authority(self.visit) or self._case_desk.obey(about_case)
        order = command_in(text) or words_in(text, drafting=draft is not None)
        if order is None and mind.command(text) == "forget":
            return self._forget()
        if order is None and text.startswith("/") and mind.command(text) is not None:
            return None
        button = _picked(self.visit, numbers=not self._asked_time(draft))
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
        return draft is not None and draft.step in (WHEN, LASTS) and self.visit.taps

    def _asked_elsewhere(self) -> bool:
        """Whether the message answers a question of the dialogue, which was asked after the last one of the desk."""
        session, asked = self.visit.session, (SUBSCRIBING, PASSING_ON)
        return session.asked in asked and session.at is not None and self.visit.now - session.at <= REMEMBERED

    # --- without authority ---

    def _dictated(self, draft: Draft | None, *, ordered: bool) -> bool:
        """Whether this is a forwarded text for the announcement: confirming it is what needs authority."""
        asked = draft is not None and self._composing.asks_text(draft)
        return self.visit.incoming.way == "forwarded" and asked and not ordered

    def _refused(self, draft: Draft | None) -> Turn | None:
        if draft is None:
            return _without_authority(self.visit)
        note = EDITED if self.visit.incoming.way == "edited" else FORWARDED
        return self._composing.ask(draft, self.visit.say(note), brief=True)

    def _forget(self) -> Turn | None:
        """The role ends first; the rest of forgetting is as for everybody. Not in a flood: then nothing is forgotten."""
        if not take_token(self.visit.session, self.visit.now)[1]:
            return None
        return _without_authority(self.visit) or leave(self.visit, self.staff)

    # --- orders and choices ---

    def _order(self, order: Order, draft: Draft | None) -> Turn:
        number = number_in(order.rest)
        if order.name == "join":
            return join(self.visit, order.rest)
        if order.name == "cases":
            return self._case_desk.listed()
        if order.name in ("link", "unlink"):
            return self.visit.told(ONLY_IN_GROUPS)
        if order.name == "announce":
            return self._composing.begin_or_go_on()
        if order.name == "announcements":
            return self._listing.show(number) if number is not None else self._listing.newest()
        if number is not None:
            return self._listing.ask_cancel(number)
        return self._composing.drop() if draft is not None else self.visit.told(NOTHING_OPEN)

    def _tapped(self, choice: str, draft: Draft | None) -> Turn | None:
        """A choice, tapped or typed. Who may give the order is looked up where it is carried out."""
        if not choice:
            return self._composing.ask(draft, self.visit.say(TOO_OLD), brief=True) if draft else self.visit.told(OLD_BUTTON)
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
            return self._case_desk.tapped(name, value) or self.visit.told(OLD_BUTTON)
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
            return self.visit.told(NOT_OPEN)
        if name == "drop":
            return self._composing.drop()
        if name == "step":
            return self._composing.go(draft, value)
        return self._composing.tapped(draft, name, value)

    @property
    def _case_desk(self) -> CaseDesk:
        return CaseDesk(self.visit, self.staff, self.cases)

    @property
    def _composing(self) -> Composing:
        return Composing(self.visit, self.staff)

    @property
    def _listing(self) -> Listing:
        return Listing(self.visit, self.staff)
