"""Links to what somebody sent through another vendor: who gets what behind them, for how long, and what nobody learns."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.building import channel_runtimes, media_links
from bot.channels.media import VALID, MediaLinks, MediaSource, can_carry, web_address
from bot.channels.recordings import RecordingSource
from bot.channels.registry import hearing_channels
from bot.channels.telegram.channel import TelegramChannel
from bot.delivery.pause import Pause
from bot.logs import QUIET_LOGGERS, configure_logging
from bot.settings import Settings
from bot.stores.sqlite.store import SqliteStore
from bot.web import media as media_page
from bot.web.media import AT_ONCE
from bot.web.server import application, serve_http
from tests.sounds import mp3
from tests.stubs.bot_api import BotApi

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
URL = "https://bot.example.vn"
SECRET = "a-secret-of-the-tests"
PHOTO = "telegram:AgACAgIAAxphoto"
TOKEN = "77:a-token-that-no-filter-knows-by-its-shape"

LINKED = frozenset({"telegram"})

links = MediaLinks(URL, SECRET, lambda: NOW, LINKED)


def token_of(link: str | None) -> str:
    assert link is not None
    return link.removeprefix(f"{URL}/media/")


# --- the token --------------------------------------------------------------------------------------------------------


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_a_link_leads_to_what_it_was_made_for(what: str) -> None:
    token = token_of(links.link(f"telegram:{what}"))
    assert links.media(token) == f"telegram:{what}"
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@pytest.mark.parametrize("media", ["https://f1.zdn.vn/don.docx", "zalo-oa:document:1", "telegram", "", "/etc/passwd"])
def test_there_is_no_link_to_what_lies_elsewhere(media: str) -> None:
    assert links.link(media) is None


def test_a_link_is_good_for_a_week_and_no_longer() -> None:
    token = token_of(links.link(PHOTO))
    for later, media in ((VALID, PHOTO), (VALID + timedelta(seconds=1), None)):
        assert MediaLinks(URL, SECRET, lambda later=later: NOW + later, LINKED).media(token) == media  # type: ignore[misc]


def test_another_secret_opens_nothing() -> None:
    assert MediaLinks(URL, SECRET + "x", lambda: NOW, LINKED).media(token_of(links.link(PHOTO))) is None


@given(st.integers(0, 400), st.characters(codec="utf-8"))
def test_a_link_with_one_sign_changed_leads_to_nothing(place: int, sign: str) -> None:
    token = token_of(links.link(PHOTO))
    place %= len(token)
    changed = token[:place] + sign + token[place + 1 :]
    assert links.media(changed) == (PHOTO if changed == token else None)


@given(st.text() | st.from_regex(r"[\w-]{0,80}\.[\w-]{0,60}"))
def test_nobody_guesses_a_link(token: str) -> None:
    assert links.media(token) is None


@pytest.mark.parametrize(
    "value", ["https://a.vn/x y", "https://", "http://a.vn", "https://a.vn/\n", "https://a/\ud83d", 7, None, []]
)
def test_what_is_no_address_on_the_web_is_not_taken_for_one(value: object) -> None:
    assert web_address(value) is None


@pytest.mark.parametrize(
    ("channel", "media", "without", "with_links"),
    [
        ("telegram", PHOTO, True, True),
        ("zalo-bot", PHOTO, False, True),
        ("zalo-oa", "telegram:document:x", False, True),
        ("telegram", "https://f1.zdn.vn/don.docx", True, True),
        ("zalo-oa", "https://f1.zdn.vn/don.docx", True, True),
        ("zalo-bot", "elsewhere:x", False, False),
    ],
)
def test_what_a_channel_cannot_carry_is_known_before(channel: str, media: str, without: bool, with_links: bool) -> None:
    assert (can_carry(channel, media, ()), can_carry(channel, media, LINKED)) == (without, with_links)


# --- the page ---------------------------------------------------------------------------------------------------------


class Page:
    def __init__(self, api: BotApi, client: httpx.AsyncClient, channel: TelegramChannel) -> None:
        self.api, self.client, self.channel = api, client, channel

    async def get(self, media: str, **more: Any) -> httpx.Response:
        return await self.client.get(f"/media/{token_of(links.link(media))}", **more)

    def keep(self, path: str | None, content: bytes = b"x" * 1000, **more: Any) -> str:
        id_ = f"AgACAgIAAx{len(self.api.stored)}"
        return f"telegram:document:{self.api.keep(id_, content, path, **more)}"


@asynccontextmanager
async def serving(api: BotApi, handed_out: MediaLinks | None) -> AsyncIterator[Page]:
    store = SqliteStore(":memory:")
    pause = Pause(store, "telegram", lambda: datetime.now(UTC))
    channel = TelegramChannel(api.token, api=api.address, poll_seconds=1, pause=pause, secret=SECRET, links=handed_out)
    nothing = cast("Any", SimpleNamespace())
    stop, ports = asyncio.Event(), list[int]()
    app = application([channel], nothing, nothing, nothing, lambda: None)
    task = asyncio.create_task(serve_http(app, "127.0.0.1", 0, stop, ready=ports.append))
    await api.until(lambda: bool(ports))
    async with httpx.AsyncClient(verify=False, base_url=f"http://127.0.0.1:{ports[0]}", timeout=30) as client:
        yield Page(api, client, channel)
    stop.set()
    await task
    await channel.close()
    store.close()


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi(token=TOKEN) as running:
        yield running


@pytest.fixture
async def page(api: BotApi) -> AsyncIterator[Page]:
    async with serving(api, links) as opened:
        yield opened


def test_telegram_is_a_source_of_media() -> None:
    kind: type[MediaSource] = TelegramChannel  # mypy looks
    assert kind is TelegramChannel


async def test_behind_a_link_is_what_was_sent(page: Page) -> None:
    content = bytes(range(256)) * 3000
    page.api.keep("AgACAgIAAxphoto", content, "photos/file_7.jpg")
    response = await page.get(PHOTO)
    assert (response.status_code, response.content) == (200, content)
    assert response.headers["content-length"] == str(len(content))
    told = ("content-type", "content-disposition", "x-content-type-options", "cache-control", "referrer-policy")
    assert [response.headers[name] for name in told] == [
        "image/jpeg",
        'inline; filename="file_7.jpg"',
        "nosniff",
        "private, no-store",
        "no-referrer",
    ]


@pytest.mark.parametrize(
    ("path", "kind", "disposition"),
    [
        ("documents/file_1.pdf", "application/pdf", 'inline; filename="file_1.pdf"'),
        ("voice/file_2.oga", "audio/ogg", 'inline; filename="file_2.oga"'),
        ("videos/file_3.MP4", "video/mp4", 'inline; filename="file_3.MP4"'),
        ("documents/file_4.html", "application/octet-stream", 'attachment; filename="file_4.html"'),
        ("documents/file_5.svg", "application/octet-stream", 'attachment; filename="file_5.svg"'),
        ("documents/file_6.docx", "application/octet-stream", 'attachment; filename="file_6.docx"'),
        ("documents/file", "application/octet-stream", 'attachment; filename="file"'),
        ('documents/a"; x=\r\ny đơn.html', "application/octet-stream", 'attachment; filename="a___x___y___n.html"'),
        ("documents/.pdf", "application/octet-stream", 'attachment; filename="pdf"'),
        ("documents/" + "x" * 300 + ".pdf", "application/pdf", f'inline; filename="{"x" * 76}.pdf"'),
    ],
)
async def test_what_could_hold_a_program_is_only_saved(page: Page, path: str, kind: str, disposition: str) -> None:
    response = await page.get(page.keep(path))
    assert response.status_code == 200
    assert (response.headers["content-type"], response.headers["content-disposition"]) == (kind, disposition)


async def test_a_link_that_is_over_looks_like_one_that_never_was(page: Page) -> None:
    page.api.keep("AgACAgIAAxphoto", b"x", "photos/file_7.jpg")
    over = MediaLinks(URL, SECRET, lambda: NOW - VALID - timedelta(seconds=1), LINKED).link(PHOTO)
    forged = MediaLinks(URL, "another secret", lambda: NOW, LINKED).link(PHOTO)
    answers = [await page.client.get(f"/media/{token}") for token in (token_of(over), token_of(forged), "x", "x.y", "%ff.%00")]
    seen = {(one.status_code, one.content, tuple(name for name, _ in one.headers.items())) for one in answers}
    assert [status for status, _, _ in seen] == [404]
    assert not page.api.calls


async def test_a_link_to_another_channels_files_leads_to_nothing_here(page: Page) -> None:
    page.channel.name = "elsewhere"
    try:
        assert (await page.get(PHOTO)).status_code == 404
    finally:
        del page.channel.name


async def test_only_looking_is_possible_and_a_look_at_the_head_loads_nothing(page: Page) -> None:
    media = page.keep("documents/file_1.pdf", b"x" * 5000)
    path = f"/media/{token_of(links.link(media))}"
    head = await page.client.head(path)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "5000", b"")
    assert (await page.client.post(path)).status_code == 405


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [(None, {}, 404), ("a/b.pdf", {"told": 20_000_001}, 404), ("/var/lib/x", {}, 404)],
)
async def test_what_telegram_does_not_give_is_not_there(
    page: Page, path: str | None, more: dict[str, Any], status: int
) -> None:
    assert (await page.get(page.keep(path, **more))).status_code == status


async def test_while_telegram_cannot_be_reached_one_may_come_again(page: Page) -> None:
    media = page.keep("documents/file_1.pdf")
    for method, fault in (
        ("getFile", {"status": 502}),
        ("download", {"status": 500}),
        ("getFile", {"status": 429, "retry_after": 1}),
    ):
        page.api.fail(method, **fault)  # type: ignore[arg-type]
        response = await page.get(media)
        assert (response.status_code, "retry-after" in response.headers) == (503, True)


async def test_a_file_that_ends_in_the_middle_is_not_taken_for_whole(page: Page) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await page.get(page.keep("documents/file_1.pdf", b"x" * 300_000, whole=False))
    assert (await page.get(page.keep("documents/file_2.pdf"))).status_code == 200


async def test_only_so_many_files_are_served_at_once(page: Page) -> None:
    media = page.keep("documents/file_1.pdf")
    page.api.fail("download", delay=1.0, times=AT_ONCE)
    first = [asyncio.create_task(page.get(media)) for _ in range(AT_ONCE)]
    await page.api.until(lambda: len(page.api.calls_of("download")) == AT_ONCE)
    assert (await page.get(media)).status_code == 503
    assert {task.result().status_code for task in (await asyncio.wait(first))[0]} == {200}
    assert (await page.get(media)).status_code == 200


async def test_whoever_is_too_slow_is_given_up(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_page, "SECONDS", 0.2)
    media = page.keep("documents/file_1.pdf")
    page.api.fail("download", delay=5.0)
    assert (await page.get(media)).status_code == 503
    assert (await page.get(media)).status_code == 200


@pytest.mark.parametrize("handed_out", [True, False])
async def test_where_no_links_are_handed_out_there_is_no_such_page(api: BotApi, handed_out: bool) -> None:
    async with serving(api, links if handed_out else None) as page:
        media = page.keep("documents/file_1.pdf")
        assert (await page.get(media)).status_code == (200 if handed_out else 404)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that is logged, at every level, with no secret named that could be taken out."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    levels = {name: logging.getLogger(name).level for name in QUIET_LOGGERS}
    stream = io.StringIO()
    configure_logging("debug", "console", [], stream)
    yield stream
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


async def test_no_token_and_no_link_reaches_a_log_line_or_an_answer(api: BotApi, logged: io.StringIO) -> None:
    async with serving(api, links) as page:
        media = page.keep("documents/file_1.pdf", b"x" * 300_000)
        said = b""
        for method, fault in (("getFile", {"status": 401}), ("getFile", {"status": 500}), ("download", {"drop": "before"})):
            page.api.fail(method, description=f"told {TOKEN}", **fault)
            response = await page.get(media)
            said += response.content + repr(response.headers).encode()
        with pytest.raises(httpx.RemoteProtocolError):
            await page.get(page.keep("documents/file_2.pdf", b"x" * 300_000, whole=False))
        channel_runtimes = logged.getvalue()
    assert "a file cannot be passed on" in channel_runtimes
    for secret in (TOKEN, TOKEN.partition(":")[2], SECRET, token_of(links.link(media))):
        assert secret not in channel_runtimes
        assert secret.encode() not in said


# --- recordings of answers --------------------------------------------------------------------------------------------


async def test_a_recording_of_an_answer_can_be_opened_by_its_link(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path, zalo_bot_token="1:x", public_url=URL, webhook_secret=SECRET)
    handed_out = media_links(settings, lambda: NOW)
    assert handed_out is not None
    (tmp_path / "content/audio/hmn").mkdir(parents=True)
    (tmp_path / "content/audio/hmn/emergency.mp3").write_bytes(mp3())
    (tmp_path / "secret.ogg").write_bytes(b"secret")
    nothing = cast("Any", SimpleNamespace())
    app = application([], nothing, nothing, nothing, lambda: None, [RecordingSource(tmp_path, handed_out)])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        found = await client.get(handed_out.link("recording:hmn/emergency.mp3") or "")
        assert (found.status_code, found.content, found.headers["content-type"]) == (200, mp3(), "audio/mpeg")
        assert found.headers["content-disposition"] == 'inline; filename="hmn-emergency.mp3"'
        for name in ("hmn/gone.mp3", "../../secret.ogg", "hmn/../../../secret.ogg", ""):
            assert (await client.get(handed_out.link(f"recording:{name}") or "")).status_code == 404


@pytest.mark.parametrize(
    ("values", "hearing"),
    [
        ({"telegram_token": TOKEN, "zalo_bot_token": "1:x"}, {"telegram"}),
        (
            {"telegram_token": TOKEN, "zalo_bot_token": "1:x", "public_url": URL, "webhook_secret": SECRET},
            {"telegram", "zalo-bot"},
        ),
    ],
)
def test_recordings_are_played_as_voice_or_where_there_is_an_address_for_links(values: Any, hearing: set[str]) -> None:
    assert hearing_channels(Settings(_env_file=None, **values)) == hearing


# --- how it is put together -------------------------------------------------------------------------------------------


async def test_links_are_handed_out_where_there_is_a_public_address_and_telegram() -> None:
    store = SqliteStore(":memory:")
    both = {"telegram_token": TOKEN, "zalo_bot_token": "1:x"}
    public = {"public_url": URL, "webhook_secret": SECRET}
    cases: list[tuple[dict[str, Any], bool]] = [
        ({**both, **public}, True),
        (both, False),
        ({"zalo_bot_token": "1:x", **public}, False),
    ]
    for values, linked in cases:
        settings = Settings(_env_file=None, **values)
        found = {line.channel.name: cast("Any", line.channel) for line in channel_runtimes(settings, store, lambda: NOW)}
        assert (found["zalo-bot"]._sending._link(PHOTO) is not None) == linked
        if "telegram" in found:
            assert (found["telegram"].links is not None) == linked
        for channel in found.values():
            await channel.close()
    store.close()
