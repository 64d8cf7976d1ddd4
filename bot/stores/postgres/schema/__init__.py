"""The tables, as migrations: applied in the order of their names, all in one transaction, each once."""

from __future__ import annotations

from contextlib import closing
from importlib.resources import files

import psycopg

from bot.errors import Refusal
from bot.i18n import mark
from bot.stores.postgres.connecting import connected, place, refused
from bot.stores.postgres.database_clock import DatabaseClock
from bot.stores.postgres.locks import MIGRATING
from bot.stores.postgres.speech import Link

APPLIED = "loaban_migrations"  # the table that says which of them were
# What no copy of a database has in common with it: the cluster, and the numbers of the database and of a table in it.
ORIGIN = (
    "SELECT system_identifier::text, (SELECT oid::bigint FROM pg_database WHERE datname = current_database()), "
    "'sessions'::regclass::oid::bigint FROM pg_control_system()"
)
APPLIED_TABLE = "CREATE TABLE IF NOT EXISTS loaban_migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
WAIT_SECONDS = 60.0  # while another replica migrates
FARTHEST_APART = 60.0  # seconds
UTF8 = "UTF8"

NOT_OURS = mark(
    "LOABAN_DB: {where} holds tables of another program ({names}), and was left as it is. Give Loa Bản a database of its own"
)
TOO_NEW = mark("LOABAN_DB: {where} was brought up to date by a newer Loa Bản (it has {names}); update Loa Bản first")
NOT_UTF8 = mark(
    "LOABAN_DB: {where} keeps its texts as {encoding}, which has no Vietnamese. Make it anew with: createdb -E UTF8 "
    "-T template0 NAME"
)
READ_ONLY = mark("LOABAN_DB: {where} is a copy that takes no changes (a standby): name the server that it follows")
NOT_ADJUSTED = mark(
    "LOABAN_DB: {where} came out of a dump, and what was on its way then would go out again. First run: loaban restore --adjust"
)
APART = mark(
    "The clock of this machine is {seconds} seconds away from that of {where}: set both (timedatectl set-ntp true), "
    "and start again"
)


def brought_up_to_date(url: str, clock: DatabaseClock) -> None:
    """Bring the database at `url` up to date, and ask it for the time. Raises Refusal; then nothing was written."""
    try:
        with closing(connected(url, "start", WAIT_SECONDS)) as link:
            _refuse_standby(link, place(url))
            _ask_time(link, clock, place(url))
            migrate(link, place(url))
            refuse_restored(link, place(url))
    except psycopg.Error as error:
        raise refused(error, url) from error


def migrate(link: Link, where: str) -> None:
    """Raises Refusal, psycopg.Error."""
    with link.transaction():
        link.execute(f"SELECT pg_advisory_xact_lock({MIGRATING})".encode())
        for name, sql in pending(link, where):
            link.execute(APPLIED_TABLE)
            link.execute(sql.encode())
            link.execute("INSERT INTO loaban_migrations (name) VALUES (%s)", (name,))
        if link.execute("SELECT 1 FROM loaban_origin").fetchone() is None:
            note_origin(link)


def note_origin(link: Link) -> None:
    """This is where the database is at home: no copy of it is there as well."""
    link.execute("DELETE FROM loaban_origin")
    link.execute(f"INSERT INTO loaban_origin {ORIGIN}".encode())


def refuse_restored(link: Link, where: str) -> None:
    """Raises Refusal for what came out of a dump: it would send again what was on its way then."""
    at_home = f"SELECT 1 FROM loaban_origin WHERE (cluster, database, relation) = ({ORIGIN})"  # noqa: S608 - fixed
    if link.execute(at_home.encode()).fetchone() is None:
        raise Refusal(NOT_ADJUSTED, where=where)


def pending(link: Link, where: str) -> list[tuple[str, str]]:
    """Those that are not applied yet; nothing is written. Raises Refusal where the database is not ours, or a newer one's."""
    found = _tables(link)
    if APPLIED not in found:
        if found:
            raise Refusal(NOT_OURS, where=where, names=", ".join(sorted(found)[:3]))
        encoding = _one(link, "SHOW server_encoding")
        if encoding != UTF8:
            raise Refusal(NOT_UTF8, where=where, encoding=encoding)
    known = migrations()
    applied = {str(row[0]) for row in link.execute("SELECT name FROM loaban_migrations")} if found else set()
    if unknown := applied - known.keys():
        raise Refusal(TOO_NEW, where=where, names=", ".join(sorted(unknown)))
    return [(name, sql) for name, sql in known.items() if name not in applied]


def migrations() -> dict[str, str]:
    """Name → statements, in their order."""
    found = {file.name.removesuffix(".sql"): file for file in files(__name__).iterdir() if file.name.endswith(".sql")}
    return {name: found[name].read_text(encoding="utf-8") for name in sorted(found)}


def _ask_time(link: Link, clock: DatabaseClock, where: str) -> None:
    row = link.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None  # noqa: S101
    clock.told(row[0])
    if abs(clock.apart()) > FARTHEST_APART:
        raise Refusal(APART, seconds=round(abs(clock.apart())), where=where)


def _refuse_standby(link: Link, where: str) -> None:
    if _one(link, "SHOW transaction_read_only") == "on":
        raise Refusal(READ_ONLY, where=where)


def _tables(link: Link) -> set[str]:
    rows = link.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    return {str(row[0]) for row in rows}


def _one(link: Link, sql: str) -> object:
    row = link.execute(sql.encode()).fetchone()
    return row[0] if row else None
