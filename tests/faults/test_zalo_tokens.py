"""Refresh tokens work once: what two askers, two processes, a full disk and a kill at the worst moment make of that."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.zalo_oa import oauth
from bot.channels.zalo_oa.tokens import TokenRefresher
from bot.errors import SendError, SettingsError, StoreError
from bot.model import Address, TokenPair
from bot.ports import Store
from bot.stores.sqlite.store import SqliteStore
from tests.stubs.zalo_oa import TOKENS, ZaloOa

NAME = "zalo-oa"
LAPSE = timedelta(seconds=1)

# A process that asks for an access token and prints it. With "die" it is gone the moment after the new pair is stored.
ASKER = """
import asyncio, os, sys
from datetime import timedelta
from bot.channels.zalo_oa.tokens import TokenRefresher
from bot.stores.sqlite.store import SqliteStore

path, address, app_id, secret, die = sys.argv[1:]

class Dying(SqliteStore):
    def writing(self, touching=None):
        class Block:
            def __enter__(block):
                block.inner = super(Dying, self).writing(touching)
                block.transaction = block.inner.__enter__()
                block.before = block.transaction.tokens("zalo-oa")
                return block.transaction
            def __exit__(block, *error):
                saved = block.transaction.tokens("zalo-oa") != block.before
                block.inner.__exit__(*error)
                if saved:
                    os._exit(9)
        return Block()

async def main():
    store = (Dying if die == "die" else SqliteStore)(path)
    keeper = TokenRefresher(store, app_id=app_id, app_secret=secret, oauth=address)
    print("ready", flush=True)
    sys.stdin.readline()
    print(await keeper.access(), flush=True)
    await keeper.close()

