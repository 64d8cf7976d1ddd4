"""The hour itself: everybody begins, trouble comes and goes, all is mended, and what came of it is counted."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.model import Address, Session, Subscription
from bot.service.heartbeat import BEAT_EVERY
from bot.stores.sqlite.store import SqliteStore
from tests.faults.worst_hour import accounts
from tests.faults.worst_hour.machine import Machine, small_disk
from tests.faults.worst_hour.people import Asker, Officer, Person, Resident
from tests.faults.worst_hour.vendors import Mode, Vendors

PLACE = "03301"  # xã Búng Lao
SETTLED_WITHIN = 180.0  # seconds in which all must be done when nothing goes wrong any more
FORGET_WITHIN = (0.1, 0.7)  # of the whole time
EVERY_FIFTH = 5


@dataclass(frozen=True)
class Plan:
    """How much of everything. Lengths in seconds."""

    length: float
    residents: int = 24  # on Telegram; a third as many on Zalo
    askers: int = 3
    wait_for_beat: bool = True  # and look what lies on the disk while the process lives
    pace: float = 12.0
    life: tuple[float, float] = (3.0, 25.0)  # of a process, after its start
    trouble: tuple[float, float] = (10.0, 40.0)  # between two jumps of the clock or full disks
    announce_every: float = 90.0


@dataclass
class Result:
    """`faults` are sentences, one for each thing that must not be; `counts` how much there was of everything."""

    faults: list[str]
    counts: Counter[str]
    duplicates: int
    events: Counter[str]

    def lines(self) -> Iterator[str]:
        yield "; ".join(f"{what} {n}" for what, n in sorted(self.counts.items()))
        yield f"answers that came again, each with a reason: {self.duplicates}"
        yield from (f"  {n:6} {event}" for event, n in self.events.most_common())
        yield from (f"FAULT {fault}" for fault in self.faults)
        yield "nothing lost, nothing leaked" if not self.faults else f"{len(self.faults)} faults"


@dataclass
class Hour:
    """`folder` is empty; below it everything is written. `cache` holds the built content."""

    plan: Plan
    folder: Path
    cache: Path
    seed: int
    keeps: bool = False  # what lies on the disk at the end, which else goes with it
    made: list[str] = field(default_factory=list)  # the words of announcements
    leaks: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # messages that still waited when all should have been done

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.begun = time.monotonic()
        self.vendors = Vendors(self.chance)
        residents = [self._resident("telegram") for _ in range(self.plan.residents)]
        residents += [self._resident("zalo-bot") for _ in range(self.plan.residents // 3)]
        for person in residents[::EVERY_FIFTH]:
            person.until_forgotten = self.begun + self.plan.length * self.chance.uniform(*FORGET_WITHIN)
        self.residents = residents
        self.askers = [Asker(**self._of("telegram") | {"pace": self.plan.length / 3}) for _ in range(self.plan.askers)]
        self.officer = Officer(**self._of("telegram"))
        self.asking = asyncio.Event()

    def _resident(self, channel: str) -> Resident:
        return Resident(**self._of(channel))

    def _of(self, channel: str) -> dict[str, Any]:
        chat = (
            str(self.chance.randrange(70 * 10**8, 80 * 10**8)) if channel == "telegram" else f"{self.chance.getrandbits(64):x}z"
        )
        own = random.Random(self.chance.random())
        return {"vendors": self.vendors, "channel": channel, "chat": chat, "chance": own, "pace": self.plan.pace}

    @property
    def people(self) -> list[Person]:
        return [*self.residents, *self.askers, self.officer]

    async def run(self) -> Result:
        disk, cache = self.folder / "disk", self.folder / "cache"
        await asyncio.to_thread(shutil.copytree, self.cache, cache)
        for file in cache.rglob("*"):
            file.chmod(0o700 if file.is_dir() else 0o600)
        with small_disk(disk):
            machine = Machine(disk, self.folder, cache, self.vendors, self.chance)
            async with self.vendors.telegram, self.vendors.zalo:
                self._furnish(machine)
                try:
                    await self._play(machine)
                finally:
                    await machine.end(signal.SIGKILL)  # what still runs where the driver itself ends early
            if self.keeps:
                await asyncio.to_thread(shutil.copytree, disk, self.folder / "disk-at-the-end")
            return self._count(machine)

    def _furnish(self, machine: Machine) -> None:
        """Residents who have been here before and want announcements, and an officer."""
        now = datetime.now(UTC) - timedelta(hours=1)
        with closing(SqliteStore(machine.db)) as store, store.writing() as transaction:
            for person in self.people:
                address = Address(person.channel, person.chat)
                if person.channel == "telegram":
                    self.vendors.telegram.chat(int(person.chat))
                else:
                    self.vendors.zalo.chats.add(person.chat)
                transaction.save_session(Session(address, lang="vi", greeted=True, at=now))
                transaction.subscribe(Subscription(address, PLACE, (), "vi", now))
            transaction.add_staff("officer", (PLACE,), "", Address("telegram", self.officer.chat), now)

    async def _play(self, machine: Machine) -> None:
        self.asking.set()
        living = [asyncio.create_task(person.live(self.asking)) for person in (*self.residents, *self.askers, self.officer)]
        bringing = asyncio.create_task(self.vendors.bring())
        troubles = [asyncio.create_task(trouble) for trouble in self._troubles(machine)]
        await self._kill_again_and_again(machine)
        for trouble in troubles:
            trouble.cancel()
        await asyncio.gather(*troubles, return_exceptions=True)
        await self._mend(machine)
        await self._settle(machine, living)
        bringing.cancel()
        for task in (*living, bringing):
            with suppress(asyncio.CancelledError):
                await task  # an error of the driver's own is no result

    # --- trouble ------------------------------------------------------------------------------------------------------

    def _left(self) -> float:
        return self.begun + self.plan.length - time.monotonic()

    def _troubles(self, machine: Machine) -> Iterator[Coroutine[Any, Any, None]]:
        yield self._machine_trouble(machine)
        yield self._announce_again_and_again(machine)
        yield self._zalo_trouble()

    async def _kill_again_and_again(self, machine: Machine) -> None:
        """One in five is stopped as it should be; one in six is killed while it starts; at times two run on the file."""
        while self._left() > 0:
            mode: Mode = self.chance.choice(("polling", "webhook", "webhook"))
            await machine.start(mode)
            if self.chance.random() < 1 / 6:
                await asyncio.sleep(self.chance.uniform(0.1, 2.0))
            else:
                await asyncio.sleep(min(self.chance.uniform(*self.plan.life), max(0.0, self._left())))
                if mode == "webhook" and self.chance.random() < 0.25:
                    await machine.start(mode)
                    await asyncio.sleep(min(self.chance.uniform(*self.plan.life), max(0.0, self._left())))
            await machine.end(signal.SIGTERM if self.chance.random() < 0.2 else signal.SIGKILL)

    async def _machine_trouble(self, machine: Machine) -> None:
        while True:
            await asyncio.sleep(self.chance.uniform(*self.plan.trouble))
            seconds = self.chance.uniform(2.0, 12.0)
            await (machine.fill_disk(seconds) if self.chance.random() < 0.3 else machine.jump(seconds))

    async def _zalo_trouble(self) -> None:
        while True:
            await asyncio.sleep(3 * self.chance.uniform(*self.plan.trouble))
            self.vendors.trouble_zalo()

    async def _announce_again_and_again(self, machine: Machine) -> None:
        while True:
            await self._announce(machine)
            await asyncio.sleep(self.plan.announce_every)

    async def _announce(self, machine: Machine) -> None:
        """Every other one must reach; the third comes every day, at a time that is soon."""
        number = len(self.made) + 1
        tag = f"{accounts.TITLE} {number}x{self.seed}."
        soon = datetime.now(UTC) + timedelta(hours=7, minutes=2)
        when = f"{soon:%H:%M} hằng ngày" if number % 3 == 0 else "now"
        file = self.folder / "notice.yaml"
        must = "yes" if number % 2 else "no"
        text = f'text: "{tag} Sáng mai có lớp dạy may."\nplaces: [Búng Lao]\nwhen: {when}\nlasts: 5 ngày\nmust: {must}\n'
        await asyncio.to_thread(file.write_text, text, "utf-8")
        if await machine.loaban("announce", str(file), "--send", "--no-wait"):
            self.made.append(tag)
            machine.did["announcements"] += 1
        else:
            machine.did["announcements that could not be stored"] += 1

    # --- the end ------------------------------------------------------------------------------------------------------

    async def _mend(self, machine: Machine) -> None:
        """The clock is right, there is room on the disk, vendors do as they should, and one process runs."""
        machine.set_clock(0.0)
        (machine.folder / "ballast").unlink(missing_ok=True)
        self.vendors.mend()
        self.asking.clear()
        await machine.start("webhook")

    async def _settle(self, machine: Machine, living: list[asyncio.Task[None]]) -> None:
        """Until all is taken and answered and nothing waits, at most SETTLED_WITHIN; then the process is asked to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLED_WITHIN):
                await asyncio.wait(living)
                while await self._is_busy(machine):  # noqa: ASYNC110 - it is another process that sends
                    await asyncio.sleep(0.5)
                if self.plan.wait_for_beat:  # with it what was forgotten is gone from the log of the database
                    await asyncio.sleep(BEAT_EVERY.total_seconds() + 5)
                    self.leaks = [f"while it runs: {leak}" for leak in accounts.leaks(machine, self.people)]
        self.left = await asyncio.to_thread(accounts.waiting, machine.db)
        for person in self.people:
            person.over = True
        await asyncio.wait(living)
        await machine.end(signal.SIGTERM)

    async def _is_busy(self, machine: Machine) -> bool:
        """In this order: what was taken has its answers in the store."""
        return self.vendors.bring_something or bool(await asyncio.to_thread(accounts.waiting, machine.db))

    def _count(self, machine: Machine) -> Result:
        people, vendors, events = self.people, self.vendors, accounts.logged(machine)
        again, unexplained = accounts.duplicates(people, vendors, machine.ends)
        faults = [
            *accounts.lost_answers(self.residents),
            *accounts.lost_cases(self.askers, self.officer),
            *accounts.lost_announcements(machine.db, vendors, self.made),
            *accounts.occurrences_doubled(machine.db),
            *unexplained,
            *self.left,
            *self.leaks,
            *accounts.leaks(machine, people),
            *accounts.written_to_forgotten(people, vendors),
            *accounts.open_files(machine),
            *accounts.ended_badly(machine, events),
        ]
        counts = accounts.figures(people) + machine.did + vendors.did
        for state, n in accounts.rows(machine.db, "SELECT state, COUNT(*) FROM deliveries GROUP BY state"):
            counts[f"recipients {state}"] = n
        return Result(faults, counts, again, events)
