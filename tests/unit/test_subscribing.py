"""How residents come to announcements, how they end them, and how they find out whether one is genuine."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue import PersonContext, code_in, respond
from bot.dialogue.genuine import AskedCode, asked_code
from bot.engine import Engine
from bot.i18n import Words
from bot.model import Address, Announcement, Incoming, IncomingKind, Session, Subscription, SubscriptionRequest, Turn
from bot.model.well_known import ANNOUNCEMENTS_CONSENT
from bot.service.app import NOTIFY_GROUPS_EVERY, App
from bot.service.current import CurrentEngine
from bot.stores.sqlite.store import SqliteStore
from bot.text.codes import ALPHABET, is_code, new_code
from bot.text.folding import fold
from tests.announcing import announce, subscribe

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ANNA = Address("telegram", "918273645546372819")
GROUP = Address("telegram", "-100200300")
PLACE = "03160"  # xã Mường Nhé
YES = f"subscribe:{PLACE}:all:yes"
TO_CONSENT = ("/subscribe", "Mường Nhé", "1")
FLOODED = 40  # messages at once, more than anybody is answered


@dataclass
class Resident:
    """Somebody who writes to the application; what is kept is read back from the store."""

    app: App
    store: SqliteStore
    address: Address = ANNA
    at: datetime = START
    number: int = 0

    def write(
        self,
        *texts: str,
        kind: IncomingKind = "text",
        way: Literal["private", "forwarded", "edited", "group"] = "private",
        after: float = 20,
        choice: str | None = None,
    ) -> str:
        """Everything that was answered to the last of the texts."""
        for text in texts:
            self.number += 1
            self.at += timedelta(seconds=after)
            before = {outgoing.id for outgoing in self.store.due_replies(self.address.channel)}
            self.app.handle([Incoming(str(self.number), self.address, text, self.at, choice, kind, way=way)])
            replies = [one for one in self.store.due_replies(self.address.channel) if one.id not in before]
        return "\n".join(one.reply.text for one in replies)

    def tap(self, label: str) -> str:
        buttons = [button for one in self.store.due_replies(self.address.channel) for button in one.reply.buttons]
        token = next(button.choice for button in reversed(buttons) if label in button.label)
        return self.write("", choice=token)

    @property
    def subscription(self) -> Subscription | None:
        with self.store.writing() as transaction:
            return transaction.subscription(self.address)

    @property
    def agreed_at(self) -> datetime | None:
        """When the announcements were agreed to; None where they never were, or it was withdrawn."""
        with self.store.writing() as transaction:
            row = transaction.execute(
                "SELECT at, withdrawn_at FROM consents WHERE channel = ? AND user = ? AND purpose = ?",
                (self.address.channel, self.address.user, ANNOUNCEMENTS_CONSENT),
            ).fetchone()
        return datetime.fromisoformat(row["at"]) if row and row["withdrawn_at"] is None else None


@pytest.fixture
def english(engine: Engine) -> Engine:
    """The real content, with the messages of the code as they are written there."""
    return replace(engine, knowledge=replace(engine.knowledge, words={"vi": Words("vi", {}), "en": Words("en", {})}))


@pytest.fixture
def resident(english: Engine, store: SqliteStore) -> Resident:
    return Resident(App(CurrentEngine(english), store), store)


# --- nothing before a yes ---------------------------------------------------------------------------------------------


def test_nothing_is_kept_before_the_yes(resident: Resident) -> None:
    for text in ("nhận thông báo", "Mường Nhé", "2 va 4"):
        resident.write(text)
        assert resident.subscription is None
        assert resident.agreed_at is None
    resident.write("đồng ý")
    wanted = Subscription(ANNA, PLACE, ("vocational-training", "labour-export"), "vi", resident.at)
    assert resident.subscription == wanted
    assert resident.agreed_at == resident.at


def test_the_consent_says_what_is_kept_for_what_how_long_and_how_it_ends(resident: Resident) -> None:
    text = resident.write(*TO_CONSENT)
    for said in ("number of this chat", "your commune", "for nothing but this", "until you stop", "/stop", "21:00", "60 days"):
        assert said in text


def test_a_tap_is_a_yes(resident: Resident) -> None:
    resident.write("/menu")
    resident.tap("Get commune announcements")
    resident.tap("Choose from a list")
    resident.tap("Mường Nhé")
    resident.tap("Everything")
    assert resident.subscription is None
    resident.tap("I agree")
    assert resident.subscription == Subscription(ANNA, PLACE, (), "vi", resident.at)


@pytest.mark.parametrize("no", ["không", "khong", "không đồng ý", "thôi", "no", "No thanks", "2", "để sau", "cancel", "ko"])
def test_a_no_keeps_nothing(resident: Resident, no: str) -> None:
    assert "nothing was kept" in resident.write(*TO_CONSENT, no)
    assert resident.subscription is None


@pytest.mark.parametrize(
    "yes", ["đồng ý", "dong y", "Tôi đồng ý", "ok", "OK ạ", "có", "co", "vâng", "1", "số 1", "I agree", "yes"]
)
def test_a_yes_in_words_or_by_number_counts(resident: Resident, yes: str) -> None:
    resident.write(*TO_CONSENT, yes)
    assert resident.subscription is not None


@pytest.mark.parametrize(
    "text",
    [
        "dung",
        "đừng",
        "không đồng",
        "toi y",
        "no one",
        "one",
        "3",
        "đồng ý không",
        "chưa đồng ý đâu",
        "để em hỏi chồng",
        "👍",
        "Y",
        "?",
    ],
)
def test_what_is_no_plain_yes_is_none(resident: Resident, text: str) -> None:
    """ "dung" without accents is a yes as much as a stop."""
    resident.write(*TO_CONSENT, text)
    assert resident.subscription is None


def test_a_tap_on_no_after_an_hour_still_keeps_nothing(resident: Resident) -> None:
    resident.write(*TO_CONSENT)
    resident.at += timedelta(hours=1)
    resident.tap("No")
    assert resident.subscription is None


def test_an_agreement_is_not_taken_up_again_by_a_late_yes(resident: Resident) -> None:
    resident.write(*TO_CONSENT)
    resident.write("ok", after=31 * 60)
    assert resident.subscription is None


STEPS = {
    "commune": ("/subscribe",),
    "list": ("/subscribe", "1"),
    "several": ("/subscribe", "Mường Chà"),
    "topics": ("/subscribe", "Mường Nhé"),
    "consent": TO_CONSENT,
}
WORDS = st.sampled_from(
    [
        *("không", "có", "đồng", "ý", "dừng", "dung", "đúng", "tôi", "em", "ok", "yes", "no", "agree", "I", "chồng", "đánh"),
        *("một", "hai", "1", "2", "9", "99", ",", "và", "Mường", "Nhé", "Chà", "xã", "huyện", "tất", "cả", "hết", "all"),
        *("việc", "làm", "nhà", "vay", "vốn", "học", "nghề", "danh", "sách", "trang", "sau", "7K3M2P", "/check", "/stop", "?"),
    ]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=6).map(" ".join), st.text(max_size=60))


def at_step(engine: Engine, step: str, text: str) -> tuple[Turn, list[Turn]]:
    """The turn of a text after the messages that lead to a step, and the turns of those."""
    session, at, turns = Session(Address("t", "1"), greeted=True, lang="vi"), START, []
    for number, written in enumerate((*STEPS[step], text)):
        at += timedelta(seconds=20)
        turns.append(respond(Incoming(str(number), session.address, written, at), session, engine))
        session = turns[-1].session
    return turns[-1], turns[:-1]


@pytest.mark.parametrize("step", STEPS)
@given(text=TEXTS)
def test_whatever_is_typed_on_the_way_only_a_plain_yes_subscribes(engine: Engine, step: str, text: str) -> None:
    turn, before = at_step(engine, step, text)
    assert all(one.subscribe is None for one in before)
    assert turn.replies
    agreed = engine.agrees(text) and engine.command(text) is None
    if turn.subscribe is not None:
        assert step == "consent"
        assert agreed or "1" in {word.lstrip("0") for word in fold(text).split()}
    elif step == "consent":
        assert not agreed


# --- changing and stopping --------------------------------------------------------------------------------------------


@pytest.fixture
def subscriber(resident: Resident) -> Resident:
    resident.write(*TO_CONSENT, "đồng ý")
    assert resident.subscription is not None
    return resident


@pytest.mark.parametrize(
    "stop",
    [
        *("/stop", "dừng", "dung", "stop", "unsubscribe", "dừng nhận thông báo"),
        *(
            "dừng ạ",
            "Dừng. Cảm ơn",
            "dung a",
            "Dung. Cam on",
            "dừnggg",
            "duwngf",
            "huỷ đăng kí",
            "stop, thanks",
            "đừng gửi tin nữa ạ",
        ),
    ],
)
def test_a_stop_ends_it_at_once(subscriber: Resident, stop: str) -> None:
    assert "you will get no announcements" in subscriber.write(stop)
    assert subscriber.subscription is None
    assert subscriber.agreed_at is None


@pytest.mark.parametrize("stop", ["Dừng lại đi, tôi không cần nữa, cảm ơn", "Thôi ngừng nhé. Xem đủ rồi, cám ơn nhiều"])
def test_whoever_asks_to_stop_among_thanks_is_asked_and_not_thanked(subscriber: Resident, stop: str) -> None:
    subscriber.write(stop)
    assert "you will get no announcements" in subscriber.tap("Stop")


@pytest.mark.parametrize("stop", ["/stop", "dừng"])
def test_a_stop_on_the_way_to_a_change_ends_it_too(subscriber: Resident, stop: str) -> None:
    subscriber.write("/subscribe", "Nậm Kè", "1", stop)
    assert subscriber.subscription is None


def test_a_stop_in_the_middle_of_a_flood_still_ends_it(subscriber: Resident) -> None:
    for _ in range(FLOODED):
        subscriber.write("xin chào", after=0)
    subscriber.write("/stop", after=0)
    assert subscriber.subscription is None


def test_somebody_who_gets_none_is_told_so(resident: Resident) -> None:
    assert "none are sent to you" in resident.write("/stop")


def test_a_subscriber_is_first_told_what_comes_now(subscriber: Resident) -> None:
    text = subscriber.write("/subscribe")
    assert "You get these announcements: Mường Nhé commune, all topics, since" in text
    subscriber.tap("Change commune or topics")
    subscriber.write("Nậm Kè", "3", "ok")
    assert subscriber.subscription == Subscription(ANNA, "03162", ("jobs",), "vi", subscriber.at)
    assert subscriber.agreed_at == subscriber.at


@pytest.mark.parametrize("end", ["hủy", "không nhận", "tắt đi", "2", "Dừng nhận thông báo", "không nhận nữa"])
def test_who_is_told_what_comes_can_end_it_in_any_words(subscriber: Resident, end: str) -> None:
    subscriber.write("/subscribe", end)
    assert subscriber.subscription is None


def test_a_change_that_is_refused_changes_nothing(subscriber: Resident) -> None:
    before = subscriber.subscription
    assert "stays as it was" in subscriber.write("/subscribe", "Nậm Kè", "3", "không")
    assert subscriber.subscription == before


def test_the_answer_about_announcements_offers_what_can_be_done(resident: Resident) -> None:
    resident.write("làm sao để nhận tin nhắn thông báo của xã")
    resident.tap("Get commune announcements")
    resident.write("Mường Nhé", "1", "ok")
    resident.write("làm sao để nhận tin nhắn thông báo của xã")
    resident.tap("Stop announcements")
    assert resident.subscription is None


def test_what_is_kept_can_be_seen(subscriber: Resident) -> None:
    assert "announcements: Mường Nhé commune, all topics" in subscriber.write("/mydata")
    subscriber.write("/stop")
    assert "no announcements" in subscriber.write("/mydata")


def test_forgetting_ends_it(subscriber: Resident) -> None:
    subscriber.write("/forget")
    assert subscriber.subscription is None
    with subscriber.store.writing() as transaction:
        assert set(transaction.personal_data(ANNA).values()) <= {0, 1}, "the confirmation on its way, and nothing else"


def test_the_day_is_the_one_in_vietnam(resident: Resident) -> None:
    resident.at = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    resident.write(*TO_CONSENT, "ok")
    assert "24/11/2026" in resident.write("/mydata")


def test_a_commune_or_topic_that_is_gone_is_no_crash(engine: Engine) -> None:
    gone = PersonContext(Subscription(ANNA, "00000", ("gone",), "vi", START))
    for text in ("/mydata", "/subscribe", "/stop"):
        assert respond(Incoming("1", ANNA, text, START), Session(ANNA, greeted=True), engine, gone).replies


# --- who left ---------------------------------------------------------------------------------------------------------


def test_who_blocks_the_bot_gets_no_announcements_and_no_answer(subscriber: Resident) -> None:
    with subscriber.store.writing() as transaction:
        session = transaction.session(ANNA)
    assert subscriber.write("", kind="left") == ""
    assert subscriber.subscription is None
    assert subscriber.agreed_at is None
    with subscriber.store.writing() as transaction:
        assert transaction.session(ANNA) == session


def test_nothing_is_kept_of_a_stranger_who_leaves(resident: Resident) -> None:
    assert resident.write("", kind="left") == ""
    with resident.store.writing() as transaction:
        assert set(transaction.personal_data(ANNA).values()) == {0}


# --- languages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["tap", "words"])
def test_the_announcements_follow_a_chosen_language(subscriber: Resident, how: str) -> None:
    before, agreed = subscriber.subscription, subscriber.agreed_at
    assert before is not None
    if how == "tap":
        subscriber.write("/language")
        subscriber.tap("English")
    else:
        subscriber.write("đổi sang tiếng Anh giúp tôi")
    assert subscriber.subscription == replace(before, lang="en")
    assert subscriber.agreed_at == agreed, "another language is no new agreement"


def test_a_question_in_another_language_does_not_change_that_of_the_announcements(subscriber: Resident) -> None:
    before = subscriber.subscription
    subscriber.write("how can I get a loan for my studies", "do you speak French")
    assert subscriber.subscription == before


# --- words of somebody else -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["/stop", "dừng", "dung", "/forget", "xóa dữ liệu của tôi", "đổi sang tiếng Anh giúp tôi"])
def test_a_forwarded_order_does_nothing(subscriber: Resident, text: str) -> None:
    before = subscriber.subscription
    assert subscriber.write(text, way="forwarded")
    assert subscriber.subscription == before


@pytest.mark.parametrize("text", ["đồng ý", "ok", "1", "có"])
def test_a_forwarded_yes_agrees_to_nothing(resident: Resident, text: str) -> None:
    resident.write(*TO_CONSENT)
    resident.write(text, way="forwarded")
    assert resident.subscription is None


def test_a_forwarded_question_is_answered(resident: Resident) -> None:
    resident.write("xin chào")
    assert "Nguồn" in resident.write("vay vốn cho con học đại học thế nào", way="forwarded")


def test_a_group_is_told_to_write_in_private_and_nothing_is_kept(english: Engine, store: SqliteStore) -> None:
    group = Resident(App(CurrentEngine(english), store), store, GROUP)
    assert "private" in group.write("/start", way="group")
    with store.writing() as transaction:
        kept = transaction.personal_data(GROUP)
    assert {table for table, rows in kept.items() if rows} == {"replies"}


def test_a_group_is_told_once_an_hour(english: Engine, store: SqliteStore) -> None:
    group = Resident(App(CurrentEngine(english), store), store, GROUP)
    assert group.write("/start", way="group")
    assert group.write("/start", "/menu", "/stop", way="group") == ""
    assert group.write("/start", way="group", after=NOTIFY_GROUPS_EVERY.total_seconds())
    assert group.write("", way="group", kind="left") == ""


# --- the places and topics --------------------------------------------------------------------------------------------


def after(engine: Engine, *texts: str) -> Turn:
    session, at = Session(Address("t", "1"), greeted=True, lang="vi"), START
    for number, text in enumerate(texts):
        at += timedelta(seconds=20)
        turn = respond(Incoming(str(number), session.address, text, at), session, engine)
        session = turn.session
    return turn


def offered(turn: Turn) -> list[str]:
    return [button.choice for button in turn.replies[-1].buttons]


def test_every_name_of_a_commune_leads_to_its_topics_or_is_asked_back(engine: Engine) -> None:
    lost = [
        name
        for place in engine.knowledge.places
        for name in (place.name, place.full_name, *(unit.name for unit in place.formed_from))
        if not {f"subscribe:{place.code}:all", f"subscribe:{place.code}"} & set(offered(after(engine, "/subscribe", name)))
    ]
    assert lost == []


def test_the_list_shows_every_commune_once_in_the_order_of_the_alphabet(engine: Engine) -> None:
    listed: list[str] = []
    page = "subscribe-list:1"
    while page:
        turn = respond(Incoming("1", ANNA, "", START, page), Session(ANNA, greeted=True, lang="vi"), engine)
        choices = offered(turn)
        listed += [choice.removeprefix("subscribe:") for choice in choices if choice.startswith("subscribe:")]
        page = next((one for one in choices if one.startswith("subscribe-list:") and int(one[15:]) > int(page[15:])), "")
    names = [engine.gazetteer.by_code[code].name for code in listed]
    assert sorted(listed) == sorted(engine.gazetteer.by_code)
    assert names[:4] == ["Búng Lao", "Chà Tở", "Chiềng Sinh", "Điện Biên Phủ"]
    assert names.index("Na Son") < names.index("Nà Bủng") < names.index("Nậm Kè") < names.index("Núa Ngam")
    assert names.index("Pu Nhi") < names.index("Pú Nhung")
    assert names[-1] == "Xa Dung"


@pytest.mark.parametrize(
    ("typed", "near"),
    [("xã tủa trùa", "Tủa Chùa"), ("leng xu xin", "Leng Su Sìn"), ("xi ba phin", "Si Pa Phìn"), ("tuan dao", "Tuần Giáo")],
)
def test_a_name_that_is_misspelt_finds_the_nearest(engine: Engine, typed: str, near: str) -> None:
    assert near in [found.name for found in engine.gazetteer.nearest(typed, 3)]


@pytest.mark.parametrize("typed", ["", "   ", "👍", "Hà Nội", "qwrtp zxcvb"])
def test_what_is_like_no_name_finds_none(engine: Engine, typed: str) -> None:
    assert engine.gazetteer.nearest(typed, 3) == ()


@pytest.mark.parametrize(
    ("typed", "topics"),
    [
        ("1", "all"),
        ("tất cả", "all"),
        ("het", "all"),
        ("everything", "all"),
        ("1, 3", "all"),
        ("3", "jobs"),
        ("ba", "jobs"),
        ("2,4", "vocational-training+labour-export"),
        ("4 2", "vocational-training+labour-export"),
        ("số 2 và số 4 ạ", "vocational-training+labour-export"),
        ("hai va bon", "vocational-training+labour-export"),
        ("việc làm", "jobs"),
        ("viec lam va hoc nghe", "vocational-training+jobs"),
        ("vay von, lam nha", "vbsp-loans+housing"),
        ("Trồng trọt, chăn nuôi", "livelihood"),
    ],
)
def test_topics_are_chosen_by_numbers_and_by_words(engine: Engine, typed: str, topics: str) -> None:
    assert offered(after(engine, "/subscribe", "Mường Nhé", typed))[0] == f"subscribe:{PLACE}:{topics}:yes"


@pytest.mark.parametrize("typed", ["0", "10", "24", "2, 99", "số 12"])
def test_a_number_that_is_not_in_the_list_is_asked_again(engine: Engine, typed: str) -> None:
    turn = after(engine, "/subscribe", "Mường Nhé", typed)
    assert offered(turn)[0] == f"subscribe:{PLACE}:all"
    assert offered(after(engine, "/subscribe", "Mường Nhé", typed, "3")) == [f"subscribe:{PLACE}:jobs:yes", "none"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("vay vốn cho sinh viên thì làm thế nào", "vbsp-student-loan"),
        ("chồng đánh em", "abuse-trafficking-hotline"),
        ("em chán sống quá", "emergency"),
        ("ở Tuần Giáo có lớp dạy những nghề gì, học mấy tháng", "training-courses"),
        ("/privacy", "privacy-data"),
        ("menu", "what-can-you-do"),
    ],
)
def test_a_question_is_answered_from_every_step(engine: Engine, step: str, text: str, intent: str) -> None:
    turn, _ = at_step(engine, step, text)
    assert turn.outcome is not None
    assert turn.outcome.intent == intent
    assert turn.session.asked is None


@pytest.mark.parametrize("text", ["muốn đăng ký", "thì làm sao", "không biết nữa", "làm thế nào bây giờ"])
def test_a_few_words_are_not_taken_for_a_misspelt_commune(engine: Engine, text: str) -> None:
    assert not [choice for choice in offered(after(engine, "/subscribe", text)) if choice.endswith(":all")]


def test_a_long_question_is_not_held_up_even_where_it_is_not_clear(engine: Engine) -> None:
    turn = after(engine, "/subscribe", "vay vốn với làm nhà rồi học nghề nữa thì nhà em hỏi gì trước")
    assert turn.outcome is not None
    assert turn.outcome.kind == "clarify"


# --- codes ------------------------------------------------------------------------------------------------------------


@given(st.integers())
def test_every_new_code_is_one(engine: Engine, seed: int) -> None:
    code = new_code(random.Random(seed))
    assert is_code(code)
    assert code_in(engine, f"/check {code}") == code
    assert asked_code(engine, code) == AskedCode(code, bare=True)
    assert code_in(engine, f"kiem tra {code[:3].lower()}-{code[3:].lower()}") == code
    assert code_in(engine, f"/check {code[:3].lower()} {code[3:].lower()}") == code


def test_no_sign_of_a_code_looks_like_another() -> None:
    assert not set("ILO01") & set(ALPHABET)
    assert len(ALPHABET) == len(set(ALPHABET)) == 31


@pytest.mark.parametrize(
    "text", ["", "7K3M2", "7K3M2PX", "7k3m2p", "ABCDEF", "234567", "7K3M2O", "7K3M21", "７K3M2P", "7K3-2P"]
)
def test_what_is_no_code(text: str) -> None:
    assert not is_code(text)


FORWARDED = """📢 Thông báo của UBND xã Búng Lao

