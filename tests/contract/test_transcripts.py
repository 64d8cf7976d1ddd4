"""What every store promises of our own page: what is said there stays, in its order, for its time, and for its person alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.model import MOST_SHOWN, Address, Button, Incoming, Reply, Retention
from bot.model.well_known import WEB
from bot.ports import Shown, Store
from tests.stores import Open

AT = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
ANNA, BINH, ON_TELEGRAM = Address(WEB, "a" * 40), Address(WEB, "b" * 40), Address("telegram", "1001")
CHOICES = (Button("Vay vốn", "topic:vbsp-loans"), Button("Đóng", "none", beside=True))


def wrote(store: Store, text: str, address: Address = ANNA, at: datetime = AT, choice: str | None = None) -> None:
    with store.writing() as transaction:
        transaction.heard(Incoming(f"{text}-{address.user}", address, text, at, choice=choice))


def queue(store: Store, *replies: Reply, address: Address = ANNA, at: datetime = AT) -> None:
    with store.writing() as transaction:
        transaction.queue(address, replies, at)


def said(store: Store, address: Address = ANNA, after: int = 0) -> list[tuple[bool, str]]:
    return [(shown.mine, shown.reply.text) for shown in store.transcript(address, after)]


def last(store: Store, address: Address = ANNA) -> Shown:
    return store.transcript(address)[-1]


def test_a_talk_is_shown_in_its_order_and_from_anywhere_on(store: Store) -> None:
    wrote(store, "vay vốn")
    queue(store, Reply("Vay ở đâu?", CHOICES), Reply("Hỏi xã.", file="recording:vi/emergency.ogg"))
    whole = store.transcript(ANNA)
    assert said(store) == [(True, "vay vốn"), (False, "Vay ở đâu?"), (False, "Hỏi xã.")]
    assert [(button.label, button.beside) for button in whole[1].reply.buttons] == [("Vay vốn", False), ("Đóng", True)]
    assert (whole[2].reply.file, whole[2].to, whole[2].at) == ("recording:vi/emergency.ogg", ANNA, AT)
    assert said(store, after=whole[1].id) == [(False, "Hỏi xã.")]
    assert store.due_replies(WEB) == [], "nothing is sent"


def test_what_was_tapped_is_shown_in_its_words_and_has_its_meaning(store: Store) -> None:
    queue(store, Reply("Bà con chọn.", CHOICES))
    token = last(store).reply.buttons[0].choice
    assert token not in ("", "topic:vbsp-loans")
    with store.writing() as transaction:
        assert transaction.chosen(ANNA, token, AT) == "topic:vbsp-loans"
        assert transaction.chosen(BINH, token, AT) is None
    wrote(store, "", choice=token)
    wrote(store, "", BINH, choice=token)
    assert said(store)[-1] == (True, "Vay vốn")
    assert said(store, BINH) == []


def test_nobody_sees_the_page_of_another_and_news_say_whose_they_are(store: Store) -> None:
    assert store.last_shown() == 0
    wrote(store, "một")
    wrote(store, "hai", BINH)
    queue(store, Reply("ba"), address=ON_TELEGRAM)
    assert (said(store), said(store, BINH), said(store, ON_TELEGRAM)) == ([(True, "một")], [(True, "hai")], [])
    news = store.shown_after(0, 9)
    assert [address for _, address in news] == [ANNA, BINH]
    assert list(store.shown_after(news[0][0], 9)) == list(news[1:])
    assert len(store.shown_after(0, 1)) == 1
    assert store.last_shown() == news[-1][0]


def test_a_number_never_comes_back_not_even_after_a_restart(opened: Open) -> None:
    store = opened()
    wrote(store, "một")
    number = last(store).id
    with store.writing() as transaction:
        assert transaction.forget(ANNA) == 1
    assert store.transcript(ANNA) == []
    store.close()
    again = opened()
    assert again.last_shown() == number
    wrote(again, "hai")
    assert last(again).id > number


@pytest.mark.parametrize(("hours", "left"), [(23, ["hỏi", "đáp", "cán bộ viết"]), (25, ["cán bộ viết"]), (24 * 31, [])])
def test_a_talk_goes_after_a_day_and_an_officers_word_that_nobody_saw_after_thirty(
    store: Store, hours: int, left: list[str]
) -> None:
    wrote(store, "hỏi")
    queue(store, Reply("đáp"), Reply("cán bộ viết", case=12))
    store.purge(AT + timedelta(hours=hours))
    assert [text for _, text in said(store)] == left


def test_what_was_seen_late_can_be_read_again_for_a_day(store: Store) -> None:
    queue(store, Reply("cán bộ viết", case=12), Reply("và thêm", case=12))
    first, second = store.transcript(ANNA)
    monday = AT + timedelta(days=3)
    assert (first.unseen, second.unseen) == (True, True)
    store.seen(ANNA, first.id, monday)
    store.seen(ANNA, first.id, monday + timedelta(days=9))
    assert [shown.unseen for shown in store.transcript(ANNA)] == [False, True]
    store.purge(monday + timedelta(hours=23))
    assert len(store.transcript(ANNA)) == 2
    store.purge(monday + timedelta(hours=25))
    assert said(store) == [(False, "và thêm")]


def test_how_long_it_is_kept_can_be_set(store: Store) -> None:
    wrote(store, "hỏi")
    store.purge(AT + timedelta(hours=25), Retention(shown=timedelta(hours=48)))
    assert said(store) == [(True, "hỏi")]
    store.purge(AT + timedelta(hours=3), Retention(shown=timedelta(hours=2)))
    assert said(store) == []


def test_of_who_writes_without_end_only_the_newest_stays_and_what_nobody_has_seen(store: Store) -> None:
    queue(store, Reply("cán bộ viết", case=12))
    wrote(store, "hỏi", BINH)
    with store.writing() as transaction:
        for number in range(MOST_SHOWN + 50):
            transaction.heard(Incoming(f"{number}", ANNA, str(number), AT))
    shown = [text for _, text in said(store)]
    assert shown == ["cán bộ viết", *(str(number) for number in range(50, MOST_SHOWN + 50))]
    assert said(store, BINH) == [(True, "hỏi")]


def test_it_counts_among_what_is_kept_of_a_person_and_is_forgotten_with_it(store: Store) -> None:
    wrote(store, "hỏi")
    wrote(store, "hỏi", BINH)
    with store.writing() as transaction:
        assert transaction.personal_data(ANNA)["web_messages"] == 1
        transaction.forget(ANNA)
        assert sum(transaction.personal_data(ANNA).values()) == 0
    assert said(store, BINH) == [(True, "hỏi")]
