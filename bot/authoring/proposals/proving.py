"""Proposals are proved one after the other, each in a process of its own: whoever serves answers on meanwhile."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias

import structlog
from pydantic import ValidationError

from bot.authoring.proposals.git import git_environment
from bot.authoring.proposals.proposal import Proof, Proposal
from bot.authoring.proposals.workbench import Workbench
from bot.engine.cache import cache_folder
from bot.errors import LoabanError
from bot.logs import place
from bot.settings import Settings

PATIENCE = 300.0  # seconds; it takes about twenty on an idle machine
LINE = 1 << 23  # bytes that one line of the child may have
CODE = Path(__file__).resolve().parents[3]  # the folder that holds `bot`, so that the child runs the same code
CHANGED = re.compile(r"^(?:--- a|\+\+\+ b)/(.+?)\t?$", re.MULTILINE)

Stage: TypeAlias = Literal["waiting", "check", "evaluate"]
Prove: TypeAlias = Callable[[Proposal, Callable[[Stage], None]], Awaitable[Proof]]

log = structlog.stdlib.get_logger(__name__)


class Proving:
    """`prove` does it for one; tests have quicker ways. `wake` says that an open page has something new to show."""

    def __init__(self, bench: Workbench, prove: Prove, wake: Callable[[], None]) -> None:
        self._bench = bench
        self._prove = prove
        self._wake = wake
        self._turn = asyncio.Lock()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._stages: dict[int, Stage] = {}
        self._steps = 0

    @property
    def mark(self) -> str:
        """Another one whenever an open page may have something new to show."""
        return f"{self._bench.changes} {self._steps}"

    def stage(self, number: int) -> Stage | None:
        return self._stages.get(number)

    def want(self, proposal: Proposal) -> None:
        """Have it proved, unless it is, or waits for that already."""
        if proposal.state == "open" and proposal.proved is None and proposal.number not in self._tasks:
            self._move(proposal.number, "waiting")
            task = asyncio.create_task(self._take_turn(proposal.number))
            self._tasks[proposal.number] = task
            task.add_done_callback(lambda _: self._done(proposal.number))

    async def idle(self) -> None:
        """When nothing is to be proved any more."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks.values()))
            await asyncio.sleep(0)

    async def stop(self) -> None:
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _take_turn(self, number: int) -> None:
        async with self._turn:
            try:
                proposal = await asyncio.to_thread(self._bench.find, number)
                proof = await self._prove(proposal, lambda stage: self._move(number, stage))
                await asyncio.to_thread(self._bench.proved, number, proof)
            except (LoabanError, OSError) as error:
                log.error("a proposal cannot be proved", number=number, error=str(error))
            except Exception as error:  # noqa: BLE001 - the next one must be proved all the same
                log.error("a proposal cannot be proved", number=number, error=place(error))

    def _move(self, number: int, stage: Stage) -> None:
        self._stages[number] = stage
        self._steps += 1
        self._wake()

    def _done(self, number: int) -> None:
        self._tasks.pop(number, None)
        self._stages.pop(number, None)
        self._steps += 1
        self._wake()


def prove_in_child(bench: Workbench, settings: Settings, today: Callable[[], date], patience: float = PATIENCE) -> Prove:
    """`Prove` in a process that gives way, and is gone when the result is there or is not waited for any more."""

    async def prove(proposal: Proposal, moved: Callable[[Stage], None]) -> Proof:
        orders = await asyncio.to_thread(_orders, bench, settings, proposal, today())
        command = (sys.executable, "-m", "bot.authoring.proposals.child", json.dumps(orders))
        child = await asyncio.create_subprocess_exec(
            *command, cwd=CODE, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=LINE, env=git_environment()
        )
        try:
            async with asyncio.timeout(patience):
                found = await _followed(child, moved)
        except TimeoutError:
            found = None
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()
            if child.stdin is not None:
                child.stdin.close()
        trouble = f"the process ended with {child.returncode}, or took longer than {patience:g} seconds"
        return found or Proof(base=proposal.base, head=proposal.head, trouble=trouble)

    return prove


def _orders(bench: Workbench, settings: Settings, proposal: Proposal, today: date) -> Mapping[str, object]:
    return {
        "home": str(bench.home_of(proposal.number).resolve()),
        "base": proposal.base,
        "head": proposal.head,
        "live": "" if bench.takes else str(settings.home.resolve()),
        "changed": changed_files(bench.patch(proposal.number)),
        "lang": settings.lang,
        "cache": str(cache_folder(settings.cache).resolve()),
        "today": today.isoformat(),
    }


def changed_files(patch: str) -> list[str]:
    """The files that a patch is about, by their names from the home folder."""
    return list(dict.fromkeys(CHANGED.findall(patch)))


async def _followed(child: Process, moved: Callable[[Stage], None]) -> Proof | None:
    """Line by line until it ends; None where it ended without a proof."""
    assert child.stdout is not None  # noqa: S101 - a pipe
    found = None
    async for line in child.stdout:
        try:
            said = json.loads(line)
            if said.get("stage") in ("check", "evaluate"):
                moved(said["stage"])
            elif "proof" in said:
                found = Proof.model_validate(said["proof"])
        except (ValueError, ValidationError, AttributeError):  # something else that was printed
            continue
    await child.wait()
    return found
