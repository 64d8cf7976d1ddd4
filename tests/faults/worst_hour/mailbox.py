"""What arrived at whom, and when."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Protocol, TypeVar


class Message(Protocol):
    """Of either vendor."""

    @property
    def chat(self) -> int | str: ...

    @property
    def text(self) -> str: ...


AnyMessage = TypeVar("AnyMessage", bound=Message)


@dataclass(frozen=True)
class Arrival:
    """`at` is on the monotonic clock."""

    at: float
    text: str


class Mailbox(list[AnyMessage]):
    """Takes the place of a stub's list of what it sent, and keeps it by chat as well."""

    def __init__(self) -> None:
        super().__init__()
        self.by_chat: defaultdict[str, list[Arrival]] = defaultdict(list)

    def append(self, message: AnyMessage, /) -> None:
        super().append(message)
        self.by_chat[str(message.chat)].append(Arrival(time.monotonic(), message.text))
