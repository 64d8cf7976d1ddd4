"""What the verbs of staff and announcements work with, put together in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal

from bot.announcements.actions import Actions
from bot.broadcast import COMMAND_LINE, Audience
from bot.commands.plainly import catalogues_of
from bot.dialogue.places import Gazetteer
from bot.i18n import Words, mark, words_for
from bot.knowledge.directory import read_directory
from bot.ports import Transaction
from bot.settings import Settings
from bot.stores.sqlite import SqliteStore
from bot.wiring import announcing

ROLES = {"owner": mark("owner"), "admin": mark("admin"), "officer": mark("officer")}


@dataclass(frozen=True)
class Kit:
    """`words` is the language of the command line; `topics` are those of the menu, with their names per language."""

    settings: Settings
    words: Words
    actions: Actions
    gazetteer: Gazetteer
    topics: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, settings: Settings) -> Kit:
        """Raises ContentError."""
        catalogues = catalogues_of(settings)
        directory = read_directory(settings.home, settings.lang)
        return cls(
            settings,
            words_for(settings.lang, catalogues),
            announcing(settings, catalogues),
            Gazetteer.of(directory.places),
            directory.topics,
        )

    @property
    def catalogues(self) -> Mapping[str, Words]:
        return self.actions.catalogues

    @contextmanager
    def store(self) -> Iterator[SqliteStore]:
        """The database, made where there is none. Raises StoreError."""
        with closing(SqliteStore(self.settings.db)) as store:
            yield store

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """One transaction on the database, for a verb that needs no more. Raises StoreError."""
        with self.store() as store, store.writing() as transaction:
            yield transaction

    # --- said ---

    def place(self, code: str) -> str:
        """A commune of today by its code: "xã Búng Lao"; the code itself where the content does not know it any more."""
        known = self.gazetteer.by_code.get(code)
        return self.words.place(known.kind, known.name) if known else code

    def topic(self, topic: str) -> str:
        names = self.topics.get(topic, {})
        return names.get(self.words.lang) or names.get("vi") or topic

    def audience(self, audience: Audience) -> str:
        """ "xã Búng Lao và xã Thanh An", "the whole province", with the topics where there are any."""
        places = tuple(self.place(code) for code in audience.places)
        where = self.words.join(places) if places else self.words.say("the whole province")
        if not audience.topics:
            return where
        topics = self.words.join(tuple(self.topic(topic) for topic in audience.topics))
        return self.words.say("{places}; topics: {topics}", places=where, topics=topics)

    def count(self, number: int) -> str:
        return self.words.number(Decimal(number))

    def person(self, number: int) -> str:
        """Who did something, by staff number: "staff 3"."""
        return self.words.say("the server") if number == COMMAND_LINE else self.words.say("staff {number}", number=number)

    def role(self, role: str) -> str:
        return self.words.say(ROLES[role]) if role in ROLES else role
