"""`loaban review`: an administrator turns what was not answered into content, from the first look to the diff."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from bot.cli.root import cli
from bot.knowledge.load import load_knowledge
from bot.model import Match, Outcome
from bot.stores.sqlite.reading import reading
from bot.stores.sqlite.store import SqliteStore
from tests.e2e.test_cli import SECONDS, command, environment
from tests.processes import interruptible
from tests.tiny import JOBS, LOAN

BEES = ["nuôi ong mật ở bản", "nuôi ong mật ở bản thế nào", "nuôi ong mật"]
NAMED = "em tên là ••• nuôi ong mật ở bản"
FOREIGN = "intents/system/foreign.yaml"

Review = Callable[..., Result]
Keep = Callable[..., None]


@pytest.fixture
def keep(database: Path) -> Keep:
    """Keeps questions as `loaban run` does, each `times`."""

    def keep(*texts: str, times: int = 1, lang: str = "vi", place: str = "", day: str = "2026-11-16") -> None:
        outcome = Outcome("unknown", None, 0.0, lang, (Match("loan-amount", 0.3, ""),))
        with closing(SqliteStore(database)) as store, store.writing() as transaction:
            for text in texts * times:
                transaction.unanswered(text, "unknown", outcome, date.fromisoformat(day), place)

    return keep


@pytest.fixture
def review(tiny_home: Path, tmp_path: Path, database: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Review:
    """Runs `loaban review` in this process, in English, with lines of answers where there are any."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, answers: str | None = None, home: Path = tiny_home) -> Result:
        names: dict[str, str | None] = {name: None for name in os.environ if name.startswith("LOABAN_")}
        ours = {"LOABAN_DB": str(database), "LOABAN_CACHE": str(cache), "COLUMNS": "160"}
        interactive = [] if answers is None else ["--interactive"]
        result = CliRunner().invoke(
            cli, ["--home", str(home), "--lang", "en", "review", *interactive, *arguments], env=names | ours, input=answers
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return result

    return run


def examples(home: Path, name: str, lang: str = "vi") -> list[str]:
    found: list[str] = yaml.safe_load((home / name).read_text("utf-8"))["examples"][lang]
    return found


def bytes_of(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}


def rows(database: Path) -> int:
    with reading(database) as records:
        return len(records.kept_questions(None, None))


# --- the list ---------------------------------------------------------------------------------------------------------


def test_groups_are_listed_the_most_asked_first(review: Review, keep: Keep) -> None:
    keep("trồng cà phê")
    keep(*BEES, times=2, place="03301")
    shown = review()
    assert shown.exit_code == 0
    first, second = (line for line in shown.output.splitlines() if line.strip()[:1] in ("1", "2"))
    assert "nuôi ong mật" in first
    assert "Búng Lao commune: 6" in first
    assert "2026-W47: 6" in first
    assert "trồng cà phê" in second


def test_without_a_terminal_nobody_is_asked(review: Review, keep: Keep) -> None:
    keep(*BEES)
    assert "Which intent?" not in review().output


def test_since_min_and_limit_narrow_it_down(review: Review, keep: Keep) -> None:
    keep("trồng cà phê", times=3, day="2026-11-01")
    keep(*BEES, times=2, day="2026-11-10")
    keep("bóng chuyền", day="2026-11-20")

    def counts(*arguments: str) -> list[int]:
        return [group["count"] for group in json.loads(review("--json", *arguments).stdout)["groups"]]

    assert counts() == [6, 3, 1]
    assert counts("--since", "2026-11-10") == [6, 1]
    assert counts("--min", "2") == [6, 3]
    assert counts("--limit", "1") == [6]
    assert "2 more groups are not shown; see --limit and --min." in review("--limit", "1").output


def test_scripts_get_json_and_csv_without_small_counts_of_communes(review: Review, keep: Keep) -> None:
    keep(BEES[0], times=5, place="03301")
    keep(BEES[0], times=4, place="03352")
    data = json.loads(review("--json").stdout)
    assert set(data) == {"since", "questions", "answered", "refused", "wordless", "groups"}
    (group,) = data["groups"]
    assert group["places"] == [
        {"place": "03301", "name": "Búng Lao commune", "n": 5},
        {"place": "03352", "name": "Thanh An commune", "n": "<5"},
    ]
    assert group["wordings"] == [{"text": BEES[0], "lang": "vi", "count": 9, "example_of": None}]
    (line,) = csv.DictReader(io.StringIO(review("--csv").stdout))
    assert (line["count"], line["places"]) == ("9", "Búng Lao commune: 5; Thanh An commune: <5")


def test_what_the_content_answers_by_now_is_counted_not_shown(review: Review, keep: Keep, tiny_home: Path) -> None:
    keep(*examples(tiny_home, LOAN))
    found = json.loads(review("--json").stdout)
    answered = found["answered"]
    assert answered + sum(group["count"] for group in found["groups"]) == 3
    assert sum(group["count"] for group in json.loads(review("--json", "--all").stdout)["groups"]) == 3


def test_an_answer_that_was_disliked_is_shown_though_it_would_be_given_again(
    review: Review, tiny_home: Path, database: Path
) -> None:
    with closing(SqliteStore(database)) as store, store.writing() as transaction:
        for intent in ("loan-amount", "job-numbers"):
            given = Outcome("answer", intent, 0.9, "vi", (Match(intent, 1.0, ""),))
            transaction.unanswered("Được vay tối đa bao nhiêu tiền?", "disliked", given, date(2026, 11, 16))
    found = json.loads(review("--json").stdout)
    assert found["answered"] == 1, "the other intent is not given any more"
    (group,) = found["groups"]
    assert group["kinds"] == {"disliked": 1}
    assert group["wordings"][0]["example_of"] == "loan-amount"


def test_no_database_and_no_questions_are_told_in_a_sentence(review: Review, keep: Keep, database: Path) -> None:
    missing = review()
    assert (missing.exit_code, missing.output.count("\n")) == (1, 1)
    assert "there is no database" in missing.output
    assert not database.exists()
    keep()
    empty = review()
    assert empty.exit_code == 0
    assert "No questions are kept: all were answered, or nobody has asked." in empty.output


def test_a_file_that_is_no_database_is_told_in_a_sentence(review: Review, database: Path) -> None:
    database.write_bytes(b"no database at all" * 100)
    found = review()
    assert (found.exit_code, found.output.count("\n")) == (1, 1)
    assert str(database) in found.output


# --- the talk ---------------------------------------------------------------------------------------------------------


def test_a_group_goes_into_the_file_of_further_phrasings_where_there_is_one(
    review: Review, keep: Keep, tiny_home: Path
) -> None:
    name = "intents/loans/phrasings/loan-amount.yaml"
    (tiny_home / name).parent.mkdir()
    (tiny_home / name).write_text("intent: loan-amount\nexamples:\n  vi:\n    - vay mấy đồng\n", "utf-8")
    keep(*BEES)
    own = (tiny_home / LOAN).read_bytes()
    told = review(answers="loan-amount\nall\n").output
    assert sorted(examples(tiny_home, name)[1:]) == sorted(BEES)
    assert f"Written: {name}" in told
    assert (tiny_home / LOAN).read_bytes() == own
    load_knowledge(tiny_home)


def test_a_group_becomes_phrasings_of_an_intent(review: Review, keep: Keep, tiny_home: Path, database: Path) -> None:
    keep(*BEES)
    before = examples(tiny_home, LOAN)
    kept = rows(database)
    told = review(answers="loan-amount\nall\n").output
    assert sorted(examples(tiny_home, LOAN)[len(before) :]) == sorted(BEES)
    assert f"Written: {LOAN}" in told
    assert told.index(f"  {LOAN}  +3") < told.index("loaban check") < told.index("loaban evaluate --against HEAD")
    assert rows(database) == kept, "the database is only read"
    load_knowledge(tiny_home)


def test_after_that_the_group_is_answered_and_comes_no_more(review: Review, keep: Keep) -> None:
    keep("hạn mức nuôi ong mật vay vốn", times=3)
    assert review(answers="loan-amount\nall\n").exit_code == 0
    found = json.loads(review("--json").stdout)
    assert (found["groups"], found["answered"]) == ([], 3)


def test_an_intent_is_taken_by_number_by_its_beginning_or_after_a_typing_error(
    review: Review, keep: Keep, tiny_home: Path
) -> None:
    keep("trồng cà phê", times=3)
    keep("bóng chuyền", times=2)
    keep("sửa cầu treo")
    review(answers="job-n\n1\nloan-amuont\ny\n1\njob\n1\n")
    assert list(examples(tiny_home, JOBS)[2:]) == ["trồng cà phê", "sửa cầu treo"]
    assert examples(tiny_home, LOAN)[3:] == ["bóng chuyền"]


def test_nearest_intents_are_taken_by_their_number(review: Review, keep: Keep, tiny_home: Path) -> None:
    keep("nuôi ong mật bóng chuyền")
    first = json.loads(review("--json").stdout)["groups"][0]["nearest"][0]["intent"]
    path = next((tiny_home / "intents").glob(f"*/{first}.yaml"))
    review(answers="1\nall\n")
    assert "nuôi ong mật bóng chuyền" in examples(tiny_home, path.relative_to(tiny_home).as_posix())


def test_a_wording_with_a_mask_is_never_written_as_it_is(review: Review, keep: Keep, tiny_home: Path) -> None:
    keep(NAMED, times=3)
    told = review(answers="loan-amount\nall\n\nloan-amount\n1\n1=nuôi ong mật ở bản em\n").output
    assert "write it anew: 1=new text" in told
    assert "Number 1 holds •••. Write it anew without it: 1=new text" in told
    assert examples(tiny_home, LOAN)[3:] == ["nuôi ong mật ở bản em"]
    assert not any("•••" in text for text in examples(tiny_home, LOAN))


def test_each_wording_goes_to_its_language(review: Review, keep: Keep, tiny_home: Path) -> None:
    keep("nuôi ong mật", times=2)
    keep("nuôi ong mật honey", lang="en")
    review(answers="loan-amount\nall\nloan-amount\nall\n")
    assert "nuôi ong mật" in examples(tiny_home, LOAN)
    assert "nuôi ong mật honey" in examples(tiny_home, LOAN, "en")


def test_a_group_begins_a_new_intent_that_check_does_not_let_pass_unfinished(
    review: Review, keep: Keep, tiny_home: Path
) -> None:
    keep(*BEES)
    told = review(answers="n\nall\nloans\nNo Good Id\nloan-amount\nbee-keeping\n").output
    assert told.count("Its id") == 3, "a name that cannot be is asked for again"
    assert sorted(examples(tiny_home, "intents/loans/bee-keeping.yaml")) == sorted(BEES)
    assert "Every TODO in it is to be replaced; `loaban check` names them." in told
    checked = CliRunner().invoke(cli, ["--home", str(tiny_home), "--lang", "en", "check"])
    assert checked.exit_code == 1
    assert "intents/loans/bee-keeping.yaml" in checked.output


def test_a_group_that_is_not_our_business_teaches_to_refuse(review: Review, keep: Keep, tiny_home: Path) -> None:
    keep("trồng cà phê", times=3)
    keep("bóng chuyền", times=2)
    keep("sửa cầu treo")
    review(answers="f\nland\nall\nf\nfireworks\nn\nf\nsports\ny\n1\nf\nspo\n1\n")
    foreign = yaml.safe_load((tiny_home / FOREIGN).read_text("utf-8"))["foreign"]
    assert foreign["land"]["vi"] == ["xin cấp sổ đỏ thế nào", "trồng cà phê"]
    assert foreign["sports"] == {"vi": ["bóng chuyền", "sửa cầu treo"]}
    assert "fireworks" not in foreign


@pytest.mark.parametrize(
    "answers", ["", "s\n", "q\n", "bỏ qua\n", "thoat\n", "?\nq\n", "n\nq\n", "f\nq\n", "loan-amount\nq\n", "n\nall\n"]
)
def test_who_skips_quits_or_closes_the_input_changes_nothing(review: Review, keep: Keep, tiny_home: Path, answers: str) -> None:
    keep(*BEES)
    before = bytes_of(tiny_home)
    found = review(answers=answers)
    assert found.exit_code == 0
    assert found.output.rstrip().endswith("Nothing was written.")
    assert bytes_of(tiny_home) == before


def test_when_the_input_ends_what_was_written_is_told(review: Review, keep: Keep) -> None:
    keep("trồng cà phê", times=3)
    keep("bóng chuyền")
    found = review(answers="loan-amount\nall\n")
    assert found.exit_code == 0
    assert f"  {LOAN}  +1" in found.output


def test_nonsense_is_answered_with_a_sentence_and_the_question_again(review: Review, keep: Keep, tiny_home: Path) -> None:
    keep(*BEES)
    before = bytes_of(tiny_home)
    told = review(answers="99\nzzzzzz\n\nloan-amount\n7\nwhat\n").output
    assert "“99” is no intent here. ? tells what can be answered." in told
    assert "There is no wording 7; they go from 1 to 3." in told
    assert "“what” is not understood." in told
    assert bytes_of(tiny_home) == before


def test_an_intent_that_was_removed_meanwhile_is_told_and_the_talk_goes_on(
    keep: Keep, tiny_home: Path, database: Path, cache: Path, tmp_path: Path
) -> None:
    keep(*BEES)
    with Talking(tiny_home, database, cache, tmp_path) as talk:
        talk.until("Which intent?")
        (tiny_home / LOAN).unlink()
        talk.type("loan-amount\nall\n")
        talk.until("there is no intent loan-amount")
        talk.type("job-numbers\nall\nq\n")
        talk.until("git add intents && git commit")
    assert not (tiny_home / LOAN).exists()
    assert sorted(examples(tiny_home, JOBS)[2:]) == sorted(BEES)


def test_a_file_that_somebody_broke_meanwhile_is_named_and_left_alone(
    keep: Keep, tiny_home: Path, database: Path, cache: Path, tmp_path: Path
) -> None:
    keep(*BEES)
    with Talking(tiny_home, database, cache, tmp_path) as talk:
        talk.until("Which intent?")
        broken = (tiny_home / LOAN).read_text("utf-8") + "\nexamples: [\n"
        (tiny_home / LOAN).write_text(broken, "utf-8")
        talk.type("loan-amount\nall\n")
        talk.until(f"{LOAN}:")
        talk.type("q\n")
        talk.until("Nothing was written.")
    assert (tiny_home / LOAN).read_text("utf-8") == broken


# --- at a terminal ----------------------------------------------------------------------------------------------------


class Terminal:
    """The other side of a terminal that `loaban review` runs in."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process = process
        self._descriptor = descriptor
        self._seen = ""

    def until(self, text: str) -> str:
        """Everything up to and with `text`, which must come."""
        end = time.monotonic() + SECONDS
        while text not in self._seen:
            assert select.select([self._descriptor], [], [], max(0.0, end - time.monotonic()))[0], self._seen
            try:
                self._seen += os.read(self._descriptor, 65536).decode("utf-8", "replace")
            except OSError:  # the other side is closed
                break
        assert text in self._seen, self._seen
        before, found, self._seen = self._seen.partition(text)
        return before + found

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())


class Talking:
    """`with Talking(...) as terminal`: the command in a terminal of its own, ended when the block ends."""

    def __init__(self, home: Path, database: Path, cache: Path, folder: Path) -> None:
        ours, theirs = pty.openpty()
        self._descriptor = ours
        self._process = subprocess.Popen(
            command(home, "--lang", "en", "review"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env=environment(cache, LOABAN_DB=str(database), TERM="xterm"),
            start_new_session=True,
            preexec_fn=interruptible,
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return Terminal(self._process, self._descriptor)

    def __exit__(self, *_: object) -> None:
        try:
            self._process.wait(SECONDS)
        finally:
            self._process.kill()
            self._process.wait()
            os.close(self._descriptor)


@pytest.mark.parametrize("end", ["\x04", "interrupt"])
def test_at_a_terminal_it_asks_and_ends_cleanly_with_what_was_written(
    keep: Keep, tiny_home: Path, database: Path, cache: Path, tmp_path: Path, end: str
) -> None:
    keep("trồng cà phê", times=3)
    keep("bóng chuyền")
    with Talking(tiny_home, database, cache, tmp_path) as talk:
        talk.until("Which intent?")
        talk.type("loan-amount\nall\n")
        talk.until("Group 2 of 2")
        talk.until("Which intent?")
        talk.until("help:")
        if end == "interrupt":
            time.sleep(0.5)  # one that comes right between the prompt and the reading would be heard at the next key only
            talk.process.send_signal(signal.SIGINT)
        else:
            talk.type(end)
        said = talk.until("git add intents && git commit")
    assert "Traceback" not in said
    assert f"{LOAN}  +1" in said
    assert talk.process.returncode == 0
    assert "trồng cà phê" in examples(tiny_home, LOAN)


def test_killed_in_the_middle_of_the_talk_what_was_written_stands_whole(
    keep: Keep, tiny_home: Path, database: Path, cache: Path, tmp_path: Path
) -> None:
    keep(*BEES)
    with Talking(tiny_home, database, cache, tmp_path) as talk:
        talk.until("Which intent?")
        talk.type("loan-amount\nall\n")
        talk.until("Written")
        talk.process.kill()
    assert sorted(examples(tiny_home, LOAN)[3:]) == sorted(BEES)
    assert list(tiny_home.rglob(".new-*")) == []
