"""Who may do what with which announcement: the whole table, held against the actions themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.announcements.actions import NOT_FOUND, AnnouncementActions
from bot.announcements.authority import NOT_STAFF, NOT_YOURS, OWN_WORK
from bot.announcements.notifier import Notifier
from bot.announcements.policy import AnnouncementPolicy
from bot.channels.telegram import TELEGRAM
from bot.errors import Refusal
from bot.i18n import Words
from bot.model import COMMAND_LINE, Address, AnnouncementState, Audience, Plan, Role, Subscription
from bot.service.cron import next_time
from bot.stores.records.transaction import RecordTransaction
from bot.stores.sqlite.store import SqliteStore

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
OWN, OTHER = "03301", "03158"
AUDIENCES = {"own": (OWN,), "own and foreign": (OWN, OTHER), "foreign": (OTHER,), "whole province": ()}
SOMEBODY = 99  # wrote what the others look at

# Owners and admins speak for everybody, officers for their communes and never for the whole province.
TABLE = """
role     audience          announce  see  approve  pause  resume  cancel
owner    own               yes       yes  yes      yes    yes     yes
owner    own and foreign   yes       yes  yes      yes    yes     yes
owner    foreign           yes       yes  yes      yes    yes     yes
owner    whole province    yes       yes  yes      yes    yes     yes
admin    own               yes       yes  yes      yes    yes     yes
admin    own and foreign   yes       yes  yes      yes    yes     yes
admin    foreign           yes       yes  yes      yes    yes     yes
admin    whole province    yes       yes  yes      yes    yes     yes
officer  own               yes       yes  yes      yes    yes     yes
officer  own and foreign   no        no   no       no     no      no
officer  foreign           no        no   no       no     no      no
officer  whole province    no        no   no       no     no      no
nobody   own               no        no   no       no     no      no
nobody   own and foreign   no        no   no       no     no      no
nobody   foreign           no        no   no       no     no      no
nobody   whole province    no        no   no       no     no      no
"""


def rows() -> list[tuple[str, str, str, bool]]:
    """(role, audience, action, allowed) for every cell of the table."""
    header, *lines = (tuple(filter(None, map(str.strip, line.split("  ")))) for line in TABLE.strip().splitlines())
    cells = []
    for role, audience, *allowed in lines:
        cells += [(role, audience, action, one == "yes") for action, one in zip(header[2:], allowed, strict=True)]
    return cells


Act = Callable[[AnnouncementActions, RecordTransaction, int, Plan, int], object]
ACTIONS: dict[str, Act] = {
    "announce": lambda actions, all_, actor, plan, _: actions.confirm(all_, actor, plan, NOW).announcement,
    "see": lambda actions, all_, actor, _, number: actions.find(all_, actor, number),
    "approve": lambda actions, all_, actor, plan, number: actions.approve(all_, actor, number, plan.fingerprint(), NOW),
    "pause": lambda actions, all_, actor, _, number: actions.pause(all_, actor, number, NOW),
    "resume": lambda actions, all_, actor, _, number: actions.resume(all_, actor, number, NOW),
    "cancel": lambda actions, all_, actor, _, number: actions.cancel(all_, actor, number, NOW),
}
BEFORE: dict[str, AnnouncementState] = {"approve": "waiting", "pause": "sending", "resume": "paused", "cancel": "sending"}
AFTER: dict[str, AnnouncementState] = {"approve": "sending", "pause": "paused", "resume": "sending", "cancel": "cancelled"}


def rules_for(limit: int) -> AnnouncementActions:
    rules = AnnouncementPolicy(limit, (), timedelta(hours=6), (time(21), time(6, 30)), {"telegram": TELEGRAM.capabilities})
    return AnnouncementActions(rules, Notifier({"vi": Words("vi", {})}, "vi"), next_time)


@pytest.fixture
def actions() -> AnnouncementActions:
    return rules_for(10)


@contextmanager
def fresh() -> Iterator[RecordTransaction]:
    store = SqliteStore(":memory:")
    with closing(store), store.writing() as transaction:
        yield transaction


def plan_for(*places: str) -> Plan:
    return Plan("AB23CD", {"vi": "UBND"}, {"vi": "Mai có lớp học nghề."}, Audience(places), timedelta(hours=6))


def somebody(transaction: RecordTransaction, role: str) -> int:
    """The number of a new member of staff; of one who was revoked, for nobody."""
    places = (OWN,) if role in ("officer", "nobody") else ()
    known: Role = "owner" if role == "owner" else "admin" if role == "admin" else "officer"
    number = transaction.add_staff(known, places, "", Address("telegram", "1"), NOW).number
    if role == "nobody":
        transaction.remove_staff(number, NOW)
    return number


def announced(transaction: RecordTransaction, plan: Plan, state: AnnouncementState, author: int = SOMEBODY) -> int:
    added = transaction.add_announcement(
        plan, state, author=author, approver=None, created=NOW, due=NOW, expires=NOW + plan.lasts
    )
    assert added is not None
    return added.id


@pytest.mark.parametrize(("role", "audience", "action", "allowed"), rows())
def test_the_table_holds(actions: AnnouncementActions, role: str, audience: str, action: str, allowed: bool) -> None:
    plan = plan_for(*AUDIENCES[audience])
    with fresh() as transaction:
        for number, place in enumerate((OWN, OTHER)):
            transaction.subscribe(Subscription(Address("telegram", f"5{number}"), place, (), "vi", NOW))
        actor = somebody(transaction, role)
        before = BEFORE.get(action, "sending")
        number = announced(transaction, plan, before)
        if allowed:
            ACTIONS[action](actions, transaction, actor, plan, number)
            found = transaction.announcement(number)
            assert found is not None
            assert found.state == AFTER.get(action, before)
            assert len(transaction.announcements(None)) == (2 if action == "announce" else 1)
            return
        with pytest.raises(Refusal):
            ACTIONS[action](actions, transaction, actor, plan, number)
        found = transaction.announcement(number)
        assert found is not None
        assert found.state == before, "what is refused changes nothing"
        assert len(transaction.announcements(None)) == 1
        assert transaction.log(10) == []


def test_the_table_is_whole() -> None:
    wanted = {
        (role, audience, action)
        for role in ("owner", "admin", "officer", "nobody")
        for audience in AUDIENCES
        for action in ACTIONS
    }
    assert {cell[:3] for cell in rows()} == wanted


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("role", ["owner", "admin", "officer", "nobody"])
def test_a_list_holds_what_may_be_seen(actions: AnnouncementActions, role: str, audience: str) -> None:
    with fresh() as transaction:
        actor = somebody(transaction, role)
        number = announced(transaction, plan_for(*AUDIENCES[audience]), "sending")
        if role == "nobody":
            with pytest.raises(Refusal, match=NOT_STAFF[:20]):
                actions.newest(transaction, actor, 8)
            return
        seen = (role, audience, "see", True) in rows()
        assert [one.id for one in actions.newest(transaction, actor, 8)] == ([number] if seen else [])


def test_whoever_sits_at_the_server_may_do_everything(actions: AnnouncementActions) -> None:
    with fresh() as transaction:
        transaction.subscribe(Subscription(Address("telegram", "5"), OWN, (), "vi", NOW))
        for action, act in ACTIONS.items():
            number = announced(transaction, plan_for(), BEFORE.get(action, "sending"))
            act(actions, transaction, COMMAND_LINE, plan_for(), number)


@pytest.mark.parametrize("role", ["owner", "admin", "officer"])
def test_nobody_approves_what_they_wrote(actions: AnnouncementActions, role: str) -> None:
    with fresh() as transaction:
        author = somebody(transaction, role)
        number = announced(transaction, plan_for(OWN), "waiting", author)
        with pytest.raises(Refusal) as refused:
            actions.approve(transaction, author, number, plan_for(OWN).fingerprint(), NOW)
        with pytest.raises(Refusal):
            actions.turn_down(transaction, author, number, plan_for(OWN).fingerprint(), NOW)
        assert refused.value.message == OWN_WORK


def test_somebody_elses_announcement_is_told_from_none_by_nothing(actions: AnnouncementActions) -> None:
    with fresh() as transaction:
        actor = somebody(transaction, "officer")
        number = announced(transaction, plan_for(OTHER), "sending")
        for looked_for in (number, number + 1):
            with pytest.raises(Refusal) as refused:
                actions.find(transaction, actor, looked_for)
            assert (refused.value.message, refused.value.values) == (NOT_FOUND, {"number": looked_for})


def test_a_preview_is_refused_like_sending(actions: AnnouncementActions) -> None:
    """It tells how many people a commune has, and who may approve."""
    with fresh() as transaction:
        actor = somebody(transaction, "officer")
        for audience in ((OTHER,), (OWN, OTHER), ()):
            with pytest.raises(Refusal) as refused:
                actions.preview(transaction, actor, plan_for(*audience), NOW)
            assert refused.value.message == NOT_YOURS


def test_a_role_that_ends_ends_at_once(actions: AnnouncementActions) -> None:
    with fresh() as transaction:
        transaction.subscribe(Subscription(Address("telegram", "5"), OWN, (), "vi", NOW))
        actor = somebody(transaction, "officer")
        actions.preview(transaction, actor, plan_for(OWN), NOW)
        transaction.remove_staff(actor, NOW)
        with pytest.raises(Refusal) as refused:
            actions.confirm(transaction, actor, plan_for(OWN), NOW)
        assert refused.value.message == NOT_STAFF


def test_other_communes_count_from_the_next_action_on(actions: AnnouncementActions) -> None:
    with fresh() as transaction:
        transaction.subscribe(Subscription(Address("telegram", "5"), OTHER, (), "vi", NOW))
        address = Address("telegram", "1")
        before = transaction.add_staff("officer", (OTHER,), "", address, NOW).number
        number = announced(transaction, plan_for(OTHER), "sending", before)
        after = transaction.add_staff("officer", (OWN,), "", address, NOW).number
        for actor in (before, after):
            with pytest.raises(Refusal):
                actions.pause(transaction, actor, number, NOW)


def test_only_those_who_may_approve_are_asked() -> None:
    with fresh() as transaction:
        transaction.subscribe(Subscription(Address("telegram", "5"), OWN, (), "vi", NOW))
        people: dict[str, tuple[Role, tuple[str, ...]]] = {
            "owner": ("owner", ()),
            "admin": ("admin", ()),
            "neighbour": ("officer", (OTHER,)),
            "colleague": ("officer", (OTHER, OWN)),
            "author": ("officer", (OWN,)),
            "gone": ("officer", (OWN,)),
        }
        numbers = {
            name: transaction.add_staff(role, places, "", Address("telegram", name), NOW).number
            for name, (role, places) in people.items()
        }
        transaction.remove_staff(numbers["gone"], NOW)
        rules_for(0).confirm(transaction, numbers["author"], plan_for(OWN), NOW)
        asked = transaction.execute("SELECT DISTINCT user FROM replies").fetchall()
        assert {user for (user,) in asked} == {"owner", "admin", "colleague"}
