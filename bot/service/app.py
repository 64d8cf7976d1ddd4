"""The way of one message, from top to bottom: once, who, what was meant, what it changes, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.delivery.responses import answer_here
from bot.desk import StaffChat, is_talk
from bot.dialogue import (
    RECEIVED_FOR,
    Page,
    PersonContext,
    Received,
    code_in,
    one_group,
    opening_choices,
    respond,
    subscription_after,
)
from bot.engine import Engine
from bot.i18n import mark
from bot.logs import place
from bot.model import Address, Case, Incoming, Match, Reply, Session, SetAside, Staff, Subscription, Turn
from bot.model.well_known import ANNOUNCEMENTS_CONSENT, CONVERSATION_CONSENT, HANDOVER_CONSENT, WEB
from bot.ports import Outgoing, Store, Transaction, stored
from bot.service.current import CurrentEngine, Serving
from bot.text.folding import visible
from bot.zone import local_day

# Of the texts that people agree to; a new text gets a new version.
NOTICE_VERSION = "2026-12.3"
HANDOVER_VERSION = "2026-11"
ANNOUNCEMENTS_VERSION = "2026-11"
NOTIFY_GROUPS_EVERY = timedelta(hours=1)

TOO_MANY_PASSED_ON = mark(
    "Many questions were passed on from your network today, so this one was not. Please try again tomorrow, or go to the "
    "Public Administration Service Centre of your commune."
)


class App:
    """Messages in, stored effects out. The same code serves every channel and the conversation tests."""

    def __init__(
        self,
        current: CurrentEngine,
        store: Store,
        hears: Callable[[str], bool] = lambda channel: True,
        page: Page = Page(24),  # noqa: B008 - frozen
        may_pass_on: Callable[[Address], bool] = lambda person: True,
    ) -> None:
        """`hears` says whether recordings can be played on a channel, `page` what to know of our own page.

        `may_pass_on` is asked once for each question that somebody wants passed on to officers.
        """
        self._current = current
        self.store = store
        self._hears = hears
        self._page = page
        self._may_pass_on = may_pass_on
        self._groups_notified: dict[Address, datetime] = {}  # groups, and when they were last told to write in private

    def handle(self, batch: Sequence[Incoming]) -> None:
        """The effect of a batch, stored when this returns: only then may it be acknowledged to the vendor.

        A message that was handled before (channel, update id) has no second effect. Raises StoreError, and then nothing
        of the batch is stored. Where it was brought before and is fetched now, the vendor never saw the response that
        carried its reply: a call brings that.
        """

        def handle(transaction: Transaction) -> None:
            for incoming in heard:
                if transaction.first_time(incoming):
                    self._handle_one(incoming, transaction)
                else:
                    transaction.answer_by_call(incoming)

        heard = self._without_talk(batch)
        stored(self.store, _whom(heard), handle)

    def answer(
        self, batch: Sequence[Incoming], fits: Callable[[Incoming, Outgoing], bool], now: datetime
    ) -> dict[tuple[str, str], Outgoing]:
        """As `handle`, where the vendor can take a reply in its response: returns those to be delivered so, and only so.

        The key is (channel, update id). `fits` says whether a reply can be; what comes once more gets the same again.
        """

        def handle(transaction: Transaction) -> dict[tuple[str, str], Outgoing]:
            answers: dict[tuple[str, str], Outgoing] = {}
            for incoming in heard:
                answer = None
                if not transaction.first_time(incoming):
                    answer = transaction.answered_here(incoming)
                elif self._handle_one(incoming, transaction):
                    answer = answer_here(transaction, incoming, now, partial(fits, incoming))
                if answer is not None:
                    answers[incoming.sender.channel, incoming.id] = answer
            return answers

        heard = self._without_talk(batch)
        return stored(self.store, _whom(heard), handle)

    def set_aside(self, incoming: Incoming, error: Exception) -> None:
        """An update that failed in a way that repeating cannot mend: it counts as handled. Raises StoreError, StoreFault."""
        with self.store.writing([incoming.sender]) as transaction:
            transaction.first_time(incoming)
            transaction.set_aside(SetAside("update", incoming.sender.channel, incoming.id, incoming.at, place(error)))

    def _without_talk(self, batch: Sequence[Incoming]) -> list[Incoming]:
        """What people say to each other in a group leaves no trace, not even that it was said."""
        engine = self._current.get().engine
        return [incoming for incoming in batch if not is_talk(incoming, engine)]

    def _handle_one(self, incoming: Incoming, transaction: Transaction) -> bool:
        """Whether it led to one reply, which may be forgotten later than it is delivered."""
        serving = self._current.get()
        engine, address, on_page = serving.engine, incoming.sender, incoming.sender.channel == WEB
        if on_page:
            transaction.heard(replace(incoming, text=visible(incoming.text)))
        desk = serving.staff_chat
        incoming = _as_meant(incoming, transaction, engine)
        if incoming.moved_to is not None:
            transaction.move(address, incoming.moved_to)
            return False
        if incoming.way == "group":
            self._handle_group(serving, incoming, transaction)
            return False
        session, staff = transaction.session(address) or Session(address), transaction.staff(address)
        session = _as_opened(session, incoming, engine)
        context = _person_context(engine, incoming, staff, transaction, desk)
        context = replace(context, hears=self._hears(address.channel), page=self._page if on_page else None)
        if incoming.more and staff is None and (context.case is None or context.case.state != "owned"):
            return False  # every photo of an album is for officers, or from them; else the first one was answered
        # Whoever finds a phone with the page on it must not find an officer there.
        staff_turn = desk.turn(incoming, session, transaction, staff) if desk and not on_page else None
        turn = staff_turn or respond(incoming, session, engine, context)
        if desk is not None:
            turn = replace(turn, replies=(*turn.replies, *self._update_case(desk, context.case, turn, incoming, transaction)))
        if turn.forget:
            transaction.forget(address)
        else:
            self._subscribe(context.subscription, turn, incoming.at, transaction)
            if incoming.kind != "left":
                self._remember(incoming, session, turn, context, transaction)
                self._open_window(desk, incoming, transaction)
        if not (turn.forget and on_page):  # there the page itself says so, and nothing at all is left
            transaction.queue(address, turn.replies, incoming.at)
        return len(turn.replies) == 1 and not turn.forget  # what is claimed stays for some minutes

    def _update_case(
        self, desk: StaffChat, case: Case | None, turn: Turn, incoming: Incoming, transaction: Transaction
    ) -> Iterator[Reply]:
        """What a turn does with the case that is open, or opens; yields what is said to the person besides."""
        cases, address, now = desk.cases, incoming.sender, incoming.at
        if turn.handoff is not None:
            transaction.alone()  # before it is asked who may: that is counted
        if turn.handoff is not None and case is None and not self._may_pass_on(address):
            yield Reply(self._current.get().engine.words(turn.handoff.lang).say(TOO_MANY_PASSED_ON))
        elif turn.handoff is not None:
            transaction.consent(address, HANDOVER_CONSENT, HANDOVER_VERSION, now)
            yield cases.open(transaction, address, turn.handoff, now)
        if case is None:
            return
        if turn.passes_on:
            cases.add_resident_message(transaction, case, incoming)
        if turn.forget or incoming.kind == "left":
            cases.end(transaction, case, now, "forgotten" if turn.forget else "left")
        elif turn.ends_case:
            yield cases.end(transaction, case, now, "resident")

    def _handle_group(self, serving: Serving, incoming: Incoming, transaction: Transaction) -> None:
        """Officers of a linked group are answered; others learn now and then that a group is not. Nothing else is kept."""
        replies = serving.staff_chat.in_group(incoming, transaction) if serving.staff_chat else None
        if replies is None and incoming.text.startswith("/"):
            replies = self._not_in_groups(serving.engine, incoming)
        if replies:
            here = [replace(reply, topic=incoming.topic) for reply in replies]
            transaction.queue(incoming.sender, here, incoming.at)

    def _not_in_groups(self, engine: Engine, incoming: Incoming) -> Sequence[Reply]:
        notified = self._groups_notified.get(incoming.sender)
        if notified is not None and incoming.at - notified < NOTIFY_GROUPS_EVERY:
            return ()
        self._groups_notified[incoming.sender] = incoming.at
        return [one_group(engine)]

    def _subscribe(self, before: Subscription | None, turn: Turn, at: datetime, transaction: Transaction) -> None:
        address = turn.session.address
        if turn.stop:
            transaction.unsubscribe(address)
            transaction.withdraw(address, ANNOUNCEMENTS_CONSENT, at)
            return
        after = subscription_after(turn, before, at)
        if after is None or after == before:
            return
        transaction.subscribe(after)
        if before is None or after.since != before.since:
            transaction.consent(address, ANNOUNCEMENTS_CONSENT, ANNOUNCEMENTS_VERSION, at)

    def _open_window(self, desk: StaffChat | None, incoming: Incoming, transaction: Transaction) -> None:
        """On some channels announcements had to wait for this message: now they may go out, for some hours."""
        length = desk.actions.rules.windows.get(incoming.sender.channel) if desk else None
        if length is not None:
            transaction.release(incoming.sender, incoming.at, incoming.at + length)

    def _remember(
        self, incoming: Incoming, before: Session, turn: Turn, context: PersonContext, transaction: Transaction
    ) -> None:
        session = turn.session
        if not context.staff:  # what residents ask is counted and learnt from, and they alone
            session = self._learn(incoming, before, turn, place_of(context, turn), transaction)
        transaction.save_session(session)
        if turn.session.greeted and not before.greeted:
            transaction.consent(incoming.sender, CONVERSATION_CONSENT, NOTICE_VERSION, incoming.at)

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


def _as_meant(incoming: Incoming, transaction: Transaction, engine: Engine) -> Incoming:
    """Without invisible signs, because a number with some in it must be masked too; a button by what it stands for.

    What our own page offers to everybody, before anything was said, has no token: there a choice may be its own meaning.
    """
    if incoming.choice is None:
        text = visible(incoming.text)
        return incoming if text == incoming.text else replace(incoming, text=text)
    if incoming.sender.channel == WEB and incoming.choice in opening_choices(engine):
        return replace(incoming, text="")
    return replace(incoming, choice=transaction.chosen(incoming.sender, incoming.choice, incoming.at) or "", text="")


def _as_opened(session: Session, incoming: Incoming, engine: Engine) -> Session:
    """With the commune and the language for which the page was opened; what somebody said themselves is not overruled."""
    if not (incoming.place or incoming.lang):
        return session
    place = incoming.place if incoming.place in engine.gazetteer.by_code else None
    lang = incoming.lang if incoming.lang in engine.knowledge.words else None
    return replace(session, place=session.place or place, lang=lang or session.lang)


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
        received=_received(incoming, transaction),
    )


def _received(incoming: Incoming, transaction: Transaction) -> Received | None:
    try:
        since = incoming.at - RECEIVED_FOR
    except OverflowError:  # a vendor can write the first day of all
        return None
    found = transaction.last_received(incoming.sender, since)
    if found is None:
        return None
    announcement, lang, at = found
    plan, subscription = announcement.plan, transaction.subscription(incoming.sender)
    places = plan.audience.places
    theirs = subscription.place if subscription and subscription.place in places else None
    return Received(
        text=plan.texts.get(lang) or plan.texts["vi"],
        office=plan.office.get(lang) or plan.office["vi"],
        code=plan.code,
        until=announcement.expires,
        at=at,
        place=places[0] if len(places) == 1 else theirs,
        withdrawn=announcement.state == "cancelled",
    )


def _whom(batch: Sequence[Incoming]) -> list[Address] | None:
    """Whom a batch touches, if nobody in it turns out to concern others; None where a group does."""
    return None if any(incoming.way == "group" for incoming in batch) else [incoming.sender for incoming in batch]


def place_of(context: PersonContext, turn: Turn) -> str:
    """The commune that a message is counted for; "" where none is known."""
    return (context.subscription.place if context.subscription else turn.session.place) or ""
