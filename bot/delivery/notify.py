"""What senders tell staff."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.model import Announcement, SetAsideKind
from bot.ports import Transaction


class NotifyStaff(Protocol):
    """Queues messages to staff, inside the transaction of what happened."""

    def author(self, transaction: Transaction, announcement: Announcement, reason: str, at: datetime) -> None: ...

    def owners(self, transaction: Transaction, event: str, channel: str, at: datetime) -> None: ...

    def set_aside(self, transaction: Transaction, kind: SetAsideKind, number: int, at: datetime) -> None:
        """Of an announcement at which a claim failed."""
        ...

    def unreadable(self, transaction: Transaction, number: int, at: datetime) -> None:
        """Of an announcement that was ended because it cannot be read."""
        ...
