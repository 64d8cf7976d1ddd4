"""A PostgreSQL database as one side of a move, and whether somebody uses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from bot.errors import Refusal
from bot.i18n import mark
from bot.stores.moving import TABLES
from bot.stores.postgres.connecting import connected, place, refused
from bot.stores.postgres.faults import store_error
from bot.stores.postgres.locks import OFFICE
from bot.stores.postgres.reading import NOT_BEGUN
from bot.stores.postgres.schema import migrate, pending
from bot.stores.postgres.speech import Link, kept

WAIT_SECONDS = 5.0
AT_ONCE = 2_000  # rows that are fetched in one go
OTHERS = (
    "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND application_name LIKE 'loaban%' ORDER BY 1"
)
NUMBERED = (
    "SELECT table_name::text, column_name::text FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND is_identity = 'YES'"
)

IN_USE = mark("{where} is in use ({names}). Stop every replica and every other loaban command first, then do it again")
NOT_EMPTY = mark("{where} is not empty ({table} has rows); a move begins with nothing. Make a new database for it")


@contextmanager
def source(url: str) -> Iterator[PostgresSide]:
    """Raises Refusal while somebody uses it, and where it is no database of this version."""
    with used_alone(url) as link:
        if pending(link, place(url)):
            raise Refusal(NOT_BEGUN, where=place(url))
        yield PostgresSide(link)


@contextmanager
def target(url: str) -> Iterator[PostgresSide]:
    """The tables are made where there are none; all of it is committed when the block ends without an error."""
    with used_alone(url) as link:
        migrate(link, place(url))
        side = PostgresSide(link)
        for table in TABLES:
            if side.count(table):
                raise Refusal(NOT_EMPTY, where=place(url), table=table)
        yield side


@contextmanager
def used_alone(url: str) -> Iterator[Link]:
    """A transaction while which nobody else of ours does anything there. Raises Refusal where somebody does, StoreError."""
    try:
        link = connected(url, "migrate", WAIT_SECONDS)
    except psycopg.Error as error:
        raise refused(error, url) from error
    with closing(link):
        try:
            link.execute("SET idle_in_transaction_session_timeout = 0")  # the other side may take its time
            with link.transaction():
                held = link.execute("SELECT pg_try_advisory_xact_lock(%s)", (OFFICE,)).fetchone()
                names = [str(row[0]) for row in link.execute(OTHERS)]
                if names or not (held and held[0]):
                    raise Refusal(IN_USE, where=place(url), names=", ".join(names))
                yield link
        except psycopg.Error as error:
            raise store_error(error, "the database cannot be moved") from error


class PostgresSide:
    """`Side` and `Target`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def columns(self, table: str) -> Sequence[str]:
        rows = self._link.execute(
            "SELECT column_name::text FROM information_schema.columns WHERE table_schema = current_schema() "
            "AND table_name = %s ORDER BY ordinal_position",
            (table,),
        )
        return [row[0] for row in rows]

    def count(self, table: str) -> int:
        row = self._link.execute(f"SELECT COUNT(*) FROM {table}".encode()).fetchone()  # noqa: S608 - fixed names
        return int(row[0]) if row else 0

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        with self._link.cursor(name="moving") as cursor:
            cursor.itersize = AT_ONCE
            cursor.execute(f"SELECT {_names(columns)} FROM {table}".encode())  # noqa: S608 - fixed names
            for record in cursor:
                yield tuple(record)

    def numbers(self) -> Mapping[str, int]:
        found = {}
        for table, column in self._numbered():
            row = self._link.execute(f"SELECT last_value, is_called FROM {table}_{column}_seq".encode()).fetchone()  # noqa: S608 - fixed names
            found[table] = int(row[0]) if row and row[1] else 0
        return found

    def put(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        with self._link.cursor() as cursor, cursor.copy(f"COPY {table} ({_names(columns)}) FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row([kept(value) for value in row])

    def give_numbers_after(self, numbers: Mapping[str, int]) -> None:
        for table, column in self._numbered():
            if numbers.get(table):
                self._link.execute("SELECT setval(%s::regclass, %s)", (f"{table}_{column}_seq", numbers[table]))

    def _numbered(self) -> list[tuple[str, str]]:
        return [(str(row[0]), str(row[1])) for row in self._link.execute(NUMBERED)]


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
