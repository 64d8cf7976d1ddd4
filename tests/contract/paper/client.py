"""The vendor, which lives in memory, and what its refusals mean."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from bot.errors import SendError


@dataclass
class PostOffice:
    """Carries notes. `sayings` is what it says to the next ones for a person, "" to one that goes well."""

    notes: list[tuple[str, str]] = field(default_factory=list)  # for whom, and what it says
    sayings: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    asked: list[str] = field(default_factory=list)  # for whom, each time

    async def carry(self, user: str, text: str) -> str:
        """Raises SendError."""
        self.asked.append(user)
        if self.sayings[user] and (said := self.sayings[user].popleft()):
            raise paper_error(said)
        self.notes.append((user, text))
        return f"note-{len(self.notes)}"


def paper_error(said: str) -> SendError:
    """What to do about a refusal of the post office. What it says may quote our password, so nothing of it is kept."""
    match said.partition(":")[0]:
        case "slower":
            return SendError("throttled")
        case "moved away":
            return SendError("refused-person", gone=True)
        case "illegible":
            return SendError("refused-text")
        case "wrong password":
            return SendError("token")
        case "no contract":
            return SendError("setup")
        case _:
            return SendError("unreachable")
