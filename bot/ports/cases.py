"""Questions that were passed on to people, and the groups of officers that get them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.model import Address, Case, CaseMessage, CaseState, GroupLink


class CaseRecords(Protocol):
    """Cases by number. Those in OPEN_CASES are open. A row that cannot be read any more is left out."""

    # --- cases ---

    def open_case(
        self, resident: Address, place: str, topic: str | None, lang: str, question: str, at: datetime, due: datetime
    ) -> Case:
        """A new one that waits, opened and touched at `at`, with a number larger than any before.

        Nobody has two that are open: the store refuses it with StoreFault, whatever happens at the same time.
        """
        ...

    def case(self, number: int) -> Case | None:
        """As it was saved last, open or closed; None where there is none."""
        ...

    def case_of(self, resident: Address) -> Case | None:
        """The one that is open of this person."""
        ...

    def cases_opened(self, resident: Address, since: datetime) -> int:
        """How many of this person were opened from then on, whatever became of them."""
        ...

    def cases(
        self,
        places: Sequence[str] | None,
        *,
        states: Sequence[CaseState],
        owner: int | None = None,
        untouched_since: datetime | None = None,
        limit: int | None = 50,
        newest_first: bool = False,
    ) -> list[Case]:
        """By number: of all communes (`places` is None) or of these, in one of these states.

        Where they are given, `owner` and `untouched_since` (touched before that) narrow it down. No `limit`: None.
        With `newest_first` those that were touched last come first.
        """
        ...

    def due_cases(self, now: datetime, farthest: datetime) -> list[Case]:
        """Open ones that are due, by number: by `now`, or later than `farthest`, as under a clock that was wrong."""
        ...

    def ownerless_cases(self) -> list[Case]:
        """Those in the state `owned` whose owner is not staff at this moment, by number."""
        ...

    def save_case(self, case: Case) -> None:
        """What changes of it: state, owner, touched, due, reminders, reason, muted."""
        ...

    # --- what is written in them ---

    def add_message(self, number: int, message: CaseMessage) -> None:
        """Behind those that are there. The case itself stays as it is."""
        ...

    def messages(self, number: int) -> list[CaseMessage]:
        """In the order they were added; without the question it began with."""
        ...

    # --- messages of ours that tell of a case, noted by `Store.delivered` ---

    def case_behind(self, chat: Address, message_id: str) -> int | None:
        """The case that a message of ours in this chat, by the vendor's id, belongs to."""
        ...

    def was_told(self, chat: Address, number: int) -> bool:
        """Whether any message of ours that arrived in this chat belongs to this case."""
        ...

    # --- groups ---

    def link(self, link: GroupLink, at: datetime) -> None:
        """From now on this group has these communes, instead of those it had before."""
        ...

    def unlink(self, group: Address) -> bool:
        """False where it was not linked."""
        ...

    def linked(self, group: Address) -> GroupLink | None:
        """The communes of a group, and who linked it; None where it is not linked."""
        ...

    def links(self, place: str) -> list[GroupLink]:
        """The groups that have a commune, by channel and chat."""
        ...
