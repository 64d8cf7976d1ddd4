"""`loaban evaluate` and `loaban check --strict` on content that is kept under git, with real commits."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.root import cli
from tests.tiny import JOBS, LOAN, TODAY

QUESTIONS = """\
text\tintent\talso_ok\tlang\tstyle
what is the loan limit for my family\tloan-amount\t\ten\ten
maximum loan\tloan-amount\t\ten\ten
how many jobs are there here\tjob-numbers\t\ten\ten
nice weather for open-air beekeeping\tjob-numbers\t\ten\ten
who gives me a land title\tnone\tout-of-scope\ten\toos-hard
"""
CONVERSATIONS = """\
conversations:
  - name: a loan
    turns:
      - user: what is the loan limit
        outcome: answer
        intent: loan-amount
        says: [You can borrow]
"""
BEES = """\
id: bees
topic: jobs
aspect: overview
class: R
urgency: normal
scope: Whom to ask about bees.
review: "2027-06-30"
referral: bank
facts: []
question:
  vi: Nuôi ong thì hỏi ai?
  en: Whom do I ask about bees?
short:
  vi: Loa Bản không biết gì về ong.
  en: Loa Bản knows nothing about bees.
examples:
  vi: [muốn nuôi ong lấy mật]
  en: [open-air beekeeping]
"""

Run = Callable[..., Result]


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture(autouse=True)
def no_repository_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """These tests may run in a hook of git, which names its own repository; and /tmp may lie in somebody's."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


@pytest.fixture
def content(tiny_home: Path) -> Path:
    """The tiny content with questions and a conversation, committed."""
    for name, text in (("tests/data/residents_tiny.tsv", QUESTIONS), ("tests/conversations/en/loans.yaml", CONVERSATIONS)):
        (tiny_home / name).parent.mkdir(parents=True)
        (tiny_home / name).write_text(text, "utf-8")
    git(tiny_home, "init", "-q")
    git(tiny_home, "add", "-A")
    git(tiny_home, "commit", "-qm", "first")
    return tiny_home


