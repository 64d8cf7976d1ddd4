"""The contract of `StatisticsRecords`: sums over many people, whichever database is behind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.model import Address, AuditEntry, CaseMessage, CountKey, Feedback, FeedbackCount, Match, Outcome, UnansweredQuestion
from bot.ports import Store
from tests.announcing import announce, subscribe
from tests.stores import Read

DAY = date(2026, 11, 18)
NEXT_DAY = DAY + timedelta(days=1)
NOON = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BUNG_LAO, THANH_AN = "03301", "03352"
EMPTY = ("", "")


def answered(intent: str, lang: str = "vi") -> Outcome:
    return Outcome("answer", intent, 0.9, lang)


NEAR = Outcome("unknown", None, 0.1, "vi", (Match("job-numbers", 0.2, "việc làm"), Match("loan-amount", 0.1, "")))
STRANGE = Outcome("unknown", None, 0.0, "en")


# --- messages ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(store: Store) -> Store:
    """Two days on which people of two communes asked."""
    with store.writing() as transaction:
        for outcome, channel, day, place in (
            (answered("loan-amount"), "telegram", DAY, BUNG_LAO),
            (answered("loan-amount"), "telegram", DAY, BUNG_LAO),
            (answered("loan-amount", "en"), "zalo-bot", DAY, ""),
            (answered("job-numbers"), "telegram", NEXT_DAY, THANH_AN),
            (STRANGE, "telegram", NEXT_DAY, ""),
        ):
            transaction.count(outcome, channel, day, place)
    return store


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("by", "sums"),
    [
        (("kind",), {("answer",): 4, ("unknown",): 1}),
        (("day",), {("2026-11-18",): 3, ("2026-11-19",): 2}),
        (("lang", "kind"), {("vi", "answer"): 3, ("en", "answer"): 1, ("en", "unknown"): 1}),
        (("kind", "lang"), {("answer", "vi"): 3, ("answer", "en"): 1, ("unknown", "en"): 1}),
        (("intent", "place"), {("loan-amount", BUNG_LAO): 2, ("loan-amount", ""): 1, ("job-numbers", THANH_AN): 1, EMPTY: 1}),
        (("channel",), {("telegram",): 4, ("zalo-bot",): 1}),
    ],
)  # fmt: skip
def test_messages_are_summed_by_whatever_is_asked_for_in_that_order(
    read: Read, by: tuple[CountKey, ...], sums: Mapping[tuple[str, ...], int]
) -> None:
    with read() as records:
        assert records.sum_counts(by, None, None) == sums


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("since", "until", "sums"),
    [
        (DAY, DAY, {("answer",): 3}),
        (NEXT_DAY, None, {("answer",): 1, ("unknown",): 1}),
        (None, DAY, {("answer",): 3}),
        (DAY, NEXT_DAY, {("answer",): 4, ("unknown",): 1}),
        (NEXT_DAY + timedelta(days=1), None, {}),
        (NEXT_DAY, DAY, {}),
    ],
)
def test_both_ends_of_the_days_belong_to_them(
    read: Read, since: date | None, until: date | None, sums: Mapping[tuple[str, ...], int]
) -> None:
    with read() as records:
        assert records.sum_counts(("kind",), since, until) == sums


def test_verdicts_are_summed_for_each_answer_in_each_version(store: Store, read: Read) -> None:
    with store.writing() as transaction:
        for intent, good, version, day in (
            ("loan-amount", True, "v1", DAY),
            ("loan-amount", False, "v1", NEXT_DAY),
            ("loan-amount", False, "v1", NEXT_DAY),
            ("loan-amount", True, "v2", NEXT_DAY),
            ("job-numbers", False, "v2", DAY),
        ):
            transaction.rate(Feedback(intent, good), version, "vi", "telegram", day)
    with read() as records:
        assert set(records.sum_verdicts(None, None)) == {
            FeedbackCount("loan-amount", "v1", 1, 2),
            FeedbackCount("loan-amount", "v2", 1, 0),
            FeedbackCount("job-numbers", "v2", 0, 1),
        }
        assert set(records.sum_verdicts(DAY, DAY)) == {
            FeedbackCount("loan-amount", "v1", 1, 0),
            FeedbackCount("job-numbers", "v2", 0, 1),
        }


# --- questions --------------------------------------------------------------------------------------------------------


def test_kept_questions_come_in_the_order_in_which_they_were_asked_with_the_best_that_each_was_taken_for(
    store: Store, read: Read
) -> None:
    with store.writing() as transaction:
        transaction.unanswered("việc ở Hà Nội", "unknown", NEAR, NEXT_DAY, BUNG_LAO)
        transaction.unanswered("bees ••• bees", "disliked", STRANGE, DAY)
        gone = transaction.unanswered("học nghề", "clarify", NEAR, DAY)
        transaction.answered(gone)
    first = UnansweredQuestion(NEXT_DAY, "vi", "unknown", "việc ở Hà Nội", "job-numbers", BUNG_LAO)
    second = UnansweredQuestion(DAY, "en", "disliked", "bees ••• bees", None, "")
    with read() as records:
        assert records.kept_questions(None, None) == [first, second]
        assert records.kept_questions(None, DAY) == [second]
        assert records.kept_questions(NEXT_DAY, None) == [first]


# --- cases ------------------------------------------------------------------------------------------------------------


def opened_case(store: Store, user: str, at: datetime) -> int:
    with store.writing() as transaction:
        case = transaction.open_case(Address("zalo-bot", user), BUNG_LAO, None, "vi", "câu hỏi", at, at + HOUR)
    return case.number


def test_a_case_tells_when_it_was_first_taken_and_whether_an_officer_wrote(store: Store, read: Read) -> None:
    taken, untaken = opened_case(store, "1", NOON), opened_case(store, "2", NOON + MINUTE)
    with store.writing() as transaction:
        for minutes in (5, 9):  # taken, and taken over
            transaction.note(AuditEntry(NOON + minutes * MINUTE, 1, "case taken", f"case {taken}", BUNG_LAO))
        transaction.note(AuditEntry(NOON, 1, "case moved", f"case {untaken}", BUNG_LAO))
        transaction.add_message(taken, CaseMessage(None, "còn ai không", NOON + 6 * MINUTE))
        transaction.add_message(taken, CaseMessage(1, "có ạ", NOON + 7 * MINUTE))
        transaction.add_message(untaken, CaseMessage(None, "alo", NOON + 6 * MINUTE))
    with read() as records:
        first, second = records.cases_opened(None, None)
    assert (first.opened, first.state, first.reason) == (NOON, "waiting", "")
    assert (first.taken, first.answered) == (NOON + 5 * MINUTE, True)
    assert (second.opened, second.taken, second.answered) == (NOON + MINUTE, None, False)


def test_a_case_belongs_to_the_moments_from_the_first_on_and_before_the_last(store: Store, read: Read) -> None:
    for number in range(3):
        opened_case(store, str(number), NOON + number * HOUR)
    with read() as records:
        assert [case.opened for case in records.cases_opened(NOON, NOON + 2 * HOUR)] == [NOON, NOON + HOUR]
        assert [case.opened for case in records.cases_opened(NOON + HOUR, None)] == [NOON + HOUR, NOON + 2 * HOUR]
        assert records.cases_opened(None, NOON) == []


# --- announcements ----------------------------------------------------------------------------------------------------


def test_announcements_that_were_due_then_are_counted_and_every_recipient_of_theirs(store: Store, read: Read) -> None:
    subscribe(store, 3)
    announce(store, now=NOON, code="AB23CD")
    announce(store, now=NOON + HOUR, code="EF45GH")
    with read() as records:
        both = records.sum_announced(None, None)
        first = records.sum_announced(NOON, NOON + HOUR)
        none = records.sum_announced(None, NOON)
    assert (dict(both.states), dict(both.recipients)) == ({"sending": 2}, {("pending", ""): 6})
    assert (dict(first.states), dict(first.recipients)) == ({"sending": 1}, {("pending", ""): 3})
    assert (dict(none.states), dict(none.recipients)) == ({}, {})


# --- beside whoever writes --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("asked")
def test_who_reads_sees_one_moment_and_nobody_waits_for_it(store: Store, read: Read) -> None:
    with read() as records:
        assert records.sum_counts(("channel",), DAY, DAY) == {("telegram",): 2, ("zalo-bot",): 1}
        with store.writing() as transaction:
            transaction.count(answered("loan-amount"), "telegram", DAY, BUNG_LAO)
            transaction.rate(Feedback("loan-amount", True), "v1", "vi", "telegram", DAY)
        assert records.sum_counts(("channel",), DAY, DAY) == {("telegram",): 2, ("zalo-bot",): 1}
        assert records.sum_verdicts(None, None) == []
    with read() as records:
        assert records.sum_counts(("channel",), DAY, DAY) == {("telegram",): 3, ("zalo-bot",): 1}


def test_of_an_empty_store_there_is_nothing_to_tell(read: Read) -> None:
    with read() as records:
        assert records.sum_counts(("kind",), None, None) == {}
        assert records.sum_verdicts(None, None) == []
        assert records.kept_questions(None, None) == []
        assert records.cases_opened(None, None) == []
        assert dict(records.sum_announced(None, None).recipients) == {}
