"""After an announcement of the commune: what is asked about it is answered from it, and nothing else is taken for that."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.dialogue import PersonContext, Received, respond
from bot.dialogue.received import about
from bot.engine import Engine
from bot.errors import ContentError
from bot.knowledge.load import load_knowledge
from bot.model import Address, Button, Incoming, Session, Subscription, Turn
from bot.stores.sqlite.store import SqliteStore
from tests import announcing
from tests.announcing import announce
from tests.talking import Person, Town

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ANNA = Address("telegram", "1")
BUNG_LAO = "03301"
SESSION = Session(ANNA, lang="vi", greeted=True, at=NOW - timedelta(days=1))

VACCINATION = Received(
    "Trạm y tế xã tổ chức tiêm phòng sởi cho trẻ từ 1 đến 10 tuổi. Thời gian: 7h30 sáng thứ bảy ngày 28/11. "
    "Địa điểm: nhà văn hóa bản Huổi Lụ. Bà con nhớ mang theo sổ tiêm chủng và thẻ bảo hiểm y tế. Tiêm miễn phí.",
    "UBND xã Búng Lao",
    "AB23CD",
    NOW + timedelta(days=5),
    NOW - timedelta(minutes=5),
    BUNG_LAO,
)
TRAINING = Received(
    "Trung tâm giáo dục nghề nghiệp mở lớp sửa máy nông nghiệp, học 2 tháng, khai giảng ngày 7/12 tại hội trường UBND xã.\n"
    "Ưu tiên hộ nghèo, cận nghèo và người dân tộc thiểu số. Học viên được hỗ trợ tiền ăn 30.000 đồng một ngày.\n"
    "Ai đi học thì nhắn lại CÓ cho trưởng bản trước ngày 1/12, đăng ký tại trưởng bản.",
    "UBND xã Mường Pồn",
    "KT72MN",
    NOW + timedelta(days=8),
    NOW - timedelta(hours=3),
    "03202",
)
WATER = Received(
    "Do sửa chữa đường ống, xã tạm ngừng cấp nước từ 22 giờ ngày 24/11 đến 5 giờ ngày 25/11. "
    "Các hộ ở bản Nà Tấu và bản Co Muông bị ảnh hưởng. Bà con chủ động trữ nước. Liên hệ anh Tâm, số 0215 000 000.",
    "UBND xã Nà Tấu",
    "WX45YZ",
    NOW + timedelta(days=2),
    NOW - timedelta(minutes=1),
    "03325",
)


def said(engine: Engine, received: Received, text: str, session: Session = SESSION, *, people: bool = True) -> Turn:
    incoming = Incoming("1", ANNA, text, NOW)
    return respond(incoming, session, engine, PersonContext(people=people, received=received))


def is_about(turn: Turn, received: Received) -> bool:
    return turn.session.asked == "received" and received.code in turn.replies[0].text


@pytest.mark.parametrize(
    ("received", "text", "answer"),
    [
        (VACCINATION, "mấy giờ", "7h30"),
        (VACCINATION, "may gio the a", "7h30"),
        (VACCINATION, "may gio vay", "7h30"),
        (VACCINATION, "tiêm có đau không", "cán bộ"),
        (VACCINATION, "không có sổ tiêm thì sao", "sổ tiêm chủng"),
        (VACCINATION, "em ở bản khác có được đi ko ạ", "từ 1 đến 10 tuổi"),
        (TRAINING, "ông tôi 85 tuổi có phải đi không", "Ưu tiên hộ nghèo"),
        (VACCINATION, "hom nao tiem z", "28/11"),
        (VACCINATION, "ở đâu thế", "nhà văn hóa bản Huổi Lụ"),
        (VACCINATION, "o dau v ad", "nhà văn hóa bản Huổi Lụ"),
        (VACCINATION, "tiêm ở chỗ nào", "Huổi Lụ"),
        (VACCINATION, "thật không", "AB23CD"),
        (VACCINATION, "cái này có phải lừa đảo không vậy", "Tin thật"),
        (VACCINATION, "có mất tiền ko", "miễn phí"),
        (VACCINATION, "mang theo gì", "sổ tiêm chủng"),
        (VACCINATION, "can mang giay to gi ko", "sổ tiêm chủng"),
        (VACCINATION, "cho ai thế", "từ 1 đến 10 tuổi"),
        (VACCINATION, "con em 12 tuổi có được tiêm không", "từ 1 đến 10 tuổi"),
        (VACCINATION, "nhà tôi không nghèo có được đi không", "từ 1 đến 10 tuổi"),
        (VACCINATION, "thông báo gì thế, nói lại đi", "Tiêm miễn phí"),
        (VACCINATION, "ai gửi đấy", "UBND xã Búng Lao"),
        (VACCINATION, "where is it?", "Huổi Lụ"),
        (VACCINATION, "what time", "7h30"),
        (VACCINATION, "is it real?", "Genuine"),
        (VACCINATION, "is it free", "miễn phí"),
        (VACCINATION, "tập trung chỗ nào vậy ạ", "Huổi Lụ"),
        (VACCINATION, "cháu nhà em mới 8 tháng có tiêm đc ko", "từ 1 đến 10 tuổi"),
        (VACCINATION, "do I need to bring anything", "sổ tiêm chủng"),
        (TRAINING, "bao giờ khai giảng", "7/12"),
        (TRAINING, "học bao lâu", "2 tháng"),
        (TRAINING, "nhà em khá giả có được học không", "Ưu tiên hộ nghèo"),
        (TRAINING, "lớp này học ở đâu", "hội trường UBND xã"),
        (TRAINING, "co duoc tien ko", "30.000 đồng"),
        (TRAINING, "đăng ký ở đâu", "đăng ký tại trưởng bản"),
        (TRAINING, "đến bao giờ hết hạn", "trước ngày 1/12"),
        (TRAINING, "can i come too", "Ưu tiên hộ nghèo"),
        (WATER, "bao giờ có nước lại", "5 giờ ngày 25/11"),
        (WATER, "sao lại cắt nước", "sửa chữa đường ống"),
        (WATER, "nhà em có bị cắt không", "bản Nà Tấu"),
        (WATER, "bản nào bị", "bản Co Muông"),
        (WATER, "gọi cho ai", "anh Tâm"),
        (WATER, "từ mấy giờ đến mấy giờ", "22 giờ"),
    ],
)
def test_a_question_about_the_announcement_is_answered_from_its_text(
    engine: Engine, received: Received, text: str, answer: str
) -> None:
    turn = said(engine, received, text)
    assert is_about(turn, received), (turn.outcome, turn.replies)
    assert answer in turn.replies[0].text


@pytest.mark.parametrize(
    ("received", "text"),
    [
        (VACCINATION, "vay bao nhiêu tiền"),
        (VACCINATION, "vay bao nhieu tien"),
        (WATER, "có được vay không"),
        (WATER, "làm nhà được bao nhiêu tiền"),
        (WATER, "trợ cấp thất nghiệp lấy ở đâu"),
        (WATER, "loa bản là gì"),
        (WATER, "nhà em bị ngập gọi ai"),
        (VACCINATION, "đi Nhật mất bao nhiêu tiền"),
        (VACCINATION, "hộ nghèo vay vốn cần giấy tờ gì"),
        (VACCINATION, "nhà dột nát có được hỗ trợ không"),
        (TRAINING, "lãi suất vay bao nhiêu"),
        (TRAINING, "Xá Nhè giờ thuộc xã nào"),
        (WATER, "học nghề ở đâu"),
        (WATER, "muốn đi làm ở Hàn Quốc thì đăng ký ở đâu"),
        (WATER, "how much can I borrow"),
        (WATER, "xin chào"),
        (WATER, "cảm ơn"),
        (WATER, "/menu"),
        (WATER, "lũ về rồi cứu với"),
        (VACCINATION, "chồng tôi đánh tôi gọi số nào"),
    ],
)
def test_a_question_of_its_own_is_none_about_the_announcement(engine: Engine, received: Received, text: str) -> None:
    turn = said(engine, received, text)
    assert turn.session.asked != "received", turn.replies[0].text
    alone = said_without(engine, text)
    assert turn.outcome is not None
    assert alone.outcome is not None
    likeliest = alone.outcome.candidates[:1] if alone.outcome.kind == "clarify" else ()
    assert turn.outcome.intent in (alone.outcome.intent, *(match.intent for match in likeliest))


def said_without(engine: Engine, text: str) -> Turn:
    return respond(Incoming("1", ANNA, text, NOW), SESSION, engine, PersonContext(people=True))


@pytest.mark.parametrize("text", ["ghi tên với ai", "mang gì", "liên hệ ai", "gọi số nào"])
def test_what_it_does_not_say_goes_to_the_commune_that_sent_it_with_one_tap(engine: Engine, text: str) -> None:
    silent = replace(VACCINATION, text="Tiêm phòng sởi sáng thứ bảy.")
    turn = said(engine, silent, text)
    assert "không nói đến" in turn.replies[0].text
    [button] = turn.replies[0].buttons
    assert button.choice == f"person:{BUNG_LAO}"
    after = respond(Incoming("2", ANNA, "", NOW, choice=button.choice), turn.session, engine, PersonContext(people=True))
    assert "xã Búng Lao" in after.replies[0].text
    assert f"[AB23CD] {text}" in after.replies[0].text


def test_without_officers_nobody_is_offered(engine: Engine) -> None:
    turn = said(engine, WATER, "có mất tiền không", people=False)
    assert turn.replies[0].buttons == ()
    assert "trưởng bản" in turn.replies[0].text


@pytest.mark.parametrize(
    "text", ["có", "Có ạ", "vâng", "ok", "không", "em đi", "tôi không đi", "đã rõ", "CÓ", "1", "i will come"]
)
def test_a_yes_to_the_announcement_is_not_taken_for_one_to_an_earlier_choice(engine: Engine, text: str) -> None:
    asked = (Button("Vay được bao nhiêu?", "intent:vbsp-overview"), Button("Không phải mấy câu này", "none"))
    turn = said(engine, TRAINING, text, replace(SESSION, at=NOW - timedelta(hours=4), offered=asked))
    assert turn.session.asked == "received"
    assert "chưa nhận được" in turn.replies[0].text
    assert turn.session.question == f"[KT72MN] {text}"


def test_a_yes_stays_one_to_what_was_asked_after_the_announcement(engine: Engine) -> None:
    asked = (Button("Vay được bao nhiêu?", "intent:vbsp-overview"), Button("Không phải mấy câu này", "none"))
    turn = said(engine, TRAINING, "vâng", replace(SESSION, at=NOW - timedelta(minutes=1), offered=asked))
    assert turn.outcome is not None
    assert turn.outcome.intent == "vbsp-overview"


def test_a_yes_to_an_open_question_of_ours_is_not_lost_to_an_announcement_that_asks_nothing(engine: Engine) -> None:
    asked = (Button("Vay được bao nhiêu?", "intent:vbsp-overview"), Button("Không phải mấy câu này", "none"))
    turn = said(engine, WATER, "vâng", replace(SESSION, at=NOW - timedelta(minutes=2), offered=asked))
    assert turn.outcome is not None
    assert turn.outcome.intent == "vbsp-overview"


def test_a_stop_stays_a_stop(engine: Engine) -> None:
    assert said(engine, TRAINING, "dừng").session.asked != "received"


def test_its_code_alone_is_checked_as_ever(engine: Engine) -> None:
    assert "AB23CD" in said(engine, VACCINATION, "/check AB23CD").replies[0].text


def test_an_announcement_that_is_over_or_withdrawn_says_so(engine: Engine) -> None:
    over = replace(VACCINATION, until=NOW - timedelta(hours=1))
    assert "hết" in said(engine, over, "mấy giờ").replies[0].text
    withdrawn = replace(VACCINATION, withdrawn=True)
    assert "rút" in said(engine, withdrawn, "mấy giờ").replies[0].text


def test_after_three_days_nothing_is_about_it(engine: Engine) -> None:
    old = replace(VACCINATION, at=NOW - timedelta(days=3, minutes=1))
    assert about(engine, "vi", "mấy giờ", old, SESSION, NOW, people=True) is None


def test_it_is_less_likely_meant_in_the_middle_of_another_talk(engine: Engine) -> None:
    talking = replace(SESSION, at=NOW, intent="vbsp-overview", topic="vbsp-loans")
    here = about(engine, "vi", "ở đâu thế", replace(VACCINATION, latest=True), SESSION, NOW, people=True)
    there = about(engine, "vi", "ở đâu thế", VACCINATION, talking, NOW, people=True)
    named = about(engine, "vi", "thông báo ấy ở đâu thế", VACCINATION, talking, NOW, people=True)
    assert here is not None
    assert there is not None
    assert named is not None
    assert there.sure < 0.5 < named.sure <= here.sure


def test_the_second_question_about_it_is_understood_as_well(engine: Engine) -> None:
    first = said(engine, VACCINATION, "mấy giờ")
    assert "Huổi Lụ" in said(engine, VACCINATION, "thế ở đâu", replace(first.session, at=NOW)).replies[0].text


def test_a_phrase_that_asks_two_things_is_refused(tiny_home: Path) -> None:
    path = tiny_home / "content/conversation.yaml"
    before = path.read_text("utf-8").rstrip("\n") + "\n"
    last = before.count("\n")
    path.write_text(before + "received:\n  questions:\n    when: [mấy giờ]\n    where: [ở đâu, May gio]\n", "utf-8")
    with pytest.raises(ContentError, match=rf"conversation.yaml:{last + 4}: .*May gio.*received.questions.when"):
        load_knowledge(tiny_home, "vi")
    path.write_text(before + 'received:\n  beside: ["…"]\n', "utf-8")
    with pytest.raises(ContentError, match=rf"conversation.yaml:{last + 2}"):
        load_knowledge(tiny_home, "vi")
    path.write_text(before, "utf-8")
    assert load_knowledge(tiny_home, "vi").received.questions == {}


# --- with the store ---------------------------------------------------------------------------------------------------


def test_whoever_got_an_announcement_can_ask_about_it_and_others_cannot(engine: Engine, store: SqliteStore) -> None:
    with closing(Town(engine, store)) as town:
        anna, binh = town.person("11", lang="vi"), town.person("12", lang="vi")
        town.officer("90", "03202")
        subscribe_one(town, anna)
        town.now += timedelta(hours=1)
        announce(store, now=town.now, texts={"vi": "7h30 mai họp bản tại nhà văn hóa."}, code="HP23MN")
        deliver_announcements(town)
        town.now += timedelta(minutes=1)
        answer = anna.write("mấy giờ thế")
        assert "7h30 mai họp bản" in answer
        assert "UBND xã Mường Pồn" in answer
        assert "HP23MN" in answer
        assert "HP23MN" not in binh.write("mấy giờ thế")
        assert "chưa nhận được" in anna.write("em đi")
        town.now += timedelta(days=4)
        assert "HP23MN" not in anna.write("mấy giờ thế")


def subscribe_one(town: Town, person: Person) -> None:
    with town.store.writing() as transaction:
        transaction.subscribe(Subscription(person.address, "03202", (), "vi", town.now))


def deliver_announcements(town: Town) -> None:
    for channel in ("zalo-bot", "telegram"):
        with town.store.writing() as transaction:
            while delivery := announcing.claim(transaction, town.now, channel):
                transaction.settle(delivery, "sent", town.now)
