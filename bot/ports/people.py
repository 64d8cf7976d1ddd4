"""Who wants announcements, who may send them, and what the staff did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.model import Address, Audience, AuditEntry, Invite, Role, Staff, Subscription


class PeopleRecords(Protocol):
    """Residents and staff, each known by the address of the own chat."""

    # --- subscribers ---

    def subscription(self, address: Address) -> Subscription | None:
        """What this person wants to hear, as it was given last; None for nothing. It is asked for every recipient."""
        ...

    def subscribe(self, subscription: Subscription) -> None:
        """Add, or replace what this person wanted before."""
        ...

    def unsubscribe(self, address: Address) -> None:
        """Delete the subscription, and cancel with the reason STOPPED what is pending for this person in FROZEN_STATES."""
        ...

    def recipients(self, audience: Audience, unheard_since: Mapping[str, datetime] | None = None) -> dict[str, int]:
        """Channel → how many subscribers an audience has now; no channel without any.

        They are of one of `audience.places` and want one of `audience.topics`, or all; where either is empty, whatever
        theirs is. With `unheard_since` only those on its channels whose session is not as young as the moment given there.
        """
        ...

    # --- staff ---

    def staff(self, address: Address) -> Staff | None:
        """Who this is, if he or she is staff at this moment."""
        ...

    def staff_number(self, number: int) -> Staff | None:
        """As `staff`, by number."""
        ...

    def staffed(self) -> bool:
        """Whether anybody is staff at this moment. It is asked for every message."""
        ...

    def all_staff(self) -> list[Staff]:
        """Everybody who is staff at this moment, by number."""
        ...

    def add_staff(self, role: Role, places: Sequence[str], office: str, address: Address | None, at: datetime) -> Staff:
        """Somebody new, with a number larger than any before. Who was staff at this address is removed first.

        Without an address: somebody who works on the console alone.
        """
        ...

    def remove_staff(self, number: int, at: datetime) -> None:
        """Staff no more from `at` on; the groups they linked are none, and the console is closed to them.

        The row stays under its number, without address.
        """
        ...

    def add_invite(self, code: str, invite: Invite) -> None:
        """`code` is kept as it is given; whoever gives it makes sure that it opens nothing by itself."""
        ...

    def redeem(self, code: str, at: datetime) -> Invite | None:
        """The invite behind exactly this code, deleted by this; None when there is none, or it expired by `at`."""
        ...

    # --- the audit log ---

    def note(self, entry: AuditEntry) -> None:
        """Append. The store itself refuses to change or delete a line, whoever asks for it."""
        ...

    def log(
        self,
        limit: int,
        subject: str | None = None,
        *,
        actor: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
    ) -> list[AuditEntry]:
        """The newest lines, newest first, with their numbers; what is given narrows it down.

        `since` and `until` (before it) are of their time, `before` is the number of a line that was seen already.
        """
        ...

    # --- drafts ---

    def draft(self, address: Address) -> str | None:
        """What somebody is writing, as the text it was saved as.

        On `STAFF_PAGE` it is that of the staff member with this number; with the role, or the person, it goes.
        """
        ...

    def save_draft(self, address: Address, data: str, at: datetime) -> None:
        """In place of the one before."""
        ...

    def drop_draft(self, address: Address) -> None:
        """Nothing where there is none."""
        ...
