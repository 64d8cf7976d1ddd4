"""What was not answered is grouped by what it asks, and what an administrator answers is understood."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.authoring.reviewing.choosing import Phrasing, names_meant, phrasings
from bot.authoring.reviewing.clustering import clusters
from bot.authoring.reviewing.findings import SHOWN, QuestionGroup, Wording, findings, small_counts_hidden
from bot.dialogue.learned import fitted, spoken
from bot.engine import Engine
from bot.errors import Refusal
from bot.model import UnansweredQuestion
from bot.text.masking import MASK

DAY = date(2026, 11, 16)
SEASONS = "mùa xuân hạ thu đông bản trên dưới xa gần nhiều ít năm nay sau"
BEES = ["nuôi ong mật có được hỗ trợ không", "hỗ trợ nuôi ong mật", "muốn nuôi ong mật thì xin hỗ trợ ở đâu"]
SIGNAL = ["bao giờ bản em có sóng điện thoại", "bản em chưa có sóng điện thoại", "sóng điện thoại ở bản yếu lắm"]


def kept(
    text: str, *, day: date = DAY, lang: str = "vi", kind: str = "unknown", intent: str | None = None, place: str = ""
) -> UnansweredQuestion:
    return UnansweredQuestion(day, lang, kind, text, intent, place)


def groups(questions: Sequence[UnansweredQuestion], engine: Engine) -> tuple[QuestionGroup, ...]:
    return findings(questions, engine, everything=True).groups


def partition(found: Sequence[QuestionGroup]) -> set[frozenset[str]]:
    return {frozenset(wording.text for wording in one.wordings) for one in found}


# --- groups -----------------------------------------------------------------------------------------------------------


def test_questions_that_ask_the_same_stand_together_and_others_apart(engine: Engine) -> None:
    found = groups([kept(text) for text in (*BEES, *SIGNAL)], engine)
    assert partition(found) == {frozenset(BEES), frozenset(SIGNAL)}


def test_what_differs_in_accents_case_and_signs_is_one_wording_shown_as_most_typed_it(engine: Engine) -> None:
    typed = ["Hỗ trợ nuôi ong mật?", "ho tro nuoi ong mat", "ho tro nuoi ong mat", "hỗ trợ nuôi ong mật"]
    (found,) = groups([kept(text) for text in typed], engine)
    assert (found.count, found.different) == (4, 1)
    assert [(one.text, one.count) for one in found.wordings] == [("ho tro nuoi ong mat", 4)]


def test_the_most_asked_come_first_and_of_equals_the_newest(engine: Engine) -> None:
    rare = kept("xin giấy phép bán pháo hoa", day=date(2026, 11, 20))
    old = kept("mượn sân bóng của xã", day=date(2026, 11, 1))
    found = groups([old, *(kept(BEES[0]) for _ in range(3)), rare], engine)
    assert [one.question.text for one in found] == [BEES[0], rare.text, old.text]
    assert [one.count for one in found] == [3, 1, 1]


@given(seed=st.integers(0, 1000))
def test_the_order_in_which_questions_came_makes_no_difference(engine: Engine, seed: int) -> None:
    questions = [kept(text) for text in (*BEES, *SIGNAL, "bán pháo hoa", "mượn sân bóng", "vay vốn", "bảo hiểm")]
    shuffled = random.Random(seed).sample(questions, len(questions))
    assert groups(shuffled, engine) == groups(questions, engine)


@given(st.lists(st.sampled_from(["vay", "vốn", "ong", "bò", "xyz", "ở", "đâu", "•••", "?", "help"]).map(str), max_size=40))
def test_every_question_with_a_word_is_in_exactly_one_group(engine: Engine, words: list[str]) -> None:
    questions = [kept(" ".join(words[start : start + 3])) for start in range(len(words))]
    found = findings(questions, engine, everything=True)
    assert sum(one.count for one in found.groups) + found.left_out.get("wordless", 0) == len(questions)


def test_a_hundred_equals_are_grouped_without_going_round_in_circles(engine: Engine) -> None:
    profile, sense = engine.matcher.profile(BEES[0]), fitted().sense(spoken(BEES[0], engine), {})
    assert [len(one) for one in clusters([profile] * 100, [sense] * 100)] == [100]


def test_nothing_to_group_is_no_group(engine: Engine) -> None:
    assert clusters([], []) == []
    assert findings([], engine).groups == ()


def test_a_group_tells_where_when_and_in_what_languages_it_was_asked(engine: Engine) -> None:
    questions = [
        *(kept(BEES[0], place="03301", day=date(2026, 11, 16)) for _ in range(5)),
        kept(BEES[1], place="03352", day=date(2026, 11, 22), kind="clarify"),
        kept(BEES[0], day=date(2026, 11, 23), kind="clarify"),
    ]
    (found,) = groups(questions, engine)
    assert found.places == {"03301": 5, "": 1, "03352": 1}
    assert small_counts_hidden(found.places) == {"03301": 5, "": "<5", "03352": "<5"}
    assert found.weeks == {"2026-W47": 6, "2026-W48": 1}
    assert found.kinds == {"unknown": 5, "clarify": 2}
    assert found.langs == {"vi": 7}
    assert (found.newest, found.question.text) == (date(2026, 11, 23), BEES[0])


def test_the_year_of_a_week_is_that_of_the_week(engine: Engine) -> None:
    (found,) = groups([kept(BEES[0], day=date(2027, 1, 1))], engine)
    assert found.weeks == {"2026-W53": 1}


def test_the_nearest_intents_are_those_that_could_take_the_phrasings(engine: Engine) -> None:
    (found,) = groups([kept("bảo hiểm")], engine)
    assert found.nearest
    assert {one.intent for one in found.nearest} <= set(engine.knowledge.intents) - {"out-of-scope", "unclear-fallback"}
    assert [one.vote for one in found.nearest] == sorted((one.vote for one in found.nearest), reverse=True)
    assert all(0 <= one.probability <= 1 for one in found.nearest)
    assert set(found.foreign) <= set(engine.knowledge.foreign)


def test_no_more_wordings_are_shown_than_can_be_read(engine: Engine) -> None:
    texts = [f"hỗ trợ nuôi ong mật {word}" for word in SEASONS.split()]
    (found,) = groups([kept(text) for text in texts], engine)
    assert len(found.wordings) == SHOWN
    assert found.different == len({tuple(engine.matcher.profile(text).words) for text in texts})


def test_what_a_terminal_would_obey_is_not_shown(engine: Engine) -> None:
    (found,) = groups([kept("nuôi ong\x1b[2J\n\tmật")], engine)
    assert found.question.text == "nuôi ong [2J mật"


# --- what is left out -------------------------------------------------------------------------------------------------


def an_example(engine: Engine, intent: str) -> str:
    return engine.knowledge.intents[intent].examples["vi"][0]


def test_what_the_content_answers_by_now_is_left_out_and_counted(engine: Engine) -> None:
    answered = an_example(engine, "privacy-data")
    found = findings([kept(answered), kept(answered), kept(BEES[0])], engine)
    assert [one.question.text for one in found.groups] == [BEES[0]]
    assert (found.questions, found.left_out) == (3, {"answered": 2})
    (_, shown) = sorted(groups([kept(answered), kept(BEES[0])], engine), key=lambda one: bool(one.question.example_of))
    assert shown.question.example_of == "privacy-data"


def test_a_disliked_answer_stays_until_another_is_given(engine: Engine) -> None:
    text = an_example(engine, "privacy-data")
    same, other = kept(text, kind="disliked", intent="privacy-data"), kept(text, kind="disliked", intent="housing-amount")
    assert len(findings([same], engine).groups) == 1
    assert findings([other], engine).left_out == {"answered": 1}


def test_what_is_refused_for_certain_is_left_out_and_counted(engine: Engine) -> None:
    refused = engine.knowledge.foreign["land-papers"]["vi"][0]
    assert findings([kept(refused)], engine).left_out == {"refused": 1}
    assert len(groups([kept(refused)], engine)) == 1


def test_a_question_of_which_nothing_is_left_is_counted_only(engine: Engine) -> None:
    found = findings([kept(MASK), kept("?!"), kept("")], engine, everything=True)
    assert (found.groups, found.left_out) == ((), {"wordless": 3})


# --- what an administrator answers ------------------------------------------------------------------------------------

WORDINGS = (
    Wording("nuôi ong thế nào", "vi", 5),
    Wording("em tên là ••• muốn nuôi ong", "vi", 2),
    Wording("help for bees", "en", 1),
    Wording("nuôi bò", "vi", 1, example_of="livelihood-cattle-goat"),
)


@pytest.mark.parametrize("answer", ["all", "ALL", "tất cả", "tat ca", "hết"])
def test_all_means_all_that_can_be_examples_as_they_are(answer: str) -> None:
    assert phrasings(answer, WORDINGS) == [Phrasing("vi", "nuôi ong thế nào"), Phrasing("en", "help for bees")]


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        ("1", ["nuôi ong thế nào"]),
        ("3 1", ["nuôi ong thế nào", "help for bees"]),
        ("1,3", ["nuôi ong thế nào", "help for bees"]),
        ("1 1 1", ["nuôi ong thế nào"]),
        ("2=muốn nuôi ong thì làm sao", ["muốn nuôi ong thì làm sao"]),
        ("1 2 = xin giống ong; 3", ["nuôi ong thế nào", "xin giống ong", "help for bees"]),
        ("4=nuôi bò sữa, 2 con", ["nuôi bò sữa, 2 con"]),
        ("none", []),
        ("không", []),
        ("khong", []),
    ],
)
def test_wordings_are_chosen_by_number_and_written_anew_with_an_equals_sign(answer: str, texts: list[str]) -> None:
    assert [one.text for one in phrasings(answer, WORDINGS)] == texts


@pytest.mark.parametrize(
    "answer", ["2", "1-2", "1-3", "2=tên em là •••", "4", "5", "0 1", "1=", "1=?!", "x", "1 x", "-", "9" * 30]
)
def test_an_answer_that_cannot_be_done_is_refused_with_a_sentence(answer: str) -> None:
    with pytest.raises(Refusal) as refused:
        phrasings(answer, WORDINGS)
    assert str(refused.value)


@given(st.one_of(st.text(), st.text("0123456789 -,;=ax•", max_size=20)))
def test_whatever_is_typed_nothing_masked_is_chosen(answer: str) -> None:
    try:
        chosen = phrasings(answer, WORDINGS)
    except Refusal:
        return
    assert all(MASK not in one.text and one.text.strip() for one in chosen)
    assert len(chosen) <= len(WORDINGS)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("1", ["job-fair"]),
        ("2", ["jobs"]),
        ("3", []),
        ("0", []),
        ("", []),
        ("jobs", ["jobs"]),
        ("JOB-FAIR", ["job-fair"]),
        ("job", ["job-fair", "jobs"]),
        ("hous", ["housing"]),
        ("nothing", []),
    ],
)
def test_an_intent_is_named_by_its_number_its_id_or_how_it_begins(answer: str, found: list[str]) -> None:
    assert names_meant(answer, ["housing", "job-fair", "jobs"], ["job-fair", "jobs"]) == found


def test_counts_of_a_commune_below_five_are_never_told() -> None:
    counts = Counter({"a": 4, "b": 5, "c": 1})
    assert small_counts_hidden(counts) == {"a": "<5", "b": 5, "c": "<5"}
