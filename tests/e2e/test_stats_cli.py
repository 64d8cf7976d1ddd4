"""`loaban stats` as a person meets it: on a database that another process has open."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.root import cli
from bot.model import Match, Outcome
from bot.stats.data import COLUMNS
from bot.stores.sqlite.store import SqliteStore
from tests.e2e.test_cli import plain

Run = Callable[..., subprocess.CompletedProcess[bytes]]

DAY = date(2026, 11, 18)
WIDTH = 80


@pytest.fixture
def run(tiny_home: Path, tmp_path: Path, cache: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `loaban` in this process, in English."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, lang: str = "en") -> subprocess.CompletedProcess[bytes]:
        names: dict[str, str | None] = {name: None for name in os.environ if name.startswith("LOABAN_")}
        ours = {"LOABAN_DB": str(database), "LOABAN_CACHE": str(cache), "COLUMNS": str(WIDTH)}
        result = CliRunner().invoke(cli, ["--home", str(tiny_home), "--lang", lang, *arguments], env=names | ours)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout_bytes, result.stderr_bytes)

    return run


@pytest.fixture
def asked(store: SqliteStore) -> SqliteStore:
    """Two weeks in which people of two communes asked."""
    near = Outcome("unknown", None, 0.1, "vi", (Match("job-numbers", 0.1, ""),))
    with store.writing() as transaction:
        for n, place in ((7, "03301"), (3, "03352"), (5, "")):
            for _ in range(n):
                transaction.count(Outcome("answer", "loan-amount", 0.9, "vi"), "telegram", DAY, place)
        transaction.count(near, "zalo-oa", date(2026, 11, 9))
        for text in ("xưởng may có nhận người không", "xưởng may có nhận người không", "=2+2 con trâu giá bao nhiêu"):
            transaction.unanswered(text, "unknown", near, DAY)
    return store


def done(found: subprocess.CompletedProcess[bytes]) -> str:
    assert (found.returncode, found.stderr) == (0, b""), plain(found.stderr)
    return plain(found.stdout)


def refused(found: subprocess.CompletedProcess[bytes]) -> str:
    assert (found.returncode, found.stdout) == (1, b"")
    return plain(found.stderr)


def test_the_tables_fit_a_narrow_terminal_and_say_what_was_asked(run: Run, asked: SqliteStore) -> None:
    lines = done(run("stats")).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert lines[0] == "Loa Bản in figures, 9 Nov 2026 to 18 Nov 2026"
    text = "\n".join(line.rstrip() for line in lines)
    for shown in ("16 Nov 2026 · 47", "15 (94%)", "Loans", "How much can I borrow at most?", "Telegram", "xưởng may"):
        assert shown in text


def test_a_small_commune_takes_a_larger_one_along_where_the_rest_would_give_it_away(run: Run, asked: SqliteStore) -> None:
    text = done(run("stats"))
    assert "2 other communes, each <8" in text
    assert "Búng Lao" not in text


def test_the_days_can_be_chosen(run: Run, asked: SqliteStore) -> None:
    found = json.loads(done(run("stats", "--json", "--since", "2026-11-16", "--until", "2026-11-22")))
    assert (found["since"], found["until"], found["first"], found["last"]) == (
        "2026-11-16",
        "2026-11-22",
        "2026-11-18",
        "2026-11-18",
    )
    assert found["questions"] == {"total": 15, "answered": 15, "asked_back": 0, "unknown": 0}
    assert [week["week"] for week in found["weeks"]] == ["2026-W47"]


def test_the_ends_of_the_calendar_are_days_as_others(run: Run, asked: SqliteStore) -> None:
    found = json.loads(done(run("stats", "--json", "--since", "0001-01-01", "--until", "9999-12-31")))
    assert found["questions"]["total"] == 16


def test_the_largest_groups_of_unanswered_questions_are_told_and_single_ones_are_not(run: Run, asked: SqliteStore) -> None:
    groups = json.loads(done(run("stats", "--json")))["unanswered"]["groups"]
    assert [(group["text"], group["n"]) for group in groups] == [("xưởng may có nhận người không", 2)]


def test_every_key_is_documented(run: Run, asked: SqliteStore, home: Path) -> None:
    documented = (home / "docs/statistics.md").read_text("utf-8")

    def keys(data: object) -> Iterator[str]:
        for key, value in data.items() if isinstance(data, dict) else ():
            yield key
            yield from keys(value)
        for value in data if isinstance(data, list) else ():
            yield from keys(value)

    found = set(keys(json.loads(done(run("stats", "--json")))))
    assert {key for key in found if f"`{key}`" not in documented} == set()
    assert all(f"`{column}`" in documented for column in COLUMNS)


def test_the_csv_is_one_table_that_a_spreadsheet_reads_right(run: Run, asked: SqliteStore) -> None:
    with asked.writing() as transaction:  # twice: now it is a group
        transaction.unanswered("=2+2 con trâu giá bao nhiêu", "unknown", Outcome("unknown", None, 0.1, "vi"), DAY)
    found = done(run("stats", "--csv"))
    assert found.startswith("\ufeffsection,")
    table = list(csv.DictReader(io.StringIO(found.removeprefix("\ufeff"))))
    assert {tuple(row) for row in table} == {COLUMNS}
    figures = {(row["section"], row["key"], row["kind"]): row["n"] for row in table}
    assert figures["week", "2026-W47", "answered"] == "15"
    assert (figures["commune", "03301", ""], figures["communes_hidden_together", "", ""]) == ("<8", "10")
    assert not [row for row in table if row["name"].startswith("=")]


def test_a_page_is_written_to_a_file(run: Run, asked: SqliteStore, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("what stood here before", "utf-8")
    found = run("stats", "--html", "--output", str(target))
    assert (found.returncode, found.stdout) == (0, b"")
    assert plain(found.stderr) == f"Written to {target}.\n"
    assert target.read_text("utf-8").startswith('<!doctype html>\n<html lang="en">')
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".")} == set()


def test_every_form_can_be_written_to_a_file(run: Run, asked: SqliteStore, tmp_path: Path) -> None:
    for form in ("--json", "--csv"):
        assert run("stats", form, "--output", "out").returncode == 0
        assert (tmp_path / "out").read_bytes() == run("stats", form).stdout
    assert run("stats", "--output", "out").returncode == 0
    assert (tmp_path / "out").read_text("utf-8").startswith("Loa Bản in figures")


def test_what_cannot_be_written_is_said_and_nothing_is_made(run: Run, asked: SqliteStore, tmp_path: Path) -> None:
    assert str(tmp_path) in refused(run("stats", "--output", str(tmp_path)))
    assert "nowhere" in refused(run("stats", "--output", str(tmp_path / "nowhere/page.html")))
    assert not (tmp_path / "nowhere").exists()


def test_an_empty_database_is_said_kindly(run: Run, store: SqliteStore) -> None:
    assert "Nothing has been counted yet." in done(run("stats"))
    assert "Nothing was counted in these days." in done(run("stats", "--since", "2026-11-01"))
    assert json.loads(done(run("stats", "--json")))["questions"]["total"] == 0
    assert done(run("stats", "--csv")) == "\ufeff" + ",".join(COLUMNS) + "\n"


def test_where_there_is_no_database_none_is_made(run: Run, database: Path) -> None:
    assert str(database) in refused(run("stats"))
    assert not database.exists()


def test_a_file_that_is_no_database_is_said(run: Run, database: Path) -> None:
    database.write_text("not at all a database, whatever its name says", "utf-8")
    assert "LOABAN_DB" in refused(run("stats"))


def test_days_in_the_wrong_order_are_refused(run: Run, store: SqliteStore) -> None:
    assert "--since" in refused(run("stats", "--since", "2026-11-30", "--until", "2026-11-01"))


def test_figures_can_be_read_while_another_process_writes(run: Run, asked: SqliteStore) -> None:
    with asked.writing() as transaction:
        transaction.count(Outcome("answer", "loan-amount", 0.9, "vi"), "telegram", DAY)
        found = json.loads(done(run("stats", "--json")))
    assert found["questions"]["total"] == 16
    assert json.loads(done(run("stats", "--json")))["questions"]["total"] == 17
