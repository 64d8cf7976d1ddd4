"""The contract of a Store: what the application relies on, whichever database is behind it.

A new store adds itself to `STORES` in `tests/stores.py` and passes everything here. What only SQLite promises stands at
the end.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.delivery.responses import answer_here
from bot.engine import Engine
from bot.errors import Refusal, StoreError, StoreFault
from bot.model import Address, Button, CaseMessage, Incoming, Match, Outcome, Reply, Session, Subscription
from bot.ports import Store
from bot.service.app import App
from bot.service.current import CurrentEngine
from bot.settings import Settings
from bot.stores import last_beat, open_in_memory, open_store
from bot.stores.sqlite.store import SqliteStore
from tests.announcing import announce
from tests.databases import AS_SERVED
from tests.stores import Open

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = AT.date()
ANNA = Address("telegram", "918273645546372819")
BINH = Address("telegram", "102938475665748392")
ANNA_ON_ZALO = Address("zalo", ANNA.user)
CHOICES = (Button("Vay vốn", "topic:vbsp-loans"), Button("Học nghề", "topic:vocational-training"))
ANSWERED = Outcome("answer", "vbsp-overview", 0.9, "vi")
UNKNOWN = Outcome("unknown", None, 0.1, "vi", (Match("vbsp-overview", 0.1234567, "vay vốn"),))


def incoming(number: str, sender: Address = ANNA, at: datetime = AT, text: str = "vay vốn") -> Incoming:
    return Incoming(number, sender, text, at)


def queue(store: Store, to: Address, *texts: str, buttons: tuple[Button, ...] = (), at: datetime = AT) -> None:
    with store.writing() as transaction:
        transaction.queue(to, [Reply(text, buttons) for text in texts], at)


def texts(store: Store, channel: str = "telegram") -> list[str]:
    return [outgoing.reply.text for outgoing in store.due_replies(channel)]


def tokens(store: Store, channel: str = "telegram") -> list[str]:
    return [button.choice for outgoing in store.due_replies(channel) for button in outgoing.reply.buttons]


def chosen(store: Store, address: Address, token: str) -> str | None:
    with store.writing() as transaction:
        return transaction.chosen(address, token, AT)


def session_of(store: Store, address: Address) -> Session | None:
    with store.writing() as transaction:
        return transaction.session(address)


def data_of(store: Store, address: Address) -> dict[str, int]:
    with store.writing() as transaction:
        return transaction.personal_data(address)


def is_new(store: Store, message: Incoming) -> bool:
    with store.writing() as transaction:
        return transaction.first_time(message)


def greet(store: Store, *people: Address) -> None:
    with store.writing() as transaction:
        for address in people:
            transaction.save_session(Session(address, lang="vi", greeted=True, at=AT))


def live_with(store: Store, address: Address) -> None:
    """Everything that a store can hold of a person."""
    with store.writing() as transaction:
        transaction.first_time(incoming("1", address))
        transaction.save_session(Session(address, lang="vi", at=AT))
        transaction.queue(address, [Reply("Bà con chọn một mục.", CHOICES)], AT)
        transaction.consent(address, "conversation", "2026-11", AT)
        transaction.count(ANSWERED, address.channel, DAY)
        transaction.unanswered("câu hỏi", "unknown", UNKNOWN, DAY)
        case = transaction.open_case(address, "03301", None, "vi", "câu hỏi", AT, AT)
        transaction.add_message(case.number, CaseMessage(None, "thêm", AT))
        transaction.subscribe(Subscription(address, "03301", (), "vi", AT))
        transaction.add_staff("officer", ("03301",), "", address, AT)
        transaction.save_draft(address, "{}", AT)
    announce(store, now=AT, places=("03301",))


# --- updates are handled once -----------------------------------------------------------------------------------------


def test_an_update_is_new_once_on_each_channel(store: Store) -> None:
    assert is_new(store, incoming("7"))
    assert not is_new(store, incoming("7"))
    assert not is_new(store, incoming("7", BINH)), "the vendor counts updates for the whole bot"
    assert is_new(store, incoming("7", ANNA_ON_ZALO))
    assert is_new(store, incoming("8"))


def test_a_redelivered_update_has_no_second_effect(engine: Engine, store: Store) -> None:
    app = App(CurrentEngine(engine), store)
    message = incoming("7", text="vay vốn cho con học đại học")
    app.handle([message])
    session, sent = session_of(store, ANNA), texts(store)
    app.handle([message, message])
    app.handle([replace(message, text="/menu")])
    assert texts(store) == sent
    assert session_of(store, ANNA) == session


def test_a_redelivered_update_has_no_second_effect_after_a_restart(engine: Engine, opened: Open) -> None:
    first = opened()
    App(CurrentEngine(engine), first).handle([incoming("7")])
    sent = texts(first)
    first.close()
    second = opened()
    App(CurrentEngine(engine), second).handle([incoming("7")])
    assert texts(second) == sent


def test_an_update_that_is_fetched_after_its_response_was_lost_is_answered_by_a_call_once(engine: Engine, opened: Open) -> None:
    first = opened()
    greet(first, ANNA, BINH)
    message = incoming("7", text="/menu")
    brought = App(CurrentEngine(engine), first).answer([message], lambda incoming, outgoing: True, AT)
    answer = brought["telegram", "7"].reply.text
    assert texts(first) == []
    first.close()

    second = opened()
    app = App(CurrentEngine(engine), second)
    app.handle([incoming("8", BINH, text="/menu"), message, message])
    assert texts(second) == [answer, answer], "Anna's and Binh's"
    second.delivered([outgoing.id for outgoing in second.due_replies("telegram")])
    app.handle([message])
    assert texts(second) == []


def test_an_update_that_is_brought_after_it_was_fetched_is_answered_by_its_call_alone(engine: Engine, store: Store) -> None:
    greet(store, ANNA)
    app = App(CurrentEngine(engine), store)
    message = incoming("7", text="/menu")
    app.handle([message])
    assert app.answer([message], lambda incoming, outgoing: True, AT) == {}
    assert len(texts(store)) == 1


def test_a_whole_batch_is_handled_in_its_order(engine: Engine, store: Store) -> None:
    App(CurrentEngine(engine), store).handle(
        [incoming("1", text="/start"), incoming("2", BINH, text="/start"), incoming("3", text="/menu")]
    )
    people = [outgoing.to for outgoing in store.due_replies("telegram")]
    assert people == [ANNA, BINH, ANNA]


@pytest.mark.parametrize("text", ["\ud800", "xin chào \udfff", "a\0b", "\u202e", "👍🏽", "'; DROP TABLE sessions; --"])
def test_a_message_of_odd_characters_is_stored_like_any_other(engine: Engine, store: Store, text: str) -> None:
    """One that raised would be delivered again and again, and nobody would be answered any more."""
    app = App(CurrentEngine(engine), store)
    app.handle([incoming("1", text=text)])
    assert texts(store)
    assert not is_new(store, incoming("1"))


# --- all or nothing ---------------------------------------------------------------------------------------------------


def test_an_error_leaves_nothing_behind(store: Store) -> None:
    def write_and_fail() -> None:
        with store.writing() as transaction:
            transaction.first_time(incoming("1"))
            transaction.save_session(Session(ANNA, at=AT))
            transaction.queue(ANNA, [Reply("Chào bà con.", CHOICES)], AT)
            transaction.consent(ANNA, "conversation", "1", AT)
            raise RuntimeError("the power goes out")

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert is_new(store, incoming("1"))
    assert session_of(store, ANNA) is None
    assert texts(store) == []
    assert set(data_of(store, ANNA).values()) == {0}


def test_after_an_error_the_store_works_on(store: Store) -> None:
    for _ in range(3):
        with pytest.raises(RuntimeError), store.writing():
            raise RuntimeError("once more")
    queue(store, ANNA, "Chào bà con.")
    assert texts(store) == ["Chào bà con."]


def test_an_error_in_a_batch_stores_nothing_of_the_batch(engine: Engine, store: Store) -> None:
    app = App(CurrentEngine(engine), store)
    broken = replace(incoming("2"), text=None)  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r".*"):
        app.handle([incoming("1"), broken])
    assert texts(store) == []
    assert is_new(store, incoming("1"))


def test_nothing_is_seen_before_it_is_committed(store: Store) -> None:
    seen: list[list[str]] = []
    with store.writing() as transaction:
        transaction.queue(ANNA, [Reply("Chào bà con.")], AT)
        reader = threading.Thread(target=lambda: seen.append(texts(store)))
        reader.start()
        reader.join(0.2)
        assert seen in ([], [[]])
    reader.join(5)
    assert seen in ([["Chào bà con."]], [[]])


def test_a_closed_store_says_so(opened: Open) -> None:
    store = opened()
    store.close()
    with pytest.raises(StoreError), store.writing():
        pass
    with pytest.raises(StoreError):
        store.due_replies("telegram")


# --- replies ----------------------------------------------------------------------------------------------------------


def test_replies_come_in_the_order_they_were_stored(store: Store) -> None:
    queue(store, ANNA, "một", "hai")
    queue(store, BINH, "ba")
    queue(store, ANNA, "bốn", at=AT - timedelta(hours=1))
    due = store.due_replies("telegram")
    assert [outgoing.reply.text for outgoing in due] == ["một", "hai", "ba", "bốn"]
    assert [outgoing.id for outgoing in due] == sorted(outgoing.id for outgoing in due)
    assert [outgoing.to for outgoing in due] == [ANNA, ANNA, BINH, ANNA]
    assert [outgoing.at for outgoing in due] == [AT, AT, AT, AT - timedelta(hours=1)]


def test_replies_are_those_of_the_channel(store: Store) -> None:
    queue(store, ANNA, "một", "hai")
    queue(store, ANNA_ON_ZALO, "ba")
    assert texts(store) == ["một", "hai"]
    assert texts(store, "zalo") == ["ba"]


def test_a_delivered_reply_is_gone_and_the_others_stay(store: Store) -> None:
    queue(store, ANNA, "một", "hai", "ba")
    one, _, three = store.due_replies("telegram")
    store.delivered([one.id, three.id, one.id, 999_999])
    assert texts(store) == ["hai"]
    store.delivered([])
    assert texts(store) == ["hai"]


def test_failed_tries_are_counted(store: Store) -> None:
    queue(store, ANNA, "một", "hai")
    one, _ = store.due_replies("telegram")
    store.attempted(one.id)
    store.attempted(one.id)
    store.attempted(999_999)
    assert [outgoing.attempts for outgoing in store.due_replies("telegram")] == [2, 0]


def test_an_id_is_never_used_again(opened: Open) -> None:
    """Or a late "delivered" would delete somebody else's reply."""
    store = opened()
    queue(store, ANNA, "một")
    (before,) = store.due_replies("telegram")
    with store.writing() as transaction:
        transaction.forget(ANNA)
    store.close()
    store = opened()
    queue(store, BINH, "hai")
    store.delivered([before.id])
    assert texts(store) == ["hai"]


