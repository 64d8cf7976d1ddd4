"""The tiny content in a real repository of git, with hooks that must not run, and a console on it."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from bot.authoring.proposals.proposal import Gain, ProblemRow, Proof, Proposal
from bot.authoring.proposals.proving import Prove, Stage
from bot.engine import build_engine
from bot.ports import Store
from bot.settings import Settings
from tests.at_the_desk import usual
from tests.console.house import ConsoleHouse, console_house
from tests.tiny import LOAN

HOOKS = (
    *("applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"),
    *(
        "pre-merge-commit",
        "post-merge",
        "post-checkout",
        "post-rewrite",
        "pre-rebase",
        "reference-transaction",
        "post-index-change",
    ),
)
DAY = date(2026, 11, 23)
QUESTIONS = "text\tintent\nmay bay gia may tien mot ve\tnone\nvay duoc toi da bao nhieu tien\tloan-amount\n"


def git(home: Path, *arguments: str) -> str:
    """As whoever looks after the server calls it, hooks and all."""
    command = ["git", "-C", str(home), "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def make_repository(home: Path) -> Path:
    """`home` with questions to measure by, committed; a hook leaves the file `hooked` beside it."""
    questions = home / "tests/data/residents_tiny.tsv"
    questions.parent.mkdir(parents=True)
    questions.write_text(QUESTIONS, "utf-8")
    git(home, "init", "-q", "-b", "main")
    git(home, "add", "-A")
    git(home, "commit", "-q", "-m", "first")
    for name in HOOKS:
        hook = home / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\necho {name} >> '{home.parent}/hooked'\n", "ascii")
        hook.chmod(0o755)
    return home


@asynccontextmanager
async def console_on(home: Path, store: Store, database: Path, prove: Prove | None = None) -> AsyncIterator[ConsoleHouse]:
    """A console that answers from the content in `home`, and proposes there."""
    cache = home.with_name("engines")
    settings = usual(
        console_listen="127.0.0.1:8082", db=database, home=home, proposals=home.with_name("proposals"), cache=cache
    )
    async with console_house(build_engine(Settings(home=home, cache=cache, lang="vi")), store, settings, prove) as opened:
        yield opened


def found(problems: int = 0, gain: Gain | None = None, trouble: str = "") -> Prove:
    """A way to prove that finds so many faults, and this gain."""
    rows = tuple(ProblemRow(file=LOAN, line=one + 3, text=f"lỗi số {one}", warning=False) for one in range(problems))

    async def prove(proposal: Proposal, moved: Callable[[Stage], None]) -> Proof:
        return Proof(base=proposal.base, head=proposal.head, problems={"vi": rows}, gain=gain, trouble=trouble)

    return prove


LOSS = Gain(better=1, worse=3, broken=0, verdict="loss", won={"vi": ("câu tốt lên",)}, lost={"vi": ("câu kém đi",)})
