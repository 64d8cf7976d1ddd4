"""Replies in several messages: where one stopped half-way, a retry goes on with the message that was refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot.errors import SendError
from bot.ports import Outgoing

Part = TypeVar("Part")


class PartsSent:
    """How many messages of each reply have arrived, as long as the rest may follow. One for each channel."""

    def __init__(self) -> None:
        self._sent: dict[int, int] = {}

    def begun(self, outgoing: Outgoing) -> bool:
        """Whether some of it has arrived, and the rest has not."""
        return outgoing.id in self._sent

    async def send(self, outgoing: Outgoing, parts: Sequence[Part], deliver: Callable[[Part], Awaitable[str]]) -> str:
        """Deliver what has not arrived, one after the other, and return the id of the last message. Raises SendError.

        Announcements share the id 0 and begin anew each time.
        """
        if not parts:
            raise SendError("refused-text", "the reply is empty")
        message_id = ""
        try:
            for index in range(self._sent.get(outgoing.id, 0), len(parts)):
                message_id = await deliver(parts[index])
                if outgoing.id:
                    self._sent[outgoing.id] = index + 1
        except SendError as error:
            if not error.temporary:
                self._sent.pop(outgoing.id, None)
            raise
        self._sent.pop(outgoing.id, None)
        return message_id
