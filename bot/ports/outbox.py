"""Announcements and their recipients. The rows of the recipients are the queue; there is no other.

The store keeps states and reasons and finds rows by them. Which state follows from what is decided above it: in
bot/announcements/ending.py and bot/delivery/claims.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.model import Address, Announcement, AnnouncementState, Delivery, DeliveryReport, DeliveryState, Plan


class OutboxRecords(Protocol):
    """Announcements by number, recipients by (announcement, channel, user).

    An announcement whose plan cannot be read any more counts as not there, and lists leave it out.
    """

    # --- announcements ---

    def add_announcement(
        self,
        plan: Plan,
        state: AnnouncementState,
        *,
        author: int,
        approver: int | None,
        created: datetime,
        due: datetime,
        expires: datetime,
        parent: int | None = None,
        reason: str = "",
    ) -> Announcement | None:
        """A new one, with a number larger than any before.

        (parent, due) is unique: None, and nothing is added, when the parent has an occurrence at this time already.
        """
        ...

    def announcement(self, number: int) -> Announcement | None:
        """As it is now; its plan equals the one that was added, so that its fingerprint is the same."""
        ...

    def announced(self, code: str) -> Announcement | None:
        """The newest with this code that was ever frozen for anybody, whatever became of it."""
        ...

    def last_received(self, address: Address, since: datetime) -> tuple[Announcement, str, datetime] | None:
        """The one that arrived last at this address, from `since` on, in which language, and when."""
        ...

    def announcements(
        self,
        places: Sequence[str] | None,
        *,
        states: Sequence[AnnouncementState] = (),
        author: int | None = None,
        parent: int | None = None,
        due_by: datetime | None = None,
        limit: int | None = 50,
    ) -> list[Announcement]:
        """Newest first: all (`places` is None), or those whose audience names communes, and none but these.

        `states`, `author`, `parent` and `due_by` narrow it down where they are given. No `limit`: None.
        """
        ...

    def unreadable(self, states: Sequence[AnnouncementState]) -> list[int]:
        """The numbers of those in these states that lists leave out."""
        ...

    def change(
        self,
        number: int,
        state: AnnouncementState,
        *,
        reason: str = "",
        due: datetime | None = None,
        expires: datetime | None = None,
        approver: int | None = None,
    ) -> None:
        """A new state and reason, and those of the other columns that are given. Recipients stay as they are."""
        ...

    # --- the audience ---

    def freeze(self, announcement: Announcement, *, otherwise: str, unheard_since: Mapping[str, datetime] | None = None) -> int:
        """Add a pending recipient, due at `announcement.due`, for each of its audience at this moment; returns how many.

        Who is in an audience says `PeopleRecords.recipients`. Whoever is there already is not added again. Their language
        is that of the subscription where the plan has a text in it, else `otherwise`. Those on a channel of
        `unheard_since` whose session is not as young as the moment given there are held: pending with the reason WINDOW,
        due at no time, until `release`.
        """
        ...

    def release(self, address: Address, at: datetime, until: datetime) -> None:
        """What is held for this person is due at `at`, without a reason, of announcements in FROZEN_STATES due by `until`."""
        ...

    def end_pending(self, number: int, state: DeliveryState, at: datetime, *, reason: str | None = None) -> int:
        """All pending recipients of an announcement, held ones too, are in this final state since `at`; returns how many.

        Without a reason each keeps its own. What is claimed stays claimed.
        """
        ...

    # --- one recipient ---

    def claim(self, number: int, channel: str, *, due: datetime, beyond: datetime, until: datetime) -> Delivery | None:
        """The pending recipient of an announcement on a channel who is due first, claimed until then; None for nobody.

        Due are those by `due`; where there is none of these, those later than `beyond`. Held ones never are. The attempt
        goes up by one. Nobody else gets the same: not another process, and not the same one again. With hundreds of
        thousands it must cost as little when most of them are done as at the beginning.
        """
        ...

    def claims(self, channel: str) -> list[tuple[Delivery, datetime | None]]:
        """Everybody on a channel who is claimed at this moment, and until when; None where that cannot be read."""
        ...

    def tried(self, number: int, channel: str) -> bool:
        """Whether anybody of this announcement on this channel has an attempt."""
        ...

    def hasten(self, number: int, channel: str, at: datetime, *, until: datetime) -> None:
        """Pending recipients who are due after `at`, and at `until` at the latest, are due at `at`. Held ones are not."""
        ...

    # Each of these four changes nothing where the recipient is not claimed any more, or was claimed again since (another
    # attempt): a process that was believed dead must not undo what its successor did.

    def settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        at: datetime,
        *,
        external_id: str = "",
        reason: str = "",
        ambiguous: bool = False,
    ) -> None:
        """The final result of a claim. `ambiguous`: one more time that nobody knows whether it arrived."""
        ...

    def retry(self, delivery: Delivery, due: datetime, reason: str, *, ambiguous: bool) -> None:
        """Pending again, due then. The attempt counts. The reason comes with the next claim."""
        ...

    def give_back(self, delivery: Delivery, reason: str | None = None, *, due: datetime | None = None) -> None:
        """Pending again as if it had not been claimed: the attempt does not count. What is given of the rest is new."""
        ...

    def hold(self, delivery: Delivery) -> None:
        """As `give_back`, and held as by `freeze`."""
        ...

    # --- all recipients ---

    def unfinished(self, number: int) -> bool:
        """Whether any is in UNFINISHED. It is asked every second, so it must not count them."""
        ...

    def progress(self, number: int) -> tuple[int, int]:
        """How many it arrived at, and how many were frozen; (0, 0) where there is no such announcement."""
        ...

    def report(self, number: int) -> DeliveryReport:
        """`DeliveryReport.of` what they are tallied to by channel, state and reason, forgotten and condensed ones included."""
        ...
