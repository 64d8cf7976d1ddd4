"""Residents and staff who talk with the application on several channels, as channels lead it: real store, real tokens."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import timedelta

from bot.announcements import staffing
from bot.channels.registry import APPS
from bot.engine import Engine
from bot.model import COMMAND_LINE, Address, Case, Incoming, Reply, Session
from bot.ports import Outgoing, Store
from bot.service.app import App
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import BUNG_LAO, MORNING, Village

STEP = timedelta(seconds=20)


@dataclass
class Town:
    """The application with a store, a clock, and everybody's chats. Whatever is queued is delivered after each message."""

    engine: Engine
    store: Store = field(default_factory=lambda: SqliteStore(":memory:"))

    def __post_init__(self) -> None:
        self.village = Village(self.engine, self.store)
        self.app = App(self.engine, self.store, self.village.desk)
        self.cases = self.village.desk.cases
        self.now = MORNING
        self.people: dict[Address, Person] = {}
        self.updates = 0
        self.undeliverable: dict[Address, str] = {}  # who cannot be reached, and why
        self.carrying = True  # else everything stays in the store

    def close(self) -> None:
        self.store.close()

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

    def group(self, user: str = "-1001") -> Person:
        person = Person(self, Address("telegram", user))
        self.people[person.address] = person
        return person

    def linked(self, admin: Person, *names: str, user: str = "-1001") -> Person:
        """A group that an administrator linked to these communes."""
        group = self.group(user)
        admin.write_in(group, f"/link {', '.join(names or ('Búng Lao',))}")
        return group

    def restart(self) -> None:
        """The process ends, and another one goes on with the same store."""
        self.village = Village(self.engine, self.store)
        self.app = App(self.engine, self.store, self.village.desk)
        self.cases = self.village.desk.cases

    def take_over(self, engine: Engine) -> None:
        """The content changes while the process runs."""
        self.engine = engine
        self.village = Village(engine, self.store)
        self.app.use(engine, self.village.desk)
        self.cases = self.village.desk.cases

    def revoke(self, officer: Person) -> None:
        """At the server, from the command line."""
        with self.store.writing() as transaction:
            staffing.revoke(transaction, COMMAND_LINE, officer.number, self.now)

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

    def rows(self, sql: str) -> list[sqlite3.Row]:
        """What stands in the database."""
        assert isinstance(self.store, SqliteStore)
        with self.store.writing() as transaction:
            return transaction.execute(sql).fetchall()

    def deliver(self) -> None:
        """Carry all that waits, as the senders do: what cannot arrive is told, the rest gets the vendor's id."""
        while self.carrying and (waiting := self.waiting()):
            for outgoing in waiting:
                self._deliver(outgoing)

    def waiting(self) -> list[Outgoing]:
        return [out for channel in APPS for out in self.store.due_replies(channel)]

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
        return self._send(text, reply_to=self._message(to), **details)

    def write_in(self, group: Person, text: str = "", *, to: str = "", **details: object) -> str:
        """Write in a group, or answer the newest message there that holds the words `to`; returns what came there."""
        answered = group._message(to) if to else None
        return group._send(text, way="group", author=self.address, reply_to=answered, **details)

    def tap_in(self, group: Person, label: str) -> str:
        """Tap the newest button of this name in a group."""
        return group.tap(label, way="group", author=self.address)

    def tap(self, label: str, **details: object) -> str:
        """Tap the newest button of this name."""
        tokens = [button.choice for _, reply in self.got for button in reply.buttons if button.label == label]
        assert tokens, f"no button {label!r} among {self.labels()}"
        return self._send("", choice=tokens[-1], **details)

    def _message(self, words: str) -> str:
        return next(id_ for id_, reply in reversed(self.got) if words in reply.text)

    def _send(self, text: str, **details: object) -> str:
        self.town.now += STEP
        self.town.updates += 1
        before = len(self.got)
        incoming = Incoming(str(self.town.updates), self.address, text, self.town.now, **details)  # type: ignore[arg-type]
        self.town.app.handle([incoming])
        self.town.deliver()
        return "\n\n".join(reply.text for _, reply in self.got[before:])

    @property
    def all(self) -> str:
        """Everything that came so far."""
        return "\n\n".join(reply.text for _, reply in self.got)

    @property
    def last(self) -> str:
        return self.got[-1][1].text if self.got else ""

    def labels(self) -> list[str]:
        """The buttons of the newest message."""
        return [button.label for button in self.got[-1][1].buttons] if self.got else []
