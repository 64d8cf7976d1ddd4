"""The people at the post office's counters, for the contract suite."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from bot.delivery.pause import Pause
from bot.model import Incoming
from bot.ports import Store
from tests.contract.channels import SECRET, TOKEN, Adapter, Event, Seen, Trouble, linked
from tests.contract.paper.channel import SECRET_HEADER, PaperChannel
from tests.contract.paper.client import PostOffice

SAYINGS: Mapping[Trouble, str] = {
    "throttled": f"slower: {TOKEN}",
    "person": "moved away",
    "text": "illegible",
    "token": f"wrong password: {TOKEN}",
    "setup": "no contract",
    "server": "closed today",
    "slow": "closed today",
    "no-json": "?",
    "cut": "closed today",
}


class OnPaper:
    secrets: Sequence[str] = (SECRET, TOKEN)

    def __init__(self, pause: Pause) -> None:
        self.office = PostOffice()
        self.channel = PaperChannel(self.office, pause, SECRET, linked)
        self._numbers = itertools.count(1)

    def text(self, user: str, text: str) -> Event:
        return self._note(user, text=text)

    def media(self, user: str) -> Sequence[Event]:
        return [self.photo(user), self._note(user)]

    def photo(self, user: str) -> Event:
        return self._note(user, picture="https://post.example.vn/p1.jpg")

    def file(self, user: str) -> Event:
        return self._note(user, picture="https://post.example.vn/p2.jpg")

    def answer(self, user: str, message_id: str, text: str) -> Event | None:
        return None

    def tap(self, user: str, label: str) -> Event:
        raise NotImplementedError("there are no buttons")

    def left(self, user: str) -> Event | None:
        return None

    def unknown(self, user: str) -> Event:
        return self.broken(json.dumps({"parcel": user}).encode())

    def broken(self, body: bytes) -> Event:
        return {SECRET_HEADER: SECRET}, body

    def read(self, event: Event) -> list[Incoming]:
        return self.channel.receive(*event)

    def fail(self, trouble: Trouble, user: str, *, times: int = 1, after: int = 0) -> None:
        self.office.sayings[user].extend([*[""] * after, *[SAYINGS[trouble]] * times])

    def seen(self, user: str) -> list[Seen]:
        return [Seen(text) for to, text in self.office.notes if to == user]

    def tries(self, user: str) -> int:
        return self.office.asked.count(user)

    def _note(self, user: str, **said: str) -> Event:
        return self.broken(json.dumps({"number": next(self._numbers), "from": user, **said}).encode())


@asynccontextmanager
async def on_paper(store: Store, pause: Pause) -> AsyncIterator[Adapter]:
    yield OnPaper(pause)
