"""Topic and aspect: every intent says what it answers, and a follow-up is read as asking for an aspect."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.authoring.aspect_matrix import AspectMatrix
from bot.authoring.checking import check
from bot.cli.root import cli
from bot.engine import Engine
from bot.engine.aspects import AspectPhrases
from bot.knowledge.load import load_knowledge
from bot.model import Aspect
from bot.text.folding import strip_accents
from bot.text.spans import PhraseFinder, words_in
from tests.tiny import TODAY

FOLLOW_UPS = [
    ("bao nhiêu", "amount"),
    ("được nhiu", "amount"),
    ("bn", "amount"),
    ("lãi mấy phần", "interest"),
    ("ai được", "who"),
    ("ai đk dc", "who"),
    ("mang giấy gì", "documents"),
    ("cần giấy tờ gì không", "documents"),
    ("bao giờ có", "when"),
    ("ở đâu", "where"),
    ("có xa ko", "where"),
    ("học mấy ngày", "duration"),
    ("thế vay mấy năm phải trả", "duration"),
    ("đăng ký với ai", "apply"),
    ("hoc co mat tien k", "cost"),
    ("phải đóng bn", "cost"),
    ("lương tháng bnhiêu", "income"),
    ("được hỗ trợ gì", "benefit"),
    ("ai dạy", "provider"),
    ("gọi số nào", "contact"),
    ("có ai đi chưa", "story"),
    ("có những lớp gì", "kinds"),
    ("bán cho ai", "market"),
    ("có phải lừa không", "scam"),
    ("không trả được thì sao", "trouble"),
    ("ốm đau thì sao", "rights"),
    ("hồ sơ đến đâu rồi", "status"),
    ("how long", "duration"),
    ("where do I sign", "apply"),
    ("how much is the interest rate", "interest"),
    ("which papers", "documents"),
    ("who is it for", "who"),
    ("who buys it", "market"),
    ("how many people so far", "numbers"),
]


@pytest.mark.parametrize(("text", "aspect"), FOLLOW_UPS)
def test_a_short_question_asks_first_of_all_for_one_aspect(engine: Engine, text: str, aspect: str) -> None:
    assert next(iter(engine.aspects_in(text)), None) == aspect


@pytest.mark.parametrize(("text", "aspect"), [one for one in FOLLOW_UPS if strip_accents(one[0]) != one[0]])
def test_it_does_so_without_accents_too(engine: Engine, text: str, aspect: str) -> None:
    assert next(iter(engine.aspects_in(strip_accents(text))), None) == aspect


@pytest.mark.parametrize("text", ["", "!!!", "👍", "thế hộ mới thoát nghèo", "vâng ạ", "Búng Lao"])
def test_what_asks_for_nothing_has_no_aspect(engine: Engine, text: str) -> None:
    assert engine.aspects_in(text) == {}


def test_the_share_of_an_aspect_is_that_of_the_words_that_ask_for_it(engine: Engine) -> None:
    assert engine.aspects.aspects_in(["the", "hoc", "may", "ngay", "vay"]) == {
        "duration": pytest.approx(3 / 5),
        "loan": pytest.approx(1 / 5),
    }
    assert engine.aspects.aspects_in([]) == {}


def test_of_a_very_long_message_the_beginning_and_the_end_are_read(engine: Engine) -> None:
    typed, written_out, _ = engine.readings("bao lau " + "x " * 5000 + "o dau")
    assert len(typed) == len(written_out) == 120
    assert set(engine.aspects_in("bao lau " + "x " * 5000 + "o dau")) == {"duration", "where"}


def test_a_phrase_of_several_aspects_counts_for_each_and_the_first_that_is_listed_comes_first() -> None:
    listed = [Aspect("amount", {}, {"vi": ("bao nhiêu",)}), Aspect("income", {}, {"vi": ("bao nhiêu", "lương")})]
    phrases = AspectPhrases(listed)
    assert list(phrases.aspects_in(["bao", "nhiêu"]).items()) == [("amount", 1.0), ("income", 1.0)]
    assert list(phrases.aspects_in(["lương", "bao", "nhiêu"])) == ["income", "amount"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("con bò", ["bò"]),
        ("con BÒ.", ["bò"]),
        ("con bó", []),
        ("con bo", []),
        ("hoà giải", ["hòa giải"]),
        ("hoa giai", ["hòa giải"]),
        ("hoá giải", []),
        ("bò sinh sảnnn", ["bò sinh sản"]),
        ("bo sinh san", ["bò sinh sản"]),
        ("H'Mông", ["hmông"]),
        ("bò, bò sinh sản", ["bò", "bò sinh sản"]),
    ],
)
def test_the_longest_phrase_is_found_and_accents_count_where_they_are_typed(text: str, found: list[str]) -> None:
    finder = PhraseFinder((one, (one,)) for one in ("bò", "bò sinh sản", "hòa giải", "hmông"))
    assert [meaning for span in finder.find(words_in(text)) for meaning in span.meanings] == found


WORDS = st.lists(st.sampled_from(["bò", "bo", "bó", "sinh", "sản", "san"]), min_size=1, max_size=3).map(" ".join)


@given(phrases=st.lists(WORDS, max_size=8), text=st.lists(WORDS, max_size=4).map(" ".join))
def test_every_phrase_that_stands_in_a_message_is_found_or_within_a_longer_one(phrases: list[str], text: str) -> None:
    words = words_in(text)
    spans = PhraseFinder((one, (one,)) for one in phrases).find(words)
    taken = [place for span in spans for place in range(span.start, span.stop)]
    assert taken == sorted(set(taken))
    for span in spans:
        folded = strip_accents(" ".join(words[span.start : span.stop]))
        assert [strip_accents(one) for one in span.meanings] == [folded] * len(span.meanings)
    for phrase in phrases:
        size = phrase.count(" ") + 1
        for start in range(len(words) - size + 1):
            if " ".join(words[start : start + size]) == phrase:
                assert any(
                    span.start <= place < span.stop and span.length >= size
                    for span in spans
                    for place in range(start, start + size)
                )


def test_every_intent_of_a_topic_answers_another_aspect_than_its_neighbours(engine: Engine) -> None:
    matrix = AspectMatrix.of(engine.knowledge)
    assert not list(matrix.doubles())
    assert matrix.several == {("system", "emergency"), ("system", "complaint")}  # told apart by what happened
    assert not list(matrix.holes())


def test_holes_and_doubles_are_told(tiny_home: Path) -> None:
    matrix = AspectMatrix.of(load_knowledge(tiny_home))
    assert set(matrix.holes()) == {(topic, one) for topic in ("loans", "jobs") for one in ("overview", "who", "apply")}
    [(topic, aspect, intents)] = matrix.doubles()
    assert (topic, aspect) == ("system", "overview")
    assert len(intents) == 10


def test_the_command_prints_the_matrix_with_its_holes_and_doubles(tiny_home: Path) -> None:
    shown = CliRunner().invoke(cli, ["--home", str(tiny_home), "--lang", "en", "aspects"])
    assert shown.exit_code == 0
    assert [line.split() for line in shown.output.splitlines() if "●" in line and "amount" in line] == [["amount", "●"]]
    assert "hole: loans has nothing on who" in shown.output
    assert "double: overview of system is answered by " in shown.output


def test_the_check_warns_of_holes_and_doubles_where_they_are(tiny_home: Path) -> None:
    told = {(problem.file, problem.text) for problem in check(tiny_home, "en", TODAY).problems if problem.warning}
    assert ("intents/loans", "hole: loans has nothing on who") in told
    [file] = [file for file, message in told if message.startswith("double: overview of system is answered by ")]
    assert file.startswith("intents/system/")


def test_content_can_say_that_nobody_asks_it_of_a_topic_and_that_several_answer_it_as_they_should(tiny_home: Path) -> None:
    file = tiny_home / "content/conversation.yaml"
    before = file.read_text("utf-8")

    def told(said: str) -> list[str]:
        file.write_text(before.replace("  overview:\n", f"  overview:\n    {said}\n"), "utf-8")
        return [one.text for one in check(tiny_home, "en", TODAY).problems if "overview" in one.text]

    assert not any(one.startswith("hole: jobs") for one in told("not_asked_of: [jobs]"))
    assert any(one.startswith("hole: loans") for one in told("not_asked_of: [jobs]"))
    assert not any(one.startswith("double:") for one in told("several_in: [system]"))
    [unknown] = [one for one in told("several_in: [jbs]") if one.startswith("aspects.overview")]
    assert "no topic jbs" in unknown
    assert "jobs" in unknown


def test_an_answer_along_with_something_else_fills_a_hole(tiny_home: Path) -> None:
    jobs = tiny_home / "intents/jobs/job-numbers.yaml"
    jobs.write_text(jobs.read_text("utf-8").replace("aspect: numbers\n", "aspect: numbers\nalso: [overview]\n"), "utf-8")
    matrix = AspectMatrix.of(load_knowledge(tiny_home))
    assert ("jobs", "overview") not in set(matrix.holes())
    assert matrix.intents("jobs", "overview") == ("job-numbers",)


def test_no_aspect_that_can_be_asked_for_has_too_few_phrases(engine: Engine) -> None:
    few = {one.id for one in engine.knowledge.aspects.values() for lang in ("vi", "en") if len(one.asked.get(lang, ())) < 15}
    assert few == {"variant", "chat", "none"}
