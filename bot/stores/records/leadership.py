"""What is known of a channel beyond a restart, and which process announces on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from bot.model import ChannelState
from bot.stores.as_text import maybe_moment, readable_moment, stamp
from bot.stores.records.rows import SKEW, Row, Rows


class LeadershipRows(Rows):
    """The state of a channel, of `ChannelRecords`, and the lead on it."""

    def channel_state(self, channel: str) -> ChannelState:
        row = self.one("SELECT quiet_since, quiet_for, failing_since, leader_until FROM channels WHERE name = ?", (channel,))
        return self.made_one(_state, row, f"channel {channel}") or ChannelState()

    def save_channel_state(self, channel: str, state: ChannelState) -> None:
        self.execute(
            "INSERT INTO channels (name, quiet_since, quiet_for, failing_since) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET quiet_since = excluded.quiet_since, "
            "quiet_for = excluded.quiet_for, failing_since = excluded.failing_since",
            (channel, stamp(state.quiet_since), state.quiet_for, stamp(state.failing_since)),
        )

    def lead(self, channel: str, owner: str, now: datetime, *, lapse: timedelta) -> Literal["ours", "new", "theirs"]:
        until = stamp(now + lapse)
        kept = self.execute("UPDATE channels SET leader_until = ? WHERE name = ? AND leader = ?", (until, channel, owner))
        if kept.rowcount:  # each statement is decided by itself: what was read before may be over by the time it writes
            return "ours"
        taken = self.execute(
            "INSERT INTO channels (name, leader, leader_until) VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET leader = excluded.leader, leader_until = excluded.leader_until "
            "WHERE channels.leader IS NULL OR channels.leader_until IS NULL "
            "OR NOT (channels.leader_until > ? AND channels.leader_until <= ?)",
            (channel, owner, until, stamp(now), stamp(now + lapse + SKEW)),
        )
        return "new" if taken.rowcount else "theirs"

    def resign(self, channel: str, owner: str) -> None:
        # Its end stays: it tells whoever leads next what the clock showed then.
        self.execute("UPDATE channels SET leader = NULL WHERE name = ? AND leader = ?", (channel, owner))


def _state(row: Row) -> ChannelState:
    return ChannelState(
        quiet_since=maybe_moment(row["quiet_since"]),
        quiet_for=row["quiet_for"],
        failing_since=maybe_moment(row["failing_since"]),
        led_until=readable_moment(row["leader_until"]),
    )
