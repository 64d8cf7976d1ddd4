"""Every error of ours has one root, and what libraries raise becomes one of ours where it is called.

That the tree at the top of bot/errors.py is true, and that no error of a library was forgotten, is looked up, not believed.
"""

from __future__ import annotations

import ast
import asyncio
import errno
import fcntl
import importlib
import re
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import telegram.error
from starlette.applications import Starlette
from telegram.error import TelegramError

from bot import errors
from bot.channels.telegram.errors import telegram_error
from bot.channels.telegram.files import TelegramFiles
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_oa.oauth import OAuthClient
from bot.delivery.pause import Pause
from bot.errors import LoabanError, Refusal, SendError, SettingsError, StoreError, StoreFault
from bot.model import Address, Reply
from bot.ports import Figures, Outgoing
from bot.stores.sqlite.reading import reading
from bot.stores.sqlite.store import SqliteStore, last_beat
from bot.web.health_check import HealthCheck
from bot.web.server import serve_http
from tests.unit.test_architecture import modules

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def tree() -> dict[str, str]:
    """Name → parent, as it is drawn at the top of bot/errors.py; "" for the root."""
    found: dict[str, str] = {}
    way: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        drawn = re.match(r"([│├└─ ]*)([A-Z]\w+)(?:  |$)", line)
        if drawn:
            depth = len(drawn[1]) // 4
            way[depth:] = [drawn[2]]
            found[drawn[2]] = way[depth - 1] if depth else ""
    return found


def of_ours(home: Path) -> list[type[BaseException]]:
    """Every exception class that a module of ours defines."""
    for name in modules(home):
        if name != "bot.__main__":
            importlib.import_module(name)

    def below(kind: type[BaseException]) -> Iterator[type[BaseException]]:
        for one in type.__subclasses__(kind):
            yield one
            yield from below(one)

    return [one for one in {*below(BaseException)} if one.__module__.partition(".")[0] == "bot"]


def test_the_tree_that_is_drawn_is_the_tree_that_is(home: Path) -> None:
    public = [one for one in of_ours(home) if not one.__name__.startswith("_")]
    assert {one.__name__: one.__base__.__name__ for one in public if one.__base__} == {
        name: parent or "Exception" for name, parent in tree().items()
    }
    assert all(issubclass(one, LoabanError) for one in public)


def test_a_private_exception_never_leaves_its_module(home: Path) -> None:
    """It is caught where it is defined, and nobody else can name it."""
    private = [one for one in of_ours(home) if one.__name__.startswith("_")]
    assert private, "nothing is proved"
    sources = {name: ast.parse(path.read_text("utf-8")) for name, path in modules(home).items()}
    for one in private:
        handlers = [node for node in ast.walk(sources[one.__module__]) if isinstance(node, ast.ExceptHandler)]
        assert any(node.type and one.__name__ in ast.unparse(node.type) for node in handlers), one
        elsewhere = [name for name, tree in sources.items() if name != one.__module__ and one.__name__ in ast.dump(tree)]
        same_name = [name for name in elsewhere if any(one.__name__ == other.__name__ for other in private)]
        assert elsewhere == same_name, one


def test_every_error_says_what_it_means(home: Path) -> None:
    undocumented = [one.__name__ for one in of_ours(home) if not one.__doc__]
    assert undocumented == []


# --- Telegram ---------------------------------------------------------------------------------------------------------

TELEGRAM: dict[type[TelegramError], tuple[TelegramError, str]] = {
    telegram.error.TelegramError: (TelegramError("?"), "unreachable"),
    telegram.error.NetworkError: (telegram.error.NetworkError("?"), "unreachable"),
    telegram.error.TimedOut: (telegram.error.TimedOut(), "unreachable"),
    telegram.error.BadRequest: (telegram.error.BadRequest("?"), "refused"),
    telegram.error.Forbidden: (telegram.error.Forbidden("blocked"), "refused-person"),
    telegram.error.ChatMigrated: (telegram.error.ChatMigrated(7), "refused-person"),
    telegram.error.RetryAfter: (telegram.error.RetryAfter(7), "throttled"),
    telegram.error.InvalidToken: (telegram.error.InvalidToken(), "token"),
    telegram.error.Conflict: (telegram.error.Conflict("?"), "setup"),
    telegram.error.EndPointNotFound: (telegram.error.EndPointNotFound("?"), "setup"),
    telegram.error.PassportDecryptionError: (telegram.error.PassportDecryptionError("?"), "setup"),
}


def test_somebody_thought_about_every_error_of_telegrams_library() -> None:
    there = {one for one in vars(telegram.error).values() if isinstance(one, type) and issubclass(one, TelegramError)}
    assert there == TELEGRAM.keys()
    assert {kind: telegram_error(error).reason for kind, (error, _) in TELEGRAM.items()} == {
        kind: reason for kind, (_, reason) in TELEGRAM.items()
    }


# --- httpx ------------------------------------------------------------------------------------------------------------

