"""One message at the desk: who wrote it, what can be looked up, and how the answer is put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.announcements.actions import AnnouncementActions
from bot.announcements.display_names import DisplayNames
from bot.announcements.summary import format_language
from bot.announcements.text_faults import TextFaults, UnfitText
from bot.dialogue import compose
from bot.engine import Engine
from bot.errors import Refusal
from bot.i18n import Words
from bot.model import Address, Audience, Button, Incoming, Outcome, Reply, Session, Staff, Turn
from bot.model.well_known import CHOICE_PREFIX
from bot.ports import Transaction


class InvalidInput(Refusal):
    """What was typed cannot be used."""


@dataclass(frozen=True)
class ChatContext:
    """What a message is understood and answered with, inside the transaction of its effect, whoever wrote it."""

    engine: Engine
    actions: AnnouncementActions
    transaction: Transaction
    incoming: Incoming
    session: Session

    @property
    def words(self) -> Words:
        return self.engine.words(self.session.lang)

    @property
    def lang(self) -> str:
        return self.words.lang

    @property
    def now(self) -> datetime:
        return self.incoming.at

    @property
    def address(self) -> Address:
        return self.incoming.sender

    @property
    def names(self) -> DisplayNames:
        return self.actions.names

    @property
    def has_buttons(self) -> bool:
        """Whether buttons are shown as such; where not, they are listed with their numbers under the text."""
        known = self.actions.rules.channels.get(self.address.channel)
        return known is not None and known.buttons

    # --- said ---

    def say(self, message: str, /, **values: object) -> str:
        return self.words.say(message, **values)

    def explain(self, refusal: Refusal) -> str:
        """Why something cannot be done, in the language of the person."""
        if isinstance(refusal, UnfitText):
            return self.list_faults(refusal.faults)
        return self.say(refusal.message, **refusal.values)

    def list_faults(self, faults: TextFaults) -> str:
        """Everything that is wrong with a text, a line each."""
        return "\n".join(self.say(fault.message, **fault.values) for several in faults.values() for fault in several)

    def place(self, code: str) -> str:
        return self.names.place(code, self.words)

    def places(self, codes: tuple[str, ...]) -> str:
        return self.names.communes(codes, self.words)

    def topics(self, ids: tuple[str, ...]) -> str:
        return self.words.join(tuple(self.names.topic(id_, self.words) for id_ in ids))

    def audience(self, audience: Audience) -> str:
        return self.names.audience(audience, self.words)

    def language(self, lang: str) -> str:
        """A language in the words of this person, as it begins a sentence."""
        return format_language(lang, self.words)

    def person(self, number: int) -> str:
        return self.names.person(number, self.transaction.staff_number(number), self.words)

    def role(self, staff: Staff) -> str:
        return self.names.role(staff, self.words)

    def button(self, message: str, choice: str, **values: object) -> Button:
        return Button(self.say(message, **values), f"{CHOICE_PREFIX}{choice}")

    # --- the turn ---

    def turn(self, *replies: Reply) -> Turn:
        """The replies, the choices of the last one remembered. Somebody new is told first who this is and what is kept."""
        session = replace(self.session, offered=replies[-1].buttons, asked=None, at=self.now)
        if not session.greeted:
            replies = (compose.introduction(self.engine, self.lang), *replies)
            session = replace(session, greeted=True)
        return Turn(replies, session, Outcome("command", None, 1.0, self.lang))

    def reply(self, message: str, /, *buttons: Button, **values: object) -> Turn:
        """A turn of one sentence."""
        return self.turn(Reply(self.say(message, **values), buttons))

    def refuse(self, refusal: Refusal) -> Turn:
        """A turn that says why something was not done."""
        return self.turn(Reply(self.explain(refusal)))

    def of(self, staff: Staff) -> StaffContext:
        """The same message, of somebody who is staff as it is handled."""
        return StaffContext(self.engine, self.actions, self.transaction, self.incoming, self.session, staff)


@dataclass(frozen=True)
class StaffContext(ChatContext):
    """A message of somebody of the staff, looked up once for it."""

    staff: Staff