Sáng mai họp bản lúc 8 giờ.

Mã {code}. Kiểm tra thật giả: nhắn /check {code}
Để thôi nhận thông báo: /stop"""


@pytest.mark.parametrize(
    "text",
    [
        "/check 7K3M2P",
        "/check 7k3m2p",
        "/check 7k3-m2p",
        "/check 7K3 M2P",
        "/check 7 K 3 M 2 P",
        "/check: 7K3M2P",
        "/check7K3M2P",
        "/check@loaban_bot 7K3M2P",
        "/CHECK 7K3M2P",
        "/check mã 7K3M2P",
        "/check 7K3M2P giúp em với",
        "kiểm tra 7K3M2P",
        "kiem tra ma 7k3m2p",
        "kiểm tra mã thông báo 7K3M2P",
        "kiem tra 7k3 m2p",
        "kiểm tra giúp em mã 7k3-m2p với ạ",
        "check 7k3m2p",
        "check 7k3 m2p",
        "mã 7K3M2P có thật không",
        "ma 7k3m2p that khong",
        "Mã 7K3-M2P là thật hay giả?",
        "tin này mã 7K3M2P có phải xã gửi không",
        "xác minh 7K3M2P",
        "verify 7K3M2P please",
        "is 7K3M2P real?",
        "is the code 7k3m2p genuine",
        "7K3M2P",
        "7k3m2p",
        "7K3 M2P",
        " 7k3-m2p ",
        "\u200b7K3\u200bM2P",
        "７Ｋ３Ｍ２Ｐ",
        FORWARDED.format(code="7K3M2P"),
        "Code 7K3M2P. To check that it is genuine, write: /check 7K3M2P",
    ],
)
def test_a_message_that_asks_for_a_code(engine: Engine, text: str) -> None:
    assert code_in(engine, text) == "7K3M2P"


@pytest.mark.parametrize(
    "text",
    [
        "kiểm tra hộ nghèo",
        "kiem tra bhyt",
        "kiem tra the bhyt 2025",
        "kiem tra ho 2025",
        "kiểm tra nd2025",
        "kiem tra lop 234",
        "kiem tra vay 50tr",
        "check wage",
        "check 100 usd",
        "check visa",
        "check job 2026",
        "vay 50tr",
        "vay 2tr5",
        "bac 234",
        "gói 30a",
        "chương trình 135",
        "mã số thuế 0123456789",
        "mã xã 03160",
        "mã hồ sơ HS2345",
        "Mã OTP của bạn là 7K3M2P, không chia sẻ",
        "covid19",
        "3con2vo",
        "số nhà 12b3",
        "bảo hiểm 5k1 ngày",
        "mã",
        "/check",
        "/check abc",
        "/check 123456",
        "/check ABCDEF",
        "/check 7K3M2PX",
        "/checkup",
        "",
        " ",
        "👍",
    ],
)
def test_a_message_that_asks_for_something_else(engine: Engine, text: str) -> None:
    assert code_in(engine, text) is None


@pytest.mark.parametrize("text", ["/check 7K3MO2", "kiểm tra mã I0O1L2", FORWARDED.format(code="AB01CD"), "kiem tra 7k3mo2"])
def test_a_code_that_cannot_be_ours_is_found_out(resident: Resident, text: str) -> None:
    assert "NOT GENUINE" in resident.write(text)


def test_a_message_full_of_codes_is_no_work(engine: Engine) -> None:
    assert code_in(engine, " ".join(["7K3M2P"] * 500)) is None


@given(st.text(max_size=80))
def test_no_text_is_too_odd_to_look_for_a_code(engine: Engine, text: str) -> None:
    code = code_in(engine, text)
    assert code is None or len(code) == 6


@pytest.fixture
def announced(store: SqliteStore) -> Announcement:
    """Genuine, with the code AB23CD, true until 18:00 in Vietnam."""
    subscribe(store, 1)
    texts = {"vi": "Sáng mai có lớp học nghề ở nhà văn hoá.", "en": "There is a course tomorrow morning."}
    return announce(store, now=START - timedelta(hours=3), lasts=timedelta(hours=6), texts=texts)


@pytest.mark.parametrize(
    "text", ["/check AB23CD", "ab2-3cd", "AB23CD", "ma ab23cd that khong", FORWARDED.format(code="AB23CD")]
)
@pytest.mark.parametrize("way", ["private", "forwarded"])
def test_a_genuine_code_is_confirmed_with_its_own_text(
    resident: Resident, announced: Announcement, text: str, way: Literal["private", "forwarded"]
) -> None:
    said = resident.write(text, way=way)
    assert "Genuine: announcement AB23CD of UBND xã Mường Pồn" in said
    assert "12:00 on" in said
    assert "True until: 18:00 on" in said
    assert announced.plan.texts["vi"] in said
    assert "họp bản" not in said, "the text of a forgery is not repeated"


def test_the_text_is_in_the_language_of_who_asks(resident: Resident, announced: Announcement) -> None:
    resident.write("/language")
    resident.tap("English")
    assert announced.plan.texts["en"] in resident.write("/check AB23CD")


def test_what_is_over_is_genuine_but_no_longer_true(resident: Resident, announced: Announcement) -> None:
    said = resident.write("/check AB23CD", after=timedelta(hours=3).total_seconds())
    assert "Genuine" in said
    assert "has not been true since 18:00" in said
    assert "True until" not in said


def test_what_was_withdrawn_is_genuine_but_not_to_be_acted_on(resident: Resident, announced: Announcement) -> None:
    with resident.store.writing() as transaction:
        transaction.change(announced.id, "cancelled")
    said = resident.write("/check AB23CD")
    assert "Genuine" in said
    assert "has withdrawn it" in said
    assert "True until" not in said


def test_a_code_that_nobody_gave_out_is_a_warning(resident: Resident, announced: Announcement) -> None:
    said = resident.write("/check AB23CE")
    for warned in ("NOT GENUINE", "AB23CE", "links", "money", "OTP", "identity card", "in person"):
        assert warned in said
    assert announced.plan.texts["vi"] not in said


def test_a_bare_code_that_nobody_gave_out_is_an_ordinary_message(resident: Resident) -> None:
    assert "NOT GENUINE" not in resident.write("AB23CD")


def test_how_to_check_is_told(resident: Resident) -> None:
    assert "/check 7K3M2P" in resident.write("/check")
    assert "no code of Loa Bản" not in resident.write("/check")
    assert "no code of Loa Bản" in resident.write("/check 12")


def test_checking_subscribes_nobody_and_stops_nothing(subscriber: Resident, announced: Announcement) -> None:
    before = subscriber.subscription
    subscriber.write("/check AB23CD", "/check AB23CE", "/check")
    assert subscriber.subscription == before


# --- what the turn says -----------------------------------------------------------------------------------------------


def test_the_buttons_carry_everything(engine: Engine) -> None:
    """A yes of yesterday, tapped in a conversation that is about something else by now."""
    turn = respond(Incoming("1", ANNA, "", START, YES), Session(ANNA, greeted=True, lang="en", topic="jobs"), engine)
    assert turn.subscribe == SubscriptionRequest(PLACE, (), "en")


def test_who_writes_no_answer_twice_asks_something_else(resident: Resident) -> None:
    resident.write("/subscribe", "Mường Nhé")
    again = resident.write("bot có vợ chưa")
    assert "/menu" in again
    assert resident.write("vậy hỏi tiền nhà") != again
    assert resident.write("bao lâu mới có") != again
    assert resident.subscription is None
