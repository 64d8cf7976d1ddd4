"""Conversations turn by turn, without a store: what `loaban chat --jsonl` prints, and what conversations are measured by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bot.dialogue import RECEIVED_FOR, PersonContext, Received, respond, subscription_after
from bot.engine import Engine
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Address, Button, Incoming, IncomingKind, Session, Subscription, Turn

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BETWEEN = timedelta(seconds=20)
ANNOUNCEMENT = "announcement"
EVENTS = ("voice", "sticker", "photo", "location", ANNOUNCEMENT)
_PAUSE = re.compile(r"(\d{1,4})([smhd])")
_CODE = re.compile(r"\b(?:[Mm]ã|MÃ|[Cc]ode)\b[^\w\n]{0,3}([A-Z0-9]{2,8}(?:-[A-Z0-9]{2,8})?)\b")
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
    received: Received | None = None
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
        context = PersonContext(self.subscription, people=self.officers, received=self.received)
        turn = respond(incoming, self.session, self.engine, context)
        self.subscription = subscription_after(turn, self.subscription, self.at)
        self.session = Session(self.address) if turn.forget else turn.session
        self.buttons = turn.replies[-1].buttons if turn.replies else ()
        return turn

    def receive(self, text: str, *, after: timedelta = BETWEEN) -> None:
        """An announcement with this text arrives, and is true for three days. Its code is read where one stands in it."""
        self.at += after
        words, found = self.engine.words(self.session.lang), self.engine.gazetteer.find(text, misspelt=False)
        place = found[0].place if found else None
        office = words.place(place.kind, place.name) if place else words.say("your commune")
        code = _CODE.search(text)
        self.received = Received(
            text, office, code[1] if code else "", self.at + RECEIVED_FOR, self.at, place.code if place else None
        )


def jsonl(engine: Engine, lines: Iterable[bytes]) -> Iterator[str]:
    """One JSON object for each line, in order, as they come; turns of several conversations may be mixed.

    A line in is `{"conversation": id, "text": ...}`, or with `"event"`: voice, sticker, photo, location, or announcement,
    whose `text` is what the person has just received. `"after"`: the time since the turn before ("2h"), 20 s where nothing is
    said. A line out has the keys conversation, outcome, intent, intents, lang, offered, answer, urgent_notice. Raises Refusal
    for a line that cannot be read; what came before it is answered.
    """
    talks: dict[str, Talk] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        name, text, event, after = _read(number, line)
        talk = talks.setdefault(name, Talk(engine, name))
        if event == ANNOUNCEMENT:
            talk.receive(text, after=after)
            yield json.dumps(_nothing(name, talk.session.lang or engine.lang), ensure_ascii=False)
            continue
        turn = talk.turn(text, kind=cast(IncomingKind, event or "text"), after=after)
        yield json.dumps(_told(name, turn), ensure_ascii=False)


UNREADABLE = mark("line {line}: {problem} cannot be read")


def _read(number: int, line: bytes) -> tuple[str, str, str | None, timedelta]:
    """Conversation, text, event and the time before it. Raises Refusal."""
    try:
        given = json.loads(line)
    except ValueError:
        raise Refusal(UNREADABLE, line=number, problem="JSON") from None
    if not isinstance(given, dict) or "conversation" not in given:
        raise Refusal(UNREADABLE, line=number, problem='"conversation"')
    text, event = given.get("text", ""), given.get("event")
    if not isinstance(text, str) or event not in (None, *EVENTS):
        raise Refusal(UNREADABLE, line=number, problem='"text", "event"')
    try:
        after = pause(given.get("after"))
    except (TypeError, ValueError):
        raise Refusal(UNREADABLE, line=number, problem='"after"') from None
    return str(given["conversation"]), text, event, after


def _told(name: str, turn: Turn) -> dict[str, Any]:
    outcome = turn.outcome
    said = "\n\n".join(reply.text for reply in turn.replies)
    answered = outcome is not None and outcome.kind not in ("clarify", "unknown")
    buttons = turn.replies[-1].buttons if turn.replies else ()
    return {
        "conversation": name,
        "outcome": outcome.kind if outcome else "silence",
        "intent": outcome.intent if outcome else None,
        "intents": [outcome.intent, *outcome.further] if outcome and answered and outcome.intent else [],
        "lang": outcome.lang if outcome else turn.session.lang,
        "offered": [
            {"intent": one.choice.removeprefix("intent:") if one.choice.startswith("intent:") else None, "label": one.label}
            for one in buttons
        ],
        "answer": said,
        "urgent_notice": turn.urgent_notice,
    }


def _nothing(name: str, lang: str) -> dict[str, Any]:
    """The line of an event that nothing is said to."""
    return {
        "conversation": name,
        "outcome": "silence",
        "intent": None,
        "intents": [],
        "lang": lang,
        "offered": [],
        "answer": "",
        "urgent_notice": False,
    }
