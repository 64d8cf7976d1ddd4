"""Content that changes while it is served: what is good is taken over whole, and of what is not the administrators hear."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.delivery.backoff import Backoff
from bot.engine import Engine
from bot.engine.cache import code_key
from bot.errors import StoreError
from bot.i18n import Words
from bot.knowledge.files import Stamp, stamps
from bot.knowledge.load import content_version
from bot.knowledge.review_dates import due_counts
from bot.logs import place
from bot.service.reloading.build_process import build_in_child
from bot.service.reloading.build_result import RejectedContent
from bot.service.reloading.file_changes import LOOK_EVERY, content_changes
from bot.service.reloading.notices import dates_due, good_again, refusal
from bot.settings import Settings
from bot.zone import local_day

STILL = 0.5  # seconds in which no file may change before they are read
LONGEST = 30.0  # seconds; then they are read however busy somebody is
CERTAIN = 2.0  # seconds in which refused content may still turn out to be half of a copy, before anybody is told
DATES_EVERY = timedelta(days=7)  # at most so often administrators hear of review days
FIRST_TROUBLE, LONGEST_TROUBLE = 10.0, 600.0  # seconds until the next try, where it is not the content's fault

log = structlog.stdlib.get_logger(__name__)

Say = Callable[[Words], str]


@dataclass(frozen=True, slots=True)
class ReloadTiming:
    """Seconds, see above."""

    look_every: float = LOOK_EVERY
    still: float = STILL
    certain: float = CERTAIN


class Reloader:
    """Run `run()` as a task until it is cancelled.

    engine  what is in use
    use     takes another one into use, from the next message on
    notify  queues a message to owners and admins, in a thread; raises StoreError
    record  is told of every try, True for one that was taken over
    now     the wall clock, in UTC
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        *,
        use: Callable[[Engine], None],
        notify: Callable[[Say], None],
        record: Callable[[bool], None],
        now: Callable[[], datetime],
        timing: ReloadTiming | None = None,
    ) -> None:
        self._settings = settings
        self._code = code_key()
        self._version = engine.knowledge.version
        self._since = engine.since
        self._use = use
        self._queue_notice = notify
        self._record = record
        self._now = now
        self._timing = timing or ReloadTiming()
        self._seen: tuple[Stamp, ...] = ()  # the files that were tried last
        self._refused: tuple[datetime, RejectedContent] | None = None
        self._reported: set[Hashable] = set()  # what was refused, since it was last good
        self._dates_told: datetime | None = None  # since this process began
        self._notices: list[Say] = []
        self._trouble = Backoff(LONGEST_TROUBLE, FIRST_TROUBLE)
        self._again = 0.0  # on the monotonic clock

    def status(self) -> Mapping[str, object]:
        """For the health page: what is in use since when, and what was refused since, if anything."""
        found: dict[str, object] = {"content": self._version}
        if self._since is not None:
            found["content_since"] = self._since.isoformat(timespec="seconds")
        if self._refused is not None:
            at, refused = self._refused
            problems = refused.problems_in(self._settings.lang)
            found["content_refused"] = {
                "at": at.isoformat(timespec="seconds"),
                "problems": len(problems),
                "first": str(problems[0]) if problems else refused.trouble,
            }
        return found

    async def run(self) -> None:
        async for _ in content_changes(self._settings.home, self._timing.look_every):
            try:
                await self.check()
            except Exception as error:  # noqa: BLE001 - else this would be the last content
                log.error("content cannot be looked at", error=place(error))

    async def check(self) -> None:
        """Take over what has changed, if it is good; returns when that is done or told."""
        await self._send_notices()
        seen = await self._stamps()
        if seen == self._seen and not (self._again and time.monotonic() >= self._again):
            return
        while True:
            self._seen = seen = await self._when_still(seen)
            refused = await self._attempt()
            if refused is None:
                return
            await asyncio.sleep(self._timing.certain)
            seen = await self._stamps()
            if seen == self._seen:
                break
        await self._report_once(refused)

    async def _attempt(self) -> RejectedContent | None:
        """What is wrong with the content as it is on disk; None when it is in use now."""
        begun = time.monotonic()
        self._again = 0.0
        if await self._is_in_use():
            await self._accepted()
            return None
        built = await build_in_child(self._settings, self._code)
        seconds = round(time.monotonic() - begun, 1)
        self._record(not isinstance(built, RejectedContent))
        if isinstance(built, RejectedContent):
            self._refused = self._now(), built
            problems = built.problems_in(self._settings.lang)
            first = str(problems[0]) if problems else built.trouble
            log.error("content refused, the last good stays", problems=len(problems), first=first, seconds=seconds)
            if built.trouble:
                self._again = time.monotonic() + self._trouble.next()
            return built
        since = self._now()
        self._use(replace(built, since=since))
        self._version, before, self._since = built.knowledge.version, self._version, since
        log.info("content taken over", content=self._version, before=before, seconds=seconds)
        await self._accepted()
        await self._tell_dates(built, since)
        return None

    async def _is_in_use(self) -> bool:
        """Whether the files say what they said when they were last taken over: somebody only touched them, or took it back."""
        try:
            return await asyncio.to_thread(content_version, self._settings.home) == self._version
        except OSError:  # whoever builds says which file it is
            return False

    # --- what changed, and when it has come to rest ---

    async def _stamps(self) -> tuple[Stamp, ...]:
        return await asyncio.to_thread(stamps, self._settings.home)

    async def _when_still(self, seen: tuple[Stamp, ...]) -> tuple[Stamp, ...]:
        begun = time.monotonic()
        while time.monotonic() - begun < LONGEST:
            await asyncio.sleep(self._timing.still)
            before, seen = seen, await self._stamps()
            if seen == before:
                break
        return seen

    # --- what administrators hear of it ---

    async def _report_once(self, refused: RejectedContent) -> None:
        """Lines do not count: whoever works above a fault moves it, and makes no new one of it."""
        which = frozenset((one.file, one.text) for one in refused.problems_in(self._settings.lang)) or "trouble"
        if which not in self._reported:
            self._reported.add(which)
            await self._notify(lambda words: refusal(refused, words))

    async def _accepted(self) -> None:
        self._refused = None
        self._trouble.reset()
        if self._reported:
            self._reported.clear()
            version = self._version
            log.info("content is good again", content=version)
            await self._notify(lambda words: good_again(version, words))

    async def _tell_dates(self, engine: Engine, now: datetime) -> None:
        knowledge, today = engine.knowledge, local_day(now)
        told_lately = self._dates_told is not None and now - self._dates_told < DATES_EVERY
        if not told_lately and any(due_counts(knowledge, today)):
            self._dates_told = now
            await self._notify(lambda words: dates_due(knowledge, today, words))

    async def _notify(self, say: Say) -> None:
        self._notices.append(say)
        await self._send_notices()

    async def _send_notices(self) -> None:
        """What could not be stored is told at the next look."""
        while self._notices:
            try:
                await asyncio.to_thread(self._queue_notice, self._notices[0])
            except StoreError as error:
                log.warning("administrators are not told yet", error=str(error))
                return
            self._notices.pop(0)