def test_a_reply_keeps_its_text_and_its_labels(store: Store) -> None:
    text = "Bà con: “vay” {fact}\n\n• 100.000 đồng\t\0 👍🏽"
    queue(store, ANNA, text, buttons=CHOICES)
    (outgoing,) = store.due_replies("telegram")
    assert outgoing.reply.text == text
    assert [button.label for button in outgoing.reply.buttons] == ["Vay vốn", "Học nghề"]


# --- buttons ----------------------------------------------------------------------------------------------------------


def test_a_token_means_its_choice_for_its_person_alone(store: Store) -> None:
    queue(store, ANNA, "Chọn", buttons=CHOICES)
    first, second = tokens(store)
    assert (chosen(store, ANNA, first), chosen(store, ANNA, second)) == ("topic:vbsp-loans", "topic:vocational-training")
    assert chosen(store, BINH, first) is None
    assert chosen(store, ANNA_ON_ZALO, first) is None
    assert chosen(store, ANNA, first + "x") is None
    assert chosen(store, ANNA, "") is None


def test_a_token_tells_nothing_and_fits_every_vendor(store: Store) -> None:
    queue(store, ANNA, "Chọn", buttons=CHOICES)
    queue(store, BINH, "Chọn", buttons=CHOICES)
    made = tokens(store)
    assert len(set(made)) == 4
    assert all(16 <= len(token.encode()) <= 64 for token in made), "Telegram takes 64 bytes"
    assert not any("topic" in token or "loans" in token for token in made)


