"""The composition root: everything is wired here, and the way of one message reads from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.broadcast import Subscription
from bot.cache import cache_folder, cache_key, cached
from bot.desk import Desk
from bot.dialogue import Mind, Standing, code_in, one_group, respond, subscription_after
from bot.errors import SettingsError
from bot.folding import visible
from bot.matching.examples import examples_of
from bot.matching.matcher import Matcher
from bot.model import Address, Incoming, Session, Turn
from bot.ports import Outgoing, Store, Transaction
from bot.privacy import masked
from bot.settings import Settings

NOTICE = "conversation"  # the purpose a person is told of at the first contact
NOTICE_VERSION = "2026-11"  # of the text of that notice; a new text gets a new version
ANNOUNCEMENTS = "announcements"  # the purpose that subscribers agree to, and that /stop withdraws from
ANNOUNCEMENTS_VERSION = "2026-11"
TELL_GROUPS_EVERY = timedelta(hours=1)
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

    def __init__(self, mind: Mind, store: Store, desk: Desk | None = None) -> None:
        """Without a desk nobody is staff, and nothing is announced."""
        self.mind = mind
        self.store = store
        self.desk = desk
        self._windows = desk.actions.rules.windows if desk else {}
        self._told: dict[Address, datetime] = {}  # groups, and when they were last told to write in private

    def handle(self, batch: Sequence[Incoming]) -> None:
        """The effect of a batch, stored when this returns: only then may it be acknowledged to the vendor.

        A message that was handled before (channel, update id) has no second effect. Raises StoreError, and then nothing
        of the batch is stored.
        """
        with self.store.writing() as transaction:
            for incoming in batch:
                if transaction.first_time(incoming):
                    self._one(incoming, transaction)

    def answer(
        self, batch: Sequence[Incoming], fits: Callable[[Incoming, Outgoing], bool], now: datetime
    ) -> dict[tuple[str, str], Outgoing]:
        """As `handle`, where the vendor can take a reply in its response: returns those to be delivered so, and only so.

        The key is (channel, update id). `fits` says whether a reply can be; what comes once more gets the same again.
        """
        answers: dict[tuple[str, str], Outgoing] = {}
        with self.store.writing() as transaction:
            for incoming in batch:
                answer = None
                if not transaction.first_time(incoming):
                    answer = transaction.answered_here(incoming)
                elif self._one(incoming, transaction):
                    answer = transaction.answer_here(incoming, now, partial(fits, incoming))
                if answer is not None:
                    answers[incoming.sender.channel, incoming.id] = answer
        return answers

    def _one(self, incoming: Incoming, transaction: Transaction) -> bool:
        """Whether it led to one reply, which may be forgotten later than it is delivered."""
        address = incoming.sender
        if incoming.way == "group":
            self._group(incoming, transaction)
            return False
        incoming = replace(incoming, text=visible(incoming.text))  # a number with invisible signs in it must be masked too
        session = transaction.session(address) or Session(address)
        if incoming.choice is not None:
            incoming = replace(incoming, choice=transaction.chosen(address, incoming.choice, incoming.at) or "")
        code = code_in(incoming.text)
        standing = Standing(
            transaction.subscription(address),
            transaction.announced(code) if code else None,
            transaction.staff(address) is not None,
        )
        of_staff = self.desk.turn(incoming, session, transaction) if self.desk else None
        turn = of_staff or respond(incoming, session, self.mind, standing)
        if turn.forget:
            transaction.forget(address)
        else:
            self._subscribe(standing.subscription, turn, incoming.at, transaction)
            if incoming.kind != "left":
                self._remember(incoming, session, turn, transaction)
                self._open_window(incoming, transaction)
        transaction.queue(address, turn.replies, incoming.at)
        return len(turn.replies) == 1 and not turn.forget  # what is claimed stays for some minutes

    def _group(self, incoming: Incoming, transaction: Transaction) -> None:
        """A group learns now and then that it is not answered; nothing is kept of it."""
        told = self._told.get(incoming.sender)
        if incoming.kind == "left" or (told is not None and incoming.at - told < TELL_GROUPS_EVERY):
            return
        self._told[incoming.sender] = incoming.at
        transaction.queue(incoming.sender, [one_group(self.mind)], incoming.at)

    def _subscribe(self, before: Subscription | None, turn: Turn, at: datetime, transaction: Transaction) -> None:
        address = turn.session.address
        if turn.stop:
            transaction.unsubscribe(address)
            transaction.withdraw(address, ANNOUNCEMENTS, at)
            return
        after = subscription_after(turn, before, at)
        if after is None or after == before:
            return
        transaction.subscribe(after)
        if before is None or after.since != before.since:
            transaction.consent(address, ANNOUNCEMENTS, ANNOUNCEMENTS_VERSION, at)

    def _open_window(self, incoming: Incoming, transaction: Transaction) -> None:
        """On some channels announcements had to wait for this message: now they may go out, for some hours."""
        length = self._windows.get(incoming.sender.channel)
        if length is not None:
            transaction.opened(incoming.sender, incoming.at, incoming.at + length)

    def _remember(self, incoming: Incoming, before: Session, turn: Turn, transaction: Transaction) -> None:
        transaction.save_session(turn.session)
        if turn.session.greeted and not before.greeted:
            transaction.consent(incoming.sender, NOTICE, NOTICE_VERSION, incoming.at)
        outcome = turn.outcome
        if outcome is None:
            return
        day = incoming.at.date()
        transaction.count(outcome, incoming.sender.channel, day)
        if outcome.kind in ("unknown", "clarify") and incoming.text.strip():
            transaction.unanswered(masked(incoming.text)[:KEPT_QUESTION], outcome.kind, outcome, day)
