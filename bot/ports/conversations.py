"""What is kept of conversations: who was answered what, what waits to be said, what was counted, what was agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from bot.model import Address, Feedback, Incoming, Outcome, Reply, Session, SetAside
from bot.ports.channel import Outgoing


class ConversationRecords(Protocol):
    """One row a person and channel, unless it is said otherwise. What cannot be read any more counts as not there."""

    # --- updates ---

    def first_time(self, incoming: Incoming) -> bool:
        """Note (channel, update id) as handled at `incoming.at`; False, and nothing is noted, when it was there before."""
        ...

    def set_aside(self, what: SetAside) -> bool:
        """Note something that nobody can handle, unique by (kind, channel, key); False when it was there before."""
        ...

    # --- sessions ---

    def session(self, address: Address) -> Session | None:
        """As it was saved. Fields that this version does not know are dropped, those it misses have their defaults."""
        ...

    def save_session(self, session: Session) -> None:
        """In place of the one before. `session.at`, where there is one, is when this person wrote last: others ask for it."""
        ...

    # --- replies ---

    def queue(self, to: Address, replies: Sequence[Reply], at: datetime) -> None:
        """Store replies to be sent, in this order, each with an id that is larger than any before and never used again.

        The choice of each button is replaced by a token: at least 96 random bits, at most 64 bytes of A-Z a-z 0-9 - _. The
        token is kept with its choice and this person until `at` + `button.lasts`.

        On the channel `WEB` they are not sent: `Store.transcript` has them from now on.
        """
        ...

    def chosen(self, address: Address, token: str, at: datetime) -> str | None:
        """The choice behind a button's token: only for the person it was made for, before it expires, any number of times."""
        ...

    def waiting(self, address: Address) -> list[Outgoing]:
        """Replies to this person that did not arrive yet, those of this transaction included, oldest first.

        Without those that an update's response carries. Whether a sender holds one makes no difference.
        """
        ...

    def answer_in_response(self, outgoing: Outgoing, update_id: str, at: datetime) -> None:
        """The response to this update carries the reply: it waits no more and nobody claims it. `at`: it is kept since then."""
        ...

    def answered_here(self, incoming: Incoming) -> Outgoing | None:
        """The reply that the response to this update carries, where there is one to this person."""
        ...

    def answer_by_call(self, incoming: Incoming) -> None:
        """No response carries the reply to this update any more: it waits again, in its place among this person's."""
        ...

    # --- counted, without the person ---

    def count(self, outcome: Outcome, channel: str, day: date, place: str = "") -> None:
        """One more of (day, channel, language, kind, intent or "", place)."""
        ...

    def rate(self, verdict: Feedback, version: str, lang: str, channel: str, day: date) -> None:
        """One more of (day, channel, language, intent, version of the content, good)."""
        ...

    def unanswered(self, text: str, kind: str, outcome: Outcome, day: date, place: str = "") -> int:
        """Keep a question, its language, and what it was taken for, best first; returns its number. `text` is masked.

        `kind`: unknown · clarify, where nothing was chosen · disliked.
        """
        ...

    def answered(self, number: int) -> None:
        """A kept question was answered after all, so it is dropped. A number that is not there changes nothing."""
        ...

    # --- consent ---

    def consent(self, address: Address, purpose: str, version: str, at: datetime) -> None:
        """Record that this person was told, or agreed to, `purpose` in this version of the text; not withdrawn (any more)."""
        ...

    def withdraw(self, address: Address, purpose: str, at: datetime) -> None:
        """Record when it was withdrawn; nothing where it was never given. The record itself is proof and stays."""
        ...

    # --- the person ---

    def move(self, old: Address, new: Address) -> None:
        """The vendor gave a chat of `old.channel` a new id: subscription, session, consents, staff, draft and cases follow.

        So do the link of a group and the messages of ours that tell of cases, and recipients of announcements in
        FROZEN_STATES; replies do not. Where the new id has such a row already, that of the old one takes its place, but a
        recipient: then the old one is cancelled with the reason MOVED, so that nobody gets it twice.
        """
        ...

    def forget(self, address: Address) -> int:
        """Delete every row that holds this person; returns how many of those that `personal_data` counts.

        With the cases go their messages, and replies and notices that belong to them or quote them, to whomever they were.
        Recipients become counts that the reports of their announcements add in; one who still waits counts as cancelled.
        Updates whose id ends in "-" and the person's go as well. The bytes are gone with the next `beat` or `purge`.
        """
        ...

    def personal_data(self, address: Address) -> dict[str, int]:
        """How many rows hold this person, of sessions, choices, replies, consents, subscriptions, drafts, deliveries, staff,
        cases and web_messages. These are the keys.
        """
        ...
