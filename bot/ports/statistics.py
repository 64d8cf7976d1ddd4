"""Sums over many people, read beside whoever writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.model import AnnouncementTotals, CaseSummary, CountKey, FeedbackCount, UnansweredQuestion


class StatisticsRecords(Protocol):
    """Days and moments: from `since`; days until and with `until`, moments before it; None is open.

    All of it is one view of the store as it was when reading began. Each engine opens that view in its own way.
    """

    def sum_counts(self, by: Sequence[CountKey], since: date | None, until: date | None) -> Mapping[tuple[str, ...], int]:
        """Values of these columns, in this order → how many messages were counted with them."""
        ...

    def sum_verdicts(self, since: date | None, until: date | None) -> list[FeedbackCount]:
        """The verdicts on each answer in each version."""
        ...

    def kept_questions(self, since: date | None, until: date | None) -> list[UnansweredQuestion]:
        """The unanswered questions that are kept, in the order they were asked; with the best one each was taken for."""
        ...

    def cases_opened(self, since: datetime | None, until: datetime | None) -> list[CaseSummary]:
        """The cases that were opened then and are kept still, by number.

        `taken` is the first line of the audit log with the action CASE_TAKEN and the subject "case NUMBER"; `answered`
        whether any message in it has an author.
        """
        ...

    def sum_announced(self, since: datetime | None, until: datetime | None) -> AnnouncementTotals:
        """What became of the announcements that were due then; it looks at every recipient, and at those condensed."""
        ...
