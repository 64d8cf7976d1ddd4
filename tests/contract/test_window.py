"""Channels that let us write only for some hours after people wrote: whoever wrote gets it now, the others when they write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.announcements.display_names import DisplayNames
from bot.announcements.notifier import TO_AUTHORS
from bot.announcements.report import report_lines
from bot.channels.registry import CHANNELS
from bot.cli.command_context import CommandContext
from bot.cli.previewing import fact_lines
from bot.delivery import claims
from bot.delivery.announcements import AnnouncementSender
from bot.delivery.limiter import RateLimiter
from bot.delivery.pause import Pause
from bot.engine import Engine
from bot.errors import SendError
from bot.i18n import Words
from bot.model import (
    COMMAND_LINE,
    Address,
    Announcement,
    Audience,
    ChannelState,
    Delivery,
    DeliveryReport,
    Incoming,
    Plan,
    Reply,
    Session,
    Subscription,
)
from bot.ports import Outgoing
from bot.service.app import App
from bot.service.current import CurrentEngine
from bot.service.wiring import announcement_actions, announcement_channels
from bot.settings import Settings
from bot.stores.records.deliveries import NEXT_STRANDED
from bot.stores.sqlite.store import SqliteStore
from tests.announcing import claim
from tests.at_the_desk import BUNG_LAO, MORNING, Village, compose, usual
from tests.by_the_clock import finish, fire
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("hasty")

OA = "zalo-oa"
TELEGRAM, ZALO_BOT, ZALO_OA = (one.capabilities for one in CHANNELS)
WINDOW = timedelta(hours=48)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ANNA, BINH, CHI = (Address(OA, str(number)) for number in (11, 12, 13))
ON_TELEGRAM = Address("telegram", "11")
WORDS = Words("en", {})


class Place(Village):
    """A village whose people listen on a channel with a window of 48 hours, too."""

    def __post_init__(self) -> None:
        self.settings = usual(zalo_oa_app_id="1", zalo_oa_app_secret="x", zalo_oa_secret="x")
        super().__post_init__()
        self.app = App(CurrentEngine(self.engine, self.desk), self.store)

    def listener(self, address: Address, wrote: timedelta | None) -> None:
        """Somebody who wants announcements and wrote so long ago; None: never."""
        with self.store.writing() as transaction:
            transaction.subscribe(Subscription(address, BUNG_LAO, (), "vi", MORNING))
            if wrote is not None:
                transaction.save_session(Session(address, lang="vi", greeted=True, at=self.now - wrote))

    def announce(self, **more: object) -> Announcement:
        given: dict[str, object] = {
            "code": "AB23CD",
            "office": {"vi": "UBND xã Búng Lao"},
            "texts": {"vi": "Mai có lớp học nghề."},
            "audience": Audience((BUNG_LAO,)),
            "lasts": 3 * DAY,
        }
        with self.store.writing() as transaction:
            plan = Plan(**{**given, **more})  # type: ignore[arg-type]
            return self.actions.confirm(transaction, COMMAND_LINE, plan, self.now).announcement

    def write(self, address: Address, text: str = "/menu", **more: object) -> None:
        """A message reaches the application."""
        self.app.handle([Incoming(self._next(), address, text, self.now, **more)])  # type: ignore[arg-type]

    def _next(self) -> str:
        self.updates += 1
        return str(self.updates)

    def claim(self, channel: str = OA, begun: datetime | None = None) -> Delivery | None:
        with self.store.writing() as transaction:
            return claim(transaction, self.now, channel, quiet=self.actions.rules.is_quiet(self.now), begun=begun)

    def send(self) -> list[str]:
        """Send what may go out now; returns to whom, in order."""
        sent = []
        while (found := self.claim()) is not None:
            with self.store.writing() as transaction:
                transaction.settle(found, "sent", self.now)
            sent.append(found.to.user)
        return sorted(sent)

    def report(self, announcement: Announcement) -> DeliveryReport:
        with self.store.writing() as transaction:
            return transaction.report(announcement.id)

    def end(self) -> list[Announcement]:
        with self.store.writing() as transaction:
            return finish(self.actions, transaction, self.now)


@pytest.fixture
def place(engine: Engine) -> Iterator[Place]:
    built = Place(engine)
    yield built
    built.store.close()


# --- who waits --------------------------------------------------------------------------------------------------------


def test_whoever_wrote_lately_gets_it_at_once_and_the_others_wait(place: Place) -> None:
    place.listener(ANNA, WINDOW - MINUTE)
    place.listener(BINH, WINDOW + MINUTE)
    place.listener(CHI, None)
    sent = place.announce()
    assert place.send() == [ANNA.user]
    found = place.report(sent)
    assert (dict(found.states), found.held, found.finished) == ({"sent": 1, "pending": 2}, 2, 1)
    assert place.end() == [], "it stays open for those who wait"


def test_on_a_channel_without_a_window_nobody_has_to_write(place: Place) -> None:
    place.listener(ON_TELEGRAM, None)
    sent = place.announce()
    assert place.report(sent).held == 0
    assert place.claim("telegram") is not None


@pytest.mark.parametrize("shift", [timedelta(0), 5 * HOUR, 2 * DAY, -DAY, -365 * DAY])
def test_who_waits_is_not_claimed_whatever_the_clock_says(place: Place, shift: timedelta) -> None:
    place.listener(ANNA, None)
    place.announce()
    begun, place.now = place.now, place.now + shift
    assert place.claim(begun=begun) is None


def test_those_who_wait_do_not_hold_up_the_others(place: Place) -> None:
    place.listener(ANNA, None)
    place.announce()
    place.listener(BINH, HOUR)
    second = place.announce(code="ZZ99ZZ")
    found = place.claim()
    assert found is not None
    assert (found.announcement, found.to) == (second.id, BINH)


def test_the_window_is_looked_at_for_when_it_goes_out(place: Place) -> None:
    """In the evening it waits for the morning, and by then the 48 hours of one of them are over."""
    place.now += 14 * HOUR  # 22:00 in Điện Biên
    place.listener(ANNA, WINDOW - HOUR)
    place.listener(BINH, HOUR)
    assert place.report(place.announce()).held == 1
    assert place.report(place.announce(urgent=True)).held == 0


def test_each_time_of_a_repeated_one_looks_anew(place: Place) -> None:
    place.listener(ANNA, HOUR)
    place.announce(rule="0 9 * * mon,tue,wed,thu", lasts=5 * HOUR)
    held = []
    for day in range(3):
        place.now = MORNING + HOUR + day * DAY
        with place.store.writing() as transaction:
            fire(place.actions, transaction, place.now)
            newest = transaction.announcements(None, limit=1)[0]
        held.append((newest.parent, place.report(newest).held))
        place.end()
    assert held == [(1, 0), (1, 0), (1, 1)]


# --- when they write --------------------------------------------------------------------------------------------------


def test_whoever_writes_gets_what_waits_and_nobody_else_does(place: Place) -> None:
    place.listener(ANNA, None)
    place.listener(BINH, 3 * DAY)
    first, second = place.announce(), place.announce(code="ZZ99ZZ")
    place.now += DAY
    place.write(ANNA, "vay vốn")
    assert place.send() == [ANNA.user, ANNA.user]
    for announcement in (first, second):
        found = place.report(announcement)
        assert (dict(found.states), found.held) == ({"sent": 1, "pending": 1}, 1)
    place.write(ANNA, "một câu nữa")
    assert place.send() == [], "once is enough"


def test_the_first_try_after_waiting_is_the_first(place: Place) -> None:
    place.listener(ANNA, None)
    place.announce()
    place.write(ANNA)
    found = place.claim()
    assert found is not None
    assert (found.attempt, found.reason) == (1, "")


@pytest.mark.parametrize(
    "incoming",
    [
        {"address": Address("telegram", ANNA.user)},
        {"address": ANNA, "kind": "left"},
        {"address": ANNA, "way": "group"},
    ],
)
def test_only_a_message_in_the_own_chat_opens_the_window(place: Place, incoming: dict[str, object]) -> None:
    place.listener(ANNA, None)
    place.announce()
    place.write(**incoming)  # type: ignore[arg-type]
    assert place.send() == []


def test_whoever_writes_to_stop_gets_nothing_more(place: Place) -> None:
    place.listener(ANNA, None)
    sent = place.announce()
    place.write(ANNA, "/stop")
    assert place.send() == []
    found = place.report(sent)
    assert (dict(found.reasons), found.held) == ({("cancelled", "stopped"): 1}, 0)


def test_whoever_is_forgotten_gets_nothing_more(place: Place) -> None:
    place.listener(ANNA, None)
    sent = place.announce()
    place.write(ANNA, "/forget")
    place.write(ANNA, "/menu")
    assert place.send() == []
    assert (place.report(sent).held, place.report(sent).recipients) == (0, 1)


def test_what_is_not_true_any_more_is_not_sent_to_who_writes_then(place: Place) -> None:
    place.listener(ANNA, None)
    place.announce(lasts=5 * HOUR)
    place.now += 5 * HOUR
    place.write(ANNA)
    assert place.send() == []


def test_what_is_planned_goes_to_whoever_writes_shortly_before(place: Place) -> None:
    place.listener(ANNA, HOUR)
    place.listener(BINH, HOUR)
    sent = place.announce(due=place.now + 3 * DAY)
    assert place.report(sent).held == 2, "in three days both windows are closed"
    place.write(ANNA)
    assert place.report(sent).held == 2
    place.now += 2 * DAY
    place.write(BINH)
    assert (place.report(sent).held, place.send()) == (1, [])
    place.now += DAY
    assert place.send() == [BINH.user]


def test_what_is_paused_goes_out_when_it_goes_on(place: Place) -> None:
    place.listener(ANNA, None)
    sent = place.announce()
    with place.store.writing() as transaction:
        place.actions.pause(transaction, COMMAND_LINE, sent.id, place.now)
    place.write(ANNA)
    assert place.send() == []
    with place.store.writing() as transaction:
        place.actions.resume(transaction, COMMAND_LINE, sent.id, place.now)
    assert place.send() == [ANNA.user]


def test_what_is_cancelled_is_cancelled_for_those_who_wait(place: Place) -> None:
    place.listener(ANNA, None)
    sent = place.announce()
    with place.store.writing() as transaction:
        place.actions.cancel(transaction, COMMAND_LINE, sent.id, place.now)
    place.write(ANNA)
    assert place.send() == []
    assert dict(place.report(sent).reasons) == {("cancelled", "cancelled"): 1}


def test_a_chat_with_a_new_id_goes_on_waiting(place: Place) -> None:
    place.listener(ANNA, None)
    place.announce()
    with place.store.writing() as transaction:
        transaction.move(ANNA, BINH)
    assert place.send() == []
    place.write(BINH)
    assert place.send() == [BINH.user]


# --- the end ----------------------------------------------------------------------------------------------------------


def test_whoever_did_not_write_in_time_is_too_late_and_that_is_no_failure(place: Place) -> None:
    author = place.staff("1", "owner")
    place.listener(ANNA, HOUR)
    place.listener(BINH, None)
    sent = place.announce(lasts=5 * HOUR)
    place.send()
    place.now += 5 * HOUR
    [closed] = place.end()
    assert (closed.state, closed.reason) == ("done", "")
    assert author.told() == []
    found = place.report(sent)
    assert (dict(found.states), dict(found.reasons), found.held) == ({"sent": 1, "expired": 1}, {("expired", "window"): 1}, 0)
    assert "Too late: 1 (they did not write in that time)" in report_lines(closed, found, DisplayNames(), WORDS)


def test_when_nobody_wrote_in_time_the_author_is_told_why(place: Place) -> None:
    owner = place.staff("1", "owner")
    place.listener(ANNA, None)
    place.announce(lasts=5 * HOUR)
    place.now += 5 * HOUR
    [closed] = place.end()
    assert (closed.state, closed.reason) == ("expired", "window")
    words = place.actions.catalogues["en"]
    assert [reply.text for reply in owner.told()] == [words.say(TO_AUTHORS["window"], number=closed.id)]


def test_whoever_could_have_had_it_and_did_not_is_still_told_of(place: Place) -> None:
    place.listener(ANNA, HOUR)
    place.listener(BINH, None)
    place.announce(lasts=5 * HOUR)
    place.now += 5 * HOUR
    assert [(closed.state, closed.reason) for closed in place.end()] == [("expired", "too late")]


def test_it_is_done_as_soon_as_the_last_one_has_written(place: Place) -> None:
    place.listener(ANNA, None)
    place.announce()
    place.write(ANNA)
    place.send()
    assert [closed.state for closed in place.end()] == ["done"]


# --- what the vendor says ---------------------------------------------------------------------------------------------


class Account:
    """An Official Account that refuses whoever did not write for 48 hours, as the vendor sees it."""

    name = OA
    capabilities = ZALO_OA

    def __init__(self, place: Place) -> None:
        self.place = place
        self.wrote: dict[str, datetime] = {}
        self.tries: list[str] = []
        self.arrived: list[str] = []

    async def send(self, outgoing: Outgoing) -> str:
        user = outgoing.to.user
        self.tries.append(user)
        await asyncio.sleep(0)
        if user not in self.wrote or self.place.now - self.wrote[user] > WINDOW:
            raise SendError("window", "-230")
        self.arrived.append(user)
        return f"id of {user}"


@asynccontextmanager
async def delivering(place: Place, account: Account) -> AsyncIterator[None]:
    deliverer = AnnouncementSender(
        account,
        place.store,
        Pause(place.store, OA, lambda: place.now),
        RateLimiter(5000.0),
        now=lambda: place.now,
        render=lambda announcement, lang, channel: Reply(announcement.plan.texts[lang]),
        quiet=place.actions.rules.is_quiet,
        floor=0,
        notifier=lambda: place.actions.notifier,
    )
    task = asyncio.create_task(deliverer.run())
    try:
        yield
    finally:
        await deliverer.stop()
        await task


async def until_held(place: Place, announcement: Announcement, held: int) -> None:
    """Until nothing is left but those who wait."""

    def held_alone() -> bool:
        found = place.report(announcement)
        return found.held == held == found.recipients - found.finished

    await until(held_alone)


async def test_it_goes_out_at_once_and_then_to_each_who_writes(place: Place) -> None:
    account = Account(place)
    for person in (ANNA, BINH):
        place.listener(person, None)
    place.listener(CHI, HOUR)
    account.wrote[CHI.user] = place.now - HOUR
    sent = place.announce()
    async with delivering(place, account):
        await until_held(place, sent, 2)
        place.write(ANNA)
        account.wrote[ANNA.user] = place.now
        await until_held(place, sent, 1)
    assert account.tries == account.arrived == [CHI.user, ANNA.user]


async def test_who_is_refused_for_the_window_waits_and_it_was_no_try(place: Place) -> None:
    """We believe that somebody wrote lately; the vendor knows better."""
    account = Account(place)
    place.listener(ANNA, HOUR)
    sent = place.announce()
    async with delivering(place, account):
        await until_held(place, sent, 1)
        place.now += HOUR
        await asyncio.sleep(0.05)
        assert account.tries == [ANNA.user], "it is not tried again by itself"
    place.write(ANNA)
    found = place.claim()
    assert found is not None
    assert (found.attempt, found.reason, place.report(sent).ambiguous) == (1, "", 0)


async def test_a_refusal_for_the_window_shows_that_the_channel_works(place: Place) -> None:
    owner = place.staff("1", "owner")
    with place.store.writing() as transaction:
        transaction.save_channel_state(OA, ChannelState(failing_since=place.now - HOUR))
    place.listener(ANNA, HOUR)
    sent = place.announce()
    async with delivering(place, Account(place)):
        await until_held(place, sent, 1)
    with place.store.writing() as transaction:
        assert transaction.channel_state(OA).failing_since is None
    assert "Zalo Official Account" in owner.told()[0].text


def test_whoever_writes_while_being_refused_is_written_to_again_soon(place: Place) -> None:
    place.listener(ANNA, HOUR)
    sent = place.announce()
    refused = place.claim()
    assert refused is not None
    sending, place.now = place.now, place.now + timedelta(seconds=1)
    place.write(ANNA)
    with place.store.writing() as transaction:
        claims.hold(transaction, refused, place.now, sent=sending, after=MINUTE)
    assert (place.report(sent).held, place.send()) == (0, [])
    place.now += MINUTE
    assert place.send() == [ANNA.user]


def test_whoever_stops_while_being_refused_gets_nothing_and_holds_nothing_up(place: Place) -> None:
    place.listener(ANNA, HOUR)
    place.announce()
    refused = place.claim()
    assert refused is not None
    sending, place.now = place.now, place.now + timedelta(seconds=1)
    place.write(ANNA, "/stop")
    with place.store.writing() as transaction:
        claims.hold(transaction, refused, place.now, sent=sending, after=timedelta(0))
    assert place.send() == []
    assert [closed.state for closed in place.end()] == ["done"]


def test_a_refusal_that_comes_after_the_end_holds_nobody(place: Place) -> None:
    place.listener(ANNA, HOUR)
    sent = place.announce()
    refused = place.claim()
    assert refused is not None
    with place.store.writing() as transaction:
        place.actions.cancel(transaction, COMMAND_LINE, sent.id, place.now)
        claims.hold(transaction, refused, place.now, sent=place.now, after=MINUTE)
    found = place.report(sent)
    assert (dict(found.states), found.held) == ({"cancelled": 1}, 0)


def test_a_refusal_of_a_claim_that_was_taken_back_changes_nothing(place: Place) -> None:
    place.listener(ANNA, HOUR)
    sent = place.announce(must=True)
    late = place.claim()
    assert late is not None
    with place.store.writing() as transaction:
        claims.recover(transaction, OA, place.now, everything=True)
    assert place.claim() is not None
    with place.store.writing() as transaction:
        claims.hold(transaction, late, place.now, sent=place.now, after=MINUTE)
    assert dict(place.report(sent).states) == {"sending": 1}


# --- what is said -----------------------------------------------------------------------------------------------------

WAIT = "2 of them get it when they next write (Zalo Official Account allows no earlier message)."


def test_the_preview_counts_who_has_to_write_first_and_the_time_for_the_others_only(place: Place) -> None:
    place.listener(ON_TELEGRAM, None)
    place.listener(ANNA, HOUR)
    place.listener(BINH, None)
    slow = {"telegram": TELEGRAM, OA: replace(ZALO_OA, rate=0.01)}
    place.actions = replace(place.actions, rules=replace(place.actions.rules, channels=slow))
    plan = Plan("AB23CD", {"vi": "UBND"}, {"vi": "Mai họp."}, Audience((BUNG_LAO,)), DAY)
    with place.store.writing() as transaction:
        shown = place.actions.preview(transaction, COMMAND_LINE, plan, place.now)
    assert (dict(shown.recipients), dict(shown.held), shown.seconds) == ({"telegram": 1, OA: 2}, {OA: 1}, 100.0)


def test_the_audience_narrows_down_who_has_to_write_first(place: Place) -> None:
    place.listener(ANNA, None)
    since = place.actions.rules.written_since(place.now)
    with place.store.writing() as transaction:
        transaction.subscribe(Subscription(BINH, "03158", ("jobs",), "vi", MORNING))
        assert transaction.recipients(Audience(), since) == {OA: 2}
        assert transaction.recipients(Audience(("03158",), ("jobs",)), since) == {OA: 1}
        assert transaction.recipients(Audience(("03158",), ("housing",)), since) == {}
        assert transaction.recipients(Audience(), {}) == {}


def test_the_desk_says_before_and_after_who_waits(place: Place) -> None:
    officer = place.staff("1", "officer", BUNG_LAO)
    place.listener(ANNA, HOUR)
    place.listener(BINH, None)
    place.listener(CHI, 3 * DAY)
    shown = compose(officer).splitlines()
    assert shown[shown.index("People: 3") + 1] == WAIT
    officer.tap("Send")
    lines = officer.write("/announcements 1").splitlines()
    assert "Still to send: 1" in lines
    assert "Get it when they next write: 2" in lines
    place.send()
    lines = officer.write("/announcements 1").splitlines()
    assert "Sent: 1 of 3" in lines
    assert "Get it when they next write: 2" in lines
    assert not any(line.startswith("Still to send") for line in lines)


def test_nothing_is_said_of_it_where_nobody_waits(place: Place) -> None:
    officer = place.staff("1", "officer", BUNG_LAO)
    place.listener(ANNA, HOUR)
    place.listener(ON_TELEGRAM, None)
    assert "next write" not in compose(officer)
    assert "People: 2 (Telegram 1, Zalo Official Account 1)" in officer.replies[-1].text


def test_the_command_line_says_who_waits(place: Place, engine: Engine) -> None:
    place.listener(ANNA, None)
    place.listener(BINH, None)
    plan = Plan("AB23CD", {"vi": "UBND"}, {"vi": "Mai họp."}, Audience((BUNG_LAO,)), DAY)
    context = CommandContext(Settings(), WORDS, place.actions, engine.gazetteer, engine.knowledge.topics)
    with place.store.writing() as transaction:
        preview = place.actions.preview(transaction, COMMAND_LINE, plan, place.now)
    lines = list(fact_lines(preview, context, place.now))
    assert lines[lines.index("Recipients: 2 (Zalo Official Account 2)") + 1] == WAIT


# --- how it is set up -------------------------------------------------------------------------------------------------

OFFICIAL: dict[str, object] = {"zalo_oa_app_id": "1", "zalo_oa_app_secret": "secret", "zalo_oa_secret": "secret"}


@pytest.mark.parametrize(
    ("given", "channels", "windows"),
    [
        ({}, {"telegram": TELEGRAM}, {}),
        ({"telegram_token": "1:a", "telegram_rate": 9}, {"telegram": replace(TELEGRAM, rate=9.0)}, {}),
        ({"zalo_bot_token": "1:a", "zalo_bot_rate": 3}, {"zalo-bot": replace(ZALO_BOT, rate=3.0)}, {}),
        (OFFICIAL | {"zalo_oa_rate": 4}, {OA: replace(ZALO_OA, rate=4.0)}, {OA: WINDOW}),
        (OFFICIAL | {"zalo_oa_window_hours": 168}, {OA: ZALO_OA}, {OA: 7 * DAY}),
        (OFFICIAL | {"zalo_oa_secret": None}, {"telegram": TELEGRAM}, {}),
        (
            OFFICIAL | {"telegram_token": "1:a", "zalo_bot_token": "1:a"},
            {"telegram": TELEGRAM, "zalo-bot": ZALO_BOT, OA: ZALO_OA},
            {OA: WINDOW},
        ),
    ],
)
def test_announcements_go_out_on_what_is_set_up(
    place: Place, given: dict[str, object], channels: dict[str, object], windows: dict[str, timedelta]
) -> None:
    settings = Settings(**({"telegram_token": None, "_env_file": None} | given))  # type: ignore[arg-type]
    assert announcement_channels(settings) == channels
    rules = announcement_actions(settings, place.actions.catalogues, place.actions.notifier.names).rules
    assert (dict(rules.channels), dict(rules.windows)) == (channels, windows)


def test_those_who_wait_cost_a_claim_nothing(place: Place) -> None:
    """The look for what a clock left stranded stops before them, in the index."""
    assert isinstance(place.store, SqliteStore)
    with place.store.writing() as transaction:
        steps = [row[-1] for row in transaction.execute(f"EXPLAIN QUERY PLAN {NEXT_STRANDED}", (1, OA, ""))]
    assert len(steps) == 1
    assert "deliveries_pending (announcement=? AND channel=? AND due>? AND due<?)" in steps[0]
