"""Where officers answer what residents had passed on to them: in their own chat, or in a group of theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.broadcast import Staff
from bot.case_orders import CaseOrder, case_order
from bot.cases import Case, CaseMessage
from bot.desk.orders import number_in
from bot.desk.visit import Visit
from bot.errors import Refusal
from bot.handoff import texts
from bot.handoff.actions import Cases
from bot.i18n import mark
from bot.model import Button, Reply, Turn
from bot.ports import Transaction

SHOWN = 10
OURS = "case-"  # how its choices begin, behind "staff:"

SENT = mark("Sent to the resident of case {number}.")
CLOSED = mark("Case {number} is closed. The resident was told, and Loa Bản answers again.")
GIVEN_BACK = mark("Case {number} was given back. Your colleagues were told.")
NONE_OPEN = mark("There is no open case.")
HOW_TO = mark("To see one, write: show {number}. To take one: take {number}.")

Act = Callable[[Transaction, int, int], Case]


@dataclass(frozen=True)
class CaseDesk:
    """One message of somebody of the staff that is about a case."""

    visit: Visit
    staff: Staff
    cases: Cases

    def order_in(self, text: str, *, drafting: bool) -> CaseOrder | None:
        """The order that a message is. While an announcement is written, only where there is such a case."""
        behind = self.case_behind()
        order = case_order(text) or (case_order(f"{text} {behind}") if behind else None)
        if order is None and behind is not None and not text.startswith("/"):
            return CaseOrder("answer", behind, text)
        if order is not None and drafting and behind is None and self.visit.transaction.case(order.number) is None:
            return None
        return order

    def case_behind(self) -> int | None:
        """The case of the message of ours that this one answers."""
        answered = self.visit.incoming.reply_to
        return self.visit.transaction.case_behind(self.visit.address, answered) if answered else None

    def obey(self, order: CaseOrder) -> Turn:
        if order.name == "answer":
            return self._answer(order.number, order.text)
        acts = {"take": self._take, "close": self._close, "return": self._give_back, "show": self._show}
        try:
            return acts[order.name](order.number)
        except Refusal as error:
            return self.visit.turn(Reply(self.visit.why(error)))

    def tapped(self, name: str, value: str) -> Turn | None:
        number = number_in(value)
        acts = {"take": self._take, "close": self._close, "return": self._give_back, "show": self._show}
        act = acts.get(name.removeprefix(OURS))
        if act is None or number is None:
            return None
        try:
            return act(number)
        except Refusal as error:
            return self.visit.turn(Reply(self.visit.why(error)))

    def listed(self) -> Turn:
        """The open ones, and who has each."""
        found = self.cases.listed(self.visit.transaction, self.staff.number, SHOWN + 1)
        if not found:
            return self.visit.told(NONE_OPEN)
        lines = [self._line(case) for case in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(self.visit.say("There are more; these are the oldest."))
        lines.append(self.visit.say(HOW_TO, number=found[0].number))
        buttons = tuple(self._button(mark("Case {number}"), "show", case) for case in found[:SHOWN])
        return self.visit.turn(Reply("\n".join(lines), buttons if self.visit.taps else ()))

    # --- the orders ---

    def _take(self, number: int) -> Turn:
        visit = self.visit
        return self._whole(self.cases.take(visit.transaction, self.staff.number, number, visit.now))

    def _show(self, number: int) -> Turn:
        case = self.cases.see(self.visit.transaction, self.staff.number, number)
        return self._whole(case)

    def _whole(self, case: Case) -> Turn:
        """All that was said, with the buttons that its state allows. In a group the rest is for whoever has taken it."""
        visit, words = self.visit, self.visit.words
        if visit.incoming.way == "group" and case.owner == self.staff.number and self.staff.address is not None:
            self._privately(case)
            who = visit.role(self.staff)
            return visit.turn(
                Reply(visit.say("Case {number} was taken by {who}.", number=case.number, who=who), case=case.number)
            )
        text = texts.whole(case, visit.transaction.messages(case.number), self.cases.telling.names, words)
        return visit.turn(Reply(f"{self._state(case)}\n{text}", self._buttons(case), case=case.number))

    def _privately(self, case: Case) -> None:
        """To the own chat of somebody who took a case in a group: there the talk goes on."""
        assert self.staff.address is not None  # noqa: S101
        text = texts.whole(case, self.visit.transaction.messages(case.number), self.cases.telling.names, self.visit.words)
        reply = Reply(text, texts.owner_buttons(case, self.visit.words) if self.visit.taps else (), case=case.number)
        self.visit.transaction.queue(self.staff.address, [reply], self.visit.now)

    def _answer(self, number: int, text: str) -> Turn:
        visit, incoming = self.visit, self.visit.incoming
        message = CaseMessage(self.staff.number, text, visit.now, incoming.photo, incoming.file)
        try:
            case = self.cases.answer(visit.transaction, self.staff.number, number, message)
        except Refusal as error:
            return visit.turn(Reply(visit.why(error)))
        buttons = texts.owner_buttons(case, visit.words) if visit.taps else ()
        return visit.turn(Reply(visit.say(SENT, number=number), buttons, case=number))

    def _close(self, number: int) -> Turn:
        self.cases.close(self.visit.transaction, self.staff.number, number, self.visit.now)
        return self.visit.told(CLOSED, number=number)

    def _give_back(self, number: int) -> Turn:
        self.cases.give_back(self.visit.transaction, self.staff.number, number, self.visit.now)
        return self.visit.told(GIVEN_BACK, number=number)

    # --- said ---

    def _line(self, case: Case) -> str:
        return f"{texts.headline(case, self.cases.telling.names, self.visit.words)}: {self._state(case)}"

    def _state(self, case: Case) -> str:
        visit = self.visit
        if case.state == "closed":
            return visit.say("closed")
        if case.owner is None:
            return visit.say("waits for somebody")
        if case.owner == self.staff.number:
            return visit.say("yours")
        return visit.say("taken by {who}", who=visit.person(case.owner))

    def _buttons(self, case: Case) -> tuple[Button, ...]:
        if not self.visit.taps or case.state == "closed":
            return ()
        if case.owner == self.staff.number:
            return texts.owner_buttons(case, self.visit.words)
        may_take = case.owner is None or self.staff.role != "officer"
        return (texts.take_button(case, self.visit.words),) if may_take else ()

    def _button(self, label: str, order: str, case: Case) -> Button:
        return replace(self.visit.button(label, f"{OURS}{order}:{case.number}", number=case.number), beside=True)
