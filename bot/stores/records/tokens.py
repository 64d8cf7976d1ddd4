"""Credentials that a vendor changes from day to day, and whose turn it is to change them."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.model import TokenPair
from bot.stores.as_text import moment, stamp
from bot.stores.records.rows import SKEW, Row, Rows


class TokenRows(Rows):
    """The credentials of `ChannelRecords`."""

    def tokens(self, channel: str) -> TokenPair | None:
        row = self.one("SELECT access, refresh, expires FROM tokens WHERE channel = ?", (channel,))
        return self.made_one(_pair, row, f"tokens of {channel}")

    def save_tokens(self, channel: str, tokens: TokenPair) -> None:
        self.execute(
            "INSERT INTO tokens (channel, access, refresh, expires) VALUES (?, ?, ?, ?) ON CONFLICT (channel) DO UPDATE "
            "SET access = excluded.access, refresh = excluded.refresh, expires = excluded.expires, renewing_until = NULL",
            (channel, tokens.access, tokens.refresh, stamp(tokens.expires)),
        )

    def claim_renewal(self, channel: str, now: datetime, *, lapse: timedelta) -> bool:
        claimed = self.execute(
            "UPDATE tokens SET renewing_until = ? WHERE channel = ? AND (renewing_until IS NULL "
            "OR NOT (renewing_until > ? AND renewing_until <= ?))",
            (stamp(now + lapse), channel, stamp(now), stamp(now + lapse + SKEW)),
        )
        return claimed.rowcount == 1 or self.one("SELECT 1 FROM tokens WHERE channel = ?", (channel,)) is None

    def drop_renewal(self, channel: str) -> None:
        self.execute("UPDATE tokens SET renewing_until = NULL WHERE channel = ?", (channel,))


def _pair(row: Row) -> TokenPair:
    return TokenPair(row["access"], row["refresh"], moment(row["expires"]))