@pytest.fixture
def loaban(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `loaban` in English in this process; only errors of ours may end it."""
    monkeypatch.chdir(tmp_path)

    def run(home: Path, *arguments: str) -> Result:
        names: dict[str, str | None] = {name: None for name in os.environ if name.startswith("LOABAN_")}
        env = {**names, "LOABAN_CACHE": str(cache), "COLUMNS": "160"}
        result = CliRunner().invoke(cli, ["--home", str(home), "--lang", "en", *arguments], env=env)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def change(home: Path, file: str, before: str, after: str) -> None:
    text = (home / file).read_text("utf-8")
    assert before in text
    (home / file).write_text(text.replace(before, after), "utf-8")


def spoil(home: Path) -> None:
    """A phrasing of loans is given to jobs: a wrong answer."""
    change(home, LOAN, "    - maximum loan for one family\n", "")
    change(home, JOBS, "    - how many jobs are there\n", "    - how many jobs are there\n    - maximum loan for one family\n")


def improve(home: Path) -> None:
    change(home, JOBS, "    - how many jobs are there\n", "    - how many jobs are there\n    - can I live on beekeeping\n")


def last_line(result: Result) -> str:
    assert result.stdout, result.stderr
    return result.stdout.splitlines()[-1]


def strict(loaban: Run, home: Path, *more: str) -> Result:
    return loaban(home, "check", "--today", str(TODAY), "--strict", *more)


# --- evaluate ---------------------------------------------------------------------------------------------------------


def test_the_content_is_measured_without_git(loaban: Run, content: Path) -> None:
    shutil.rmtree(content / ".git")
    done = loaban(content, "evaluate")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "questions: 5, recorded conversations: 1" in done.stdout
    assert "answered right" in done.stdout


def test_a_change_that_makes_an_answer_wrong_is_a_loss(loaban: Run, content: Path) -> None:
    spoil(content)
    done = loaban(content, "evaluate", "--against", "HEAD")
    assert (done.exit_code, done.stderr) == (0, "")
    assert last_line(done) == "Questions better: 0, worse: 1; conversations broken: 0; points won: 0, lost: 3. A loss."
    assert "maximum loan" in done.stdout
    assert "wrong: job-numbers" in done.stdout


def test_a_phrasing_that_was_missing_is_a_gain(loaban: Run, content: Path) -> None:
    improve(content)
    assert last_line(loaban(content, "evaluate", "--against", "HEAD")).endswith("A gain.")


def test_a_committed_change_is_compared_with_an_older_revision(loaban: Run, content: Path) -> None:
    spoil(content)
    git(content, "commit", "-qam", "second")
    assert "The content is the same as at HEAD." in loaban(content, "evaluate", "--against", "HEAD").stdout
    assert last_line(loaban(content, "evaluate", "--against", "HEAD~1")).endswith("A loss.")


def test_a_file_that_git_does_not_know_yet_counts(loaban: Run, content: Path) -> None:
    (content / "intents/jobs/bees.yaml").write_text(BEES, "utf-8")
    done = loaban(content, "evaluate", "--against", "HEAD", "--json", "out.json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "bees" in done.stdout
    changes = json.loads(Path("out.json").read_text("utf-8"))["changes"]
    assert [one["after"]["intent"] for one in changes] == ["bees"]


def test_a_conversation_that_no_longer_goes_as_written_is_told(loaban: Run, content: Path) -> None:
    change(content, LOAN, "You can borrow {loan-limit}", "Households get {loan-limit}")
    done = loaban(content, "evaluate", "--against", "HEAD")
    assert "Conversations that no longer go as written" in done.stdout
    assert "the reply lacks “You can borrow”" in " ".join(done.stdout.split())
    assert "conversations broken: 1" in last_line(done)
    assert last_line(done).endswith("A loss.")


def test_the_questions_of_today_are_asked_on_both_sides(loaban: Run, content: Path) -> None:
    spoil(content)
    (content / "tests/data/residents_tiny.tsv").write_text("text\tintent\nhow many jobs are there\tjob-numbers\n", "utf-8")
    assert "worse: 0" in last_line(loaban(content, "evaluate", "--against", "HEAD"))


def test_other_questions_can_be_brought_along(loaban: Run, content: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.tsv"
    mine.write_text("text\tintent\nwhat about bees\tbeekeeping\n", "utf-8")
    done = loaban(content, "evaluate", "--questions", str(mine))
    assert "questions: 1," in done.stdout
    assert "1 questions expect the intent beekeeping, which does not exist" in done.stdout


def test_content_may_lie_in_a_folder_of_a_bigger_repository(loaban: Run, content: Path) -> None:
    shutil.rmtree(content / ".git")
    git(content.parent, "init", "-q")
    git(content.parent, "add", "-A")
    git(content.parent, "commit", "-qm", "first")
    spoil(content)
    assert last_line(loaban(content, "evaluate", "--against", "HEAD")).endswith("A loss.")


def test_a_page_and_figures_are_written_whole(loaban: Run, content: Path) -> None:
    spoil(content)
    done = loaban(content, "evaluate", "--against", "HEAD", "--html", "out.html", "--json", "out.json")
    assert done.exit_code == 0
    html = Path("out.html").read_text("utf-8")
    assert html.rstrip().endswith("</html>")
    assert "maximum loan" in html
    assert "<script" not in html
    found = json.loads(Path("out.json").read_text("utf-8"))
    assert (found["verdict"], found["lost"], found["after"]["in_scope"]["wrong"]) == (
        "loss",
        3,
        found["before"]["in_scope"].get("wrong", 0) + 1,
    )
    assert sorted(path.name for path in Path().iterdir() if path.is_file()) == ["out.html", "out.json"]


def test_a_page_that_cannot_be_written_is_told(loaban: Run, content: Path) -> None:
    done = loaban(content, "evaluate", "--html", "nowhere/out.html")
    assert done.exit_code == 1
    assert "nowhere" in done.stderr


def test_nothing_is_left_in_the_repository(loaban: Run, content: Path) -> None:
    spoil(content)
    loaban(content, "evaluate", "--against", "HEAD")
    status = subprocess.run(["git", "-C", str(content), "status", "--porcelain"], capture_output=True, text=True, check=True)
    assert sorted(status.stdout.split()) == sorted(["M", "M", LOAN, JOBS])


# --- what cannot be compared ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", ["no-such-branch", "HEAD~7", "", "--output=stolen", "HEAD:intents", "a b"])
def test_a_revision_that_git_does_not_know_is_told(loaban: Run, content: Path, revision: str) -> None:
    done = loaban(content, "evaluate", f"--against={revision}")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"git knows no revision “{revision}” here")
    assert not Path("stolen").exists()


def test_a_folder_without_history_is_told(loaban: Run, content: Path) -> None:
    shutil.rmtree(content / ".git")
    for done in (loaban(content, "evaluate", "--against", "HEAD"), strict(loaban, content)):
        assert done.exit_code == 1
        assert "git keeps no history here" in done.stderr


def test_a_computer_without_git_is_told(loaban: Run, content: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = loaban(content, "evaluate", "--against", "HEAD")
    assert (done.exit_code, "git is not installed" in done.stderr) == (1, True)


def test_a_revision_without_content_is_told(loaban: Run, content: Path) -> None:
    git(content, "checkout", "-q", "--orphan", "empty")
    git(content, "rm", "-rq", "--cached", ".")
    git(content, "commit", "-q", "--allow-empty", "-m", "nothing")
    done = loaban(content, "evaluate", "--against", "HEAD")
    assert (done.exit_code, "holds no intents/" in done.stderr) == (1, True)


def test_old_content_that_cannot_be_used_is_told_with_its_fault(loaban: Run, content: Path) -> None:
    change(content, LOAN, "class: P", "class: Q")
    git(content, "commit", "-qam", "broken")
    change(content, LOAN, "class: Q", "class: P")
    done = loaban(content, "evaluate", "--against", "HEAD")
    assert done.exit_code == 1
    assert "the content of the revision “HEAD” cannot be used now: " + LOAN in done.stderr


def test_new_content_that_cannot_be_used_is_told_as_check_tells_it(loaban: Run, content: Path) -> None:
    change(content, LOAN, "class: P", "class: Q")
    done = loaban(content, "evaluate", "--against", "HEAD")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"{LOAN}:3: ")


def test_content_without_questions_is_told(loaban: Run, content: Path) -> None:
    shutil.rmtree(content / "tests/data")
    for done in (loaban(content, "evaluate"), strict(loaban, content)):
        assert done.exit_code == 1
        assert "there are no question files (residents_*.tsv)" in done.stderr


# --- check --strict ---------------------------------------------------------------------------------------------------


def test_where_nothing_changed_a_strict_check_passes(loaban: Run, content: Path) -> None:
    done = strict(loaban, content)
    assert (done.exit_code, last_line(done)) == (0, "The content is the same as at HEAD.")


def test_a_strict_check_passes_a_gain(loaban: Run, content: Path) -> None:
    improve(content)
    done = strict(loaban, content)
    assert (done.exit_code, last_line(done).endswith("A gain.")) == (0, True)


def test_a_strict_check_fails_a_loss_and_names_the_worst_of_it(loaban: Run, content: Path) -> None:
    spoil(content)
    done = strict(loaban, content)
    assert done.exit_code == 1
    assert "Since HEAD the content lost more than it won." in done.stdout
    assert "“maximum loan”: expected loan-amount; before: right; now: wrong: job-numbers" in done.stdout
    assert loaban(content, "check", "--today", str(TODAY)).exit_code == 0


def test_another_revision_makes_the_check_strict(loaban: Run, content: Path) -> None:
    spoil(content)
    git(content, "commit", "-qam", "second")
    assert strict(loaban, content).exit_code == 0
    assert loaban(content, "check", "--today", str(TODAY), "--against", "HEAD~1").exit_code == 1


def test_a_strict_check_of_broken_content_tells_what_is_broken(loaban: Run, content: Path) -> None:
    change(content, LOAN, "class: P", "class: Q")
    done = strict(loaban, content)
    assert done.exit_code == 1
    assert f"{LOAN}:3: " in done.stdout
    assert "Questions better" not in done.stdout
