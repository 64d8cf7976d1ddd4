"""Residents and staff who talk with the application on several channels, as channels lead it: real store, real tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bot.app import App
from bot.cases import Case
from bot.dialogue import Mind
from bot.model import Address, Incoming, Reply, Session
from bot.ports import Outgoing, Store
from bot.stores.sqlite import SqliteStore
from tests.at_the_desk import BUNG_LAO, MORNING, Village

STEP = timedelta(seconds=20)


@dataclass
class Town:
    """The application with a store, a clock, and everybody's chats. Whatever is queued is delivered after each message."""

    mind: Mind
    store: Store = field(default_factory=lambda: SqliteStore(":memory:"))

    def __post_init__(self) -> None:
        self.village = Village(self.mind, self.store)
        self.app = App(self.mind, self.store, self.village.desk)
        self.cases = self.village.desk.cases
        self.now = MORNING
        self.people: dict[Address, Person] = {}
        self.updates = 0
        self.undeliverable: dict[Address, str] = {}  # who cannot be reached, and why

    def person(self, user: str, channel: str = "zalo-bot", *, lang: str = "en") -> Person:
        """Somebody who was greeted before."""
        person = Person(self, Address(channel, user))
        self.people[person.address] = person
        with self.store.writing() as transaction:
            transaction.save_session(Session(person.address, lang=lang, greeted=True, at=self.now))
        return person

    def officer(self, user: str, *places: str, channel: str = "telegram", role: str = "officer") -> Person:
        person = self.person(user, channel)
        with self.store.writing() as transaction:
            theirs = () if role != "officer" else places or (BUNG_LAO,)
            person.number = transaction.add_staff(role, theirs, "", person.address, self.now).number  # type: ignore[arg-type]
        return person

    def group(self, user: str) -> Person:
        person = Person(self, Address("telegram", user))
        self.people[person.address] = person
        return person

    def case(self, number: int = 1) -> Case:
        with self.store.writing() as transaction:
            case = transaction.case(number)
        assert case is not None
        return case

    def wait(self, **span: float) -> None:
        """Let time go by, and the clock tick once."""
        self.now += timedelta(**span)
        with self.store.writing() as transaction:
            self.cases.tick(transaction, self.now)
        self.deliver()

    def deliver(self) -> None:
        """Carry all that waits, as the senders do: what cannot arrive is told, the rest gets the vendor's id."""
        while waiting := [out for channel in ("zalo-bot", "zalo-oa", "telegram") for out in self.store.due_replies(channel)]:
            for outgoing in waiting:
                self._deliver(outgoing)

    def _deliver(self, outgoing: Outgoing) -> None:
        reason = self.undeliverable.get(outgoing.to)
        if reason is None:
            self.people[outgoing.to].got.append((f"m{outgoing.id}", outgoing.reply))
            self.store.delivered([outgoing.id], f"m{outgoing.id}")
            return
        with self.store.writing() as transaction:
            if outgoing.reply.case is not None:
                self.cases.undelivered(transaction, outgoing, reason, self.now)
        self.store.delivered([outgoing.id])


@dataclass
class Person:
    """One chat. `got` are all messages in it, each with the vendor's id; `write` and `tap` return what came after."""

    town: Town
    address: Address
    number: int = 0
    got: list[tuple[str, Reply]] = field(default_factory=list)

    def write(self, text: str = "", **details: object) -> str:
        return self._send(text, **details)

    def answer(self, text: str, *, to: str, **details: object) -> str:
        """Answer, in the app, the newest message that holds these words."""
        id_ = next(id_ for id_, reply in reversed(self.got) if to in reply.text)
        return self._send(text, reply_to=id_, **details)

    def tap(self, label: str, **details: object) -> str:
        """Tap the newest button of this name."""
        tokens = [button.choice for _, reply in self.got for button in reply.buttons if button.label == label]
        assert tokens, f"no button {label!r} among {self.labels()}"
        return self._send("", choice=tokens[-1], **details)

    def _send(self, text: str, **details: object) -> str:
        self.town.now += STEP
        self.town.updates += 1
        before = len(self.got)
        incoming = Incoming(str(self.town.updates), self.address, text, self.town.now, **details)  # type: ignore[arg-type]
        self.town.app.handle([incoming])
        self.town.deliver()
        return "\n\n".join(reply.text for _, reply in self.got[before:])

    @property
    def last(self) -> str:
        return self.got[-1][1].text if self.got else ""

    def labels(self) -> list[str]:
        """The buttons of the newest message."""
        return [button.label for button in self.got[-1][1].buttons] if self.got else []
