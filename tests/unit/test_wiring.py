"""The composition root: what the settings name is put together, nothing keeps what was swapped, and commands load little."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.announcements.entering import kept_as
from bot.channels.registry import PAGE, set_up
from bot.cli.web import alone, owners_code
from bot.engine import build_engine
from bot.errors import SettingsError
from bot.model import Address, Incoming
from bot.service.wiring import Service, announcing_apps, service, staff_chat
from bot.settings import Settings, secrets_in
from bot.stores.sqlite.store import SqliteStore

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
EVERYTHING: dict[str, object] = {
    "telegram_token": "123:telegram",
    "webhook_secret": "secret-of-webhooks",
    "zalo_bot_token": "456:zalo-bot",
    "zalo_oa_app_id": "1",
    "zalo_oa_app_secret": "secret-of-the-app",
    "zalo_oa_secret": "secret-of-the-oa",
    "public_url": "https://loaban.example",
}
NOTHING: dict[str, object] = {name: None if "id" not in name and "url" not in name else "" for name in EVERYTHING}


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    opened = SqliteStore(":memory:")
    yield opened
    opened.close()


def settings(tiny_home: Path, cache: Path, **given: object) -> Settings:
    return Settings(home=tiny_home, cache=cache, lang="vi", **{**NOTHING, **given})  # type: ignore[arg-type]


async def put_together(given: Settings, store: SqliteStore) -> Service:
    return service(given, store, lambda: NOW)


async def close(parts: Service) -> None:
    for runtime, _ in parts.channels:
        await runtime.close()


@pytest.mark.parametrize(
    ("given", "polled"),
    [
        ({"telegram_token": "123:x"}, {"telegram": True}),
        ({"telegram_token": "123:x", "zalo_bot_token": "1:y"}, {"telegram": True, "zalo-bot": True}),
        (EVERYTHING, {"telegram": False, "zalo-bot": False, "zalo-oa": False}),
    ],
)
async def test_every_channel_that_is_set_up_gets_replies_and_announcements(
    tiny_home: Path, cache: Path, store: SqliteStore, given: dict[str, object], polled: dict[str, bool]
) -> None:
    parts = await put_together(settings(tiny_home, cache, **given), store)
    assert {runtime.channel.name: runtime.polled is not None for runtime, _ in parts.channels} == polled
    assert parts.leads == {}, "a file is one process's"
    assert [[type(sender).__name__ for sender in senders] for _, senders in parts.channels] == [
        ["ReplySender", "AnnouncementSender"]
    ] * len(polled)
    await close(parts)


async def test_without_a_channel_nothing_is_put_together(tiny_home: Path, cache: Path, store: SqliteStore) -> None:
    with pytest.raises(SettingsError, match="no channel is set up"):
        await put_together(settings(tiny_home, cache), store)


async def test_a_page_alone_is_enough_and_is_seen_in_health_and_figures(
    tiny_home: Path, cache: Path, store: SqliteStore
) -> None:
    parts = await put_together(settings(tiny_home, cache, web_listen="127.0.0.1:8081"), store)
    assert parts.page is not None
    assert (parts.channels, parts.page.listen) == ([], "127.0.0.1:8081")
    transport = httpx.ASGITransport(parts.web)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        assert (await client.get("/healthz")).json()["channels"] == {"web": {"by": "page", "open": 0}}
        assert "loaban_open_pages 0.0" in (await client.get("/metrics")).text
        assert (await client.post("/web")).status_code == 404, "nothing of it stands where vendors come"


def test_whoever_tries_the_page_disturbs_no_vendor(tmp_path: Path) -> None:
    given = Settings(_env_file=None, **EVERYTHING)  # type: ignore[arg-type]
    tried = alone(given, "127.0.0.1:0", "127.0.0.1:0", tmp_path / "own.db")
    assert (len(set_up(given)), set_up(tried), PAGE.is_set_up(tried)) == (3, [], True)
    assert (tried.db, tried.public_url, secrets_in(tried)) == (tmp_path / "own.db", "", ["secret-of-webhooks"])


def test_whoever_tries_the_console_gets_the_code_of_an_owner_who_stays_the_same(tmp_path: Path) -> None:
    tried = alone(Settings(_env_file=None, **NOTHING), "127.0.0.1:0", "127.0.0.1:0", tmp_path / "own.db")  # type: ignore[arg-type]
    codes = [owners_code(tried).replace(" ", "") for _ in range(2)]
    with closing(SqliteStore(tmp_path / "own.db")) as store, store.writing() as transaction:
        assert [one.role for one in transaction.all_staff()] == ["owner"]
        spent = [transaction.spend_login_code(kept_as(code), store.clock()) for code in codes]
    assert spent == [None, 1], "the last one given"


async def test_the_console_is_served_beside_the_page_under_a_name_of_its_own(
    tiny_home: Path, cache: Path, store: SqliteStore
) -> None:
    both = {"web_listen": "127.0.0.1:8081", "console_listen": "127.0.0.1:8082"}
    parts = await put_together(settings(tiny_home, cache, **both), store)
    assert parts.console is not None
    assert parts.console.listen == "127.0.0.1:8082"
    assert (await put_together(settings(tiny_home, cache, web_listen="127.0.0.1:8081"), store)).console is None
    one_name = {"web_url": "https://hoi.example.vn", "console_url": "https://hoi.example.vn"}
    for wrong in ({**both, **one_name}, {**both, "console_listen": "0.0.0.0:8082"}):
        with pytest.raises(SettingsError, match="LOABAN_CONSOLE_URL"):
            await put_together(settings(tiny_home, cache, **wrong), store)


async def test_where_announcements_can_be_got_is_told_with_what_opens_it() -> None:
    given = Settings(_env_file=None, **{**EVERYTHING, "telegram_name": "loaban_bot"})  # type: ignore[arg-type]
    apps = announcing_apps(given)
    assert apps == (("Telegram", "https://t.me/loaban_bot"), ("Zalo Bot", ""), ("Zalo Official Account", ""))
    assert announcing_apps(Settings(_env_file=None, **{**NOTHING, "web_listen": "127.0.0.1:8081"})) == ()  # type: ignore[arg-type]


async def test_nobody_keeps_what_was_served_before(tiny_home: Path, cache: Path, store: SqliteStore) -> None:
    """There is one holder. Whoever kept a copy would go on with the words, names or office hours of yesterday."""
    given = settings(tiny_home, cache, **EVERYTHING)
    parts = await put_together(given, store)
    before = weakref.ref(parts.current.get().engine), weakref.ref(parts.current.get().require_staff_chat())
    resident = Address("telegram", "7")
    await asyncio.to_thread(parts.handle, [Incoming("1", resident, "/start", NOW)])
    engine = build_engine(given)
    parts.current.swap(engine, staff_chat(given, engine))
    await asyncio.to_thread(parts.handle, [Incoming("2", resident, "/menu", NOW)])
    gc.collect()
    assert [one() for one in before] == [None, None]
    assert len(store.due_replies("telegram")) > 1
    await close(parts)


def test_no_secret_of_the_settings_is_forgotten_where_log_lines_are_cleaned(tiny_home: Path, cache: Path) -> None:
    given = settings(tiny_home, cache, **EVERYTHING)
    secret = [name for name, info in Settings.model_fields.items() if "SecretStr" in str(info.annotation)]
    assert sorted(secrets_in(given)) == sorted(str(EVERYTHING[name]) for name in secret)


@pytest.mark.parametrize("module", ["bot.service.wiring", "bot.service.heartbeat", "bot.cli.command_context", "bot.cli.root"])
def test_a_command_loads_nothing_that_only_the_service_needs(home: Path, module: str) -> None:
    heavy = ("telegram", "httpx", "starlette", "uvicorn", "prometheus_client", "watchfiles", "bot.matching.matcher")
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=home, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
