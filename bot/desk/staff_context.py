"""One message at the desk: who wrote it, what can be looked up, and how the answer is put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from babel import Locale

from bot.announcements.actions import AnnouncementActions
from bot.announcements.display_names import DisplayNames
from bot.announcements.times import UnreadableTime
from bot.dialogue import compose
from bot.engine import Engine
from bot.errors import LoabanError, Refusal
from bot.i18n import Words, language_name
from bot.model import Address, Audience, Button, Incoming, Outcome, Reply, Session, Staff, Turn
from bot.model.well_known import STAFF_ORDER
from bot.ports import Transaction


class InvalidInput(LoabanError):
    """What was typed cannot be used; the text says why, in the language of whoever typed it."""


@dataclass(frozen=True)
class StaffContext:
    """What a message is understood and answered with, inside the transaction of its effect."""

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
        return self.actions.notifier.names

    @property
    def taps(self) -> bool:
        """Whether buttons are shown as such; where not, they are listed with their numbers under the text."""
        known = self.actions.rules.channels.get(self.address.channel)
        return known is not None and known.buttons

    # --- said ---

    def say(self, message: str, /, **values: object) -> str:
        return self.words.say(message, **values)

    def why(self, error: InvalidInput | Refusal | UnreadableTime) -> str:
        """What went wrong, in the language of the person."""
        return str(error) if isinstance(error, InvalidInput) else self.words.say(error.message, **error.values)

    def place(self, code: str) -> str:
        return self.names.place(code, self.words)

    def places(self, codes: tuple[str, ...]) -> str:
        return self.names.communes(codes, self.words)

    def topics(self, ids: tuple[str, ...]) -> str:
        return self.words.join(tuple(self.names.topic(id_, self.words) for id_ in ids))

    def audience(self, audience: Audience) -> str:
        return self.names.audience(audience, self.words)

    def language(self, lang: str) -> str:
        """A language in the words of this person, as it begins a sentence: "Tiếng Anh", "Vietnamese"."""
        name = Locale.parse(lang).get_display_name(self.lang) or language_name(lang)
        return name[0].upper() + name[1:]

    def person(self, number: int) -> str:
        return self.names.person(number, self.transaction.staff_number(number), self.words)

    def role(self, staff: Staff) -> str:
        return self.names.role(staff, self.words)

    def button(self, message: str, order: str, **values: object) -> Button:
        return Button(self.say(message, **values), f"{STAFF_ORDER}{order}")

    # --- the turn ---

    def turn(self, *replies: Reply) -> Turn:
        """The replies, the choices of the last one remembered. Somebody new is told first who this is and what is kept."""
        session = replace(self.session, offered=replies[-1].buttons, asked=None, at=self.now)
        if not session.greeted:
            replies = (compose.introduction(self.engine, self.lang), *replies)
            session = replace(session, greeted=True)
        return Turn(replies, session, Outcome("command", None, 1.0, self.lang))

    def told(self, message: str, /, *buttons: Button, **values: object) -> Turn:
        """A turn of one sentence."""
        return self.turn(Reply(self.say(message, **values), buttons))
