"""What staff type to be understood as an order: a /command, or words of `staff_commands` in content/vocabulary.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.engine import Lexicon
from bot.model import STAFF_COMMANDS, StaffCommandName

_COMMAND = re.compile(r"/(announcements|announce|join|cancel|cases|link|unlink|console)\b\s*(.*)", re.IGNORECASE | re.DOTALL)
_START = re.compile(r"/start\s+join[-_]?(.*)", re.IGNORECASE | re.DOTALL)
_LONGEST_NUMBER = 9
_NUMBERED = re.compile(rf"(\D+?) (?:(?:số|so|no\.?|#) ?)?(\d{{1,{_LONGEST_NUMBER}}})", re.IGNORECASE)


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
    """The same said in words, which only staff are understood by. To cancel is one only while something is being written.

    The number of an announcement may stand behind: "báo cáo 12".
    """
    name = lexicon.staff_commands.meaning(text)
    if name is not None:
        return StaffCommand(name) if drafting or name != "cancel" else None
    found = None if drafting else _NUMBERED.fullmatch(text)
    if found and lexicon.staff_commands.meaning(found[1]) == "announcements":
        return StaffCommand("announcements", found[2])
    return None


def number_in(text: str) -> int | None:
    """The number of an announcement; None for anything that cannot be one."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None
