"""Three replicas on one PostgreSQL are killed, stopped and put to sleep while a vendor throttles and loses answers; and the
server itself is killed under load. Nobody is lost, and whoever may have got something twice is marked.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from bot.delivery.announcements import IN_FLIGHT
from bot.delivery.limiter import CATCH_UP
from bot.errors import StoreError
from bot.model import Address, Incoming, Reply
from bot.stores.postgres.store import PostgresStore
from tests import postgres
from tests.announcing import announce, subscribe
from tests.faults.echo_app import effect
from tests.faults.replica_processes import Replica, replicas
from tests.faults.worst_hour.machine import fill, small_disk
from tests.stubs.bot_api import BotApi, Call, Fault
from tests.waiting import PATIENCE

EVENTS = max(3, int(os.environ.get("FAULTS_KILLS", "0")))
RATE = 100
RECIPIENTS = 200 * EVENTS
ASKING = 20  # residents who are answered meanwhile
SILENCE = 1  # seconds that a 429 asks for
ON_THE_WIRE = 0.3  # seconds; calls that had left before the 429 came
ASLEEP = 4.0  # seconds, longer than a lead and a lease


@pytest.fixture
def url() -> str:
    return postgres.emptied()


@dataclass
class Vendor:
    """What goes wrong with a call, by its chat and by chance."""

    chance: random.Random
    blocked: set[int]
    lost: Counter[int] = field(default_factory=Counter)
    silences: list[tuple[float, float]] = field(default_factory=list)
    calls: int = 0

    def __call__(self, call: Call) -> Fault | None:
        if call.method != "sendMessage" or call.chat is None:
            return None
        self.calls += 1
        if self.calls % 400 == 0:
            self.silences.append((call.at, call.at + SILENCE))
        if self.silences and call.at < self.silences[-1][1]:
            return _fault(429, "Too Many Requests: retry later", {"retry_after": SILENCE})
        if call.chat in self.blocked:
            return _fault(403, "Forbidden: bot was blocked by the user", {})
        if self.chance.random() < 0.005:
            self.lost[call.chat] += 1
            return Fault("sendMessage", None, 1, None, "", {}, 0.0, "after")
        return None


def _fault(status: int, description: str, parameters: dict[str, int]) -> Fault:
    return Fault("sendMessage", None, 1, status, description, parameters, 0.0, None)


def ask(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(sql.encode()).fetchall()


def unfinished(url: str) -> int:
    sql = "SELECT (SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending')) + (SELECT count(*) FROM replies)"
    return int(str(ask(url, sql)[0][0]))


async def afflict(one: Replica, how: str) -> None:
    if how == "asleep":
        one.signal(signal.SIGSTOP)
        await asyncio.sleep(ASLEEP)
        one.signal(signal.SIGCONT)
        return
    one.signal(signal.SIGKILL if how == "killed" else signal.SIGTERM)
    await one.ended()
    await one.start()


async def test_three_replicas_that_are_killed_stopped_and_put_to_sleep_lose_nobody(url: str, tmp_path: Path) -> None:
    chance = random.Random(20261201)
    people = list(range(1, RECIPIENTS + 1))
    vendor = Vendor(chance, set(chance.sample(people, RECIPIENTS * 8 // 100)))
    store = PostgresStore(url)
    subscribe(store, RECIPIENTS)
    announce(store, now=datetime.now(UTC), must=True)
    asked: list[tuple[int, str]] = []
    async with BotApi(latency=0.03) as api:
        api.chaos = vendor
        for chat in (*people, *range(RECIPIENTS + 1, RECIPIENTS + 1 + ASKING)):
            api.chat(chat)
        async with replicas(api, url, tmp_path, RATE) as three:
            for event in range(EVENTS):
                before = len(api.sent)
                await api.until(lambda before=before: len(api.sent) > before + 30)  # type: ignore[misc]
                for _ in range(ASKING):
                    chat = RECIPIENTS + 1 + len(asked) % ASKING
                    with store.writing([who := Address("telegram", str(chat))]) as transaction:
                        transaction.queue(who, [Reply(f"answer {len(asked)}")], store.clock())
                    asked.append((chat, f"answer {len(asked)}"))
                hit = next((one for one in three if one.leads()), three[event % 3])
                await afflict(hit, ("killed", "asleep", "stopped")[event % 3])
            async with asyncio.timeout(120):
                while await asyncio.to_thread(unfinished, url):  # noqa: ASYNC110 - other processes finish
                    await asyncio.sleep(0.2)
    store.close()
    marked = {int(str(user)) for (user,) in ask(url, 'SELECT "user" FROM deliveries WHERE ambiguous > 0')}
    states = Counter(str(state) for (state,) in ask(url, "SELECT state FROM deliveries"))
    arrived = Counter(sent.chat for sent in api.sent if sent.chat <= RECIPIENTS)
    twice = {chat for chat, times in arrived.items() if times > 1}
    logs = "".join(one.log.read_text() for one in three)
    changes = logs.count("this process sends")  # on a busy machine also without a blow
    told = f"{len(twice)} twice, {len(marked)} marked, {len(vendor.silences)} 429s, {sum(vendor.lost.values())} answers lost"
    print(f"{RECIPIENTS} people, {EVENTS} blows: {dict(states)}, {told}")
    assert set(arrived) == set(people) - vendor.blocked, "nobody is lost"
    assert set(states) <= {"sent", "gone", "cancelled"}
    assert states["sent"] == RECIPIENTS - len(vendor.blocked), "of the blocked some stop in the middle of another try"
    assert twice <= marked, "whoever may have got it twice is marked"
    assert len(marked) <= changes * IN_FLIGHT + sum(vendor.lost.values())
    answers = [(sent.chat, sent.text) for sent in api.sent if sent.chat > RECIPIENTS]
    assert set(answers) == set(asked)
    assert len(answers) - len(set(answers)) <= changes * IN_FLIGHT, "no more than was in flight"
    for chat in range(RECIPIENTS + 1, RECIPIENTS + 1 + ASKING):
        theirs = list(dict.fromkeys(text for to, text in answers if to == chat))
        assert theirs == [text for to, text in asked if to == chat], "each chat in its order"
    assert_silence_kept(api, vendor)
    assert most_in_a_second([sent.at for sent in api.sent if sent.chat <= RECIPIENTS]) <= RATE + 1 + CATCH_UP + IN_FLIGHT
    assert "Traceback" not in logs
    assert changes > EVENTS // 2, "no blow hit who led: the test proves nothing"


def assert_silence_kept(api: BotApi, vendor: Vendor) -> None:
    assert vendor.silences, "no 429: the test proves nothing"
    for begin, end in vendor.silences:
        within = [call for call in api.calls_of("sendMessage") if begin + ON_THE_WIRE < call.at < end]
        assert within == [], "another replica did not heed the silence"


def most_in_a_second(moments: list[float]) -> int:
    moments = sorted(moments)
    first = most = 0
    for last, at in enumerate(moments):
        while at - moments[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


# --- polling -------------------------------------------------------------------------------------------------------------

ASKED = 40


async def test_of_replicas_that_poll_one_fetches_and_another_goes_on_where_it_ended(url: str, tmp_path: Path) -> None:
    asked: list[tuple[int, str]] = []

    def ask_all(api: BotApi) -> None:
        for _ in range(ASKED):
            chat = len(asked) % ASKING + 1
            api.write(chat, f"question {len(asked)}")
            asked.append((chat, f"answer to: question {len(asked)}"))

    async with BotApi(latency=0.02) as api, replicas(api, url, tmp_path, RATE) as three:
        for how in ("killed", "stopped", "asleep"):
            await api.until(lambda: any(one.leads() for one in three))
            leader = next(one for one in three if one.leads())
            ask_all(api)
            await api.until(lambda: len(api.sent) > len(asked) - ASKED + 3)
            hit = asyncio.create_task(afflict(leader, how))
            ask_all(api)
            await api.until(lambda: {(sent.chat, sent.text) for sent in api.sent} == set(asked))
            await hit
        conflicts = [call for call in api.calls_of("getUpdates") if call.status == 409]
        logs = [one.log.read_text() for one in three]
    effects = ask(url, """SELECT "user", data::json ->> 'topic' FROM sessions""")
    assert {int(str(who)): int(str(times)) for who, times in effects} == Counter(chat for chat, _ in asked), "one effect each"
    assert len(conflicts) <= 2, "the polls that the killed and the sleeping one had begun, and no others"
    assert sum("another process polls" in line for log in logs for line in log.splitlines()) <= 1, "the sleeping one, at most"
    assert sum(log.count("this process fetches") for log in logs) >= 4
    assert "Traceback" not in "".join(logs)


# --- the server itself -----------------------------------------------------------------------------------------------------

CHATS = 8
UPDATES = 400
CRASHES = 2


@pytest.fixture
def mortal() -> Iterator[postgres.Server]:
    """A server of its own, which may be killed."""
    server = postgres.Server(postgres.needed())
    yield server
    server.end()


def test_a_server_that_is_killed_under_load_and_comes_back_loses_and_doubles_nothing(mortal: postgres.Server) -> None:
    """As a vendor does, each update is brought again, to any replica, until it was acknowledged."""
    url = mortal.create("loaban")
    taken: list[int] = []
    refused: Counter[str] = Counter()
    left = iter(range(UPDATES))
    turn = threading.Lock()

    def bring(store: PostgresStore) -> None:
        while True:
            with turn:
                number = next(left, None)
            if number is None:
                return
            who = Address("telegram", str(number % CHATS))
            incoming = Incoming(str(number), who, str(number), datetime.now(UTC))
            while True:
                try:
                    with store.writing([who]) as transaction:
                        effect(transaction, incoming)
                except StoreError as error:
                    refused[str(error)[:60]] += 1
                    time.sleep(0.02)
                else:
                    taken.append(number)
                    break

    with ExitStack() as opened:
        stores = [PostgresStore(url, name=name, wait=5.0) for name in "abc"]
        for store in stores:
            opened.callback(store.close)
        threads = [threading.Thread(target=bring, args=(store,)) for store in stores for _ in range(2)]
        for thread in threads:
            thread.start()
        for crash in range(1, CRASHES + 1):
            while len(taken) < crash * UPDATES // (CRASHES + 2):
                time.sleep(0.005)
            os.kill(mortal.pid(), signal.SIGKILL)
            mortal.start_again()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        replies = stores[0].due_replies("telegram")
        effects = {who: store.session(Address("telegram", str(who))) for who in range(CHATS)}
    assert sorted(taken) == list(range(UPDATES))
    assert Counter(int(outgoing.reply.text.rsplit(" ", 1)[1]) for outgoing in replies) == Counter(range(UPDATES))
    counted = {who: int(session.topic or 0) if session else 0 for who, session in effects.items()}
    assert counted == {who: len(range(who, UPDATES, CHATS)) for who in range(CHATS)}, "one effect each"
    assert refused, "no crash hit a transaction: the test proves nothing"


# --- its disk --------------------------------------------------------------------------------------------------------------

SERVER_MB = 160  # an empty cluster takes forty, and as much again for its log


@pytest.fixture
def cramped() -> Iterator[postgres.Server]:
    """A server of its own, on a small disk."""
    programs = postgres.needed()
    with tempfile.TemporaryDirectory(prefix="loaban-pg-", dir=postgres.open_folder()) as folder:
        Path(folder).chmod(0o755)
        small = Path(folder) / "small"
        with small_disk(small, SERVER_MB) as mounted:
            if not mounted:
                pytest.skip("a small file system can be mounted by root only")
            server = postgres.Server(programs, "max_wal_size=32MB", folder=small)
            yield server
            server.end()


async def test_replicas_whose_server_has_a_full_disk_wait_and_say_so_and_lose_nothing(
    cramped: postgres.Server, tmp_path: Path
) -> None:
    """Where not even its log has room, the server ends; an administrator makes room, and starts it again."""
    url, ballast = cramped.create("loaban"), cramped.folder / "ballast"
    asked: list[tuple[int, str]] = []
    with closing(PostgresStore(url)) as store:
        subscribe(store, RECIPIENTS)
        announce(store, now=datetime.now(UTC), must=True)
        store.prove(store.clock())
        async with BotApi(latency=0.02) as api, replicas(api, url, tmp_path, RATE) as three:
            for chat in range(1, RECIPIENTS + 1):
                api.chat(chat)
            await api.until(lambda: len(api.sent) > RECIPIENTS // 10)
            fill(ballast)
            with pytest.raises(StoreError, match=r"No space left|cannot be reached"):
                store.prove(store.clock())
            full = len(api.sent)
            while not any("No space left" in one.log.read_text() for one in three):
                text = f"question {len(asked)} {'?' * 3000}"
                api.write(RECIPIENTS + 1 + len(asked) % ASKING, text)
                asked.append((RECIPIENTS + 1 + len(asked) % ASKING, f"answer to: {text}"))
                await asyncio.sleep(0.01)
            ballast.unlink()
            if not cramped.runs():
                cramped.start_again()
            async with asyncio.timeout(PATIENCE):
                while await asyncio.to_thread(unfinished, url) or api.pending:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.1)
        store.prove(store.clock())
        effects = ask(url, """SELECT "user", data::json ->> 'topic' FROM sessions""")
        marked = {int(str(user)) for (user,) in ask(url, 'SELECT "user" FROM deliveries WHERE ambiguous > 0')}
    arrived = Counter(sent.chat for sent in api.sent if sent.chat <= RECIPIENTS)
    answers = [(sent.chat, sent.text) for sent in api.sent if sent.chat > RECIPIENTS]
    assert full < RECIPIENTS, "all had it before the disk was full: the test proves nothing"
    assert set(arrived) == set(range(1, RECIPIENTS + 1))
    assert {chat for chat, times in arrived.items() if times > 1} <= marked
    assert set(answers) == set(asked)
    assert {int(str(who)): int(str(times)) for who, times in effects} == Counter(chat for chat, _ in asked), "one effect each"
    assert "Traceback" not in "".join(one.log.read_text() for one in three)
