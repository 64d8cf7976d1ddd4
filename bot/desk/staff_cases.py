"""Where officers answer what residents had passed on to them: in their own chat, or in a group of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.cases import texts
from bot.cases.actions import CaseActions
from bot.cases.commands import CaseCommand, case_command
from bot.desk.staff_commands import number_in
from bot.desk.staff_context import StaffContext
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Button, Case, CaseMessage, Reply, Staff, Turn

SHOWN = 10
OURS = "case-"  # how its choices begin, behind STAFF_ORDER

NOW_YOURS = mark("Case {number} is yours now.")
SENT = mark("Sent to the resident of case {number}.")
SENT_IN_PART = mark("Sent to the resident of case {number}, but without the picture or file: that app cannot show it.")
CLOSED = mark("Case {number} is closed. The resident was told, and Loa Bản answers again.")
GIVEN_BACK = mark("Case {number} was given back. Your colleagues were told.")
NONE_OPEN = mark("There is no open case.")
HOW_TO = mark("To see one, write: show {number}. To take one: take {number}.")


def case_behind(context: StaffContext) -> int | None:
    """The case of the message of ours that this one answers."""
    answered = context.incoming.reply_to
    return context.transaction.case_behind(context.address, answered) if answered else None


@dataclass(frozen=True)
class StaffCases:
    """One message of somebody of the staff that is about a case."""

    context: StaffContext
    staff: Staff
    cases: CaseActions

    def order_in(self, text: str, *, drafting: bool) -> CaseCommand | None:
        """The order that a message is. While an announcement is written, only where such a case is open."""
        behind = self._behind()
        order = case_command(text) or (case_command(f"{text} {behind}") if behind else None)
        if order is None and behind is not None and not text.startswith("/"):
            return CaseCommand("answer", behind, text)
        if order is not None and drafting and behind is None and not self._is_open(order.number):
            return None
        return order

    def _behind(self) -> int | None:
        """The case of the message of ours that this one answers; not their own, which they talk in as a resident."""
        number = case_behind(self.context)
        case = self.context.transaction.case(number) if number is not None else None
        return None if case is not None and case.resident == self.context.address else number

    def _is_open(self, number: int) -> bool:
        case = self.context.transaction.case(number)
        return case is not None and case.state != "closed"

    def obey(self, order: CaseCommand) -> Turn:
        if order.name == "answer":
            return self._answer(order.number, order.text)
        acts = {"take": self._take, "close": self._close, "return": self._give_back, "show": self._show}
        try:
            return acts[order.name](order.number)
        except Refusal as error:
            return self.context.turn(Reply(self._why(error)))

    def tapped(self, name: str, value: str) -> Turn | None:
        number = number_in(value)
        acts = {"take": self._take, "close": self._close, "return": self._give_back, "show": self._show}
        act = acts.get(name.removeprefix(OURS))
        if act is None or number is None:
            return None
        try:
            return act(number)
        except Refusal as error:
            return self.context.turn(Reply(self._why(error)))

    def listed(self, places: Sequence[str] | None = None) -> Turn:
        """The open ones, and who has each; in a group, only those of its communes."""
        found = self.cases.listed(self.context.transaction, self.staff.number, SHOWN + 1, places)
        if not found:
            return self.context.told(NONE_OPEN)
        lines = [self._line(case) for case in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(self.context.say("There are more; these are the oldest."))
        lines.append(self.context.say(HOW_TO, number=found[0].number))
        buttons = tuple(self._button(mark("Case {number}"), "show", case) for case in found[:SHOWN])
        return self.context.turn(Reply("\n".join(lines), buttons if self.context.taps else ()))

    # --- the orders ---

    def _take(self, number: int) -> Turn:
        context = self.context
        case = self.cases.take(context.transaction, self.staff.number, number, context.now)
        return self._whole(case, context.say(NOW_YOURS, number=number))

    def _show(self, number: int) -> Turn:
        case = self.cases.see(self.context.transaction, self.staff.number, number)
        return self._whole(case, self.context.say("It stands like this: {state}.", state=self._state(case)))

    def _whole(self, case: Case, first: str) -> Turn:
        """All that was said, with the buttons that its state allows. In a group the rest is for whoever has taken it."""
        context, words = self.context, self.context.words
        if context.incoming.way == "group" and case.owner == self.staff.number and self.staff.address is not None:
            self._privately(case)
            who = context.role(self.staff)
            return context.turn(
                Reply(context.say("Case {number} was taken by {who}.", number=case.number, who=who), case=case.number)
            )
        text = texts.whole(case, context.transaction.messages(case.number), self.cases.notifier.names, words)
        return context.turn(Reply(f"{first}\n{text}", self._buttons(case), case=case.number))

    def _privately(self, case: Case) -> None:
        """To the own chat of somebody who took a case in a group: there the talk goes on."""
        assert self.staff.address is not None  # noqa: S101
        transaction, words = self.context.transaction, self.cases.words_of(self.context.transaction, self.staff)
        text = texts.whole(case, transaction.messages(case.number), self.cases.notifier.names, words)
        reply = Reply(text, texts.owner_buttons(case, words) if self.context.taps else (), case=case.number)
        transaction.queue(self.staff.address, [reply], self.context.now)

    def _answer(self, number: int, text: str) -> Turn:
        context, incoming = self.context, self.context.incoming
        message = CaseMessage(self.staff.number, text, context.now, incoming.photo, incoming.file)
        before = context.transaction.case(number)
        unseen = before is not None and before.owner is None and bool(context.transaction.messages(number))
        try:
            case = self.cases.answer(context.transaction, self.staff.number, number, message)
        except Refusal as error:
            return context.turn(Reply(self._why(error)))
        buttons = texts.owner_buttons(case, context.words) if context.taps else ()
        said = context.say(SENT_IN_PART if self.cases.leaves_out(case, message) else SENT, number=number)
        sent = Reply(said, buttons, case=number)
        if not unseen:
            return context.turn(sent)
        self._privately(case)  # the notice held the question alone, and there was more before
        return context.turn(sent)

    def _close(self, number: int) -> Turn:
        self.cases.close(self.context.transaction, self.staff.number, number, self.context.now)
        return self.context.told(CLOSED, number=number)

    def _give_back(self, number: int) -> Turn:
        self.cases.give_back(self.context.transaction, self.staff.number, number, self.context.now)
        return self.context.told(GIVEN_BACK, number=number)

    # --- said ---

    def _why(self, error: Refusal) -> str:
        who = error.values.get("who")
        return self.context.say(
            error.message, **error.values | ({"who": self.context.person(who)} if isinstance(who, int) else {})
        )

    def _line(self, case: Case) -> str:
        return f"{texts.headline(case, self.cases.notifier.names, self.context.words)}: {self._state(case)}"

    def _state(self, case: Case) -> str:
        context = self.context
        if case.state == "closed":
            return context.say("closed")
        if case.owner is None:
            return context.say("waits for somebody")
        if case.owner == self.staff.number:
            return context.say("yours")
        return context.say("taken by {who}", who=context.person(case.owner))

    def _buttons(self, case: Case) -> tuple[Button, ...]:
        if not self.context.taps or case.state == "closed":
            return ()
        if case.owner == self.staff.number:
            return texts.owner_buttons(case, self.context.words)
        may_take = case.owner is None or self.staff.role != "officer"
        return (texts.take_button(case, self.context.words),) if may_take else ()

    def _button(self, label: str, order: str, case: Case) -> Button:
        return replace(self.context.button(label, f"{OURS}{order}:{case.number}", number=case.number), beside=True)