asyncio.run(main())
"""


@pytest.fixture
async def zalo() -> AsyncIterator[ZaloOa]:
    async with ZaloOa() as running:
        yield running


def keep(store: Store, zalo: ZaloOa, *, left: timedelta) -> None:
    """The pair that Zalo takes now, with so much of its time left."""
    with store.writing() as transaction:
        transaction.save_tokens(NAME, TokenPair(zalo.access, zalo.refresh, datetime.now(UTC) + left))


def kept(store: Store) -> tuple[str, str] | None:
    with store.writing() as transaction:
        pair = transaction.tokens(NAME)
    return (pair.access, pair.refresh) if pair else None


def keeper_on(zalo: ZaloOa, store: Store, **more: Any) -> TokenRefresher:
    given = {"app_id": zalo.app_id, "app_secret": zalo.app_secret, "oauth": zalo.address, "lapse": LAPSE}
    return TokenRefresher(store, **{**given, **more})


@asynccontextmanager
async def keeping(zalo: ZaloOa, store: Store, **more: Any) -> AsyncIterator[TokenRefresher]:
    keeper = keeper_on(zalo, store, **more)
    try:
        yield keeper
    finally:
        await keeper.close()


@asynccontextmanager
async def asker(zalo: ZaloOa, path: Path, die: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that is ready and asks when it gets a line."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ASKER, str(path), zalo.address, zalo.app_id, zalo.app_secret, die),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent.parent.parent,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def answer(process: asyncio.subprocess.Process) -> str:
    output, _ = await process.communicate(b"\n")
    return output.decode().strip()


class Refusing(SqliteStore):
    """A disk that is full where a pair is to be stored, `faults` times."""

    faults = 0

    def writing(self, touching: Collection[Address] | None = None) -> Any:
        return _Block(self, super().writing(touching))


class _Block:
    def __init__(self, store: Refusing, inner: Any) -> None:
        self._store = store
        self._inner = inner

    def __enter__(self) -> Any:
        self._transaction = self._inner.__enter__()
        self._before = self._transaction.tokens(NAME)
        return self._transaction

    def __exit__(self, *error: Any) -> Any:
        if self._store.faults and self._transaction.tokens(NAME) != self._before:
            self._store.faults -= 1
            full = StoreError("the disk is full")
            try:
                self._inner.__exit__(StoreError, full, None)
            finally:
                raise full
        return self._inner.__exit__(*error)


# --- when it is renewed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "renewals"), [(11, 0), (9, 1), (-60, 1)])
async def test_a_token_is_renewed_shortly_before_its_end(zalo: ZaloOa, store: SqliteStore, minutes: int, renewals: int) -> None:
    keep(store, zalo, left=timedelta(minutes=minutes))
    async with keeping(zalo, store) as keeper:
        assert [await keeper.access() for _ in range(3)] == [zalo.access] * 3
    assert zalo.renewals == renewals
    assert kept(store) == (zalo.access, zalo.refresh)


async def test_many_who_ask_at_once_renew_once(zalo: ZaloOa, store: SqliteStore) -> None:
    keep(store, zalo, left=timedelta(0))
    async with keeping(zalo, store) as keeper:
        stale = zalo.access
        got = await asyncio.gather(*(keeper.access() for _ in range(20)), *(keeper.renew(stale) for _ in range(20)))
    assert set(got) == {zalo.access}
    assert zalo.renewals == 1


async def test_every_pair_is_bought_with_the_one_before(zalo: ZaloOa, store: SqliteStore) -> None:
    keep(store, zalo, left=timedelta(hours=25))
    async with keeping(zalo, store) as keeper:
        token = await keeper.access()
        for _ in range(5):
            token = await keeper.renew(token)
    assert (zalo.renewals, token) == (5, zalo.access)


async def test_a_token_that_still_works_is_used_while_no_new_one_can_be_had(zalo: ZaloOa, store: SqliteStore) -> None:
    keep(store, zalo, left=timedelta(minutes=5))
    zalo.fail(path=TOKENS, status=503, raw=b"")
    async with keeping(zalo, store) as keeper:
        assert await keeper.access() == zalo.access
        assert await keeper.access() == zalo.access
    assert len(zalo.calls_of(TOKENS)) == 1  # not with every message


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[]", b"[" * 50_000])
async def test_an_answer_that_is_none_is_worth_another_try(zalo: ZaloOa, store: SqliteStore, raw: bytes) -> None:
    keep(store, zalo, left=timedelta(0))
    zalo.fail(path=TOKENS, raw=raw)
    async with keeping(zalo, store) as keeper:
        with pytest.raises(SendError) as caught:
            await keeper.access()
        assert caught.value.reason == "unreachable"
        assert await keeper.access() == zalo.access


@pytest.mark.parametrize(
    "expires_in", ["", "soon", "-5", "0", "9" * 50, "9" * 5000, None, [], 90000, "90000", "٣"], ids=lambda value: str(value)[:9]
)
async def test_a_pair_is_not_lost_for_an_odd_life_time(zalo: ZaloOa, store: SqliteStore, expires_in: object) -> None:
    assert timedelta(hours=1) <= oauth._life(expires_in) <= timedelta(days=90)


@pytest.mark.parametrize("secret", ["", "has space", "line\nbreak", "chữ"])
def test_a_secret_key_that_cannot_be_one_is_refused_and_not_quoted(zalo: ZaloOa, store: SqliteStore, secret: str) -> None:
    with pytest.raises(SettingsError) as caught:
        keeper_on(zalo, store, app_secret=secret)
    assert "LOABAN_ZALO_OA_APP_SECRET" in str(caught.value)
    assert not secret or secret not in str(caught.value)


async def test_a_spent_token_asks_for_a_login_and_goes_on_after_it(zalo: ZaloOa, store: SqliteStore) -> None:
    with store.writing() as transaction:
        transaction.save_tokens(NAME, TokenPair("access-x", "refresh-x", datetime.now(UTC)))
    async with keeping(zalo, store) as keeper:
        with pytest.raises(SendError) as caught:
            await keeper.access()
        assert caught.value.reason == "token"
        assert "loaban zalo-oa login" in str(caught.value)
        assert "-14014" in str(caught.value)
        assert "refresh-x" not in str(caught.value)
        keep(store, zalo, left=timedelta(hours=25))
        assert await keeper.access() == zalo.access


async def test_a_login_during_a_renewal_wins(zalo: ZaloOa, store: SqliteStore) -> None:
    """Both pairs may work; the one that somebody has just agreed to is kept."""
    keep(store, zalo, left=timedelta(0))
    zalo.latency = 0.3
    async with keeping(zalo, store) as keeper:
        asking = asyncio.create_task(keeper.access())
        await zalo.until(lambda: zalo.renewals == 1)
        with store.writing() as transaction:
            transaction.save_tokens(NAME, TokenPair("access-login", "refresh-login", datetime.now(UTC) + timedelta(hours=25)))
        assert await asking == "access-login"
    assert kept(store) == ("access-login", "refresh-login")


# --- two processes ----------------------------------------------------------------------------------------------------


async def test_two_processes_at_once_renew_once(zalo: ZaloOa, store: SqliteStore, database: Path) -> None:
    keep(store, zalo, left=timedelta(0))
    zalo.latency = 0.5
    async with asker(zalo, database) as one, asker(zalo, database) as other:
        got = await asyncio.gather(answer(one), answer(other))
    assert list(got) == [zalo.access] * 2
    assert zalo.renewals == 1
    assert len(zalo.calls_of(TOKENS)) == 1


async def test_what_another_process_renewed_is_used_without_asking_zalo(
    zalo: ZaloOa, store: SqliteStore, database: Path
) -> None:
    keep(store, zalo, left=timedelta(hours=25))
    async with keeping(zalo, store) as keeper:
        stale = await keeper.access()
        other_store = SqliteStore(database)
        async with keeping(zalo, other_store) as other:
            await other.renew(stale)
        other_store.close()
        assert await keeper.renew(stale) == zalo.access
    assert zalo.renewals == 1


# --- the worst moments ------------------------------------------------------------------------------------------------


async def test_a_crash_right_after_storing_loses_nothing(zalo: ZaloOa, store: SqliteStore, database: Path) -> None:
    keep(store, zalo, left=timedelta(0))
    async with asker(zalo, database, "die") as process:
        assert await answer(process) == ""
        assert process.returncode == 9
    async with keeping(zalo, store) as keeper:
        assert await keeper.access() == zalo.access
        assert await keeper.renew(zalo.access) == zalo.access  # and its refresh token buys the next
    assert zalo.renewals == 2


async def test_a_crash_before_zalo_was_asked_only_delays(zalo: ZaloOa, store: SqliteStore, database: Path) -> None:
    keep(store, zalo, left=timedelta(0))
    zalo.fail(path=TOKENS, delay=30)
    async with asker(zalo, database) as process:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        await zalo.until(lambda: len(zalo.calls_of(TOKENS)) == 1)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with keeping(zalo, store) as keeper:
        assert await keeper.access() == zalo.access
    assert zalo.renewals == 1


async def test_a_crash_between_answer_and_storing_asks_for_a_login(zalo: ZaloOa, store: SqliteStore, database: Path) -> None:
    """Nothing can help here: the old token is spent, and nobody has the new one. It is said, and a login mends it."""
    keep(store, zalo, left=timedelta(0))
    zalo.latency = 30
    async with asker(zalo, database) as process:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        await zalo.until(lambda: zalo.renewals == 1)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with keeping(zalo, store) as keeper:
        with pytest.raises(SendError) as caught:
            await keeper.access()
        assert caught.value.reason == "token"
        assert "loaban zalo-oa login" in str(caught.value)


async def test_a_full_disk_after_the_renewal_loses_nothing(zalo: ZaloOa, database: Path) -> None:
    store = Refusing(database)
    keep(store, zalo, left=timedelta(0))
    store.faults = 2
    async with keeping(zalo, store) as keeper:
        for _ in range(2):
            with pytest.raises(SendError) as caught:
                await keeper.access()
            assert caught.value.reason == "unreachable"  # and the new pair is not used before it is stored
        assert await keeper.access() == zalo.access
    assert kept(store) == (zalo.access, zalo.refresh)
    assert zalo.renewals == 1
    store.close()


async def test_a_pair_that_could_not_be_stored_is_stored_at_the_end(zalo: ZaloOa, database: Path) -> None:
    store = Refusing(database)
    keep(store, zalo, left=timedelta(0))
    store.faults = 1
    async with keeping(zalo, store) as keeper:
        with pytest.raises(SendError):
            await keeper.access()
    assert kept(store) == (zalo.access, zalo.refresh)
    store.close()


async def test_a_disk_that_is_full_before_is_seen_before_the_token_is_spent(
    zalo: ZaloOa, store: SqliteStore, database: Path
) -> None:
    keep(store, zalo, left=timedelta(0))
    async with keeping(zalo, store) as keeper:
        store.close()
        with pytest.raises(SendError) as caught:
            await keeper.access()
        assert caught.value.reason == "unreachable"
    assert zalo.calls == []


async def test_nobody_who_gives_up_waiting_stops_the_renewal(zalo: ZaloOa, store: SqliteStore) -> None:
    keep(store, zalo, left=timedelta(0))
    zalo.latency = 0.2
    async with keeping(zalo, store) as keeper:
        asking = asyncio.create_task(keeper.access())
        await zalo.until(lambda: zalo.renewals == 1)
        asking.cancel()
        await asyncio.wait({asking})
    assert kept(store) == (zalo.access, zalo.refresh)


# --- whose turn it is -------------------------------------------------------------------------------------------------


def test_a_claim_to_renew_holds_until_it_lapses_or_is_given_up(store: SqliteStore) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)

    def claim(seconds: float) -> bool:
        with store.writing() as transaction:
            return transaction.claim_renewal(NAME, now + timedelta(seconds=seconds), lapse=timedelta(seconds=30))

    with store.writing() as transaction:
        assert transaction.tokens(NAME) is None
        transaction.save_tokens(NAME, TokenPair("a", "r", now))
    assert [claim(0), claim(29), claim(30), claim(31)] == [True, False, True, False]
    assert claim(-3600)  # the clock was turned back
    with store.writing() as transaction:
        transaction.drop_renewal(NAME)
    assert claim(-3599)
    with store.writing() as transaction:
        transaction.save_tokens(NAME, TokenPair("b", "s", now))
    assert claim(-3598)
    assert kept(store) == ("b", "s")
