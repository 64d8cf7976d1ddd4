"""Who is told what of a case: officers and groups of its commune, administrators, its owner, the resident.

Everything goes out through the stored replies. What was said in a case goes to the resident and to own chats of staff alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.announcements.notifier import Notifier
from bot.cases import texts
from bot.i18n import Words, mark
from bot.model import Address, Case, CaseMessage, Reply, Session, Staff
from bot.ports import Transaction

LEFT_OUT = mark("(A picture or file came with it that cannot be shown in this app. Please ask for it in words.)")

Reason = Callable[[Words], str]  # why somebody is told once more, in whose words


def no_reason(_: Words) -> str:
    return ""


@dataclass(frozen=True)
class CaseNotices:
    """`has_buttons` says of a channel whether buttons are shown there, `carries` whether it can show a photo or a file."""

    notifier: Notifier
    has_buttons: Callable[[str], bool]
    carries: Callable[[str, str], bool]

    def tell_waiting(
        self, transaction: Transaction, case: Case, now: datetime, reason: Reason = no_reason, *, sparing: int | None = None
    ) -> None:
        """Everybody whose business it is: officers of the commune and its groups; the administrators where there is nobody."""
        officers = [staff for staff in _officers(transaction, case.place) if staff.number != sparing]
        groups = transaction.links(case.place)
        for staff in officers or (administrators(transaction) if not groups else ()):
            self.tell_of(transaction, case, staff, now, reason)
        for link in groups:
            self._queue_notice(transaction, case, link.group, self.notifier.words(None), now, reason)

    def tell_of(self, transaction: Transaction, case: Case, staff: Staff, now: datetime, reason: Reason) -> None:
        if staff.address is not None:
            self._queue_notice(transaction, case, staff.address, self.words_of(transaction, staff), now, reason)

    def _queue_notice(
        self, transaction: Transaction, case: Case, to: Address, words: Words, now: datetime, reason: Reason
    ) -> None:
        text = texts.notice(case, self.notifier.names, words, again=reason(words))
        buttons = (texts.take_button(case, words),) if self.has_buttons(to.channel) else ()
        transaction.queue(to, [Reply(text, buttons, case=case.number)], now)

    def with_media(self, case: Case, text: str, message: CaseMessage, channel: str, words: Words) -> Reply:
        """A message of the other side, with its photo and file as far as this app can show them, and a word where it cannot."""
        photo = message.photo if message.photo and self.carries(channel, message.photo) else None
        file = message.file if message.file and self.carries(channel, message.file) else None
        if (photo, file) != (message.photo, message.file):
            text = f"{text}\n{words.say(LEFT_OUT)}"
        return Reply(text, photo=photo, file=file, case=case.number)

    def tell_resident(self, transaction: Transaction, case: Case, reply: Reply, now: datetime) -> None:
        """Without having been asked: a number that is typed next means the choices of this. Only the resident's words make
        the session younger: on some channels they open the window.
        """
        session = transaction.session(case.resident) or Session(case.resident, lang=case.lang, at=now)
        transaction.save_session(replace(session, offered=reply.buttons, asked=None))
        transaction.queue(case.resident, [replace(reply, case=case.number)], now)

    def tell_staff(self, transaction: Transaction, staff: Staff, reply: Reply, now: datetime) -> None:
        if staff.address is not None:
            transaction.queue(staff.address, [reply], now)

    def is_anybody_there(self, transaction: Transaction, place: str) -> bool:
        """Whether anybody would hear of a question of this commune."""
        return any(True for _ in administrators(transaction)) or bool(_officers(transaction, place) or transaction.links(place))

    def words_of(self, transaction: Transaction, staff: Staff) -> Words:
        """The words of somebody's own chat."""
        session = transaction.session(staff.address) if staff.address else None
        return self.notifier.words(session.lang if session else None)

    def leaves_media_out(self, case: Case, message: CaseMessage) -> bool:
        """Whether the app of the resident cannot show what an officer sent with a message."""
        media = (message.photo, message.file)
        return any(one is not None and not self.carries(case.resident.channel, one) for one in media)


def _officers(transaction: Transaction, place: str) -> list[Staff]:
    return [staff for staff in transaction.all_staff() if staff.role == "officer" and place in staff.places]


def administrators(transaction: Transaction) -> Iterator[Staff]:
    return (staff for staff in transaction.all_staff() if staff.role != "officer")
