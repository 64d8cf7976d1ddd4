"""Credentials that a vendor changes from day to day, and whose turn it is to change them."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.model import TokenPair
from bot.stores.sqlite.rows import Rows, maybe_moment, moment, stamp


class TokenRows(Rows):
    """`TokenRecords`."""

    def tokens(self, channel: str) -> TokenPair | None:
        row = self.one("SELECT access, refresh, expires FROM tokens WHERE channel = ?", (channel,))
        return TokenPair(row["access"], row["refresh"], moment(row["expires"])) if row else None

    def save_tokens(self, channel: str, tokens: TokenPair) -> None:
        self.execute(
            "INSERT OR REPLACE INTO tokens (channel, access, refresh, expires) VALUES (?, ?, ?, ?)",
            (channel, tokens.access, tokens.refresh, stamp(tokens.expires)),
        )

    def claim_renewal(self, channel: str, now: datetime, *, lapse: timedelta) -> bool:
        row = self.one("SELECT renewing_until FROM tokens WHERE channel = ?", (channel,))
        until = maybe_moment(row["renewing_until"]) if row else None
        # A claim that reaches further than anybody could ask for was made before the clock was turned back: it is void.
        if until is not None and now < until <= now + lapse:
            return False
        self.execute("UPDATE tokens SET renewing_until = ? WHERE channel = ?", (stamp(now + lapse), channel))
        return True

    def drop_renewal(self, channel: str) -> None:
        self.execute("UPDATE tokens SET renewing_until = NULL WHERE channel = ?", (channel,))
