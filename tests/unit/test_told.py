"""What people tell of themselves while they ask: read, merged over the turns, shown, forgotten, and used as evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.dialogue import respond
from bot.dialogue.told import facts_of, has_evidence, heard, said_of, told_after
from bot.engine import Engine
from bot.knowledge.load import load_knowledge
from bot.model import NOTHING_TOLD, Address, Incoming, Session, Told
from bot.stores.sqlite.store import SqliteStore
from bot.text.folding import fold, strip_accents
from bot.text.spans import words_in
from tests.tiny import LOAN

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PERSON = Address("t", "1")

TELLS: list[tuple[str, set[str]]] = [
    ("hộ nghèo vay vốn", {"household:poor"}),
    ("nhà em thuộc diện hộ nghèo", {"household:poor"}),
    ("nha em ho can ngheo", {"household:near-poor"}),
    ("hộ mới thoát nghèo", {"household:escaped"}),
    ("nhà em hết nghèo rồi", {"household:escaped"}),
    ("bị cắt sổ nghèo từ năm ngoái", {"household:escaped"}),
    ("trước là hộ nghèo, giờ thoát nghèo rồi", {"household:escaped"}),
    ("thoát nghèo lên cận nghèo", {"household:escaped"}),
    ("nhà em chưa thoát nghèo", {"household:poor"}),
    ("chua thoat ngheo", {"household:poor"}),
    ("không phải hộ nghèo", {"household:not-poor"}),
    ("không phải là hộ nghèo", {"household:not-poor"}),
    ("k phai ho ngheo", {"household:not-poor"}),
    ("nhà em không thuộc hộ nghèo", {"household:not-poor"}),
    ("không thuộc hộ nghèo, cận nghèo", {"household:not-poor"}),
    ("không phải hộ nghèo mà là hộ cận nghèo", {"household:near-poor"}),
    ("tôi cận nghèo chứ không phải hộ nghèo", {"household:near-poor"}),
    ("không còn là hộ nghèo", {"household:escaped"}),
    ("we are not poor", {"household:not-poor"}),
    ("we are not a poor household", {"household:not-poor"}),
    ("we are no longer poor", {"household:escaped"}),
    ("we just left poverty", {"household:escaped"}),
    ("hộ nghèo, cận nghèo được gì", set()),
    ("hộ nghèo hay cận nghèo mới được", set()),
    ("có phải hộ nghèo không", set()),
    ("thế nào là hộ nghèo", set()),
    ("tỷ lệ hộ nghèo", set()),
    ("làm sao để thoát nghèo", set()),
    ("em là người Thái", {"people:thai"}),
    ("nhà em dân tộc Mông", {"people:mong"}),
    ("I am H'Mông", {"people:mong"}),
    ("nuôi gà H'Mông", {"work:chicken"}),
    ("bố tôi là thương binh", {"people:meritorious"}),
    ("con em bị khuyết tật", {"people:disabled"}),
    ("vợ em đang mang thai", {"people:pregnant"}),
    ("nhà có con nhỏ", {"people:small-child"}),
    ("ông tôi 85 tuổi", {"people:elderly"}),
    ("bà cụ tám mươi lăm tuổi", {"people:elderly"}),
    ("con em 3 tuổi", {"people:small-child"}),
    ("từ 60 tuổi trở lên thì sao", set()),
    ("dê thì sao", {"work:goat"}),
    ("để vay vốn", set()),
    ("de vay von", set()),
    ("em không nuôi gà", set()),
    ("em không có trâu, em nuôi dê", {"work:goat"}),
    ("em nuôi trâu và lợn", {"work:buffalo", "work:pig"}),
    ("trồng cà phê", {"work:coffee"}),
    ("nhà dệt thổ cẩm", {"work:weaving"}),
    ("học mấy ngày", set()),
    ("con em đang ở Nhật", {"abroad:japan"}),
    ("em dang lam o dai loan", {"abroad:taiwan"}),
    ("my son is in Japan", {"abroad:japan"}),
    ("đi Nhật lương bao nhiêu", set()),
    ("em muốn sang Hàn Quốc", set()),
    ("bao nhiêu", set()),
    ("", set()),
]


@pytest.mark.parametrize(("text", "facts"), TELLS)
def test_what_a_message_tells_is_read(engine: Engine, text: str, facts: set[str]) -> None:
    assert facts_of(told_after(NOTHING_TOLD, text, engine)) == facts


@pytest.mark.parametrize(
    ("texts", "facts"),
    [
        (["nhà em hộ nghèo", "nuôi dê thì sao"], {"household:poor", "work:goat"}),
        (["nhà em hộ nghèo", "à nhà em thoát nghèo rồi"], {"household:escaped"}),
        (["nhà em hộ cận nghèo", "không phải hộ nghèo đâu"], {"household:near-poor"}),
        (["nhà em hộ nghèo", "không phải hộ nghèo đâu"], {"household:not-poor"}),
        (["nhà em hộ cận nghèo", "không phải hộ cận nghèo"], set()),
        (["em nuôi trâu", "em không có trâu"], set()),
        (["em nuôi trâu", "nuôi lợn", "bao nhiêu"], {"work:buffalo", "work:pig"}),
        (["ông tôi 85 tuổi", "cháu tôi 20 tuổi"], set()),
        (["em đang ở Nhật", "mẹ em đang ở Hàn Quốc"], {"abroad:korea"}),
    ],
)
def test_what_is_newer_wins(engine: Engine, texts: Sequence[str], facts: set[str]) -> None:
    told = NOTHING_TOLD
    for text in texts:
        told = told_after(told, text, engine)
    assert facts_of(told) == facts


def test_only_the_newest_of_many_are_remembered(engine: Engine) -> None:
    told = NOTHING_TOLD
    for animal in ("trâu", "bò", "lợn", "gà", "vịt"):
        told = told_after(told, f"nuôi {animal}", engine)
    assert told.work == ("duck", "chicken", "pig", "cow")


# --- in a session -----------------------------------------------------------------------------------------------------


def said(text: str, session: Session, engine: Engine, at: datetime = NOW, **changes: object) -> Session:
    incoming = replace(Incoming("1", PERSON, text, at), **changes)  # type: ignore[arg-type]
    return respond(incoming, session, engine).session


def stored(store: SqliteStore) -> Session | None:
    with store.writing() as transaction:
        return transaction.session(PERSON)


def test_it_is_kept_for_the_conversation_and_no_longer(engine: Engine) -> None:
    session = said("nhà em hộ nghèo nuôi dê", Session(PERSON, lang="vi", greeted=True), engine)
    session = said("vay được bao nhiêu", session, engine, NOW + timedelta(minutes=29))
    assert facts_of(session.told) == {"household:poor", "work:goat"}
    assert said("chào", session, engine, NOW + timedelta(minutes=60)).told == NOTHING_TOLD


def test_somebody_elses_words_and_buttons_tell_nothing(engine: Engine) -> None:
    session = Session(PERSON, lang="vi", greeted=True)
    assert said("nhà em hộ nghèo", session, engine, way="forwarded").told == NOTHING_TOLD
    assert said("hộ nghèo", session, engine, choice="menu").told == NOTHING_TOLD


@pytest.mark.parametrize(
    ("lang", "facts"),
    [
        ("vi", "trong cuộc nói chuyện này: hộ mới thoát nghèo; người Thái; dê; 85 tuổi; có người ở Nhật Bản"),
        ("en", "a household that has just left poverty; Thái; goats; 85 years old; somebody in Japan"),
    ],
)
def test_it_is_shown_to_whoever_asks_what_is_kept(engine: Engine, lang: str, facts: str) -> None:
    told = Told("escaped", ("thai",), 85, ("goat",), "japan")
    session = Session(PERSON, lang=lang, greeted=True, at=NOW, told=told)
    [reply] = respond(Incoming("1", PERSON, "/mydata", NOW), session, engine).replies
    [line] = [line for line in reply.text.splitlines() if line.endswith(facts)]
    assert line.startswith("• ")


def test_nothing_told_is_no_line(engine: Engine) -> None:
    assert said_of(engine, "vi", NOTHING_TOLD) == ""
    session = Session(PERSON, lang="vi", greeted=True, at=NOW)
    [reply] = respond(Incoming("1", PERSON, "/mydata", NOW), session, engine).replies
    assert "kể" not in reply.text


def test_what_an_older_version_of_the_content_called_otherwise_is_passed_over(engine: Engine) -> None:
    assert said_of(engine, "vi", Told(people=("martian",), work=("goat",), abroad="moon")) == "dê"


def test_it_is_stored_with_the_session_and_an_old_session_has_none() -> None:
    told = Told("poor", ("thai",), 85, ("goat", "pig"), "japan")
    with closing(SqliteStore(":memory:")) as store:
        with store.writing() as transaction:
            transaction.save_session(Session(PERSON, at=NOW, told=told))
        assert stored(store) == Session(PERSON, at=NOW, told=told)
        with store.writing() as transaction:
            transaction.execute("UPDATE sessions SET data = json_remove(data, '$.told')")
        assert stored(store) == Session(PERSON, at=NOW)


def test_the_disk_forgets_it_with_the_conversation() -> None:
    with closing(SqliteStore(":memory:")) as store:
        with store.writing() as transaction:
            transaction.save_session(Session(PERSON, at=NOW, told=Told("poor")))
        store.purge(NOW + timedelta(minutes=29))
        assert stored(store) == Session(PERSON, at=NOW, told=Told("poor"))
        store.purge(NOW + timedelta(minutes=31))
        assert stored(store) == Session(PERSON, at=NOW)


# --- evidence ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("intent", "text", "told", "there"),
    [
        ("vbsp-newly-escaped", "hộ nghèo vay vốn", NOTHING_TOLD, False),
        ("vbsp-newly-escaped", "ho moi thoat ngheo vay von", NOTHING_TOLD, True),
        ("vbsp-newly-escaped", "vay được bao nhiêu", Told("escaped"), True),
        ("vbsp-newly-escaped", "vay được bao nhiêu", Told("poor"), False),
        ("vbsp-housing-loan", "vay vốn thế nào", NOTHING_TOLD, False),
        ("vbsp-housing-loan", "vay lam nha", NOTHING_TOLD, True),
        ("vbsp-student-loan", "vay cho con đi học", NOTHING_TOLD, True),
        ("vbsp-student-loan", "lãi bao nhiêu", NOTHING_TOLD, False),
        ("training-college", "học nghề ở đâu", NOTHING_TOLD, False),
        ("training-college", "which colleges are there", NOTHING_TOLD, True),
        ("job-support-poor", "tìm việc làm", NOTHING_TOLD, False),
        ("job-support-poor", "tìm việc làm", Told("near-poor"), True),
        ("labour-export-korea-eps", "đăng ký thế nào", NOTHING_TOLD, False),
        ("labour-export-korea-eps", "di han dang ky the nao", NOTHING_TOLD, True),
        ("livelihood-cattle-goat", "thế nuôi thì sao", Told(work=("goat",)), True),
        ("meritorious-social-protection", "được hưởng gì", Told(age=85), True),
        ("meritorious-social-protection", "được hưởng gì", Told(age=30), False),
        ("vbsp-eligibility", "bao nhiêu", NOTHING_TOLD, True),
    ],
)
def test_a_narrower_case_needs_what_makes_it_narrower(engine: Engine, intent: str, text: str, told: Told, there: bool) -> None:
    known = engine.knowledge.intents[intent]
    assert has_evidence(known, fold(text).split(), told) is there
    assert has_evidence(known, words_in(text), told) is there


def test_every_phrasing_of_a_narrower_case_has_its_evidence(engine: Engine) -> None:
    missing = [
        (intent.id, text)
        for intent in engine.knowledge.intents.values()
        for texts in (*intent.examples.values(), *((one,) for one in intent.question.values()))
        for text in texts
        for typed in (text, strip_accents(text))
        if not has_evidence(intent, words_in(typed), heard(words_in(typed), engine.told).told)
    ]
    assert missing == []


def test_nothing_urgent_waits_for_evidence(engine: Engine) -> None:
    assert [one.id for one in engine.knowledge.intents.values() if one.urgent and one.needs_evidence] == []


def test_evidence_may_be_a_phrase_or_a_told_fact(tiny_home: Path) -> None:
    path = tiny_home / LOAN
    path.write_text(path.read_text("utf-8") + 'needs_evidence: [household:escaped, "thoát nghèo"]\n', "utf-8")
    intent = load_knowledge(tiny_home).intents["loan-amount"]
    assert has_evidence(intent, ["household", "escaped"]) is False
    assert has_evidence(intent, ["moi", "thoat", "ngheo"]) is True
    assert has_evidence(intent, [], Told("escaped")) is True


def test_a_session_is_json_that_anybody_can_read() -> None:
    with closing(SqliteStore(":memory:")) as store, store.writing() as transaction:
        transaction.save_session(Session(PERSON, at=NOW, told=Told("poor", ("thai",))))
        row = transaction.execute("SELECT data FROM sessions").fetchone()
    told = json.loads(row["data"])["told"]
    assert told == {"household": "poor", "people": ["thai"], "age": None, "work": [], "abroad": None}
