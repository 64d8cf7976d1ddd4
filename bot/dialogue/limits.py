"""A token bucket a person: a flood gets one notice, then silence, and costs the others nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.model import Session

CAPACITY = 20.0  # messages that can come at once
PER_SECOND = 0.5  # messages that are earned back


def take_token(session: Session, at: datetime) -> tuple[Session, bool]:
    """The session after one more message, and whether it may be answered."""
    elapsed = (at - session.tokens_at).total_seconds() if session.tokens_at else 0.0
    filled = min(CAPACITY, session.tokens + max(0.0, elapsed) * PER_SECOND)
    allowed = filled >= 1.0
    return replace(
        session, tokens=filled - 1.0 if allowed else filled, tokens_at=at, slowed=session.slowed and not allowed
    ), allowed
