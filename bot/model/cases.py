"""The nouns of a hand-off: a question that went to the officers of a commune, and the groups that such questions go to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.model.conversation import Address

CaseState = Literal["waiting", "owned", "closed"]
OPEN_CASES: tuple[CaseState, ...] = ("waiting", "owned")
LONGEST_CASE_COMMAND = 40  # characters of its words, in front of the number
CaseCommandName = Literal["take", "answer", "close", "return", "show", "mute", "unmute"]
# Those that are words; an answer is a number: text.
CASE_COMMANDS: tuple[CaseCommandName, ...] = ("take", "close", "return", "show", "mute", "unmute")


@dataclass(frozen=True, slots=True)
class Case:
    """A question that a person answers. Officers know it by its number, never by the resident.

    state      waiting for somebody to take it · owned: the bot keeps quiet · closed
    owner      the number of whoever of the staff answers; None while it waits
    touched    when something was last written in it, by either side
    due        when somebody has to be reminded; None while it is the resident's turn
    reminders  how often that was done since it was the staff's turn
    reason     why it is closed; "" where an officer was done
    muted      whether the officer hears no more of it: the bot answers this person, and nothing is passed on
    """

    number: int
    resident: Address
    place: str
    topic: str | None
    lang: str
    question: str
    state: CaseState
    owner: int | None
    opened: datetime
    touched: datetime
    due: datetime | None
    reminders: int = 0
    reason: str = ""
    muted: bool = False

    @property
    def is_with_officer(self) -> bool:
        """Whether somebody reads what this person writes: then the bot keeps quiet."""
        return self.state == "owned" and not self.muted


@dataclass(frozen=True, slots=True)
class CaseMessage:
    """What was written in a case. `author` is a staff number, or None for the resident."""

    author: int | None
    text: str
    at: datetime
    photo: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class GroupLink:
    """A group chat of officers that gets the cases of these communes. `by` is the number of who linked it."""

    group: Address
    places: tuple[str, ...]
    by: int
