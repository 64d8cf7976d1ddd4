"""A copy put in the place of the database, and what of it must not come back.

What happened since the copy was made is not in it. So nothing that was on its way then goes out again by itself, and what
the database of today still knows of refusals (who stopped announcements, who may not send any more) is kept.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from bot.atomic import put_in_place
from bot.errors import Refusal
from bot.model import Address
from bot.model.well_known import ANNOUNCEMENTS_CONSENT
from bot.stores.as_text import moment
from bot.stores.records.adjusting import Restored, adjust
from bot.stores.records.personal import PERSONAL_TABLES
from bot.stores.records.transaction import RecordTransaction
from bot.stores.sqlite.backup import ITSELF, examine
from bot.stores.sqlite.copies import DIFFERENT, alone, changing, copy, partial, refused, tables
from bot.stores.sqlite.files import beside, reading, tighten, uri
from bot.stores.sqlite.migrations import migrations
from bot.stores.sqlite.proof_of_schema import differences


def refuse_while_used(db: Path) -> None:
    """Raises Refusal while another process has the database open, StoreError while one puts another in its place."""
    with alone(beside(db, ".lock"), db):
        pass


def unknown_today(db: Path, source: Path) -> int | None:
    """How many people of the copy `source` the database `db` does not know; None where it cannot be asked.

    They asked to be forgotten since, or their rows are what was lost: only a person can tell.
    """
    try:
        with closing(reading(source)) as connection:
            _attach(connection, db)
            return len(_unknown(connection))
    except sqlite3.DatabaseError:
        return None


def restore(source: Path, db: Path, now: datetime, *, forget_unknown: bool = False) -> Restored:
    """Put the copy `source` in the place of `db`, which is kept beside it under another name. `source` is not touched.

    There is a whole database under the name `db` at every moment, also when this is killed. With `forget_unknown`, people
    whom the database of today does not know are left out. Raises Refusal, StoreError, OSError; then nothing was changed.
    """
    lock, db = beside(db, ".lock"), db.resolve()  # SQLite's own files stand beside what a link leads to
    if db.exists() and source.exists() and db.samefile(source):
        raise Refusal(ITSELF, file=source)
    with alone(lock, db):
        made = examine(source).at
        with partial(db) as part:
            try:
                with closing(reading(source)) as connection:
                    copy(connection, part)
                _prove(source, part)
                _fold_in(db)
                with _with_today(part, db) as connection:
                    done = _adjusted(connection, now, made, forget_unknown=forget_unknown)
            except sqlite3.DatabaseError as error:
                raise refused(error, source, part) from error
            examine(part)
            _own((part, lock), db)
            done = replace(done, kept=_keep(db, now))
            put_in_place(part, db)
    return done


def _prove(source: Path, part: Path) -> None:
    """Bring the copy up to date. Raises Refusal where it is not built then as a database that we make."""
    with changing(part) as connection:
        migrations.apply(Database(connection))
        if names := differences(connection):
            raise Refusal(DIFFERENT, file=source, names=", ".join(names))


# --- the database that was there --------------------------------------------------------------------------------------


def _fold_in(db: Path) -> None:
    """Bring the write-ahead log into the database, so that it is one file. One that is damaged stays as it is."""
    if db.exists():
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(uri(db, "mode=rw"), uri=True)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()


def _own(files: Iterable[Path], db: Path) -> None:
    """The service must be able to use what root restored."""
    if os.geteuid() == 0:
        owner = (db if db.exists() else db.parent).stat()
        for file in files:
            os.chown(file, owner.st_uid, owner.st_gid)


def _keep(db: Path, now: datetime) -> Path | None:
    """Give the database a second name. A log that could not be folded in goes with it: beside another file it does harm."""
    kept = beside(db, f".before-restore-{now:%Y%m%dT%H%M%SZ}")
    tighten(db)
    for suffix in ("-wal", ""):
        if beside(db, suffix).exists():
            _link(beside(db, suffix), beside(kept, suffix))
    for suffix in ("-wal", "-shm"):
        beside(db, suffix).unlink(missing_ok=True)
    return kept if kept.exists() else None


def _link(one: Path, other: Path) -> None:
    try:
        other.hardlink_to(one)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        shutil.copy2(one, other)


# --- what must not come back ------------------------------------------------------------------------------------------


@contextmanager
def _with_today(part: Path, db: Path) -> Iterator[sqlite3.Connection]:
    """The copy, and beside it as `today` the database of today where it can be read."""
    with changing(part) as connection:
        connection.row_factory = sqlite3.Row
        with suppress(sqlite3.DatabaseError):
            _attach(connection, db)
        yield connection


def _attach(connection: sqlite3.Connection, db: Path) -> None:
    """Raises DatabaseError where there is no database, or none that can be read."""
    connection.execute("ATTACH ? AS today", (uri(db),))
    try:
        _unknown(connection)
    except sqlite3.DatabaseError:
        connection.execute("DETACH today")
        raise


def _adjusted(connection: sqlite3.Connection, now: datetime, made: datetime | None, *, forget_unknown: bool) -> Restored:
    """All of it in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    transaction = RecordTransaction(connection)
    attached = "today" in {row["name"] for row in connection.execute("PRAGMA database_list")}
    today = tables(connection, "today") if attached else set()  # it may be older than some of them
    forgotten = _unknown(connection) if attached and forget_unknown else []
    for address in forgotten:
        transaction.forget(address)
    stopped = _stopped(transaction) if "consents" in today else 0
    revoked = _revoked(transaction) if "staff" in today else 0
    if "cases" in today:
        _close_cases(transaction)
    done = replace(adjust(transaction, now, made), stopped=stopped, revoked=revoked, forgotten=len(forgotten))
    connection.execute("COMMIT")
    return done


