"""Where officers answer what residents had passed on to them: in their own chat, or in a group of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.cases import texts
from bot.cases.actions import CaseActions
from bot.cases.commands import CaseCommand, case_command
from bot.desk.staff_commands import number_in
from bot.desk.staff_context import ChatContext, StaffContext
from bot.desk.unsent_answer import Part
from bot.errors import Refusal
from bot.i18n import Words, mark
from bot.model import Button, Case, CaseMessage, Reply, Turn

SHOWN = 10
CHOICES = "case-"  # how the choices about cases begin, behind CHOICE_PREFIX

NOW_YOURS = mark("Case {number} is yours now.")
SENT = mark("Sent to the resident of case {number}.")
SENT_IN_PART = mark("Sent to the resident of case {number}, but without the picture or file: that app cannot show it.")
CLOSED = mark("Case {number} is closed. The resident was told, and Loa Bản answers again.")
GIVEN_BACK = mark("Case {number} was given back. Your colleagues were told.")
MUTED = mark(
    "Case {number} is muted: nothing more that the resident writes reaches you, and the resident was told so. To hear of it "
    "again, write: unmute {number}"
)
UNMUTED = mark("Case {number} is not muted any more. The resident was told.")
NONE_OPEN = mark("There is no open case.")
IN_PRIVATE = mark("The talk itself is not shown in a group. Read it in your private chat with Loa Bản.")
HOW_TO = mark("To see one, write: show {number}. To take one: take {number}.")


def case_behind(context: ChatContext) -> int | None:
    """The case of the message of ours that this one answers."""
    answered = context.incoming.reply_to
    return context.transaction.case_behind(context.address, answered) if answered else None


@dataclass(frozen=True)
class StaffCases:
    """One message of somebody of the staff that is about a case."""

    context: StaffContext
    cases: CaseActions

    def command_in(self, text: str, *, drafting: bool) -> CaseCommand | None:
        """The command that a message is. While an announcement is written, only where such a case is open."""
        behind = self._behind()
        lexicon = self.context.engine.lexicon
        command = case_command(text, lexicon) or (case_command(f"{text} {behind}", lexicon) if behind else None)
        if command is None and behind is not None and not text.startswith("/"):
            return CaseCommand("answer", behind, text)
        if command is not None and drafting and behind is None and not self._is_open(command.number):
            return None
        return command

    def _behind(self) -> int | None:
        """The case of the message of ours that this one answers; not their own, which they talk in as a resident."""
        number = case_behind(self.context)
        case = self.context.transaction.case(number) if number is not None else None
        return None if case is not None and case.resident == self.context.address else number

    def _is_open(self, number: int) -> bool:
        case = self.context.transaction.case(number)
        return case is not None and case.state != "closed"

    def run(self, command: CaseCommand) -> Turn:
        try:
            if command.name == "answer":
                incoming = self.context.incoming
                return self._answer(command.number, [Part(command.text, incoming.photo, incoming.file)])
            return self._actions[command.name](command.number)
        except Refusal as refusal:
            return self._refused(refusal)

    def tapped(self, name: str, value: str) -> Turn | None:
        number, action = number_in(value), self._actions.get(name.removeprefix(CHOICES))
        if action is None or number is None:
            return None
        try:
            return action(number)
        except Refusal as refusal:
            return self._refused(refusal)

    @property
    def _actions(self) -> Mapping[str, Callable[[int], Turn]]:
        return {
            "take": self._take,
            "close": self._close,
            "return": self._give_back,
            "show": self._show,
            "mute": self._mute,
            "unmute": self._unmute,
        }

    def listed(self, places: Sequence[str] | None = None) -> Turn:
        """The open ones, and who has each; in a group, only those of its communes."""
        found = self.cases.list_open(self.context.transaction, self.context.staff.number, SHOWN + 1, places)
        if not found:
            return self.context.reply(NONE_OPEN)
        lines = [self._line(case) for case in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(self.context.say("There are more; these are the oldest."))
        lines.append(self.context.say(HOW_TO, number=found[0].number))
        buttons = tuple(self._show_button(case) for case in found[:SHOWN])
        return self.context.turn(Reply("\n".join(lines), buttons if self.context.has_buttons else ()))

    # --- the commands ---

    def _take(self, number: int) -> Turn:
        context = self.context
        case = self.cases.take(context.transaction, self.context.staff.number, number, context.now)
        if self._in_group:
            self._send_privately(case)
            who = context.person(self.context.staff.number)
            return context.turn(Reply(context.say("Case {number} was taken by {who}.", number=number, who=who), case=number))
        return context.turn(self._talk(case, context.say(NOW_YOURS, number=number), context.words))

    def _show(self, number: int) -> Turn:
        """All that was said; never in a group, where people read along who are no officers of the commune."""
        context = self.context
        case = self.cases.find(context.transaction, self.context.staff.number, number)
        if self._in_group:
            self._send_privately(case)
            return context.turn(Reply(f"{self._line(case)}\n{context.say(IN_PRIVATE)}", case=number))
        return context.turn(
            self._talk(case, context.say("It stands like this: {state}.", state=self._state(case)), context.words)
        )

    @property
    def _in_group(self) -> bool:
        return self.context.incoming.way == "group"

    def _talk(self, case: Case, first: str, words: Words) -> Reply:
        """All that was said, with the buttons that its state allows."""
        text = texts.conversation(case, self.context.transaction.messages(case.number), self.cases.notifier.names, words)
        return Reply(f"{first}\n{text}".lstrip(), self._buttons(case, words), case=case.number)

    def _send_privately(self, case: Case) -> None:
        """To the own chat of whoever asked or wrote in a group: there the talk goes on."""
        assert self.context.staff.address is not None  # noqa: S101 - staff are known by the address they write from
        transaction = self.context.transaction
        talk = self._talk(case, "", self.cases.notices.words_of(transaction, self.context.staff))
        transaction.queue(self.context.staff.address, [talk], self.context.now)

    def send(self, number: int, parts: Sequence[Part]) -> Turn:
        """Send, one after the other, what was written plainly and confirmed by a tap."""
        try:
            return self._answer(number, parts)
        except Refusal as refusal:
            return self._refused(refusal)

    def _answer(self, number: int, parts: Sequence[Part]) -> Turn:
        context, transaction = self.context, self.context.transaction
        messages = [CaseMessage(context.staff.number, part.text, context.now, part.photo, part.file) for part in parts]
        before = transaction.case(number)
        unseen = before is not None and before.owner is None and bool(transaction.messages(number))
        for message in messages:
            case = self.cases.answer(transaction, context.staff.number, number, message)
        buttons = texts.owner_buttons(case, context.words) if context.has_buttons else ()
        in_part = any(self.cases.notices.leaves_media_out(case, message) for message in messages)
        sent = Reply(context.say(SENT_IN_PART if in_part else SENT, number=number), buttons, case=number)
        if not unseen:
            return context.turn(sent)
        self._send_privately(case)  # the notice held the question alone, and there was more before
        return context.turn(sent)

    def _close(self, number: int) -> Turn:
        self.cases.close(self.context.transaction, self.context.staff.number, number, self.context.now)
        return self.context.reply(CLOSED, number=number)

    def _give_back(self, number: int) -> Turn:
        self.cases.give_back(self.context.transaction, self.context.staff.number, number, self.context.now)
        return self.context.reply(GIVEN_BACK, number=number)

    def _mute(self, number: int) -> Turn:
        self.cases.mute(self.context.transaction, self.context.staff.number, number, self.context.now)
        return self.context.reply(MUTED, number=number)

    def _unmute(self, number: int) -> Turn:
        self.cases.unmute(self.context.transaction, self.context.staff.number, number, self.context.now)
        return self.context.reply(UNMUTED, number=number)

    # --- said ---

    def _refused(self, refusal: Refusal) -> Turn:
        """Who has a case is told by role, in the words of whoever asked."""
        who = refusal.values.get("who")
        said = {"who": self.context.person(who)} if isinstance(who, int) else {}
        return self.context.reply(refusal.message, **refusal.values | said)

    def _line(self, case: Case) -> str:
        return f"{texts.headline(case, self.cases.notifier.names, self.context.words)}: {self._state(case)}"

    def _state(self, case: Case) -> str:
        context = self.context
        if case.state == "closed":
            return context.say("closed")
        if case.owner is None:
            return context.say("waits for somebody")
        if case.muted:
            return context.say("muted by {who}", who=context.person(case.owner))
        if case.owner == self.context.staff.number:
            return context.say("yours")
        return context.say("taken by {who}", who=context.person(case.owner))

    def _buttons(self, case: Case, words: Words) -> tuple[Button, ...]:
        if not self.context.has_buttons or case.state == "closed":
            return ()
        if case.owner == self.context.staff.number:
            return texts.owner_buttons(case, words)
        may_take = case.owner is None or self.context.staff.role != "officer"
        return (texts.take_button(case, words),) if may_take else ()

    def _show_button(self, case: Case) -> Button:
        button = self.context.button(mark("Case {number}"), f"{CHOICES}show:{case.number}", number=case.number)
        return replace(button, beside=True)
