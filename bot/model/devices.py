"""The browsers in which staff are at work on the console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that somebody of the staff opened the console in; `number` is never used again.

    staff  the number of whoever it is
    name   what it is, roughly: "Chrome, Android"; nothing by which one of them could be known again
    lang   the language that was chosen there; "" for none
    began  when it was opened
    used   when somebody last looked at a page there, to the minute
    """

    number: int
    staff: int
    name: str
    lang: str
    began: datetime
    used: datetime
