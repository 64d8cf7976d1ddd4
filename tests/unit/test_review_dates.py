"""Days of review come and pass: whoever keeps the content hears of it beforehand, and residents when nobody looked."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.authoring.checking import check
from bot.authoring.confirming import confirm, with_confirmation
from bot.cli.root import cli
from bot.cli.today import noon
from bot.dialogue import respond
from bot.dialogue.expiry import expired_facts, notice
from bot.engine import Engine, build_engine
from bot.errors import Refusal
from bot.i18n import load_words
from bot.knowledge.load import load_knowledge
from bot.knowledge.review_dates import MOST_A_WEEK, due_counts
from bot.knowledge.yamlfile import read_yaml
from bot.model import Address, Incoming, Problem, Session
from bot.settings import Settings
from bot.zone import ZONE
from tests.tiny import JOBS, LOAN, TODAY

FACTS = "content/facts/loans.yaml"
DAY = date(2099, 6, 30)  # of everything in the small content
AFTER = DAY + timedelta(days=1)
DAYS = (date(2026, 11, 30), date(2027, 1, 1), date(2027, 7, 1))
LIMIT = '    period: 2024\n    sources: [article-one]\n    review: "2099-06-30"\n    note: What one household can borrow.\n'


def edit(home: Path, file: str, old: str, new: str) -> None:
    text = (home / file).read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    (home / file).write_text(text.replace(old, new), "utf-8")


def of_dates(home: Path, today: date, *, review: bool = False) -> list[Problem]:
    return [one for one in check(home, "en", today, review=review).problems if "review" in one.text or "due" in one.text]


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--home", str(home), "--lang", "en", *arguments])


def test_review_due_lists_the_same_as_due(tiny_home: Path) -> None:
    edit(tiny_home, FACTS, LIMIT, LIMIT.replace("2099-06-30", "2026-01-31"))
    for form in ((), ("--json",)):
        listed = run(tiny_home, "review", "--due", *form)
        assert "loan-limit" in listed.output
        assert listed.output == run(tiny_home, "due", *form).output


# --- the check --------------------------------------------------------------------------------------------------------


def test_until_sixty_days_before_its_day_nothing_is_told(tiny_home: Path) -> None:
    assert of_dates(tiny_home, DAY - timedelta(days=61)) == []


@pytest.mark.parametrize("before", [60, 1, 0])
def test_sixty_days_before_and_on_the_day_itself_there_is_one_warning_for_each_file_and_folder(
    tiny_home: Path, before: int
) -> None:
    told = of_dates(tiny_home, DAY - timedelta(days=before))
    assert all(problem.warning for problem in told)
    places = [problem.file for problem in told]
    assert len(places) == len(set(places))
    assert {FACTS, "content/facts/jobs.yaml", "intents/loans", "intents/jobs"} <= set(places)
    assert next(one for one in told if one.file == FACTS).text == (
        "facts to be reviewed by 2099-06-30: 3, the first by 2099-06-30; `loaban due --within 60` lists them"
    )


def test_a_day_that_has_passed_stays_a_warning_so_that_time_alone_breaks_no_build(tiny_home: Path) -> None:
    report = check(tiny_home, "en", AFTER)
    assert report.errors == 0
    text = "facts past their review day: 3, the first since 2099-06-30; `loaban due` lists them"
    assert [one.text for one in report.problems if one.file == FACTS] == [text]


def test_for_those_who_keep_the_content_a_day_that_has_passed_is_an_error_each(tiny_home: Path) -> None:
    everything = sum(due_counts(load_knowledge(tiny_home), AFTER))
    told = of_dates(tiny_home, AFTER, review=True)
    assert len(told) == everything
    assert not any(problem.warning for problem in told)
    assert f"{FACTS}:8: the fact loan-limit was to be reviewed by 2099-06-30" in "\n".join(map(str, told))


def test_the_check_command_fails_for_a_passed_day_only_with_review(tiny_home: Path) -> None:
    assert run(tiny_home, "check", "--today", str(AFTER)).exit_code == 0
    assert run(tiny_home, "check", "--today", str(DAY), "--review").exit_code == 0
    assert run(tiny_home, "check", "--today", str(AFTER), "--review").exit_code == 1


def test_a_week_in_which_too_much_falls_due_is_told_long_before(tiny_home: Path) -> None:
    lines = ("kind: count", "value: 1", "period: 2024", "sources: [article-one]", 'review: "{day}"', "note: x")
    fact = "".join(["  f{n}:\n", *(f"    {line}\n" for line in lines)])
    monday = date(2029, 1, 1)

    def written(count: int) -> list[str]:
        days = [monday + timedelta(days=n % 7) for n in range(count)]
        more = "".join(fact.format(n=n, day=day) for n, day in enumerate(days))
        (tiny_home / "content/facts/more.yaml").write_text(f"facts:\n{more}", "utf-8")
        return [one.text for one in of_dates(tiny_home, TODAY) if "2029" in one.text]

    assert written(MOST_A_WEEK) == []
    assert written(MOST_A_WEEK + 1) == [
        "facts and answers due in the week from 2029-01-01: 61; more than 60 is too much, spread them"
    ]


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("today", DAYS)
def test_the_content_can_be_built_on_days_on_which_much_falls_due_and_nothing_else_is_told(
    home: Path, today: date, cache: Path
) -> None:
    report = check(home, "vi", today, cache)
    assert report.errors == 0
    assert len(report.problems) <= 40
    assert [str(one) for one in report.problems if "loaban due" not in one.text] == []


def test_no_week_holds_more_than_forty_facts_and_answers(engine: Engine) -> None:
    days = [one.review for some in (engine.knowledge.facts, engine.knowledge.intents) for one in some.values()]
    weeks = Counter(day - timedelta(days=day.weekday()) for day in days)
    assert max(weeks.values()) <= 40


# --- what residents see -----------------------------------------------------------------------------------------------


def reply(home: Path, cache: Path, today: date, lang: str = "vi", question: str = "hạn mức vay vốn") -> str:
    engine = build_engine(Settings(home=home, cache=cache, lang="vi"))
    session = Session(Address("test", "1"), lang=lang, greeted=True)
    return respond(Incoming("1", session.address, question, noon(today)), session, engine).replies[-1].text


@pytest.fixture
def one_expires(tiny_home: Path) -> Path:
    edit(tiny_home, FACTS, LIMIT, LIMIT.replace("2099-06-30", "2027-01-31"))
    return tiny_home


def test_an_answer_with_an_expired_figure_says_first_of_when_it_is(one_expires: Path, cache: Path) -> None:
    fresh = reply(one_expires, cache, date(2027, 1, 31))
    assert "chưa được kiểm lại" not in fresh
    assert reply(one_expires, cache, date(2027, 2, 1)) == f"Số này của năm 2024, chưa được kiểm lại.\n\n{fresh}"
    english = reply(one_expires, cache, date(2027, 2, 1), "en", "what is the loan limit")
    assert english.startswith("This figure is as of the year 2024 and has not been checked again.\n\n")


def test_the_day_is_that_of_the_message_in_dien_bien(one_expires: Path, cache: Path) -> None:
    engine = build_engine(Settings(home=one_expires, cache=cache, lang="vi"))
    session = Session(Address("test", "1"), lang="vi", greeted=True)

    def at(moment: datetime) -> str:
        return respond(Incoming("1", session.address, "hạn mức vay vốn", moment), session, engine).replies[-1].text

    midnight = datetime(2027, 2, 1, tzinfo=ZONE)  # 17:00 of the day before in UTC
    assert not at(midnight - timedelta(seconds=1)).startswith("Số này")
    assert at(midnight).startswith("Số này")


def test_several_expired_facts_are_one_sentence_about_the_oldest(tiny_home: Path, cache: Path) -> None:
    text = reply(tiny_home, cache, AFTER)
    assert text.startswith("Dưới đây có thông tin của ")
    assert text.count("chưa được kiểm lại") == 1


def test_an_answer_with_an_expired_fact_is_withheld_where_the_fact_says_so(one_expires: Path, cache: Path) -> None:
    edit(one_expires, FACTS, '    review: "2027-01-31"\n', '    review: "2027-01-31"\n    expired: withhold\n')
    assert "100 triệu" in reply(one_expires, cache, date(2027, 1, 31))
    text = reply(one_expires, cache, date(2027, 2, 1))
    assert "triệu" not in text
    assert text.startswith("Điều Loa Bản biết về việc này chưa được kiểm lại")
    assert text.split("\n\n")[1].startswith("Bà con hỏi tổ vay vốn ở bản.")


def test_a_fact_that_never_expires_is_told_as_ever(one_expires: Path, cache: Path) -> None:
    edit(one_expires, FACTS, '    review: "2027-01-31"\n', '    review: "2027-01-31"\n    expired: never\n')
    assert "chưa được kiểm lại" not in reply(one_expires, cache, date(2027, 2, 1))


def test_an_urgent_answer_is_never_held_up(one_expires: Path, cache: Path) -> None:
    edit(one_expires, FACTS, '    review: "2027-01-31"\n', '    review: "2027-01-31"\n    expired: withhold\n')
    edit(one_expires, LOAN, "urgency: normal", "urgency: urgent")
    text = reply(one_expires, cache, date(2027, 2, 1))
    assert "100 triệu" in text
    assert "chưa được kiểm lại" not in text


def test_the_numbers_for_an_emergency_never_expire(engine: Engine) -> None:
    facts = engine.knowledge.facts
    numbers = [fact for name, fact in facts.items() if name.startswith(("ext-emergency", "ext-hotline"))]
    assert len(numbers) == 6
    assert {fact.expired for fact in numbers} == {"never"}


def test_every_answer_of_the_content_fits_into_a_message_with_its_notice(engine: Engine) -> None:
    knowledge, long_after = engine.knowledge, date(2030, 1, 1)
    noticed = 0
    for intent in knowledge.intents.values():
        expired = expired_facts(knowledge, intent, long_after)
        for lang in intent.short if expired else ():
            noticed += 1
            assert len(notice(expired, knowledge.words[lang])) + 2 + len(intent.whole_message(lang)) <= 2000
    assert noticed > 100


# --- what is to be checked, and what was ------------------------------------------------------------------------------


def test_what_is_due_is_listed_by_source_with_its_address(tiny_home: Path) -> None:
    told = run(tiny_home, "due", "--today", str(DAY - timedelta(days=10))).output
    lines = told.splitlines()
    first = lines.index("article-one: One article")
    assert lines[first + 1] == "  https://example.org/one"
    assert "    2099-06-30  loan-limit: up to VND 100 million  [content/facts/loans.yaml:8]" in lines
    assert "    2099-06-30  loan-amount: How much can I borrow at most?  [intents/loans/loan-amount.yaml:6]" in lines
    assert "past" not in told


def test_what_is_past_its_day_is_marked_and_what_is_far_away_left_out(one_expires: Path) -> None:
    lines = run(one_expires, "due", "--within", "0", "--today", "2027-02-01").output.splitlines()
    assert "    2027-01-31 (past)  loan-limit: up to VND 100 million  [content/facts/loans.yaml:8]" in lines
    assert lines[-1] == "Facts and answers to check: 1; sources and topics: 1"


def test_what_is_due_can_be_read_by_a_program(one_expires: Path) -> None:
    found = json.loads(run(one_expires, "due", "--within", "0", "--today", "2027-02-01", "--json").stdout)
    assert (found["today"], found["within"]) == ("2027-02-01", 0)
    (group,) = found["groups"]
    assert (group["name"], group["address"]) == ("article-one", "https://example.org/one")
    assert [(item["id"], item["kind"], item["past"]) for item in group["items"]] == [("loan-limit", "fact", True)]


def test_confirming_moves_the_day_and_says_who_checked_and_nothing_else_changes(tiny_home: Path) -> None:
    before = {name: (tiny_home / name).read_text("utf-8") for name in (FACTS, LOAN, JOBS)}
    done = run(tiny_home, "confirm", "loan-limit", "loan-amount", "--until", "2027-12-31", "--by", "Sở Nội vụ",
               "--today", "2027-06-01")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [FACTS, LOAN, "Confirmed until 2027-12-31: 2"]
    for name in (FACTS, LOAN):
        after = (tiny_home / name).read_text("utf-8")
        indent = "    " if name == FACTS else ""
        changed = [line for line in difflib.ndiff(before[name].splitlines(), after.splitlines()) if line[0] in "+-"]
        assert changed == [
            f'- {indent}review: "2099-06-30"',
            f'+ {indent}review: "2027-12-31"',
            f'+ {indent}confirmed: {{by: Sở Nội vụ, "on": "2027-06-01"}}',
        ]
    assert (tiny_home / JOBS).read_text("utf-8") == before[JOBS]
    assert load_knowledge(tiny_home).facts["loan-limit"].review == date(2027, 12, 31)


def test_confirming_once_more_leaves_one_confirmation(tiny_home: Path) -> None:
    words = load_words(tiny_home / "locales")["en"]
    for month in (7, 8):
        confirm(tiny_home, ["loan-limit"], date(2027, month + 1, 1), "a: [b]", date(2027, month, 1), words)
    text = (tiny_home / FACTS).read_text("utf-8")
    assert text.count("confirmed:") == 1
    document = read_yaml(tiny_home / FACTS).value
    assert isinstance(document, dict)
    assert document["facts"]["loan-limit"]["confirmed"] == {"by": "a: [b]", "on": "2027-08-01"}  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('review: "2027-01-01"', 'review: "2027-12-31"\nconfirmed: {by: x, "on": "2027-06-01"}'),
        ("review: 2027-01-01  # why\r\nb: 1\r\n",
         'review: "2027-12-31"  # why\r\nconfirmed: {by: x, "on": "2027-06-01"}\r\nb: 1\r\n'),
        ("{review: 2027-01-01, b: 1}", '{review: "2027-12-31", confirmed: {by: x, "on": "2027-06-01"}, b: 1}'),
        ("review: 2027-01-01\nconfirmed:\n  by: y\n  on: 2026-01-01  # then\nb: 1\n",
         'review: "2027-12-31"\nconfirmed: {by: x, "on": "2027-06-01"}  # then\nb: 1\n'),
    ],
)  # fmt: skip
def test_a_confirmation_is_written_however_the_file_is(before: str, after: str) -> None:
    assert with_confirmation(before, (), date(2027, 12, 31), "x", date(2027, 6, 1)) == after


def test_a_confirmed_file_is_in_order(tiny_home: Path) -> None:
    assert run(tiny_home, "fmt").exit_code == 0
    confirmed = run(tiny_home, "confirm", "loan-limit", "loan-amount", "--until", "2030-12-31", "--by", "Sở Nội vụ")
    assert confirmed.exit_code == 0, confirmed.output
    assert run(tiny_home, "fmt", "--check").exit_code == 0


@pytest.mark.parametrize(
    ("ids", "until", "by", "told"),
    [
        (["loan-limt"], "2027-12-31", "x", "did you mean loan-limit"),
        (["loan-limit", "zzzzzz"], "2027-12-31", "x", "no fact and no intent zzzzzz"),
        (["loan-limit"], "2027-06-01", "x", "not to come"),
        (["loan-limit"], "2027-12-31", " ", "who has checked it"),
    ],
)
def test_what_cannot_be_confirmed_changes_nothing(tiny_home: Path, ids: list[str], until: str, by: str, told: str) -> None:
    before = (tiny_home / FACTS).read_bytes()
    words = load_words(tiny_home / "locales")["en"]
    with pytest.raises(Refusal) as refused:
        confirm(tiny_home, ids, date.fromisoformat(until), by, date(2027, 6, 1), words)
    assert told in str(refused.value)
    assert (tiny_home / FACTS).read_bytes() == before
