"""Real processes on the Bot API stub: started, signalled, killed."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

from tests.forks import ROOT, Fork, fork
from tests.stubs.bot_api import BotApi

__all__ = ["ROOT", "Process", "Running", "forked", "free_port", "invited", "printed_by", "process", "until_open"]

Running = asyncio.subprocess.Process | Fork
Start = Callable[[Sequence[str], Mapping[str, str]], Awaitable[Running]]  # a module with its arguments, and an environment


def free_port() -> int:
    """A port on which nothing listens, and of which the system gives none to connections that somebody opens meanwhile."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as listening, suppress(OSError):
            listening.bind(("127.0.0.1", port))
            return port


class Process:
    """A module run as with `python -m` as the application under test, on the stub and on one database file."""

    def __init__(self, api: BotApi, db: Path, module: Sequence[str], settings: Mapping[str, str], start: Start) -> None:
        self.api = api
        self.db = db
        self.module = module
        self.settings = settings
        self.running: Running | None = None
        self._start = start

    async def start(self) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONWARNINGS": "error",
            "LOABAN_TELEGRAM_TOKEN": self.api.token,
            "LOABAN_TELEGRAM_API": self.api.address,
            "LOABAN_TELEGRAM_POLL_SECONDS": "2",
            "LOABAN_DB": str(self.db),
            "LOABAN_LOG_FORMAT": "json",
            **self.settings,
        }
        self.running = await self._start(self.module, environment)

    async def signalled(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal, wait for the end; returns the exit code and what was logged."""
        assert self.running is not None
        self.running.send_signal(number)
        _, logged = await self.running.communicate()
        code, self.running = self.running.returncode, None
        assert code is not None
        return code, logged.decode()

    async def polled(self) -> None:
        before = len(self.api.calls_of("getUpdates"))
        await self.api.until(lambda: len(self.api.calls_of("getUpdates")) > before)


async def _by_python(module: Sequence[str], environment: Mapping[str, str]) -> Running:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", *module, cwd=ROOT, env=environment, stderr=PIPE)


async def _by_fork(module: Sequence[str], environment: Mapping[str, str]) -> Running:
    return await fork(*module, env=environment, stderr=PIPE)


def process(api: BotApi, db: Path, *module: str, **settings: str) -> AbstractAsyncContextManager[Process]:
    """The process, not yet started; it is killed at the end if it still runs. `settings` go into its environment."""
    return _process(api, db, module, settings, _by_python)


def forked(api: BotApi, db: Path, *module: str, **settings: str) -> AbstractAsyncContextManager[Process]:
    """The same where it proves nothing that Python starts from nothing, which takes a second of processor time each time."""
    return _process(api, db, module, settings, _by_fork)


@asynccontextmanager
async def _process(
    api: BotApi, db: Path, module: Sequence[str], settings: Mapping[str, str], start: Start
) -> AsyncIterator[Process]:
    under_test = Process(api, db, module, settings, start)
    try:
        yield under_test
    finally:
        if under_test.running is not None:
            under_test.running.kill()
            await under_test.running.communicate()


async def printed_by(db: Path, *arguments: str) -> str:
    """What a command of ours prints, in English; it must succeed."""
    environment = {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error", "LOABAN_DB": str(db), "LOABAN_LANG": "en"}
    running = await fork("bot", *arguments, env=environment, stdout=PIPE)
    printed, _ = await running.communicate()
    assert running.returncode == 0
    return printed.decode()


async def invited(db: Path, *arguments: str) -> str:
    """The code of a new invitation."""
    found = re.search(r"/join ([A-Z2-9]+)", await printed_by(db, "staff", "invite", *arguments))
    assert found is not None
    return found[1]


async def until_open(port: int) -> None:
    """Until somebody listens."""
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


def interruptible() -> None:
    """Ctrl-C ends the process that begins now: tests that run in the background hand on that it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
