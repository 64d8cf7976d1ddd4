"""The contract of the credentials that a store keeps: one pair a channel, and one process at a time that renews it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from bot.model import TokenPair
from bot.ports import Store
from tests.stores import Open

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LAPSE = timedelta(seconds=30)
FIRST = TokenPair("access-1", "refresh-1", NOW + timedelta(hours=25))
SECOND = TokenPair("access-2", "refresh-2", NOW + timedelta(hours=50))
OA = "zalo-oa"


def save(store: Store, pair: TokenPair, channel: str = OA) -> None:
    with store.writing() as transaction:
        transaction.save_tokens(channel, pair)


def kept(store: Store, channel: str = OA) -> TokenPair | None:
    with store.writing() as transaction:
        return transaction.tokens(channel)


def claims(store: Store, now: datetime = NOW, channel: str = OA) -> bool:
    with store.writing() as transaction:
        return transaction.claim_renewal(channel, now, lapse=LAPSE)


def test_before_a_login_there_is_no_pair(store: Store) -> None:
    assert kept(store) is None


def test_a_pair_is_kept_as_it_was_given_also_after_a_restart(opened: Open) -> None:
    save(opened(), FIRST)
    assert kept(opened()) == FIRST


def test_the_next_pair_takes_the_place_of_the_one_before_and_of_no_other_channel(store: Store) -> None:
    save(store, FIRST)
    save(store, FIRST, "another")
    save(store, SECOND)
    assert (kept(store), kept(store, "another")) == (SECOND, FIRST)


def test_whose_pair_it_is_decides_the_channel(store: Store) -> None:
    save(store, FIRST)
    assert claims(store)
    assert kept(store, "another") is None
    assert claims(store, channel="another")


def test_while_one_renews_nobody_else_does(opened: Open) -> None:
    one, other = opened(), opened()
    save(one, FIRST)
    assert claims(one)
    assert not claims(other)
    assert not claims(other, NOW + LAPSE - timedelta(seconds=1))
    assert kept(other) == FIRST, "the pair of before is used meanwhile"


def test_a_claim_ends_with_its_time_with_a_new_pair_and_with_being_given_up(store: Store) -> None:
    save(store, FIRST)
    assert claims(store)
    assert claims(store, NOW + LAPSE), "whoever had it may have died"
    save(store, SECOND)
    assert claims(store, NOW + LAPSE)
    with store.writing() as transaction:
        transaction.drop_renewal(OA)
    assert claims(store, NOW + LAPSE)


def test_a_claim_from_before_the_clock_was_turned_back_is_void(store: Store) -> None:
    save(store, FIRST)
    assert claims(store, NOW + timedelta(days=1))
    assert claims(store, NOW)
    assert not claims(store, NOW)


def test_of_many_who_ask_at_once_one_renews(opened: Open) -> None:
    stores = [opened() for _ in range(4)]
    save(stores[0], FIRST)
    begin = threading.Barrier(len(stores))
    got: list[bool] = []

    def ask(store: Store) -> None:
        begin.wait()
        got.append(claims(store))

    threads = [threading.Thread(target=ask, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False, False, False, True]


def test_what_a_transaction_that_fails_has_claimed_or_saved_is_nothing(store: Store) -> None:
    save(store, FIRST)
    try:
        with store.writing() as transaction:
            assert transaction.claim_renewal(OA, NOW, lapse=LAPSE)
            transaction.save_tokens(OA, SECOND)
            raise RuntimeError
    except RuntimeError:
        pass
    assert kept(store) == FIRST
    assert claims(store)
