"""Whatever a vendor's request holds, nothing raises; and whatever somebody forges, nothing happens.

FUZZ_UPDATES is how many requests are brought, FUZZ_SEED which ones.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import logging
import os
import random
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from bot.announcements.display_names import DisplayNames
from bot.channels.registry import APPS
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.webhook import SECRET_HEADER as TELEGRAM_HEADER
from bot.channels.webhook import WebhookChannel, WebhookRejected
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_bot.webhook import SECRET_HEADER as ZALO_HEADER
from bot.channels.zalo_oa.channel import ZaloOaChannel
from bot.channels.zalo_oa.webhook import OLDEST, TIMESTAMP
from bot.delivery.pause import Pause
from bot.desk import StaffChat
from bot.engine import Engine
from bot.logs import QUIET_LOGGERS, configure_logging
from bot.model import Address, Incoming
from bot.service.app import App
from bot.service.wiring import announcement_actions
from bot.settings import Settings
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import BUNG_LAO, Village, cases_of, compose
from tests.faults.mutating import FOLDERS, RECORDED, USERS, Mutator
from tests.stubs.bot_api import BotApi
from tests.stubs.zalo_oa import APP_ID, ZaloOa

UPDATES = int(os.environ.get("FUZZ_UPDATES", "100000"))
SEED = int(os.environ.get("FUZZ_SEED", "20261122"))
FORGED = 10_000
BATCH = 200
SECRET = "a-secret-of-the-tests"
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SHOWN_BYTES = 600  # of a body that is printed whole; of a longer one, both ends
STAFF = range(1, USERS, 10)

Headers = Mapping[str, str]


@asynccontextmanager
async def channels(store: SqliteStore) -> AsyncIterator[dict[str, WebhookChannel]]:
    """All of them, as `loaban run` has them. Telegram's calls are taken by the stub."""
    async with BotApi() as api:

        def pause(name: str) -> Pause:
            return Pause(store, name, lambda: NOW)

        telegram = TelegramChannel(
            api.token, api=api.address, poll_seconds=1, pause=pause("telegram"), secret=SECRET, now=lambda: NOW
        )
        await telegram.register("https://bot.example.org/telegram")
        zalo_bot = ZaloBotChannel(
            "1:x", api="http://127.0.0.1:1/bot", poll_seconds=1, pause=pause("zalo-bot"), secret=SECRET, now=lambda: NOW
        )
        zalo_oa = ZaloOaChannel(
            app_id=APP_ID,
            oa_secret=ZaloOa().oa_secret,
            signed_id="app",
            api="http://127.0.0.1:1",
            tokens=_NoTokens(),
            pause=pause("zalo-oa"),
            now=lambda: NOW,
        )
        try:
            yield {"telegram": telegram, "zalo-bot": zalo_bot, "zalo-oa": zalo_oa}
        finally:
            for channel in (telegram, zalo_bot, zalo_oa):
                await channel.close()


class _NoTokens:
    """Nothing is sent here."""

    async def access(self) -> str:
        raise AssertionError

    async def renew(self, stale: str) -> str:
        raise AssertionError

    async def close(self) -> None: ...


def application(engine: Engine, store: SqliteStore) -> App:
    """As `loaban run` puts it together, with people of the staff among those who write."""
    settings = Settings(
        telegram_token="1:x", zalo_bot_token="1:x", zalo_oa_app_id="1", zalo_oa_app_secret="x", zalo_oa_secret="x"
    )
    actions = announcement_actions(
        settings, engine.knowledge.words, DisplayNames(engine.gazetteer.by_code, engine.knowledge.topics, APPS)
    )
    with store.writing() as transaction:
        for name in ("telegram", "zalo-bot", "zalo-oa"):
            for user in STAFF:
                transaction.add_staff("officer" if user % 20 == 1 else "admin", (BUNG_LAO,), "", Address(name, str(user)), NOW)
    return App(engine, store, StaffChat(engine, actions, cases_of(actions)))


def shown(name: str, body: bytes) -> Headers:
    """The headers with which the vendor would bring this body."""
    if name == "telegram":
        return {TELEGRAM_HEADER: SECRET}
    if name == "zalo-bot":
        return {ZALO_HEADER: SECRET}
    return ZaloOa().headers(body, timestamp_of(body))


