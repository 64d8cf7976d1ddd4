"""A whole province: moved from a file to a server and back, and sent to while somebody looks at an old state of it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg

from benchmarks.delivery.outbox import FIRST_PERSON, LASTS, NOW, NUMBER, deliver_one
from benchmarks.delivery.tables import Row, Table
from benchmarks.replicas.scale import Scale
from benchmarks.replicas.stage import served
from bot.stores.postgres.store import PostgresStore
from bot.stores.sqlite.store import SqliteStore
from tests.announcing import announce, subscribe
from tests.processes import ROOT

# As everybody has them who ever wrote.
MORE = (
    'INSERT INTO sessions (channel, user, data, at) SELECT channel, user, \'{"lang": "vi", "greeted": true}\', ? '
    "FROM subscriptions",
    "INSERT INTO consents (channel, user, purpose, version, at) SELECT channel, user, 'announcements', '2026-11', ? "
    "FROM subscriptions",
)
SENDING = (
    "UPDATE deliveries SET state = 'sending', lease = ?, attempt = 1 WHERE announcement = ? AND user < ? AND state = 'pending'"
)
SENT = "UPDATE deliveries SET state = 'sent', lease = NULL, at = ? WHERE announcement = ? AND user < ? AND state = 'sending'"
PLACES = (0, 10, 50, 90)  # percent of the queue that is done


def province(scale: Scale) -> Table:
    with served() as server, tempfile.TemporaryDirectory() as folder:
        file, back = Path(folder) / "loaban.db", Path(folder) / "back.db"
        url = server.create("loaban")
        rows = _fill(file, scale.people)
        there, again = _move(str(file), url), _move(url, str(back))
        on_server = _claims_on_server(url, scale)
        on_file = _claims_on_file(file, scale)
    return Table(
        f"{scale.people:,} people: {rows:,} rows moved; claim and settle while somebody looks at an old state",
        [
            Row("`loaban migrate` from the file to the server, counted and compared", there, "s"),
            Row("and back", again, "s"),
            *(Row(f"PostgreSQL, {place} % of the queue done", rate, "rows/s") for place, rate in on_server.items()),
            *(Row(f"SQLite, {place} % of the queue done", rate, "rows/s") for place, rate in on_file.items()),
        ],
    )


def _fill(file: Path, people: int) -> int:
    with closing(SqliteStore(file)) as store:
        subscribe(store, people, first=FIRST_PERSON)
        announce(store, now=NOW, lasts=LASTS, places=())
        with store.writing() as transaction:
            for sql in MORE:
                transaction.execute(sql, (NOW.isoformat(),))
    return 4 * people


def _move(source: str, target: str) -> float:
    begun = time.perf_counter()
    command = (sys.executable, "-m", "bot", "migrate", source, target)
    subprocess.run(command, cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def _claims_on_server(url: str, scale: Scale) -> dict[int, float]:
    with closing(PostgresStore(url)) as store, psycopg.connect(url) as looking:
        looking.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        looking.execute("SELECT COUNT(*) FROM deliveries")
        return _claims(store, scale)


def _claims_on_file(file: Path, scale: Scale) -> dict[int, float]:
    with closing(SqliteStore(file)) as store, closing(sqlite3.connect(file, isolation_level=None)) as looking:
        looking.execute("BEGIN")
        looking.execute("SELECT COUNT(*) FROM deliveries").fetchone()
        return _claims(store, scale)


def _claims(store: PostgresStore | SqliteStore, scale: Scale) -> dict[int, float]:
    """Rows a second, one after the other, at each of PLACES. What lies between two of them is done in one go."""
    found = {}
    for place in PLACES:
        until = str(FIRST_PERSON + scale.people * place // 100)
        with store.writing() as transaction:
            transaction.execute(SENDING, (NOW.isoformat(), NUMBER, until))
            transaction.execute(SENT, (NOW.isoformat(), NUMBER, until))
        deliver_one(store)  # it walks past all of them, once
        begun = time.perf_counter()
        for _ in range(scale.claims):
            deliver_one(store)
        found[place] = scale.claims / (time.perf_counter() - begun)
    return found