def test_a_token_can_be_used_again_and_after_its_reply_was_delivered(store: Store) -> None:
    queue(store, ANNA, "Chọn", buttons=CHOICES)
    (token, _) = tokens(store)
    store.delivered([outgoing.id for outgoing in store.due_replies("telegram")])
    assert chosen(store, ANNA, token) == chosen(store, ANNA, token) == "topic:vbsp-loans"


def test_a_foreign_token_is_an_old_button_for_the_person_who_taps_it(engine: Engine, store: Store) -> None:
    app = App(CurrentEngine(engine), store)
    app.handle([incoming("1", text="/menu")])
    token = tokens(store)[0]
    store.delivered([outgoing.id for outgoing in store.due_replies("telegram")])
    app.handle([replace(incoming("2", BINH, text=""), choice=token)])
    assert any("Nút ấy cũ quá" in text for text in texts(store))


# --- sessions ---------------------------------------------------------------------------------------------------------


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TIMES = st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
SESSIONS = st.builds(
    Session,
    address=st.just(ANNA),
    lang=st.none() | st.sampled_from(["vi", "en"]),
    greeted=st.booleans(),
    offered=st.lists(st.builds(Button, NAMES, NAMES), max_size=4).map(tuple),
    topic=st.none() | NAMES,
    intent=st.none() | NAMES,
    asked=st.none() | NAMES,
    at=TIMES,
    tokens=st.floats(0, 20),
    tokens_at=TIMES,
    slowed=st.booleans(),
    listed=st.lists(st.builds(Button, NAMES, NAMES), max_size=4).map(tuple),
    listed_for=st.integers(0, 3),
)