def timestamp_of(body: bytes) -> str:
    """What a signature of Zalo OA covers; "" where the body has none."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    stamp = str(event.get("timestamp")) if isinstance(event, dict) else ""
    return stamp if TIMESTAMP.fullmatch(stamp) else ""


def may_be_refused(name: str, body: bytes) -> bool:
    """Only Zalo OA may refuse what is rightly signed: an event of long ago, and one whose age nobody can tell."""
    stamp = timestamp_of(body)
    return name == "zalo-oa" and (not stamp or NOW.timestamp() - int(stamp) / 1000 > OLDEST.total_seconds())


class Strict(io.TextIOBase):
    """A log that is thrown away, and a count of lines that no terminal and no file could take."""

    lines = 0

    def write(self, text: str) -> int:
        text.encode("utf-8")
        self.lines += 1
        return len(text)


@contextmanager
def logging_strictly() -> Iterator[list[str]]:
    """What goes wrong while something is logged; at the end everything is put back."""
    root = logging.getLogger()
    quiet = {name: logging.getLogger(name).level for name in QUIET_LOGGERS}
    level, handlers, hooks = root.level, list(root.handlers), (sys.excepthook, threading.excepthook)
    wrong: list[str] = []
    root.handlers.clear()  # among them those of pytest, which would keep every line
    configure_logging("error", "json", [SECRET], Strict())  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging.Handler, "handleError", lambda self, record: wrong.append(traceback.format_exc()))
        yield wrong
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


class Fuzz:
    """One run, and what raised in it: by kind and place, the smallest body that led there."""

    def __init__(self, engine: Engine, store: SqliteStore, found: dict[str, WebhookChannel]) -> None:
        self.channels = found
        self.mutators = {name: Mutator(name, SEED, int(NOW.timestamp())) for name in found}
        self.store = store
        self.app = application(engine, store)
        self.wrong: dict[str, tuple[str, bytes]] = {}
        self.counts: Counter[str] = Counter()

    async def run(self, updates: int) -> None:
        names = list(self.channels)
        for begin in range(0, updates, BATCH):
            read: list[tuple[Incoming, str, bytes]] = []
            for number in range(begin, min(begin + BATCH, updates)):
                name = names[number % len(names)]
                body = self.mutators[name].body()
                read += [(incoming, name, body) for incoming in await self._read(name, body)]
            self._handle(read)
            if begin % (50 * BATCH) == 0:
                self._clear()
            await asyncio.sleep(0)  # what goes on beside it, such as acknowledgements, goes on

    async def _read(self, name: str, body: bytes) -> list[Incoming]:
        channel = self.channels[name]
        self.counts[name] += 1
        try:
            found = channel.receive(shown(name, body), body)
        except WebhookRejected as error:
            self.counts[f"{name} unwelcome"] += 1
            if not may_be_refused(name, body):
                self._note(error, name, body)
            return []
        except Exception as error:  # noqa: BLE001 - to be told of, all of them
            self._note(error, name, body)
            return []
        if isinstance(channel, TelegramChannel):
            await self._polled(channel, body, found)
        return found

    async def _polled(self, channel: TelegramChannel, body: bytes, brought: list[Incoming]) -> None:
        """By the other way the same update is the same message."""
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            return
        if isinstance(update, dict) and isinstance(update.get("update_id"), int):
            try:
                fetched = await channel._polling.read(update)
                assert ([fetched] if fetched else []) == brought
            except Exception as error:  # noqa: BLE001 - as above
                self._note(error, "telegram, fetched", body)

    def _handle(self, read: Sequence[tuple[Incoming, str, bytes]]) -> None:
        """In one transaction, as most are; where that fails, one by one, to find the one at fault."""
        try:
            self.app.handle([incoming for incoming, _, _ in read])
        except Exception:  # noqa: BLE001 - as above
            for incoming, name, body in read:
                try:
                    self.app.handle([incoming])
                except Exception as error:  # noqa: BLE001 - as above
                    self._note(error, f"{name}, handled", body)
        self.counts["handled"] += len(read)

    def _clear(self) -> None:
        """Replies can be read, and then are delivered."""
        for name in self.channels:
            due = self.store.due_replies(name)
            self.counts["replies"] += len(due)
            for outgoing in due:
                self.channels[name].in_response(outgoing)
            self.store.delivered([outgoing.id for outgoing in due])

    def _note(self, error: Exception, way: str, body: bytes) -> None:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        key = f"{way}: {type(error).__name__} at {frame.filename}:{frame.lineno}"
        before = self.wrong.get(key)
        if before is None or len(body) < len(before[1]):
            self.wrong[key] = (str(error)[:200], body)

    def report(self) -> str:
        return "\n".join(f"{key}\n    {text!r}\n    {_short(body)!r}" for key, (text, body) in self.wrong.items())


def _short(body: bytes) -> bytes:
    half = SHOWN_BYTES // 2
    return body if len(body) <= SHOWN_BYTES else b"%s ... %d bytes ... %s" % (body[:half], len(body) - 2 * half, body[-half:])


async def test_no_request_however_spoiled_raises_anything(engine: Engine) -> None:
    beside: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: beside.append(str(context)[:500]))
    store = SqliteStore(":memory:")
    begin = time.monotonic()
    with logging_strictly() as logged:
        async with channels(store) as found:
            fuzz = Fuzz(engine, store, found)
            await fuzz.run(UPDATES)
            fuzz._clear()
    with store.writing() as transaction:
        sessions = transaction.execute("SELECT COUNT(*) FROM sessions").fetchone()[0]
    store.close()
    took = f"{time.monotonic() - begin:.0f} s"
    print(f"{fuzz.report()}\nseed {SEED}, {UPDATES} updates, {dict(fuzz.counts)}, {sessions} sessions, {took}")
    assert not fuzz.wrong, f"{len(fuzz.wrong)} kinds of trouble, see above; again with FUZZ_SEED={SEED}"
    assert not beside
    assert not logged, logged[0]
    assert fuzz.counts["handled"] > UPDATES / 6, "most of it was thrown away: the test proves little"
    assert fuzz.counts["replies"] > 0


# --- forged -----------------------------------------------------------------------------------------------------------


def forged(chance: random.Random, name: str, body: bytes, other: bytes) -> tuple[Headers, bytes]:
    """A request as somebody brings it who saw others, and knows no secret."""
    right = shown(name, body)
    [(header, secret)] = [(key, value) for key, value in right.items() if key != "content-type"]
    at = chance.randrange(len(secret))
    match chance.randrange(9):
        case 0:
            return {}, body
        case 1:
            return {header: ""}, body
        case 2:
            return {header: secret[:at]}, body
        case 3:
            return {header: secret[:at] + chr(ord(secret[at]) ^ 1) + secret[at + 1 :]}, body
        case 4:
            return {header: secret + chance.choice((" ", "0", "\0", "x"))}, body
        case 5:
            return {header: "".join(chr(chance.randrange(1, 256)) for _ in secret)}, body
        case 6:  # what another channel would take
            wrong = {"telegram": ZALO_HEADER, "zalo-bot": TELEGRAM_HEADER, "zalo-oa": TELEGRAM_HEADER}[name]
            return {wrong: SECRET, "authorization": SECRET}, body
        case 7 if name == "zalo-oa":  # rightly signed, and then changed
            return right, body[:-1] + b" }" if chance.random() < 0.5 else other
        case 8 if name == "zalo-oa":  # signed with another secret, or of long ago
            if chance.random() < 0.5:
                mac = hashlib.sha256(APP_ID.encode() + body + timestamp_of(body).encode() + SECRET.encode()).hexdigest()
                return {header: f"mac={mac}"}, body
            event = {**json.loads(body), "timestamp": str(int((NOW - timedelta(hours=49)).timestamp() * 1000))}
            body = json.dumps(event).encode()
            return shown(name, body), body
        case _:
            return {header: secret.swapcase()}, body


async def test_of_ten_thousand_forged_requests_none_is_taken() -> None:
    chance = random.Random(SEED)
    taken: list[tuple[str, Headers, bytes]] = []
    refused: Counter[int] = Counter()
    store = SqliteStore(":memory:")
    async with channels(store) as found:
        for number in range(FORGED):
            name = list(found)[number % len(found)]
            headers, body = forged(chance, name, said(name, chance.randrange(1, USERS)), said(name, USERS))
            try:
                found[name].receive(headers, body)
            except WebhookRejected as error:
                refused[error.status] += 1
            else:
                taken.append((name, headers, body))
        for name, channel in found.items():
            body = said(name, 7)
            assert len(channel.receive(shown(name, body), body)) == 1, "a true one would have been taken"
    store.close()
    print(f"seed {SEED}, {FORGED} forged requests, refused {dict(refused)}")
    assert not taken, taken[0]
    assert set(refused) == {401, 403}
    assert refused.total() == FORGED


def said(name: str, user: int) -> bytes:
    """What a resident writes on a channel, as its vendor brings it."""
    event = json.loads((RECORDED / FOLDERS[name] / "text.json").read_bytes())
    if name == "zalo-oa":
        event["sender"]["id"], event["timestamp"] = str(user), str(int(NOW.timestamp() * 1000))
    else:
        event["message"]["from"]["id"] = event["message"]["chat"]["id"] = user if name == "telegram" else str(user)
    return json.dumps(event).encode()


TABLES = (
    *("announcements", "deliveries", "tallies", "subscriptions", "staff", "invites", "audit", "drafts"),
    "consents WHERE purpose <> 'conversation'",  # strangers are told of it when they first press anything
)


def standing(store: SqliteStore) -> dict[str, list[tuple[object, ...]]]:
    """All that an order could change, whoever gave it."""
    with store.writing() as transaction:
        return {table: [tuple(row) for row in transaction.execute(f"SELECT * FROM {table}")] for table in TABLES}


async def test_of_ten_thousand_forged_buttons_none_has_an_effect(engine: Engine) -> None:
    """Random ones, those of other people, one's own when they are too old, and orders spelled out."""
    chance = random.Random(SEED)
    store = SqliteStore(":memory:")
    village = Village(engine, store)
    village.subscribers(5)
    village.subscribers(2, first=50)  # two who have subscribed, and press buttons that would end it
    officer, admin = village.staff("1", "officer", BUNG_LAO), village.staff("2", "admin")
    compose(officer)
    officer.tap("Ask for approval")
    (waiting,) = village.announcements()
    compose(admin)
    subscribing = village.chat("60")
    app = App(engine, store, village.desk)
    app.handle(
        [
            Incoming(f"t{n}", subscribing.address, text, village.now)
            for n, text in enumerate(("dang ky nhan thong bao", "/menu"))
        ]
    )
    orders = [
        f"staff:{name}:{waiting.id}{more}"
        for name in ("approve", "refuse", "cancel", "cancel-yes", "pause", "resume", "show")
        for more in ("", ":", ":0000")
    ]
    orders += [
        "staff:send",
        "staff:send:",
        "staff:drop",
        "staff:new",
        "staff:anew",
        "staff:test",
        "sub:yes",
        "stop",
        "menu",
        "none",
    ]
    old = village.now
    victims = {"1": "officer", "2": "admin", "60": "subscribing", "50": "subscriber"}
    with store.writing() as transaction:
        theirs = [
            (str(row["token"]), str(row["user"]), str(row["choice"])) for row in transaction.execute("SELECT * FROM choices")
        ]
    assert {user for _, user, _ in theirs} >= {"1", "2", "60"}
    assert any(choice.startswith("staff:send") for _, _, choice in theirs)
    before = standing(store)
    done: list[str] = []
    async with channels(store) as found:
        telegram = found["telegram"]
        batch: list[Incoming] = []
        for number in range(FORGED):
            token, owner, meaning = chance.choice(theirs)
            user, at = str(chance.randrange(70, 400)), old
            match number % 5:
                case 0:  # guessed
                    user, data = chance.choice([*victims, user]), chance.randbytes(12).hex()[:16]
                case 1:  # somebody else's
                    user, data = chance.choice([one for one in (*victims, user) if one != owner]), token
                case 2:  # one's own, a month and a day later
                    user, data, at = owner, token, old + timedelta(days=31)
                case 3:  # what the token stands for, or an order of one's own making
                    user, data = chance.choice([*victims, user]), chance.choice((meaning, *orders))
                case _:  # nearly the right one
                    place = chance.randrange(len(token))
                    user, data = owner, token[:place] + chance.choice("-_aZ9") * 2 + token[place + 1 :]
            [read] = telegram.receive({TELEGRAM_HEADER: SECRET}, press(number, int(user), data))
            batch.append(replace(read, at=at))
            if len(batch) == BATCH:
                app.handle(sorted(batch, key=lambda one: one.at))
                batch = []
                await asyncio.sleep(0)
                if standing(store) != before:
                    done.append(f"by {number}")
                    break
    assert not done, {table: (rows, before[table]) for table, rows in standing(store).items() if rows != before[table]}
    print(f"seed {SEED}, {FORGED} forged buttons, no effect")
    village.now = old
    admin.order(next(choice for _, user, choice in theirs if user == "2" and "staff:send" in choice))
    assert standing(store) != before, "the true button would have had an effect"
    store.close()


def press(number: int, user: int, data: str) -> bytes:
    """A resident's app sends any data."""
    update = json.loads((RECORDED / "telegram" / "button_press.json").read_bytes())
    update["update_id"] = 10_000_000 + number
    query = update["callback_query"]
    query["data"] = data
    query["from"]["id"] = query["message"]["chat"]["id"] = user
    return json.dumps(update).encode()
