"""What a message to the desk is: a command, a choice, an answer to a question, or no business of the desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.announcements.actions import AnnouncementActions
from bot.announcements.authority import NOT_STAFF
from bot.cases.actions import CaseActions
from bot.cases.commands import case_command
from bot.desk.abilities import abilities
from bot.desk.announcement_list import WHY_ASKED, AnnouncementList
from bot.desk.chat_draft import ChatDraft
from bot.desk.composer import NEW, NOT_OPEN, Composer, stored_draft
from bot.desk.console_door import LEAVE, leave_everywhere, open_door
from bot.desk.group import in_group
from bot.desk.joining import join, leave
from bot.desk.plain_answer import EDITED, TELL, TELL_NOBODY, PlainAnswer
from bot.desk.staff_cases import CHOICES as CASE_CHOICES
from bot.desk.staff_cases import StaffCases, case_behind
from bot.desk.staff_commands import StaffCommand, command_in, number_in, words_in
from bot.desk.staff_context import ChatContext, StaffContext
from bot.desk.step import LASTS, WHEN
from bot.dialogue import subscribing
from bot.dialogue.choices import typed_number
from bot.dialogue.handoff import OPEN_QUESTION as PASSING_ON
from bot.dialogue.limits import take_token
from bot.dialogue.respond import REMEMBERED
from bot.engine import Engine
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Button, Incoming, Reply, Session, Staff, Turn
from bot.model.well_known import CHOICE_PREFIX
from bot.ports import Transaction
from bot.text.folding import fold

FORWARDED = mark("A forwarded message gives no orders here. Please write it yourself, or tap the button.")
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
        return in_group(ChatContext(self.engine, self.actions, transaction, incoming, session), self.cases)

    def turn(self, incoming: Incoming, session: Session, transaction: Transaction, staff: Staff | None) -> Turn | None:
        """The turn of somebody of the staff, or of somebody who tries to be; None for what is no business of the desk.

        `incoming.choice` is the meaning of a button, "" for an old or forged one; `staff` is who the sender is at this moment.
        What has to be kept goes into `transaction`.
        """
        if incoming.kind == "left" or incoming.way == "group":
            return None
        context = ChatContext(self.engine, self.actions, transaction, incoming, session)
        if staff is not None:
            return _StaffMessage(context.of(staff), self.cases).turn()
        session, allowed = take_token(session, incoming.at)
        return _turn_of_others(replace(context, session=session)) if allowed else None  # a flood is answered by the dialogue


def _turn_of_others(context: ChatContext) -> Turn | None:
    """Somebody who is not staff: with an invitation, with a command that is not for everybody, or not any more."""
    text = context.incoming.text.strip()
    if _still_answers_a_case(context, text):
        return context.reply(NO_MORE)
    command = command_in(text)
    if command is not None and command.name == "join":
        return _without_authority(context) or join(context, command.rest)
    button = _picked(context)
    choice = context.incoming.choice if context.incoming.choice is not None else button.choice if button else ""
    for_staff = choice.startswith(CHOICE_PREFIX) or command is not None
    writes = context.incoming.choice is None and not text.startswith("/")
    if (for_staff or writes) and isinstance(stored_draft(context), ChatDraft):
        context.transaction.drop_draft(context.address)
        return context.reply(ENDED)
    return context.reply(NOT_STAFF) if for_staff and command != StaffCommand("cancel") else None


def _still_answers_a_case(context: ChatContext, text: str) -> bool:
    """Whether somebody who was staff still writes in a case that was shown in this chat."""
    transaction, command = context.transaction, case_command(text, context.engine.lexicon)
    number = case_behind(context) or (command.number if command else 0)
    case = transaction.case(number) if number else None
    return case is not None and case.resident != context.address and transaction.was_told(context.address, number)


def _without_authority(context: ChatContext) -> Turn | None:
    """What to say to a command that was forwarded, or changed after it was sent."""
    message = {"forwarded": FORWARDED, "edited": EDITED}.get(context.incoming.way)
    return context.reply(message) if message else None


def _picked(context: ChatContext, *, numbers: bool = True) -> Button | None:
    """The choice of the last reply that was typed by its number, or by its words.

    Nothing that only resembles it: two communes can differ in one letter, and a command is for good. A number is one in
    digits: "thứ hai" is the second choice, but here more likely Monday.
    """
    session, text = context.session, context.incoming.text
    if context.incoming.choice is not None or session.at is None or context.now - session.at > REMEMBERED:
        return None
    typed = fold(text)
    named = next((button for button in session.offered if typed and fold(button.label) == typed), None)
    number = typed_number(text, context.engine.lexicon.digits) if numbers else None
    if named is not None or number is None:
        return named
    if 1 <= number <= len(session.offered):
        return session.offered[number - 1]
    return next((button for button in session.offered if button.choice == f"{CHOICE_PREFIX}show:{number}"), None)


@dataclass(frozen=True)
class _StaffMessage:
    """One message of somebody of the staff."""

    context: StaffContext
    cases: CaseActions

    def turn(self) -> Turn | None:
        context, incoming, engine = self.context, self.context.incoming, self.context.engine
        draft = stored_draft(context)
        if draft == "outdated":
            if incoming.choice is None:
                context.transaction.drop_draft(context.address)
                return context.reply(OUTDATED, context.button(NEW, "new"))
            draft = None
        if incoming.choice is not None:
            return self._tapped(incoming.choice, draft)
        text = incoming.text.strip()
        about_case = self._staff_cases.command_in(text, drafting=draft is not None)
        if about_case is not None:
            return _without_authority(context) or self._staff_cases.run(about_case)
        command = command_in(text) or words_in(text, engine.lexicon, drafting=draft is not None)
        if command is None and engine.command(text) == "forget":
            return self._forget()
        if command is None and engine.command(text) == "help" and (draft is None or text.startswith("/")):
            return self._help()
        if command is None and text.startswith("/") and engine.command(text) is not None:
            return None
        return self._typed(text, command, draft)

    def _typed(self, text: str, command: StaffCommand | None, draft: ChatDraft | None) -> Turn | None:
        """A command, a choice by its number or words, an answer to a step of the announcement, or one to a resident."""
        if draft is None and command is None and (chosen := self._plain_answer.typed_choice(text)):
            return chosen
        button = _picked(self.context, numbers=not self._asked_time(draft))
        if command is None and button is None and (number := self._asked_why(text)) is not None:
            return self._explain(number, text)
        if draft is not None and command is None and button is None and self._asked_elsewhere():
            return None
        acts = command is not None or (button is not None and button.choice.startswith(CHOICE_PREFIX))
        if self.context.incoming.way != "private" and (acts or draft is not None) and not self._forwards_text(draft, acts=acts):
            return self._refused(draft)
        if command is not None:
            return self._run(command, draft)
        if button is not None:
            return self._tapped(button.choice, draft)
        return self._composer.typed(draft, text) if draft is not None else self._plain(text)

    def _plain(self, text: str) -> Turn | None:
        """What is neither order nor choice. A "dung" may be a yes as well as a stop, so it is asked about."""
        engine = self.context.engine
        if self._asked_elsewhere() or (engine.command(text) is not None and not engine.agrees(text)):
            return None
        return self._plain_answer.asked(text)

    def _asked_why(self, text: str) -> int | None:
        """The announcement of which it was asked last why it was turned down, where this may be the answer."""
        session, own = self.context.session, self.context.incoming.way == "private"
        recent = session.at is not None and self.context.now - session.at <= REMEMBERED
        asked = session.offered[0].choice if session.offered and recent and own and text and not text.startswith("/") else ""
        return number_in(asked.removeprefix(WHY_ASKED)) if asked.startswith(WHY_ASKED) else None

    def _explain(self, number: int, text: str) -> Turn:
        if self.context.engine.lexicon.handoff_refused.has(text):
            return self._announcements.leave_unexplained(number)
        return self._announcements.explain(number, text)

    def _send_again(self, number: int, draft: ChatDraft | None) -> Turn:
        """What was turned down, as a draft; never in the place of another one."""
        try:
            found = self.context.actions.to_send_again(self.context.transaction, self.context.staff.number, number)
        except Refusal as refusal:
            return self.context.refuse(refusal)
        return self._composer.begin_with(found.plan) if draft is None else self._composer.begin_or_continue(draft)

    def _asked_time(self, draft: ChatDraft | None) -> bool:
        """Whether a bare number would be an hour or a day, as no choice shows one."""
        return draft is not None and draft.step in (WHEN, LASTS) and self.context.has_buttons

    def _asked_elsewhere(self) -> bool:
        """Whether the message answers a question of the dialogue, which was asked after the last one of the desk."""
        session = self.context.session
        asked = session.asked == PASSING_ON or subscribing.is_open(session)
        return asked and session.at is not None and self.context.now - session.at <= REMEMBERED

    # --- without authority ---

    def _forwards_text(self, draft: ChatDraft | None, *, acts: bool) -> bool:
        """Whether this is a forwarded text for the announcement: confirming it is what needs authority."""
        asked = draft is not None and self._composer.asks_text(draft)
        return self.context.incoming.way == "forwarded" and asked and not acts

    def _refused(self, draft: ChatDraft | None) -> Turn | None:
        if draft is None:
            return _without_authority(self.context)
        note = EDITED if self.context.incoming.way == "edited" else FORWARDED
        return self._composer.ask(draft, self.context.say(note), brief=True)

    def _forget(self) -> Turn | None:
        """The role ends first; the rest of forgetting is as for everybody. Not in a flood: then nothing is forgotten."""
        if not take_token(self.context.session, self.context.now)[1]:
            return None
        return _without_authority(self.context) or leave(self.context)

    def _help(self) -> Turn:
        """What this person can do."""
        context = self.context
        who = context.say("You are {who}. You can:", who=context.person(context.staff.number))
        return context.turn(Reply("\n".join([who, *abilities(context, context.staff)]), (context.button(NEW, "new"),)))

    # --- commands and choices ---

    def _run(self, command: StaffCommand, draft: ChatDraft | None) -> Turn:
        number = number_in(command.rest)
        if command.name == "join":
            return join(self.context, command.rest, self.context.staff)
        if command.name == "cases":
            return self._staff_cases.listed()
        if command.name == "console":
            return open_door(self.context)
        if command.name in ("link", "unlink"):
            return self.context.reply(ONLY_IN_GROUPS)
        if command.name == "announce":
            return self._composer.begin_or_continue(draft)
        if command.name == "announcements":
            return self._announcements.show(number) if number is not None else self._announcements.newest()
        if number is not None:
            return self._announcements.ask_cancel(number)
        return self._composer.discard() if draft is not None else self.context.reply(NOTHING_OPEN)

    def _tapped(self, choice: str, draft: ChatDraft | None) -> Turn | None:
        """A choice, tapped or typed. Who may do what it says is looked up where it is carried out."""
        if not choice:
            return self._old_button(draft)
        if not choice.startswith(CHOICE_PREFIX):
            return None
        name, _, value = choice.removeprefix(CHOICE_PREFIX).partition(":")
        if name == "new":
            return self._composer.begin_or_continue(draft)
        if name == "anew":
            return self._composer.begin()
        if name == "send":
            return self._composer.send(draft, value)
        if name == "test":
            return self._composer.test(draft, value)
        if name == LEAVE:
            return leave_everywhere(self.context)
        if name in (TELL, TELL_NOBODY):
            return self._plain_answer.tapped(name, value)
        if name.startswith(CASE_CHOICES):
            return self._staff_cases.tapped(name, value) or self.context.reply(OLD_BUTTON)
        if name == "again" and (number := number_in(value)) is not None:
            return self._send_again(number, draft)
        return self._about_announcement(name, value) or self._about_draft(name, value, draft)

    def _old_button(self, draft: ChatDraft | None) -> Turn:
        if draft is None:
            return self.context.reply(OLD_BUTTON)
        return self._composer.ask(draft, self.context.say(TOO_OLD), brief=True)

    def _about_announcement(self, name: str, value: str) -> Turn | None:
        """A choice about an announcement that was confirmed: "show:12", "approve:12:<fingerprint>"."""
        digits, _, fingerprint = value.partition(":")
        number = number_in(digits)
        actions: dict[str, Callable[[int], Turn]] = {
            "show": self._announcements.show,
            "pause": self._announcements.pause,
            "resume": self._announcements.resume,
            "cancel": self._announcements.ask_cancel,
            "cancel-yes": self._announcements.cancel,
            "approve": lambda one: self._announcements.approve(one, fingerprint),
            "unexplained": self._announcements.leave_unexplained,
            "refuse": lambda one: self._announcements.turn_down(one, fingerprint),
        }
        return actions[name](number) if name in actions and number is not None else None

    def _about_draft(self, name: str, value: str, draft: ChatDraft | None) -> Turn:
        if draft is None:
            return self.context.reply(NOT_OPEN)
        if name == "drop":
            return self._composer.discard()
        if name == "step":
            return self._composer.go_to(draft, value)
        return self._composer.tapped(draft, name, value)

    @property
    def _staff_cases(self) -> StaffCases:
        return StaffCases(self.context, self.cases)

    @property
    def _plain_answer(self) -> PlainAnswer:
        return PlainAnswer(self.context, self.cases)

    @property
    def _composer(self) -> Composer:
        return Composer(self.context)

    @property
    def _announcements(self) -> AnnouncementList:
        return AnnouncementList(self.context)