@given(SESSIONS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_session_comes_back_as_it_was(store: Store, session: Session) -> None:
    with store.writing() as transaction:
        transaction.save_session(session)
    assert session_of(store, ANNA) == session


def test_everybody_has_one_session_on_each_channel(store: Store) -> None:
    with store.writing() as transaction:
        for address, topic in ((ANNA, "a"), (BINH, "b"), (ANNA_ON_ZALO, "c"), (ANNA, "d")):
            transaction.save_session(Session(address, topic=topic, at=AT))
    found = [session_of(store, address) for address in (ANNA, BINH, ANNA_ON_ZALO)]
    assert [session.topic if session else None for session in found] == ["d", "b", "c"]
    assert session_of(store, Address("web", ANNA.user)) is None


# --- replies in responses ----------------------------------------------------------------------------------------------


def answered(store: Store, message: Incoming, *replies: str, fits: bool = True) -> str | None:
    """What is answered in the response to a message that led to these replies."""
    with store.writing() as transaction:
        transaction.queue(message.sender, [Reply(text) for text in replies], AT)
        answer = answer_here(transaction, message, AT, lambda outgoing: fits)
    return answer.reply.text if answer else None


def answered_before(store: Store, message: Incoming) -> str | None:
    with store.writing() as transaction:
        answer = transaction.answered_here(message)
    return answer.reply.text if answer else None


def test_a_reply_that_is_given_in_a_response_is_due_no_more_and_found_again(opened: Open) -> None:
    store = opened()
    assert answered(store, incoming("7"), "một") == "một"
    assert texts(store) == []
    for again in (store, opened()):
        assert answered_before(again, incoming("7")) == "một"
        assert answered_before(again, incoming("8")) is None
        assert answered_before(again, incoming("7", BINH)) is None
        assert answered_before(again, incoming("7", ANNA_ON_ZALO)) is None
    assert answered(store, incoming("8"), "hai") == "hai", "what was given away does not wait"


def test_a_reply_is_given_in_a_response_only_where_it_alone_waits_and_fits(store: Store) -> None:
    assert answered(store, incoming("1")) is None
    assert answered(store, incoming("2"), "một", fits=False) is None
    assert answered(store, incoming("3"), "hai") is None, "the first one still waits"
    assert answered(store, incoming("4", BINH), "ba", "bốn") is None
    assert answered_before(store, incoming("3")) is None
    assert texts(store) == ["một", "hai", "ba", "bốn"]


def test_a_reply_that_was_given_away_is_dropped_a_day_after(store: Store) -> None:
    answered(store, incoming("7"), "một")
    queue(store, BINH, "hai", at=AT - timedelta(days=1))
    store.purge(AT + timedelta(days=1))
    assert answered_before(store, incoming("7")) == "một"
    store.purge(AT + timedelta(days=1, minutes=1))
    assert answered_before(store, incoming("7")) is None
    assert data_of(store, ANNA)["replies"] == 0
    assert texts(store) == ["hai"]


def test_figures_tell_what_waits_and_for_how_long(store: Store) -> None:
    assert store.figures(AT).overdue == 0.0
    live_with(store, ANNA)
    queue(store, BINH, "một")
    answered(store, incoming("7", ANNA_ON_ZALO), "hai")
    figures = store.figures(AT + timedelta(seconds=90))
    assert (dict(figures.outbox), figures.overdue) == ({"replies": 2, "pending": 1, "sending": 0}, 90.0)
    assert dict(figures.outcomes) == {("telegram", "answer"): 1}
    assert store.figures(AT + timedelta(days=1)).outcomes == {}


# --- what is kept of a person, and forgetting ---------------------------------------------------------------------------


def test_a_person_can_see_how_much_is_kept(store: Store) -> None:
    assert sum(data_of(store, ANNA).values()) == 0
    live_with(store, ANNA)
    assert data_of(store, ANNA) == {
        "sessions": 1,
        "choices": 2,
        "replies": 1,
        "consents": 1,
        "subscriptions": 1,
        "drafts": 1,
        "deliveries": 1,
        "staff": 1,
        "cases": 1,
        "web_messages": 0,
    }
    assert sum(data_of(store, BINH).values()) == 0


def test_forgetting_deletes_everything_of_the_person_and_nothing_of_others(store: Store) -> None:
    for address in (ANNA, BINH, ANNA_ON_ZALO):
        live_with(store, address)
    kept, others = data_of(store, ANNA), [data_of(store, BINH), data_of(store, ANNA_ON_ZALO)]
    with store.writing() as transaction:
        assert transaction.forget(ANNA) == sum(kept.values())
        assert transaction.forget(ANNA) == 0
    assert sum(data_of(store, ANNA).values()) == 0
    assert session_of(store, ANNA) is None
    assert [data_of(store, BINH), data_of(store, ANNA_ON_ZALO)] == others


def test_consent_is_kept_once_a_purpose_and_can_be_given_again(store: Store) -> None:
    with store.writing() as transaction:
        transaction.consent(ANNA, "conversation", "1", AT)
        transaction.consent(ANNA, "conversation", "2", AT)
        transaction.consent(ANNA, "announcements", "1", AT)
        transaction.withdraw(ANNA, "announcements", AT)
        transaction.withdraw(ANNA, "never-given", AT)
        transaction.consent(ANNA, "announcements", "2", AT)
        assert transaction.personal_data(ANNA)["consents"] == 2


# --- keeping and dropping ---------------------------------------------------------------------------------------------


def test_reopening_keeps_everything(opened: Open) -> None:
    first = opened()
    live_with(first, ANNA)
    token, kept = tokens(first)[0], data_of(first, ANNA)
    first.close()
    second = opened()
    assert data_of(second, ANNA) == kept
    assert texts(second) == ["Bà con chọn một mục."]
    assert chosen(second, ANNA, token) == "topic:vbsp-loans"
    assert session_of(second, ANNA) == Session(ANNA, lang="vi", at=AT)
    assert not is_new(second, incoming("1"))


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        (1, {"update", "token", "session"}),
        (8, {"token", "session"}),
        (31, {"session"}),
        (181, set()),
    ],
)
def test_everything_is_dropped_after_its_time_and_not_before(store: Store, days: int, kept: set[str]) -> None:
    live_with(store, ANNA)
    token = tokens(store)[0]
    store.purge(AT + timedelta(days=days))
    left = {
        "update": not is_new(store, incoming("1")),
        "token": chosen(store, ANNA, token) is not None,
        "session": session_of(store, ANNA) is not None,
    }
    assert {name for name, there in left.items() if there} == kept
    assert texts(store) == ["Bà con chọn một mục."], "a reply that was not delivered is not dropped"
    assert data_of(store, ANNA)["consents"] == 1, "that somebody was told is proof, not waste"


