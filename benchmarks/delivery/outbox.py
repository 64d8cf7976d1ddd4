"""The rows of a whole province: frozen, claimed, settled, counted and condensed. Each step is a process of its own.

A step is run as `python -m benchmarks.delivery.outbox STEP FOLDER NUMBER`, and prints its figures as JSON.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.delivery.tables import Row, Scale, Table
from bot.delivery.announcements import LEAD, LEASE
from bot.delivery.claims import claim_next
from bot.ports import Store
from bot.stores.sqlite.store import SqliteStore
from tests.announcing import announce, subscribe
from tests.by_the_clock import finish, fire

if TYPE_CHECKING:
    from bot.announcements.actions import AnnouncementActions

NUMBER = 1  # of the announcement, the only one
CHANNEL = "telegram"
FIRST_PERSON = 5_000_000_000  # ids as long as Telegram's
TICKS = 20
NAIVE_SHARE = 50  # in the middle the rival is tried with one row in so many: it would take minutes
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LASTS = timedelta(hours=12)
HALF_SENT = (
    "UPDATE deliveries SET state = 'sent', at = ? WHERE announcement = ? AND user < (SELECT user FROM deliveries "
    "ORDER BY announcement, channel, user LIMIT 1 OFFSET (SELECT COUNT(*) / 2 FROM deliveries))"
)

Figures = dict[str, float]


def outbox(scale: Scale) -> Table:
    """All steps one after the other on one file."""
    with tempfile.TemporaryDirectory() as folder:
        _run("fill", folder, scale.subscribers)
        found = {
            **_run("freeze", folder, scale.subscribers),
            **_run("wait", folder, TICKS),
            **_run("rival", folder, scale.claims),
            **_run("claim", folder, scale.claims),
            **_run("end", folder, 0),
        }
    return Table(
        f"Outbox: an announcement to {scale.subscribers:,} people, on a file, every commit on disk", _rows(found, scale)
    )


def _rows(found: Figures, scale: Scale) -> list[Row]:
    claims, half = f"{scale.claims:,}", f"{scale.subscribers // 2:,}"
    return [
        Row("freeze the audience", found["freeze"], "s"),
        Row("rows frozen a second", found["frozen"], "rows/s"),
        Row("the file before, with the subscribers", found["mb_before"], "MB"),
        Row("the file afterwards", found["mb_after"], "MB"),
        Row("the file and its log while it is frozen", found["mb_most"], "MB"),
        Row("resident memory of the process that freezes", found["freeze_mb"], "MB"),
        Row("resident memory of the same process before it", found["start_mb"], "MB"),
        Row(f"a tick while all {scale.subscribers:,} wait, median", found["tick"] * 1000, "ms"),
        Row("report while all wait", found["report"], "s"),
        Row(f"claim and settle, the first {claims}", found["claims"], "rows/s"),
        Row(f"claim and settle, {claims} after {half}", found["claims_middle"], "rows/s"),
        Row(f"the same by primary key, the first {claims}", found["rival"], "rows/s"),
        Row(f"the same by primary key, {scale.claims // NAIVE_SHARE:,} after {half}", found["rival_middle"], "rows/s"),
        Row(f"how many times as fast, after {half}", found["claims_middle"] / found["rival_middle"]),
        Row(f"longest claim, after {half}", found["longest"] * 1000, "ms"),
        Row("report in the middle", found["report_middle"], "s"),
        Row("the tick that ends it, the other half being too late", found["close"], "s"),
        Row("condense", found["condense"], "s"),
        Row("rows condensed a second", found["condensed"], "rows/s"),
    ]


def _run(step: str, folder: str, number: int) -> Figures:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.delivery.outbox", step, folder, str(number)], stdout=subprocess.PIPE, check=True
    )
    figures: Figures = json.loads(done.stdout)
    return figures


# --- the steps, each in a process of its own --------------------------------------------------------------------------


def fill(folder: Path, people: int) -> Figures:
    with _store(folder) as store:
        subscribe(store, people, first=FIRST_PERSON)
    return {}


def freeze(folder: Path, people: int) -> Figures:
    figures: Figures = {"mb_before": _megabytes(folder), "start_mb": _resident()}
    with _store(folder) as store:
        begin = time.perf_counter()
        announce(store, now=NOW, lasts=LASTS, places=())
        figures["freeze"] = time.perf_counter() - begin
        figures["mb_most"] = _megabytes(folder)
    figures["frozen"] = people / figures["freeze"]
    return {**figures, "mb_after": _megabytes(folder), "freeze_mb": _resident()}


def wait(folder: Path, ticks: int) -> Figures:
    actions = _actions()
    with _store(folder) as store:
        times = [_timed(lambda: _tick(store, actions, NOW)) for _ in range(ticks)]
        return {"tick": statistics.median(times), "report": _timed(lambda: _report(store))}


def claim(folder: Path, rows: int) -> Figures:
    with _store(folder) as store:
        front = [_timed(lambda: deliver_one(store)) for _ in range(rows)]
        with store.writing() as transaction:
            transaction.execute(HALF_SENT, (NOW.isoformat(), NUMBER))
    with _store(folder) as store:  # closing it copied the log of all these changes into the file
        middle = [_timed(lambda: deliver_one(store)) for _ in range(rows)]
        report = _timed(lambda: _report(store))
    return {
        "claims": rows / sum(front),
        "claims_middle": rows / sum(middle),
        "longest": max(middle),
        "report_middle": report,
    }


def end(folder: Path, _: int) -> Figures:
    actions = _actions()
    with _store(folder) as store:
        close = _timed(lambda: _tick(store, actions, NOW + 2 * LASTS))
        begin = time.perf_counter()
        with store.writing() as transaction:
            gone = transaction.condense(NOW + 3 * LASTS)
        took = time.perf_counter() - begin
    return {"close": close, "condense": took, "condensed": gone / took}


def rival(folder: Path, rows: int) -> Figures:
    """A plain table with the same primary key and no other index, and none of the other things that a claim looks at."""
    few = rows // NAIVE_SHARE
    with closing(sqlite3.connect(folder / "rival.db", isolation_level=None)) as connection:
        _fill_naively(connection, folder / "loaban.db")
        front = [_timed(lambda: _deliver_naively(connection)) for _ in range(rows)]
        connection.execute(HALF_SENT, (NOW.isoformat(), NUMBER))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        middle = [_timed(lambda: _deliver_naively(connection)) for _ in range(few)]
    return {"rival": rows / sum(front), "rival_middle": few / sum(middle)}


def _fill_naively(connection: sqlite3.Connection, ours: Path) -> None:
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
    connection.execute("ATTACH ? AS ours", (str(ours),))
    connection.execute(
        "CREATE TABLE deliveries (announcement INTEGER, channel TEXT, user TEXT, state TEXT NOT NULL, at TEXT, "
        "external_id TEXT, PRIMARY KEY (announcement, channel, user)) WITHOUT ROWID"
    )
    connection.execute("INSERT INTO deliveries SELECT announcement, channel, user, state, at, external_id FROM ours.deliveries")
    connection.execute("DETACH ours")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def deliver_one(store: Store) -> None:
    """One recipient as the deliverer does it: one transaction for the claim and one for the result."""
    with store.writing() as transaction:
        claimed = claim_next(transaction, CHANNEL, NOW, lease=LEASE, quiet=False, served=NUMBER, begun=NOW)
        assert claimed is not None
        delivery, _ = claimed
        transaction.lead(CHANNEL, "owner", NOW, lapse=LEAD)
    with store.writing() as transaction:
        transaction.settle(delivery, "sent", NOW, external_id="1234567")


def _deliver_naively(connection: sqlite3.Connection) -> None:
    with _begun(connection):
        (user,) = connection.execute(
            "SELECT user FROM deliveries WHERE announcement = ? AND channel = ? AND state = 'pending' LIMIT 1",
            (NUMBER, CHANNEL),
        ).fetchone()
        key = (NUMBER, CHANNEL, user)
        connection.execute("UPDATE deliveries SET state = 'sending' WHERE announcement = ? AND channel = ? AND user = ?", key)
    with _begun(connection):
        connection.execute(
            "UPDATE deliveries SET state = 'sent', at = ?, external_id = '1234567' "
            "WHERE announcement = ? AND channel = ? AND user = ?",
            (NOW.isoformat(), *key),
        )


def _tick(store: SqliteStore, actions: AnnouncementActions, now: datetime) -> None:
    with store.writing() as transaction:
        fire(actions, transaction, now)
        finish(actions, transaction, now)


def _report(store: SqliteStore) -> None:
    with store.writing() as transaction:
        transaction.report(NUMBER)


def _actions() -> AnnouncementActions:
    from bot.announcements.display_names import DisplayNames
    from bot.i18n import Words
    from bot.service.wiring import announcement_actions
    from bot.settings import load_settings

    return announcement_actions(load_settings(), {"vi": Words("vi", {})}, DisplayNames())


@contextmanager
def _store(folder: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(folder / "loaban.db")) as store:
        yield store


@contextmanager
def _begun(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("COMMIT")


def _timed(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.glob("loaban.db*")) / 1e6


def _resident() -> float:
    """The most that this process ever had in memory, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


STEPS: Mapping[str, Callable[[Path, int], Figures]] = {step.__name__: step for step in (fill, freeze, wait, claim, end, rival)}

if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))))
