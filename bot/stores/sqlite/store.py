"""The embedded store: one SQLite file, write-ahead log, every commit on disk (synchronous FULL).

SQLite 3.7.0 to 3.51.2 can corrupt a write-ahead log when two connections write it at once. So a process has one connection
with a lock in front of it, and processes (`loaban run` and a command beside it) take turns by a lock on a file beside the
database.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from sqlite_utils import Database

from bot.errors import StoreError
from bot.model import Address, Button, Incoming, Reply
from bot.ports import Figures, Outgoing
from bot.stores.sqlite.cases import CaseRows
from bot.stores.sqlite.conversations import ConversationRows
from bot.stores.sqlite.migrations import migrations
from bot.stores.sqlite.people import PeopleRows
from bot.stores.sqlite.rows import moment, stamp
from bot.stores.sqlite.statistics import StatisticsRows
from bot.stores.sqlite.tokens import TokenRows
from bot.zone import local_day

KEEP_HANDLED = timedelta(days=7)  # Telegram repeats an update for a day at most
KEEP_SESSIONS = timedelta(days=180)
KEEP_QUESTION = timedelta(days=1)  # the last one, beside the session
KEEP_TOLD = timedelta(minutes=30)  # as long as a conversation goes on
KEEP_ANSWERED = timedelta(days=1)  # so long the vendor repeats what it saw no answer to, also while we are down
KEEP_DRAFTS = timedelta(days=7)  # open for a day; the rest is for saying so

BUSY_SECONDS = 10.0  # how long a locked database is waited for
LOOK_AGAIN = 0.005

SQLITE_VERSION = sqlite3.sqlite_version
REPLY = "SELECT id, user, text, photo, file, number, buttons, attempts, at FROM replies WHERE"


class SqliteTransaction(ConversationRows, PeopleRows, CaseRows, TokenRows, StatisticsRows):
    """`Transaction` on the one connection; only `SqliteStore.writing` makes it."""

    def answer_here(self, incoming: Incoming, at: datetime, fits: Callable[[Outgoing], bool]) -> Outgoing | None:
        to = incoming.sender
        waiting = self.execute(f"{REPLY} channel = ? AND user = ? AND answered_by IS NULL LIMIT 2", (to.channel, to.user))
        rows = waiting.fetchall()
        if len(rows) != 1 or rows[0]["number"] is not None or not fits(found := _outgoing(to.channel, rows[0])):
            return None
        self.execute("UPDATE replies SET answered_by = ?, answered_at = ? WHERE id = ?", (incoming.id, stamp(at), found.id))
        return found

    def answered_here(self, incoming: Incoming) -> Outgoing | None:
        to = incoming.sender
        row = self.one(f"{REPLY} channel = ? AND answered_by = ? AND user = ?", (to.channel, incoming.id, to.user))
        return _outgoing(to.channel, row) if row else None


class SqliteStore:
    """`Store` in one file. `path` may be ":memory:"."""

    def __init__(self, path: Path | str, *, busy: float = BUSY_SECONDS) -> None:
        """Opens the file, creates or migrates its tables. Raises StoreError when that cannot be done.

        `busy` is how many seconds a lock of another process is waited for.
        """
        self._lock = threading.RLock()
        self._busy = busy
        self._depth = False
        self._folder = None if path == ":memory:" else Path(path).resolve().parent
        with ExitStack() as opened:
            try:
                self._turn: IO[bytes] | None = None
                if self._folder is not None:
                    self._turn = opened.enter_context(Path(f"{path}.lock").open("ab"))
                with self._exclusive():  # opened in our turn: a restore may be putting another file there
                    self._connection = sqlite3.connect(path, check_same_thread=False, timeout=busy)
                    opened.callback(self._connection.close)
                    _prepare(self._connection)
            except (sqlite3.Error, OSError) as error:
                raise StoreError(f"LOABAN_DB: the database {path} cannot be opened ({error}).") from error
            self._opened = opened.pop_all()

    @contextmanager
    def writing(self) -> Iterator[SqliteTransaction]:
        with self._exclusive():
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield SqliteTransaction(self._connection)
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction:  # a full disk makes SQLite roll back by itself
                        self._connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise StoreError(f"the database cannot be written ({error})") from error

    def due_replies(self, channel: str, after: int = 0) -> list[Outgoing]:
        rows = self._query(f"{REPLY} channel = ? AND id > ? AND answered_by IS NULL ORDER BY id", (channel, after))
        return [_outgoing(channel, row) for row in rows]

    def delivered(self, ids: Iterable[int], message_id: str = "") -> None:
        gone = [(id_,) for id_ in ids]
        with self.writing() as transaction:
            if message_id:
                transaction.execute_many(
                    "INSERT OR IGNORE INTO case_notices (channel, chat, message_id, number) "
                    "SELECT channel, user, ?, number FROM replies WHERE id = ? AND number IS NOT NULL",
                    [(message_id, *id_) for id_ in gone],
                )
            transaction.execute_many("DELETE FROM replies WHERE id = ?", gone)

    def attempted(self, outgoing_id: int) -> None:
        with self.writing() as transaction:
            transaction.execute("UPDATE replies SET attempts = attempts + 1 WHERE id = ?", (outgoing_id,))

    def beat(self, name: str, at: datetime) -> None:
        """Note that the process is alive and the store can be written; `last_beat` reads it."""
        with self.writing() as transaction:
            transaction.execute("INSERT OR REPLACE INTO heartbeats (name, at) VALUES (?, ?)", (name, stamp(at)))

    def purge(self, now: datetime, *, questions: timedelta = timedelta(days=90), cases: timedelta = timedelta(days=30)) -> None:
        with self.writing() as transaction:
            for table, keep in (("handled", KEEP_HANDLED), ("sessions", KEEP_SESSIONS), ("drafts", KEEP_DRAFTS)):
                transaction.execute(f"DELETE FROM {table} WHERE at < ?", (stamp(now - keep),))  # noqa: S608 - fixed names
            for table in ("choices", "invites"):
                transaction.execute(f"DELETE FROM {table} WHERE expires < ?", (stamp(now),))  # noqa: S608 - fixed names
            transaction.execute("DELETE FROM replies WHERE answered_at < ?", (stamp(now - KEEP_ANSWERED),))
            transaction.execute("DELETE FROM unanswered WHERE day < ?", ((now - questions).date().isoformat(),))
            transaction.execute(
                "UPDATE sessions SET data = json_set(data, '$.question', '') WHERE at < ? "
                "AND json_extract(data, '$.question') != ''",
                (stamp(now - KEEP_QUESTION),),
            )
            transaction.execute(
                "UPDATE sessions SET data = json_remove(data, '$.told') WHERE at < ? AND json_type(data, '$.told') IS NOT NULL",
                (stamp(now - KEEP_TOLD),),
            )
            transaction.execute("DELETE FROM cases WHERE state = 'closed' AND touched < ?", (stamp(now - cases),))
            for table in ("case_messages", "case_notices"):
                transaction.execute(f"DELETE FROM {table} WHERE number NOT IN (SELECT number FROM cases)")  # noqa: S608 - fixed

    def figures(self, now: datetime) -> Figures:
        counted = self._query(
            "SELECT channel, kind, SUM(n) AS n FROM counts WHERE day = ? GROUP BY channel, kind", (local_day(now).isoformat(),)
        )
        (replies,) = self._query("SELECT COUNT(*) AS n FROM replies WHERE answered_by IS NULL", ())
        being_sent = [row["id"] for row in self._query("SELECT id FROM announcements WHERE state = 'sending'", ())]
        outbox = {"replies": int(replies["n"]), "pending": 0, "sending": 0}
        oldest = stamp(now)
        for id_ in being_sent:  # through the two partial indexes, not through all recipients
            (pending,) = self._query(
                "SELECT COUNT(*) AS n, MIN(due) AS due FROM deliveries INDEXED BY deliveries_pending "
                "WHERE announcement = ? AND state = 'pending'",
                (id_,),
            )
            outbox["pending"] += pending["n"]
            oldest = min(oldest, pending["due"] or oldest)
        (sending,) = self._query("SELECT COUNT(*) AS n FROM deliveries WHERE state = 'sending'", ())
        outbox["sending"] = sending["n"]
        outcomes = {(row["channel"], row["kind"]): int(row["n"]) for row in counted}
        return Figures(outcomes, outbox, max(0.0, (now - moment(oldest)).total_seconds()))

    def room(self) -> int:
        try:
            return shutil.disk_usage(self._folder).free if self._folder else 1 << 40
        except OSError as error:  # the disk went
            raise StoreError(f"the disk of the database cannot be looked at ({error})") from error

    def close(self) -> None:
        if self._turn is None or not self._turn.closed:
            with self._exclusive():  # the last connection copies the log into the database
                self._opened.close()

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """One thread of one process at a time. Raises StoreError when another process does not let go."""
        with self._lock:
            if self._turn is None or self._depth:
                yield
                return
            take_turn(self._turn, self._busy)
            self._depth = True
            try:
                yield
            finally:
                self._depth = False
                if not self._turn.closed:
                    fcntl.flock(self._turn, fcntl.LOCK_UN)

    def _query(self, sql: str, values: Sequence[object]) -> list[sqlite3.Row]:
        with self._lock:
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise StoreError(f"the database cannot be read ({error})") from error


def take_turn(turn: IO[bytes], seconds: float) -> None:
    """Lock the file beside the database until it is closed or unlocked. Raises StoreError when that takes longer."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ValueError:
            raise StoreError("the database is closed") from None
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise StoreError("the database is held by another process") from None
        except OSError as error:  # a file system without locks
            raise StoreError(f"the database cannot be locked ({error})") from error
        time.sleep(LOOK_AGAIN)


def _prepare(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    database.enable_wal()
    connection.execute("PRAGMA synchronous = FULL")
    migrations.apply(database)
    connection.row_factory = sqlite3.Row
    connection.isolation_level = None  # from here on transactions begin and end where `writing` says


def last_beat(path: Path, name: str) -> datetime | None:
    """When the process that uses this file last showed that it is alive; None for never. Opens read-only.

    Raises StoreError when there is no such database.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            row = connection.execute("SELECT at FROM heartbeats WHERE name = ?", (name,)).fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"LOABAN_DB: the database {path} cannot be read ({error}).") from error
    return moment(row[0]) if row else None


def _outgoing(channel: str, row: sqlite3.Row) -> Outgoing:
    buttons = tuple(Button(*button) for button in json.loads(row["buttons"]))
    reply = Reply(row["text"], buttons, row["photo"], row["file"], row["number"])
    return Outgoing(row["id"], Address(channel, row["user"]), reply, row["attempts"], moment(row["at"]))