# Whoever reads a response twice, or lets cookies with one name meet, has a bug: no network does that.
MISUSE = {
    httpx.CookieConflict,
    httpx.StreamError,
    httpx.StreamConsumed,
    httpx.StreamClosed,
    httpx.ResponseNotRead,
    httpx.RequestNotRead,
}
HTTPX = sorted(
    (
        one
        for one in vars(httpx).values()
        if isinstance(one, type) and issubclass(one, Exception) and one not in MISUSE and one is not httpx.HTTPStatusError
    ),
    key=lambda one: one.__name__,
)


async def call_zalo_bot(store: SqliteStore) -> None:
    channel = ZaloBotChannel("1:a", api="http://127.0.0.1:1/bot", poll_seconds=1, pause=Pause(store, "zalo-bot", lambda: NOW))
    try:
        await channel.send(Outgoing(1, Address("zalo-bot", "7"), Reply("Chào bà con."), 0, NOW))
    finally:
        await channel.close()


async def call_zalo_oauth(store: SqliteStore) -> None:
    client = OAuthClient("1", "secret", "http://127.0.0.1:1", lambda: NOW)
    try:
        await client.refreshed("old")
    finally:
        await client.close()


async def call_telegram_files(store: SqliteStore) -> None:
    files = TelegramFiles(_KnownFile(), Pause(store, "telegram", lambda: NOW), "1:a", "http://127.0.0.1:1/bot")  # type: ignore[arg-type]
    try:
        async with files.open("telegram:photo:AgAC"):
            pass
    finally:
        await files.close()


class _KnownFile:
    """A client that knows where the file lies, so that only the download can fail."""

    async def file(self, file_id: str) -> dict[str, object]:
        return {"file_path": "photo.jpg", "file_size": 10}


@pytest.mark.parametrize("call", [call_zalo_bot, call_zalo_oauth, call_telegram_files])
@pytest.mark.parametrize("kind", HTTPX, ids=lambda kind: kind.__name__)
async def test_every_trouble_of_httpx_becomes_a_failure_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, kind: Callable[[str], Exception], call: Callable[[SqliteStore], Any]
) -> None:
    async def fail(*_: object) -> None:
        raise kind("http://127.0.0.1/bot1:a is in trouble")

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", fail)
    store = SqliteStore(":memory:")
    try:
        with pytest.raises(SendError) as caught:
            await call(store)
    finally:
        store.close()
    assert "1:a" not in str(caught.value), "nor does it tell the token"
    assert caught.value.__cause__ is None


# --- the database -----------------------------------------------------------------------------------------------------

SQLITE = [one for one in vars(sqlite3).values() if isinstance(one, type) and issubclass(one, sqlite3.Error)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "loaban.db", busy=0.1)
    yield opened
    opened.close()


@pytest.mark.parametrize("kind", SQLITE, ids=lambda kind: kind.__name__)
def test_every_error_of_the_database_becomes_ours(store: SqliteStore, kind: type[sqlite3.Error]) -> None:
    of_the_disk = kind("broken")
    of_the_disk.sqlite_errorcode = sqlite3.SQLITE_IOERR
    with pytest.raises(StoreError, match="cannot be written"), store.writing():
        raise of_the_disk
    with pytest.raises(StoreFault), store.writing():
        raise kind("broken")
    with store.writing() as transaction:
        assert transaction.all_staff() == [], "and it can be used again"


def test_a_database_that_cannot_be_opened_or_read_is_an_error_of_ours(tmp_path: Path) -> None:
    junk = tmp_path / "junk.db"
    junk.write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreError, match="LOABAN_DB"):
        SqliteStore(tmp_path)
    with pytest.raises(StoreError, match="LOABAN_DB"):
        SqliteStore(tmp_path / "nowhere" / "loaban.db")
    with pytest.raises(Refusal, match="LOABAN_DB"):
        SqliteStore(junk)
    for path, kind in ((junk, Refusal), (tmp_path / "none.db", StoreError)):
        with pytest.raises(kind, match="LOABAN_DB"):
            last_beat(path, "run")
        with pytest.raises(kind, match="LOABAN_DB"), reading(path) as records:
            records.kept_questions(None, None)


def test_a_file_system_without_locks_is_an_error_of_ours(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", refuse)
        with pytest.raises(StoreError, match="cannot be locked"), store.writing():
            pass


def test_a_disk_that_went_is_an_error_of_ours(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", gone)
        with pytest.raises(StoreError, match="disk"):
            store.room()


def test_health_says_that_it_fails_where_the_disk_went() -> None:
    def gone() -> int:
        raise StoreError("the disk went")

    health = HealthCheck(
        now=lambda: NOW,
        tick_age=lambda: 0.0,
        prove=lambda: None,
        figures=lambda: Figures({}, {}, 0.0),
        room=gone,
        floor=0,
        sqlite="3",
        content=dict,
        channels={},
        motion={},
    )
    well, shown = health.check()
    assert (well, shown["status"], shown["store_writable"]) == (False, "failing", False)


# --- the port ---------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def taken_port() -> AsyncIterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


async def test_a_port_that_cannot_be_had_is_a_matter_of_the_settings() -> None:
    async with taken_port() as port:
        with pytest.raises(SettingsError, match="LOABAN_LISTEN"):
            await serve_http(Starlette(), "127.0.0.1", port, asyncio.Event())
