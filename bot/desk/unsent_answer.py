"""What an officer wrote plainly and has not sent yet: kept between two messages, as a draft is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Part:
    """One message of it."""

    text: str
    photo: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class UnsentAnswer:
    """What would be sent, message by message; `at` is when the last one was written."""

    parts: tuple[Part, ...]
    at: datetime

    @property
    def fingerprint(self) -> str:
        """What a tap is bound to: a button sends exactly what stood above it."""
        return f"{crc32(json.dumps([asdict(part) for part in self.parts]).encode()):08x}"

    def dump(self) -> str:
        """As JSON that is no announcement."""
        return json.dumps({"answer": [asdict(part) for part in self.parts], "at": self.at.isoformat()}, ensure_ascii=False)


def load_answer(data: str | None) -> UnsentAnswer | None:
    """What `dump` wrote; None for anything else, such as an announcement."""
    if data is None:
        return None
    try:
        found: dict[str, Any] = json.loads(data)
        return UnsentAnswer(tuple(Part(**part) for part in found["answer"]), datetime.fromisoformat(found["at"]))
    except (ValueError, KeyError, TypeError):
        return None
