"""The composition root: everything is wired here, and the way of one message reads from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot import named
from bot.cache import cache_folder, cache_key, cached
from bot.dialogue import Mind, respond
from bot.errors import SettingsError
from bot.folding import visible
from bot.matching.examples import examples_of
from bot.matching.matcher import Matcher
from bot.model import Incoming, Session, Turn
from bot.ports import Store, Transaction
from bot.privacy import masked
from bot.settings import Settings

NOTICE = "conversation"  # the purpose a person is told of at the first contact
NOTICE_VERSION = "2026-11"  # of the text of that notice; a new text gets a new version
ANNOUNCEMENTS = "announcements"  # the purpose that /stop withdraws from
KEPT_QUESTION = 300  # characters of an unanswered question that are kept


def build_mind(settings: Settings) -> Mind:
    """Content and matcher, from the cache where nothing has changed. Raises ContentError and SettingsError."""

    def build() -> Mind:
        from bot.knowledge.load import load_knowledge  # pydantic and YAML are not needed where the cache answers

        knowledge = load_knowledge(settings.home, settings.lang)
        if settings.lang not in knowledge.words:
            spoken = ", ".join(knowledge.words)
            raise SettingsError(f"LOABAN_LANG: there is no catalogue for {settings.lang!r}; choose one of: {spoken}.")
        return Mind.of(knowledge, Matcher.build(examples_of(knowledge), knowledge.vocabulary), settings.lang)

    return cached(cache_folder(settings.cache), cache_key(settings.home, settings.lang), build)


class App:
    """Messages in, stored effects out. The same code serves every channel and the conversation tests."""

    def __init__(self, mind: Mind, store: Store) -> None:
        self.mind = mind
        self.store = store

    def handle(self, batch: Sequence[Incoming]) -> None:
        """The effect of a batch, stored when this returns: only then may it be acknowledged to the vendor.

        A message that was handled before (channel, update id) has no second effect. Raises StoreError, and then nothing
        of the batch is stored.
        """
        with self.store.writing() as transaction:
            for incoming in batch:
                if transaction.first_time(incoming):
                    self._one(incoming, transaction)

    def _one(self, incoming: Incoming, transaction: Transaction) -> None:
        address = incoming.sender
        incoming = replace(incoming, text=visible(incoming.text))  # a number with invisible signs in it must be masked too
        session = transaction.session(address) or Session(address)
        if incoming.choice is not None:
            incoming = replace(incoming, choice=transaction.chosen(address, incoming.choice) or "")
        turn = respond(incoming, session, self.mind)
        if turn.forget:
            transaction.forget(address)
        else:
            self._remember(incoming, session, turn, transaction)
        transaction.queue(address, turn.replies, incoming.at)

    def _remember(self, incoming: Incoming, before: Session, turn: Turn, transaction: Transaction) -> None:
        transaction.save_session(turn.session)
        if turn.session.greeted and not before.greeted:
            transaction.consent(incoming.sender, NOTICE, NOTICE_VERSION, incoming.at)
        outcome = turn.outcome
        if outcome is None:
            return
        if outcome.kind == "command" and outcome.intent == named.ANNOUNCEMENTS:
            transaction.withdraw(incoming.sender, ANNOUNCEMENTS, incoming.at)
        day = incoming.at.date()
        transaction.count(outcome, incoming.sender.channel, day)
        if outcome.kind in ("unknown", "clarify") and incoming.text.strip():
            transaction.unanswered(masked(incoming.text)[:KEPT_QUESTION], outcome, day)
