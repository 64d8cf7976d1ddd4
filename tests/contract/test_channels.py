"""What every channel promises, asked of each: in front the real application on a real store, behind it the vendor's stub."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import io
import logging
import pkgutil
import random
import subprocess
import sys
import threading
import tomllib
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import structlog
from rich.console import Console

import bot.channels
from bot.channels import console, registry
from bot.channels.building import channel_runtimes
from bot.channels.descriptor import ChannelDescriptor
from bot.channels.media import can_carry
from bot.channels.numbered import numbered
from bot.channels.registry import CHANNELS, PAGE
from bot.channels.webhook import WebhookRejected
from bot.delivery.announcements import AnnouncementSender
from bot.delivery.limiter import RateLimiter
from bot.delivery.notify import NotifyStaff
from bot.delivery.pause import Pause
from bot.delivery.replies import ReplySender
from bot.engine import Engine
from bot.errors import SendError, SettingsError
from bot.i18n import Words
from bot.logs import QUIET_LOGGERS, configure_logging
from bot.model import Address, Button, Incoming, Reply
from bot.ports import Capabilities, Outgoing, Transaction
from bot.service.app import App
from bot.service.current import CurrentEngine
from bot.service.wiring import announcement_channels
from bot.settings import Settings
from bot.stores.sqlite.store import SqliteStore
from bot.text.splitting import utf16_units
from tests.announcing import announce, report, subscribe
from tests.contract import channels as of_channels
from tests.contract.channels import RESIDENTS, SECRET, TROUBLES, Adapter, Event, Seen, Trouble, piped, taken
from tests.contract.paper import PAPER
from tests.contract.paper.adapter import on_paper
from tests.page import page_house
from tests.processes import ROOT
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("hasty")

FARMER, NEIGHBOUR = RESIDENTS[:2]
PICTURE = "https://dienbien.gov.vn/hop-ban.jpg"
SENTENCE = "Hộ nghèo được vay tới 100 triệu đồng. "
QUESTION = "hộ nghèo được vay tối đa bao nhiêu tiền"
CHOICES = tuple(Button(f"Mục thứ {number} của danh sách", f"menu:{number}") for number in range(1, 10))
DESCRIPTORS = {one.name: one for one in (*CHANNELS, PAPER)}
ADAPTERS = {**of_channels.ADAPTERS, PAPER.name: on_paper}
TALKING = [*DESCRIPTORS, console.TERMINAL.channel, PAGE.name]
WITH_BUTTONS = [*(name for name, one in DESCRIPTORS.items() if one.capabilities.buttons), PAGE.name]
WITH_WINDOW = [name for name, one in DESCRIPTORS.items() if one.capabilities.proactive == "window"]
LINKED = [name for name, one in DESCRIPTORS.items() if one.keeps_media]
DELAYS: list[Trouble] = [trouble for trouble in TROUBLES if trouble not in ("person", "text")]

every_channel = pytest.mark.parametrize("name", DESCRIPTORS)


def wall() -> datetime:
    return datetime.now(UTC)


class Line:
    """The real application on one channel."""

    def __init__(self, name: str, adapter: Adapter, store: SqliteStore, pause: Pause, engine: Engine) -> None:
        self.name, self.adapter, self.store, self.pause = name, adapter, store, pause
        self.app = App(CurrentEngine(engine), store)
        self.sender = ReplySender(adapter.channel, store, now=wall, pause=pause)

    def bring(self, *events: Event) -> None:
        for event in events:
            if batch := self.adapter.read(event):
                self.app.handle(batch)
        self.sender.wake()

    def says(self, text: str, user: str = FARMER) -> None:
        self.bring(self.adapter.text(user, text))

    def waiting(self) -> list[Outgoing]:
        return self.store.due_replies(self.name)

    async def settled(self) -> None:
        await until(lambda: not self.waiting())

    def address(self, user: str) -> Address:
        return Address(self.name, user)


@asynccontextmanager
async def opened(name: str, engine: Engine) -> AsyncIterator[Line]:
    """A channel on a store of its own; nothing is sent yet."""
    store = SqliteStore(":memory:")
    try:
        pause = Pause(store, name, wall)
        async with ADAPTERS[name](store, pause) as adapter:
            yield Line(name, adapter, store, pause, engine)
    finally:
        store.close()


@asynccontextmanager
async def sending(line: Line) -> AsyncIterator[None]:
    task = asyncio.create_task(line.sender.run())
    try:
        yield
    finally:
        await line.sender.stop()
        await asyncio.wait({task})


@pytest.fixture(params=list(DESCRIPTORS))
async def line(request: pytest.FixtureRequest, engine: Engine) -> AsyncIterator[Line]:
    """Each channel in turn, where nothing is sent yet."""
    async with opened(request.param, engine) as on_it:
        yield on_it


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has a channel, which is opened afterwards, wait only a second for its vendor."""

    def shorten(name: str) -> None:
        folder = DESCRIPTORS[name].build.__module__.rpartition(".")[0]
        module = importlib.import_module(f"{folder}.client")
        for constant in ("SEND_SECONDS", "CONNECT_SECONDS"):
            if hasattr(module, constant):
                monkeypatch.setattr(module, constant, 1.0)

    return shorten


