"""What every store promises of the console: codes that work once, devices that end, and signs that something has changed."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import StoreError
from bot.model import Address, AuditEntry, CaseMessage, Retention
from bot.ports import Store
from tests.announcing import announce
from tests.stores import Ask, Open

AT = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=10)
ANNA, CHI = 3, 4  # staff numbers


def gives(store: Store, code: str, staff: int = ANNA, expires: datetime = LATER) -> None:
    with store.writing() as transaction:
        transaction.add_login_code(code, staff, expires)


def spends(store: Store, code: str, at: datetime = AT) -> int | None:
    with store.writing() as transaction:
        return transaction.spend_login_code(code, at)


def opens(store: Store, token: str, staff: int = ANNA, at: datetime = AT) -> int:
    with store.writing() as transaction:
        return transaction.add_device(token, staff, "Chrome, Android", at).number


def numbers(store: Store, staff: int = ANNA) -> list[int]:
    with store.viewing() as view:
        return [one.number for one in view.devices(staff)]


def test_a_code_works_once_in_its_time_and_is_the_last_one_given(store: Store) -> None:
    gives(store, "first")
    gives(store, "second")
    gives(store, "of another", CHI)
    assert [spends(store, code) for code in ("first", "second", "second", "nothing")] == [None, ANNA, None, None]
    assert spends(store, "of another", LATER) is None, "it expired"
    assert spends(store, "of another") == CHI


def test_of_many_who_bring_one_code_one_is_let_in(store: Store) -> None:
    gives(store, "code")
    found: list[int | None] = []
    threads = [threading.Thread(target=lambda: found.append(spends(store, "code"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=str) == [ANNA, *[None] * 7]


def test_a_device_is_found_by_its_token_and_says_what_it_is(opened: Open) -> None:
    store = opened()
    number = opens(store, "token")
    with store.writing() as transaction:
        transaction.use_device(number, LATER)
        transaction.speak_on_device(number, "en")
    with opened().viewing() as view:
        device = view.device("token")
        assert device is not None
        assert (device.staff, device.name, device.lang, device.began, device.used) == (
            ANNA,
            "Chrome, Android",
            "en",
            AT,
            LATER,
        )
        assert view.device("another") is None


def test_devices_end_one_by_one_and_all_at_once_and_only_ones_own(store: Store) -> None:
    one, two, other = opens(store, "a"), opens(store, "b"), opens(store, "c", CHI)
    gives(store, "code")
    with store.writing() as transaction:
        assert transaction.end_devices(ANNA, other) == 0
        assert transaction.end_devices(ANNA, one) == 1
    assert (numbers(store), numbers(store, CHI)) == ([two], [other])
    opens(store, "d")
    with store.writing() as transaction:
        assert transaction.end_devices(ANNA) == 2
    assert (numbers(store), numbers(store, CHI), spends(store, "code")) == ([], [other], None)
    assert opens(store, "e") > other, "a number never comes back"


@pytest.mark.parametrize("how", ["removed", "forgotten"])
def test_with_the_role_its_devices_and_its_code_go(store: Store, how: str) -> None:
    address = Address("telegram", "77")
    with store.writing() as transaction:
        number = transaction.add_staff("admin", (), "", address, AT).number
    opens(store, "token", number)
    gives(store, "code", number)
    opens(store, "of another", number + 1)
    with store.writing() as transaction:
        transaction.remove_staff(number, AT) if how == "removed" else transaction.forget(address)
    assert (numbers(store, number), spends(store, "code"), len(numbers(store, number + 1))) == ([], None, 1)


def test_somebody_may_be_staff_without_a_chat(store: Store) -> None:
    with store.writing() as transaction:
        found = [transaction.add_staff("owner", (), "", None, AT) for _ in range(2)]
        assert transaction.all_staff() == found
        assert transaction.staff_number(found[0].number) == found[0]


def test_devices_and_codes_go_by_their_age(store: Store, ask: Ask) -> None:
    opens(store, "old", at=AT - timedelta(hours=13))
    idle, used = opens(store, "idle", at=AT - timedelta(hours=3)), opens(store, "used", at=AT - timedelta(hours=3))
    with store.writing() as transaction:
        transaction.use_device(used, AT)
    gives(store, "code", expires=AT)
    gives(store, "other", CHI, LATER)
    store.purge(AT + timedelta(minutes=1))
    assert (numbers(store), ask("SELECT staff FROM login_codes")) == ([used], [(CHI,)])
    store.purge(AT, Retention(idle_devices=timedelta(0)))
    assert idle not in numbers(store)


def test_a_view_is_of_one_moment_waits_for_nobody_and_changes_nothing(store: Store) -> None:
    opens(store, "a")
    with store.viewing() as view:
        assert len(view.devices(ANNA)) == 1
        writing = threading.Thread(target=opens, args=(store, "b"))
        writing.start()
        writing.join(20)
        assert not writing.is_alive(), "whoever writes waits for nobody who looks"
        assert len(view.devices(ANNA)) == 1
    with store.writing():
        assert seen_beside(store) == [2]
    with pytest.raises(StoreError), store.viewing() as view:
        view.end_devices(ANNA)
    assert len(numbers(store)) == 2


def seen_beside(store: Store) -> list[int]:
    """How many devices another thread sees meanwhile."""
    found: list[int] = []
    looking = threading.Thread(target=lambda: found.append(len(numbers(store))))
    looking.start()
    looking.join(20)
    return found


def test_a_closed_store_shows_nothing(store: Store) -> None:
    store.close()
    with pytest.raises(StoreError), store.viewing() as view:
        view.devices(ANNA)


def test_what_has_changed_is_known_by_its_mark(store: Store) -> None:
    before: Mapping[str, str] = {}

    def changed() -> set[str]:
        nonlocal before
        with store.viewing() as view:
            now = view.change_marks()
        different = {subject for subject, mark in now.items() if before.get(subject) != mark}
        before = now
        return different

    assert changed() == {"cases", "announcements", "staff", "log"}
    assert changed() == set()
    with store.writing() as transaction:
        case = transaction.open_case(Address("web", "anna"), "03301", None, "vi", "câu hỏi", AT, LATER)
    assert changed() == {"cases"}
    with store.writing() as transaction:
        transaction.add_message(case.number, CaseMessage(None, "và", AT))
    assert changed() == {"cases"}
    opens(store, "token")
    assert changed() == {"staff"}
    with store.writing() as transaction:
        transaction.note(AuditEntry(AT, 1, "invited", "admin", ""))
    assert changed() == {"log"}
    number = announce(store, now=AT).id
    assert changed() == {"announcements"}
    with store.writing() as transaction:
        transaction.change(number, "paused", reason="by staff")
    assert changed() == {"announcements"}
    with store.writing() as transaction:
        transaction.forget(Address("web", "anna"))
    assert changed() == {"cases"}


def test_closed_cases_can_be_had_with_the_newest_first(store: Store) -> None:
    with store.writing() as transaction:
        for number, minutes in enumerate((5, 9, 1)):
            at = AT + timedelta(minutes=minutes)
            transaction.open_case(Address("web", f"{number}"), "03301", None, "vi", "câu hỏi", at, LATER)
    with store.viewing() as view:
        found = view.cases(None, states=("waiting",), limit=2, newest_first=True)
        assert [case.number for case in found] == [2, 1]
