"""The way of one message, from top to bottom: once, who, what was meant, what it changes, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.desk import StaffChat, is_talk
from bot.dialogue import PersonContext, code_in, one_group, respond, subscription_after
from bot.engine import Engine
from bot.model import Address, Case, Incoming, Match, Reply, Session, Staff, Subscription, Turn
from bot.ports import Outgoing, Store, Transaction
from bot.text.folding import visible
from bot.zone import local_day

NOTICE = "conversation"  # the purpose a person is told of at the first contact
NOTICE_VERSION = "2026-12"  # of the text of that notice; a new text gets a new version
HANDOVER = "handover"  # the purpose that somebody agrees to whose question goes to officers
HANDOVER_VERSION = "2026-11"
ANNOUNCEMENTS = "announcements"  # the purpose that subscribers agree to, and that /stop withdraws from
ANNOUNCEMENTS_VERSION = "2026-11"
NOTIFY_GROUPS_EVERY = timedelta(hours=1)


class App:
    """Messages in, stored effects out. The same code serves every channel and the conversation tests."""

    def __init__(self, engine: Engine, store: Store, desk: StaffChat | None = None) -> None:
        """Without a desk nobody is staff, and nothing is announced."""
        self._serving = (engine, desk)
        self.store = store
        self._windows = desk.actions.rules.windows if desk else {}
        self._groups_notified: dict[Address, datetime] = {}  # groups, and when they were last told to write in private

    @property
    def engine(self) -> Engine:
        return self._serving[0]

    @property
    def desk(self) -> StaffChat | None:
        return self._serving[1]

    def use(self, engine: Engine, desk: StaffChat | None) -> None:
        """With new content, from the next message on: what is being handled ends with what it began with."""
        self._serving = (engine, desk)

    def handle(self, batch: Sequence[Incoming]) -> None:
        """The effect of a batch, stored when this returns: only then may it be acknowledged to the vendor.

        A message that was handled before (channel, update id) has no second effect. Raises StoreError, and then nothing
        of the batch is stored.
        """
        with self.store.writing() as transaction:
            for incoming in self._without_talk(batch):
                if transaction.first_time(incoming):
                    self._handle_one(incoming, transaction)

    def answer(
        self, batch: Sequence[Incoming], fits: Callable[[Incoming, Outgoing], bool], now: datetime
    ) -> dict[tuple[str, str], Outgoing]:
        """As `handle`, where the vendor can take a reply in its response: returns those to be delivered so, and only so.

        The key is (channel, update id). `fits` says whether a reply can be; what comes once more gets the same again.
        """
        answers: dict[tuple[str, str], Outgoing] = {}
        with self.store.writing() as transaction:
            for incoming in self._without_talk(batch):
                answer = None
                if not transaction.first_time(incoming):
                    answer = transaction.answered_here(incoming)
                elif self._handle_one(incoming, transaction):
                    answer = transaction.answer_here(incoming, now, partial(fits, incoming))
                if answer is not None:
                    answers[incoming.sender.channel, incoming.id] = answer
        return answers

    def _without_talk(self, batch: Sequence[Incoming]) -> list[Incoming]:
        """What people say to each other in a group leaves no trace, not even that it was said."""
        return [incoming for incoming in batch if not is_talk(incoming, self.engine)]

    def _handle_one(self, incoming: Incoming, transaction: Transaction) -> bool:
        """Whether it led to one reply, which may be forgotten later than it is delivered."""
        engine, desk = self._serving
        incoming, address = _as_meant(incoming, transaction), incoming.sender
        if incoming.way == "group":
            self._handle_group(desk, incoming, transaction)
            return False
        session, staff = transaction.session(address) or Session(address), transaction.staff(address)
        context = _person_context(engine, incoming, staff, transaction, desk)
        staff_turn = desk.turn(incoming, session, transaction, staff) if desk else None
        turn = staff_turn or respond(incoming, session, engine, context)
        if desk is not None:
            turn = replace(turn, replies=(*turn.replies, *self._update_case(desk, context.case, turn, incoming, transaction)))
        if turn.forget:
            transaction.forget(address)
        else:
            self._subscribe(context.subscription, turn, incoming.at, transaction)
            if incoming.kind != "left":
                self._remember(incoming, session, turn, context, transaction)
                self._open_window(incoming, transaction)
        transaction.queue(address, turn.replies, incoming.at)
        return len(turn.replies) == 1 and not turn.forget  # what is claimed stays for some minutes

    def _update_case(
        self, desk: StaffChat, case: Case | None, turn: Turn, incoming: Incoming, transaction: Transaction
    ) -> Iterator[Reply]:
        """What a turn does with the case that is open, or opens; yields what is said to the person besides."""
        cases, address, now = desk.cases, incoming.sender, incoming.at
        if turn.handoff is not None:
            transaction.consent(address, HANDOVER, HANDOVER_VERSION, now)
            yield cases.open(transaction, address, turn.handoff, now)
        if case is None:
            return
        if turn.passes_on:
            cases.add_resident_message(transaction, case, incoming)
        if turn.forget or incoming.kind == "left":
            cases.end(transaction, case, now, "forgotten" if turn.forget else "left")
        elif turn.ends_case:
            yield cases.end(transaction, case, now, "resident")

    def _handle_group(self, desk: StaffChat | None, incoming: Incoming, transaction: Transaction) -> None:
        """Officers of a linked group are answered; others learn now and then that a group is not. Nothing else is kept."""
        replies = desk.in_group(incoming, transaction) if desk else None
        if replies is None and incoming.text.startswith("/"):
            replies = self._not_in_groups(incoming)
        if replies:
            transaction.queue(incoming.sender, replies, incoming.at)

    def _not_in_groups(self, incoming: Incoming) -> Sequence[Reply]:
        notified = self._groups_notified.get(incoming.sender)
        if notified is not None and incoming.at - notified < NOTIFY_GROUPS_EVERY:
            return ()
        self._groups_notified[incoming.sender] = incoming.at
        return [one_group(self.engine)]

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

    def _remember(
        self, incoming: Incoming, before: Session, turn: Turn, context: PersonContext, transaction: Transaction
    ) -> None:
        session = turn.session
        if not context.staff:  # what residents ask is counted and learnt from, and they alone
            session = self._learn(incoming, before, turn, place_of(context, turn), transaction)
        transaction.save_session(session)
        if turn.session.greeted and not before.greeted:
            transaction.consent(incoming.sender, NOTICE, NOTICE_VERSION, incoming.at)

    def _learn(self, incoming: Incoming, before: Session, turn: Turn, place: str, transaction: Transaction) -> Session:
        """Count, and keep without the person what was no answer; returns the session, which knows where that is kept."""
        outcome, day, session = turn.outcome, local_day(incoming.at), turn.session
        if outcome is None:
            return session
        channel = incoming.sender.channel
        transaction.count(outcome, channel, day, place)
        if turn.settled and before.kept is not None:
            transaction.answered(before.kept)
        if turn.verdict is not None:
            transaction.rate(turn.verdict, before.version, outcome.lang, channel, day)
            if not turn.verdict.good and before.question:
                nearest = replace(outcome, candidates=(Match(turn.verdict.intent, 1.0, ""),))
                transaction.unanswered(before.question, "disliked", nearest, day, place)
        if outcome.kind in ("unknown", "clarify") and session.question and incoming.text.strip():
            number = transaction.unanswered(session.question, outcome.kind, outcome, day, place)
            return replace(session, kept=number if outcome.kind == "clarify" else None)
        return session


def _as_meant(incoming: Incoming, transaction: Transaction) -> Incoming:
    """Without invisible signs, because a number with some in it must be masked too; a button by what it stands for."""
    incoming = replace(incoming, text=visible(incoming.text))
    if incoming.choice is None:
        return incoming
    return replace(incoming, choice=transaction.chosen(incoming.sender, incoming.choice, incoming.at) or "")


def _person_context(
    engine: Engine, incoming: Incoming, staff: Staff | None, transaction: Transaction, desk: StaffChat | None
) -> PersonContext:
    code = code_in(engine, incoming.text)
    return PersonContext(
        transaction.subscription(incoming.sender),
        transaction.announced(code) if code else None,
        staff is not None,
        people=desk is not None and transaction.staffed(),
        case=transaction.case_of(incoming.sender),
    )


def place_of(context: PersonContext, turn: Turn) -> str:
    """The commune that a message is counted for; "" where none is known."""
    return (context.subscription.place if context.subscription else turn.session.place) or ""
