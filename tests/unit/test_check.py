"""What `loaban check` proves, beyond the single faults of tests/data/broken, and what it takes without a word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.authoring.checking import check
from bot.cli.root import cli
from bot.dialogue import respond
from bot.engine import build_engine
from bot.errors import ContentError
from bot.knowledge.load import load_knowledge
from bot.model import Address, Incoming, Problem, Session
from bot.settings import Settings
from tests.tiny import JOBS, LOAN, TODAY

SOURCES = "content/sources.yaml"
FACTS = "content/facts/loans.yaml"
JOB_FACTS = "content/facts/jobs.yaml"
TOPICS = "content/topics.yaml"
REFERRALS = "content/referrals.yaml"
PLACES = "content/places.yaml"
VOCABULARY = "content/vocabulary.yaml"
VI_WORDS = "locales/vi/LC_MESSAGES/loaban.po"

Change = Callable[[Path], object]


def swap(file: str, old: str, new: str) -> Change:
    """Replace the one place where `old` stands."""

    def change(home: Path) -> None:
        path = home / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), "utf-8")

    return change


def append(file: str, data: str | bytes) -> Change:
    def change(home: Path) -> None:
        path = home / file
        path.write_bytes(path.read_bytes() + (data.encode() if isinstance(data, str) else data))

    return change


def phrasing(text: str) -> Change:
    """One more Vietnamese phrasing, written as it stands, without quotes."""
    return swap(LOAN, "    - hạn mức vay vốn\n", f"    - hạn mức vay vốn\n    - {text}\n")


def in_answer(text: str) -> Change:
    return swap(LOAN, "Bà con vay được", f"{text} Bà con vay được")


def in_english_answer(text: str) -> Change:
    return swap(LOAN, "You can borrow", f"{text} You can borrow")


def errors(home: Path, lang: str) -> list[Problem]:
    return [problem for problem in check(home, lang, TODAY).problems if not problem.warning]


@pytest.mark.parametrize("text", ["no", "12:30", "1e3", "null", "2024", "2026-12-31", "0x1F", "~", "yes", "off", "1_000"])
def test_a_phrasing_that_other_programs_misread_wants_quotes(tiny_home: Path, text: str) -> None:
    phrasing(text)(tiny_home)
    assert [(one.file, one.line, text in one.text, "in quotes" in one.text) for one in errors(tiny_home, "en")] == [
        (LOAN, 25, True, True)
    ]


VI_FIGURES = ["một trăm triệu", "ba mươi triệu", "hai mươi lăm triệu", "mười lăm triệu", "năm nghìn", "sáu tỷ", "bảy phần trăm"]
EN_FIGURES = ["one hundred million", "fifty million", "sixty million", "fifteen million", "two billion", "ten per cent"]


@pytest.mark.parametrize(
    ("figure", "line", "change"),
    [
        *((figure, 14, in_answer(f"Được {figure} đồng.")) for figure in VI_FIGURES),
        *((figure, 17, in_english_answer(f"It is {figure} dong.")) for figure in EN_FIGURES),
    ],
)
def test_a_figure_in_words_needs_a_fact_like_any_other(tiny_home: Path, figure: str, line: int, change: Change) -> None:
    change(tiny_home)
    assert [(one.file, one.line, figure.split()[-1] in one.text) for one in errors(tiny_home, "en")] == [(LOAN, line, True)]
    assert "no fact produced the figure" in errors(tiny_home, "en")[0].text


def test_content_as_delivered_has_no_error(home: Path) -> None:
    assert errors(home, "vi") == []


def test_the_small_content_of_these_tests_has_no_error(tiny_home: Path) -> None:
    assert errors(tiny_home, "en") == []


def test_a_file_saved_by_a_windows_editor_is_read_like_any_other(tiny_home: Path) -> None:
    for path in [*tiny_home.glob("content/**/*.yaml"), *tiny_home.glob("intents/**/*.yaml")]:
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert errors(tiny_home, "en") == []
    answer = load_knowledge(tiny_home, "vi").intents["loan-amount"].short["vi"]
    assert answer.startswith("Bà con vay được tối đa 100 triệu đồng")
    assert "\r" not in answer


def test_what_an_open_editor_leaves_beside_a_file_is_not_read(tiny_home: Path) -> None:
    (tiny_home / LOAN).with_name(".#loan-amount.yaml").symlink_to("anna@office.1234")
    (tiny_home / FACTS).with_name("._loans.yaml").write_bytes(b"\0\5\26\7")
    assert errors(tiny_home, "en") == []


def test_a_catalogue_that_is_not_utf_8_is_named(tiny_home: Path) -> None:
    append(VI_WORDS, b'\nmsgid "x"\nmsgstr "v\xf4\x91n"\n')(tiny_home)
    assert VI_WORDS in {problem.file for problem in errors(tiny_home, "en")}


def test_a_folder_without_anything_is_told_file_by_file(tmp_path: Path) -> None:
    report = check(tmp_path, "en", TODAY)
    assert {problem.file for problem in report.problems} >= {
        SOURCES,
        TOPICS,
        REFERRALS,
        PLACES,
        VOCABULARY,
        "intents",
        "locales",
    }
    assert report.counts == {"intents": 0, "facts": 0, "phrasings": 0, "languages": 0}


def test_content_without_any_intent_asks_whether_the_folder_is_right(tiny_home: Path) -> None:
    for path in tiny_home.glob("intents/*/*.yaml"):
        path.unlink()
    told = {(problem.file, problem.text) for problem in errors(tiny_home, "en")}
    assert ("intents", "no intent could be read here; is the folder the right one?") in told


FURTHER = "intents/loans/phrasings/loan-amount.yaml"


def further(home: Path, name: str, text: str) -> None:
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).write_text(text, "utf-8")


def test_phrasings_of_both_files_are_those_of_the_intent_its_own_first(tiny_home: Path) -> None:
    before = check(tiny_home, "en", TODAY).counts["phrasings"]
    further(
        tiny_home, FURTHER, "intent: loan-amount\nexamples: {en: [how big a loan], vi: [vay được mấy đồng, vay mấy triệu]}\n"
    )
    assert errors(tiny_home, "en") == []
    examples = load_knowledge(tiny_home, "en").intents["loan-amount"].examples
    assert examples["vi"][-3:] == ("hạn mức vay vốn", "vay được mấy đồng", "vay mấy triệu")
    assert examples["en"][-2:] == ("maximum loan for one family", "how big a loan")
    assert check(tiny_home, "en", TODAY).counts["phrasings"] == before + 3


def test_phrasings_of_both_files_are_counted_together_and_told_where_more_belong(tiny_home: Path) -> None:
    texts = "".join(f"    - chuyện vay thứ {number}\n" for number in range(30))
    further(tiny_home, FURTHER, f"intent: loan-amount\nexamples:\n  vi:\n{texts}")
    told = {(one.file, one.line): one.text for one in check(tiny_home, "en", TODAY).problems if "wanted" in one.text}
    assert "only 33 phrasings in 'vi'; 40" in told[FURTHER, 3]
    assert "only 3 phrasings in 'en'; 30" in told[FURTHER, 2]
    assert not [place for place in told if place[0] == LOAN]
    further(tiny_home, FURTHER, f"intent: loan-amount\nexamples:\n  vi:\n{texts}{texts.replace('vay', 'mượn')}")
    assert not any("phrasings in 'vi'" in one.text for one in check(tiny_home, "en", TODAY).problems if one.file == FURTHER)


def test_phrasings_that_cannot_be_read_are_not_called_too_few_as_well(tiny_home: Path) -> None:
    further(tiny_home, FURTHER, "intent: loan-amount\nexamples: none\n")
    told = [one for one in check(tiny_home, "en", TODAY).problems if one.file in (LOAN, FURTHER)]
    assert [(one.file, one.line) for one in told] == [(FURTHER, 2)]


def test_further_phrasings_of_an_intent_that_cannot_be_read_are_not_told(tiny_home: Path) -> None:
    further(tiny_home, FURTHER, "intent: loan-amount\nexamples: {vi: [vay mấy đồng]}\n")
    swap(LOAN, "class: P", "class: Z")(tiny_home)
    assert [problem.file for problem in errors(tiny_home, "en")] == [LOAN]


def test_a_second_file_of_phrasings_for_one_intent_is_told(tiny_home: Path) -> None:
    for name in (FURTHER, "intents/system/phrasings/loan-amount.yaml"):
        further(tiny_home, name, f"intent: loan-amount\nexamples: {{vi: [vay ở {name[8:11]}]}}\n")
    for lang, words in (("vi", f"đã có ở {FURTHER}; chỉ giữ một tệp"), ("en", f"stand in {FURTHER} already; keep one file")):
        (told,) = errors(tiny_home, lang)
        assert (told.file, told.line) == ("intents/system/phrasings/loan-amount.yaml", 1)
        assert words in told.text


def test_problems_of_several_files_are_all_told_at_once(tiny_home: Path) -> None:
    swap(LOAN, "related:", "relatd:")(tiny_home)
    swap(JOBS, "class: A", "class: Z")(tiny_home)
    swap(TOPICS, ", en: Jobs}", "}")(tiny_home)
    swap(FACTS, "[decree-one]", "[decree-two]")(tiny_home)
    assert {problem.file for problem in errors(tiny_home, "en")} >= {LOAN, JOBS, TOPICS, FACTS}


def test_two_faults_of_one_file_are_both_told(tiny_home: Path) -> None:
    swap(LOAN, "class: P", "class: Z")(tiny_home)
    swap(LOAN, "urgency: normal", "urgency: high")(tiny_home)
    assert {problem.line for problem in errors(tiny_home, "en") if problem.file == LOAN} == {3, 4}


def test_broken_content_is_not_answered_from(tiny_home: Path) -> None:
    swap(LOAN, "vay được {loan-limit}", "vay được {loan-limt}")(tiny_home)
    with pytest.raises(ContentError) as raised:
        load_knowledge(tiny_home, "vi")
    assert [problem.file for problem in raised.value.problems] == [LOAN]
    assert "loan-limt" in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "qwrtp zxcvb",
        "huyện Mường Ảng giờ thuộc xã nào",
        "Ẳng Tở giờ thuộc xã nào",
        "xin cấp sổ đỏ thế nào",
        "hạn mức vay vốn",
        "👍",
        "/menu",
        "/mydata",
        "/sources",
    ],
)
def test_content_that_passes_its_check_does_not_fail_in_a_conversation(tiny_home: Path, tmp_path: Path, text: str) -> None:
    """What the code needs of the content by name must be demanded by the check."""
    assert errors(tiny_home, "en") == []
    engine = build_engine(Settings(home=tiny_home, cache=tmp_path / "cache", lang="vi"))
    session = Session(Address("test", "1"))
    assert respond(Incoming("1", session.address, text, datetime(2026, 11, 23, tzinfo=UTC)), session, engine).replies


def test_a_passed_review_date_does_not_stop_the_answers(tiny_home: Path) -> None:
    swap(LOAN, '"2099-06-30"', '"2020-01-01"')(tiny_home)
    assert "loan-amount" in load_knowledge(tiny_home, "vi").intents


def test_a_review_date_is_good_until_its_day_is_over(tiny_home: Path) -> None:
    swap(LOAN, '"2099-06-30"', f'"{TODAY}"')(tiny_home)
    assert errors(tiny_home, "en") == []


def test_few_phrasings_and_unused_facts_are_warnings_after_the_errors(tiny_home: Path) -> None:
    swap(JOBS, ", nhiều người đi {jobs-countries}", "")(tiny_home)
    swap(JOBS, ", many in {jobs-countries}", "")(tiny_home)
    swap(LOAN, "class: P", "class: Z")(tiny_home)
    problems = check(tiny_home, "en", TODAY).problems
    assert [problem.warning for problem in problems] == sorted(problem.warning for problem in problems)
    warnings = [str(problem) for problem in problems if problem.warning]
    assert any(text.startswith(JOB_FACTS) and "jobs-countries" in text for text in warnings)
    assert any("only 2 phrasings in 'vi'" in text for text in warnings)


@pytest.mark.parametrize(("lang", "word"), [("vi", "lỗi"), ("en", "error")])
def test_the_check_command_ends_with_code_1_on_an_error(tiny_home: Path, lang: str, word: str) -> None:
    swap(LOAN, "class: P", "class: Z")(tiny_home)
    result = CliRunner().invoke(cli, ["--home", str(tiny_home), "--lang", lang, "check", "--today", str(TODAY)])
    assert result.exit_code == 1
    assert f"{LOAN}:3: {word}: " in result.output


def test_the_check_command_ends_with_code_0_when_there_are_only_warnings(tiny_home: Path) -> None:
    result = CliRunner().invoke(cli, ["--home", str(tiny_home), "--lang", "en", "check", "--today", str(TODAY)])
    assert result.exit_code == 0, result.output
    assert ": warning: " in result.output
    intents = load_knowledge(tiny_home, "en").intents.values()
    phrasings = sum(len(texts) for intent in intents for texts in intent.examples.values())
    last = f"{len(intents)} intents, {phrasings} phrasings, 7 facts, 2 languages: 0 errors"
    assert last in result.output.splitlines()[-1]


def test_an_answer_that_no_channel_takes_with_its_referral_is_told(tiny_home: Path) -> None:
    swap(REFERRALS, "Bà con hỏi tổ vay vốn ở bản.", "Bà con hỏi tổ vay vốn ở bản. " * 70)(tiny_home)
    told = [problem for problem in check(tiny_home, "vi", TODAY).problems if not problem.warning]
    assert [(problem.file, "'vi'" in problem.text, "2000" in problem.text) for problem in told] == [(LOAN, True, True)]
