"""Conversations turn by turn, without a store: what `loaban chat --jsonl` prints, and what conversations are measured by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.dialogue import PersonContext, respond, subscription_after
from bot.engine import Engine
from bot.model import Address, Button, Incoming, IncomingKind, Session, Subscription, Turn

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BETWEEN = timedelta(seconds=20)
ANNOUNCEMENT = "announcement"
EVENTS = ("voice", "sticker", "photo", "location", ANNOUNCEMENT)
_PAUSE = re.compile(r"(\d{1,4})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def pause(after: str | None) -> timedelta:
    """The time before a turn: "30s", "45m", "2h", "1d"; None for the usual one. Raises ValueError."""
    if after is None:
        return BETWEEN
    found = _PAUSE.fullmatch(after)
    if found is None:
        raise ValueError(after)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


@dataclass
class Talk:
    """One conversation, led as the application leads it: session, subscription and buttons are carried on from turn to turn."""

    engine: Engine
    name: str
    officers: bool = True
    at: datetime = START
    turns: int = 0
    session: Session = field(init=False)
    subscription: Subscription | None = None
    buttons: tuple[Button, ...] = ()

    def __post_init__(self) -> None:
        self.session = Session(self.address)

    @property
    def address(self) -> Address:
        return Address("test", self.name)

    def turn(
        self, text: str = "", *, kind: IncomingKind = "text", choice: str | None = None, after: timedelta = BETWEEN
    ) -> Turn:
        """What one message leads to. `choice` is the meaning of a button that is tapped."""
        self.at += after
        self.turns += 1
        incoming = Incoming(str(self.turns), self.address, text, self.at, choice, kind)
        turn = respond(incoming, self.session, self.engine, PersonContext(self.subscription, people=self.officers))
        self.subscription = subscription_after(turn, self.subscription, self.at)
        self.session = Session(self.address) if turn.forget else turn.session
        self.buttons = turn.replies[-1].buttons if turn.replies else ()
        return turn
