"""The texts as a spreadsheet and back: exact when nothing changed, one text when one did, nothing at all when one is wrong."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.authoring.editing.scalars import as_scalar
from bot.authoring.saving import save_all
from bot.authoring.spreadsheet import sheet, table_files
from bot.authoring.spreadsheet.importing import plan_import
from bot.authoring.spreadsheet.po_edits import entries
from bot.authoring.spreadsheet.sheet import table_of
from bot.authoring.spreadsheet.table_files import MAX_CELL, read_table, table_bytes
from bot.authoring.spreadsheet.text_rows import normalised_text, text_rows
from bot.authoring.spreadsheet.yaml_edits import TextChange, with_texts
from bot.cli.output import as_csv
from bot.cli.root import cli
from bot.errors import ContentError, Refusal
from bot.i18n import Words
from bot.knowledge.load import load_knowledge
from tests.tiny import JOBS, LOAN, make_tiny_home

Table = list[list[str]]

ENGLISH = Words("en", {})
BOTH = pytest.mark.parametrize("ending", [".xlsx", ".csv"])
HEAD = 'msgid ""\nmsgstr ""\n"Language: {lang}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: x\\n"\n\n'
ENTRY = """\
#: bot/a.py
msgid "Hello {name}"
msgstr "{hello} {name}"

