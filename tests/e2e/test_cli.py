"""The `loaban` command as a person or a script meets it: a process with its standard streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import __version__
from bot.cli.root import cli
from bot.engine import Engine
from bot.errors import ContentError
from bot.knowledge.load import load_knowledge
from tests.tiny import TODAY

KEYS = {"text", "outcome", "intent", "probability", "lang", "candidates", "answer", "version"}
VERBS = ("ask", "chat", "check", "run", "test")
SECONDS = 60  # after which a process that does not answer is a failure

Run = Callable[..., subprocess.CompletedProcess[bytes]]


def environment(cache: Path, **extra: str) -> dict[str, str]:
    """No settings of whoever runs the tests, and warnings as errors as everywhere."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LOABAN_")}
    return clean | {"LOABAN_CACHE": str(cache), "PYTHONWARNINGS": "error", "COLUMNS": "100"} | extra


def command(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "bot", "--home", str(home), *arguments]


@pytest.fixture
def loaban(cache: Path, tmp_path: Path) -> Run:
    """Runs `loaban` on a home in an empty folder."""

    def run(home: Path, *arguments: str, given: bytes = b"", **extra: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command(home, *arguments),
            input=given,
            capture_output=True,
            cwd=tmp_path,
            env=environment(cache, **extra),
            timeout=SECONDS,
            check=False,
        )

    return run


