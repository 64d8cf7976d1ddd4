"""The store of several replicas: one PostgreSQL database, in which every replica has a few connections.

Transactions are READ COMMITTED, and wait for each other by advisory locks, see `locks.py`: with its turn, each statement sees
all that those before it wrote.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from bot.errors import StoreError, StoreFault
from bot.model import KEEP, Address, Retention, Session
from bot.ports import ClaimedReplies, Figures, Outgoing, Replica, SharedState, Shown
from bot.stores.as_text import moment, readable_moment, stamp
from bot.stores.moving import TABLES
from bot.stores.postgres.claiming import Marks
from bot.stores.postgres.connecting import connected
from bot.stores.postgres.database_clock import DatabaseClock
from bot.stores.postgres.faults import store_error
from bot.stores.postgres.locks import READING_PAGES, beginning
from bot.stores.postgres.news import News
from bot.stores.postgres.pool import Pool, is_gone
from bot.stores.postgres.schema import brought_up_to_date
from bot.stores.postgres.speech import Link, Speaking
from bot.stores.postgres.transaction import PostgresTransaction
from bot.stores.postgres.wiping import rewrite
from bot.stores.records.figures import figures
from bot.stores.records.personal import FORGOTTEN
from bot.stores.records.purging import purge
from bot.stores.records.transaction import RecordTransaction

CONNECTIONS = 6
WAIT_SECONDS = 10.0  # for a lock, or for a connection
UNKNOWN_ROOM = 1 << 40  # the disk is the server's: where it is full, a claim fails, so that nothing goes out unnoted
VIEWING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT clock_timestamp()"
BEAT = "INSERT INTO heartbeats (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at"
PRESENT = (
    "INSERT INTO replicas (name, at, content) VALUES (?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET at = excluded.at, content = excluded.content"
)
REMEMBERED = timedelta(days=1)  # for so long a replica that went is known to have been there
OLDEST_VIEW = (
    "SELECT EXTRACT(EPOCH FROM MAX(clock_timestamp() - xact_start)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND backend_xmin IS NOT NULL"
)
PROVED = " UNION ALL ".join(f"(SELECT 1 FROM {table} LIMIT 1)" for table in TABLES)  # noqa: S608 - names of our own tables
# A row that takes the place of an older one can be written on a full disk; so the server is asked to put a megabyte there, in a
# file that it forgets at once.
LITTLE_MEMORY = "SET LOCAL work_mem = '64kB'"
ROOM = "SELECT COUNT(*) FROM generate_series(1, 50000)"

T = TypeVar("T")


class PostgresStore:
    """`Store` in one database. A thread that waits for its turn holds one of the connections."""

    def __init__(self, url: str, *, connections: int = CONNECTIONS, name: str = "", wait: float = WAIT_SECONDS) -> None:
        """Connects, creates or migrates the tables. Raises Refusal, with a sentence, where that cannot be done.

        `name` is that under which the server shows the connections; `wait` how many seconds somebody's turn is waited for.
        """
        self._clock = DatabaseClock()
        self._unreadable: set[str] = set()
        self._marks = Marks()
        self._done = (0, 0.0)
        self._news: News | None = None
        self._closed = False
        self._inside = threading.local()
        self._counting = threading.Lock()
        brought_up_to_date(url, self._clock)
        self._connect = partial(connected, url, name, wait)
        self._pool = Pool(self._connect, connections, wait)

    @contextmanager
    def viewing(self) -> Iterator[RecordTransaction]:
        try:
            with self._pool.link(lambda link: self._begin(link, VIEWING)) as link:
                try:
                    yield RecordTransaction(Speaking(link), self._unreadable)
                finally:
                    with suppress(psycopg.Error):
                        link.execute("ROLLBACK")
        except psycopg.Error as error:
            raise store_error(error, "the database cannot be read") from error

    def clock(self) -> datetime:
        return self._clock.now()

    # --- transactions ---

    @contextmanager
    def writing(self, touching: Collection[Address] | None = None) -> Iterator[PostgresTransaction]:
        with self._begun(touching, beginning(touching)) as transaction:
            yield transaction

    @contextmanager
    def _hasty(self) -> Iterator[PostgresTransaction]:
        """As `writing` of what nobody shares, but a power cut may undo it: what is claimed then has no holder any more."""
        with self._begun((), beginning((), hasty=True)) as transaction:
            yield transaction

    @contextmanager
    def _begun(self, touching: Collection[Address] | None, begin: str) -> Iterator[PostgresTransaction]:
        if getattr(self._inside, "one", False):
            raise StoreFault("a transaction was begun within another one")
        self._inside.one = True
        begun = time.perf_counter()
        try:
            with self._pool.link(lambda link: self._begin(link, begin)) as link:
                transaction = PostgresTransaction(link, self._unreadable, touching, self._marks)
                try:
                    yield transaction
                    transaction.finish()
                    _commit(link)
                except BaseException:
                    self._marks.forget()  # whom it claimed may still be there
                    with suppress(psycopg.Error):
                        link.execute("ROLLBACK")
                    raise
        except psycopg.Error as error:
            raise store_error(error, "the database cannot be written") from error
        finally:
            self._inside.one = False
            self._count(time.perf_counter() - begun)

    def _count(self, seconds: float) -> None:
        with self._counting:
            self._done = self._done[0] + 1, self._done[1] + seconds

    def _begin(self, link: Link, begin: str) -> None:
        cursor = link.execute(begin.encode())
        while cursor.nextset():
            pass
        row = cursor.fetchone()
        if row is not None:
            self._clock.told(row[0])

    def _read(self, work: Callable[[PostgresTransaction], T]) -> T:
        """Single statements, which wait for nobody who writes. Once more where the server came back in the meantime."""
        try:
            try:
                return self._read_once(work)
            except psycopg.Error as error:
                if not is_gone(error):
                    raise
                self._pool.drop_idle()
                return self._read_once(work)
        except psycopg.Error as error:
            raise store_error(error, "the database cannot be read") from error

    def _read_once(self, work: Callable[[PostgresTransaction], T]) -> T:
        with self._pool.link() as link:
            return work(PostgresTransaction(link, self._unreadable, (), self._marks))

    # --- replies ---

    def due_replies(self, channel: str) -> list[Outgoing]:
        return self._read(lambda rows: rows.due_replies(channel))

    def claim_replies(
        self, channel: str, holder: str, now: Callable[[], datetime], *, lease: timedelta, limit: int
    ) -> ClaimedReplies:
        with self._hasty() as transaction:
            return transaction.take_claims(channel, holder, now, lease=lease, limit=limit)

    def give_back_replies(self, channel: str, holder: str) -> None:
        with self._hasty() as transaction:
            transaction.give_back_replies(channel, holder)

    def delivered(self, ids: Iterable[int], message_id: str = "") -> None:
        with self.writing(()) as transaction:
            transaction.delivered(ids, message_id)

    def attempted(self, outgoing_id: int) -> None:
        with self.writing(()) as transaction:
            transaction.attempted(outgoing_id)

    # --- what is shown on our own page ---

    def transcript(self, address: Address, after: int = 0) -> list[Shown]:
        return self._read(lambda rows: rows.transcript(address, after))

    def session(self, address: Address) -> Session | None:
        return self._read(lambda rows: rows.session(address))

    def shown_after(self, number: int, limit: int) -> Sequence[tuple[int, Address]]:
        return self._read(lambda rows: rows.shown_after(number, limit))

    def last_shown(self) -> int:
        with self._pool.link(lambda link: self._begin(link, READING_PAGES)) as link:
            row = link.execute("SELECT last_value, is_called FROM web_messages_id_seq").fetchone()
            link.execute("COMMIT")
        return int(row[0]) if row and row[1] else 0

    def seen(self, address: Address, until: int, at: datetime) -> None:
        with self.writing([address]) as transaction:
            transaction.seen(address, until, at)

    # --- the store as a whole ---

    def beat(self, name: str, at: datetime) -> None:
        with self.writing(()) as transaction:
            transaction.execute(BEAT, (name, stamp(at)))

    def last_beat(self, name: str) -> datetime | None:
        row = self._read(lambda rows: rows.one("SELECT at FROM heartbeats WHERE name = ?", (name,)))
        return readable_moment(row["at"]) if row else None

    def present(self, replica: Replica) -> Sequence[Replica]:
        with self.writing(()) as transaction:
            transaction.execute(PRESENT, (replica.name, stamp(replica.at), replica.content))
            transaction.execute("DELETE FROM replicas WHERE at < ?", (stamp(replica.at - REMEMBERED),))
            rows = transaction.execute("SELECT name, at, content FROM replicas ORDER BY name").fetchall()
        return [Replica(row["name"], moment(row["at"]), row["content"]) for row in rows]

    @property
    def replicated(self) -> bool:
        return True

    def shared_state(self) -> SharedState | None:
        row = self._read(lambda rows: rows.one(OLDEST_VIEW))
        return SharedState(self._clock.apart(), float(row[0] or 0) if row else 0.0, self._pool.waiting, self._done)

    def prove(self, at: datetime) -> None:
        self._read(lambda rows: rows.execute(PROVED).fetchall())
        with self.writing(()) as transaction:
            transaction.execute(LITTLE_MEMORY)
            transaction.execute(ROOM).fetchall()
            transaction.execute(BEAT, ("proof", stamp(at)))

    def purge(self, now: datetime, keep: Retention = KEEP) -> None:
        with self.writing() as transaction:
            purge(transaction, now, keep)
        with self.writing() as transaction:
            transaction.condense(now - keep.deliveries)
        self.wipe()

    def wipe(self) -> None:
        if self._read(lambda rows: rows.one("SELECT 1 FROM heartbeats WHERE name = ?", (FORGOTTEN,))) is None:
            return
        try:
            with self._pool.link() as link:
                rewrite(link)
        except psycopg.Error as error:
            raise store_error(error, "the database cannot be written anew") from error

    def tell_others(self) -> None:
        if self._news is not None:
            self._news.tell()

    @contextmanager
    def hearing(self, heard: Callable[[], None]) -> Iterator[None]:
        with closing(News(self._connect, heard)) as self._news:
            try:
                yield
            finally:
                self._news = None

    def figures(self, now: datetime) -> Figures:
        return self._read(lambda rows: figures(rows, now))

    def room(self) -> int:
        if self._closed:
            raise StoreError("the database is closed")
        return UNKNOWN_ROOM

    def close(self) -> None:
        self._closed = True
        self._pool.close()


def _commit(link: Link) -> None:
    if link.info.transaction_status != TransactionStatus.INTRANS:  # PostgreSQL would roll back, and call it a success
        raise StoreFault("the database refused a statement, and the transaction went on")
    link.execute("COMMIT")
