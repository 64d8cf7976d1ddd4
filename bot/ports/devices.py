"""Who is at work on the console: codes that open it once, and the browsers it is open in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.model import Device


class DeviceRecords(Protocol):
    """Codes and tokens are kept as they are given; whoever gives them makes sure that they open nothing by themselves.

    With somebody's role, or with all that is kept of them, their codes and devices go.
    """

    def add_login_code(self, code: str, staff: int, expires: datetime) -> None:
        """In place of what this person had before: each has one at a time."""
        ...

    def spend_login_code(self, code: str, at: datetime) -> int | None:
        """Whose this code was, deleted by this; None where there is none, or it expired by `at`."""
        ...

    def add_device(self, token: str, staff: int, name: str, at: datetime) -> Device:
        """A new one, with a number larger than any before."""
        ...

    def device(self, token: str) -> Device | None:
        """The one with exactly this token."""
        ...

    def devices(self, staff: int) -> list[Device]:
        """Those of one person, by number."""
        ...

    def use_device(self, number: int, at: datetime) -> None:
        """Somebody looks at it. Nothing where there is none."""
        ...

    def speak_on_device(self, number: int, lang: str) -> None:
        """From now on in this language."""
        ...

    def end_devices(self, staff: int, number: int | None = None) -> int:
        """All of one person, or one of theirs; returns how many there were. Without a number their code goes, too."""
        ...

    def change_marks(self) -> Mapping[str, str]:
        """Subject → a text that is another one whenever what is stored of it has changed.

        The subjects: `cases`, `announcements` (their states, not how far they have come), `staff` with their devices, `log`.
        """
        ...