def outgoing(line: Line, text: str, *buttons: Button, user: str = FARMER, id_: int = 1, photo: str | None = None) -> Outgoing:
    return Outgoing(id_, line.address(user), Reply(text, buttons, photo), 0, wall())


async def refusal(line: Line, out: Outgoing) -> SendError:
    with pytest.raises(SendError) as caught:
        await line.adapter.channel.send(out)
    return caught.value


def squeezed(text: str) -> str:
    """Without spaces and line ends, which a window or a split may change."""
    return "".join(text.split())


# --- no channel is missing --------------------------------------------------------------------------------------------


def test_every_channel_has_an_adapter_here() -> None:
    assert set(of_channels.ADAPTERS) == {one.name for one in CHANNELS}


def test_every_channel_there_is_stands_in_the_registry() -> None:
    names = set()
    for found in pkgutil.walk_packages(bot.channels.__path__, "bot.channels."):
        module = importlib.import_module(found.name)
        classes = [one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == module.__name__]
        names |= {vars(one)["name"] for one in classes if isinstance(vars(one).get("capabilities"), Capabilities)}
    assert names == {one.name for one in CHANNELS}, "and the page, to which nothing is carried, is none of these"


def test_what_a_channel_can_do_is_known_without_its_vendors_library() -> None:
    """Commands that only plan an announcement stay quick."""
    script = "import sys, bot.channels.registry; print({'telegram', 'httpx', 'structlog'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"


