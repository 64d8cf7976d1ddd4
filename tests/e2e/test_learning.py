"""The learning loop from end to end: residents ask, a group of questions becomes phrasings, the measurement shows the gain."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.root import cli
from bot.engine import build_engine
from bot.model import Address, Incoming
from bot.service.app import App
from bot.service.current import CurrentEngine
from bot.settings import load_settings
from bot.stores.sqlite.store import SqliteStore
from tests.e2e.test_evaluate_cli import git
from tests.tiny import LOAN

AT = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
ASKED = (
    "ceiling on a mortgage",
    "a mortgage ceiling",
    "the ceiling on the mortgage",
    "the mortgage ceiling for 040199001234",
)
QUESTIONS = """\
text\tintent\talso_ok\tlang\tstyle
the ceiling of the mortgage\tloan-amount\t\ten\ten
how many jobs are there here\tjob-numbers\t\ten\ten
who gives me a land title\tnone\tout-of-scope\ten\toos-hard
"""

Run = Callable[..., Result]


@pytest.fixture
def content(tiny_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny content under git, with questions to measure it on."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tiny_home.parent))
    (tiny_home / "tests/data").mkdir(parents=True)
    (tiny_home / "tests/data/residents_tiny.tsv").write_text(QUESTIONS, "utf-8")
    git(tiny_home, "init", "-q")
    git(tiny_home, "add", "-A")
    git(tiny_home, "commit", "-qm", "before")
    return tiny_home


@pytest.fixture
def loaban(content: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, answers: str | None = None) -> Result:
        names: dict[str, str | None] = {name: None for name in os.environ if name.startswith("LOABAN_")}
        ours = {"LOABAN_DB": str(tmp_path / "loaban.db"), "LOABAN_CACHE": str(cache), "COLUMNS": "160"}
        result = CliRunner().invoke(cli, ["--home", str(content), "--lang", "en", *arguments], env=names | ours, input=answers)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def test_what_residents_asked_in_vain_becomes_phrasings_and_the_measurement_shows_the_gain(
    content: Path, loaban: Run, tmp_path: Path, cache: Path
) -> None:
    engine = build_engine(load_settings(home=content, cache=cache))
    with closing(SqliteStore(tmp_path / "loaban.db")) as store:
        for number, text in enumerate(ASKED):
            at = AT + timedelta(minutes=number)
            App(CurrentEngine(engine), store).handle([Incoming(str(number), Address("zalo-bot", f"84{number}"), text, at)])

    chosen = ("loan-amount", "1 2 3, 4=the mortgage ceiling")
    reviewed = loaban("review", "--interactive", answers="\n".join(chosen) + "\n")
    assert reviewed.exit_code == 0, reviewed.output
    assert "mortgage ceiling" in reviewed.output
    assert "040199001234" not in reviewed.output
    written = (content / LOAN).read_text("utf-8")
    assert all(text in written for text in (*ASKED[:3], "the mortgage ceiling"))

    measured = loaban("evaluate", "--against", "HEAD")
    assert measured.exit_code == 0, measured.output
    assert "Questions better: 1, worse: 0;" in measured.output
    assert loaban("check", "--strict", "--today", "2026-11-16").exit_code == 0
    assert "mortgage ceiling" not in loaban("review").output, "what is answered by now is asked about again"