def _stopped(transaction: RecordTransaction) -> int:
    rows = transaction.execute(
        "SELECT c.channel, c.user, c.withdrawn_at FROM today.consents AS c JOIN main.subscriptions AS s "
        "ON s.channel = c.channel AND s.user = c.user WHERE c.purpose = ? AND c.withdrawn_at > s.since",
        (ANNOUNCEMENTS_CONSENT,),
    ).fetchall()
    for channel, user, at in rows:
        transaction.unsubscribe(Address(channel, user))
        transaction.withdraw(Address(channel, user), ANNOUNCEMENTS_CONSENT, moment(at))
    return len(rows)


def _revoked(transaction: RecordTransaction) -> int:
    """By number and first day, in case the database of today was begun anew."""
    rows = transaction.execute(
        "SELECT t.number, t.until FROM today.staff AS t JOIN main.staff AS s ON s.number = t.number AND s.since = t.since "
        "WHERE t.until IS NOT NULL AND s.until IS NULL"
    ).fetchall()
    for number, until in rows:
        transaction.remove_staff(number, moment(until))
    return len(rows)


def _close_cases(transaction: RecordTransaction) -> None:
    """Questions that were answered or given up since; whoever asked them is not silently kept from the bot's answers."""
    transaction.execute(
        "UPDATE main.cases SET state = t.state, touched = t.touched, reason = t.reason, due = NULL FROM today.cases AS t "
        "WHERE t.number = main.cases.number AND t.opened = main.cases.opened AND t.state = 'closed'"
    )


def _unknown(connection: sqlite3.Connection) -> list[Address]:
    then, today = (_people(connection, schema) for schema in ("main", "today"))
    rows = connection.execute(f"SELECT * FROM ({then}) EXCEPT SELECT * FROM ({today})")  # noqa: S608 - fixed names
    return [Address(channel, user) for channel, user in rows]


def _people(connection: sqlite3.Connection, schema: str) -> str:
    found = [table for table in PERSONAL_TABLES if table in tables(connection, schema)]
    if not found:
        raise sqlite3.DatabaseError("no tables of ours")
    return " UNION ".join(f"SELECT channel, user FROM {schema}.{table} WHERE user IS NOT NULL" for table in found)  # noqa: S608 - fixed names
