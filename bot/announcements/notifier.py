"""What staff are told without having asked: somebody waits for an approval, something could not be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from bot.announcements.authority import approvers
from bot.announcements.display_names import DisplayNames
from bot.announcements.rendering import render
from bot.announcements.times import Once, Repeat, format_duration, format_moment, format_schedule
from bot.i18n import Words, mark, words_for
from bot.model import Announcement, Button, Device, Reply, Session, SetAsideKind, Staff
from bot.model.well_known import CHOICE_PREFIX
from bot.ports import Transaction

TO_AUTHORS: Mapping[str, str] = {
    "text refused": mark(
        "Announcement {number} is paused: the app refuses its text. Cancel it, and write it anew without odd signs or links."
    ),
    "too late": mark("Announcement {number} was not sent: its time was over before it could go out."),
    "partly too late": mark(
        "Announcement {number} reached only some people before its time was over. See /announcements {number}."
    ),
    "window": mark(
        "Announcement {number} reached nobody: the app lets Loa Bản write only to people who wrote lately, "
        "and nobody wrote in time."
    ),
    "not approved": mark("Announcement {number} was not sent: nobody approved it in time."),
    "missed": mark(
        "Announcement {number} missed {count} of its times, the last at {when}: Loa Bản was not running. It goes on."
    ),
    "missed many": mark("Announcement {number} missed more than {count} of its times: Loa Bản was not running. It goes on."),
    "approved": mark("Announcement {number} was approved. It goes to {count} people."),
}
TO_OWNERS: Mapping[str, str] = {
    "failing": mark(
        "Announcements on {channel} are paused: for five minutes nothing has gone through. Loa Bản tries again every minute."
    ),
    "recovered": mark("Announcements on {channel} go out again."),
}

SET_ASIDE: Mapping[SetAsideKind, str] = {
    "announcement": mark(
        "Loa Bản could not do what was due for announcement {number}, and has set it aside until it is started again. "
        "The log says where the error is. Everything else goes on."
    ),
    "case": mark(
        "Loa Bản could not do what was due for case {number}, and has set it aside until it is started again. "
        "The log says where the error is. Everything else goes on."
    ),
}
UNREADABLE = mark(
    "Announcement {number} cannot be read any more and was ended: whoever had not got it will not get it. "
    "Everything else goes on."
)

TURNED_DOWN = mark(
    "Announcement {number} was turned down by {who}. Nothing was sent. Its text is kept: you can change it and send it again."
)
TURNED_DOWN_BECAUSE = mark("Announcement {number} was turned down by {who}, who writes: “{why}”")
AGAIN = mark("Send it again")
NEW_DEVICE = mark(
    "The staff page was opened as you just now: {device}, {when}. If that was not you, tap the button, and tell whoever runs "
    "Loa Bản."
)
LEAVE_EVERYWHERE = mark("Sign out everywhere")
UNKNOWN_DEVICE = mark("an unknown device")

Say = Callable[[Words, str], Sequence[Reply]]  # in whose words, on which channel


@dataclass(frozen=True)
class Notifier:
    """Queues messages to staff, each in their own language, inside the transaction of what happened."""

    catalogues: Mapping[str, Words]
    lang: str
    names: DisplayNames = field(default_factory=DisplayNames)

    def author(self, transaction: Transaction, announcement: Announcement, reason: str, at: datetime, **values: object) -> None:
        """Tell who wrote it; the owners where that is the command line, or somebody who left. Unknown reasons say nothing."""
        message = TO_AUTHORS.get(reason)
        if message is None:
            return
        author = transaction.staff_number(announcement.author)
        people = [author] if author else _owners(transaction)
        self._notify(
            transaction,
            people,
            at,
            lambda words, _: [Reply(words.say(message, number=announcement.id, **_formatted(values, words)))],
        )

    def turned_down(self, transaction: Transaction, announcement: Announcement, by: Staff, at: datetime, why: str = "") -> None:
        """Tell who wrote it by whom it was turned down, or why; the text is one tap away."""
        author = transaction.staff_number(announcement.author)

        def say(words: Words, _: str) -> list[Reply]:
            message, number = TURNED_DOWN_BECAUSE if why else TURNED_DOWN, announcement.id
            text = words.say(message, number=number, who=self.names.person(by.number, by, words), why=why)
            return [Reply(text, (Button(words.say(AGAIN), f"{CHOICE_PREFIX}again:{number}"),) if author else ())]

        self._notify(transaction, [author] if author else _owners(transaction), at, say)

    def owners(self, transaction: Transaction, event: str, channel: str, at: datetime) -> None:
        message = TO_OWNERS[event]
        self._notify(
            transaction,
            _owners(transaction),
            at,
            lambda words, _: [Reply(words.say(message, channel=self.names.app(channel, words)))],
        )

    def set_aside(self, transaction: Transaction, kind: SetAsideKind, number: int, at: datetime) -> None:
        """Tell owners and admins of an announcement or a case at which something failed that repeating cannot mend."""
        self.administrators(transaction, lambda words: words.say(SET_ASIDE[kind], number=number), at)

    def unreadable(self, transaction: Transaction, number: int, at: datetime) -> None:
        """Tell owners and admins of an announcement that was ended because its row is damaged."""
        self.administrators(transaction, lambda words: words.say(UNREADABLE, number=number), at)

    def administrators(self, transaction: Transaction, say: Callable[[Words], str], at: datetime) -> None:
        """Tell owners and admins, each what `say` makes of it in their words."""
        people = [staff for staff in transaction.all_staff() if staff.role in ("owner", "admin")]
        self._notify(transaction, people, at, lambda words, _: [Reply(say(words))])

    def approvers(self, transaction: Transaction, announcement: Announcement, recipients: int, at: datetime) -> None:
        """Show it to everybody who may approve it, as residents would see it, with the two buttons."""
        plan = announcement.plan

        def say(words: Words, channel: str) -> list[Reply]:
            shown = [render(plan, self.words(lang), channel) for lang in plan.texts]
            return [*shown, self.approval_request(announcement, recipients, author, words)]

        author = transaction.staff_number(announcement.author)
        self._notify(transaction, approvers(transaction, plan.audience, announcement.author), at, say)

    def approval_request(self, announcement: Announcement, recipients: int, author: Staff | None, words: Words) -> Reply:
        """The question to a second person, with all that the text above does not tell; its buttons are bound to this plan."""
        bound = f"{announcement.id}:{announcement.plan.fingerprint()}"
        return Reply(
            "\n".join(self._request_lines(announcement, recipients, author, words)),
            (
                Button(words.say("Approve and send"), f"{CHOICE_PREFIX}approve:{bound}"),
                Button(words.say("Turn down"), f"{CHOICE_PREFIX}refuse:{bound}"),
            ),
        )

    def _request_lines(self, announcement: Announcement, recipients: int, author: Staff | None, words: Words) -> Iterator[str]:
        plan = announcement.plan
        number, count = announcement.id, words.number(Decimal(recipients))
        yield words.say("Announcement {number} above waits for your approval.", number=number)
        yield words.say("For: {audience}", audience=self.names.audience(plan.audience, words))
        yield words.say("Recipients: {count}", count=count)
        yield words.say("When: {when}", when=format_schedule(Repeat(plan.rule) if plan.rule else Once(plan.due), words))
        yield words.say("It stays true: {duration}", duration=format_duration(plan.lasts.total_seconds(), words))
        if plan.urgent:
            yield words.say("Urgent: it goes out at night, too.")
        yield words.say("Written by {who}", who=self.names.person(announcement.author, author, words))
        yield words.say("Send it?")

    def new_device(self, transaction: Transaction, staff: Staff, device: Device, at: datetime) -> None:
        """Tell somebody that the console was opened as them, with the button that ends it on every device."""

        def say(words: Words, _: str) -> list[Reply]:
            name = device.name or words.say(UNKNOWN_DEVICE)
            text = words.say(NEW_DEVICE, device=name, when=format_moment(at, words))
            return [Reply(text, (Button(words.say(LEAVE_EVERYWHERE), f"{CHOICE_PREFIX}leave-console"),))]

        self._notify(transaction, [staff], at, say)

    def words(self, lang: str | None) -> Words:
        return words_for(lang or self.lang, self.catalogues)

    def _notify(self, transaction: Transaction, people: list[Staff], at: datetime, say: Say) -> None:
        for staff in people:
            if staff.address is None:
                continue
            session = transaction.session(staff.address)
            replies = say(self.words(session.lang if session else None), staff.address.channel)
            transaction.queue(staff.address, replies, at)
            if replies[-1].buttons:  # from now on a bare number means these choices, not those of an earlier reply
                told = Session(staff.address) if session is None else replace(session, topic=None, intent=None, asked=None)
                transaction.save_session(replace(told, offered=replies[-1].buttons, at=at))


def _owners(transaction: Transaction) -> list[Staff]:
    return [staff for staff in transaction.all_staff() if staff.role == "owner"]


def _formatted(values: Mapping[str, object], words: Words) -> dict[str, object]:
    """Times and counts as they are written in this language."""
    return {name: _formatted_value(value, words) for name, value in values.items()}


def _formatted_value(value: object, words: Words) -> object:
    if isinstance(value, datetime):
        return format_moment(value, words)
    return words.number(Decimal(value)) if isinstance(value, int) else value
