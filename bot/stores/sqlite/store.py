"""The embedded store: one SQLite file, write-ahead log, every commit on disk (synchronous FULL).

SQLite 3.7.0 to 3.51.2 can corrupt a write-ahead log when two connections write it at once. So a process has one connection
with a lock in front of it, and processes (`loaban run` and a command beside it) take turns by a lock on a file beside the
database.
"""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from sqlite_utils import Database

from bot.errors import StoreError
from bot.model import KEEP, Address, Retention, Session
from bot.ports import ClaimedReplies, Figures, Outgoing, Replica, SharedState, Shown
from bot.stores.as_text import readable_moment, stamp
from bot.stores.records.figures import figures
from bot.stores.records.personal import FORGOTTEN
from bot.stores.records.purging import purge
from bot.stores.records.transaction import RecordTransaction
from bot.stores.sqlite.faults import store_error
from bot.stores.sqlite.files import (
    beside,
    identity,
    make_private,
    mark_begun,
    opened_lock,
    refuse_foreign,
    refuse_lost,
)
from bot.stores.sqlite.migrations import migrations
from bot.stores.sqlite.proving import write_everywhere
from bot.stores.sqlite.reading import viewing

BUSY_SECONDS = 10.0  # how long a locked database is waited for
LOOK_AGAIN = 0.005
SYNCHRONOUS = "FULL"  # a commit returns when it is on the disk: what was answered for survives a power cut
REWRITTEN = 32 << 20  # bytes up to which a database is written anew after somebody was forgotten
LOG_BYTES = 8 << 20  # what is left of a write-ahead log that grew beyond it, once its content is in the database


class _Undone(Exception):
    """Ends a transaction of which nothing is to be kept."""


