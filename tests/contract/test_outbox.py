"""The contract of the announcement half of a Store: subscribers, staff, the audit log, and the outbox with its states."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.announcements import ending
from bot.delivery.claims import recover
from bot.model import (
    CANCELLED,
    Address,
    Announcement,
    Audience,
    AuditEntry,
    ChannelState,
    Delivery,
    Invite,
    Plan,
    Retention,
    Session,
    Subscription,
)
from bot.model.well_known import STAFF_PAGE
from bot.ports import Store, Transaction
from bot.stores.records.announcements import LAST_RECEIVED
from bot.stores.records.deliveries import NEXT_PENDING
from bot.stores.sqlite.store import SqliteStore
from tests import announcing

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LEASE = timedelta(seconds=40)
BUNG_LAO, PU_NHUNG = "03283", "03241"
ANNA, BINH, CHI = (Address("telegram", str(number)) for number in (11, 12, 13))
ON_ZALO = Address("zalo", "11")


def plan(**more: object) -> Plan:
    given: dict[str, object] = {
        "code": "AB23CD",
        "office": {"vi": "UBND xã Búng Lao"},
        "texts": {"vi": "Mai có lớp học nghề."},
        "audience": Audience((BUNG_LAO,)),
        "lasts": timedelta(hours=5),
    }
    return Plan(**{**given, **more})  # type: ignore[arg-type]


def subscribe(store: Store, *people: Address, place: str = BUNG_LAO, topics: tuple[str, ...] = (), lang: str = "vi") -> None:
    with store.writing() as transaction:
        for address in people:
            transaction.subscribe(Subscription(address, place, topics, lang, NOW))


def announce(store: Store, what: Plan | None = None, *, due: datetime = NOW) -> Announcement:
    """Added, being sent, and frozen."""
    what = what or plan()
    with store.writing() as transaction:
        added = transaction.add_announcement(
            what, "sending", author=1, approver=None, created=NOW, due=due, expires=due + what.lasts
        )
        assert added is not None
        transaction.freeze(added, otherwise="vi")
    return added


def claim(store: Store, at: datetime = NOW, *, quiet: bool = False, served: int = 0) -> Delivery | None:
    with store.writing() as transaction:
        return announcing.claim(transaction, at, lease=LEASE, quiet=quiet, served=served)


def claims(store: Store, at: datetime = NOW) -> list[str]:
    """Everybody who is claimed until nothing is due, by user."""
    found = []
    while (delivery := claim(store, at)) is not None:
        found.append(delivery.to.user)
    return sorted(found)


def finish(transaction: Transaction, now: datetime) -> list[Announcement]:
    """Close what is over; returns those closed, oldest first."""
    ended = [ending.close(transaction, one, now) for one in ending.over(transaction, now)]
    return [one for one in ended if one is not None]


def states(store: Store, number: int) -> dict[str, int]:
    with store.writing() as transaction:
        return {str(state): count for state, count in transaction.report(number).states.items()}


# --- subscribers ------------------------------------------------------------------------------------------------------


def test_a_subscription_comes_back_as_it_was_given(store: Store) -> None:
    wanted = Subscription(ANNA, BUNG_LAO, ("jobs", "housing"), "en", NOW)
    with store.writing() as transaction:
        transaction.subscribe(Subscription(ANNA, PU_NHUNG, (), "vi", NOW))
        transaction.subscribe(wanted)
        assert transaction.subscription(ANNA) == wanted
        assert transaction.subscription(ON_ZALO) is None


@pytest.mark.parametrize(
    ("audience", "count"),
    [
        (Audience(), 4),
        (Audience((BUNG_LAO,)), 3),
        (Audience((BUNG_LAO, PU_NHUNG)), 4),
        (Audience((), ("jobs",)), 3),
        (Audience((BUNG_LAO,), ("housing", "jobs")), 3),
        (Audience((BUNG_LAO,), ("vbsp-loans",)), 1),
        (Audience(("03999",)), 0),
    ],
)
def test_an_audience_is_those_of_the_communes_who_want_the_topics_or_everything(
    store: Store, audience: Audience, count: int
) -> None:
    subscribe(store, ANNA)
    subscribe(store, BINH, topics=("jobs",))
    subscribe(store, CHI, topics=("housing", "jobs"))
    subscribe(store, ON_ZALO, place=PU_NHUNG, topics=("housing",))
    with store.writing() as transaction:
        assert sum(transaction.recipients(audience).values()) == count
    assert sum(states(store, announce(store, plan(audience=audience)).id).values()) == count


def test_recipients_are_counted_by_channel(store: Store) -> None:
    subscribe(store, ANNA, BINH, ON_ZALO)
    with store.writing() as transaction:
        assert transaction.recipients(Audience((BUNG_LAO,))) == {"telegram": 2, "zalo": 1}


def test_stopping_ends_the_subscription_and_what_was_waiting(store: Store) -> None:
    subscribe(store, ANNA, BINH)
    number = announce(store).id
    with store.writing() as transaction:
        transaction.unsubscribe(ANNA)
        assert transaction.subscription(ANNA) is None
    assert claims(store) == [BINH.user]
    assert states(store, number) == {"cancelled": 1, "sending": 1}


def test_a_chat_that_moved_keeps_everything_under_its_new_id(store: Store) -> None:
    subscribe(store, ANNA)
    number = announce(store).id
    with store.writing() as transaction:
        transaction.save_session(Session(ANNA, lang="en", at=NOW))
        transaction.move(ANNA, CHI)
        session = transaction.session(CHI)
        assert session is not None
        assert session.lang == "en"
        assert transaction.subscription(ANNA) is None
    assert claims(store) == [CHI.user]
    assert states(store, number) == {"sending": 1}


# --- staff ------------------------------------------------------------------------------------------------------------


def test_staff_are_known_by_their_chat_and_by_a_number_that_is_never_used_again(store: Store) -> None:
    with store.writing() as transaction:
        first = transaction.add_staff("officer", (BUNG_LAO,), "", ANNA, NOW)
        assert transaction.staff(ANNA) == first == transaction.staff_number(first.number)
        assert transaction.staff(ON_ZALO) is None
        transaction.remove_staff(first.number, NOW)
        assert transaction.staff(ANNA) is None
        assert transaction.staff_number(first.number) is None
        second = transaction.add_staff("admin", (), "Sở", ANNA, NOW)
        assert second.number > first.number
        assert transaction.all_staff() == [second]


def test_somebody_who_joins_again_has_only_the_new_role(store: Store) -> None:
    with store.writing() as transaction:
        transaction.add_staff("admin", (), "", ANNA, NOW)
        again = transaction.add_staff("officer", (BUNG_LAO,), "", ANNA, NOW)
        assert transaction.all_staff() == [again]


def test_an_invitation_works_once_and_only_in_its_time(store: Store) -> None:
    invited = Invite("officer", (BUNG_LAO,), "UBND", NOW + timedelta(hours=1))
    with store.writing() as transaction:
        transaction.add_invite("ABC", invited)
        transaction.add_invite("OLD", Invite("owner", (), "", NOW))
        assert transaction.redeem("abc", NOW) is None
        assert transaction.redeem("OLD", NOW) is None
        assert transaction.redeem("ABC", NOW) == invited
        assert transaction.redeem("ABC", NOW) is None


def test_the_log_is_narrowed_down_and_read_on_behind_a_line(store: Store) -> None:
    with store.writing() as transaction:
        for day, actor, subject in ((0, 3, "case 1"), (0, 4, "case 1"), (1, 3, "case 2"), (2, 3, "case 1")):
            transaction.note(AuditEntry(NOW + timedelta(days=day), actor, "case taken", subject, ""))

    def found(limit: int = 9, subject: str | None = None, **narrowed: Any) -> list[tuple[int, str]]:
        with store.viewing() as view:
            return [(entry.actor, entry.subject) for entry in view.log(limit, subject, **narrowed)]

    assert found(subject="case 1") == [(3, "case 1"), (4, "case 1"), (3, "case 1")]
    assert found(actor=4) == [(4, "case 1")]
    assert found(subject="case 1", actor=3, until=NOW + timedelta(days=2)) == [(3, "case 1")]
    assert found(since=NOW + timedelta(days=1), until=NOW + timedelta(days=2)) == [(3, "case 2")]
    with store.viewing() as view:
        last = view.log(2)[-1].number
    assert found(before=last) == [(4, "case 1"), (3, "case 1")]


def test_nothing_can_change_or_delete_a_line_of_the_audit_log(tmp_path: Path) -> None:
    path = tmp_path / "loaban.db"
    entry = AuditEntry(NOW, 3, "confirmed", "announcement 7", "hash")
    with closing(SqliteStore(path)) as store, store.writing() as transaction:
        transaction.note(entry)
        transaction.note(AuditEntry(NOW, 4, "approved", "announcement 7", ""))
        assert transaction.log(1)[0].action == "approved"
        assert transaction.log(9)[-1] == entry
    with closing(sqlite3.connect(path)) as connection:
        for change in ("UPDATE audit SET actor = 1", "DELETE FROM audit"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(change)


def test_a_draft_is_kept_until_it_is_dropped(store: Store) -> None:
    with store.writing() as transaction:
        transaction.save_draft(ANNA, "one", NOW)
        transaction.save_draft(ANNA, "two", NOW)
        assert transaction.draft(ANNA) == "two"
        transaction.drop_draft(ANNA)
        assert transaction.draft(ANNA) is None


@pytest.mark.parametrize("ends", ["role", "person"])
def test_what_staff_write_on_the_console_is_counted_as_theirs_and_goes_with_them(store: Store, ends: str) -> None:
    with store.writing() as transaction:
        anna, binh = (transaction.add_staff("officer", ("03241",), "", who, NOW).number for who in (ANNA, BINH))
        for number in (anna, binh):
            transaction.save_draft(Address(STAFF_PAGE, str(number)), "{}", NOW)
        assert transaction.personal_data(ANNA)["drafts"] == 1
        if ends == "role":
            transaction.remove_staff(anna, NOW)
        else:
            assert transaction.forget(ANNA) == 2
        assert [transaction.draft(Address(STAFF_PAGE, str(number))) for number in (anna, binh)] == [None, "{}"]


# --- announcements ----------------------------------------------------------------------------------------------------


def test_a_plan_comes_back_exactly_and_with_the_same_fingerprint(store: Store) -> None:
    full = plan(
        texts={"vi": "Giá {x} \N{PILE OF POO}", "en": "Price"},
        audience=Audience((BUNG_LAO,), ("jobs",)),
        photo="telegram:abc",
        due=NOW,
        rule="30 7 * * mon",
        must=True,
        urgent=True,
    )
    number = announce(store, full).id
    with store.writing() as transaction:
        found = transaction.announcement(number)
    assert found is not None
    assert found.plan == full
    assert found.plan.fingerprint() == full.fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        {"code": "AB23CE"},
        {"office": {"vi": "UBND xã khác"}},
        {"texts": {"vi": "Mai có lớp học nghề!"}},
        {"audience": Audience((BUNG_LAO,), ("jobs",))},
        {"audience": Audience()},
        {"lasts": timedelta(hours=6)},
        {"photo": "telegram:1"},
        {"due": NOW},
        {"rule": "30 7 * * mon"},
        {"must": True},
        {"urgent": True},
    ],
)
def test_every_change_of_a_plan_changes_its_fingerprint(change: dict[str, object]) -> None:
    assert plan(**change).fingerprint() != plan().fingerprint()


def test_an_occurrence_is_stored_once(store: Store) -> None:
    parent = announce(store, plan(rule="30 7 * * mon")).id
    with store.writing() as transaction:
        added = [
            transaction.add_announcement(
                plan(), "sending", author=1, approver=None, created=NOW, due=due, expires=NOW, parent=parent
            )
            for due in (NOW, NOW, NOW + timedelta(days=7))
        ]
    assert [a is not None for a in added] == [True, False, True]


def test_the_code_leads_to_the_newest_announcement_that_went_out(store: Store) -> None:
    subscribe(store, ANNA)
    announce(store)
    newest = announce(store)
    with store.writing() as transaction:
        transaction.add_announcement(plan(), "waiting", author=1, approver=None, created=NOW, due=NOW, expires=NOW)
        transaction.add_announcement(plan(code="ZZ99ZZ"), "waiting", author=1, approver=None, created=NOW, due=NOW, expires=NOW)
        found = transaction.announced("AB23CD")
        assert transaction.announced("ZZ99ZZ") is None, "what nobody approved is not genuine yet"
        assert transaction.announced("XX22XX") is None
    assert found is not None
    assert found.id == newest.id


def test_a_person_is_known_to_have_got_what_arrived_last_and_nothing_older(store: Store) -> None:
    def last(address: Address, since: datetime = NOW) -> tuple[str, str, datetime] | None:
        with store.writing() as transaction:
            found = transaction.last_received(address, since)
        return (found[0].plan.code, found[1], found[2]) if found else None

    subscribe(store, ANNA, lang="en")
    subscribe(store, BINH)
    announce(store, plan(code="AAAAA2", texts={"vi": "Một.", "en": "One."}))
    assert last(ANNA) is None  # still on its way
    for _ in range(2):
        delivery = claim(store)
        assert delivery is not None
        with store.writing() as transaction:
            transaction.settle(delivery, "sent" if delivery.to == ANNA else "failed", NOW + timedelta(minutes=1))
    assert last(ANNA) == ("AAAAA2", "en", NOW + timedelta(minutes=1))
    assert last(BINH) is None  # it did not arrive
    assert last(ANNA, NOW + timedelta(minutes=2)) is None
    announce(store, plan(code="BBBBB2"), due=NOW + timedelta(hours=1))
    for _ in range(2):
        delivery = claim(store, NOW + timedelta(hours=1))
        assert delivery is not None
        with store.writing() as transaction:
            transaction.settle(delivery, "sent", NOW + timedelta(hours=1))
    assert last(ANNA) == ("BBBBB2", "vi", NOW + timedelta(hours=1))
    with store.writing() as transaction:
        transaction.forget(ANNA)
    assert last(ANNA) is None
    assert last(BINH) == ("BBBBB2", "vi", NOW + timedelta(hours=1))


def test_an_officer_is_listed_what_lies_within_the_own_communes_only(store: Store) -> None:
    own = announce(store).id
    announce(store, plan(audience=Audience((BUNG_LAO, PU_NHUNG))))
    announce(store, plan(audience=Audience((PU_NHUNG,))))
    whole = announce(store, plan(audience=Audience())).id
    with store.writing() as transaction:
        assert [a.id for a in transaction.announcements((BUNG_LAO,))] == [own]
        assert [a.id for a in transaction.announcements((BUNG_LAO, PU_NHUNG))] == [3, 2, 1]
        assert [a.id for a in transaction.announcements(None, limit=1)] == [whole]
        assert transaction.announcements(None, states=("paused",)) == []
        assert transaction.announcements(None, author=99) == []


# --- deliveries -------------------------------------------------------------------------------------------------------


def test_the_audience_is_frozen_when_it_is_approved(store: Store) -> None:
    subscribe(store, ANNA)
    number = announce(store).id
    subscribe(store, BINH)
    assert claims(store) == [ANNA.user]
    assert states(store, number) == {"sending": 1}


def test_each_recipient_gets_a_language_there_is_a_text_in(store: Store) -> None:
    subscribe(store, ANNA, lang="en")
    subscribe(store, BINH, lang="hmn")
    announce(store, plan(texts={"vi": "Mai", "en": "Tomorrow"}))
    first, second = claim(store), claim(store)
    assert first is not None
    assert second is not None
    assert {first.to: first.lang, second.to: second.lang} == {ANNA: "en", BINH: "vi"}


def test_a_claim_is_nobody_elses_until_it_is_settled(store: Store) -> None:
    subscribe(store, ANNA)
    number = announce(store).id
    delivery = claim(store)
    assert delivery is not None
    assert delivery.attempt == 1
    assert claim(store) is None
    with store.writing() as transaction:
        transaction.settle(delivery, "sent", NOW, external_id="77")
    assert claim(store) is None
    assert states(store, number) == {"sent": 1}


def test_a_result_of_a_claim_that_was_taken_back_changes_nothing(store: Store) -> None:
    subscribe(store, ANNA)
    number = announce(store, plan(must=True)).id
    late = claim(store)
    with store.writing() as transaction:
        assert recover(transaction, "telegram", NOW, everything=True) == 1
    second = claim(store)
    assert late is not None
    assert second is not None
    assert second.attempt == 2
    with store.writing() as transaction:
        transaction.settle(late, "failed", NOW, reason="bug")
        assert dict(transaction.report(number).states) == {"sending": 1}


def test_a_retry_waits_for_its_time_and_a_claim_given_back_does_not_count(store: Store) -> None:
    subscribe(store, ANNA)
    announce(store)
    delivery = claim(store)
    assert delivery is not None
    with store.writing() as transaction:
        transaction.retry(delivery, NOW + timedelta(seconds=30), "unreachable", ambiguous=True)
    assert claim(store, NOW + timedelta(seconds=29)) is None
    again = claim(store, NOW + timedelta(seconds=30))
    assert again is not None
    assert again.attempt == 2
    with store.writing() as transaction:
        transaction.give_back(again)
    third = claim(store, NOW + timedelta(seconds=30))
    assert third is not None
    assert third.attempt == 2


@pytest.mark.parametrize(("must", "state"), [(True, "pending"), (False, "unknown")])
def test_a_claim_that_a_crash_left_behind_is_sent_again_only_where_it_must_reach(store: Store, must: bool, state: str) -> None:
    subscribe(store, ANNA)
    number = announce(store, plan(must=must)).id
    claim(store)
    with store.writing() as transaction:
        assert recover(transaction, "telegram", NOW + LEASE, everything=False) == 0
        assert recover(transaction, "telegram", NOW + LEASE + timedelta(seconds=1), everything=False) == 1
        report = transaction.report(number)
    assert dict(report.states) == {state: 1}
    assert report.ambiguous == 1


def test_only_urgent_announcements_go_out_in_the_quiet_hours_and_they_go_first(store: Store) -> None:
    subscribe(store, ANNA)
    ordinary = announce(store).id
    urgent = announce(store, plan(urgent=True)).id
    first = claim(store, quiet=True)
    assert first is not None
    assert first.announcement == urgent
    assert claim(store, quiet=True) is None
    second = claim(store)
    assert second is not None
    assert second.announcement == ordinary


def test_announcements_take_turns(store: Store) -> None:
    subscribe(store, ANNA, BINH)
    announce(store)
    announce(store)
    served, order = 0, []
    while (delivery := claim(store, served=served)) is not None:
        served = delivery.announcement
        order.append(served)
    assert order == [1, 2, 1, 2]


@pytest.mark.parametrize(("shift", "found"), [(-1, 0), (0, 1), (4, 1), (5, 0)])
def test_nothing_goes_out_before_its_time_or_after_it(store: Store, shift: int, found: int) -> None:
    subscribe(store, ANNA)
    announce(store)
    assert len(claims(store, NOW + timedelta(hours=shift))) == found


@pytest.mark.parametrize("state", ["waiting", "repeating", "paused", "done", "cancelled", "expired"])
def test_nothing_is_claimed_of_an_announcement_that_is_not_being_sent(store: Store, state: str) -> None:
    subscribe(store, ANNA)
    number = announce(store).id
    with store.writing() as transaction:
        transaction.change(number, state)  # type: ignore[arg-type]
    assert claim(store) is None


def test_what_is_over_is_closed_and_says_how(store: Store) -> None:
    subscribe(store, ANNA, BINH)
    whole, half, none, waiting, running = (announce(store) for _ in range(5))
    late = NOW + timedelta(hours=6)
    with store.writing() as transaction:
        transaction.change(waiting.id, "waiting")
        transaction.change(running.id, "sending", expires=late + timedelta(hours=1))
    for number, count in ((whole.id, 2), (half.id, 1)):
        for _ in range(count):
            delivery = claim(store, served=number - 1)
            assert delivery is not None
            assert delivery.announcement == number
            with store.writing() as transaction:
                transaction.settle(delivery, "sent", NOW)
    with store.writing() as transaction:
        assert [(a.id, a.state, a.reason) for a in finish(transaction, NOW)] == [(whole.id, "done", "")]
        closed = {a.id: (a.state, a.reason) for a in finish(transaction, late)}
        assert closed == {
            half.id: ("done", "partly too late"),
            none.id: ("expired", "too late"),
            waiting.id: ("expired", "not approved"),
        }
        assert finish(transaction, late) == []
    assert states(store, half.id) == {"sent": 1, "expired": 1}


def test_a_delivery_on_its_way_keeps_an_announcement_open(store: Store) -> None:
    subscribe(store, ANNA)
    announce(store)
    delivery = claim(store)
    assert delivery is not None
    with store.writing() as transaction:
        assert finish(transaction, NOW + timedelta(days=1)) == []
        transaction.settle(delivery, "sent", NOW)
        assert [a.state for a in finish(transaction, NOW + timedelta(days=1))] == ["done"]


def test_the_report_tells_who_got_it_who_did_not_and_why(store: Store) -> None:
    people = [Address("telegram", str(number)) for number in range(6)]
    subscribe(store, *people)
    number = announce(store).id
    results = [("sent", ""), ("sent", ""), ("gone", "blocked"), ("failed", "refused"), ("unknown", "interrupted")]
    for second, (state, reason) in enumerate(results):
        delivery = claim(store)
        assert delivery is not None
        with store.writing() as transaction:
            transaction.settle(delivery, state, NOW + timedelta(seconds=4 * second), reason=reason)  # type: ignore[arg-type]
    with store.writing() as transaction:
        report = transaction.report(number)
        assert transaction.progress(number) == (2, 6), "it arrived at two"
        assert transaction.progress(99) == (0, 0)
    assert report.recipients == 6
    assert report.finished == 5
    assert dict(report.states) == {"sent": 2, "gone": 1, "failed": 1, "unknown": 1, "pending": 1}
    assert dict(report.reasons) == {("gone", "blocked"): 1, ("failed", "refused"): 1, ("unknown", "interrupted"): 1}
    assert (report.first, report.last, report.rate) == (NOW, NOW + timedelta(seconds=4), 0.25)
    assert dict(report.channels) == {"telegram": 6}


def test_the_report_stays_the_same_when_people_are_forgotten_and_rows_become_counts(store: Store) -> None:
    subscribe(store, ANNA, BINH, CHI)
    number = announce(store).id
    for second in range(2):
        delivery = claim(store)
        assert delivery is not None
        with store.writing() as transaction:
            transaction.settle(delivery, "sent", NOW + timedelta(seconds=second))
    with store.writing() as transaction:
        transaction.forget(ANNA)
        finish(transaction, NOW + timedelta(days=1))
        before = transaction.report(number)
    keep = Retention(deliveries=timedelta(days=60))
    for days, kept in ((60, 1), (61, 0), (62, 0)):
        store.purge(NOW + timedelta(days=days), keep)
        with store.writing() as transaction:
            after = transaction.report(number)
            assert transaction.personal_data(BINH)["deliveries"] == kept
    assert after == before
    assert after.recipients == 3
    assert after.states["sent"] == 2


# --- channels ---------------------------------------------------------------------------------------------------------


def test_the_state_of_a_channel_is_kept(store: Store) -> None:
    asked = ChannelState(quiet_since=NOW, quiet_for=30.0, failing_since=NOW)
    with store.writing() as transaction:
        assert transaction.channel_state("telegram") == ChannelState()
        transaction.save_channel_state("telegram", asked)
        transaction.lead("telegram", "a", NOW, lapse=LEASE)
        assert transaction.channel_state("telegram") == replace(asked, led_until=NOW + LEASE)
        transaction.save_channel_state("telegram", ChannelState())
        assert transaction.channel_state("telegram") == ChannelState(led_until=NOW + LEASE)
        assert transaction.channel_state("zalo") == ChannelState()


def test_who_is_due_soon_is_due_now_when_that_is_asked_for_and_who_has_to_write_first_is_not(store: Store) -> None:
    later, much_later = NOW + timedelta(minutes=5), NOW + timedelta(minutes=30)
    subscribe(store, *(Address("telegram", str(number)) for number in range(4)))
    number = announce(store).id
    with store.writing() as transaction:
        for due in (later, much_later, None):
            claimed = transaction.claim(number, "telegram", due=NOW, beyond=much_later, until=NOW + LEASE)
            assert claimed is not None
            transaction.hold(claimed) if due is None else transaction.retry(claimed, due, "unreachable", ambiguous=False)
        transaction.hasten(number, "telegram", NOW, until=NOW + timedelta(minutes=10))
        due_now = [transaction.claim(number, "telegram", due=NOW, beyond=much_later, until=NOW + LEASE) for _ in range(3)]
    assert [one is not None for one in due_now] == [True, True, False]


@pytest.mark.parametrize(("after", "left"), [(0, 30.0), (10, 20.0), (30, 0.0), (9999, 0.0), (-86400, 30.0)])
def test_a_silence_ends_in_time_and_a_clock_turned_back_does_not_prolong_it(after: int, left: float) -> None:
    assert ChannelState(NOW, 30.0).quiet_left(NOW + timedelta(seconds=after)) == left


def test_one_process_leads_until_it_falls_silent(store: Store) -> None:
    lapse = timedelta(seconds=3)

    def lead(owner: str, seconds: float) -> str:
        with store.writing() as transaction:
            return transaction.lead("telegram", owner, NOW + timedelta(seconds=seconds), lapse=lapse)

    assert lead("a", 0) == "new"
    assert lead("b", 1) == "theirs"
    assert lead("a", 2) == "ours"
    assert lead("b", 4) == "theirs"
    assert lead("b", 5.1) == "new"
    assert lead("a", 6) == "theirs"
    assert lead("a", -86400) == "new", "after the clock was turned back nobody has to wait a day"


# --- what only SQLite promises ----------------------------------------------------------------------------------------


def test_the_next_recipient_is_found_by_its_index(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "loaban.db")):
        pass
    with closing(sqlite3.connect(tmp_path / "loaban.db")) as connection:
        steps = connection.execute(f"EXPLAIN QUERY PLAN {NEXT_PENDING}", (1, "telegram", "")).fetchall()
    assert len(steps) == 1
    assert "deliveries_pending (announcement=? AND channel=? AND due<?)" in steps[0][-1]


def test_what_a_person_got_last_is_found_without_looking_at_everybody(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "plan.db")):
        pass
    with closing(sqlite3.connect(tmp_path / "plan.db")) as database:
        steps = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {LAST_RECEIVED}", ("", "telegram", "1", ""))]
    assert not any(step.startswith("SCAN") for step in steps), steps
    assert any("announcement=? AND channel=? AND user=?" in step for step in steps), steps


def test_what_was_cancelled_has_arrived_at_nobody_more(store: Store) -> None:
    subscribe(store, *(Address("telegram", str(number)) for number in range(3)))
    number = announce(store).id
    delivery = claim(store)
    assert delivery is not None
    with store.writing() as transaction:
        transaction.settle(delivery, "sent", NOW)
        transaction.change(number, "cancelled", reason="by staff")
        transaction.end_pending(number, "cancelled", NOW, reason=CANCELLED)
        assert transaction.progress(number) == (1, 3)
    store.purge(NOW + timedelta(days=400))
    with store.writing() as transaction:
        assert transaction.progress(number) == (1, 3), "also when its deliveries have become counts"
