"""Several processes of replica_app on one database and one vendor."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.forks import Fork, fork
from tests.stubs.bot_api import BotApi


class Replica:
    """One process, and what it says of who sends."""

    def __init__(self, api: BotApi, url: str, folder: Path, name: str, rate: float) -> None:
        self.name = name
        self.rate = rate
        self.log = folder / f"{name}.log"
        self._environment = {
            "PATH": os.environ["PATH"],
            "LOABAN_TELEGRAM_TOKEN": api.token,
            "LOABAN_TELEGRAM_API": api.address,
            "LOABAN_DB": url,
            "LOABAN_REPLICA": name,
        }
        self.running: Fork | None = None
        self._begun = 0  # where the log of the process that runs begins

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._begun = log.tell()
            self.running = await fork("tests.faults.replica_app", str(self.rate), env=self._environment, stderr=log)

    def signal(self, number: signal.Signals) -> None:
        assert self.running is not None
        self.running.send_signal(number)

    async def ended(self) -> None:
        assert self.running is not None
        await self.running.wait()

    def leads(self) -> bool:
        logged = self.log.read_bytes()[self._begun :].decode()
        said = [line for line in logged.splitlines() if "process sends" in line]
        return bool(said) and "this process sends" in said[-1]


@asynccontextmanager
async def replicas(api: BotApi, url: str, folder: Path, rate: float, names: str = "abc") -> AsyncIterator[list[Replica]]:
    """One for each name, begun, and killed at the end; their logs are kept in `folder`."""
    found = [Replica(api, url, folder, name, rate) for name in names]
    try:
        for one in found:
            await one.start()
        yield found
    finally:
        for one in found:
            if one.running is not None and one.running.returncode is None:
                one.running.kill()
                await one.running.wait()
