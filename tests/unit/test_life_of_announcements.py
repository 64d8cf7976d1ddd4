"""The life of announcements as a state machine: people come and go, staff change their minds, processes die, clocks jump.

What must hold whatever happens is written as invariants; delivery is done step by step here, as the deliverer does it.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, invariant, multiple, rule

from bot.announcements.actions import AnnouncementActions
from bot.announcements.notifier import Notifier
from bot.announcements.policy import AnnouncementPolicy
from bot.channels.telegram import TELEGRAM
from bot.delivery.claims import give_back, recover, retry
from bot.errors import Refusal
from bot.i18n import Words
from bot.model import Address, Announcement, Audience, Delivery, Plan, Subscription
from bot.service.cron import next_time
from bot.stores.sqlite.store import SqliteStore
from tests.announcing import claim
from tests.by_the_clock import finish, fire

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LEASE = timedelta(seconds=40)
PLACES = ("03283", "03241")
PEOPLE = tuple(Address("telegram", str(number)) for number in range(100, 106))
LIMIT = 2  # above it a second person approves


class Life(RuleBasedStateMachine):
    announcements: Bundle[int] = Bundle("announcements")

    def __init__(self) -> None:
        super().__init__()
        self.store = SqliteStore(":memory:")
        rules = AnnouncementPolicy(
            LIMIT, ("gov.vn",), timedelta(hours=6), (time(21), time(6, 30)), {"telegram": TELEGRAM.capabilities}
        )
        self.actions = AnnouncementActions(rules, Notifier({"vi": Words("vi", {})}, "vi"), next_time)
        self.now = NOW
        self.subscribed: dict[Address, str] = {}
        self.frozen: dict[int, int] = {}
        self.arrived: Counter[tuple[int, Address]] = Counter()
        self.in_flight: list[Delivery] = []
        self.code = 0

    @initialize()
    def staff(self) -> None:
        with self.store.writing() as transaction:
            self.author = transaction.add_staff("officer", PLACES[:1], "", Address("telegram", "1"), NOW).number
            self.admin = transaction.add_staff("admin", (), "", Address("telegram", "2"), NOW).number

    # --- residents ---

    @rule(who=st.sampled_from(PEOPLE), place=st.sampled_from(PLACES))
    def subscribe(self, who: Address, place: str) -> None:
        with self.store.writing() as transaction:
            transaction.subscribe(Subscription(who, place, (), "vi", self.now))
        self.subscribed[who] = place

    @rule(who=st.sampled_from(PEOPLE))
    def stop(self, who: Address) -> None:
        with self.store.writing() as transaction:
            transaction.unsubscribe(who)
        self.subscribed.pop(who, None)

    # --- staff ---

    @rule(
        target=announcements,
        must=st.booleans(),
        urgent=st.booleans(),
        lasts=st.sampled_from([1, 5, 30]),
        delay=st.sampled_from([None, 1, 20]),
    )
    def compose(self, must: bool, urgent: bool, lasts: int, delay: int | None) -> int | MultipleResults[int]:
        self.code += 1
        due = self.now + timedelta(hours=delay) if delay else None
        wanted = Plan(
            f"AB{self.code:04}",
            {"vi": "UBND"},
            {"vi": "Mai có lớp học nghề."},
            Audience(PLACES[:1]),
            timedelta(hours=lasts),
            due=due,
            must=must,
            urgent=urgent,
        )
        audience = sum(place == PLACES[0] for place in self.subscribed.values())
        try:
            with self.store.writing() as transaction:
                added = self.actions.confirm(transaction, self.author, wanted, self.now).announcement
        except Refusal:
            assert audience == 0
            return multiple()
        assert added.state == ("waiting" if audience > LIMIT else "sending")
        self.frozen[added.id] = audience if added.state == "sending" else 0
        return added.id

    @rule(number=announcements)
    def approve(self, number: int) -> None:
        found = self.found(number)
        audience = sum(place == PLACES[0] for place in self.subscribed.values())
        try:
            with self.store.writing() as transaction:
                self.actions.approve(transaction, self.admin, number, found.plan.fingerprint(), self.now)
        except Refusal:
            assert found.state != "waiting" or found.expires <= self.now
        else:
            assert found.state == "waiting"
            self.frozen[number] = audience

    @rule(number=announcements, forged=st.booleans())
    def approve_without_the_right(self, number: int, forged: bool) -> None:
        fingerprint = "0" * 64 if forged else self.found(number).plan.fingerprint()
        with self.store.writing() as transaction, pytest.raises(Refusal):
            self.actions.approve(transaction, self.admin if forged else self.author, number, fingerprint, self.now)

    @rule(number=announcements, what=st.sampled_from(["pause", "resume", "cancel"]))
    def change_of_mind(self, number: int, what: str) -> None:
        before = self.found(number).state
        try:
            with self.store.writing() as transaction:
                getattr(self.actions, what)(transaction, self.author, number, self.now)
        except Refusal:
            allowed = {"pause": ("sending",), "resume": ("paused",), "cancel": ("waiting", "sending", "paused")}
            assert before not in allowed[what]

    # --- delivery ---

    @rule(count=st.integers(1, 4), result=st.sampled_from(["sent", "sent", "gone", "retry", "throttled", "in flight"]))
    def deliver(self, count: int, result: str) -> None:
        for _ in range(count):
            quiet = self.actions.rules.is_quiet(self.now)
            with self.store.writing() as transaction:
                claimed = claim(transaction, self.now, lease=LEASE, quiet=quiet)
            if claimed is None:
                return
            self.check_allowed(claimed, quiet)
            self.in_flight.append(claimed)
            if result != "in flight":
                self.settle(result)

    @rule(result=st.sampled_from(["sent", "gone", "retry", "throttled", "timed out"]))
    def settle(self, result: str) -> None:
        assume(self.in_flight)
        delivery = self.in_flight.pop()
        if result in ("sent", "timed out"):
            self.arrived[delivery.announcement, delivery.to] += 1
        with self.store.writing() as transaction:
            match result:
                case "sent":
                    transaction.settle(delivery, "sent", self.now)
                case "gone":
                    transaction.settle(delivery, "gone", self.now, reason="blocked")
                    transaction.unsubscribe(delivery.to)
                    self.subscribed.pop(delivery.to, None)
                case "throttled":
                    give_back(transaction, delivery, self.now)
                case _:
                    later, unsure = timedelta(seconds=2), result == "timed out"
                    retry(transaction, delivery, self.now, "unreachable", after=later, ambiguous=unsure)

    @rule(arrived=st.booleans())
    def kill(self, arrived: bool) -> None:
        """What was on the wire arrives or not; nobody stores it. The next process takes over."""
        for delivery in self.in_flight:
            self.arrived[delivery.announcement, delivery.to] += arrived
        with self.store.writing() as transaction:
            assert recover(transaction, "telegram", self.now, everything=True) == len(self.in_flight)
        self.in_flight = []

    # --- the clock ---

    @rule(minutes=st.sampled_from([1, 45, 300, 1440, -60, -1440]))
    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def tick(self) -> None:
        with self.store.writing() as transaction:
            fire(self.actions, transaction, self.now)
            finish(self.actions, transaction, self.now)

    # --- what must hold ---

    def check_allowed(self, claimed: Delivery, quiet: bool) -> None:
        found = self.found(claimed.announcement)
        assert found.state == "sending"
        assert found.due <= self.now < found.expires
        assert claimed.to in self.subscribed, "sent to somebody who had stopped"
        assert found.plan.urgent or not quiet

    @invariant()
    def nobody_is_lost_and_nobody_is_added(self) -> None:
        with self.store.writing() as transaction:
            for number, frozen in self.frozen.items():
                assert transaction.report(number).recipients == frozen

    @invariant()
    def nobody_hears_the_same_twice_without_it_being_told(self) -> None:
        with self.store.writing() as transaction:
            for number in self.frozen:
                report = transaction.report(number)
                twice = sum(count > 1 for (found, _), count in self.arrived.items() if found == number)
                assert twice <= report.ambiguous

    @invariant()
    def what_counts_as_sent_has_arrived(self) -> None:
        with self.store.writing() as transaction:
            for number in self.frozen:
                arrived = sum(count > 0 for (found, _), count in self.arrived.items() if found == number)
                assert transaction.report(number).states.get("sent", 0) <= arrived

    def teardown(self) -> None:
        """Let everything end: then every recipient has a final state."""
        if not hasattr(self, "author"):
            return
        self.kill(arrived=False)
        self.now += timedelta(days=40)
        self.tick()
        with self.store.writing() as transaction:
            for number in self.frozen:
                report = transaction.report(number)
                assert report.finished == report.recipients
                found = transaction.announcement(number)
                assert found is not None
                assert found.state in ("done", "cancelled", "expired")
        self.store.close()

    def found(self, number: int) -> Announcement:
        with self.store.writing() as transaction:
            found = transaction.announcement(number)
        assert found is not None
        return found


Life.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestLife = Life.TestCase
