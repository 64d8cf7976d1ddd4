"""The contract of `CaseRecords`: what the hand-off relies on, whichever database is behind it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.engine import Engine
from bot.errors import Refusal
from bot.model import OPEN_CASES, Address, Button, Case, CaseMessage, GroupLink, Reply, Retention
from bot.ports import Store, Transaction
from tests.at_the_desk import BUNG_LAO, MUONG_ANG, Village
from tests.stores import Open

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=30)
FARTHEST = AT + timedelta(days=60)
ANNA = Address("zalo-bot", "918273645546372819")
BINH = Address("telegram", "102938475665748392")
OFFICER = Address("telegram", "77")
GROUP = Address("telegram", "-1001")


def a_case(store: Store, resident: Address = ANNA, place: str = BUNG_LAO, at: datetime = AT) -> Case:
    with store.writing() as transaction:
        return transaction.open_case(resident, place, "jobs", "vi", "câu hỏi", at, at + timedelta(minutes=30))


def change(store: Store, case: Case) -> Case:
    with store.writing() as transaction:
        transaction.save_case(case)
    return case


def numbers(cases: list[Case]) -> list[int]:
    return [case.number for case in cases]


# --- cases ------------------------------------------------------------------------------------------------------------


def test_a_case_comes_back_as_it_was_also_after_reopening(opened: Open) -> None:
    store = opened()
    case = a_case(store)
    assert case == Case(1, ANNA, BUNG_LAO, "jobs", "vi", "câu hỏi", "waiting", None, AT, AT, LATER)
    owned = change(
        store, replace(case, state="owned", owner=3, touched=LATER, due=None, reminders=2, reason="idle", muted=True)
    )
    with opened().writing() as transaction:
        assert transaction.case(1) == owned
        assert transaction.case_of(ANNA) == owned
        assert transaction.case(2) is None


def test_nobody_has_two_open_cases_and_a_new_one_comes_after_the_end(store: Store) -> None:
    case = a_case(store)
    with pytest.raises(Exception, match=r"(?i)unique"):
        a_case(store)
    change(store, replace(case, state="closed"))
    assert a_case(store).number > 1
    with store.writing() as transaction:
        assert [transaction.case_of(who) is not None for who in (ANNA, BINH)] == [True, False]


def test_a_number_is_never_used_again(opened: Open) -> None:
    store = opened()
    a_case(store)
    with store.writing() as transaction:
        transaction.forget(ANNA)
    assert a_case(opened()).number == 2


def test_cases_are_listed_oldest_first_by_commune_state_and_owner(store: Store) -> None:
    first, second = a_case(store), a_case(store, BINH, MUONG_ANG)
    third = a_case(store, Address("zalo-oa", "1"))
    change(store, replace(second, state="owned", owner=7))
    change(store, replace(third, state="closed"))
    with store.writing() as transaction:
        assert numbers(transaction.cases(None, states=OPEN_CASES)) == [1, 2]
        assert numbers(transaction.cases(None, states=OPEN_CASES, limit=1)) == [first.number]
        assert numbers(transaction.cases((MUONG_ANG,), states=("waiting", "owned", "closed"))) == [2]
        assert numbers(transaction.cases((), states=("waiting", "owned", "closed"))) == []
        assert numbers(transaction.cases(None, states=("owned",), owner=7)) == [2]
        assert numbers(transaction.cases(None, states=("owned",), owner=8)) == []
        assert numbers(transaction.cases(None, states=("closed",))) == [3]


def test_cases_of_one_person_are_counted_since_a_moment(store: Store) -> None:
    change(store, replace(a_case(store), state="closed"))
    a_case(store)
    a_case(store, BINH)
    with store.writing() as transaction:
        assert transaction.cases_opened(ANNA, AT) == 2
        assert transaction.cases_opened(ANNA, AT + timedelta(seconds=1)) == 0
        assert transaction.cases_opened(Address("zalo-oa", ANNA.user), AT) == 0


def test_those_are_due_whose_time_has_come_and_those_of_a_clock_that_was_wrong(store: Store) -> None:
    a_case(store)
    late = change(store, replace(a_case(store, BINH), state="owned", owner=1, due=AT + timedelta(days=90)))
    with store.writing() as transaction:
        assert numbers(transaction.due_cases(LATER - timedelta(seconds=1), FARTHEST)) == [late.number]
        assert numbers(transaction.due_cases(LATER, FARTHEST)) == [1, 2]
        assert numbers(transaction.due_cases(LATER, AT + timedelta(days=91))) == [1]
        transaction.save_case(replace(late, due=None))
        assert numbers(transaction.due_cases(LATER, FARTHEST)) == [1]
        transaction.save_case(replace(late, state="closed"))
        assert numbers(transaction.due_cases(AT + timedelta(days=99), FARTHEST + timedelta(days=99))) == [1]


def test_those_are_idle_in_which_nobody_has_written_since(store: Store) -> None:
    a_case(store)
    change(store, replace(a_case(store, BINH), state="owned", owner=1))
    with store.writing() as transaction:
        assert transaction.cases(None, states=("owned",), untouched_since=AT) == []
        assert numbers(transaction.cases(None, states=("owned",), untouched_since=AT + timedelta(milliseconds=1))) == [2]
        assert numbers(transaction.cases(None, states=("waiting",), untouched_since=AT + timedelta(milliseconds=1))) == [1]


def test_a_case_is_ownerless_when_its_owner_is_no_longer_staff(store: Store) -> None:
    case = a_case(store)
    with store.writing() as transaction:
        staff = transaction.add_staff("officer", (BUNG_LAO,), "", OFFICER, AT)
        assert transaction.ownerless_cases() == []
        transaction.save_case(replace(case, state="owned", owner=staff.number))
        assert transaction.ownerless_cases() == []
        transaction.remove_staff(staff.number, AT)
        assert numbers(transaction.ownerless_cases()) == [1]
        transaction.save_case(replace(case, state="closed", owner=staff.number))
        assert transaction.ownerless_cases() == []


def test_the_messages_of_a_case_stay_in_their_order_with_what_came_along(store: Store) -> None:
    case = a_case(store)
    messages = [
        CaseMessage(None, "thêm", AT),
        CaseMessage(3, "ảnh {đây} 100%", LATER, photo="telegram:p"),
        CaseMessage(None, "", LATER, file="zalo-bot:voice:v"),
    ]
    with store.writing() as transaction:
        for message in messages:
            transaction.add_message(case.number, message)
        transaction.add_message(9, CaseMessage(None, "of another", AT))
        assert transaction.messages(case.number) == messages


def test_of_two_threads_that_take_a_case_one_gets_it(engine: Engine, store: Store) -> None:
    village = Village(engine, store)
    officers = [village.staff(str(number), "officer", BUNG_LAO) for number in range(8)]
    a_case(store)
    start, refused = threading.Barrier(len(officers)), []

    def take(number: int) -> None:
        start.wait()
        try:
            with store.writing() as transaction:
                village.desk.cases.take(transaction, number, 1, AT)
        except Refusal as error:
            refused.append(error)

    threads = [threading.Thread(target=take, args=(officer.number,)) for officer in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == len(officers) - 1
    with store.writing() as transaction:
        assert [entry.action for entry in transaction.log(10)] == ["case taken"]


def test_a_role_that_ends_in_another_process_ends_before_or_after_an_answer(engine: Engine, opened: Open) -> None:
    """The command line has its own connection: what it ended before, counts; nothing is half done."""
    serving, at_the_server = opened(), opened()
    village = Village(engine, serving)
    officer = village.staff("77", "officer", BUNG_LAO)
    a_case(serving)
    with at_the_server.writing() as transaction:
        transaction.remove_staff(officer.number, AT)
    with pytest.raises(Refusal), serving.writing() as transaction:
        village.desk.cases.answer(transaction, officer.number, 1, CaseMessage(None, "không gửi", AT))
    assert serving.due_replies(ANNA.channel) == []
    with serving.writing() as transaction:
        assert transaction.messages(1) == []


# --- messages of ours -------------------------------------------------------------------------------------------------


def queued(store: Store, to: Address, case: int | None) -> int:
    with store.writing() as transaction:
        transaction.queue(to, [Reply("một việc", (Button("Nhận", "staff:case-take:1"),), case=case)], AT)
    return store.due_replies(to.channel)[-1].id


def test_a_delivered_message_leads_to_its_case_in_its_chat_alone(store: Store) -> None:
    a_case(store)
    store.delivered([queued(store, OFFICER, 1)], "m1")
    store.delivered([queued(store, OFFICER, None)], "m2")
    store.delivered([queued(store, OFFICER, 1)])
    with store.writing() as transaction:
        assert transaction.case_behind(OFFICER, "m1") == 1
        assert transaction.case_behind(OFFICER, "m2") is None
        assert transaction.case_behind(GROUP, "m1") is None
        assert transaction.case_behind(replace(OFFICER, channel="zalo-bot"), "m1") is None
        assert [transaction.was_told(who, 1) for who in (OFFICER, GROUP)] == [True, False]
        assert not transaction.was_told(OFFICER, 2)


def test_the_case_of_a_message_travels_with_it(store: Store) -> None:
    a_case(store)
    queued(store, OFFICER, 1)
    assert store.due_replies("telegram")[-1].reply.case == 1


def test_a_message_that_is_noted_twice_is_noted_once(store: Store) -> None:
    a_case(store)
    for _ in range(2):
        store.delivered([queued(store, OFFICER, 1)], "m1")
    with store.writing() as transaction:
        assert transaction.case_behind(OFFICER, "m1") == 1


# --- groups -----------------------------------------------------------------------------------------------------------


def administrators(transaction: Transaction, count: int) -> None:
    for number in range(count):
        transaction.add_staff("admin", (), "", Address("telegram", f"admin-{number}"), AT)


def test_a_group_has_the_communes_it_was_linked_to_last(store: Store) -> None:
    with store.writing() as transaction:
        administrators(transaction, 2)
        transaction.link(GroupLink(GROUP, (BUNG_LAO, MUONG_ANG), 1), AT)
        other = GroupLink(Address("telegram", "-1002"), (BUNG_LAO,), 1)
        transaction.link(other, AT)
        changed = GroupLink(GROUP, (MUONG_ANG,), 2)
        transaction.link(changed, LATER)
        assert transaction.linked(GROUP) == changed
        assert transaction.links(BUNG_LAO) == [other]
        assert transaction.links(MUONG_ANG) == [changed]
        assert transaction.unlink(GROUP)
        assert not transaction.unlink(GROUP)
        assert transaction.linked(GROUP) is None
        assert transaction.links(MUONG_ANG) == []


def test_a_link_is_none_any_more_when_whoever_made_it_is_no_staff(store: Store) -> None:
    with store.writing() as transaction:
        administrators(transaction, 1)
        transaction.link(GroupLink(GROUP, (BUNG_LAO,), 1), AT)
        transaction.remove_staff(1, LATER)
        assert transaction.linked(GROUP) is None
        assert transaction.links(BUNG_LAO) == []


def test_a_group_with_a_new_id_keeps_its_link_and_its_messages(store: Store) -> None:
    a_case(store)
    larger = Address("telegram", "-1009")
    store.delivered([queued(store, GROUP, 1)], "m1")
    with store.writing() as transaction:
        administrators(transaction, 1)
        transaction.link(GroupLink(GROUP, (BUNG_LAO,), 1), AT)
        transaction.move(GROUP, larger)
        assert [link.group for link in transaction.links(BUNG_LAO)] == [larger]
        assert transaction.case_behind(larger, "m1") == 1


def test_a_resident_with_a_new_id_keeps_the_case(store: Store) -> None:
    case = a_case(store)
    moved = Address(ANNA.channel, "5")
    with store.writing() as transaction:
        transaction.move(ANNA, moved)
        assert transaction.case_of(moved) == replace(case, resident=moved)
        assert transaction.case_of(ANNA) is None


# --- forgetting, and the end of keeping -------------------------------------------------------------------------------


def test_forgetting_takes_the_case_its_words_and_what_waits_for_officers_and_nothing_of_others(store: Store) -> None:
    first, second = a_case(store), a_case(store, BINH)
    for case in (first, second):
        store.delivered([queued(store, OFFICER, case.number)], f"m{case.number}")
        queued(store, OFFICER, case.number)
        with store.writing() as transaction:
            transaction.add_message(case.number, CaseMessage(None, "thêm", AT))
    with store.writing() as transaction:
        transaction.forget(ANNA)
        assert transaction.case(1) is None
        assert transaction.messages(1) == []
        assert not transaction.was_told(OFFICER, 1)
        assert transaction.case(2) == second
        assert len(transaction.messages(2)) == 1
        assert transaction.case_behind(OFFICER, "m2") == 2
    assert [out.reply.case for out in store.due_replies("telegram")] == [2]


def test_what_asks_an_officer_about_several_questions_goes_with_each_who_is_forgotten(store: Store) -> None:
    first = a_case(store)
    with store.writing() as transaction:
        for text in (f"Gửi cho ai?\nSố 1: “{first.question[:40]}…”", "Gửi cho ai?\nSố 2: “Câu khác”"):
            transaction.queue(OFFICER, [Reply(text)], AT)
        transaction.forget(ANNA)
    assert [out.reply.text for out in store.due_replies("telegram")] == ["Gửi cho ai?\nSố 2: “Câu khác”"]


def test_an_officer_who_is_forgotten_leaves_no_chat_behind_and_the_case_stays(store: Store) -> None:
    case = a_case(store)
    store.delivered([queued(store, OFFICER, 1)], "m1")
    with store.writing() as transaction:
        transaction.forget(OFFICER)
        assert not transaction.was_told(OFFICER, 1)
        assert transaction.case(1) == case


@pytest.mark.parametrize(("days", "kept"), [(29, True), (31, False)])
def test_a_closed_case_goes_after_its_time_with_all_that_was_said(store: Store, days: int, kept: bool) -> None:
    case = a_case(store)
    store.delivered([queued(store, OFFICER, 1)], "m1")
    with store.writing() as transaction:
        transaction.add_message(1, CaseMessage(None, "thêm", AT))
        transaction.save_case(replace(case, state="closed"))
    store.purge(AT + timedelta(days=days))
    with store.writing() as transaction:
        assert (transaction.case(1) is not None) is kept
        assert (transaction.messages(1) != []) is kept
        assert transaction.was_told(OFFICER, 1) is kept


def test_an_open_case_stays_as_long_as_it_is_open_and_the_time_can_be_set(store: Store) -> None:
    case = a_case(store)
    store.purge(AT + timedelta(days=400))
    with store.writing() as transaction:
        assert transaction.case(1) == case
        transaction.save_case(replace(case, state="closed"))
    store.purge(AT + timedelta(days=5), Retention(cases=timedelta(days=4)))
    with store.writing() as transaction:
        assert transaction.case(1) is None
