"""Whatever an administrator gets wrong is told in one sentence, in Vietnamese and in English, with file and line.

Every row of the table changes one thing in content that is valid otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.app import build_mind
from bot.checking import check
from bot.cli import cli
from bot.dialogue import respond
from bot.errors import ContentError
from bot.knowledge.load import load_knowledge
from bot.model import Address, Incoming, Problem, Session
from bot.settings import Settings
from tests.tiny import JOBS, LOAN, NAME, TODAY

SOURCES = "content/sources.yaml"
FACTS = "content/facts/loans.yaml"
JOB_FACTS = "content/facts/jobs.yaml"
TOPICS = "content/topics.yaml"
REFERRALS = "content/referrals.yaml"
PLACES = "content/places.yaml"
VOCABULARY = "content/vocabulary.yaml"
FOREIGN = "intents/system/foreign.yaml"
VI_WORDS = "locales/vi/LC_MESSAGES/loaban.po"
EN_WORDS = "locales/en/LC_MESSAGES/loaban.po"

Change = Callable[[Path], object]


@dataclass(frozen=True)
class Fault:
    """One thing made wrong, and what must be said of it.

    at      the line: its number, or a text that stands in that line alone; None for a catalogue, where no line is promised
    alone   whether this is the only error that follows
    """

    name: str
    change: Change
    file: str
    at: str | int | None
    vi: tuple[str, ...]
    en: tuple[str, ...]
    alone: bool = True


def swap(file: str, old: str, new: str) -> Change:
    """Replace the one place where `old` stands."""

    def change(home: Path) -> None:
        path = home / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), "utf-8")

    return change


def write(file: str, data: str | bytes) -> Change:
    def change(home: Path) -> None:
        path = home / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)

    return change


def append(file: str, data: str | bytes) -> Change:
    def change(home: Path) -> None:
        path = home / file
        path.write_bytes(path.read_bytes() + (data.encode() if isinstance(data, str) else data))

    return change


def remove(file: str) -> Change:
    return lambda home: (home / file).unlink()


def phrasing(text: str) -> Change:
    """One more Vietnamese phrasing, written as it stands, without quotes."""
    return swap(LOAN, "    - hạn mức vay vốn\n", f"    - hạn mức vay vốn\n    - {text}\n")


def in_answer(text: str) -> Change:
    return swap(LOAN, "Bà con vay được", f"{text} Bà con vay được")


def in_english_answer(text: str) -> Change:
    return swap(LOAN, "You can borrow", f"{text} You can borrow")


SAME_FACT = """\
  loan-rate:
    kind: percent
    value: 7
    period: 2024
    sources: [article-one]
    review: "2027-06-30"
    note: Again.
