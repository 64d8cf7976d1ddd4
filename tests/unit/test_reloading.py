"""New content while it is served: taken over whole, or not at all, and then the administrators hear of it."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import shutil
import signal
import threading
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice, product
from pathlib import Path
from string import ascii_lowercase

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.engine import Engine, build_engine
from bot.engine.cache import code_key
from bot.errors import ContentError, StoreError
from bot.i18n import Words
from bot.knowledge.files import stamps
from bot.knowledge.load import content_version
from bot.model import COMMANDS, Address, Incoming, Problem, Reply
from bot.service.app import App
from bot.service.current import CurrentEngine
from bot.service.reloading.build_process import build_in_child
from bot.service.reloading.build_result import RejectedContent, UnreadableBuild, packed, unpacked
from bot.service.reloading.file_changes import content_changes
from bot.service.reloading.notices import SHOWN, dates_due, refusal
from bot.service.reloading.reloader import Reloader, ReloadTiming, Say
from bot.service.wiring import staff_chat
from bot.settings import Settings
from bot.stores.sqlite.store import SqliteStore
from tests.tiny import JOBS, LOAN
from tests.waiting import PATIENCE, until

NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
ENGLISH = Words("en", {})
PACE = ReloadTiming(look_every=0.2, still=0.02, certain=0.05)
LIMIT = "content/facts/loans.yaml"


@pytest.fixture
def bare(tiny_home: Path, cache: Path) -> Settings:
    """Settings of content that is valid and small; the catalogues speak English."""
    for lang in ("vi", "en"):
        (tiny_home / f"locales/{lang}/LC_MESSAGES/loaban.po").write_text('msgid ""\nmsgstr ""\n"Language: x\\n"\n', "utf-8")
    return Settings(home=tiny_home, cache=cache, lang="vi")


def edit(home: Path, name: str, old: str, new: str) -> None:
    """As editors do: a new file beside it, which then takes its place."""
    path = home / name
    text = path.read_text("utf-8")
    assert old in text
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text.replace(old, new), "utf-8")
    beside.replace(path)


def answer(engine: Engine, intent: str = "loan-amount") -> str:
    return engine.knowledge.intents[intent].short["en"]


# --- handed over ------------------------------------------------------------------------------------------------------


@pytest.fixture
def small(bare: Settings) -> Engine:
    return build_engine(bare)


def test_an_engine_comes_out_of_the_handover_as_it_went_in(small: Engine) -> None:
    again = unpacked(packed(small))
    assert isinstance(again, Engine)
    assert again.knowledge == small.knowledge
    assert again.matcher.match("how much can i borrow") == small.matcher.match("how much can i borrow")


def test_problems_come_out_of_the_handover_in_every_language() -> None:
    refused = RejectedContent({"vi": [Problem("a.yaml", 3, "hỏng")], "en": [Problem("a.yaml", 3, "broken")]})
    again = unpacked(packed(refused))
    assert again == refused
    assert isinstance(again, RejectedContent)
    assert [again.problems_in(lang)[0].text for lang in ("vi", "en", "th")] == ["hỏng", "broken", "hỏng"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True), junk=st.binary(max_size=20))
def test_what_was_cut_off_or_spoiled_on_its_way_is_never_used(small: Engine, share: float, junk: bytes) -> None:
    whole = packed(small)
    with pytest.raises(UnreadableBuild):
        unpacked(whole[: int(share * len(whole))] + junk)


def test_no_end_of_problems_has_one_in_the_handover() -> None:
    again = unpacked(packed(RejectedContent({"en": [Problem("a.yaml", 1, "x" * 100_000)] * 5_000})))
    assert isinstance(again, RejectedContent)
    assert len(packed(again)) < 2_000_000


def test_collecting_garbage_goes_on_after_the_handover(small: Engine) -> None:
    gc.enable()  # a command that was run in this process may have stopped it
    unpacked(packed(small))
    assert gc.isenabled()


# --- built apart ------------------------------------------------------------------------------------------------------


async def test_another_process_builds_what_this_one_would_and_leaves_it_in_the_cache(bare: Settings) -> None:
    edit(bare.home, LIMIT, "100000000", "200000000")
    built = await build_in_child(bare, code_key())
    assert isinstance(built, Engine)
    assert "VND 200 million" in answer(built)
    assert built.knowledge.version == content_version(bare.home)
    assert bare.cache is not None
    before = set(bare.cache.iterdir())
    assert answer(build_engine(bare)) == answer(built)
    assert set(bare.cache.iterdir()) == before


async def test_broken_content_comes_back_as_file_line_and_sentence_in_every_language(tiny_home: Path, cache: Path) -> None:
    edit(tiny_home, JOBS, "class: A", "clas: A")
    built = await build_in_child(Settings(home=tiny_home, cache=cache, lang="vi"), code_key())
    assert isinstance(built, RejectedContent)
    assert built.problems.keys() == {"vi", "en"}
    assert (JOBS, 3) in [(one.file, one.line) for one in built.problems_in("en")]
    assert any("unknown key 'clas'" in one.text for one in built.problems_in("en"))
    assert not any("unknown key" in one.text for one in built.problems_in("vi"))


async def test_a_language_of_the_house_that_is_gone_is_refused(bare: Settings) -> None:
    shutil.rmtree(bare.home / "locales/vi")
    assert isinstance(await build_in_child(bare, code_key()), RejectedContent)


async def test_a_language_of_the_refused_topics_that_nobody_speaks_here_is_refused(bare: Settings) -> None:
    """A message like theirs would be answered in it."""
    edit(bare.home, "intents/system/foreign.yaml", "    vi:", "    vix:")
    built = await build_in_child(bare, code_key())
    assert isinstance(built, RejectedContent)
    assert [(one.file, one.line) for one in built.problems_in("vi")] == [("intents/system/foreign.yaml", 3)]


async def test_a_file_that_may_not_be_read_is_named(bare: Settings) -> None:
    (bare.home / "content/facts/other.yaml").symlink_to(bare.home / "nowhere.yaml")
    built = await build_in_child(bare, code_key())
    assert isinstance(built, RejectedContent)
    assert built.problems_in("vi")[0].file == "content/facts/other.yaml"


def children() -> set[str]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {pid for task in tasks for pid in task.read_text("ascii").split() if _builds(pid)}


def _builds(pid: str) -> bool:
    with suppress(OSError):
        return b"bot.service.reloading.child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


async def test_whoever_takes_too_long_is_ended(bare: Settings) -> None:
    built = await build_in_child(bare, code_key(), patience=0.05)
    assert isinstance(built, RejectedContent)
    assert "longer than 0.05 seconds" in built.trouble
    assert children() == set()


async def test_whoever_hangs_is_ended(bare: Settings) -> None:
    building = asyncio.create_task(build_in_child(bare, code_key(), patience=1.0))
    async with asyncio.timeout(PATIENCE):
        while not (born := children()):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.01)
    os.kill(int(born.pop()), signal.SIGSTOP)
    async with asyncio.timeout(PATIENCE):
        assert isinstance(await building, RejectedContent)
    assert children() == set()


async def test_the_process_ends_with_the_task_that_waits_for_it(bare: Settings) -> None:
    building = asyncio.create_task(build_in_child(bare, code_key()))
    async with asyncio.timeout(PATIENCE):
        while not children():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.01)
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building
    assert children() == set()


async def test_a_process_that_was_killed_is_trouble_and_no_fault_of_the_content(bare: Settings) -> None:
    building = asyncio.create_task(build_in_child(bare, code_key()))
    async with asyncio.timeout(PATIENCE):
        while not (born := children()):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.01)
    os.kill(int(born.pop()), signal.SIGKILL)
    built = await building
    assert isinstance(built, RejectedContent)
    assert built.problems == {}
    assert "-9" in built.trouble


async def test_what_another_version_of_the_program_builds_is_not_used(bare: Settings) -> None:
    """Somebody updated everything at once: what the new code makes of the new content may be nothing to the old code."""
    built = await build_in_child(bare, "0" * 64)
    assert isinstance(built, RejectedContent)
    assert "restart" in built.trouble


def test_what_is_built_is_of_one_version_while_somebody_writes(bare: Settings) -> None:
    """Two files change all the time, each between two texts. The version must always be that of the texts that were read."""
    paths = [bare.home / LIMIT, bare.home / JOBS]
    texts = [
        (paths[0].read_text("utf-8"), paths[0].read_text("utf-8").replace("100000000", "200000000")),
        (paths[1].read_text("utf-8"), paths[1].read_text("utf-8").replace("Each year", "Every year")),
    ]
    meant = {}
    for first in texts[0]:
        for second in texts[1]:
            paths[0].write_text(first, "utf-8")
            paths[1].write_text(second, "utf-8")
            meant[content_version(bare.home)] = ("200000000" in first, "Every year" in second)
    assert len(meant) == 4
    done = threading.Event()
    chance = random.Random(20261123)

    def write() -> None:
        for which in (chance.randrange(2) for _ in count()):
            beside = paths[which].with_suffix(".part")
            beside.write_text(chance.choice(texts[which]), "utf-8")
            beside.replace(paths[which])
            if done.wait(chance.choice((0.001, 0.01, 0.05, 0.3))):
                return

    writing = threading.Thread(target=write)
    writing.start()
    seen = set()
    try:
        for _ in range(15):
            with suppress(ContentError):  # written again and again
                engine = build_engine(replace_cache(bare))
                found = ("200 million" in answer(engine), "Every year" in answer(engine, "job-numbers"))
                assert found == meant[engine.knowledge.version]
                seen.add(found)
    finally:
        done.set()
        writing.join()
    assert seen


def replace_cache(given: Settings) -> Settings:
    """The same without a cache that can be used, so that everything is read."""
    return given.model_copy(update={"cache": given.home / "content/sources.yaml"})


# --- taken over -------------------------------------------------------------------------------------------------------


@dataclass
class Service:
    """What stands around a reloader: what is in use, what administrators were told, what was counted."""

    settings: Settings
    engine: Engine
    told: list[str] = field(default_factory=list)
    counted: list[bool] = field(default_factory=list)
    fault: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.reloader = Reloader(
            self.settings,
            self.engine,
            use=self._take,
            notify=self._tell,
            record=self.counted.append,
            now=lambda: NOW,
            timing=PACE,
        )

    def _take(self, engine: Engine) -> None:
        self.engine = engine

    def _tell(self, say: Say) -> None:
        self.fault()
        self.told.append(say(ENGLISH))

    async def look(self) -> None:
        await self.reloader.check()


@pytest.fixture
def service(bare: Settings) -> Service:
    return Service(bare, build_engine(bare))


async def test_a_change_is_taken_over_with_its_moment_and_nobody_is_bothered(service: Service) -> None:
    before = service.engine.knowledge.version
    edit(service.settings.home, LIMIT, "100000000", "200000000")
    await service.look()
    assert "VND 200 million" in answer(service.engine)
    assert service.engine.since == NOW
    assert service.engine.knowledge.version != before
    assert (service.told, service.counted) == ([], [True])
    assert service.reloader.status() == {
        "content": service.engine.knowledge.version,
        "content_since": "2026-11-23T09:05:00+00:00",
    }


async def test_where_nothing_changed_nothing_is_built(service: Service) -> None:
    in_use = service.engine
    await service.look()
    await service.look()
    (service.settings.home / LOAN).touch()
    await service.look()
    assert service.engine is in_use
    assert service.counted == []


async def test_of_broken_content_the_last_good_stays_and_administrators_hear_file_and_line(service: Service) -> None:
    in_use = service.engine
    edit(service.settings.home, LOAN, "referral: bank", "referral: bnak")
    await service.look()
    assert service.engine is in_use
    assert service.counted == [False]
    (told,) = service.told
    assert told.startswith("Errors in the new content: 1. Residents get the answers they got before.")
    assert f"{LOAN}:7: referral: there is no bnak in content/referrals.yaml" in told
    refused = service.reloader.status()["content_refused"]
    assert isinstance(refused, dict)
    assert (refused["at"], refused["problems"]) == ("2026-11-23T09:05:00+00:00", 1)
    assert refused["first"].startswith(f"{LOAN}:7: referral: there is no bnak in content/referrals.yaml")


async def test_the_same_problems_are_told_once_and_others_once_more(service: Service) -> None:
    home = service.settings.home
    edit(home, LOAN, "referral: bank", "referral: bnak")
    await service.look()
    edit(home, LOAN, "id: loan-amount", "# somebody works above it\nid: loan-amount")
    await service.look()
    assert len(service.told) == 1
    edit(home, JOBS, "class: A", "clas: A")
    await service.look()
    assert len(service.told) == 2
    assert JOBS in service.told[1]
    edit(home, JOBS, "clas: A", "class: A")
    await service.look()
    assert len(service.told) == 2, "what was told before is told again"


async def test_administrators_hear_when_it_is_good_again_and_of_what_comes_after_it(service: Service) -> None:
    home = service.settings.home
    edit(home, LOAN, "referral: bank", "referral: bnak")
    await service.look()
    edit(home, LOAN, "referral: bnak", "referral: bank\n# mended")
    await service.look()
    version = content_version(home)
    assert service.told[1:] == [f"The content is good again and in use: version {version}."]
    assert "content_refused" not in service.reloader.status()
    edit(home, LOAN, "referral: bank", "referral: bnak")
    await service.look()
    assert len(service.told) == 3


async def test_a_change_that_is_taken_back_is_good_again_without_being_built(service: Service) -> None:
    in_use = service.engine
    edit(service.settings.home, LOAN, "referral: bank", "referral: bnak")
    await service.look()
    edit(service.settings.home, LOAN, "referral: bnak", "referral: bank")
    await service.look()
    assert service.engine is in_use
    assert service.counted == [False]
    assert service.told[1].startswith("The content is good again")


async def test_half_of_a_copy_is_refused_in_silence_when_the_other_half_comes(service: Service) -> None:
    """A fact that an answer needs arrives a moment after the answer."""
    home = service.settings.home
    service.reloader._timing = ReloadTiming(look_every=0.2, still=0.02, certain=1.5)
    edit(home, LOAN, "{loan-rate}", "{loan-years}")
    looking = asyncio.create_task(service.look())
    async with asyncio.timeout(PATIENCE):
        while not service.counted:  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.01)
    edit(home, LIMIT, "  loan-rate:", "  loan-years:")
    await looking
    assert service.counted == [False, True]
    assert service.told == []
    assert "6.6% a year" in answer(service.engine)


async def test_a_message_that_cannot_be_stored_is_told_later(service: Service) -> None:
    def fail() -> None:
        raise StoreError("the database is locked")

    service.fault = fail
    edit(service.settings.home, LOAN, "referral: bank", "referral: bnak")
    await service.look()
    assert service.told == []
    service.fault = lambda: None
    await service.look()
    assert len(service.told) == 1
    assert service.counted == [False]


async def test_what_was_no_fault_of_the_content_is_tried_again_by_itself(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.service.reloading.reloader.FIRST_TROUBLE", 0.05)
    service.__post_init__()
    code, service.reloader._code = service.reloader._code, "another"
    edit(service.settings.home, LIMIT, "100000000", "200000000")
    await service.look()
    assert service.counted == [False]
    assert "could not be read" in service.told[0]
    service.reloader._code = code
    await asyncio.sleep(0.05)
    await service.look()
    assert "VND 200 million" in answer(service.engine)
    assert service.told[1].startswith("The content is good again")


async def test_fifty_files_at_once_are_one_change(service: Service) -> None:
    home = service.settings.home
    running = asyncio.create_task(service.reloader.run())
    try:
        await asyncio.sleep(0.3)
        text = (home / JOBS).read_text("utf-8")
        for word in ("".join(two) for two in islice(product(ascii_lowercase, repeat=2), 50)):
            another = text.replace("id: job-numbers", f"id: job-{word}")
            for phrasing in ("việc làm?", "in a year?", "việc làm\n", "mỗi năm\n", "are there\n", "in work\n"):
                another = another.replace(phrasing, f"{word} {phrasing}")
            (home / f"intents/jobs/job-{word}.yaml").write_text(another, "utf-8")
            await asyncio.sleep(0.005)
        async with asyncio.timeout(PATIENCE):
            while not service.counted:  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(0.01)
        await asyncio.sleep(1)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert service.told == []
    assert service.counted == [True]
    assert sum(name.startswith("job-") for name in service.engine.knowledge.intents) == 51


def test_five_problems_are_shown_and_the_rest_counted() -> None:
    problems = [Problem("a.yaml", line, "x" * 1000) for line in range(1, SHOWN + 4)]
    said = refusal(RejectedContent({"en": problems}), ENGLISH)
    assert said.count("a.yaml:") == SHOWN
    assert "And 3 more." in said
    assert len(said) < 4096, "a channel would have to split it"


def test_trouble_that_is_not_the_contents_is_said_as_such() -> None:
    said = refusal(RejectedContent({}, "it took longer than 180 seconds"), ENGLISH)
    assert "could not be read" in said
    assert "it took longer than 180 seconds" in said


# --- seen -------------------------------------------------------------------------------------------------------------


class Watch:
    """Counts the moments; patience is long, so that only changes make them."""

    def __init__(self, home: Path, look_every: float = 60.0) -> None:
        self.seen = 0
        self._moments = content_changes(home, look_every)

    async def _run(self) -> None:
        async for _ in self._moments:
            self.seen += 1

    async def __aenter__(self) -> Watch:
        self._task = asyncio.create_task(self._run())
        await asyncio.sleep(0.3)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._moments.aclose()  # type: ignore[attr-defined]

    async def until(self, condition: Callable[[], bool]) -> None:
        await until(condition)


@pytest.mark.parametrize("name", [LOAN, LIMIT, "locales/vi/LC_MESSAGES/loaban.po", "content/names.sha256"])
async def test_every_file_that_counts_is_watched(tiny_home: Path, name: str) -> None:
    async with Watch(tiny_home) as watch:
        edit(tiny_home, name, "e", "ee")
        await watch.until(lambda: watch.seen > 0)


async def test_a_new_folder_and_what_comes_into_it_is_watched(tiny_home: Path) -> None:
    async with Watch(tiny_home) as watch:
        (tiny_home / "intents/water").mkdir()
        await watch.until(lambda: watch.seen > 0)
        (tiny_home / "intents/water/wells.yaml").write_text("id: wells", "utf-8")
        await watch.until(lambda: watch.seen > 1)


async def test_what_editors_leave_beside_a_file_makes_no_moment(tiny_home: Path) -> None:
    async with Watch(tiny_home) as watch:
        for name in (".loan.yaml.swp", "loan.yaml~", ".#loan.yaml", "loan.yaml.bak"):
            (tiny_home / "intents/loans" / name).write_text("x", "utf-8")
        await asyncio.sleep(1)
        assert watch.seen == 0


async def test_where_nothing_is_told_it_is_looked_at_in_any_case(tiny_home: Path) -> None:
    async with Watch(tiny_home, look_every=0.2) as watch:
        await watch.until(lambda: watch.seen > 2)


async def test_folders_that_take_the_places_of_others_are_watched_from_then_on(tiny_home: Path) -> None:
    async with Watch(tiny_home, look_every=1.0) as watch:
        shutil.copytree(tiny_home / "intents", tiny_home / "new")
        (tiny_home / "intents").rename(tiny_home / "old")
        (tiny_home / "new").rename(tiny_home / "intents")
        await watch.until(lambda: watch.seen > 1)
        before = watch.seen
        edit(tiny_home, LOAN, "bank", "bnak")
        await watch.until(lambda: watch.seen > before)


async def test_without_any_folder_it_goes_on_looking(tmp_path: Path) -> None:
    async with Watch(tmp_path / "nowhere", look_every=0.2) as watch:
        await watch.until(lambda: watch.seen > 2)


def test_any_writing_makes_other_stamps(tiny_home: Path) -> None:
    before = stamps(tiny_home)
    assert stamps(tiny_home) == before
    edit(tiny_home, LOAN, "bank", "bank")
    assert stamps(tiny_home) != before


# --- in the middle of conversations -----------------------------------------------------------------------------------


class Resident:
    """Writes and taps, and reads what comes."""

    def __init__(self, app: App, store: SqliteStore, user: str = "7") -> None:
        self.app, self.store, self.address = app, store, Address("telegram", user)
        self.numbers = count(1)
        self.last: tuple[Reply, ...] = ()

    def _one(self, **what: str) -> tuple[Reply, ...]:
        number = next(self.numbers)
        text, choice = what.get("text", ""), what.get("choice")
        at = NOW + timedelta(seconds=20 * number)
        self.app.handle([Incoming(f"{self.address.user}-{number}", self.address, text, at, choice)])
        due = [one for one in self.store.due_replies("telegram") if one.to == self.address]
        self.store.delivered([one.id for one in due])
        self.last = tuple(one.reply for one in due)
        assert self.last, f"no answer to {what}"
        return self.last

    def writes(self, text: str) -> tuple[Reply, ...]:
        return self._one(text=text)

    def taps(self, token: str) -> tuple[Reply, ...]:
        return self._one(choice=token)


OPENINGS = [
    ["/start"],
    ["/menu"],
    ["/menu", "1"],
    ["/subscribe"],
    ["/subscribe", "Thanh An"],
    ["/subscribe", "Thanh An", "1"],
    ["/subscribe", "Thanh An", "1", "1"],
    ["/subscribe", "Thanh An", "2, 3", "1", "/subscribe"],
    ["/subscribe", "Búng Lao"],
    ["/language"],
    ["/language", "English"],
    ["how much can I borrow"],
    ["Sam Mứn giờ thuộc xã nào"],
    ["which commune is my old one in"],
    ["loan jobs"],
    ["how many jobs are there", "wrong"],
    ["talk to an official"],
    ["talk to an official", "1"],
    ["talk to an official", "1", "my pipes are broken"],
    ["talk to an official", "1", "my pipes are broken", "Thanh An"],
    ["talk to an official", "1", "my pipes are broken", "Thanh An", "1"],
]
OFFICER_OPENINGS = [
    ["/announce"],
    ["/announce", "A class begins tomorrow."],
    ["/announce", "A class begins tomorrow.", "Skip"],
    ["/announce", "A class begins tomorrow.", "Skip", "Thanh An"],
    ["/announce", "A class begins tomorrow.", "Skip", "Thanh An", "1"],
    ["/announce", "A class begins tomorrow.", "Skip", "Thanh An", "2", "Now"],
    ["/announce", "A class begins tomorrow.", "Skip", "Thanh An", "2", "Now", "3 days"],
    ["/announce", "A class begins tomorrow.", "Skip", "Thanh An", "2", "Now", "3 days", "1"],
    ["/announcements"],
    ["/cases"],
]
CLOSINGS = [
    *("1", "2", "1, 2", "what about jobs", "I agree", "no", "how much can I borrow", "Thanh An", "jobs"),
    *("/mydata", "/subscribe", "/about", "/stop", "right", "wrong", "end", "Yes, pass it on"),
]
OFFICER_CLOSINGS = ["1", "2", "Thanh An", "Jobs", "Now", "3 days", "/announce", "/announcements", "/cases", "/cancel", "/menu"]


@pytest.fixture
def poorer(tmp_path: Path, bare: Settings) -> Settings:
    """The content without a commune, a topic, an intent and a language that the other has."""
    home = tmp_path / "poorer"
    shutil.copytree(bare.home, home)
    edit(home, "content/places.yaml", '"03352"', '"03399"')
    edit(home, "content/places.yaml", "name: Thanh An", "name: Nà Tấu")
    edit(home, "content/topics.yaml", "  jobs: {vi: Việc làm, en: Jobs}\n", "")
    (home / JOBS).unlink()
    (home / "content/facts/jobs.yaml").unlink()
    edit(home, LOAN, "related: [job-numbers]", "related: []")
    return bare.model_copy(update={"home": home})


@pytest.mark.parametrize(
    ("opening", "closings"),
    [*((opening, CLOSINGS) for opening in OPENINGS), *((opening, OFFICER_CLOSINGS) for opening in OFFICER_OPENINGS)],
    ids=lambda texts: ", ".join(texts) if texts not in (CLOSINGS, OFFICER_CLOSINGS) else "",
)
def test_a_conversation_goes_on_where_the_content_lost_what_it_was_about(
    bare: Settings, poorer: Settings, store: SqliteStore, opening: list[str], closings: list[str]
) -> None:
    """Whatever was offered before can be tapped after it, and after it came back; and anything can be written."""
    rich, poor = build_engine(bare), build_engine(poorer)
    current = CurrentEngine(rich)
    app = App(current, store)
    with store.writing() as transaction:
        transaction.add_staff("officer", ("03352",), "", Address("telegram", "officer"), NOW)
    for user, closing_text in enumerate(closings):
        current.swap(rich, staff_chat(bare, rich))
        resident = Resident(app, store, str(user))
        if closings is OFFICER_CLOSINGS:
            with store.writing() as transaction:
                transaction.add_staff("owner", (), "", resident.address, NOW)
        for text in ("/start", *opening):
            resident.writes(text)
        tokens = [button.choice for reply in resident.last for button in reply.buttons]
        current.swap(poor, staff_chat(poorer, poor))
        for reply in (*resident.writes(closing_text), *(reply for token in tokens for reply in resident.taps(token))):
            assert not {"Jobs", "Việc làm"} & {button.label for button in reply.buttons}
        current.swap(rich, staff_chat(bare, rich))
        for token in tokens:
            resident.taps(token)


def test_whoever_was_choosing_topics_of_a_commune_that_is_gone_is_asked_for_the_commune(
    bare: Settings, poorer: Settings, store: SqliteStore
) -> None:
    current = CurrentEngine(build_engine(bare))
    resident = Resident(App(current, store), store)
    for text in ("/start", "/subscribe", "Thanh An"):
        resident.writes(text)
    current.swap(build_engine(poorer))
    (reply,) = resident.writes("1")
    assert reply.text.startswith("Which commune's announcements do you want?")


def in_english_alone(engine: Engine) -> Engine:
    """The same content after everything Vietnamese was taken out of it."""

    def english(texts: Mapping[str, str]) -> dict[str, str]:
        return {lang: text for lang, text in texts.items() if lang == "en"}

    known = engine.knowledge
    intents = {
        name: replace(
            intent,
            question=english(intent.question),
            short=english(intent.short),
            more=english(intent.more),
            referral=english(intent.referral),
            source_line=english(intent.source_line),
            whole_source_line=english(intent.whole_source_line),
        )
        for name, intent in known.intents.items()
    }
    topics = {topic: english(names) for topic, names in known.topics.items()}
    facts = {
        name: replace(fact, items={lang: one for lang, one in fact.items.items() if lang == "en"})
        for name, fact in known.facts.items()
    }
    words = {lang: one for lang, one in known.words.items() if lang == "en"}
    return replace(engine, knowledge=replace(known, intents=intents, topics=topics, facts=facts, words=words), lang="en")


def test_somebody_whose_language_is_gone_is_answered_in_that_of_the_house(bare: Settings, store: SqliteStore) -> None:
    rich = build_engine(bare)
    current = CurrentEngine(rich)
    resident = Resident(App(current, store), store)
    resident.writes("/start")
    resident.writes("/language")
    resident.taps(next(button.choice for button in resident.last[0].buttons if button.label == "Tiếng Việt"))
    tokens = [button.choice for reply in resident.last for button in reply.buttons]
    current.swap(in_english_alone(rich))
    for token in tokens:
        resident.taps(token)
    for text in (*(f"/{command}" for command in COMMANDS if command not in ("forget", "stop")), "1", "2", "12", "!"):
        resident.writes(text)


def test_a_message_in_hand_ends_with_the_content_it_began_with(bare: Settings, store: SqliteStore) -> None:
    """While somebody asks for the menu, the content changes all the time: no menu has topics of both."""
    rich = build_engine(bare)
    loud = {topic: {lang: f"{name}!" for lang, name in names.items()} for topic, names in rich.knowledge.topics.items()}
    engines = [rich, replace(rich, knowledge=replace(rich.knowledge, topics=loud))]
    current = CurrentEngine(rich)
    resident = Resident(App(current, store), store)
    resident.writes("/start")
    done = threading.Event()

    def change() -> None:
        for number in count():
            current.swap(engines[number % 2])
            if done.is_set():
                return

    changing = threading.Thread(target=change)
    changing.start()
    try:
        for _ in range(200):
            (reply,) = resident.writes("/menu")
            topics = [button.label for button in reply.buttons[: len(loud)]]
            assert len({label.endswith("!") for label in topics}) == 1, topics
    finally:
        done.set()
        changing.join()


async def test_what_was_used_before_is_let_go(bare: Settings, store: SqliteStore) -> None:
    current = CurrentEngine(build_engine(bare))
    service = Service(bare, current.get().engine)
    service._take = current.swap  # type: ignore[method-assign]
    service.__post_init__()
    before = weakref.ref(current.get().engine)
    service.engine = None  # type: ignore[assignment]
    edit(bare.home, LIMIT, "100000000", "200000000")
    await service.look()
    gc.collect()
    assert "200 million" in answer(current.get().engine)
    assert before() is None


def test_about_tells_the_version_and_since_when_it_is_in_use(bare: Settings, store: SqliteStore) -> None:
    engine = build_engine(bare)
    (plain,) = Resident(App(CurrentEngine(engine), store), store, "1").writes("/about")[-1:]
    assert plain.text.endswith(f"Version of the content: {engine.knowledge.version}.")
    app = App(CurrentEngine(replace(engine, since=NOW)), store)
    (dated,) = Resident(app, store, "2").writes("/about")[-1:]
    assert f"{engine.knowledge.version}, in use since 16:05 on" in dated.text, "the moment is that of Điện Biên"


def test_about_can_be_asked_for_in_words(engine: Engine) -> None:
    assert [engine.command(text) for text in ("phiên bản", "Phien ban?", "version", "/about")] == ["about"] * 4


def test_the_head_of_the_handover_is_one_line(small: Engine) -> None:
    line = packed(small).partition(b"\n")[0]
    assert json.loads(line).keys() == {"sha256"}


# --- days of review ---------------------------------------------------------------------------------------------------


def test_what_administrators_hear_of_review_days_counts_what_is_past_and_what_is_near(small: Engine) -> None:
    near, past = dates_due(small.knowledge, date(2099, 6, 1), ENGLISH), dates_due(small.knowledge, date(2099, 7, 1), ENGLISH)
    everything = len(small.knowledge.facts) + len(small.knowledge.intents)
    assert f"Within 60 days: {everything}." in near
    assert "Past their day" not in near
    assert f"Past their day: {everything}. Residents are told so." in past
    assert "Within" not in past


async def test_administrators_hear_of_review_days_with_new_content_and_at_most_once_a_week(bare: Settings) -> None:
    clock = [datetime(2099, 6, 1, 1, 0, tzinfo=UTC)]
    told: list[str] = []
    reloader = Reloader(
        bare,
        build_engine(bare),
        use=lambda _: None,
        notify=lambda say: told.append(say(ENGLISH)),
        record=lambda _: None,
        now=lambda: clock[0],
        timing=PACE,
    )
    limit = 100000000
    for days, heard in ((0, 1), (6, 1), (1, 2)):
        clock[0] += timedelta(days=days)
        edit(bare.home, LIMIT, str(limit), str(limit + 1000000))
        limit += 1000000
        await reloader.check()
        assert len(told) == heard
    assert all(text.startswith("Facts and answers are to be compared with their sources again.") for text in told)
