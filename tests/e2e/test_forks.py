"""What is shown with a fork is shown with a process: a program does not see which it is, and neither does who starts it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.forks import Fork, fork
from tests.processes import ROOT, Running

PROGRAM = "tests.stubs.telling"
STRICT = {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error", "LOABAN_DB": "x.db"}


async def both(*arguments: str, env: Mapping[str, str] = STRICT, umask: int = 0o27) -> list[tuple[int | None, str, str]]:
    """Exit code, output and complaint of a fork, and of a process that Python starts."""
    line = (sys.executable, "-m", PROGRAM, *arguments)
    started: tuple[Running, ...] = (
        await fork(PROGRAM, *arguments, env=env, stdout=PIPE, stderr=PIPE, umask=umask),
        await asyncio.create_subprocess_exec(*line, cwd=ROOT, env=env, stdout=PIPE, stderr=PIPE, umask=umask),
    )
    said = [await one.communicate() for one in started]
    return [(one.returncode, out.decode(), err.decode()) for one, (out, err) in zip(started, said, strict=True)]


async def waiting() -> tuple[Fork, float]:
    """And a random number of it."""
    one = await fork(PROGRAM, "wait", env=STRICT, stdout=PIPE, stderr=PIPE)
    assert one.stdout is not None
    return one, json.loads(await one.stdout.readline())["chance"]


@pytest.mark.parametrize("env", [STRICT, {"PATH": STRICT["PATH"]}, STRICT | {"PYTHONFAULTHANDLER": "1"}])
async def test_a_program_sees_the_same_start(env: Mapping[str, str]) -> None:
    (code, told, complaint), afresh = await both("7", "chào", env=env)
    assert (code, complaint) == (afresh[0], afresh[2]) == (7, "")
    seen, expected = json.loads(told), json.loads(afresh[1])
    made = {name: value for name, value in seen["environment"].items() if name not in expected["environment"]}
    assert made.keys() <= {"PTB_TIMEDELTA"}, "only what the libraries add as they are read"
    assert seen.pop("chance") != expected.pop("chance")
    assert {**seen, "environment": expected["environment"]} == expected


async def test_what_raises_and_what_warns_ends_it_as_anywhere() -> None:
    for way in ("raise", "warn"):
        ours, afresh = await both(way, "on purpose")
        assert ours[0] == afresh[0] == 1
        assert ours[2].splitlines()[-1] == afresh[2].splitlines()[-1]
    assert "UserWarning" in ours[2]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_it_is_ended_by_a_signal_and_that_is_told(number: signal.Signals) -> None:
    one, _ = await waiting()
    one.send_signal(number)
    assert await one.wait() == -number
    assert one.returncode == -number
    with pytest.raises(ProcessLookupError):
        one.kill()


async def test_it_is_stopped_and_goes_on() -> None:
    one, _ = await waiting()
    one.send_signal(signal.SIGSTOP)

    def state() -> str:
        return Path(f"/proc/{one.pid}/stat").read_text().rpartition(")")[2].split()[0]

    async with asyncio.timeout(60):
        while state() != "T":  # noqa: ASYNC110 - the kernel says nothing when it has stopped what is no child of ours
            await asyncio.sleep(0.001)
    one.send_signal(signal.SIGTERM)
    one.send_signal(signal.SIGCONT)
    assert await one.wait() == -signal.SIGTERM


async def test_several_run_side_by_side_and_chance_is_not_the_same_in_them() -> None:
    some, chances = zip(*[await waiting() for _ in range(3)], strict=True)
    assert len({one.pid for one in some}) == len(set(chances)) == 3
    some[1].kill()
    assert await some[1].wait() == -signal.SIGKILL
    assert [one.returncode for one in some] == [None, -signal.SIGKILL, None]
    for one in (some[0], some[2]):
        one.kill()
        await one.communicate()


async def test_what_is_written_goes_where_it_was_told(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        one = await fork(PROGRAM, "raise", "on purpose", env=STRICT, stdout=log, stderr=log)
        assert await one.wait() == 1
    assert "on purpose" in (tmp_path / "log").read_text()