def test_two_threads_lose_nothing_and_handle_each_update_once(store: Store) -> None:
    news: list[bool] = []
    failures: list[Exception] = []

    def work() -> None:
        try:
            for number in range(50):
                with store.writing() as transaction:
                    fresh = transaction.first_time(incoming(str(number)))
                    if fresh:
                        transaction.queue(ANNA, [Reply(str(number))], AT)
                news.append(fresh)
                store.due_replies("telegram")
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must hear of it
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert (len(news), sum(news)) == (100, 50)
    assert sorted(texts(store), key=int) == [str(number) for number in range(50)]


# --- what SQLite promises ---------------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "residents.db"


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def tables(path: Path) -> list[str]:
    return [str(name) for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")]


def mentions(path: Path, needle: str) -> list[str]:
    """Tables with a row that holds the text in any column."""
    return [
        table
        for table in tables(path)
        if any(needle in str(value) for row in rows(path, f'SELECT * FROM "{table}"') for value in row)
    ]


def test_forgetting_leaves_the_person_nowhere_in_the_database_file(engine: Engine, path: Path) -> None:
    store = SqliteStore(path)
    app = App(CurrentEngine(engine), store)
    said = ["vay vốn cho con học đại học", "/menu", "qwrtp zxcvb", f"số của tôi là {ANNA.user}", "Xá Nhè giờ thuộc xã nào"]
    app.handle([incoming(str(number), at=AT + timedelta(seconds=20 * number), text=text) for number, text in enumerate(said)])
    app.handle([incoming(f"b{number}", BINH, text=text) for number, text in enumerate(said)])
    assert set(mentions(path, ANNA.user)) == {"sessions", "choices", "replies", "consents"}
    app.handle([incoming("99", at=AT + timedelta(minutes=5), text="/forget")])
    due = [outgoing for outgoing in store.due_replies("telegram") if outgoing.to == ANNA]
    assert [outgoing.reply.buttons for outgoing in due] == [()], "the confirmation alone is left, and it offers nothing"
    store.delivered([outgoing.id for outgoing in due])
    assert mentions(path, ANNA.user) == []
    assert mentions(path, BINH.user) != []
    store.close()
    for file in path.parent.glob(f"{path.name}*"):
        assert ANNA.user.encode() not in file.read_bytes(), f"{file.name} still holds the person"
    assert BINH.user.encode() in path.read_bytes()


def test_every_table_that_names_a_person_is_emptied_by_forgetting(path: Path) -> None:
    """A table of tomorrow with a column for the person must not be forgotten."""
    with closing(SqliteStore(path)) as store:
        personal = {
            table for table in tables(path) if "user" in {str(row[1]) for row in rows(path, f'PRAGMA table_info("{table}")')}
        }
        assert set(data_of(store, ANNA)) == personal


def test_counts_tell_nothing_about_a_person(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        with store.writing() as transaction:
            for outcome in (ANSWERED, ANSWERED, UNKNOWN, replace(ANSWERED, lang="en")):
                transaction.count(outcome, "telegram", DAY)
            transaction.count(ANSWERED, "zalo", DAY)
            transaction.count(ANSWERED, "telegram", date(2026, 11, 24))
        counted = rows(path, "SELECT day, channel, lang, kind, intent, n FROM counts ORDER BY n DESC, day, channel, lang, kind")
    assert counted[0] == ("2026-11-23", "telegram", "vi", "answer", "vbsp-overview", 2)
    assert [row[-1] for row in counted] == [2, 1, 1, 1, 1]


def test_an_unanswered_question_is_kept_masked_and_without_its_person(engine: Engine, path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        App(CurrentEngine(engine), store).handle([incoming("1", text="qwrtp zxcvb 0912345678 a@b.vn")])
        ((text, nearest),) = rows(path, "SELECT text, nearest FROM unanswered")
    assert text == "qwrtp zxcvb ••• •••"
    assert str(nearest).startswith("[")
    assert mentions(path, "0912345678") == []


def test_unanswered_questions_are_dropped_after_ninety_days(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        live_with(store, ANNA)
        store.purge(AT + timedelta(days=90))
        assert len(rows(path, "SELECT * FROM unanswered")) == 1
        store.purge(AT + timedelta(days=91))
        assert rows(path, "SELECT * FROM unanswered") == []


def test_migrations_are_applied_once_however_often_the_file_is_opened(path: Path) -> None:
    SqliteStore(path).close()
    schema = rows(path, "SELECT sql FROM sqlite_master ORDER BY name")
    applied = {table: rows(path, f'SELECT * FROM "{table}"') for table in tables(path) if "migration" in table}
    assert any(applied.values())
    for _ in range(2):
        SqliteStore(path).close()
    assert rows(path, "SELECT sql FROM sqlite_master ORDER BY name") == schema
    assert {table: rows(path, f'SELECT * FROM "{table}"') for table in applied} == applied


def test_every_commit_is_on_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.stores.sqlite.store.SYNCHRONOUS", AS_SERVED)
    with closing(SqliteStore(path)) as store:
        assert rows(path, "PRAGMA journal_mode") == [("wal",)]
        with store.writing() as transaction:
            assert transaction.execute("PRAGMA synchronous").fetchone()[0] == 2, "2 is FULL"


def test_a_session_of_another_version_is_read_as_far_as_it_is_known(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        live_with(store, ANNA)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE sessions SET data = json_set(json_remove(data, '$.tokens'), '$.of_tomorrow', 1)")
    with closing(SqliteStore(path)) as store:
        assert session_of(store, ANNA) == Session(ANNA, lang="vi", at=AT)


@pytest.mark.parametrize("kind", ["a folder", "another file", "a folder that is missing"])
def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path, kind: str) -> None:
    path = {
        "a folder": tmp_path,
        "another file": tmp_path / "other.db",
        "a folder that is missing": tmp_path / "no" / "one.db",
    }[kind]
    if kind == "another file":
        path.write_bytes(b"this is no database " * 100)
    with pytest.raises(Refusal if kind == "another file" else StoreError, match="LOABAN_DB") as raised:
        SqliteStore(path)
    assert str(path) in str(raised.value)


def test_the_settings_say_which_store_is_opened(path: Path) -> None:
    settings = Settings(db=path)
    with closing(open_store(settings)) as store:
        queue(store, ANNA, "một")
        assert last_beat(settings, "run") is None
        store.beat("run", AT)
    assert last_beat(settings, "run") == AT
    with closing(SqliteStore(path)) as store:
        assert texts(store) == ["một"]


def test_a_store_in_memory_works_like_a_file() -> None:
    with closing(open_in_memory()) as store:
        live_with(store, ANNA)
        assert texts(store) == ["Bà con chọn một mục."]


def test_a_commit_that_fails_leaves_the_store_usable(tmp_path: Path) -> None:
    """A transaction left open would make every later one fail, until somebody starts the process anew."""
    with closing(SqliteStore(tmp_path / "loaban.db")) as store:
        store._connection.execute("PRAGMA foreign_keys = ON")
        store._connection.execute("CREATE TABLE child (name TEXT REFERENCES heartbeats DEFERRABLE INITIALLY DEFERRED)")
        with pytest.raises(StoreFault, match="FOREIGN KEY"), store.writing() as transaction:
            transaction.execute("INSERT INTO child VALUES ('no such parent')")  # refused by COMMIT, and not before
        with store.writing() as transaction:
            assert transaction.first_time(incoming("1"))
