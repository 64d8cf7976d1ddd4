"""What becomes of a question, what it costs, and what a change won and lost by it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from bot.authoring.asking import ask
from bot.authoring.evaluating import (
    POINTS,
    EvaluationSet,
    LabelledQuestion,
    Measurement,
    Prediction,
    compare,
    grade,
    measure,
    prediction_of,
    read_questions,
)
from bot.authoring.evaluating.grading import confused
from bot.authoring.evaluating.html_report import confusion_matrix, page
from bot.authoring.evaluating.json_report import as_data
from bot.authoring.evaluating.measuring import Confusion, GradedQuestion
from bot.authoring.evaluating.tables import points, regressions, tables, verdict
from bot.engine import Engine
from bot.errors import Refusal
from bot.i18n import Words

WORDS = Words("en", {})
LOAN = LabelledQuestion("how much?", "loan", frozenset({"loan", "loan-limit"}))
FOREIGN = LabelledQuestion("the weather?", None, frozenset({"contact-official"}))

RIGHT = Prediction("loan", ("loan", "jobs", "housing"))
OFFERED = Prediction(None, ("jobs", "loan"), ("jobs", "loan"))
MISSED = Prediction(None, ("jobs", "housing", "loan"), ("jobs", "housing"))
UNKNOWN = Prediction(None, ("jobs",))
WRONG = Prediction("jobs", ("jobs", "loan"))


def measured(
    *found: tuple[LabelledQuestion, Prediction],
    conversations: dict[tuple[str, str], tuple[str, ...]] | None = None,
    version: str = "one",
) -> Measurement:
    graded = tuple(GradedQuestion(question, got, grade(question, got)) for question, got in found)
    return Measurement(version, graded, conversations or {}, frozenset({"loan", "jobs", "housing"}))


# --- what became of a question ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "got", "expected"),
    [
        (LOAN, RIGHT, "right"),
        (LOAN, Prediction("loan-limit"), "right"),
        (LOAN, OFFERED, "offered"),
        (LOAN, MISSED, "missed"),
        (LOAN, UNKNOWN, "unknown"),
        (LOAN, WRONG, "wrong"),
        (FOREIGN, Prediction(None), "refused"),
        (FOREIGN, Prediction("contact-official"), "refused"),
        (FOREIGN, Prediction(None, ("jobs",), ("jobs",)), "doubted"),
        (FOREIGN, Prediction("jobs"), "wrong"),
    ],
)
def test_a_question_ends_in_one_of_seven_ways(question: LabelledQuestion, got: Prediction, expected: str) -> None:
    assert grade(question, got) == expected


def test_a_wrong_answer_costs_more_than_none_and_being_asked_back_less() -> None:
    rising = [POINTS["right"], POINTS["offered"], POINTS["unknown"], POINTS["wrong"]]
    assert all(less < more for less, more in pairwise(rising))
    assert POINTS["wrong"] > 2 * POINTS["unknown"]


@pytest.mark.parametrize(
    ("question", "got", "pair"),
    [
        (LOAN, RIGHT, None),
        (LOAN, Prediction(None, ("loan", "jobs"), ("loan", "jobs")), None),  # unsure, not confused
        (LOAN, OFFERED, ("loan", "jobs")),
        (LOAN, WRONG, ("loan", "jobs")),
        (LOAN, Prediction(None), None),
        (FOREIGN, Prediction(None, ("jobs",)), None),
        (FOREIGN, Prediction(None, ("out-of-scope", "jobs"), ("jobs",)), ("out-of-scope", "jobs")),
        (FOREIGN, Prediction("jobs"), ("out-of-scope", "jobs")),
    ],
)
def test_intents_are_confused_where_another_one_comes_first(
    question: LabelledQuestion, got: Prediction, pair: tuple[str, str] | None
) -> None:
    assert confused(question, got) == pair


def test_the_choices_of_a_question_back_are_the_intents_on_its_buttons(engine: Engine) -> None:
    turn = ask(engine, "bảo hiểm")
    assert turn.outcome is not None
    assert turn.outcome.kind == "clarify"
    got = prediction_of(turn)
    assert got.answered is None
    assert got.offered
    assert set(got.offered) <= engine.knowledge.intents.keys()


def test_a_refusal_offers_nothing_though_it_has_buttons(engine: Engine) -> None:
    turn = ask(engine, "thời tiết ngày mai thế nào")
    assert any(reply.buttons for reply in turn.replies)
    assert (prediction_of(turn).answered, prediction_of(turn).offered) == (None, ())


# --- reading questions ------------------------------------------------------------------------------------------------


def test_a_question_may_have_more_than_one_right_intent(tmp_path: Path) -> None:
    path = tmp_path / "questions.tsv"
    path.write_text('text\tintent\talso_ok\tlang\tstyle\nhow "much\tloan\tloan-limit, jobs\ten\ten\n', "utf-8")
    assert read_questions(path) == [LabelledQuestion('how "much', "loan", frozenset({"loan", "loan-limit", "jobs"}), "en")]


@pytest.mark.parametrize("intent", ["none", "", "out-of-scope", "unclear-fallback"])
def test_where_nothing_may_be_answered_nothing_is_expected(tmp_path: Path, intent: str) -> None:
    path = tmp_path / "questions.tsv"
    path.write_text(f"text\tintent\nthe weather?\t{intent}\n", "utf-8")
    assert not read_questions(path)[0].in_scope


def test_a_file_that_a_spreadsheet_saved_is_read(tmp_path: Path) -> None:
    path = tmp_path / "questions.tsv"
    path.write_bytes("\ufefftext\tintent\r\nvay bao nhiêu\tloan\r\n".encode())
    assert read_questions(path) == [LabelledQuestion("vay bao nhiêu", "loan", frozenset({"loan"}))]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "must name the columns"),
        (b"question;intent\n", "must name the columns"),
        (b"text\tintent\n", "no question in this file"),
        (b"text\tintent\nhow much?\n", "questions.tsv:2: a question needs a text and an intent"),
        (b"text\tintent\na\tloan\n \tloan\n", "questions.tsv:3: a question needs"),
        ("text\tintent\ncà phê\tloan\n".encode("utf-16"), "not UTF-8"),
        (b"text\tintent\n" + b"x" * 200_000 + b"\tloan\n", "no table"),
    ],
)
def test_a_file_of_anything_else_is_refused_with_its_name(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "questions.tsv"
    path.write_bytes(content)
    with pytest.raises(Refusal, match=r"questions\.tsv") as refused:
        read_questions(path)
    assert told in str(refused.value)


# --- what a change won and lost ---------------------------------------------------------------------------------------

givens = st.sampled_from([RIGHT, OFFERED, MISSED, UNKNOWN, WRONG])
results = st.lists(st.tuples(givens, givens), max_size=12)


@over(results)
def test_nothing_is_won_or_lost_where_nothing_changed(found: list[tuple[Prediction, Prediction]]) -> None:
    one = measured(*((LOAN, before) for before, _ in found))
    same = compare(one, one)
    assert (same.verdict, same.won, same.lost, list(same.changes)) == ("even", 0, 0, [])


@over(results)
def test_what_is_won_one_way_is_lost_the_other_way(found: list[tuple[Prediction, Prediction]]) -> None:
    before, after = (measured(*((LOAN, pair[side]) for pair in found)) for side in (0, 1))
    there, back = compare(before, after), compare(after, before)
    assert (there.won, there.lost, there.better, there.worse) == (back.lost, back.won, back.worse, back.better)
    paid = (sum(POINTS[one.grade] for one in each.graded) for each in (before, after))
    assert there.won - there.lost == next(paid) - next(paid)


def test_one_wrong_answer_outweighs_two_right_ones() -> None:
    before = measured((LOAN, RIGHT), (LOAN, UNKNOWN), (LOAN, UNKNOWN))
    after = measured((LOAN, WRONG), (LOAN, RIGHT), (LOAN, RIGHT))
    found = compare(before, after)
    assert (found.better, found.worse, found.won, found.lost, found.verdict) == (2, 1, 2, 3, "loss")
    assert [change.points for change in found.changes] == [-3, 1, 1]


def test_another_wrong_answer_is_told_and_costs_nothing() -> None:
    found = compare(measured((LOAN, WRONG)), measured((LOAN, Prediction("housing"))))
    assert (len(found.changes), found.better, found.worse, found.verdict) == (1, 0, 0, "even")


def test_a_broken_conversation_is_a_loss_and_a_mended_one_no_gain() -> None:
    key = ("vi/loans.yaml", "a loan")
    good, bad = (measured((LOAN, RIGHT), conversations={key: differs}) for differs in ((), ("loans.yaml:3: the reply lacks",)))
    assert (compare(good, bad).verdict, list(compare(good, bad).ceased), compare(good, bad).lost) == ("loss", [key], 3)
    assert (compare(bad, good).verdict, list(compare(bad, good).began), compare(bad, good).won) == ("even", [key], 0)


def test_a_conversation_that_was_written_meanwhile_is_left_out() -> None:
    after = measured(conversations={("vi/new.yaml", "new"): ("the reply lacks",)})
    assert compare(measured(), after).verdict == "even"


def test_a_pair_that_is_confused_no_more_is_told_last() -> None:
    found = compare(measured((LOAN, WRONG), (LOAN, RIGHT)), measured((LOAN, RIGHT), (LOAN, Prediction("housing"))))
    assert found.confusions() == [
        (Confusion("loan", "housing", 0, 0), Confusion("loan", "housing", 1, 0)),
        (Confusion("loan", "jobs", 1, 0), Confusion("loan", "jobs", 0, 0)),
    ]


def test_an_intent_that_questions_expect_and_nobody_wrote_is_counted() -> None:
    unknown = LabelledQuestion("bees?", "bees", frozenset({"bees"}))
    assert measured((unknown, UNKNOWN), (unknown, UNKNOWN), (LOAN, RIGHT)).missing == {"bees": 2}


# --- what is shown ----------------------------------------------------------------------------------------------------


def changed() -> tuple[Measurement, Measurement]:
    marked_up = LabelledQuestion("<b>[red]how much?[/red]</b>", "loan", frozenset({"loan"}))
    return measured((marked_up, RIGHT), (LOAN, MISSED)), measured((marked_up, WRONG), (LOAN, OFFERED), version="two")


def test_the_verdict_is_one_line() -> None:
    before, after = changed()
    said = verdict(WORDS, compare(before, after))
    assert said == "Questions better: 1, worse: 1; conversations broken: 0; points won: 0.5, lost: 3. A loss."


def test_what_got_worse_is_told_worst_first() -> None:
    before, after = changed()
    assert regressions(WORDS, compare(before, after)) == [
        "“<b>[red]how much?[/red]</b>”: expected loan; before: right; now: wrong: jobs"
    ]


def test_only_intents_where_something_changed_are_listed_unless_all_are_wanted() -> None:
    jobs = LabelledQuestion("work?", "jobs", frozenset({"jobs"}))
    before, after = (measured((LOAN, got), (jobs, Prediction("jobs"))) for got in (RIGHT, WRONG))
    comparison = compare(before, after)

    def listed(everything: bool) -> list[str]:
        made = tables(WORDS, after, comparison, everything=everything)
        return [row.cells[0] for sheet in made if sheet.title == "Intent by intent" for row in sheet.rows]

    assert (listed(False), listed(True)) == (["loan"], ["jobs", "loan"])


def test_every_row_has_a_cell_for_every_column() -> None:
    before, after = changed()
    made = [*tables(WORDS, after, compare(before, after), everything=True), *tables(WORDS, after, None, everything=True)]
    assert all(len(row.cells) == len(sheet.columns) for sheet in made for row in sheet.rows)


def test_the_picture_holds_only_intents_that_are_confused() -> None:
    drawn = confusion_matrix(measured((LOAN, WRONG), (LOAN, OFFERED), (FOREIGN, Prediction("housing"))).confusions())
    assert (drawn.expected, drawn.taken) == (("loan", "out-of-scope"), ("housing", "jobs"))
    assert [[cell and (cell.wrong, cell.near) for cell in row] for row in drawn.cells] == [[None, (1, 1)], [(1, 0), None]]


def test_the_page_stands_alone_and_takes_no_question_for_markup() -> None:
    before, after = changed()
    html = page(WORDS, after, compare(before, after))
    assert "&lt;b&gt;[red]how much?[/red]&lt;/b&gt;" in html
    assert not any(sign in html for sign in ("<b>", "<script", "<link", "<img", "src=", "url(", "@import", "http:", "https:"))


def test_a_page_without_anything_confused_has_no_picture() -> None:
    assert '<td class="s' not in page(WORDS, measured((LOAN, RIGHT)), None)


def test_programs_get_the_same_figures() -> None:
    before, after = changed()
    data = as_data(after, compare(before, after))
    assert (data["won"], data["lost"], data["verdict"]) == (0.5, 3, "loss")
    assert data["changes"] == [
        {
            "text": "<b>[red]how much?[/red]</b>",
            "expected": "loan",
            "before": {"outcome": "right", "intent": "loan"},
            "after": {"outcome": "wrong", "intent": "jobs"},
            "points": -3,
        },
        {
            "text": "how much?",
            "expected": "loan",
            "before": {"outcome": "missed", "intent": None},
            "after": {"outcome": "offered", "intent": None},
            "points": 0.5,
        },
    ]
    assert set(as_data(after, None)) == {"after"}


@pytest.mark.parametrize(
    ("value", "vi", "en"), [(0.5, "0,5", "0.5"), (3.0, "3", "3"), (1200.5, "1.200,5", "1,200.5"), (10, "10", "10")]
)
def test_points_are_written_as_figures_are(value: float, vi: str, en: str) -> None:
    assert (points(Words("vi", {}), value), points(WORDS, value)) == (vi, en)


# --- the real content -------------------------------------------------------------------------------------------------


def test_whoever_measures_gets_the_same_figures(engine: Engine, home: Path) -> None:
    """The language of the command line must not decide how conversations go."""
    from dataclasses import replace

    files = (home / "tests/conversations/vi/first-contact.yaml", home / "tests/conversations/en/first-contact.yaml")
    evaluation_set = EvaluationSet((LabelledQuestion("xin chào", "greeting", frozenset({"greeting"})),), files)
    assert measure(replace(engine, lang="en"), evaluation_set) == measure(engine, evaluation_set)
    assert measure(engine, evaluation_set).as_written == len(measure(engine, evaluation_set).conversations) > 0
