"""The embedded store: one SQLite file, write-ahead log, every commit on disk (synchronous FULL), one writing connection.

SQLite 3.7.0 to 3.51.2 can corrupt a write-ahead log when two connections write it at once, so there is exactly one, and
a lock in front of it.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from bot.errors import StoreError
from bot.model import Address, Button, Incoming, Outcome, Reply, Session
from bot.ports import Outgoing
from bot.stores.migrations import migrations

KEEP_HANDLED = timedelta(days=7)  # Telegram repeats an update for a day at most
KEEP_CHOICES = timedelta(days=30)
KEEP_SESSIONS = timedelta(days=180)
KEEP_UNANSWERED = timedelta(days=90)

PERSONAL_TABLES = ("sessions", "choices", "replies", "consents")
TOKEN_BYTES = 12


class SqliteStore:
    """`Store` in one file. `path` may be ":memory:"."""

    def __init__(self, path: Path | str) -> None:
        """Opens the file, creates or migrates its tables. Raises StoreError when that cannot be done."""
        self._lock = threading.RLock()
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, timeout=10)
            try:
                _prepare(self._connection)
            except BaseException:
                self._connection.close()
                raise
        except sqlite3.Error as error:
            raise StoreError(f"LOABAN_DB: the database {path} cannot be opened ({error}).") from error

    @contextmanager
    def writing(self) -> Iterator[SqliteTransaction]:
        with self._lock:
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
        rows = self._query(
            "SELECT id, user, text, buttons, attempts, at FROM replies WHERE channel = ? AND id > ? ORDER BY id",
            (channel, after),
        )
        return [_outgoing(channel, row) for row in rows]

    def delivered(self, ids: Iterable[int]) -> None:
        with self.writing() as transaction:
            transaction.execute_many("DELETE FROM replies WHERE id = ?", [(id_,) for id_ in ids])

    def attempted(self, outgoing_id: int) -> None:
        with self.writing() as transaction:
            transaction.execute("UPDATE replies SET attempts = attempts + 1 WHERE id = ?", (outgoing_id,))

    def beat(self, name: str, at: datetime) -> None:
        """Note that the process is alive and the store can be written; `last_beat` reads it."""
        with self.writing() as transaction:
            transaction.execute("INSERT OR REPLACE INTO heartbeats (name, at) VALUES (?, ?)", (name, _stamp(at)))

    def purge(self, now: datetime) -> None:
        with self.writing() as transaction:
            for table, keep in (("handled", KEEP_HANDLED), ("choices", KEEP_CHOICES), ("sessions", KEEP_SESSIONS)):
                transaction.execute(f"DELETE FROM {table} WHERE at < ?", (_stamp(now - keep),))  # noqa: S608 - fixed names
            transaction.execute("DELETE FROM unanswered WHERE day < ?", ((now - KEEP_UNANSWERED).date().isoformat(),))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _query(self, sql: str, values: Sequence[object]) -> list[sqlite3.Row]:
        with self._lock:
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise StoreError(f"the database cannot be read ({error})") from error


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
    return datetime.fromisoformat(row[0]) if row else None


class SqliteTransaction:
    """`Transaction` on the one connection; only `SqliteStore.writing` makes it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)

    def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        self._connection.executemany(sql, rows)

    def first_time(self, incoming: Incoming) -> bool:
        inserted = self.execute(
            "INSERT OR IGNORE INTO handled (channel, update_id, at) VALUES (?, ?, ?)",
            (incoming.sender.channel, incoming.id, _stamp(incoming.at)),
        )
        return inserted.rowcount == 1

    def session(self, address: Address) -> Session | None:
        row = self.execute(
            "SELECT data FROM sessions WHERE channel = ? AND user = ?", (address.channel, address.user)
        ).fetchone()
        return _session(address, json.loads(row["data"])) if row else None

    def save_session(self, session: Session) -> None:
        data = {key: value for key, value in asdict(session).items() if key != "address"}
        self.execute(
            "INSERT INTO sessions (channel, user, data, at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (channel, user) DO UPDATE SET data = excluded.data, at = excluded.at",
            (
                session.address.channel,
                session.address.user,
                json.dumps(data, default=_stamp, ensure_ascii=False),
                _stamp(session.at),
            ),
        )

    def chosen(self, address: Address, token: str) -> str | None:
        row = self.execute(
            "SELECT choice FROM choices WHERE token = ? AND channel = ? AND user = ?", (token, address.channel, address.user)
        ).fetchone()
        return str(row["choice"]) if row else None

    def queue(self, to: Address, replies: Sequence[Reply], at: datetime) -> None:
        for reply in replies:
            buttons = [(button.label, secrets.token_urlsafe(TOKEN_BYTES), button.choice) for button in reply.buttons]
            self.execute_many(
                "INSERT INTO choices (token, channel, user, choice, at) VALUES (?, ?, ?, ?, ?)",
                [(token, to.channel, to.user, choice, _stamp(at)) for _, token, choice in buttons],
            )
            self.execute(
                "INSERT INTO replies (channel, user, text, buttons, at) VALUES (?, ?, ?, ?, ?)",
                (
                    to.channel,
                    to.user,
                    reply.text,
                    json.dumps([[label, token] for label, token, _ in buttons], ensure_ascii=False),
                    _stamp(at),
                ),
            )

    def count(self, outcome: Outcome, channel: str, day: date) -> None:
        self.execute(
            "INSERT INTO counts (day, channel, lang, kind, intent, n) VALUES (?, ?, ?, ?, ?, 1) "
            "ON CONFLICT (day, channel, lang, kind, intent) DO UPDATE SET n = n + 1",
            (day.isoformat(), channel, outcome.lang, outcome.kind, outcome.intent or ""),
        )

    def unanswered(self, text: str, outcome: Outcome, day: date) -> None:
        nearest = json.dumps([[match.intent, round(match.probability, 3)] for match in outcome.candidates])
        self.execute(
            "INSERT INTO unanswered (day, lang, kind, text, nearest) VALUES (?, ?, ?, ?, ?)",
            (day.isoformat(), outcome.lang, outcome.kind, text, nearest),
        )

    def consent(self, address: Address, purpose: str, version: str, at: datetime) -> None:
        self.execute(
            "INSERT INTO consents (channel, user, purpose, version, at, withdrawn_at) VALUES (?, ?, ?, ?, ?, NULL) "
            "ON CONFLICT (channel, user, purpose) DO UPDATE "
            "SET version = excluded.version, at = excluded.at, withdrawn_at = NULL",
            (address.channel, address.user, purpose, version, _stamp(at)),
        )

    def withdraw(self, address: Address, purpose: str, at: datetime) -> None:
        self.execute(
            "UPDATE consents SET withdrawn_at = ? WHERE channel = ? AND user = ? AND purpose = ?",
            (_stamp(at), address.channel, address.user, purpose),
        )

    def forget(self, address: Address) -> int:
        return sum(
            self.execute(f"DELETE FROM {table} WHERE channel = ? AND user = ?", (address.channel, address.user)).rowcount  # noqa: S608 - fixed names
            for table in PERSONAL_TABLES
        )

    def personal_data(self, address: Address) -> dict[str, int]:
        return {
            table: int(
                self.execute(
                    f"SELECT COUNT(*) FROM {table} WHERE channel = ? AND user = ?",  # noqa: S608 - fixed names
                    (address.channel, address.user),
                ).fetchone()[0]
            )
            for table in PERSONAL_TABLES
        }


def _stamp(at: object) -> str:
    """UTC with fixed width, so that the order of the text is the order of time; "" for no time."""
    if not isinstance(at, datetime):
        return ""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _outgoing(channel: str, row: sqlite3.Row) -> Outgoing:
    reply = _reply(row["text"], row["buttons"])
    return Outgoing(row["id"], Address(channel, row["user"]), reply, row["attempts"], datetime.fromisoformat(row["at"]))


def _reply(text: str, buttons: str) -> Reply:
    return Reply(text, tuple(Button(label, token) for label, token in json.loads(buttons)))


def _session(address: Address, data: dict[str, object]) -> Session:
    """A session from its JSON; fields that this version does not know are dropped."""
    known = {key: value for key, value in data.items() if key in Session.__dataclass_fields__}
    offered = known.pop("offered", ())
    assert isinstance(offered, Iterable)  # noqa: S101
    for key in ("at", "tokens_at"):
        value = known.get(key)
        known[key] = datetime.fromisoformat(value) if isinstance(value, str) and value else None
    return Session(address=address, offered=tuple(Button(item["label"], item["choice"]) for item in offered), **known)  # type: ignore[arg-type]