# kept
#, python-brace-format
msgid "--force"
msgstr "--force"
"""
CHECK, VI, EN = 3, 4, 5
REFERRALS = "content/referrals.yaml"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return make_small(tmp_path)


def make_small(folder: Path) -> Path:
    """The tiny content with catalogues of two messages: it loads in no time."""
    for lang, hello in (("vi", "Chào"), ("en", "Hello")):
        path = folder / "few" / lang / "LC_MESSAGES" / "loaban.po"
        path.parent.mkdir(parents=True)
        path.write_text(HEAD.replace("{lang}", lang) + ENTRY.replace("{hello}", hello), "utf-8")
    return make_tiny_home(folder / "small", folder / "few")


def exported(home: Path, *more: str) -> Table:
    return table_of(text_rows(home, ENGLISH), ["vi", "en", *more], ENGLISH)


def place(table: Table, file: str, key: str) -> int:
    """Where a text stands in the table; its line in a spreadsheet is one more."""
    return next(number for number, row in enumerate(table) if row[:2] == [file, key])


def imported(home: Path, table: Table, ending: str = ".csv") -> int:
    """Take a table over through a file; returns how many texts changed. Raises what the import raises."""
    path = home.parent / f"texts{ending}"
    path.write_bytes(table_bytes(path, table))
    plan = plan_import(home, path.name, read_table(path), ENGLISH)
    save_all(plan.files)
    return len(plan.edits)


def problems(home: Path, table: Table) -> list[str]:
    """Why a table is refused; nothing may have been written."""
    before = snapshot(home)
    with pytest.raises((ContentError, Refusal)) as caught:
        imported(home, table)
    assert snapshot(home) == before
    return str(caught.value).splitlines()


def snapshot(home: Path) -> dict[str, bytes]:
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}


def changed(home: Path, before: dict[str, bytes]) -> dict[str, tuple[list[str], list[str]]]:
    """File → its lines that are gone and its lines that are new."""
    after = snapshot(home)
    found = {}
    for name in before.keys() | after.keys():
        old, new = (side.get(name, b"").decode().splitlines() for side in (before, after))
        if before.get(name) != after.get(name):
            found[name] = [line for line in old if line not in new], [line for line in new if line not in old]
    return found


# --- exact ------------------------------------------------------------------------------------------------------------


@BOTH
def test_the_whole_content_comes_back_as_it_went(home: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"all{ending}"
    rows = text_rows(home, ENGLISH)
    path.write_bytes(table_bytes(path, exported(home)))
    lines = read_table(path)
    assert len(lines) == len(rows) + 1
    assert plan_import(home, path.name, lines, ENGLISH).files == {}


@BOTH
def test_nothing_changed_is_nothing_written(small: Path, ending: str) -> None:
    before = snapshot(small)
    assert imported(small, exported(small), ending) == 0
    assert snapshot(small) == before


AWKWARD = [
    "=1+1",
    "'=1",
    "''@x",
    "-5 là âm",
    "+84",
    "@ai",
    "\tx",
    "12:30",
    "1-2",
    '"',
    "a,b;c",
    "a\r\nb",
    "x\u00a0y",
    "e\u0302",
    "“x”",
    "#",
]


@given(text=st.one_of(st.sampled_from(AWKWARD), st.text(min_size=1, max_size=30)), ending=st.sampled_from([".xlsx", ".csv"]))
@settings(max_examples=300)
def test_any_text_survives_the_file(text: str, ending: str) -> None:
    path = Path(f"x{ending}")
    try:
        data = table_bytes(path, [["file", "key", "kind", "check vi", "vi", "note"], ["f", text, "k", "c", f" {text}", ""]])
    except Refusal:
        assert ending == ".xlsx", "everything fits into CSV"
        return
    with_ends = from_bytes(path, data)
    expected = text.replace("\r\n", "\n").replace("\r", "\n") if ending == ".xlsx" else text
    assert with_ends[1][1] == expected
    assert with_ends[1][4] == f" {expected}"


def from_bytes(name: Path, data: bytes) -> list[list[object]]:
    read = table_files._from_xlsx if name.suffix == ".xlsx" else table_files._from_csv
    return [list(line.cells) for line in read(name, data)]


@given(
    old=st.one_of(st.sampled_from(AWKWARD), st.text(max_size=40)),
    new=st.one_of(st.sampled_from(AWKWARD), st.text(max_size=40)),
    style=st.sampled_from(["quoted", "flow", "block"]),
)
@settings(max_examples=60)
@example(old="a: b", new="c\nd", style="block")
@example(old="x", new="y # z", style="flow")
def test_one_text_changes_and_nothing_else(tmp_path_factory: pytest.TempPathFactory, old: str, new: str, style: str) -> None:
    small_home = make_small(tmp_path_factory.mktemp("free"))
    quoted = as_scalar(f"Cũ {old}", flow=True)
    line = {
        "quoted": f"\n    vi: {quoted}\n    en: Ask.",
        "flow": f" {{vi: {quoted}, en: Ask.}}",
        "block": "\n    vi: |\n      Cũ\n    en: Ask.",
    }
    path = small_home / REFERRALS
    path.write_bytes(f"referrals: # all\n  bank:{line[style]} # kept\n\n# end\n".encode())
    before = snapshot(small_home)
    try:
        table = exported(small_home)
    except ContentError:  # what no YAML file can hold
        assume(False)
    assert imported(small_home, table) == 0
    assert snapshot(small_home) == before

    row = place(table, REFERRALS, "referrals.bank")
    table[row][VI] = f"Mới {new}"
    try:
        assert imported(small_home, table) == 1
    except (Refusal, ContentError):  # a text that the content may not have
        assert snapshot(small_home) == before
        return
    assert text_rows(small_home, ENGLISH)[row - 1].texts == {"vi": normalised_text(f"Mới {new}", lines=False), "en": "Ask."}
    after = (small_home / REFERRALS).read_text("utf-8")
    assert after.startswith("referrals: # all\n")
    assert after.endswith(" # kept\n\n# end\n")
    now = snapshot(small_home)
    assert {name for name in before if now[name] != before[name]} == {REFERRALS}
    assert imported(small_home, exported(small_home)) == 0


# --- what changes -----------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("file", "key", "lang", "text", "gone", "new"),
    [
        (LOAN, "question", VI, "Vay: bao nhiêu?", None, '  vi: "Vay: bao nhiêu?"'),
        (
            "content/topics.yaml",
            "topics.loans",
            EN,
            "Loans, big",
            "  loans: {vi: Vay vốn, en: Loans}",
            '  loans: {vi: Vay vốn, en: "Loans, big"}',
        ),
        (
            "content/facts/jobs.yaml",
            "facts.jobs-countries.value.2",
            VI,
            "Đức",
            "      vi: [Nhật Bản, Hàn Quốc]",
            "      vi: [Nhật Bản, Đức]",
        ),
        ("content/places.yaml", "places.03352.trap", EN, "Sam Mứn is gone.", None, "      en: Sam Mứn is gone."),
        (
            JOBS,
            "examples.2",
            VI,
            "mỗi năm bao nhiêu người có việc",
            "    - số người có việc mỗi năm",
            "    - mỗi năm bao nhiêu người có việc",
        ),
        (
            "intents/system/foreign.yaml",
            "foreign.land.1",
            EN,
            "land paper, how",
            "      - how do I get a land title",
            "      - land paper, how",
        ),
    ],
)
def test_a_changed_text_is_the_only_line_that_changes(
    small: Path, ending: str, file: str, key: str, lang: int, text: str, gone: str | None, new: str
) -> None:
    before = snapshot(small)
    table = exported(small)
    table[place(table, file, key)][lang] = text
    assert imported(small, table, ending) == 1
    ((name, (old, fresh)),) = changed(small, before).items()
    assert (name, fresh) == (file, [new])
    assert len(old) == 1
    assert gone is None or old == [gone]
    load_knowledge(small)


def test_a_block_keeps_its_form(small: Path) -> None:
    path = small / LOAN
    path.write_text(path.read_text("utf-8").replace("short:\n  vi: ", "short:\n  vi: | # spoken\n    "), "utf-8")
    table = exported(small)
    row = table[place(table, LOAN, "short")]
    row[VI] = f"{row[VI]}\n\nHỏi ở bản."
    assert imported(small, table) == 1
    text = path.read_text("utf-8")
    assert "  vi: | # spoken\n    " in text
    assert "\n\n    Hỏi ở bản.\n  en: " in text


def test_both_parts_of_an_answer_are_rows_of_their_own_and_come_back(small: Path) -> None:
    table = exported(small)
    kinds = {row[1]: row[2] for row in table if row[0] == JOBS}
    assert (kinds["short"], kinds["more"]) == ("short answer", "more of the answer")
    for key in ("short", "more"):
        table[place(table, JOBS, key)][VI] += "\nThêm một dòng."
    assert imported(small, table) == 2
    known = load_knowledge(small).intents["job-numbers"]
    assert known.short["vi"].endswith("\nThêm một dòng.")
    assert known.more["vi"].endswith("\nThêm một dòng.")


def test_a_message_changes_in_its_catalogue_alone(small: Path) -> None:
    before = snapshot(small)
    table = exported(small)
    row = next(row for row in table if row[EN] == "Hello {name}")
    assert "{name}" in row[-1]
    row[VI] = "Xin chào {name}\nbà con"
    assert imported(small, table) == 1
    name = "locales/vi/LC_MESSAGES/loaban.po"
    assert changed(small, before) == {name: (['msgstr "Chào {name}"'], ['"Xin chào {name}\\n"', '"bà con"'])}
    assert {entry.text for entry in entries((small / name).read_text("utf-8"))} == {"Xin chào {name}\nbà con", "--force"}


def test_phrasings_can_be_added_where_a_language_has_fewer(small: Path) -> None:
    path = small / JOBS
    path.write_text(path.read_text("utf-8").replace("    - number of people in work\n", ""), "utf-8")
    before = snapshot(small)
    table = exported(small)
    table[place(table, JOBS, "examples.2")][EN] = "- how many people work"
    assert imported(small, table) == 1
    assert changed(small, before) == {JOBS: ([], ['    - "- how many people work"'])}


def test_further_phrasings_are_rows_of_their_own_file(small: Path) -> None:
    name = "intents/jobs/phrasings/job-numbers.yaml"
    (small / name).parent.mkdir()
    (small / name).write_text("intent: job-numbers\nexamples:\n  vi:\n    - việc nhiều không\n    - mấy việc\n", "utf-8")
    before = snapshot(small)
    table = exported(small)
    table[place(table, name, "examples.1")][EN] = "many jobs or few"
    table[place(table, name, "examples.2")][VI] = "được mấy việc"
    assert imported(small, table) == 2
    assert changed(small, before) == {name: (["    - mấy việc"], ["    - được mấy việc", "  en:", "    - many jobs or few"])}
    assert load_knowledge(small).intents["job-numbers"].examples["vi"][-2:] == ("việc nhiều không", "được mấy việc")
    again = exported(small)
    at = place(again, LOAN, "examples.1")
    again[at][VI] = "việc nhiều không"
    (told,) = problems(small, again)
    assert told.startswith(f"texts.csv:{at + 1}: ")
    assert f"job-numbers ({name}:4)" in told


def test_text_from_other_programs_is_tidied(small: Path) -> None:
    table = exported(small)
    table[place(table, REFERRALS, "referrals.bank")][VI] = "  Ba\u0300 con\u00a0ho\u0309i “to\u0302\u0309”\r\nở bản. \n"
    assert imported(small, table) == 1
    assert text_rows(small, ENGLISH)[place(table, REFERRALS, "referrals.bank") - 1].texts["vi"] == "Bà con hỏi “tổ” ở bản."


def test_a_table_that_another_program_saved_means_the_same(small: Path) -> None:
    """Semicolons, other line ends, other columns, another order, empty lines."""
    table = exported(small)
    table[place(table, REFERRALS, "referrals.bank")][EN] = "Ask; somebody"
    turned = [[*row[::-1], "mine"] for row in table]
    turned[0][-1] = "my remarks"
    turned.insert(4, [""] * len(turned[0]))
    lines = [";".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in turned]
    path = small.parent / "other.csv"
    path.write_bytes("\n".join(lines).encode())
    assert [edit.text for edit in plan_import(small, path.name, read_table(path), ENGLISH).edits] == ["Ask; somebody"]


# --- a new language ---------------------------------------------------------------------------------------------------


def translated(table: Table) -> Table:
    """Lao for everything: the English text with a word before it, where there are words."""
    column = table[0].index("lo")
    for row in table[1:]:
        row[column] = f"ລາວ {row[EN]}" if any(char.isalpha() for char in row[EN]) else row[EN]
    return table


@BOTH
def test_a_language_that_is_complete_is_taken_over(small: Path, ending: str) -> None:
    table = translated(exported(small, "lo"))
    imported(small, table, ending)
    knowledge = load_knowledge(small)
    assert set(knowledge.words) == {"vi", "en", "lo"}
    assert knowledge.topics["loans"] == {"vi": "Vay vốn", "en": "Loans", "lo": "ລາວ Loans"}
    assert knowledge.intents["job-numbers"].examples["lo"] == ("ລາວ how many jobs are there", "ລາວ number of people in work")
    assert knowledge.words["lo"].say("Hello {name}", name="A") == "ລາວ Hello A"
    catalogue = (small / "locales/lo/LC_MESSAGES/loaban.po").read_text("utf-8")
    assert '"Language: lo\\n"' in catalogue
    assert "# kept" in catalogue
    assert exported(small, "lo")[1:] == [
        [*row[:3], again[3], *row[4:]] for row, again in zip(table[1:], exported(small, "lo")[1:], strict=True)
    ]


def test_a_language_with_gaps_is_refused_with_its_lines(small: Path) -> None:
    table = translated(exported(small, "lo"))
    column = table[0].index("lo")
    first = place(table, LOAN, "question")
    table[first][column] = table[first + 1][column] = ""
    (told,) = problems(small, table)
    assert told.startswith(f"texts.csv:{first + 1}: 2 texts have no “lo” yet, in the lines {first + 1}-{first + 2};")


def test_a_language_whose_numbers_nobody_can_write_is_told_as_such(small: Path) -> None:
    table = exported(small, "hmn")
    table[1][table[0].index("hmn")] = "Qiv nyiaj"
    (told,) = problems(small, table)
    assert "docs/add-a-language.md" in told


def test_an_empty_column_of_a_new_language_changes_nothing(small: Path) -> None:
    assert imported(small, exported(small, "lo")) == 0


# --- what is refused --------------------------------------------------------------------------------------------------


def emptied(table: Table) -> int:
    table[1][VI] = " "
    return 1


def lost(table: Table) -> int:
    row = place(table, JOBS, "short")
    table[row][VI] = table[row][VI].replace("{jobs-count}", "10.000")
    return row


def too_many(table: Table) -> int:
    row = place(table, JOBS, "short")
    table[row][EN] += " {loan-limit}"
    return row


def broken_braces(table: Table) -> int:
    row = next(number for number, row in enumerate(table) if row[EN] == "Hello {name}")
    table[row][EN] = "Hello {name"
    return row


def other_key(table: Table) -> int:
    table[2][1] = "topics.nothing"
    return 2


def added(table: Table) -> int:
    table.append(["content/topics.yaml", "topics.new", "topic", "c", "Mới", "New", ""])
    return len(table) - 1


def twice(table: Table) -> int:
    table.append(list(table[1]))
    return len(table) - 1


def other_check(table: Table) -> int:
    table[1][VI], table[1][CHECK] = "Khác", "c0"
    return 1


def figures(table: Table) -> int:
    row = next(number for number, row in enumerate(table) if row[VI] == "113")
    table[row][VI] = "113.0"
    return row


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (emptied, sheet.EMPTIED),
        (lost, sheet.LOST),
        (too_many, sheet.LOST),
        (broken_braces, sheet.LOST),
        (other_key, sheet.UNKNOWN),
        (added, sheet.UNKNOWN),
        (twice, sheet.TWICE),
        (other_check, sheet.STALE),
        (figures, sheet.FIGURES),
    ],
)
def test_what_cannot_be_taken_over_is_told_with_its_line_and_nothing_is_written(
    small: Path, wrong: Callable[[Table], int], message: str
) -> None:
    table = exported(small)
    table[place(table, REFERRALS, "referrals.bank")][VI] = "Một chữ khác, vẫn đúng."
    row = wrong(table)
    (told,) = problems(small, table)
    assert told.startswith(f"texts.csv:{row + 1}: ")
    assert message.partition("{")[0] in told
    assert message.rpartition("}")[2] in told


@pytest.mark.parametrize("column", [0, 1, CHECK, VI])
def test_a_missing_or_doubled_column_is_named(small: Path, column: int) -> None:
    table = exported(small)
    name = table[0][column].split()[0]
    (missing,) = problems(small, [[*row[:column], *row[column + 1 :]] for row in table])
    assert f"“{name}” is missing" in missing
    (doubled,) = problems(small, [[*row, row[column]] for row in table])
    assert f"“{name}” is there twice" in doubled


def test_a_text_that_changed_since_the_export_is_not_overwritten(small: Path) -> None:
    table = exported(small)
    bank, topic = place(table, REFERRALS, "referrals.bank"), place(table, "content/topics.yaml", "topics.loans")
    path = small / REFERRALS
    path.write_text(path.read_text("utf-8").replace("ở bản", "ở bản mình"), "utf-8")
    table[topic][EN] = "Loan"
    assert imported(small, table) == 1, "somebody else's change elsewhere is no hindrance, and is not undone"
    assert "ở bản mình" in path.read_text("utf-8")
    table[bank][VI] = "Một chữ khác."
    (told,) = problems(small, table)
    assert told.startswith(f"texts.csv:{bank + 1}: this text was changed in the project since the export")


def test_an_import_can_be_done_again(small: Path) -> None:
    table = exported(small)
    table[1][VI] = "Khác"
    assert imported(small, table) == 1
    assert imported(small, table) == 0


def test_a_problem_of_the_content_is_told_with_the_line_of_the_table(small: Path) -> None:
    table = exported(small)
    row = place(table, JOBS, "short")
    table[row][VI] += " Gọi 0912345678."
    long = place(table, LOAN, "question")
    table[long][EN] = "A very long question " * 5
    told = problems(small, table)
    assert {line.split(": ")[0] for line in told} == {f"texts.csv:{row + 1}", f"texts.csv:{long + 1}"}


def test_cells_that_a_program_made_into_something_else_are_refused(small: Path) -> None:
    table = exported(small)
    path = small.parent / "texts.xlsx"
    path.write_bytes(table_bytes(path, table))
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    for row, value in ((2, 5), (3, datetime.datetime(2026, 1, 2)), (4, "=A1"), (5, True)):
        page.cell(row, VI + 1).value = value
    book.save(path)
    with pytest.raises(ContentError) as caught:
        plan_import(small, path.name, read_table(path), ENGLISH)
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4, 5]
    assert all("this is no text" in problem.text for problem in caught.value.problems)


def test_more_problems_than_anybody_reads_are_counted(small: Path) -> None:
    table = exported(small)
    table += [["content/topics.yaml", f"topics.new-{number}", "topic", "c", "Mới", "New", ""] for number in range(80)]
    told = problems(small, table)
    assert len(told) == 51
    assert told[-1].endswith("and 30 more like these")


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("x.ods", b"", "must end in .xlsx or .csv"),
        ("x.xlsx", b"", "cannot be read as a spreadsheet"),
        ("x.xlsx", b"no archive", "cannot be read as a spreadsheet"),
        ("x.csv", b"", "“file” is missing"),
        ("x.csv", "file,key\nĐiện".encode("cp1258", "replace") + b"\xff\xfe", "is not UTF-8"),
        ("x.csv", b"a,b\n1,2\n", "“file” is missing"),
        ("x.csv", b"x" * 50_000_001, "is larger than 50 MB"),
    ],
)
def test_files_that_are_none_of_ours_are_told_as_such(small: Path, name: str, data: bytes, expected: str) -> None:
    path = small.parent / name
    path.write_bytes(data)
    with pytest.raises(Refusal, match=expected):
        plan_import(small, name, read_table(path), ENGLISH)


def test_an_archive_that_is_no_workbook_is_told_as_such(small: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.txt", "hello")
    path = small.parent / "x.xlsx"
    path.write_bytes(data.getvalue())
    with pytest.raises(Refusal, match="cannot be read as a spreadsheet"):
        read_table(path)


def test_a_text_that_excel_would_cut_is_not_exported_to_it() -> None:
    table = [["file", "key", "kind", "check vi", "vi", "note"], ["f", "k", "", "c", "x" * (MAX_CELL + 1), ""]]
    with pytest.raises(Refusal, match="export to"):
        table_bytes(Path("x.xlsx"), table)
    assert table_bytes(Path("x.csv"), table)


def test_a_long_text_is_read_and_other_readers_keep_their_limit(tmp_path: Path) -> None:
    path, usual = tmp_path / "long.csv", csv.field_size_limit()
    text = "x" * (2 * usual)
    path.write_bytes(table_bytes(path, [["file", "key"], [text, "k"]]))
    assert read_table(path)[1].at(0) == text
    assert csv.field_size_limit() == usual


def test_a_file_that_changes_meanwhile_is_not_overwritten(small: Path) -> None:
    table = exported(small)
    table[1][VI] = "Khác"
    table[place(table, REFERRALS, "referrals.bank")][VI] = "Khác."
    path = small.parent / "texts.csv"
    path.write_bytes(table_bytes(path, table))
    plan = plan_import(small, path.name, read_table(path), ENGLISH)
    with (small / REFERRALS).open("a") as file:
        file.write("# somebody was here\n")
    before = snapshot(small)
    with pytest.raises(Refusal, match="changed by somebody else"):
        save_all(plan.files)
    assert snapshot(small) == before, "nor is any other file, and nothing is left lying about"


# --- the sheet a person sees ------------------------------------------------------------------------------------------


def test_the_sheet_is_made_for_filling_in(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.xlsx"
    path.write_bytes(table_bytes(path, exported(small, "lo")))
    page = openpyxl.load_workbook(path).worksheets[0]
    assert page.freeze_panes == "A2"
    assert page.protection.sheet
    assert page.column_dimensions["D"].hidden, "the check column is nobody's business"
    assert [page.cell(2, column).protection.locked for column in range(1, 9)] == [True] * 4 + [False] * 3 + [True]
    assert {page.cell(row, VI + 1).number_format for row in range(1, 20)} == {"@"}
    assert page.cell(2, VI + 1).alignment.wrap_text


def test_no_cell_of_a_csv_file_is_a_formula(small: Path) -> None:
    path = small / REFERRALS
    path.write_text('referrals:\n  bank:\n    vi: "=HYPERLINK(1)"\n    en: "@SUM(1)"\n', "utf-8")
    text = table_bytes(Path("x.csv"), exported(small)).decode("utf-8-sig")
    assert table_bytes(Path("x.csv"), exported(small)).startswith(b"\xef\xbb\xbf")
    assert "'=HYPERLINK(1),'@SUM(1)" in text
    assert "\r\n" in text
    assert imported(small, exported(small)) == 0


# --- yaml, by itself --------------------------------------------------------------------------------------------------


def test_windows_line_ends_and_a_byte_order_mark_stay() -> None:
    source = "\ufeffquestion:\r\n  vi: Cũ # ghi chú\r\nshort:\r\n  vi: |\r\n    Một.\r\n    Hai.\r\n\r\nexamples: {}\r\n"
    changes = [TextChange(("question",), "vi", None, "Mới"), TextChange(("short",), "vi", None, "Ba.\nBốn.")]
    expected = source.replace("Cũ", "Mới").replace("Một.", "Ba.").replace("Hai.", "Bốn.")
    assert with_texts(source, changes) == expected
    more = with_texts(source, [TextChange(("short",), "en", None, "One.\nTwo."), TextChange(("examples",), "vi", 0, "x: y")])
    assert more.endswith('    Hai.\r\n  en: |\r\n    One.\r\n    Two.\r\n\r\nexamples: {vi: ["x: y"]}\r\n')


@pytest.mark.parametrize("source", ["", "a: 1\n", "question: x\n", "question: [x]\n", "question: {vi: [x]}\n"])
def test_a_file_of_another_shape_is_not_guessed_at(source: str) -> None:
    with pytest.raises(ValueError, match="there is no"):
        with_texts(source, [TextChange(("question",), "vi", None, "Mới")])


# --- the commands -----------------------------------------------------------------------------------------------------


def test_export_and_import_on_the_command_line(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli, ["--home", str(small), "--lang", "en", *arguments])
        return result.exit_code, result.output

    code, printed = run("export", str(path))
    assert (code, "in vi, en" in printed) == (0, True)
    assert "already" in run("export", str(path))[1]
    assert run("export", "--force", str(path), "--lang", "hmn")[0] == 0
    assert "Nothing was changed" in run("import", str(path))[1]
    path.write_text(path.read_text("utf-8").replace("Vay vốn", "Vay tiền"), "utf-8")
    before = snapshot(small)
    code, printed = run("import", "--dry-run", str(path))
    assert (code, "Would change: 1 texts in 1 files" in printed) == (0, True)
    assert "topics.loans vi: “Vay vốn” → “Vay tiền”" in printed
    assert snapshot(small) == before
    assert run("import", str(path))[0] == 0
    assert "Vay tiền" in (small / "content/topics.yaml").read_text("utf-8")
    assert run("import", str(tmp_path / "none.csv")) == (1, f"{tmp_path / 'none.csv'}: No such file or directory\n")


# --- files that others made -------------------------------------------------------------------------------------------


def saved(path: Path, change: Callable[[Any], None]) -> Path:
    """An export that somebody worked on in a spreadsheet."""
    book = openpyxl.load_workbook(path)
    sheet_ = book.worksheets[0]
    sheet_.protection.sheet = False
    change(sheet_)
    book.save(path)
    return path


@pytest.fixture
def workbook(small: Path) -> Path:
    path = small.parent / "texts.xlsx"
    path.write_bytes(table_bytes(path, exported(small)))
    return path


def test_only_our_columns_are_read_and_blank_lines_are_skipped(small: Path, workbook: Path) -> None:
    def change(sheet_: Any) -> None:
        sheet_.insert_rows(3)
        sheet_["K3"] = "done by Mai"
        sheet_["K4"] = "=SUM(A1:A9)"
        sheet_["L5"] = datetime.datetime(2026, 1, 1)
        sheet_.append([" ", "\t", None, "", "  "])
        sheet_.append([None] * 12 + ["see above"])

    plan = plan_import(small, workbook.name, read_table(saved(workbook, change)), ENGLISH)
    assert plan.edits == []


def test_a_sheet_with_formatting_at_its_far_corner_is_read_at_once(small: Path, workbook: Path) -> None:
    def change(sheet_: Any) -> None:
        sheet_["XFD1048576"].font = openpyxl.styles.Font(bold=True)

    lines = read_table(saved(workbook, change))
    assert len(lines) == len(exported(small))
    assert max(len(line.cells) for line in lines) <= table_files.MAX_COLUMNS


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(workbook: Path) -> None:
    with zipfile.ZipFile(workbook, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/picture.bin", b"\0" * (table_files.MAX_UNPACKED + 1))
    assert workbook.stat().st_size < 1_000_000
    with pytest.raises(Refusal, match="larger than 200 MB"):
        read_table(workbook)


def test_more_lines_than_any_export_has_are_refused(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "MAX_LINES", 5)
    with pytest.raises(Refusal, match="more than 5 lines"):
        read_table(workbook)


@pytest.mark.parametrize("sign", ["\x1b[31m", "\x07", "\u202e", "\x85", "\ufeff"])
def test_signs_that_nobody_sees_are_neither_printed_nor_taken_over(small: Path, tmp_path: Path, sign: str) -> None:
    table = exported(small)
    table[1][VI] += f" và {sign}nữa"
    table[2][0] = f"content/{sign}topics.yaml"
    path = tmp_path / "texts.csv"
    path.write_bytes(table_bytes(path, table))
    before = snapshot(small)
    result = CliRunner().invoke(cli, ["--home", str(small), "--lang", "en", "import", str(path)])
    assert result.exit_code == 1
    assert f"vi: there is a sign in it that nobody sees (U+{ord(sign[0]):04X})" in result.output
    assert not [char for char in result.output if not char.isprintable() and char != "\n"]
    assert snapshot(small) == before


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+84", "-x", "@x", "＝1+1", "＋84", "－x", "＠x", "\t=1", "'=1", " =1", "\u3000＝1", "\u200b=1", "﹦1", "−1"],
)
def test_no_table_that_is_printed_holds_a_formula(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    as_csv(["name"], [{"name": text}, {"name": [text, "b"]}])
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [["name"], [f"'{text}"], [f"'{text} b"]]
