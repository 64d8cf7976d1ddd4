"""Git as a servant of ours: no hook of a repository runs, and nobody's own configuration counts."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Refusal
from bot.i18n import mark
from bot.settings import environment_without

PATIENCE = 60.0  # seconds
FAILED = mark("Git could not do it: {reason}")
OURS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",  # else a program that the repository names
    "core.pager": "cat",
    "core.editor": "false",
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "core.quotePath": "false",
    "core.autocrlf": "false",
    "commit.gpgSign": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
}


def git_environment() -> dict[str, str]:
    """What a process of ours is started with that calls git, or is git. What this process has of GIT_* is left out."""
    config = {
        f"GIT_CONFIG_{part}_{number}": text
        for number, pair in enumerate(OURS.items())
        for part, text in zip(("KEY", "VALUE"), pair, strict=True)
    }
    return {
        **environment_without("GIT_"),
        **config,
        "GIT_CONFIG_COUNT": str(len(OURS)),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
        "GIT_EDITOR": "false",
        "LC_ALL": "C.UTF-8",
    }


@dataclass(frozen=True, slots=True)
class Signature:
    """Who wrote and who took, by staff number: no name gets into the history."""

    author: int
    committer: int

    @property
    def environment(self) -> Mapping[str, str]:
        people = {"AUTHOR": self.author, "COMMITTER": self.committer}
        names = {f"GIT_{role}_NAME": f"staff {number}" for role, number in people.items()}
        return names | {f"GIT_{role}_EMAIL": f"staff-{number}@loaban.invalid" for role, number in people.items()}


@dataclass(frozen=True, slots=True)
class Git:
    """Git in a folder. Paths are given behind `--`, and what begins with a dash is never a revision of ours."""

    folder: Path

    def run(self, *arguments: str, given: str = "", more: Mapping[str, str] | None = None) -> str:
        """What it prints. Raises Refusal with its reason."""
        done = self.tried(*arguments, given=given, more=more)
        if done.returncode:
            raise Refusal(FAILED, reason=_reason(done))
        return done.stdout.decode("utf-8", "replace")

    def tried(
        self, *arguments: str, given: str = "", more: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """The same, whatever comes of it. Raises Refusal where there is no git, or where it takes too long."""
        program = shutil.which("git")
        if program is None:
            raise Refusal(FAILED, reason="there is no git")
        try:
            return subprocess.run(  # noqa: S603 - no shell
                [program, "-C", str(self.folder), *arguments],
                input=given.encode(),
                capture_output=True,
                check=False,
                timeout=PATIENCE,
                env={**git_environment(), **(more or {})},
            )
        except subprocess.TimeoutExpired:
            raise Refusal(FAILED, reason="it took too long") from None


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return " ".join(line.strip() for line in lines)[:300] or f"git {done.returncode}"
