"""The credentials of a channel whose vendor changes them from day to day. A frozen value; no secret of it is ever printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TokenPair:
    """A pair: `access` goes with every call until it `expires`, `refresh` buys the next pair, and works once."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires: datetime
