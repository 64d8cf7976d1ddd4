"""The nouns of statistics: what is known of many people together, and of nobody alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.model.announcements import AnnouncementState, DeliveryState
from bot.model.cases import CaseState

CountKey = Literal["day", "channel", "lang", "kind", "intent", "place"]


@dataclass(frozen=True, slots=True)
class FeedbackCount:
    """How many found the answer of an intent, in one version of the content, good and how many bad."""

    intent: str
    version: str
    good: int
    bad: int


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A question that was passed on to officers, without question and person.

    taken     when somebody first took it, None for never
    answered  whether an officer wrote in it
    """

    opened: datetime
    state: CaseState
    reason: str
    taken: datetime | None
    answered: bool


@dataclass(frozen=True, slots=True)
class AnnouncementTotals:
    """How many announcements there are in which state, and what became of their recipients: (state, reason) → how many."""

    states: Mapping[AnnouncementState, int]
    recipients: Mapping[tuple[DeliveryState, str], int]
