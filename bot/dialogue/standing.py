"""What the store knows of a person beside the session, and what a turn makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.broadcast import Announcement, Subscription
from bot.cases import Case
from bot.model import Turn
from bot.named import ANNOUNCEMENTS


@dataclass(frozen=True, slots=True)
class Standing:
    """Which announcements a person gets, the one with the code that the message asks about (see `codes.code_in`), and
    whether the person may send some; whether there is anybody to pass a question on to, and the one that was passed on.
    """

    subscription: Subscription | None = None
    checked: Announcement | None = None
    staff: bool = False
    people: bool = False
    case: Case | None = None


UNKNOWN = Standing()


def subscription_after(turn: Turn, before: Subscription | None, at: datetime) -> Subscription | None:
    """What is wanted after a turn. It counts from `at` where it was agreed to anew; another language is no new agreement."""
    if turn.stop or turn.forget:
        return None
    wish = turn.subscribe
    if wish is None:
        return before
    agreed = before is None or (turn.outcome is not None and turn.outcome.intent == ANNOUNCEMENTS)
    since = at if agreed or before is None else before.since
    return Subscription(turn.session.address, wish.place, wish.topics, wish.lang, since)
