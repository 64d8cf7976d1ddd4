"""What the verbs of staff and announcements work with, put together in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal

from bot.announcements.actions import AnnouncementActions
from bot.announcements.display_names import DisplayNames
from bot.channels.registry import APPS
from bot.cli.reporting_errors import catalogues_of
from bot.i18n import Words, mark, words_for
from bot.knowledge.directory import read_directory
from bot.knowledge.gazetteer import Gazetteer
from bot.model import COMMAND_LINE, Audience
from bot.ports import Store, Transaction
from bot.service.wiring import announcement_actions
from bot.settings import Settings
from bot.stores import open_store

ROLES = {"owner": mark("owner"), "admin": mark("admin"), "officer": mark("officer")}


@dataclass(frozen=True)
class CommandContext:
    """`words` is the language of the command line; `topics` are those of the menu, with their names per language."""

    settings: Settings
    words: Words
    actions: AnnouncementActions
    gazetteer: Gazetteer
    topics: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, settings: Settings) -> CommandContext:
        """Raises ContentError."""
        catalogues = catalogues_of(settings)
        directory = read_directory(settings.home, settings.lang)
        gazetteer = Gazetteer.of(directory.places)
        return cls(
            settings,
            words_for(settings.lang, catalogues),
            announcement_actions(settings, catalogues, DisplayNames(gazetteer.by_code, directory.topics, APPS)),
            gazetteer,
            directory.topics,
        )

    @property
    def names(self) -> DisplayNames:
        return self.actions.notifier.names

    @property
    def catalogues(self) -> Mapping[str, Words]:
        return self.actions.catalogues

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The database, made where there is none. Raises StoreError."""
        with closing(open_store(self.settings)) as store:
            yield store

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """One transaction on the database, for a verb that needs no more. Raises StoreError."""
        with self.store() as store, store.writing() as transaction:
            yield transaction

    # --- said ---

    def place(self, code: str) -> str:
        """A commune of today by its code: "xã Búng Lao"; the code itself where the content does not know it any more."""
        return self.names.place(code, self.words)

    def audience(self, audience: Audience) -> str:
        """ "xã Búng Lao và xã Thanh An", "the whole province", with the topics where there are any."""
        return self.names.audience(audience, self.words)

    def app(self, channel: str) -> str:
        """A channel as people call the app."""
        return self.names.app(channel, self.words)

    def count(self, number: int) -> str:
        return self.words.number(Decimal(number))

    def person(self, number: int) -> str:
        """Who did something, by staff number: "staff 3"."""
        return self.words.say("the server") if number == COMMAND_LINE else self.words.say("staff {number}", number=number)

    def role(self, role: str) -> str:
        return self.words.say(ROLES[role]) if role in ROLES else role
