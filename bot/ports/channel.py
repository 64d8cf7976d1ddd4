"""A channel carries messages: what it can do, and what it is given to deliver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.model import Address, Reply


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do.

    max_text   characters a message may have, counted in UTF-16 units
    max_photo  the same for the text under a photo; 0 where no photo can be sent
    buttons    whether choices can be tapped; where not, they are numbered and numbers or words are understood
    edits      whether a sent message can be changed
    voice      whether audio can be sent
    proactive  any: may write first at any time · window: for some hours after the person wrote · none
    rate       announcements a second to all people together
    groups     whether the bot can stand in group chats
    """

    max_text: int
    max_photo: int
    buttons: bool
    edits: bool
    voice: bool
    proactive: Literal["any", "window", "none"]
    rate: float
    groups: bool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A stored reply on its way: sent in the order of `id` to each person, kept until it is delivered or given up.

    `at` is when it was stored. An id is never used again, not even after its row is gone. An announcement on its way to
    one person has no row among the replies, and the id 0.
    """

    id: int
    to: Address
    reply: Reply
    attempts: int
    at: datetime


class Channel(Protocol):
    """One way to reach people. A channel turns a vendor's update into `Incoming` and a stored reply into vendor calls."""

    name: str
    capabilities: Capabilities

    async def send(self, outgoing: Outgoing) -> str:
        """Deliver one reply, split where it is too long, and return the vendor's message id.

        Raises SendError, and nothing else, when the vendor refuses or cannot be reached.
        """
        ...