class SqliteStore:
    """`Store` in one file. `path` may be ":memory:"."""

    def __init__(self, path: Path | str, *, busy: float = BUSY_SECONDS) -> None:
        """Opens the file, creates or migrates its tables. Raises StoreError when that cannot be done.

        Raises Refusal when the file is another program's, and where one was and is not any more; then nothing is touched. None
        of its files can be read by others.

        `busy` is how many seconds a lock of another process is waited for.
        """
        self._lock = threading.RLock()
        self._busy = busy
        self._depth = False
        self._closed = False
        self._unreadable: set[str] = set()
        db = None if path == ":memory:" else Path(path)
        self._folder = db.resolve().parent if db else None
        self._file: tuple[Path, tuple[int, int]] | None = None
        with ExitStack() as opened:
            try:
                self._turn: IO[bytes] | None = None
                if db is not None:
                    if not beside(db, ".lock").exists():  # beside what is not ours nothing is made
                        refuse_foreign(db.resolve())
                    self._turn = opened.enter_context(opened_lock(beside(db, ".lock")))
                with self._exclusive():  # opened in our turn: a restore may be putting another file there
                    if db is not None and self._turn is not None:
                        refuse_foreign(db.resolve())
                        refuse_lost(db.resolve(), self._turn)
                        make_private(db.resolve())
                    self._connection = sqlite3.connect(path, check_same_thread=False, timeout=busy)
                    opened.callback(self._connection.close)
                    _prepare(self._connection)
                    if db is not None and self._turn is not None:
                        mark_begun(self._turn)
                        self._file = db.resolve(), identity(db)
            except (sqlite3.Error, OSError) as error:
                raise StoreError(f"LOABAN_DB: the database {path} cannot be opened ({error}).") from error
            self._opened = opened.pop_all()

    @contextmanager
    def writing(self, touching: Collection[Address] | None = None) -> Iterator[RecordTransaction]:
        with self._exclusive():
            self._refuse_other_file()
            within = self._connection.in_transaction  # by mistake; the outer one is not ours to end
            try:
                try:  # Ctrl-C comes as soon as BEGIN, which may wait for long, has returned
                    self._connection.execute("BEGIN IMMEDIATE")
                    transaction = RecordTransaction(self._connection, self._unreadable)
                    yield transaction
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction and not within:  # a full disk makes SQLite roll back by itself
                        self._connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise store_error(error, "the database cannot be written") from error

    @contextmanager
    def viewing(self) -> Iterator[RecordTransaction]:
        if self._file is None:  # in memory there is this connection alone
            with self._reading() as rows:
                yield rows
            return
        if self._closed:
            raise StoreError("the database is closed")
        self._refuse_other_file()
        with viewing(self._file[0], self._unreadable) as rows:
            yield rows

    def clock(self) -> datetime:
        return datetime.now(UTC)

    @contextmanager
    def _hasty(self) -> Iterator[RecordTransaction]:
        """As `writing`, but a power cut may undo it. What is claimed then has no holder any more, and that is right."""
        with self._lock:
            self._synchronous("NORMAL")
            try:
                with self.writing() as transaction:
                    yield transaction
            finally:
                self._synchronous(SYNCHRONOUS)

    def _refuse_other_file(self) -> None:
        """What is written into a file that was deleted is lost with the process. Raises StoreError."""
        if self._file is None:
            return
        path, opened = self._file
        try:
            if identity(path) == opened:
                return
        except OSError:
            pass
        raise StoreError(f"LOABAN_DB: the database {path} was deleted or replaced while it is in use")

    def _synchronous(self, how: str) -> None:
        if not self._closed:
            self._connection.execute(f"PRAGMA synchronous = {how}")

    @contextmanager
    def _reading(self) -> Iterator[RecordTransaction]:
        """Single statements, outside of a transaction: they wait for nobody who writes."""
        with self._lock:
            if self._closed:
                raise StoreError("the database is closed")
            self._refuse_other_file()
            try:
                yield RecordTransaction(self._connection, self._unreadable)
            except sqlite3.Error as error:
                raise store_error(error, "the database cannot be read") from error

    # --- replies ---

    def due_replies(self, channel: str) -> list[Outgoing]:
        with self._reading() as rows:
            return rows.due_replies(channel)

    def claim_replies(
        self, channel: str, holder: str, now: Callable[[], datetime], *, lease: timedelta, limit: int
    ) -> ClaimedReplies:
        with self._hasty() as transaction:
            return transaction.claim_replies(channel, holder, now(), lease=lease, limit=limit)

    def give_back_replies(self, channel: str, holder: str) -> None:
        with self._hasty() as transaction:
            transaction.give_back_replies(channel, holder)

    def delivered(self, ids: Iterable[int], message_id: str = "") -> None:
        with self.writing() as transaction:
            transaction.delivered(ids, message_id)

    def attempted(self, outgoing_id: int) -> None:
        with self.writing() as transaction:
            transaction.attempted(outgoing_id)

    # --- what is shown on our own page ---

    def transcript(self, address: Address, after: int = 0) -> list[Shown]:
        with self._reading() as rows:
            return rows.transcript(address, after)

    def session(self, address: Address) -> Session | None:
        with self._reading() as rows:
            return rows.session(address)

    def shown_after(self, number: int, limit: int) -> Sequence[tuple[int, Address]]:
        with self._reading() as rows:
            return rows.shown_after(number, limit)

    def last_shown(self) -> int:
        with self._reading() as rows:
            row = rows.one("SELECT seq FROM sqlite_sequence WHERE name = 'web_messages'")
            return int(row["seq"]) if row else 0

    def seen(self, address: Address, until: int, at: datetime) -> None:
        with self.writing() as transaction:
            transaction.seen(address, until, at)

    # --- the store as a whole ---

    def beat(self, name: str, at: datetime) -> None:
        with self.writing() as transaction:
            transaction.execute("INSERT OR REPLACE INTO heartbeats (name, at) VALUES (?, ?)", (name, stamp(at)))
        self._empty_log()

    def last_beat(self, name: str) -> datetime | None:
        with self._reading() as rows:
            row = rows.one("SELECT at FROM heartbeats WHERE name = ?", (name,))
            return readable_moment(row["at"]) if row else None

    def present(self, replica: Replica) -> Sequence[Replica]:
        return [replica]

    @property
    def replicated(self) -> bool:
        return False

    def shared_state(self) -> SharedState | None:
        return None

    def prove(self, at: datetime) -> None:
        with self._exclusive():
            self._connection.execute("PRAGMA shrink_memory")  # look at the disk, not at what is remembered of it
        try:
            with self.writing() as transaction:
                write_everywhere(transaction)
                raise _Undone
        except _Undone:
            pass
        with self.writing() as transaction:
            transaction.execute("INSERT OR REPLACE INTO heartbeats (name, at) VALUES ('proof', ?)", (stamp(at),))

    def purge(self, now: datetime, keep: Retention = KEEP) -> None:
        with self.writing() as transaction:
            purge(transaction, now, keep)
        with self.writing() as transaction:
            transaction.condense(now - keep.deliveries)
        self.wipe()
        self._empty_log()

    def wipe(self) -> None:
        with self._reading() as rows:
            forgot = rows.one("SELECT 1 FROM heartbeats WHERE name = ?", (FORGOTTEN,)) is not None
        if forgot:
            self._rewrite()
            self._empty_log()

    def _rewrite(self) -> None:
        """SQLite zeroes what it deletes, but not what it moved from one page to another before. Larger ones would stop us."""
        with self._exclusive():
            try:
                (size,) = self._connection.execute(
                    "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
                ).fetchone()
                if size <= REWRITTEN:
                    self._connection.execute("VACUUM")
                self._connection.execute("DELETE FROM heartbeats WHERE name = ?", (FORGOTTEN,))
            except sqlite3.Error as error:
                raise store_error(error, "the database cannot be written anew") from error

    def _empty_log(self) -> None:
        """What was deleted stays in the write-ahead log until this. It waits for no reader: the next one does the rest."""
        with self._exclusive():
            try:
                self._connection.execute("PRAGMA busy_timeout = 0")
                try:
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                finally:
                    self._connection.execute(f"PRAGMA busy_timeout = {round(self._busy * 1000)}")
            except sqlite3.OperationalError:
                return  # in use, or the disk is full: the beat itself is written, and the next one tries again

    def tell_others(self) -> None:
        """A file is one process's, nearly always."""

    def hearing(self, heard: Callable[[], None]) -> AbstractContextManager[None]:
        return nullcontext()

    def figures(self, now: datetime) -> Figures:
        with self._reading() as rows:
            return figures(rows, now)

    def room(self) -> int:
        try:
            return shutil.disk_usage(self._folder).free if self._folder else 1 << 40
        except OSError as error:  # the disk went
            raise StoreError(f"the disk of the database cannot be looked at ({error})") from error

    def close(self) -> None:
        if not self._closed:
            with self._exclusive():  # the last connection copies the log into the database
                self._closed = True
                self._opened.close()

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """One thread of one process at a time. Raises StoreError when another process does not let go."""
        with self._lock:
            if self._closed:
                raise StoreError("the database is closed")
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


def take_turn(turn: IO[bytes], seconds: float) -> None:
    """Lock the file beside the database until it is closed or unlocked. Raises StoreError when that takes longer."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise StoreError("the database is held by another process") from None
        except OSError as error:  # a file system without locks
            raise StoreError(f"the database cannot be locked ({error})") from error
        time.sleep(LOOK_AGAIN)


def _prepare(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    database.enable_wal()
    connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
    connection.execute("PRAGMA secure_delete = ON")  # whoever is forgotten is in no free page either
    connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    migrations.apply(database)
    connection.row_factory = sqlite3.Row
    connection.isolation_level = None  # from here on transactions begin and end where `writing` says


def last_beat(path: Path, name: str) -> datetime | None:
    """When the process that uses this file last showed that it is alive; None for never. Opens read-only.

    Raises StoreError when there is no such database, Refusal for another program's.
    """
    refuse_foreign(path)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            row = connection.execute("SELECT at FROM heartbeats WHERE name = ?", (name,)).fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"LOABAN_DB: the database {path} cannot be read ({error}).") from error
    return readable_moment(row[0]) if row else None
