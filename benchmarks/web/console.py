"""Pages of the console over the database of a whole province: how long each takes, how large it is; an audience's count."""

from __future__ import annotations

import signal
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from benchmarks.web.tables import Scale
from benchmarks.webhooks.tables import Grid
from bot.announcements import entering
from bot.engine import build_engine
from bot.model import Audience
from bot.settings import load_settings
from bot.stores.as_text import stamp
from bot.stores.sqlite.store import SqliteStore
from bot.web.console.pages import PAGES
from tests.a_year import fill
from tests.console.house import SAME_ORIGIN
from tests.processes import free_port, process, until_open
from tests.stubs.bot_api import BotApi

CASES, OPEN = 10_000, 500
LOG = 50_000  # lines
PER_DAY, ANNOUNCED = 400, 3  # messages; announcements to everybody within a month
MORE = ("/viec/xong", f"/viec/{CASES}", "/so-lieu?thang=2026-11", "/so-lieu?tat-ca=1", "/nhat-ky?nguoi=3&ngay=2026-11-20")


async def console(scale: Scale, cache: Path) -> Grid:
    places = [place.code for place in build_engine(load_settings(cache=cache)).knowledge.places]
    with tempfile.TemporaryDirectory() as folder:
        db, port = Path(folder) / "loaban.db", free_port()
        code = _filled(db, scale.subscribers, places, cache)
        settings = {
            "LOABAN_CACHE": str(cache),
            "LOABAN_LISTEN": "127.0.0.1:0",
            "LOABAN_CONSOLE_LISTEN": f"127.0.0.1:{port}",
            "LOABAN_LOG_LEVEL": "error",
            "LOABAN_DISK_FLOOR_MB": "0",
        }
        async with BotApi() as api, process(api, db, "bot", "run", **settings) as under_test:
            await under_test.start()
            await until_open(port)
            rows = await _pages(port, code, scale.asked)
            await under_test.signalled(signal.SIGTERM)
        with closing(SqliteStore(db)) as store:
            rows += [
                ("count of an audience: all", *_counted(store, Audience(), scale.asked), ""),
                (
                    "the same: ten communes, one topic",
                    *_counted(store, Audience(tuple(places[:10]), ("loans",)), scale.asked),
                    "",
                ),
            ]
    return Grid(
        f"The console with {scale.subscribers:,} subscribers and {CASES:,} cases ({OPEN} open); ms of {scale.asked} requests",
        ("page", "median", "p95", "KB, gzip"),
        rows,
    )


async def _pages(port: int, code: str, asked: int) -> list[tuple[str | float, ...]]:
    paths = [*(page.path for page in PAGES), *MORE]
    rows: list[tuple[str | float, ...]] = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=SAME_ORIGIN, timeout=60) as client:
        door = await client.get("/vao")
        token = door.text.partition('name="the" value="')[2].partition('"')[0]
        entered = await client.post("/vao", data={"the": token, "ma": code, "tiep": "/"})
        assert entered.status_code == 303, entered.text
        for path in paths:
            waits, size = [], 0
            for _ in range(asked):
                begin = time.perf_counter()
                answer = await client.get(path)
                waits.append(time.perf_counter() - begin)
                assert answer.status_code == 200, (path, answer.status_code)
                size = answer.num_bytes_downloaded
            rows.append((path, *_said(waits), size / 1000))
    return rows


def _counted(store: SqliteStore, audience: Audience, asked: int) -> tuple[float, float]:
    def count() -> None:
        with store.viewing() as view:
            view.recipients(audience)

    return _said([_seconds(count) for _ in range(asked)])


def _seconds(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _said(waits: Sequence[float]) -> tuple[float, float]:
    """Median and the 95th of a hundred, in milliseconds."""
    return 1000 * statistics.median(waits), 1000 * statistics.quantiles(waits, n=20)[-1]


def _filled(db: Path, subscribers: int, places: Sequence[str], cache: Path) -> str:
    """Returns a code of an owner."""
    now = datetime.now(UTC)
    intents = list(build_engine(load_settings(cache=cache)).knowledge.intents)
    with closing(SqliteStore(db)) as store:
        fill(store, intents, list(places), a_day=PER_DAY, announced=ANNOUNCED, people=subscribers)
        with store.writing() as transaction:
            owner = transaction.add_staff("owner", (), "", None, now)
            code = entering.give_code(transaction, owner.number, now)
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.executemany(
            "INSERT INTO subscriptions (channel, user, place, topics, lang, since) VALUES ('telegram', ?, ?, ?, 'vi', ?)",
            ((f"s{n}", places[n % len(places)], '["loans"]' if n % 3 else "[]", stamp(now)) for n in range(subscribers)),
        )
        connection.execute("DELETE FROM cases")
        connection.executemany(
            "INSERT INTO cases (number, channel, user, place, topic, lang, question, state, opened, touched) "
            "VALUES (?, 'web', ?, ?, 'loans', 'vi', ?, ?, ?, ?)",
            (
                (n, f"c{n}", places[n % len(places)], f"Tôi hỏi việc vay vốn, câu số {n}. " * 8, state, at, at)
                for n in range(1, CASES + 1)
                for state, at in [
                    ("waiting" if n > CASES - OPEN else "closed", stamp(now - timedelta(minutes=4 * (CASES - n))))
                ]
            ),
        )
        connection.executemany(
            "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, 'case taken', ?, '')",
            ((stamp(now - timedelta(minutes=8 * (LOG - n))), n % 60, f"case {n % CASES}") for n in range(LOG)),
        )
    return code
