"""What is kept of a channel beyond a restart: its silence, who leads on it, its credentials."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.model import ChannelState, TokenPair


class ChannelRecords(Protocol):
    """One row a channel, by its name. Nothing has to be made first."""

    def channel_state(self, channel: str) -> ChannelState:
        """`ChannelState()` where nothing was saved, or what was cannot be read."""
        ...

    def save_channel_state(self, channel: str, state: ChannelState) -> None:
        """In place of the one before; the lead is no part of it."""
        ...

    def lead(self, channel: str, owner: str, now: datetime, *, lapse: timedelta) -> Literal["ours", "new", "theirs"]:
        """Ask to be, or stay, the one process that announces on this channel, until now + lapse.

        `theirs`, and nothing changes, while another owner's lead ends after `now`, but no later than some seconds after
        now + lapse: one that ends later was taken before the clock was turned back, and is void. Else `ours` when this
        owner had it last, `new` when it was nobody or somebody else. Of several who ask at once one gets it.
        """
        ...

    def resign(self, channel: str, owner: str) -> None:
        """Give the lead back: whoever asks next has it. Nothing where it is another owner's."""
        ...

    def tokens(self, channel: str) -> TokenPair | None:
        """The pair that was saved last; None where there is none, or it cannot be read: then somebody has to log in."""
        ...

    def save_tokens(self, channel: str, tokens: TokenPair) -> None:
        """In place of the pair before; a claim to renew that one is over."""
        ...

    def claim_renewal(self, channel: str, now: datetime, *, lapse: timedelta) -> bool:
        """Be the one who renews the pair, until now + lapse; False while somebody else is, by the same rule as `lead`."""
        ...

    def drop_renewal(self, channel: str) -> None:
        """Nothing came of it: whoever wants may try."""
        ...
