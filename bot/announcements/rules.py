"""What the people who run this decided about announcements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.announcements.times import in_quiet_hours
from bot.ports import Capabilities


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that announcements follow, and the channels they go out on.

    approval_above  recipients above which a second person approves
    links           domains that everybody may link to; others need an owner or admin
    grace           how late an occurrence of a repeated announcement may still go out
    quiet           start and end of the night, when only urgent announcements go out
    channels        every channel that can announce, by name
    """

    approval_above: int
    links: tuple[str, ...]
    grace: timedelta
    quiet: tuple[time, time]
    channels: Mapping[str, Capabilities]

    def is_quiet(self, at: datetime) -> bool:
        return in_quiet_hours(at, self.quiet)
