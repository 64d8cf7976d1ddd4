"""What people see on our own page: there nothing is sent, so what is said there is kept, for a time, as they see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model import Address, Incoming, Reply


@dataclass(frozen=True, slots=True)
class Shown:
    """One message on the page of `to`; a larger id is a later one. `mine`: the person wrote it; else it is a reply to them.

    `unseen`: it came without having been asked for, as the words of an officer do, and nobody has seen it yet.
    """

    id: int
    to: Address
    mine: bool
    reply: Reply
    at: datetime
    unseen: bool = False


class TranscriptRecords(Protocol):
    """Of people on the channel `WEB`: `queue` keeps replies to them here, in the transaction of their effect."""

    def heard(self, incoming: Incoming) -> None:
        """Keep what somebody wrote, or the words on the button that was tapped, where it stands on their page.

        Of a button that has no token there, the text is the words. Of each person the newest MOST_SHOWN
        stay, and what is unseen.
        """
        ...