"""
VI_ANSWER = "  vi: |"
EN_ANSWER = "  en: |"
MISREAD_VI, MISREAD_EN = "trong ngoặc kép", "in quotes"
UNPROVEN_VI, UNPROVEN_EN = "không lấy từ dữ kiện nào", "no fact produced the figure"
UNREADABLE_VI, UNREADABLE_EN = "không đọc được YAML", "not readable YAML"

YAML = [
    Fault(
        "an unknown key, with the one that was probably meant",
        swap(LOAN, "related:", "relatd:"),
        LOAN,
        "relatd:",
        ("không có khóa 'relatd'", "'related'"),
        ("unknown key 'relatd'", "did you mean 'related'"),
    ),
    Fault(
        "an unknown key that is like none",
        swap(LOAN, "facts: []", "facts: []\nzzzz: 1"),
        LOAN,
        "zzzz",
        ("không có khóa 'zzzz'",),
        ("unknown key 'zzzz'",),
    ),
    Fault(
        "a key that stands twice",
        swap(LOAN, "facts: []", "facts: []\nscope: Again."),
        LOAN,
        "Again.",
        ("'scope'", "hai lần", "dòng 5"),
        ("'scope'", "second time", "line 5"),
        alone=False,
    ),
    Fault(
        "a key that stands twice inside a block",
        swap(TOPICS, "en: Loans}", "en: Loans, vi: Vay}"),
        TOPICS,
        "vi: Vay}",
        ("'vi'", "hai lần"),
        ("'vi'", "second time"),
        alone=False,
    ),
    Fault("an alias", swap(LOAN, "[job-numbers]", "*jobs"), LOAN, "*jobs", ("& và *",), ("aliases",), alone=False),
    Fault("an anchor", swap(LOAN, "scope: How", "scope: &a How"), LOAN, "&a", ("& và *",), ("aliases",), alone=False),
    Fault(
        "an anchor before a key", swap(LOAN, "scope: How", "&a scope: How"), LOAN, "&a", ("& và *",), ("aliases",), alone=False
    ),
    Fault("a tag", swap(LOAN, "scope: How", "scope: !!str How"), LOAN, "!!str", ("dấu !",), ("tags (!)",), alone=False),
    Fault(
        "a tab at the start of a line",
        swap(LOAN, "  en: How much", "\ten: How much"),
        LOAN,
        "\ten:",
        (UNREADABLE_VI, "dấu cách đầu dòng"),
        (UNREADABLE_EN, "spaces at the start of the line"),
        alone=False,
    ),
    Fault(
        "a quote that is never closed",
        swap(LOAN, "  vi: Được vay", '  vi: "Được vay'),
        LOAN,
        "Được vay tối đa",
        (UNREADABLE_VI, "ngoặc kép"),
        (UNREADABLE_EN, "quotes"),
        alone=False,
    ),
    Fault(
        "a colon in a text without quotes",
        swap(LOAN, "  vi: Được vay", "  vi: Vay vốn: được vay"),
        LOAN,
        "Vay vốn: được",
        (UNREADABLE_VI, "dấu hai chấm"),
        (UNREADABLE_EN, "colon"),
        alone=False,
    ),
    Fault(
        "a line that stands too far left",
        swap(LOAN, "  - maximum loan", "  maximum loan"),
        LOAN,
        None,
        (UNREADABLE_VI,),
        (UNREADABLE_EN,),
        alone=False,
    ),
    Fault(
        "two documents in one file",
        append(LOAN, "---\nid: other\n"),
        LOAN,
        "---",
        ("một phần", "---"),
        ("one document", "---"),
        alone=False,
    ),
    Fault(
        "a file that is not UTF-8",
        append(LOAN, b"    - vay v\xf4\x91n\n"),
        LOAN,
        29,
        ("UTF-8",),
        ("UTF-8",),
        alone=False,
    ),
    Fault(
        "a file that is too large",
        append(SOURCES, "# " + "x" * 1_000_000 + "\n"),
        SOURCES,
        1,
        ("lớn hơn", "chia nhỏ"),
        ("larger than", "split it"),
        alone=False,
    ),
    Fault(
        "lists inside lists without end",
        swap(LOAN, "[job-numbers]", "[" * 500 + "]" * 500),
        LOAN,
        "related:",
        ("lồng nhau quá sâu",),
        ("nested too deeply",),
        alone=False,
    ),
    Fault(
        "a key that is a list",
        swap(LOAN, "facts: []", "? [a, b]\n: c"),
        LOAN,
        "? [a, b]",
        ("khóa phải là",),
        ("a key must be a plain word",),
        alone=False,
    ),
    *(
        Fault(
            f"the phrasing {text} without quotes",
            phrasing(text),
            LOAN,
            f"    - {text}\n",
            (text, MISREAD_VI),
            (text, MISREAD_EN),
        )
        for text in ("no", "12:30", "1e3", "null", "2024", "2026-12-31", "0x1F", "~", "yes", "off", "1_000")
    ),
]

SHAPES = [
    Fault(
        "a missing key",
        swap(LOAN, "scope: How much a household can borrow.\n", ""),
        LOAN,
        1,
        ("thiếu 'scope'",),
        ("'scope' is missing",),
        alone=False,
    ),
    Fault(
        "a class that does not exist",
        swap(LOAN, "class: P", "class: Z"),
        LOAN,
        "class: Z",
        ("'class' là Z", "'A'"),
        ("'class' is Z", "'A'"),
        alone=False,
    ),
    Fault(
        "an urgency that does not exist",
        swap(LOAN, "urgency: normal", "urgency: high"),
        LOAN,
        "urgency: high",
        ("'urgency' là high", "'urgent'"),
        ("'urgency' is high", "'urgent'"),
        alone=False,
    ),
    Fault(
        "an id that is not the file's name",
        swap(LOAN, "id: loan-amount", "id: loan-sum"),
        LOAN,
        "id: loan-sum",
        ("loan-sum", "loan-amount.yaml", "giống nhau"),
        ("loan-sum", "loan-amount.yaml", "the same"),
    ),
    Fault(
        "an id with capitals and blanks",
        swap(LOAN, "id: loan-amount", "id: Loan Amount"),
        LOAN,
        "id: Loan",
        ("chữ thường",),
        ("small letters",),
        alone=False,
    ),
    Fault(
        "a topic that is not the folder",
        swap(LOAN, "topic: loans", "topic: jobs"),
        LOAN,
        "topic: jobs",
        ("topic là jobs", "thư mục", "loans"),
        ("topic is jobs", "folder", "loans"),
    ),
    Fault(
        "a topic that is in no menu",
        swap(TOPICS, "  jobs: {vi: Việc làm, en: Jobs}\n", ""),
        JOBS,
        "topic: jobs",
        ("chủ đề jobs", "content/topics.yaml"),
        ("topic jobs", "content/topics.yaml"),
    ),
    Fault(
        "the same intent in two folders",
        lambda home: write("intents/system/loan-amount.yaml", (home / LOAN).read_bytes())(home),
        "intents/system/loan-amount.yaml",
        "id: loan-amount",
        ("loan-amount", LOAN),
        ("loan-amount", LOAN),
        alone=False,
    ),
    Fault(
        "a question that is too long",
        swap(LOAN, "How much can I borrow at most?", "How much can I borrow at most " + "x" * 40),
        LOAN,
        "at most xxx",
        ("dài 70 ký tự", "60"),
        ("has 70 characters", "60"),
        alone=False,
    ),
    Fault(
        "a review date that is no date",
        swap(LOAN, '"2027-06-30"', '"2027-02-30"'),
        LOAN,
        "2027-02-30",
        ("2026-12-31",),
        ("2026-12-31",),
        alone=False,
    ),
    Fault(
        "a list where a text belongs",
        swap(LOAN, "scope: How much a household can borrow.", "scope: [How, much]"),
        LOAN,
        "[How, much]",
        ("'scope' phải là một câu chữ",),
        ("'scope' must be a text",),
        alone=False,
    ),
    Fault(
        "a text where a list belongs",
        swap(LOAN, "[job-numbers]", "job-numbers"),
        LOAN,
        "related:",
        ("'related' phải là danh sách",),
        ("'related' must be a list",),
        alone=False,
    ),
    Fault(
        "a text where lines belong",
        swap(TOPICS, "{vi: Vay vốn, en: Loans}", "Loans"),
        TOPICS,
        "loans:",
        ("'loans' phải là các dòng",),
        ("'loans' must be a block of lines",),
        alone=False,
    ),
    Fault(
        "an empty text",
        swap(LOAN, "scope: How much a household can borrow.", 'scope: ""'),
        LOAN,
        'scope: ""',
        ("'scope' để trống",),
        ("'scope' is empty",),
        alone=False,
    ),
]

LANGUAGES = [
    Fault(
        "an answer that lacks a language",
        swap(JOBS, "  en: Each year {jobs-count} people find work, many in {jobs-countries}.\n", ""),
        JOBS,
        "answer:",
        ("answer", "'en'"),
        ("answer", "'en'"),
    ),
    Fault(
        "a question that lacks a language",
        swap(LOAN, "  en: How much can I borrow at most?\n", ""),
        LOAN,
        "question:",
        ("question", "'en'"),
        ("question", "'en'"),
    ),
    Fault(
        "phrasings that lack a language",
        swap(JOBS, "  en:\n    - how many jobs are there\n    - number of people in work\n", ""),
        JOBS,
        "examples:",
        ("examples", "'en'"),
        ("examples", "'en'"),
    ),
    Fault(
        "a fact that lacks a language",
        swap(FACTS, ", en: poor households with 2 children or more}", "}"),
        FACTS,
        "value: {vi",
        ("loan-groups", "'en'"),
        ("loan-groups", "'en'"),
    ),
    Fault(
        "a list that lacks a language",
        swap(JOB_FACTS, "      en: [Japan, South Korea]\n", ""),
        JOB_FACTS,
        "    value:\n",
        ("jobs-countries", "'en'"),
        ("jobs-countries", "'en'"),
    ),
    Fault(
        "a source that lacks a language",
        swap(SOURCES, ", en: Decree one}", "}"),
        SOURCES,
        "Nghị định số một",
        ("decree-one", "'en'"),
        ("decree-one", "'en'"),
    ),
    Fault(
        "a topic that lacks a language", swap(TOPICS, ", en: Jobs}", "}"), TOPICS, "jobs:", ("jobs", "'en'"), ("jobs", "'en'")
    ),
    Fault(
        "a referral that lacks a language",
        swap(REFERRALS, "    en: Ask the savings group in your village.\n", ""),
        REFERRALS,
        "bank:",
        ("bank", "'en'"),
        ("bank", "'en'"),
    ),
    Fault(
        "a warning of a place that lacks a language",
        swap(PLACES, "      en: The old Sam Mứn commune is in Thanh An.\n", ""),
        PLACES,
        "trap:",
        ("Thanh An", "'en'"),
        ("Thanh An", "'en'"),
    ),
    Fault(
        "a language that no catalogue speaks",
        swap(JOBS, "  en: Each year", "  fr: Chaque année {jobs-count} personnes.\n  en: Each year"),
        JOBS,
        "fr:",
        ("fr",),
        ("fr",),
    ),
    Fault(
        "a message without translation",
        swap(VI_WORDS, 'msgid "Other topics"\nmsgstr "Mục khác"', 'msgid "Other topics"\nmsgstr ""'),
        VI_WORDS,
        None,
        ("chưa dịch", "Other topics"),
        ("no translation", "Other topics"),
    ),
    Fault(
        "a message that is not in the catalogue",
        swap(VI_WORDS, 'msgid "Other topics"\nmsgstr "Mục khác"', ""),
        VI_WORDS,
        None,
        ("chưa dịch", "Other topics"),
        ("no translation", "Other topics"),
    ),
    Fault(
        "a translation that is only guessed",
        swap(VI_WORDS, 'msgid "Other topics"', '#, fuzzy\nmsgid "Other topics"'),
        VI_WORDS,
        None,
        ("Other topics",),
        ("Other topics",),
    ),
    Fault(
        "a translation with other names in braces",
        swap(EN_WORDS, 'msgstr "{name} ward"', 'msgstr "{nam} ward"'),
        EN_WORDS,
        None,
        ("{name} ward", "ngoặc nhọn"),
        ("{name} ward", "in braces"),
    ),
    Fault(
        "a translation with a brace too many",
        swap(EN_WORDS, 'msgstr "{name} ward"', 'msgstr "{name} ward}"'),
        EN_WORDS,
        None,
        ("{name} ward", "ngoặc nhọn"),
        ("{name} ward", "in braces"),
    ),
]

FIGURES = [
    Fault(
        "a fact that does not exist",
        swap(LOAN, "vay được {loan-limit}", "vay được {loan-limt}"),
        LOAN,
        VI_ANSWER,
        ("answer.vi", "{loan-limt}", "content/facts"),
        ("answer.vi", "{loan-limt}", "no fact"),
    ),
    Fault(
        "an unknown part after the dot",
        swap(LOAN, "theo {loan-limit.source}", "theo {loan-limit.sorce}"),
        LOAN,
        VI_ANSWER,
        ("{loan-limit.sorce}", "value, period, source"),
        ("{loan-limit.sorce}", "value, period, source"),
    ),
    Fault(
        "a brace that is not closed",
        swap(LOAN, "vay được {loan-limit}", "vay được {loan-limit"),
        LOAN,
        VI_ANSWER,
        ("dấu {", "{fact-id}"),
        ("a single {", "{fact-id}"),
    ),
    Fault(
        "a brace that is not opened",
        swap(LOAN, "borrow {loan-limit}", "borrow loan-limit}"),
        LOAN,
        EN_ANSWER,
        ("dấu }",),
        ("a single }",),
    ),
    Fault("a digit in an answer", in_answer("Năm 2025 có."), LOAN, VI_ANSWER, ("“2025”", UNPROVEN_VI), ("“2025”", UNPROVEN_EN)),
    Fault(
        "a percentage in an answer",
        in_english_answer("It is 6.6% now."),
        LOAN,
        EN_ANSWER,
        ("“6.6%”", UNPROVEN_VI),
        ("“6.6%”", UNPROVEN_EN),
    ),
    *(
        Fault(
            f"“{figure}” in an answer",
            in_answer(f"Được {figure} đồng."),
            LOAN,
            VI_ANSWER,
            (UNPROVEN_VI, figure.split()[-1]),
            (UNPROVEN_EN, figure.split()[-1]),
        )
        for figure in (
            "một trăm triệu",
            "ba mươi triệu",
            "hai mươi lăm triệu",
            "mười lăm triệu",
            "năm nghìn",
            "sáu tỷ",
            "bảy phần trăm",
        )
    ),
    *(
        Fault(
            f"“{figure}” in an answer",
            in_english_answer(f"It is {figure} dong."),
            LOAN,
            EN_ANSWER,
            (UNPROVEN_VI, figure.split()[-1]),
            (UNPROVEN_EN, figure.split()[-1]),
        )
        for figure in (
            "one hundred million",
            "fifty million",
            "sixty million",
            "fifteen million",
            "two billion",
            "ten per cent",
        )
    ),
    Fault(
        "a fact with an empty list of sources",
        swap(FACTS, "[decree-one]", "[]"),
        FACTS,
        "sources: []",
        ("'sources'", "trống"),
        ("'sources'", "empty"),
        alone=False,
    ),
    Fault(
        "a fact without sources",
        swap(FACTS, "    sources: [decree-one]\n", ""),
        FACTS,
        "  loan-rate:",
        ("thiếu 'sources'",),
        ("'sources' is missing",),
        alone=False,
    ),
    Fault(
        "a source that does not exist",
        swap(FACTS, "[decree-one]", "[decree-two]"),
        FACTS,
        "decree-two",
        ("decree-two", "content/sources.yaml"),
        ("decree-two", "content/sources.yaml"),
    ),
    Fault(
        "a fact without period",
        swap(FACTS, "    period: 2024-10\n", ""),
        FACTS,
        "  loan-rate:",
        ("thiếu 'period'",),
        ("'period' is missing",),
        alone=False,
    ),
    Fault(
        "a period that is none",
        swap(FACTS, "period: 2024-10", "period: 2024-13"),
        FACTS,
        "2024-13",
        ("2021/2025",),
        ("2021/2025",),
        alone=False,
    ),
    Fault(
        "a period that ends before it begins",
        swap(FACTS, "period: 2021/2025", "period: 2025/2021"),
        FACTS,
        "2025/2021",
        ("2021/2025",),
        ("2021/2025",),
        alone=False,
    ),
    Fault(
        "a number with dots between thousands",
        swap(FACTS, "value: 100000000", "value: 100.000.000"),
        FACTS,
        "  loan-limit:",
        ("chữ số", "22000"),
        ("digits only", "22000"),
        alone=False,
    ),
    Fault(
        "a range that ends below its start",
        swap(JOB_FACTS, "to: 12000", "to: 9000"),
        JOB_FACTS,
        "  jobs-count:",
        ("to", "lớn hơn value"),
        ("to", "larger than value"),
        alone=False,
    ),
    Fault(
        "a text where a number belongs",
        swap(FACTS, "kind: text", "kind: count"),
        FACTS,
        "  loan-groups:",
        ("value", "một con số"),
        ("value", "one number"),
        alone=False,
    ),
    Fault(
        "a number where a text belongs",
        swap(FACTS, "kind: percent", "kind: text"),
        FACTS,
        "  loan-rate:",
        ("value", "mỗi ngôn ngữ một câu"),
        ("value", "one text a language"),
        alone=False,
    ),
    Fault(
        "a kind of fact that does not exist",
        swap(FACTS, "kind: percent", "kind: per-cent"),
        FACTS,
        "per-cent",
        ("'kind' là per-cent", "percent"),
        ("'kind' is per-cent", "percent"),
        alone=False,
    ),
    Fault(
        "figures that differ between the languages",
        swap(FACTS, "with 2 children", "with 3 children"),
        FACTS,
        "3 children",
        ("loan-groups", "khác nhau"),
        ("loan-groups", "different figures"),
    ),
    Fault(
        "the same fact in two files",
        append(
            JOB_FACTS,
            SAME_FACT,
        ),
        FACTS,
        "  loan-rate:",
        ("loan-rate", f"{JOB_FACTS}:19"),
        ("loan-rate", f"{JOB_FACTS}:19"),
    ),
    Fault(
        "a fact whose review date has passed",
        swap(FACTS, 'review: "2027-06-30"\n    note: Interest.', 'review: "2026-11-22"\n    note: Interest.'),
        FACTS,
        "2026-11-22",
        ("loan-rate", "2026-11-22"),
        ("loan-rate", "2026-11-22"),
    ),
    Fault(
        "an answer whose review date has passed",
        swap(LOAN, '"2027-06-30"', '"2026-11-22"'),
        LOAN,
        "2026-11-22",
        ("loan-amount", "2026-11-22"),
        ("loan-amount", "2026-11-22"),
    ),
    Fault(
        "an answer that is too long", in_answer("Chữ nữa. " * 70), LOAN, VI_ANSWER, ("answer.vi", "700"), ("answer.vi", "700")
    ),
]

LINKS = [
    Fault(
        "the phrasing of another intent, typed otherwise",
        phrasing("CO BAO NHIEU, viec lam?"),
        LOAN,
        "CO BAO NHIEU",
        ("job-numbers", f"{JOBS}:16"),
        ("job-numbers", f"{JOBS}:16"),
    ),
    Fault(
        "the phrasing of a refused topic",
        swap(FOREIGN, "how do I get a land title", "Hạn mức vay vốn"),
        FOREIGN,
        "Hạn mức vay vốn",
        ("loan-amount", LOAN),
        ("loan-amount", LOAN),
    ),
    Fault(
        "a phrasing without words",
        phrasing('"?!..."'),
        LOAN,
        '"?!..."',
        ("?!...", "không có chữ nào"),
        ("?!...", "has no words"),
    ),
    Fault(
        "a polite word without letters",
        swap(VOCABULARY, "filler: [ạ, please]", 'filler: [ạ, "..."]'),
        VOCABULARY,
        "filler:",
        ("...",),
        ("...",),
    ),
    Fault(
        "a command that the bot does not know",
        swap(VOCABULARY, "  menu: [menu]", "  menu: [menu]\n  dance: [nhảy]"),
        VOCABULARY,
        "dance:",
        ("dance",),
        ("dance",),
    ),
    Fault(
        "a related intent that does not exist",
        swap(LOAN, "[job-numbers]", "[job-number]"),
        LOAN,
        "related:",
        ("job-number",),
        ("no other intent called job-number",),
    ),
    Fault(
        "an intent related to itself",
        swap(LOAN, "[job-numbers]", "[loan-amount]"),
        LOAN,
        "related:",
        ("không có intent nào khác", "loan-amount"),
        ("no other intent called loan-amount",),
    ),
    Fault(
        "a fact beside the answer that does not exist",
        swap(LOAN, "facts: []", "facts: [loan-x]"),
        LOAN,
        "loan-x",
        ("loan-x", "content/facts"),
        ("loan-x", "content/facts"),
    ),
    Fault(
        "a referral that does not exist",
        swap(LOAN, "referral: bank", "referral: banks"),
        LOAN,
        "referral: banks",
        ("banks", "content/referrals.yaml"),
        ("banks", "content/referrals.yaml"),
    ),
    Fault(
        "an answer of class P without referral",
        swap(LOAN, "referral: bank\n", ""),
        LOAN,
        "class: P",
        ("loại P", "referral"),
        ("class P", "referral"),
    ),
    *(
        Fault(
            f"the intent {one}, which the conversation needs, is gone",
            remove(f"intents/system/{one}.yaml"),
            f"intents/system/{one}.yaml",
            1,
            (f"thiếu intent {one}",),
            (f"the intent {one} is missing",),
        )
        for one in ("greeting", "contact-official", "unclear-fallback", "admin-merger-commune")
    ),
    Fault(
        "a person's name in an answer",
        swap(LOAN, "Số này là của năm", f"Ông {NAME} nói số này là của năm"),
        LOAN,
        NAME,
        ("answer.vi", "nêu tên người"),
        ("answer.vi", "names a person"),
    ),
    Fault(
        "a person's name in an answer of one line",
        swap(JOBS, "Mỗi năm có {", f"Bà {NAME} nói mỗi năm có {{"),
        JOBS,
        NAME,
        ("answer.vi", "nêu tên người"),
        ("answer.vi", "names a person"),
    ),
    Fault(
        "a person's name without accents",
        in_english_answer("Mr LUONG VAN THU borrowed."),
        LOAN,
        "LUONG VAN THU",
        ("answer.en", "nêu tên người"),
        ("answer.en", "names a person"),
    ),
    Fault(
        "a person's name that runs over the end of a line",
        swap(LOAN, "    Số này là của năm", "    Ông Lường\n    Văn Thử nói số này là của năm"),
        LOAN,
        None,
        ("answer.vi", "nêu tên người"),
        ("answer.vi", "names a person"),
    ),
    Fault(
        "a person's name in a fact",
        swap(FACTS, "hộ nghèo có từ", f"hộ ông {NAME} có từ"),
        FACTS,
        "  loan-groups:",
        ("loan-groups", "nêu tên người"),
        ("loan-groups", "names a person"),
    ),
    Fault(
        "a person's name in the note of a fact",
        swap(FACTS, "note: Interest.", f"note: Told by {NAME}."),
        FACTS,
        "  loan-rate:",
        ("loan-rate", "nêu tên người"),
        ("loan-rate", "names a person"),
    ),
    *(
        Fault(f"the file {file} is gone", remove(file), file, 1, ("thiếu tệp",), ("the file is missing",), alone=False)
        for file in (SOURCES, TOPICS, REFERRALS, PLACES, VOCABULARY)
    ),
]

FAULTS = [*YAML, *SHAPES, *LANGUAGES, *FIGURES, *LINKS]


def line_of(home: Path, fault: Fault) -> int | None:
    if not isinstance(fault.at, str):
        return fault.at
    text = (home / fault.file).read_text("utf-8")
    assert text.count(fault.at) == 1, f"{fault.at!r} must stand once in {fault.file}"
    return text[: text.index(fault.at)].count("\n") + 1


def errors(home: Path, lang: str) -> list[Problem]:
    return [problem for problem in check(home, lang, TODAY).problems if not problem.warning]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_what_is_wrong_is_told_with_file_and_line(tiny_home: Path, fault: Fault) -> None:
    fault.change(tiny_home)
    line = line_of(tiny_home, fault)
    for lang, words in (("vi", fault.vi), ("en", fault.en)):
        found = errors(tiny_home, lang)
        told = [
            problem
            for problem in found
            if problem.file == fault.file and line in (None, problem.line) and all(word in problem.text for word in words)
        ]
        assert told, f"expected {fault.file}:{line}: … {words}; told was:\n" + "\n".join(map(str, found))
        if fault.alone:
            assert found == told, "one fault is told once, and nothing else is wrong"


def test_the_table_names_at_least_forty_five_faults_and_each_once() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(names) >= 45
    assert len(set(names)) == len(names)


def test_content_as_delivered_has_no_error(home: Path) -> None:
    assert errors(home, "vi") == []


def test_the_small_content_of_these_tests_has_no_error(tiny_home: Path) -> None:
    assert errors(tiny_home, "en") == []


def test_a_file_saved_by_a_windows_editor_is_read_like_any_other(tiny_home: Path) -> None:
    for path in [*tiny_home.glob("content/**/*.yaml"), *tiny_home.glob("intents/**/*.yaml")]:
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert errors(tiny_home, "en") == []
    answer = load_knowledge(tiny_home, "vi").intents["loan-amount"].answer["vi"]
    assert answer.startswith("Bà con vay được tối đa 100 triệu đồng")
    assert "\r" not in answer


def test_what_an_open_editor_leaves_beside_a_file_is_not_read(tiny_home: Path) -> None:
    (tiny_home / LOAN).with_name(".#loan-amount.yaml").symlink_to("anna@office.1234")
    (tiny_home / FACTS).with_name("._loans.yaml").write_bytes(b"\0\5\26\7")
    assert errors(tiny_home, "en") == []


def test_a_catalogue_that_is_not_utf_8_is_named(tiny_home: Path) -> None:
    append(VI_WORDS, b'\nmsgid "x"\nmsgstr "v\xf4\x91n"\n')(tiny_home)
    assert VI_WORDS in {problem.file for problem in errors(tiny_home, "en")}


def test_a_name_written_into_the_list_instead_of_its_hash_is_told(tiny_home: Path) -> None:
    append("content/names.sha256", f"{NAME}\n")(tiny_home)
    assert [(problem.file, problem.line) for problem in errors(tiny_home, "en")] == [("content/names.sha256", 3)]


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
    mind = build_mind(Settings(home=tiny_home, cache=tmp_path / "cache", lang="vi"))
    session = Session(Address("test", "1"))
    assert respond(Incoming("1", session.address, text, datetime(2026, 11, 23, tzinfo=UTC)), session, mind).replies


def test_a_passed_review_date_does_not_stop_the_answers(tiny_home: Path) -> None:
    swap(LOAN, '"2027-06-30"', '"2020-01-01"')(tiny_home)
    assert "loan-amount" in load_knowledge(tiny_home, "vi").intents


def test_a_review_date_is_good_until_its_day_is_over(tiny_home: Path) -> None:
    swap(LOAN, '"2027-06-30"', f'"{TODAY}"')(tiny_home)
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


def test_a_phrasing_that_belongs_elsewhere_is_a_warning_at_its_line(tiny_home: Path) -> None:
    phrasing("số người có việc mỗi năm thế")(tiny_home)
    warnings = [problem for problem in check(tiny_home, "en", TODAY).problems if "would be taken for" in problem.text]
    assert [(problem.file, "job-numbers" in problem.text, problem.warning) for problem in warnings] == [(LOAN, True, True)]


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
    assert [(problem.file, "answer.vi" in problem.text, "2000" in problem.text) for problem in told] == [(LOAN, True, True)]