def test_no_channel_knows_another(home: Path) -> None:
    """import-linter looks at those that pyproject.toml names."""
    contracts = tomllib.loads((home / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    apart = next(one["modules"] for one in contracts if one["name"] == "No channel knows another")
    assert {one.build.__module__.rpartition(".")[0] for one in CHANNELS} | {"bot.channels.web_chat"} <= set(apart)


@pytest.mark.parametrize("descriptor", DESCRIPTORS.values(), ids=lambda one: one.name)
def test_a_descriptor_names_settings_that_there_are_and_a_window_where_there_is_one(descriptor: ChannelDescriptor) -> None:
    assert set(descriptor.needs) <= set(Settings.model_fields)
    assert (descriptor.window is not None) == (descriptor.capabilities.proactive == "window")
    assert descriptor.able(Settings(_env_file=None)) == descriptor.capabilities, "docs/channels.md tells of these figures"


PUBLIC = {"public_url": "https://bot.example.vn", "webhook_secret": SECRET}


def settings_of(*descriptors: ChannelDescriptor, **more: object) -> Settings:
    """With what these need: ids, and tokens that have the shape of one."""
    given = {name: "77:x" if name == descriptor.token else "77" for descriptor in descriptors for name in descriptor.needs}
    return Settings(**{"_env_file": None, "telegram_token": None, **given, **more})  # type: ignore[arg-type]


async def test_the_channels_that_are_set_up_are_built_and_no_others() -> None:
    store = SqliteStore(":memory:")
    for chosen in (*([one] for one in CHANNELS), CHANNELS):
        built = channel_runtimes(settings_of(*chosen, **PUBLIC), store, wall)
        assert [(one.channel.name, one.channel.capabilities, one.polled) for one in built] == [
            (one.name, one.capabilities, None) for one in chosen
        ]
        for one in built:
            await one.close()
    store.close()


async def test_a_channel_that_is_added_to_the_registry_is_built_and_announced_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CHANNELS", (*CHANNELS, PAPER))
    store, settings = SqliteStore(":memory:"), settings_of(PAPER, **PUBLIC)
    [built] = channel_runtimes(settings, store, wall)
    assert (built.channel.name, built.rate, announcement_channels(settings)) == ("paper", 1.0, {"paper": PAPER.capabilities})
    store.close()


def test_without_any_channel_it_is_said_how_to_set_one_up_and_a_page_is_enough() -> None:
    store = SqliteStore(":memory:")
    with pytest.raises(SettingsError, match="no channel is set up"):
        channel_runtimes(settings_of(), store, wall)
    assert channel_runtimes(settings_of(web_listen="127.0.0.1:8081"), store, wall) == []
    store.close()


@pytest.mark.parametrize("descriptor", [one for one in CHANNELS if len(one.needs) > 1], ids=lambda one: one.name)
def test_a_channel_that_is_half_set_up_is_a_mistake_and_not_left_out(descriptor: ChannelDescriptor) -> None:
    store = SqliteStore(":memory:")
    for missing in descriptor.needs:
        settings = settings_of(*CHANNELS, **PUBLIC, **{missing: Settings.model_fields[missing].default})
        with pytest.raises(SettingsError, match=f"LOABAN_{missing.upper()}"):
            channel_runtimes(settings, store, wall)
    store.close()


async def test_a_channel_says_who_it_is(line: Line) -> None:
    assert (line.adapter.channel.name, line.adapter.channel.capabilities) == (line.name, DESCRIPTORS[line.name].capabilities)


# --- conversations ----------------------------------------------------------------------------------------------------


async def talk(name: str, engine: Engine, monkeypatch: pytest.MonkeyPatch, *said: str) -> list[str]:
    """What is answered to each thing that is said after /start, choices by number under it. "tap:" taps a button."""
    if name == console.TERMINAL.channel:
        return typed(engine, monkeypatch, *said)
    if name == PAGE.name:
        return await on_the_page(engine, *said)
    answers = []
    async with opened(name, engine) as line, sending(line):
        for text in ("/start", *said):
            before = len(line.adapter.seen(FARMER))
            if text.startswith("tap:"):
                line.bring(line.adapter.tap(FARMER, text.removeprefix("tap:")))
            else:
                line.says(text)
            await line.settled()
            answers.append("\n".join(as_text(one) for one in line.adapter.seen(FARMER)[before:]))
    return answers[1:]


def typed(engine: Engine, monkeypatch: pytest.MonkeyPatch, *said: str) -> list[str]:
    """The same in the terminal."""
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stdin", piped(*said))
    store = SqliteStore(":memory:")
    try:
        console.chat(
            App(CurrentEngine(engine), store).handle, store, Console(file=screen, width=console.WIDTH), Words("vi", {})
        )
    finally:
        store.close()
    answers: list[list[str]] = [[]]
    for row in screen.getvalue().splitlines():
        if row.startswith("> "):
            answers.append([])
        elif row.startswith("│"):
            answers[-1].append(row.strip("│"))
    return ["\n".join(rows) for rows in answers[1:]]


async def on_the_page(engine: Engine, *said: str) -> list[str]:
    """The same in a browser without scripts, from the HTML."""
    answers = []
    with closing(SqliteStore(":memory:")) as store:
        async with page_house(engine, store, ROOT) as house:
            browser = house.browser()
            for text in ("/start", *said):
                before = len(browser.page.said)
                tapped = text.removeprefix("tap:")
                page = await (browser.says(text) if tapped == text else browser.taps(tapped))
                new = [Seen(one.text, tuple(label for label, _ in one.choices)) for one in page.said[before:] if not one.mine]
                answers.append("\n".join(as_text(one) for one in new))
    return answers[1:]


def as_text(seen: Seen) -> str:
    return numbered(Reply(seen.text, tuple(Button(label, "") for label in seen.buttons)))


def from_the_app(engine: Engine, *said: str, name: str = "none") -> list[str]:
    """What the application answers, with no channel at all; to the page it says something else about what is kept."""
    store, me, answers = SqliteStore(":memory:"), Address("web" if name == PAGE.name else "none", "1"), []
    for number, text in enumerate(("/start", *said)):
        before = store.last_shown()
        App(CurrentEngine(engine), store).handle([Incoming(str(number), me, text, wall())])
        due = store.due_replies("none")
        shown = [one.reply for one in store.transcript(me, before) if not one.mine]
        answers.append("\n".join(numbered(reply) for reply in (*(one.reply for one in due), *shown)))
        store.delivered([one.id for one in due])
    store.close()
    return answers[1:]


@pytest.mark.parametrize("name", TALKING)
async def test_what_the_application_says_arrives_word_for_word(
    name: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ("xin chào", QUESTION, "vay von cho con hoc dai hoc", "asdfghjkl", "/menu")
    answers = await talk(name, engine, monkeypatch, *said)
    assert [squeezed(one) for one in answers] == [squeezed(one) for one in from_the_app(engine, *said, name=name)]


@pytest.mark.parametrize("name", TALKING)
async def test_a_choice_is_made_by_its_number_or_by_its_words(
    name: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    menu, by_number = await talk(name, engine, monkeypatch, "/menu", "2")
    label = Seen(menu).choices[1]
    for words in (label, label.lower(), "số 2"):
        assert (await talk(name, engine, monkeypatch, "/menu", words))[-1] == by_number
    assert by_number not in ("", menu)
    assert squeezed(by_number) == squeezed(from_the_app(engine, "/menu", "2")[-1])


@pytest.mark.parametrize("name", WITH_BUTTONS)
async def test_a_choice_that_is_tapped_is_the_choice_that_was_shown(
    name: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    menu, by_number = await talk(name, engine, monkeypatch, "/menu", "2")
    assert (await talk(name, engine, monkeypatch, "/menu", f"tap:{Seen(menu).choices[1]}"))[-1] == by_number


@pytest.mark.parametrize("name", TALKING)
async def test_letters_that_are_composed_or_not_ask_the_same(
    name: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    spelled = [unicodedata.normalize(form, QUESTION) for form in ("NFC", "NFD")]
    assert spelled[0] != spelled[1]
    answers = [(await talk(name, engine, monkeypatch, text))[-1] for text in spelled]
    assert answers[0] == answers[1] != ""


@pytest.mark.parametrize(
    "text", ["e\u0302\u0301 ế Điện Biên", "👨‍👩‍👧‍👦 😀 𠀀", "a \u202eb\u202c \u200fc", "<b>&amp;</b> *_`[", "0"]
)
async def test_any_text_arrives_as_it_was_written_in_both_directions(line: Line, text: str) -> None:
    [incoming] = line.adapter.read(line.adapter.text(FARMER, text))
    assert (incoming.text, incoming.sender, incoming.kind) == (text, line.address(FARMER), "text")
    await line.adapter.channel.send(outgoing(line, text))
    assert [seen.text for seen in line.adapter.seen(FARMER)] == [text]


async def test_what_is_not_text_is_answered_kindly(line: Line) -> None:
    async with sending(line):
        line.says("/start")
        await line.settled()
        for event in line.adapter.media(FARMER):
            before = len(line.adapter.seen(FARMER))
            line.bring(event)
            await line.settled()
            assert [seen for seen in line.adapter.seen(FARMER)[before:] if seen.text.strip()]


async def test_whoever_leaves_hears_no_announcements_any_more(line: Line) -> None:
    event = line.adapter.left(FARMER)
    if event is None:
        pytest.skip("the vendor does not tell; it is seen at the next message, as another test here shows")
    subscribe(line.store, 1, line.name, first=int(FARMER))
    assert subscribed(line, FARMER)
    line.bring(event)
    assert not subscribed(line, FARMER)
    assert line.waiting() == []


def subscribed(line: Line, user: str) -> bool:
    with line.store.writing() as transaction:
        return transaction.subscription(line.address(user)) is not None


# --- what comes in ----------------------------------------------------------------------------------------------------


async def test_a_message_that_comes_twice_is_answered_once(line: Line) -> None:
    event = line.adapter.text(FARMER, QUESTION)
    line.bring(event)
    once = line.waiting()
    line.bring(event)
    assert line.waiting() == once != []


async def test_the_same_words_in_two_messages_are_answered_twice(line: Line) -> None:
    line.bring(line.adapter.text(FARMER, QUESTION))
    once = line.waiting()
    line.bring(line.adapter.text(FARMER, QUESTION))
    assert len(line.waiting()) > len(once)


@pytest.mark.parametrize("seed", range(3))
async def test_events_that_come_three_times_in_any_order_have_one_effect_each(line: Line, seed: int) -> None:
    events = [line.adapter.text(user, QUESTION) for user in RESIDENTS] * 3
    random.Random(seed).shuffle(events)
    async with sending(line):
        line.bring(*events)
        await line.settled()
    [first, *others] = [line.adapter.seen(user) for user in RESIDENTS]
    assert len(first) == len({seen.text for seen in first}) > 0
    assert all(other == first for other in others)


async def test_nobody_is_heard_without_the_secret_or_the_signature(line: Line) -> None:
    headers, body = line.adapter.text(FARMER, QUESTION)
    for shown, status in (({}, 401), ({name: value[::-1] for name, value in headers.items()}, 403)):
        with pytest.raises(WebhookRejected) as caught:
            line.adapter.read((shown, body))
        assert caught.value.status == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"7",
        b'"x"',
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"update_id": 1, "message": 7, "event_name": 7, "timestamp": "1767950000000"}',
        b'{"event_name": "user_send_text", "message": [], "timestamp": "99999999999999"}',
        b'{"result": {"event_name": "message.text.received", "message": {"chat": 1}}}',
    ],
)
async def test_a_body_that_cannot_be_read_leads_to_nothing_and_the_next_is_heard(line: Line, body: bytes) -> None:
    assert taken(line.adapter, line.adapter.broken(body)) == []
    line.says("xin chào")
    assert line.waiting()


async def test_half_a_message_leads_to_nothing(line: Line) -> None:
    _, body = line.adapter.text(FARMER, QUESTION)
    for end in range(1, len(body), 7):
        assert taken(line.adapter, line.adapter.broken(body[:end])) == []


async def test_an_event_nobody_knows_leads_to_nothing(line: Line) -> None:
    line.bring(line.adapter.unknown(FARMER))
    assert line.waiting() == []


# --- what goes out ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("excess", [-400, -250, -100, -1, 0, 1, 700, 3000])
async def test_a_long_text_comes_in_parts_that_end_with_a_sentence_and_the_choices_stand_with_the_last(
    line: Line, excess: int
) -> None:
    limit = line.adapter.channel.capabilities.max_text
    text = "".join(f"Câu {number}: {SENTENCE}" for number in range(300))[: limit + excess].rpartition(". ")[0] + "."
    await line.adapter.channel.send(outgoing(line, text, *CHOICES))
    received = line.adapter.seen(FARMER)
    *first, last = received
    assert all(utf16_units(seen.text) <= limit for seen in received)
    assert all(seen.text.endswith(".") and not seen.choices for seen in first)
    assert last.choices == tuple(button.label for button in CHOICES)
    told = "".join(seen.text for seen in first) + (last.text if last.buttons else last.text.partition("  1. ")[0])
    assert squeezed(told) == squeezed(text)


async def test_a_text_without_an_end_is_cut_between_characters(line: Line) -> None:
    text = "😀" * line.adapter.channel.capabilities.max_text
    await line.adapter.channel.send(outgoing(line, text))
    assert "".join(seen.text for seen in line.adapter.seen(FARMER)) == text


@pytest.mark.parametrize("trouble", ["cut", "token", "setup"])
async def test_a_retry_of_a_long_text_goes_on_where_it_stopped(line: Line, trouble: Trouble) -> None:
    long = outgoing(line, SENTENCE * 300)
    await line.adapter.channel.send(outgoing(line, SENTENCE * 300, user=NEIGHBOUR, id_=2))
    line.adapter.fail(trouble, FARMER, after=1)
    assert (await refusal(line, long)).reason == TROUBLES[trouble]
    assert len(line.adapter.seen(FARMER)) == 1
    await line.adapter.channel.send(long)
    assert line.adapter.seen(FARMER) == line.adapter.seen(NEIGHBOUR)


async def test_an_empty_reply_is_refused_before_anybody_is_asked(line: Line) -> None:
    assert (await refusal(line, outgoing(line, " \n"))).reason == "refused-text"
    assert line.adapter.tries(FARMER) == 0


async def test_a_photo_is_shown_or_its_address_stands_under_the_text(line: Line) -> None:
    await line.adapter.channel.send(outgoing(line, "Bản họp sáng mai.", Button("Đã rõ", "menu"), photo=PICTURE))
    [seen] = line.adapter.seen(FARMER)
    assert seen.text.startswith("Bản họp sáng mai.")
    assert seen.choices == ("Đã rõ",)
    if line.adapter.channel.capabilities.max_photo:
        assert seen.photo == PICTURE
        assert PICTURE not in seen.text
    else:
        assert PICTURE in seen.text


async def test_a_text_that_does_not_fit_under_a_photo_arrives_whole_without_it(line: Line) -> None:
    able = line.adapter.channel.capabilities
    text = (SENTENCE * 300)[: able.max_photo + 100]
    await line.adapter.channel.send(outgoing(line, text, photo=PICTURE))
    received = line.adapter.seen(FARMER)
    assert not any(seen.photo for seen in received)
    assert squeezed("".join(seen.text for seen in received).removesuffix(PICTURE)) == squeezed(text)


async def test_a_photo_that_lies_elsewhere_is_left_out(line: Line) -> None:
    await line.adapter.channel.send(outgoing(line, "Bản họp sáng mai.", photo="elsewhere:AgACAgIAAxkBAAI"))
    assert line.adapter.seen(FARMER) == [Seen("Bản họp sáng mai.")]


@pytest.mark.parametrize("here", DESCRIPTORS)
@pytest.mark.parametrize("there", DESCRIPTORS)
async def test_a_photo_and_a_file_that_somebody_sends_reach_somebody_on_any_channel(
    here: str, there: str, engine: Engine
) -> None:
    async with opened(here, engine) as sent, opened(there, engine) as line:
        for event in (sent.adapter.photo(FARMER), sent.adapter.file(FARMER)):
            [incoming] = sent.adapter.read(event)
            media = incoming.photo or incoming.file or ""
            assert can_carry(there, media, linked=LINKED)
            passed_on = Reply("Giấy của bà con đây.", photo=incoming.photo, file=incoming.file, case=12)
            await line.adapter.channel.send(Outgoing(1, line.address(FARMER), passed_on, 0, wall()))
            seen = line.adapter.seen(FARMER)[-1]
            assert seen.text.startswith("Giấy của bà con đây.")
            assert media.rpartition(":")[2] in f"{seen.photo} {seen.file} {seen.text}"


async def test_an_answer_to_a_message_of_a_case_leads_to_that_case(line: Line) -> None:
    with line.store.writing() as transaction:
        case = transaction.open_case(line.address(NEIGHBOUR), "03181", None, "vi", QUESTION, wall(), wall())
        transaction.queue(line.address(FARMER), [Reply("Việc khác."), Reply("Việc mới.", case=case.number)], wall())
    noted: list[str] = []
    send = line.adapter.channel.send

    class Noting(Watched):
        async def send(self, outgoing: Outgoing) -> str:
            noted.append(await send(outgoing))
            return noted[-1]

    sender = ReplySender(Noting(line), line.store, now=wall, pause=line.pause)
    task = asyncio.create_task(sender.run())
    await line.settled()
    await sender.stop()
    await task
    events = [line.adapter.answer(FARMER, message_id, "Bà con mang đơn lên xã nhé.") for message_id in noted]
    if None in events:
        pytest.skip("the vendor does not tell which message is answered")
    for event, number in zip(events, (None, case.number), strict=True):
        assert event is not None
        [incoming] = line.adapter.read(event)
        assert incoming.reply_to in noted
        with line.store.writing() as transaction:
            assert transaction.case_behind(incoming.sender, incoming.reply_to or "") == number


@pytest.mark.parametrize("length", [1, 150])
async def test_announcements_to_eight_people_at_once_arrive_once_and_whole(line: Line, length: int) -> None:
    text = SENTENCE * length
    line.adapter.fail("cut", NEIGHBOUR)
    results = await asyncio.gather(
        *(line.adapter.channel.send(outgoing(line, text, user=user, id_=0)) for user in RESIDENTS), return_exceptions=True
    )
    assert [type(one) for one in results] == [str, SendError, *[str] * 6]
    await line.adapter.channel.send(outgoing(line, text, user=NEIGHBOUR, id_=0))
    told = {squeezed("".join(seen.text for seen in line.adapter.seen(user))) for user in RESIDENTS}
    assert told == {squeezed(text)}


# --- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", TROUBLES)
@every_channel
async def test_a_refusal_says_what_to_do_next_and_nothing_of_a_token(
    name: str, trouble: Trouble, engine: Engine, impatient: Callable[[str], None]
) -> None:
    if trouble == "slow":
        impatient(name)
    async with opened(name, engine) as line:
        line.adapter.fail(trouble, FARMER)
        error = await refusal(line, outgoing(line, QUESTION))
        assert (error.reason, error.gone) == (TROUBLES[trouble], trouble == "person")
        assert not [secret for secret in line.adapter.secrets if secret in chain(error)]
        assert line.adapter.seen(FARMER) == []


def chain(error: BaseException | None) -> str:
    """All that a traceback would show."""
    shown = ""
    while error is not None:
        shown += f"{error!r} {error}\n"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return shown


@pytest.mark.parametrize("trouble", DELAYS)
@every_channel
async def test_trouble_delays_answers_and_loses_and_repeats_none(
    name: str, trouble: Trouble, engine: Engine, impatient: Callable[[str], None]
) -> None:
    if trouble == "slow":
        impatient(name)
    async with opened(name, engine) as line, sending(line):
        line.adapter.fail(trouble, FARMER)
        for text in ("xin chào", QUESTION):
            line.says(text)
            line.says(text, NEIGHBOUR)
        await line.settled()
        assert line.adapter.seen(FARMER) == line.adapter.seen(NEIGHBOUR) != []


@pytest.mark.parametrize(
    ("error", "never_left"),
    [
        (httpx.ConnectError("refused"), True),
        (httpx.ConnectTimeout("slow"), True),
        (httpx.PoolTimeout("busy"), True),
        (httpx.ReadTimeout("no answer"), False),
        (httpx.WriteError("broken pipe"), False),
        (httpx.RemoteProtocolError("cut"), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
@pytest.mark.parametrize("name", [one.name for one in CHANNELS])
async def test_an_error_tells_whether_a_message_can_have_arrived_nevertheless(
    name: str, error: Exception, never_left: bool, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> httpx.Response:
        raise error

    async with opened(name, engine) as line:
        with monkeypatch.context() as patched:
            patched.setattr(httpx.AsyncHTTPTransport, "handle_async_request", fail)
            refused = await refusal(line, outgoing(line, QUESTION))
    assert (refused.reason, refused.never_left) == ("unreachable", never_left)


async def test_somebody_who_cannot_be_reached_is_tried_once_and_the_others_get_their_answers(line: Line) -> None:
    line.adapter.fail("person", FARMER, times=99)
    line.says("xin chào")
    line.says(QUESTION)
    line.says("xin chào", NEIGHBOUR)
    async with sending(line):
        await line.settled()
    assert line.adapter.tries(FARMER) == 1
    assert line.adapter.seen(NEIGHBOUR)


async def test_a_text_that_is_refused_is_tried_once_and_the_next_arrives(line: Line) -> None:
    line.adapter.fail("text", FARMER)
    with line.store.writing() as transaction:
        transaction.queue(line.address(FARMER), [Reply("Lời này bị từ chối."), Reply("Lời này thì không.")], wall())
    async with sending(line):
        await line.settled()
    assert [seen.text for seen in line.adapter.seen(FARMER)] == ["Lời này thì không."]
    assert line.adapter.tries(FARMER) == 2


async def test_the_silence_a_vendor_asks_for_is_kept_by_everybody_and_by_the_next_process(line: Line) -> None:
    await line.pause.ask(60)
    async with sending(line):
        line.says("xin chào")
        assert (await refusal(line, outgoing(line, QUESTION, user=NEIGHBOUR, id_=0))).reason == "throttled"
        await asyncio.sleep(0.05)
    assert [line.adapter.tries(user) for user in (FARMER, NEIGHBOUR)] == [0, 0]
    assert [reply.attempts for reply in line.waiting()] == [0] * len(line.waiting()) != []
    assert Pause(line.store, line.name, wall).left() > 50


@pytest.mark.parametrize("name", WITH_WINDOW)
async def test_a_window_that_is_closed_for_one_person_holds_up_nobody_else(name: str, engine: Engine) -> None:
    async with opened(name, engine) as line:
        line.adapter.fail("window", FARMER, times=99)
        assert (await refusal(line, outgoing(line, QUESTION))).reason == "window"
        line.says(QUESTION)
        async with sending(line):
            await until(lambda: line.adapter.tries(FARMER) > 1)
            line.says(QUESTION, NEIGHBOUR)
            await until(lambda: all(reply.to.user == FARMER for reply in line.waiting()))
        assert not quiet(line)


class Nobody:
    """`NotifyStaff`, where staff need not know."""

    def author(self, transaction: Transaction, *_: object) -> None: ...

    def owners(self, transaction: Transaction, *_: object) -> None: ...

    def set_aside(self, transaction: Transaction, *_: object) -> None: ...

    def unreadable(self, transaction: Transaction, *_: object) -> None: ...


class Watched:
    """The channel, and what was said of earlier attempts."""

    def __init__(self, line: Line) -> None:
        self.channel, self.name, self.capabilities = line.adapter.channel, line.name, line.adapter.channel.capabilities
        self.attempts: list[int] = []

    async def send(self, outgoing: Outgoing) -> str:
        self.attempts.append(outgoing.attempts)
        return await self.channel.send(outgoing)


@asynccontextmanager
async def delivering(line: Line) -> AsyncIterator[Watched]:
    tell: NotifyStaff = Nobody()
    watched = Watched(line)
    deliverer = AnnouncementSender(
        watched,
        line.store,
        line.pause,
        RateLimiter(5000.0),
        now=wall,
        render=lambda announcement, lang, _: Reply(announcement.plan.texts[lang]),
        quiet=lambda _: False,
        floor=0,
        notifier=lambda: tell,
    )
    task = asyncio.create_task(deliverer.run())
    try:
        yield watched
    finally:
        await deliverer.stop()
        await asyncio.wait({task})


async def test_a_429_is_no_attempt_at_an_announcement_and_the_pause_is_stored(line: Line) -> None:
    subscribe(line.store, 1, line.name, first=int(FARMER))
    line.adapter.fail("throttled", FARMER)
    announcement = announce(line.store, now=wall())
    async with delivering(line) as watched:
        await until(lambda: bool(watched.attempts))
        await until(lambda: quiet(line))
        await until(lambda: report(line.store, announcement).finished == 1)
    assert watched.attempts == [0, 0]
    assert [seen.text for seen in line.adapter.seen(FARMER)] == [announcement.plan.texts["vi"]]


def quiet(line: Line) -> bool:
    with line.store.writing() as transaction:
        return transaction.channel_state(line.name).quiet_for > 0


async def test_an_announcement_that_meets_a_block_ends_the_subscription(line: Line) -> None:
    subscribe(line.store, len(RESIDENTS), line.name, first=int(FARMER))
    line.adapter.fail("person", FARMER, times=99)
    announcement = announce(line.store, now=wall())
    async with delivering(line):
        await until(lambda: report(line.store, announcement).finished == len(RESIDENTS))
    assert [user for user in RESIDENTS if not subscribed(line, user)] == [FARMER]
    assert line.adapter.tries(FARMER) == 1
    assert all(len(line.adapter.seen(user)) == 1 for user in RESIDENTS[1:])


# --- the log ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that is logged, at every level, with no secret named that could be taken out; everything is put back."""
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in QUIET_LOGGERS}
    level, handlers, hooks = root.level, list(root.handlers), (sys.excepthook, threading.excepthook)
    stream = io.StringIO()
    configure_logging("debug", "console", [], stream)
    yield stream
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


@every_channel
async def test_no_token_and_no_word_of_a_resident_or_an_answer_reaches_a_log_line(
    name: str, engine: Engine, logged: io.StringIO
) -> None:
    secret_word = "lờikín"
    async with opened(name, engine) as line:
        line.bring(line.adapter.unknown(FARMER))
        for event in (line.adapter.text(FARMER, secret_word), *line.adapter.media(FARMER)):
            for end in (len(event[1]) // 2, len(event[1]) - 2):
                taken(line.adapter, line.adapter.broken(event[1][:end]))
        for trouble in TROUBLES:
            if trouble not in ("slow", "throttled"):
                line.adapter.fail(trouble, FARMER)
        async with sending(line):
            for _ in range(4):
                line.says(secret_word)
                await line.settled()
            with line.store.writing() as transaction:
                transaction.queue(line.address(FARMER), [Reply(f"Trả lời: {secret_word}")], wall())
            line.sender.wake()
            await until(lambda: any(secret_word in seen.text for seen in line.adapter.seen(FARMER)))
        said = logged.getvalue()
        assert "channel refused" in said
        assert "replies dropped" in said
        assert secret_word not in said
        assert ascii(secret_word).strip("'") not in said
        assert not [secret for secret in line.adapter.secrets if secret in said]
