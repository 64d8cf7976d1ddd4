"""What the people who run this decided about announcements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from bot.announcements.times import end_of_quiet, in_quiet_hours
from bot.ports import Capabilities


@dataclass(frozen=True, slots=True)
class AnnouncementPolicy:
    """The settings that announcements follow, and the channels they go out on.

    approval_above  recipients above which a second person approves
    links           domains that everybody may link to; others need an owner or admin
    grace           how late an occurrence of a repeated announcement may still go out
    quiet           start and end of the night, when only urgent announcements go out
    channels        every channel that can announce, by name
    console         address of the page for staff; "" where there is none
    windows         for how long after people wrote a channel may write to them; not in it: at any time
    """

    approval_above: int
    links: tuple[str, ...]
    grace: timedelta
    quiet: tuple[time, time]
    channels: Mapping[str, Capabilities]
    console: str = ""
    windows: Mapping[str, timedelta] = field(default_factory=dict)

    def is_quiet(self, at: datetime) -> bool:
        return in_quiet_hours(at, self.quiet)

    def goes_out_at(self, start: datetime, *, urgent: bool) -> datetime:
        """When something goes out that is due at `start`: then, or when the night is over."""
        return end_of_quiet(start, self.quiet) if self.is_quiet(start) and not urgent else start

    def seconds(self, recipients: Mapping[str, int]) -> float:
        """How long sending to so many people takes, by channel, at the channels' rates: they send side by side."""
        return max((count / self._rate(channel) for channel, count in recipients.items()), default=0.0)

    def _rate(self, channel: str) -> float:
        known = self.channels.get(channel)
        return known.rate if known else 1.0

    def written_since(self, at: datetime) -> dict[str, datetime]:
        """Channel → since when people must have written so that it may write to them at that time."""
        return {channel: at - length for channel, length in self.windows.items()}
