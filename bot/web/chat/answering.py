"""What whoever answers a request of the page works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.requests import Request

from bot.engine import Engine
from bot.model import Session
from bot.ports import Store
from bot.web.chat.feed import Feed
from bot.web.chat.limits import ChatLimits, Recent
from bot.web.chat.rendering import FRAMED, Pages, is_framed
from bot.web.chat.requests import PageRefused, Visitor, client_of, visitor_of
from bot.web.chat.site import Site
from bot.web.intake import Intake


@dataclass(frozen=True)
class ChatParts:
    """What the page is made of. `engine` is the one at work, `wake` says that something was stored, on any channel.

    failed   ids of messages that nobody could handle, as the intake was told
    link     opens what lies at a vendor
    counted  is told the status of every answer
    home     where the recordings lie
    """

    site: Site
    store: Store
    intake: Intake
    feed: Feed
    limits: ChatLimits
    engine: Callable[[], Engine]
    now: Callable[[], datetime]
    wake: Callable[[], None]
    failed: Recent[bool]
    link: Callable[[str], str | None]
    counted: Callable[[int], None]
    home: Path


class Answering:
    """Methods of a subclass raise PageRefused, StoreError and ClientDisconnect, which the guard answers."""

    def __init__(self, given: ChatParts, pages: Pages) -> None:
        self._given = given
        self.pages = pages

    def visitor(self, request: Request) -> Visitor:
        base = FRAMED if is_framed(request.scope["path"]) else ""
        return visitor_of(request, self._given.site, base)

    def looking(self, request: Request) -> Visitor:
        """Somebody who writes nothing. Raises PageRefused where an address looks too often."""
        if not self._given.limits.looks.take(client_of(request, self._given.site)):
            raise PageRefused(429, "too_fast")
        return self.visitor(request)

    def lang(self, asked: str | None, session: Session | None) -> str:
        """The language that was asked for, else that of the talk, else the house's."""
        engine = self._given.engine()
        chosen = (asked, session.lang if session else None)
        return next((lang for lang in chosen if lang in engine.knowledge.words), engine.lang) or engine.lang
