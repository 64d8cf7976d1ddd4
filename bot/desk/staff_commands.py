"""What staff type to be understood as an order: a /command, or words that are nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot.text.folding import fold, has_accents, tokens
from bot.text.phrases import typed_forms

StaffCommandName = Literal["announce", "announcements", "join", "cancel", "cases", "link", "unlink"]

NEW_WORDS = ("thông báo mới", "soạn thông báo", "viết thông báo", "gửi thông báo", "new announcement")
LIST_WORDS = ("danh sách thông báo", "các thông báo", "list of announcements")
CASE_WORDS = ("các việc", "danh sách việc", "việc đang chờ", "open cases")
DROP_WORDS = ("hủy", "huỷ", "bỏ", "hủy thông báo", "huỷ thông báo", "cancel")  # while something is being written

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
        for known in ("announce", "announcements", "join", "cancel", "cases", "link", "unlink"):
            if name == known:
                return StaffCommand(known, found[2].strip())
    return None


def words_in(text: str, *, drafting: bool) -> StaffCommand | None:
    """The same said in words, which only staff are understood by."""
    if _is_one_of(text, NEW_WORDS):
        return StaffCommand("announce")
    if _is_one_of(text, LIST_WORDS):
        return StaffCommand("announcements")
    if _is_one_of(text, CASE_WORDS):
        return StaffCommand("cases")
    return StaffCommand("cancel") if drafting and _is_one_of(text, DROP_WORDS) else None


def number_in(text: str) -> int | None:
    """The number of an announcement; None for anything that cannot be one."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None


def _is_one_of(text: str, phrases: tuple[str, ...]) -> bool:
    if has_accents(text):
        return " ".join(tokens(text)) in {typed_forms(phrase)[0] for phrase in phrases}
    return fold(text) in {typed_forms(phrase)[1] for phrase in phrases}
