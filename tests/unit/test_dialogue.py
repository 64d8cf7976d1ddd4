"""What is said, and what is asked back: one message in, one turn out, on the real content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue import respond
from bot.dialogue.choices import CHOOSABLE
from bot.dialogue.decide import decide
from bot.dialogue.limits import CAPACITY, PER_SECOND, take_token
from bot.engine import Engine
from bot.model import Address, Button, Incoming, IncomingKind, Intent, Match, Place, Session, Turn
from bot.model.well_known import OUT_OF_SCOPE
from bot.text.folding import fold, strip_accents

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LOAN_QUESTION = "vay vốn cho con học đại học"
SHORTEST_LIMIT = 2000  # characters that a message may have on the strictest channel


@dataclass
class Talk:
    """A conversation: what a person writes or taps, one after the other."""

    engine: Engine
    session: Session = field(default_factory=lambda: Session(Address("test", "1"), greeted=True))
    at: datetime = START
    buttons: tuple[Button, ...] = ()

    def write(self, text: str, *, after: float = 20, kind: IncomingKind = "text") -> Turn:
        return self._turn(Incoming("1", self.session.address, text, self.at + timedelta(seconds=after), None, kind))

    def tap(self, choice: str) -> Turn:
        return self._turn(Incoming("1", self.session.address, "", self.at + timedelta(seconds=20), choice))

    def _turn(self, incoming: Incoming) -> Turn:
        self.at = incoming.at
        turn = respond(incoming, self.session, self.engine)
        self.session = turn.session
        self.buttons = turn.replies[-1].buttons if turn.replies else ()
        return turn


def said(turn: Turn) -> str:
    return "\n".join(reply.text for reply in turn.replies)


def kind(turn: Turn) -> str:
    return turn.outcome.kind if turn.outcome else "silence"


def intent(turn: Turn) -> str | None:
    return turn.outcome.intent if turn.outcome else None


def choices(turn: Turn) -> list[str]:
    return [button.choice for reply in turn.replies for button in reply.buttons]


@pytest.fixture
def talk(engine: Engine) -> Talk:
    return Talk(engine)


# --- the first contact ------------------------------------------------------------------------------------------------


def test_the_first_question_is_answered_after_a_word_about_who_this_is(engine: Engine) -> None:
    talk = Talk(engine, Session(Address("test", "1")))
    turn = talk.write(LOAN_QUESTION)
    assert len(turn.replies) == 2
    assert "máy trả lời tự động" in turn.replies[0].text
    assert "/privacy" in turn.replies[0].text
    assert len(talk.write(LOAN_QUESTION).replies) == 1


def test_a_greeting_says_once_who_this_is(engine: Engine) -> None:
    turn = Talk(engine, Session(Address("test", "1"))).write("/start")
    assert len(turn.replies) == 1
    assert "/privacy" in said(turn)


def test_somebody_who_writes_english_is_greeted_in_english(engine: Engine) -> None:
    turn = Talk(engine, Session(Address("test", "1"))).write("how can I get a loan for my studies")
    assert turn.replies[0].text.startswith("Hello.")


# --- floods -----------------------------------------------------------------------------------------------------------


def flood(talk: Talk, messages: int) -> list[Turn]:
    return [talk.write("xin chào", after=0) for _ in range(messages)]


def test_a_flood_gets_one_notice_and_then_silence(talk: Talk) -> None:
    turns = flood(talk, int(CAPACITY) + 5)
    assert all(turn.outcome for turn in turns[: int(CAPACITY)])
    assert "dồn dập" in said(turns[int(CAPACITY)])
    assert [turn.replies for turn in turns[int(CAPACITY) + 1 :]] == [()] * 4


def test_who_waits_is_answered_again(talk: Talk) -> None:
    flood(talk, int(CAPACITY) + 5)
    assert kind(talk.write("xin chào", after=1 / PER_SECOND)) == "answer"
    assert "dồn dập" in said(talk.write("xin chào", after=0))


def test_an_emergency_is_answered_in_the_middle_of_a_flood(talk: Talk) -> None:
    flood(talk, int(CAPACITY) + 5)
    turn = talk.write("lũ cuốn người mất tích cứu với", after=0)
    assert intent(turn) == "emergency"
    assert turn.replies


PAUSES = st.lists(st.floats(0, 100), max_size=80)


@given(PAUSES)
def test_nobody_is_answered_more_often_than_the_bucket_allows(pauses: list[float]) -> None:
    session, at, allowed = Session(Address("test", "1")), START, 0
    for pause in pauses:
        at += timedelta(seconds=pause)
        session, answered = take_token(session, at)
        allowed += answered
        assert 0 <= session.tokens <= CAPACITY
    assert allowed <= CAPACITY + sum(pauses) * PER_SECOND + 1e-6
    assert allowed >= min(len(pauses), int(CAPACITY))


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    session, _ = take_token(Session(Address("test", "1")), START)
    session, answered = take_token(session, START - timedelta(hours=1))
    assert answered
    assert session.tokens == CAPACITY - 2


# --- choices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["2", "2.", "số 2", "so 2", "câu 2", "cau so 2", "hai", "thứ hai", "câu thứ hai", "mục 2", "chọn số 2", " 2 "]
)
def test_a_choice_is_made_by_its_number(talk: Talk, text: str) -> None:
    talk.write("/menu")
    second = talk.buttons[1]
    turn = talk.write(text)
    assert said(turn).startswith(second.label)


@pytest.mark.parametrize("text", ["two", "the second one", "number 2", "option 2"])
def test_a_choice_is_made_by_its_number_in_english(talk: Talk, text: str) -> None:
    talk.tap("lang:en")
    talk.write("/menu")
    second = talk.buttons[1]
    assert said(talk.write(text)).startswith(second.label)


@pytest.mark.parametrize("typed", ["Việc làm", "viec lam", "VIỆC LÀM!", "làm việc"])
def test_a_choice_is_made_by_its_words(talk: Talk, typed: str) -> None:
    talk.write("/menu")
    assert said(talk.write(typed)).startswith("Việc làm:")


def test_a_number_that_was_not_offered_is_asked_again(talk: Talk) -> None:
    talk.write("/menu")
    offered = talk.buttons
    turn = talk.write("99")
    assert kind(turn) == "menu"
    assert f"từ 1 đến {len(offered)}" in said(turn)
    assert turn.replies[-1].buttons == offered


def test_a_number_out_of_the_blue_is_no_choice(talk: Talk) -> None:
    assert kind(talk.write("2")) == "unknown"


def asked_back(talk: Talk) -> list[str]:
    """The intents that "vay tiền" is asked back about."""
    found = [choice.removeprefix("intent:") for choice in choices(talk.write("vay tiền")) if choice.startswith("intent:")]
    assert len(found) > 2
    return found


@pytest.mark.parametrize("text", ["3", "câu thứ ba", "số 3"])
def test_what_was_asked_back_about_stays_choosable_for_a_few_replies(talk: Talk, text: str) -> None:
    listed = asked_back(talk)
    assert intent(talk.write("1")) == listed[0]
    talk.write("cảm ơn")
    assert intent(talk.write(text)) == listed[2]


def test_the_last_one_is_of_the_earlier_list_where_the_last_reply_offers_no_question(talk: Talk) -> None:
    listed = asked_back(talk)
    talk.write("1")
    assert intent(talk.write("cái cuối")) == listed[-1]


def test_a_number_under_the_last_reply_comes_before_one_of_an_earlier_list(talk: Talk) -> None:
    asked_back(talk)
    talk.write("/menu")
    second = talk.buttons[1]
    assert said(talk.write("2")).startswith(second.label)


def test_an_earlier_list_is_forgotten_after_a_few_replies(talk: Talk) -> None:
    listed = asked_back(talk)
    talk.write("1")
    for _ in range(CHOOSABLE):
        talk.write("cảm ơn")
    assert intent(talk.write("3")) not in listed


def test_in_an_emergency_a_number_chooses_nothing_of_an_earlier_list(talk: Talk) -> None:
    listed = asked_back(talk)
    assert talk.write("nhà tôi đang cháy, cứu với").session.emergency
    assert intent(talk.write("3")) not in listed


def test_a_girl_who_may_take_part_is_no_emergency(talk: Talk) -> None:
    """The phrasing nearest to it is one of abuse."""
    assert not talk.write("Cháu gái nhà bên 18 tuổi có dự được không ạ?").session.emergency


def test_the_last_one_of_a_menu_is_its_last_topic(talk: Talk) -> None:
    talk.write("/menu")
    *_, last = (button for button in talk.buttons if button.choice.startswith("topic:"))
    assert said(talk.write("cái cuối")).startswith(last.label)


def test_choices_are_forgotten_after_half_an_hour(talk: Talk) -> None:
    talk.write("/menu")
    assert kind(talk.write("2", after=31 * 60)) == "unknown"


@pytest.mark.parametrize(
    "choice",
    [
        *("", "intent:gone", "topic:gone", "lang:xx", "place:00000", "nonsense", ":", "intent:"),
        *("subscribe:00000", "subscribe:03160:gone", "subscribe:03160:all+gone", "subscribe:03160:all:no", "subscribe:gone"),
        *("subscribe:03160:all:yes:yes", "subscribe-list:", "subscribe-list:0", "subscribe-list:99", "subscribe-list:-1"),
    ],
)
def test_a_button_that_means_nothing_any_more_leads_back_to_the_topics(talk: Talk, choice: str) -> None:
    turn = talk.tap(choice)
    assert kind(turn) == "menu"
    assert "Nút ấy cũ quá" in said(turn)
    assert [one for one in choices(turn) if one.startswith("topic:")]


def test_every_button_leads_somewhere(engine: Engine) -> None:
    """From the menu on, in both languages, no tap ends at "that button is too old"."""
    for lang in engine.knowledge.words:
        too_old = engine.words(lang).say("That button is too old to use. Please choose again here, or write your question.")
        seen: set[str] = set()
        waiting = [
            "menu",
            "none",
            *(f"intent:{one}" for one in engine.knowledge.intents),
            *(f"place:{one}" for one in engine.gazetteer.by_code),
        ]
        while waiting:
            choice = waiting.pop()
            if choice in seen:
                continue
            seen.add(choice)
            turn = respond(
                Incoming("1", Address("t", "1"), "", START, choice), Session(Address("t", "1"), lang=lang, greeted=True), engine
            )
            assert too_old not in said(turn), choice
            waiting.extend(one for one in choices(turn) if not one.startswith("lang:"))
        assert {f"topic:{topic}" for topic in engine.knowledge.topics} <= seen


# --- answers ----------------------------------------------------------------------------------------------------------


def test_an_answer_closes_with_whom_to_ask_and_where_it_comes_from(engine: Engine, talk: Talk) -> None:
    known = engine.knowledge.intents["vbsp-student-loan"]
    text = said(talk.tap("intent:vbsp-student-loan"))
    assert text.split("\n") == [*known.short["vi"].split("\n"), known.referral["vi"], known.source_line["vi"]]
    assert "Nguồn:" in text


def test_every_answer_fits_the_shortest_message_in_every_language(engine: Engine) -> None:
    long = [
        (lang, one, len(said(turn)))
        for lang in engine.knowledge.words
        for one in engine.knowledge.intents
        for turn in [Talk(engine, Session(Address("t", "1"), lang=lang, greeted=True)).tap(f"intent:{one}")]
        if len(said(turn)) > SHORTEST_LIMIT
    ]
    assert long == []


def test_no_brace_of_a_template_reaches_a_resident(engine: Engine) -> None:
    left = [
        (one.id, lang)
        for one in engine.knowledge.intents.values()
        for texts in (one.short, one.more)
        for lang, text in texts.items()
        if "{" in text or "}" in text
    ]
    assert left == []


def test_a_question_about_something_else_is_refused_with_the_topics_and_a_human(talk: Talk) -> None:
    turn = talk.write("làm sổ đỏ cho mảnh nương mất bao nhiêu tiền")
    assert (kind(turn), intent(turn)) == ("unknown", OUT_OF_SCOPE)
    assert "intent:contact-official" in choices(turn)
    assert [one for one in choices(turn) if one.startswith("topic:")]


@pytest.mark.parametrize("text", ["👍", "???", "...", "谢谢", "ཀ", "\u200b"])
def test_a_sign_after_an_answer_is_no_crash(talk: Talk, text: str) -> None:
    """People answer an answer with a thumb."""
    talk.write(LOAN_QUESTION)
    assert intent(talk.tap("intent:vbsp-student-loan")) == "vbsp-student-loan"
    assert talk.write(text).replies


def test_who_says_that_something_else_was_meant_does_not_get_the_same_again(talk: Talk) -> None:
    talk.tap("intent:vbsp-student-loan")
    turn = talk.write("không phải, ý tôi là học nghề")
    assert turn.replies
    assert intent(turn) != "vbsp-student-loan"


@pytest.mark.parametrize("sent", ["voice", "photo", "sticker", "location", "file", "other"])
def test_what_is_no_text_is_answered_with_a_way_on(talk: Talk, sent: IncomingKind) -> None:
    turn = talk.write("", kind=sent)
    assert kind(turn) == ("menu" if sent == "sticker" else "unknown")
    assert choices(turn)


# --- commands and languages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_command_of_the_vocabulary_is_answered(engine: Engine, lang: str) -> None:
    for name, phrases in engine.knowledge.vocabulary.commands.items():
        for text in (f"/{name}", f"/{name.upper()}", f"/{name}@loaban_bot", *phrases):
            turn = Talk(engine, Session(Address("t", "1"), lang=lang, greeted=True)).write(text)
            assert kind(turn) in ("command", "menu"), text
            assert said(turn).strip(), text


def test_no_words_stand_for_two_commands(engine: Engine) -> None:
    """Without accents, too: whoever writes "dung thong bao" must not subscribe."""
    commands = engine.knowledge.vocabulary.commands
    wrong = [
        words
        for name, phrases in commands.items()
        for words in phrases
        if {engine.command(words), engine.command(fold(words))} != {name}
    ]
    assert wrong == []


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_word_menu_belongs_to_every_language(engine: Engine, lang: str) -> None:
    """The bot itself tells people to write it."""
    turn = Talk(engine, Session(Address("t", "1"), lang=lang, greeted=True)).write("menu")
    assert turn.outcome is not None
    assert turn.outcome.lang == lang


def test_the_word_menu_out_of_the_blue_is_answered_in_the_language_of_the_house(talk: Talk) -> None:
    turn = talk.write("menu")
    assert turn.outcome is not None
    assert turn.outcome.lang == "vi"


def test_an_unknown_command_is_no_crash(talk: Talk) -> None:
    for text in ("/", "/ menu", "/xyz", "//", "/@", "/menu@"):
        assert talk.write(text).replies


def test_forgetting_is_confirmed_and_asked_of_the_store(talk: Talk) -> None:
    turn = talk.write("/forget")
    assert turn.forget
    assert "đã xóa hết" in said(turn) or "xóa hết" in said(turn)
    assert choices(turn) == []


def test_a_chosen_language_stays(talk: Talk) -> None:
    talk.tap("lang:en")
    assert said(talk.write("/menu")).startswith("Choose a topic")
    assert talk.session.lang == "en"


def test_a_question_in_english_is_answered_in_english(talk: Talk) -> None:
    turn = talk.write("how do I borrow money for university")
    assert turn.outcome is not None
    assert turn.outcome.lang == "en"


# --- decisions --------------------------------------------------------------------------------------------------------


def made(one: str, topic: str, *, urgent: bool = False) -> Intent:
    return Intent(one, topic, "A", urgent, "", date(2027, 1, 1), (), (), {}, {}, {}, {}, {}, {}, {}, "overview")


INTENTS = {
    one.id: one
    for one in (
        made("loan", "vbsp-loans"),
        made("house", "housing"),
        made("job", "jobs"),
        made("emergency", "system", urgent=True),
        made(OUT_OF_SCOPE, "system"),
    )
}
RANKED = st.builds(
    lambda intents, chances: [
        Match(one, chance, "") for one, chance in zip(intents, sorted(chances, reverse=True), strict=False)
    ],
    st.permutations(list(INTENTS)),
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
)


@given(RANKED)
def test_an_answer_is_one_intent_and_a_question_back_at_most_three(matches: list[Match]) -> None:
    decision = decide(matches, INTENTS)
    allowed = {"answer": (1,), "clarify": (1, 2, 3), "unknown": (0, 1)}[decision.zone]
    assert len(decision.choices) in allowed
    assert all(match in matches for match in decision.choices)
    if decision.zone != "unknown":
        assert OUT_OF_SCOPE not in {match.intent for match in decision.choices}


@given(RANKED)
def test_more_probability_for_the_first_never_turns_an_answer_into_a_doubt(matches: list[Match]) -> None:
    if decide(matches, INTENTS).zone == "answer":
        surer = [replace(matches[0], probability=1.0), *matches[1:]]
        assert decide(surer, INTENTS).zone in ("answer", "unknown" if surer[0].intent == OUT_OF_SCOPE else "answer")


def test_an_urgent_intent_wins_a_tie() -> None:
    matches = [Match("loan", 0.80, ""), Match("emergency", 0.75, "")]
    decision = decide(matches, INTENTS)
    assert (decision.zone, decision.choices[0].intent) == ("answer", "emergency")


def test_a_wrong_answer_about_a_loan_costs_more_than_one_about_a_house() -> None:
    unsure = [
        chance / 100
        for chance in range(100)
        if decide([Match("house", chance / 100, "")], INTENTS).zone == "answer"
        and decide([Match("loan", chance / 100, "")], INTENTS).zone != "answer"
    ]
    assert unsure


def test_without_any_match_nothing_is_claimed() -> None:
    assert decide([], INTENTS).zone == "unknown"


# --- places -----------------------------------------------------------------------------------------------------------


def asked_for_a_place(engine: Engine, text: str, lang: str = "vi") -> Turn:
    """What is said to `text` after "which commune was it?"."""
    session = Session(Address("test", "1"), lang=lang, greeted=True, asked="place", at=START)
    return respond(Incoming("1", session.address, text, START + timedelta(seconds=20)), session, engine)


def leads_to(turn: Turn, place: Place) -> bool:
    """Whether the reply names the unit of today, or offers it as one of the readings."""
    english = f"{place.name} {'commune' if place.kind == 'xã' else 'ward'}"
    return place.full_name in said(turn) or english in said(turn) or f"place:{place.code}" in choices(turn)


def test_all_45_communes_and_wards_are_known(engine: Engine) -> None:
    kinds = [place.kind for place in engine.knowledge.places]
    assert (len(kinds), kinds.count("phường")) == (45, 3)


@pytest.mark.parametrize("typed", [str, strip_accents, str.upper, lambda name: f"xã {name} cũ", lambda name: f"còn {name}?"])
def test_every_old_name_leads_to_its_commune_of_today_or_is_asked_back(engine: Engine, typed: Callable[[str], str]) -> None:
    lost = [
        (old.name, place.full_name)
        for place in engine.knowledge.places
        for old in place.formed_from
        if not leads_to(asked_for_a_place(engine, typed(old.name)), place)
    ]
    # A word such as "xã" before the name of an old town or ward says that another place is meant.
    same_name = {unit.name for place in engine.knowledge.places for unit in place.formed_from if unit.kind != "xã"}
    assert [one for one in lost if one[0] not in same_name or "xã" not in typed("")] == []


def test_every_name_of_today_leads_to_its_commune(engine: Engine) -> None:
    for place in engine.knowledge.places:
        for text in (place.name, place.full_name, strip_accents(place.full_name)):
            assert leads_to(asked_for_a_place(engine, text), place), text


@pytest.mark.parametrize(("name", "lang", "said_as"), [("Xá Nhè", "en", "Sáng Nhè commune"), ("Pa My", "vi", "xã Nậm Kè")])
def test_the_name_of_a_place_is_no_reason_to_change_the_language(engine: Engine, name: str, lang: str, said_as: str) -> None:
    assert said_as in said(asked_for_a_place(engine, name, lang))


def test_a_name_that_means_several_places_is_asked_back_and_each_choice_leads_there(engine: Engine) -> None:
    by_name: dict[str, set[str]] = {}
    for place in engine.knowledge.places:
        for name in {place.name, *(unit.name for unit in place.formed_from)}:
            by_name.setdefault(fold(name), set()).add(place.code)
    several = {name: codes for name, codes in by_name.items() if len(codes) > 1}
    assert {"muong cha", "muong thanh", "sam mun"} <= several.keys()
    for name, codes in several.items():
        turn = asked_for_a_place(engine, name)
        assert set(choices(turn)) == {f"place:{code}" for code in codes}, name
        for code in codes:
            chosen = Talk(engine).tap(f"place:{code}")
            assert engine.gazetteer.by_code[code].full_name.lower() in said(chosen).lower()


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("thị trấn Mường Chà", "xã Na Sang"),
        ("thi tran muong cha", "xã Na Sang"),
        ("thị trấn Điện Biên Đông", "xã Na Son"),
        ("thị trấn Tủa Chùa", "xã Tủa Chùa"),
        ("xã Chà Cang", "xã Mường Chà"),
        ("Him Lam", "phường Điện Biên Phủ"),
        ("Noong Bua", "phường Mường Thanh"),
        ("xã Pom Lót", "xã Sam Mứn"),
        ("Xá Nhè", "xã Sáng Nhè"),
    ],
)
def test_a_name_that_tells_leads_to_one_place(engine: Engine, text: str, unit: str) -> None:
    turn = asked_for_a_place(engine, text)
    assert unit in said(turn)
    assert not [choice for choice in choices(turn) if choice.startswith("place:")]


def test_a_place_that_is_not_where_its_name_says_comes_with_a_warning(engine: Engine) -> None:
    for place in engine.knowledge.places:
        if place.trap:
            for lang, warning in place.trap.items():
                session = Session(Address("t", "1"), lang=lang, greeted=True)
                assert warning in said(Talk(engine, session).tap(f"place:{place.code}"))


@pytest.mark.parametrize(
    ("typed", "unit"), [("Mường Phăngg", "Mường Phăng"), ("si pa phinn", "Si Pa Phìn"), ("leng su sinh", "Sín Thầu")]
)
def test_a_long_name_may_have_a_slip(engine: Engine, typed: str, unit: str) -> None:
    assert unit in said(asked_for_a_place(engine, typed))


def test_a_place_is_found_in_a_whole_question(talk: Talk) -> None:
    turn = talk.write("Xá Nhè giờ thuộc xã nào")
    assert (kind(turn), intent(turn)) == ("answer", "admin-merger-commune")
    assert "xã Sáng Nhè" in said(turn)


def test_a_second_place_can_be_asked_right_away(talk: Talk) -> None:
    talk.write("Xá Nhè giờ thuộc xã nào")
    assert "xã Búng Lao" in said(talk.write("còn Ẳng Tở"))


@pytest.mark.parametrize("yes", ["đúng", "dung", "vâng", "yes"])
def test_a_yes_to_a_question_back_is_never_taken_for_a_stop(engine: Engine, yes: str) -> None:
    address = Address("test", "1")
    offered = (Button("Được hỗ trợ bao nhiêu tiền để làm nhà?", "intent:housing-amount"), Button("Không phải", "none"))
    session = Session(address, greeted=True, at=datetime(2026, 11, 23, tzinfo=UTC), offered=offered)
    turn = respond(Incoming("1", address, yes, datetime(2026, 11, 23, tzinfo=UTC)), session, engine)
    assert turn.outcome
    assert turn.outcome.intent == "housing-amount"
    assert not turn.stop


@pytest.mark.parametrize("stop", ["dừng", "đừng nhắn nữa", "/stop", "stop"])
def test_a_stop_is_never_taken_for_a_yes(engine: Engine, stop: str) -> None:
    address = Address("test", "1")
    offered = (Button("Được hỗ trợ bao nhiêu tiền để làm nhà?", "intent:housing-amount"), Button("Không phải", "none"))
    session = Session(address, greeted=True, at=START, offered=offered)
    assert respond(Incoming("1", address, stop, START), session, engine).stop
