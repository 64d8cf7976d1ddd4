"""What the store knows of a person beside the session, and what a turn makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.model import Announcement, Case, Session, Subscription, Turn
from bot.model.well_known import ANNOUNCEMENTS


@dataclass(frozen=True, slots=True)
class Received:
    """An announcement that a person got, in the language that it came in.

    place   code of the commune that can be asked about it; None where that is not one
    until   how long it is true, unless it was `withdrawn`
    at      when it arrived
    latest  the person has written nothing since, so that a yes is one to it
    """

    text: str
    office: str
    code: str
    until: datetime
    at: datetime
    place: str | None = None
    withdrawn: bool = False
    latest: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The page of ours on which somebody writes: what is said there is kept for so many `hours`, and nothing can be sent there.

    `apps` are those in which announcements can be got, as messages of the catalogue, each with an address or "".
    """

    hours: int
    apps: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PersonContext:
    """Which announcements a person gets, the one with the code that the message asks about (see `codes.code_in`), and
    whether the person may send some; whether there is anybody to pass a question on to, and the one that was passed on;
    the announcement that arrived last, for some days; whether recordings can be played on this channel; the `page` of ours
    on which the person writes, where it is one.
    """

    subscription: Subscription | None = None
    checked: Announcement | None = None
    staff: bool = False
    people: bool = False
    case: Case | None = None
    received: Received | None = None
    hears: bool = True
    page: Page | None = None

    def after(self, session: Session) -> PersonContext:
        """With `Received.latest` as the session of before this message tells it."""
        got = self.received
        if got is None or (session.at is not None and session.at >= got.at):
            return self
        return replace(self, received=replace(got, latest=True))


UNKNOWN = PersonContext()


def subscription_after(turn: Turn, before: Subscription | None, at: datetime) -> Subscription | None:
    """What is wanted after a turn. It counts from `at` where it was agreed to anew; another language is no new agreement."""
    if turn.stop or turn.forget:
        return None
    request = turn.subscribe
    if request is None:
        return before
    agreed = before is None or (turn.outcome is not None and turn.outcome.intent == ANNOUNCEMENTS)
    since = at if agreed or before is None else before.since
    return Subscription(turn.session.address, request.place, request.topics, request.lang, since)
