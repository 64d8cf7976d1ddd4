"""What is served at this moment: one version of everything that changes with the content, swapped whole.

Whoever begins something (a message, a tick, the result of a delivery) takes it once and ends with what it began with, so
nobody ever sees half of a change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.announcements.notifier import Notifier
    from bot.desk import StaffChat
    from bot.engine import Engine


@dataclass(frozen=True, slots=True)
class Serving:
    """One version of the content at work. Without a staff chat nobody is staff, and nothing is announced."""

    engine: Engine
    staff_chat: StaffChat | None = None

    def require_staff_chat(self) -> StaffChat:
        """For those parts that are put together only where there is one."""
        assert self.staff_chat is not None  # noqa: S101 - see above
        return self.staff_chat

    @property
    def notifier(self) -> Notifier:
        return self.require_staff_chat().actions.notifier


class CurrentEngine:
    """The one holder of it. Safe from any thread: to take it and to swap it are one assignment each."""

    def __init__(self, engine: Engine, staff_chat: StaffChat | None = None) -> None:
        self._serving = Serving(engine, staff_chat)

    def get(self) -> Serving:
        return self._serving

    def swap(self, engine: Engine, staff_chat: StaffChat | None = None) -> None:
        """From the next unit of work on."""
        self._serving = Serving(engine, staff_chat)