@pytest.fixture
def here(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same inside this process, which is quicker; for what does not depend on being one."""
    monkeypatch.chdir(tmp_path)

    def run(home: Path, *arguments: str, given: bytes = b"", **extra: str) -> subprocess.CompletedProcess[bytes]:
        names: dict[str, str | None] = {name: None for name in os.environ if name.startswith("LOABAN_")}
        extra = {"LOABAN_CACHE": str(cache), "COLUMNS": "100"} | extra
        result = CliRunner().invoke(cli, ["--home", str(home), *arguments], input=given, env={**names, **extra})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout_bytes, result.stderr_bytes)

    return run


def plain(data: bytes) -> str:
    text = data.decode("utf-8")
    assert "Traceback" not in text, text
    return text


def objects(data: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in data.split(b"\n") if line]


# --- ask --------------------------------------------------------------------------------------------------------------


def test_a_question_is_answered_in_the_terminal(loaban: Run, home: Path, engine: Engine) -> None:
    done = loaban(home, "ask", "Xá Nhè giờ thuộc xã nào")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "xã Sáng Nhè" in plain(done.stdout)


def test_choices_under_an_answer_are_numbered(here: Run, tiny_home: Path) -> None:
    lines = plain(here(tiny_home, "ask", "hạn mức vay vốn").stdout).splitlines()
    assert any(line.startswith("Bà con vay được tối đa 100 triệu đồng") for line in lines)
    assert lines[-2:] == ["  1. Mỗi năm có bao nhiêu việc làm?", "  2. 👍 Đúng ý  3. 👎 Chưa đúng"]


def test_an_explanation_shows_how_a_question_was_read(here: Run, tiny_home: Path) -> None:
    text = plain(here(tiny_home, "ask", "--explain", "hạn mức vay vốn nhcs").stdout)
    for shown in ("đọc thành: han muc vay von ngan hang chinh sach", "loan-amount", "nhcs", "abbreviation", "margin", "Điểm"):
        assert shown in text


def test_inside_a_conversation_an_explanation_shows_what_was_weighed_with_it(here: Run, tiny_home: Path) -> None:
    text = plain(here(tiny_home, "ask", "--explain", "--after", "hạn mức vay vốn", "bao nhiêu").stdout)
    for shown in ("đang nói về: loan-amount", "Cân cùng điều đã nói trước", "again"):
        assert shown in text


@pytest.mark.parametrize("question", ["👍", "", "?", "\u200b"])
def test_a_question_without_words_can_be_explained_or_is_asked_for(tiny_home: Path, question: str) -> None:
    result = CliRunner().invoke(cli, ["--home", str(tiny_home), "ask", "--explain", question])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.output.strip()


def test_without_a_question_it_says_what_to_write(tiny_home: Path) -> None:
    for arguments in (["ask"], ["ask", "  "]):
        result = CliRunner().invoke(cli, ["--home", str(tiny_home), *arguments])
        assert result.exit_code == 1
        assert result.output.startswith("loaban ask: ")
        assert len(result.output.splitlines()) == 1


# --- ask --jsonl ------------------------------------------------------------------------------------------------------


def test_every_line_becomes_one_object_in_its_order(loaban: Run, tiny_home: Path) -> None:
    lines = [
        "hạn mức vay vốn",
        "",
        "how much can I borrow",
        "qwrtp zxcvb",
        '"quoted", \\ and \ttab',
        "👍 \u2028 \x85",
        "/menu",
        "a" * 9000,
    ]
    done = loaban(tiny_home, "ask", "--jsonl", given="\n".join([*lines, ""]).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    found = objects(done.stdout)
    assert [one["text"] for one in found] == lines
    assert all(one.keys() == KEYS for one in found)
    assert done.stdout.count(b"\n") == len(lines)


def test_an_object_says_what_was_understood_and_answered(here: Run, tiny_home: Path) -> None:
    (vi, en, nothing) = objects(
        here(tiny_home, "ask", "--jsonl", given="hạn mức vay vốn\nwhat is the loan limit\n\n".encode()).stdout
    )
    knowledge = load_knowledge(tiny_home, "vi")
    assert (vi["outcome"], vi["intent"], vi["lang"]) == ("answer", "loan-amount", "vi")
    assert (en["outcome"], en["intent"], en["lang"]) == ("answer", "loan-amount", "en")
    assert str(vi["answer"]).startswith(knowledge.intents["loan-amount"].short["vi"])
    assert vi["version"] == knowledge.version
    assert isinstance(vi["probability"], float)
    candidates = vi["candidates"]
    assert isinstance(candidates, list)
    assert 1 <= len(candidates) <= 3
    assert all(one.keys() == {"intent", "probability"} for one in candidates)
    assert candidates[0]["intent"] == "loan-amount"
    assert (nothing["outcome"], nothing["intent"], nothing["candidates"]) == ("unknown", None, [])


def test_the_end_of_a_line_is_no_part_of_the_message(here: Run, tiny_home: Path) -> None:
    done = here(tiny_home, "ask", "--jsonl", given=b"one\r\ntwo\n three \nlast")
    assert [one["text"] for one in objects(done.stdout)] == ["one", "two", " three ", "last"]


def test_bytes_that_are_no_text_are_a_message_like_any_other(loaban: Run, tiny_home: Path) -> None:
    done = loaban(tiny_home, "ask", "--jsonl", given=b"vay v\xf4n\n\xff\xfe\n\0\n\xed\xa0\x80\nxin ch\xc3\xa0o\n")
    found = objects(done.stdout)
    assert (done.returncode, len(found)) == (0, 5)
    assert found[0]["text"] == "vay v\ufffdn"
    assert found[4]["intent"] == "greeting"


def test_no_line_in_gives_no_line_out(here: Run, tiny_home: Path) -> None:
    done = here(tiny_home, "ask", "--jsonl")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_every_message_stands_alone(here: Run, tiny_home: Path) -> None:
    done = here(tiny_home, "ask", "--jsonl", given=b"/menu\n1\n" + b"hello there\n" * 30)
    outcomes = [(one["outcome"], one["intent"]) for one in objects(done.stdout)]
    assert outcomes[1][0] == "unknown", "a number chooses nothing where nothing was offered"
    assert set(outcomes[2:]) == {("answer", "greeting")}, "thirty messages are no flood of one person"


@contextmanager
def listening(home: Path, cache: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`loaban ask --jsonl` with its input open; it never outlives the test."""
    with subprocess.Popen(
        command(home, "ask", "--jsonl"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment(cache),
    ) as process:
        rescue = threading.Timer(SECONDS, process.kill)
        rescue.start()
        try:
            yield process
        finally:
            rescue.cancel()
            process.kill()


def test_an_answer_is_written_before_the_next_question_is_read(tiny_home: Path, cache: Path, tmp_path: Path) -> None:
    """So that another program can talk with it line by line."""
    with listening(tiny_home, cache, tmp_path) as process:
        assert process.stdin
        assert process.stdout
        for text in ("hạn mức vay vốn", "", "xin chào"):
            process.stdin.write(text.encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
            assert line, "the answer did not come while the input was open"
            assert json.loads(line)["text"] == text
        _, errors = process.communicate()
        assert (process.returncode, errors) == (0, b"")


def test_a_reader_that_goes_away_is_no_reason_for_a_traceback(tiny_home: Path, cache: Path, tmp_path: Path) -> None:
    """`loaban ask --jsonl < questions | head -1`"""
    with listening(tiny_home, cache, tmp_path) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(b"one\n" * 500)
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        assert b"Traceback" not in errors
        assert process.wait(SECONDS) != -9


# --- chat -------------------------------------------------------------------------------------------------------------


def test_a_conversation_can_be_piped_in(loaban: Run, tiny_home: Path) -> None:
    done = loaban(tiny_home, "chat", given="vay vốn hạn mức\n1\n\n/quit\nhello there\n".encode())
    text = plain(done.stdout)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (
        text.index("Câu trả lời của greeting")
        < text.index("> vay vốn hạn mức")
        < text.index("100 triệu đồng")
        < text.index("> 1")
    )
    assert "10.000-12.000 người có việc" in text.split("> 1")[1], "the number chose what was offered"
    assert text.rstrip().endswith("Chào bà con.")
    assert "hello there" not in text, "nothing is read after /quit"


def test_a_conversation_ends_with_its_input_and_shows_no_line_broken(loaban: Run, tiny_home: Path) -> None:
    done = loaban(tiny_home, "--lang", "en", "chat", given=b"vay v\xf4n")
    text = plain(done.stdout)
    assert done.returncode == 0
    assert "> vay v\ufffdn" in text
    assert text.rstrip().endswith("Goodbye.")
    assert max(map(len, text.splitlines())) <= 100


def test_a_conversation_leaves_nothing_on_disk(here: Run, tiny_home: Path, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    here(tiny_home, "chat", given="hạn mức vay vốn\n".encode())
    assert set(tmp_path.rglob("*")) == before


def test_vietnamese_can_be_read_in_a_terminal_that_says_it_is_ascii(loaban: Run, tiny_home: Path) -> None:
    done = loaban(
        tiny_home,
        "ask",
        "Được vay tối đa bao nhiêu tiền?",
        LC_ALL="C",
        PYTHONUTF8="0",
        PYTHONIOENCODING="ascii",
        PYTHONCOERCECLOCALE="0",
    )
    assert "Bà con vay được" in plain(done.stdout)


# --- check and test ---------------------------------------------------------------------------------------------------


def test_good_content_passes_its_check(loaban: Run, tiny_home: Path) -> None:
    done = loaban(tiny_home, "check", "--today", str(TODAY))
    assert (done.returncode, done.stderr) == (0, b"")
    assert ": 0 lỗi, " in plain(done.stdout).splitlines()[-1]


def test_a_fault_is_told_with_file_and_line_and_fails_the_check(loaban: Run, tiny_home: Path) -> None:
    path = tiny_home / "intents/loans/loan-amount.yaml"
    path.write_text(path.read_text("utf-8").replace("class: P", "class: Z"), "utf-8")
    done = loaban(tiny_home, "--lang", "en", "check", "--today", str(TODAY))
    assert done.returncode == 1
    assert "intents/loans/loan-amount.yaml:3: error: 'class' is Z" in plain(done.stdout)


@pytest.mark.parametrize("verb", [["ask", "xin chào"], ["chat"], ["ask", "--jsonl"]])
def test_nothing_is_answered_from_broken_content(tiny_home: Path, verb: Sequence[str]) -> None:
    path = tiny_home / "intents/loans/loan-amount.yaml"
    path.write_text(path.read_text("utf-8").replace("class: P", "class: Z"), "utf-8")
    result = CliRunner().invoke(cli, ["--home", str(tiny_home), *verb], env={"LOABAN_CACHE": str(tiny_home / "cache")})
    assert result.exit_code == 1
    assert "intents/loans/loan-amount.yaml:3: " in result.output
    assert not isinstance(result.exception, ContentError)


CONVERSATION = """\
conversations:
  - name: A loan
    turns:
      - user: hạn mức vay vốn
        outcome: answer
        intent: {intent}
        says: [100 triệu đồng]
        says_not: ["{{"]
        offers: [việc làm]
      - tap: việc làm
        intent: job-numbers
"""


@pytest.fixture
def conversations(tmp_path: Path) -> Callable[[str], Path]:
    def write(intent: str) -> Path:
        path = tmp_path / "conversations" / "vi" / "loan.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CONVERSATION.format(intent=intent), "utf-8")
        return path

    return write


def test_recorded_conversations_are_run(here: Run, tiny_home: Path, conversations: Callable[[str], Path]) -> None:
    path = conversations("loan-amount")
    done = here(tiny_home, "--lang", "en", "test", str(path.parent.parent))
    assert (done.returncode, plain(done.stdout)) == (0, "1 conversations went as written, 0 did not\n")


def test_a_conversation_that_goes_otherwise_is_told_with_its_line(
    here: Run, tiny_home: Path, conversations: Callable[[str], Path]
) -> None:
    path = conversations("job-numbers")
    done = here(tiny_home, "--lang", "en", "test", str(path.parent.parent))
    text = plain(done.stdout)
    assert done.returncode == 1
    assert f"{path}:4: A loan: “hạn mức vay vốn”: " in text
    assert "loan-amount" in text
    assert "job-numbers" in text
    assert text.splitlines()[-1] == "0 conversations went as written, 1 did not"


@pytest.mark.parametrize(
    "text",
    [
        "conversations: []\n",
        "conversations:\n  - name: x\n    turnz: []\n",
        "a: [\n",
        "- x\n",
        "",
        "conversations:\n  - name: x\n    turns:\n      - {user: hi, after: soon}\n",
    ],
)
def test_a_conversation_file_that_cannot_be_read_is_named(tiny_home: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "conversations" / "vi" / "broken.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    result = CliRunner().invoke(
        cli, ["--home", str(tiny_home), "test", str(tmp_path / "conversations")], env={"LOABAN_CACHE": str(tmp_path / "cache")}
    )
    assert result.exit_code == 1
    assert f"{path}:" in result.output
    assert isinstance(result.exception, SystemExit)


def test_a_folder_without_conversations_is_named(here: Run, tiny_home: Path, tmp_path: Path) -> None:
    done = here(tiny_home, "test", str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert str(tmp_path / "nowhere") in plain(done.stderr)


# --- what is asked wrongly --------------------------------------------------------------------------------------------


def test_a_home_that_does_not_exist_is_named(here: Run, tmp_path: Path) -> None:
    done = here(tmp_path / "nowhere", "check")
    assert done.returncode == 2
    assert str(tmp_path / "nowhere") in plain(done.stderr).replace("\n", "")


@pytest.mark.parametrize("verb", [["ask", "xin chào"], ["chat"], ["ask", "--jsonl"], ["check"]])
@pytest.mark.parametrize("exists", [True, False], ids=["empty", "missing"])
def test_a_home_without_content_is_told_and_no_crash(tmp_path: Path, verb: Sequence[str], exists: bool) -> None:
    folder = tmp_path / "home"
    if exists:
        folder.mkdir()
    result = CliRunner().invoke(cli, verb, env={"LOABAN_HOME": str(folder), "LOABAN_CACHE": str(tmp_path / "cache")})
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == 1
    assert "content/sources.yaml" in result.output


@pytest.mark.parametrize("verb", [["ask", "xin chào"], ["chat"], ["ask", "--jsonl"]])
def test_a_language_that_is_not_spoken_is_told_or_another_is_spoken(tiny_home: Path, verb: Sequence[str]) -> None:
    result = CliRunner().invoke(
        cli,
        ["--home", str(tiny_home), "--lang", "fr", *verb],
        input="xin chào\n",
        env={"LOABAN_CACHE": str(tiny_home / "cache")},
    )
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.output.strip()


@pytest.mark.parametrize("verb", [["ask", "xin chào"], ["check"]])
def test_a_file_that_leads_nowhere_is_named_and_no_crash(here: Run, tiny_home: Path, verb: Sequence[str]) -> None:
    (tiny_home / "intents/system/gone.yaml").symlink_to(tiny_home / "nowhere")
    done = here(tiny_home, *verb)
    assert done.returncode == 1
    assert "gone.yaml: " in plain(done.stderr)
    assert len(plain(done.stderr).splitlines()) == 1


def test_a_wrong_setting_is_told_in_one_sentence(here: Run, tiny_home: Path) -> None:
    done = here(tiny_home, "check", LOABAN_LOG_LEVEL="loud")
    assert done.returncode == 1
    text = plain(done.stderr)
    assert text.startswith("LOABAN_LOG_LEVEL: ")
    assert len(text.splitlines()) == 1


def test_without_a_channel_the_service_says_what_to_set(here: Run, tiny_home: Path) -> None:
    done = here(tiny_home, "run")
    assert done.returncode == 1
    assert "LOABAN_TELEGRAM_TOKEN" in plain(done.stderr)


def test_help_names_every_verb_with_a_sentence() -> None:
    for flag in ("-h", "--help"):
        result = CliRunner().invoke(cli, [flag])
        assert result.exit_code == 0
        listed = dict(line.split(None, 1) for line in result.output.split("Commands:")[1].strip().splitlines())
        assert set(VERBS) <= listed.keys()
        assert all(sentence.strip() for sentence in listed.values())


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_and_its_options(verb: str) -> None:
    result = CliRunner().invoke(cli, [verb, "--help"])
    assert result.exit_code == 0
    shown = " ".join(result.output.split())
    known = cli.commands[verb]
    assert known.help
    assert " ".join(known.help.split()) in shown
    for parameter in known.params:
        if parameter.param_type_name == "option":
            assert parameter.opts[0] in shown
            assert getattr(parameter, "help", "")


def test_the_version_is_said() -> None:
    result = CliRunner().invoke(cli, ["--version"])
    assert (result.exit_code, result.output) == (0, f"loaban, version {__version__}\n")
