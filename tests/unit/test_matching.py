"""The matcher on the real content: what must hold for every message, whatever it says."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.dialogue import respond
from bot.engine import Engine
from bot.matching.matcher import FOREIGN, RANKED, Example, Matcher
from bot.model import Address, Incoming, Match, Session, Turn, Vocabulary
from bot.model.well_known import OUT_OF_SCOPE
from bot.text.folding import strip_accents

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
AFTER_AN_ANSWER = Session(Address("test", "1"), greeted=True, topic="vbsp-loans", intent="vbsp-overview", at=AT)

# What phones, vendors and pranksters send: all of Unicode with its surrogates, and the words of the content.
ODD = st.sampled_from(
    [
        "\0",
        "\u200b",
        "\u200d",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\ud800",
        "\udfff",
        "👍🏽",
        "👨‍👩‍👧‍👦",
        "🇻🇳",
        "مرحبا",
        "谢谢",
        "ไทย",
        "H'Mông",
        "ß",
        "İ",
        "ﬁ",
    ]
)
WORD = st.sampled_from(
    re.split(" ", "vay vốn nghề nhà bò tiền lãi suất bao nhiêu the loan how much 2025 100tr đc ko tooi vo61n ? , .")
)
ANY_CHARACTER = st.text(st.characters(exclude_categories=()), max_size=60)
PIECE = st.one_of(ODD, WORD, ANY_CHARACTER)
MESSAGE = st.builds(
    lambda pieces, blank, times: (blank.join(pieces) * times)[:10_000],
    st.lists(PIECE, max_size=12),
    st.sampled_from([" ", "", "\n"]),
    st.sampled_from([1, 1, 1, 7, 400]),
)


@pytest.fixture(scope="session")
def matcher(engine: Engine) -> Matcher:
    return engine.matcher


@pytest.fixture(scope="session")
def turn_of(engine: Engine) -> Callable[[str, Session], Turn]:
    """What a message leads to. (A function, because hypothesis prints its arguments and an engine is long.)"""
    return lambda text, session: respond(Incoming("1", session.address, text, AT), session, engine)


@given(MESSAGE)
@settings(max_examples=60, deadline=None)
@example("")
@example("a" * 10_000)
@example("so" * 5_000)
@example("0 " * 5_000)
@example("vayvon" * 1_600)
@example("\ud800")
def test_whatever_is_written_has_an_outcome(turn_of: Callable[[str, Session], Turn], text: str) -> None:
    turn = turn_of(text, Session(Address("test", "1")))
    assert turn.outcome is not None
    assert all(reply.text.strip() for reply in turn.replies)


@given(MESSAGE)
@settings(max_examples=60, deadline=None)
@example("👍")
@example("???")
@example("谢谢")
@example("...")
@example("ཀ")
@example("5")
@example("")
def test_whatever_is_written_after_an_answer_has_an_outcome(turn_of: Callable[[str, Session], Turn], text: str) -> None:
    """A short message inside a conversation is read together with the question before."""
    turn = turn_of(text, AFTER_AN_ANSWER)
    assert turn.outcome is not None
    assert turn.replies


@given(MESSAGE)
@settings(max_examples=60, deadline=None)
def test_probabilities_are_probabilities_and_the_best_comes_first(matcher: Matcher, text: str) -> None:
    matches = matcher.match(text)
    chances = [match.probability for match in matches]
    assert len(matches) <= RANKED
    assert len({match.intent for match in matches}) == len(matches)
    assert all(0 <= chance <= 1 for chance in chances)
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) <= 1 + 1e-3


@given(MESSAGE)
@settings(max_examples=60, deadline=None)
@example("vay vốn mua bò lãi suất bao nhiêu")
@example("how much does vocational training cost")
def test_the_parts_of_a_score_add_up_to_it(matcher: Matcher, text: str) -> None:
    found = matcher.explain(text)
    assert sum(part for _, part in found.parts) == pytest.approx(found.score, rel=1e-3, abs=1e-4)
    assert list(found.matches) == matcher.match(text)


def first_phrasings(engine: Engine, lang: str, count: int) -> list[tuple[str, str]]:
    return [(intent.id, text) for intent in engine.knowledge.intents.values() for text in intent.examples.get(lang, ())[:count]]


def test_vietnamese_finds_the_same_intent_with_accents_and_without(engine: Engine) -> None:
    different = [
        (text, with_accents[0].intent, without[0].intent)
        for _, text in first_phrasings(engine, "vi", 8)
        for with_accents, without in [(engine.matcher.match(text), engine.matcher.match(strip_accents(text)))]
        if with_accents[0].intent != without[0].intent
    ]
    # "đt" is an abbreviation and "dt" may be another one: a handful of words are really different without accents.
    assert len(different) <= len(first_phrasings(engine, "vi", 8)) // 100, different


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_phrasing_of_the_content_finds_its_own_intent(engine: Engine, lang: str) -> None:
    phrasings = first_phrasings(engine, lang, 8)
    wrong = [
        (intent, text) for intent, text in phrasings if [match.intent for match in engine.matcher.match(text)[:1]] != [intent]
    ]
    assert len(wrong) <= len(phrasings) // 50, wrong


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("nhà em muốn vay tiền cho con đi học đại học", "vbsp-student-loan"),
        ("vay tien cho con di hoc dai hoc", "vbsp-student-loan"),
        ("how do I borrow for my son's university", "vbsp-student-loan"),
        ("bao giờ có ngày hội việc làm", "job-fair"),
        ("Xá Nhè giờ thuộc xã nào", "admin-merger-commune"),
        ("xin chào", "greeting"),
    ],
)
def test_a_plain_question_finds_its_intent(engine: Engine, text: str, intent: str) -> None:
    assert engine.matcher.match(text)[0].intent == intent


@pytest.mark.parametrize("text", ["", "   ", "?!", "👍", "\0", "\u200b"])
def test_a_message_without_words_matches_nothing(engine: Engine, text: str) -> None:
    assert engine.matcher.match(text) == []
    assert engine.matcher.explain(text).matches == ()


@given(MESSAGE)
@settings(max_examples=60, deadline=None)
def test_the_same_message_is_always_read_the_same(matcher: Matcher, text: str) -> None:
    assert matcher.match(text) == matcher.match(text)


@given(MESSAGE, st.sampled_from(["", "Muốn vay vốn thì làm thủ tục thế nào?", "Được hỗ trợ làm nhà bao nhiêu tiền?"]))
@settings(max_examples=60, deadline=None)
@example("谢谢", "Muốn vay vốn thì làm thủ tục thế nào?")
@example("", "Muốn vay vốn thì làm thủ tục thế nào?")
def test_within_and_about_keep_to_the_intents_that_are_asked_for(matcher: Matcher, text: str, about: str) -> None:
    within = {"vbsp-overview", "vbsp-apply", "vbsp-where"}
    assert {match.intent for match in matcher.match(text, within=within, about=about)} <= within


def test_within_nothing_there_is_no_match(engine: Engine) -> None:
    assert engine.matcher.match("vay vốn", within=set()) == []


def test_what_was_asked_before_leans_a_short_question(engine: Engine) -> None:
    """ "Where?" after a question about loans is about loans, and after one about training about training."""
    within = {"vbsp-where", "training-provider"}

    def first(about: str) -> str:
        return engine.matcher.match("ở đâu", within=within, about=about)[0].intent

    assert first("Vay vốn ngân hàng chính sách") == "vbsp-where"
    assert first("Đơn vị nào mở lớp dạy nghề") == "training-provider"


def test_a_pickled_matcher_matches_the_same(engine: Engine) -> None:
    again: Matcher = pickle.loads(pickle.dumps(engine.matcher))
    texts = [text for lang in ("vi", "en") for _, text in first_phrasings(engine, lang, 1)] + ["tooi muoons vay voons", "👍"]
    assert [again.match(text) for text in texts] == [engine.matcher.match(text) for text in texts]


NO_WORDS = Vocabulary({}, (), {}, {})


def small(*examples: Example) -> Matcher:
    return Matcher.build(examples, NO_WORDS)


def test_all_refused_topics_look_the_same_from_outside() -> None:
    matcher = small(
        Example("loan", "vi", "vay vốn mua bò"),
        Example(f"{FOREIGN}land", "vi", "làm sổ đỏ ở đâu"),
        Example(f"{FOREIGN}court", "vi", "làm đơn kiện ở đâu"),
    )
    intents = [match.intent for match in matcher.match("làm gì ở đâu")]
    assert intents == [OUT_OF_SCOPE]


def test_one_more_phrasing_makes_its_intent_nearer() -> None:
    one = [Example("loan", "vi", "vay vốn mua bò"), Example("house", "vi", "làm nhà mới"), Example("job", "vi", "tìm việc làm")]
    before = small(*one).explain("mái nhà dột").matches
    after = small(*one, Example("house", "vi", "mái nhà bị dột")).explain("mái nhà dột").matches
    assert before[0].intent == after[0].intent == "house"
    assert after[0].example == "mái nhà bị dột"
    assert after[0].reasons is not None
    assert before[0].reasons is not None
    assert after[0].reasons.score > before[0].reasons.score


@pytest.mark.parametrize("examples", [[Example("loan", "vi", "vay")], [Example("loan", "en", "a loan")]])
def test_a_matcher_with_hardly_any_phrasing_still_works(examples: list[Example]) -> None:
    matches: list[Match] = Matcher.build(examples, NO_WORDS).match("vay vốn")
    assert {match.intent for match in matches} <= {"loan"}


@pytest.mark.parametrize(
    ("text", "lang"),
    [("vay vốn thế nào", "vi"), ("vay von the nao", "vi"), ("how can I get a loan", "en"), ("jobs in Mường Ảng", "en")],
)
def test_the_language_of_a_question_is_heard(engine: Engine, text: str, lang: str) -> None:
    assert engine.matcher.language(text) == lang


@pytest.mark.parametrize("text", ["", "👍", "12345"])
def test_a_message_without_words_tells_no_language(engine: Engine, text: str) -> None:
    assert engine.matcher.language(text) is None


def test_every_candidate_says_why_it_stands_where_it_stands(engine: Engine) -> None:
    text = "Nhà dột nát, mưa là ướt, xin hỗ trợ sửa mái thế nào vs ạ"
    matches = engine.matcher.match(text)
    assert len(matches) > 1
    reasons = [match.reasons for match in matches]
    for one in reasons:
        assert one is not None
        assert 0 <= one.covered <= 1
        assert 0 <= one.likeness <= 1
        assert one.repairs == len(engine.matcher.explain(text).repairs) > 0
    assert reasons[0] is not None
    assert reasons[0].score == pytest.approx(engine.matcher.explain(text).score)


def test_a_matcher_is_built_from_phrasings_alone() -> None:
    matcher = Matcher.build([Example("loan", "vi", "vay vốn nuôi bò"), Example("house", "vi", "sửa mái nhà dột")])
    assert matcher.match("mai nha dot")[0].intent == "house"
