"""What staff type to be understood as an order: a /command, or words of `staff_commands` in content/vocabulary.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.engine import Lexicon
from bot.model import STAFF_COMMANDS, StaffCommandName

_COMMAND = re.compile(r"/(announcements|announce|join|cancel|cases|link|unlink)\b\s*(.*)", re.IGNORECASE | re.DOTALL)
_START = re.compile(r"/start\s+join[-_]?(.*)", re.IGNORECASE | re.DOTALL)
_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class StaffCommand:
    """What is to be done, and what was written behind it."""

    name: StaffCommandName
    rest: str = ""


def command_in(text: str) -> StaffCommand | None:
    """The staff command that the text is: "/announcements 12", "/start join-ABC"; anybody can type one."""
    if found := _START.fullmatch(text):
        return StaffCommand("join", found[1])
    if found := _COMMAND.fullmatch(text):
        name = found[1].lower()
        for known in STAFF_COMMANDS:
            if name == known:
                return StaffCommand(known, found[2].strip())
    return None


def words_in(text: str, lexicon: Lexicon, *, drafting: bool) -> StaffCommand | None:
    """The same said in words, which only staff are understood by. To cancel is one only while something is being written."""
    name = lexicon.staff_commands.meaning(text)
    return StaffCommand(name) if name is not None and (drafting or name != "cancel") else None


def number_in(text: str) -> int | None:
    """The number of an announcement; None for anything that cannot be one."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None
