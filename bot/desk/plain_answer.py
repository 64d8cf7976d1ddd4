"""What somebody writes plainly while cases are theirs: asked at once whether it goes to a resident, sent by a tap alone.

The choices are `tell:<case>:<fingerprint>` and `tell-nobody:<fingerprint>`; they are bound to the words above them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from bot.cases import texts
from bot.cases.actions import CaseActions
from bot.desk.staff_cases import StaffCases, case_behind
from bot.desk.staff_commands import number_in
from bot.desk.staff_context import StaffContext
from bot.desk.unsent_answer import Part, UnsentAnswer, load_answer
from bot.dialogue import compose
from bot.dialogue.choices import typed_number
from bot.dialogue.decide import decide
from bot.dialogue.respond import REMEMBERED
from bot.i18n import mark
from bot.model import Button, Case, Reply, Turn
from bot.model.well_known import CHOICE_PREFIX
from bot.text.splitting import shortened

TELL, TELL_NOBODY = "tell", "tell-nobody"  # the names of the choices, behind CHOICE_PREFIX
OFFERED = 8  # cases to choose among
EXCERPT = 300  # of each message that is asked about
EDITED = mark("A message that was changed afterwards is not taken over. Please write it again.")
NO_MEDIUM = mark("That cannot be passed on to a resident. Please write it in words.")
WHICH = mark("Which resident shall get this?")
SEND = mark("Send this to the resident of case {number}?")
NOT_SENT = mark("Nothing was sent. To ask Loa Bản something yourself, put / in front, like this: /how do I get a loan")
GONE = mark("That answer no longer waits: it was sent, or dropped. Nothing more was sent.")


@dataclass(frozen=True)
class PlainAnswer:
    """One message of somebody who may be in a talk with residents."""

    context: StaffContext
    cases: CaseActions

    @cached_property
    def _owned(self) -> list[Case]:
        """Their cases, by number: who they may mean."""
        context = self.context
        staff = context.staff
        places = staff.places if staff.role == "officer" else None
        found = context.transaction.cases(places, states=("owned",), owner=staff.number, limit=OFFERED)
        return [case for case in found if not case.muted]

    @property
    def _waiting(self) -> UnsentAnswer | None:
        return load_answer(self.context.transaction.draft(self.context.address))

    # --- what was written ---

    def asked(self, text: str) -> Turn | None:
        """The question to whom it goes; None where no case is theirs, or the message is plainly for Loa Bản."""
        context, incoming = self.context, self.context.incoming
        if text.startswith("/") or not self._owned or self._is_for_an_officer():
            return None
        if incoming.way == "edited":
            return context.reply(EDITED)
        if not text and incoming.photo is None and incoming.file is None:
            return context.reply(NO_MEDIUM)
        before = self._waiting if self._is_asking() else None
        part = Part(text, incoming.photo, incoming.file)
        return self._ask(UnsentAnswer((*(before.parts if before else ()), part), context.now))

    def _is_for_an_officer(self) -> bool:
        """Whether it answers a message of the case in which this person is the resident."""
        number = case_behind(self.context)
        case = self.context.transaction.case(number) if number is not None else None
        return case is not None and case.resident == self.context.address

    def _is_asking(self) -> bool:
        """Whether the question stands lowest in the chat."""
        session = self.context.session
        recent = session.at is not None and self.context.now - session.at <= REMEMBERED
        return recent and any(button.choice.startswith(f"{CHOICE_PREFIX}{TELL}") for button in session.offered)

    def typed_choice(self, text: str) -> Turn | None:
        """A yes, a no or a number, where the question stands lowest; None for anything else."""
        offered, lexicon = self.context.session.offered, self.context.engine.lexicon
        if not self._is_asking() or self.context.incoming.way != "private":
            return None
        if lexicon.handoff_refused.has(text):
            return self._chosen(offered[-1])
        if len(offered) == 2:
            agrees = self.context.engine.agrees(text) or lexicon.handoff_agreed.has(text)
            return self._chosen(offered[0]) if agrees else None
        number = typed_number(text, lexicon.digits)
        return self._numbered(number, offered) if number is not None else None

    def _numbered(self, number: int, offered: tuple[Button, ...]) -> Turn | None:
        """By the number of the case, or of the choice. Where these are two, it is asked again: it must not go astray."""
        named = {button for button in offered if button.choice.startswith(f"{CHOICE_PREFIX}{TELL}:{number}:")}
        placed = set() if self.context.has_buttons else {*offered[number - 1 : number]}
        found, waiting = named | placed, self._waiting
        if len(found) == 1:
            return self._chosen(found.pop())
        return self._ask(waiting) if found and waiting else None

    def _chosen(self, button: Button) -> Turn | None:
        name, _, value = button.choice.removeprefix(CHOICE_PREFIX).partition(":")
        return self.tapped(name, value)

    # --- what was asked ---

    def _ask(self, answer: UnsentAnswer) -> Turn:
        context = self.context
        context.transaction.save_draft(context.address, answer.dump(), answer.at)
        shown = [f"“{shortened(_shown(part, context), EXCERPT)}”" for part in answer.parts]
        nobody = f"{TELL_NOBODY}:{answer.fingerprint}"
        if len(self._owned) == 1:
            case = self._owned[0]
            lines = [context.say(SEND, number=case.number), *shown, self._headline(case)]
            buttons = [
                context.button(mark("Yes, send it"), f"{TELL}:{case.number}:{answer.fingerprint}"),
                replace(context.button(mark("No"), nobody), beside=True),
            ]
        else:
            lines = [context.say(WHICH), *shown, *map(self._headline, self._owned)]
            buttons = [
                context.button(mark("Case {number}"), f"{TELL}:{case.number}:{answer.fingerprint}", number=case.number)
                for case in self._owned
            ]
            buttons.append(context.button(mark("Nobody"), nobody))
        return context.turn(*self._in_danger(), Reply("\n".join(lines), tuple(buttons)))

    def _headline(self, case: Case) -> str:
        return f"{texts.headline(case, self.cases.notifier.names, self.context.words)}: “{shortened(case.question, 80)}”"

    def _in_danger(self) -> list[Reply]:
        """Whom to call, where what was written sounds as if somebody were in danger: it may be the officer."""
        engine, text = self.context.engine, self.context.incoming.text.strip()
        decision = decide(engine.matcher.match(text), engine.knowledge.intents) if text else None
        if decision is None or decision.zone != "answer":
            return []
        intent = decision.choices[0].intent
        return [compose.answer(engine, self.context.lang, intent)] if engine.knowledge.intents[intent].urgent else []

    # --- what was tapped ---

    def tapped(self, name: str, value: str) -> Turn | None:
        """Send what stood above the button, and only that; None for a choice that is none of these."""
        if name not in (TELL, TELL_NOBODY):
            return None
        digits, _, bound = value.rpartition(":")
        waiting = self._waiting
        if waiting is None or (waiting.fingerprint != bound and not self._owned):
            return self.context.reply(GONE)
        if waiting.fingerprint != bound:  # something was added since
            return self._ask(waiting)
        self.context.transaction.drop_draft(self.context.address)
        if name == TELL_NOBODY:
            return self.context.reply(NOT_SENT)
        number = number_in(digits)
        return StaffCases(self.context, self.cases).send(number, waiting.parts) if number is not None else None


def _shown(part: Part, context: StaffContext) -> str:
    came = context.say("(a picture)") if part.photo else context.say("(a file)") if part.file else ""
    return " ".join(filter(None, (part.text, came)))
