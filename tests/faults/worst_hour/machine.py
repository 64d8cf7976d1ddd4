"""The machine on which it runs: processes that are killed, a clock that is set, a disk that is full."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.worst_hour.clocked_run import WRONG_BY
from tests.faults.worst_hour.vendors import SECRET, Mode, Vendors
from tests.forks import Fork, fork
from tests.processes import free_port

HOUR, DAY = 3600.0, 86_400.0
JUMPS = (600.0, -600.0, 5 * HOUR, -5 * HOUR, 30 * DAY, -30 * DAY, 365 * DAY, 11 * 365 * DAY)  # seconds
DISK_MB = 48
ENDS_WITHIN = 120.0  # seconds, on the busiest machine


@dataclass
class Machine:
    """`folder` holds the database and nothing else; `apart` all that is not on the disk which gets full."""

    folder: Path
    apart: Path
    cache: Path
    vendors: Vendors
    chance: random.Random
    running: dict[int, Fork] = field(default_factory=dict)  # by the number of the start
    ends: list[float] = field(default_factory=list)  # when processes were killed or stopped
    codes: list[tuple[int, int | None]] = field(default_factory=list)  # of those that were asked to end: which start, and how
    did: Counter[str] = field(default_factory=Counter)
    _starts: int = 0

    def __post_init__(self) -> None:
        self.logs = self.apart / "logs"
        self.logs.mkdir()
        self.is_small = self.folder.is_mount()
        self.set_clock(0.0)

    @property
    def db(self) -> Path:
        return self.folder / "loaban.db"

    def log(self, start: int) -> Path:
        return self.logs / f"{start:04}.log"

    # --- processes ----------------------------------------------------------------------------------------------------

    async def start(self, mode: Mode) -> None:
        """One more process, of which nobody knows yet whether it is well. Of two the vendors talk to the newest."""
        vendors, port = self.vendors, free_port()
        vendors.mode, vendors.port = mode, port
        webhook = {"LOABAN_PUBLIC_URL": "https://bot.example.org", "LOABAN_WEBHOOK_SECRET": SECRET}
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONWARNINGS": "error",
            "PYTHONFAULTHANDLER": "1",
            "LOABAN_TELEGRAM_TOKEN": vendors.telegram.token,
            "LOABAN_TELEGRAM_API": vendors.telegram.address,
            "LOABAN_TELEGRAM_POLL_SECONDS": "2",
            "LOABAN_ZALO_BOT_TOKEN": vendors.zalo.token,
            "LOABAN_ZALO_BOT_API": vendors.zalo.address,
            "LOABAN_ZALO_BOT_POLL_SECONDS": "2",
            "LOABAN_DB": str(self.db),
            "LOABAN_CACHE": str(self.cache),
            "LOABAN_LISTEN": f"127.0.0.1:{port}",
            "LOABAN_LOG_FORMAT": "json",
            "LOABAN_QUIET_HOURS": "00:00-00:00",
            "LOABAN_DISK_FLOOR_MB": "2",
            WRONG_BY: str(self.apart / "clock"),
            **(webhook if mode == "webhook" else {}),
        }
        self._starts += 1
        with self.log(self._starts).open("wb") as log:
            started = await fork("tests.faults.worst_hour.clocked_run", env=environment, stderr=log, umask=0)
        self.running[self._starts] = started
        self.did[f"starts by {mode}"] += 1

    async def end(self, number: signal.Signals) -> None:
        """All that run, by this signal."""
        for process in self.running.values():
            with suppress(ProcessLookupError):
                process.send_signal(number)
        for start, process in self.running.items():
            try:
                await asyncio.wait_for(process.wait(), ENDS_WITHIN)
            except TimeoutError:
                self.did["processes that did not end when asked"] += 1
                process.kill()
                await process.wait()
            if number is not signal.SIGKILL:
                self.codes.append((start, process.returncode))
            self.did[f"{number.name}"] += 1
            self.ends.append(time.monotonic())
        self.running.clear()

    async def loaban(self, *arguments: str) -> bool:
        """A command on the same database; whether it went well."""
        environment = {
            "PATH": os.environ["PATH"],
            "LOABAN_DB": str(self.db),
            "LOABAN_TELEGRAM_TOKEN": self.vendors.telegram.token,
            "LOABAN_ZALO_BOT_TOKEN": self.vendors.zalo.token,
            "LOABAN_APPROVAL_ABOVE": "1000000",
            "LOABAN_QUIET_HOURS": "00:00-00:00",
        }
        with (self.logs / "commands.log").open("ab") as log:
            running = await fork("bot", *arguments, env=environment, stdout=log, stderr=log, umask=0)
            return await running.wait() == 0

    # --- the clock ----------------------------------------------------------------------------------------------------

    def set_clock(self, wrong_by: float) -> None:
        """In seconds. Whoever reads it meanwhile finds the old time or the new one."""
        written = self.apart / "clock.new"
        written.write_text(str(wrong_by), "utf-8")
        written.replace(self.apart / "clock")

    async def jump(self, seconds: float) -> None:
        """And back."""
        by = self.chance.choice(JUMPS)
        self.did["clock jumps of more than a day" if abs(by) > DAY else "clock jumps"] += 1
        self.set_clock(by)
        await asyncio.sleep(seconds)
        self.set_clock(0.0)

    # --- the disk -----------------------------------------------------------------------------------------------------

    async def fill_disk(self, seconds: float) -> None:
        self.did["full disks"] += 1
        if self.is_small:
            fill(self.folder / "ballast")
            await asyncio.sleep(seconds)
            (self.folder / "ballast").unlink()
        else:  # nobody but root can make a small one: no file of the process may grow
            self._limit_files(1 << 15)
            await asyncio.sleep(seconds)
            self._limit_files(resource.RLIM_INFINITY)

    def _limit_files(self, size: int) -> None:
        for process in self.running.values():
            with suppress(ProcessLookupError):
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def fill(ballast: Path) -> None:
    """Whatever room there is."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


@contextmanager
def small_disk(folder: Path, megabytes: int = DISK_MB) -> Iterator[bool]:
    """A file system of its own at `folder`; whether one could be made."""
    folder.mkdir()
    options = ("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs")
    mounted = subprocess.run(["mount", *options, folder], capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", folder], check=True)
