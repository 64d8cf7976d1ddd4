"""All that is stored, from one engine to the other: copied in one transaction, counted and compared before it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

from bot.errors import Refusal
from bot.i18n import mark
from bot.settings import Server, revealed

Row = tuple[Any, ...]
Told = Callable[[str, int, int], None]  # what is done with which table: rows done, of so many

TABLES = (
    *("handled", "sessions", "choices", "replies", "holders", "consents", "counts", "verdicts", "unanswered", "set_aside"),
    *("heartbeats", "web_messages", "subscriptions", "staff", "invites", "drafts", "audit", "cases", "case_messages"),
    *("case_notices", "links", "announcements", "deliveries", "tallies", "channels", "tokens", "login_codes", "devices"),
)
STEP = 5_000  # rows between two looks at the progress
BITS = (1 << 128) - 1

DIFFERENT_TABLES = mark("{source} and {target} are not of the same version of Loa Bản ({table}); nothing was changed")
DIFFERENT_ROWS = mark("What arrived at {target} is not what {source} holds ({table}); nothing was changed")
SAME = mark("{target} is where it is already; name the other one")


class Side(Protocol):
    """One of the two databases, which nobody else uses meanwhile."""

    def columns(self, table: str) -> Sequence[str]:
        """In a fixed order; none where there is no such table."""
        ...

    def count(self, table: str) -> int: ...

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]: ...

    def numbers(self) -> Mapping[str, int]:
        """Table → the largest number that was ever given in it."""
        ...


class Target(Side, Protocol):
    def put(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None: ...

    def give_numbers_after(self, numbers: Mapping[str, int]) -> None:
        """From now on numbers are given that are larger than these."""
        ...


def move(source: Path | Server, target: Path | Server, told: Told) -> int:
    """Copy everything into `target`, which is empty or not there; returns how many rows. `source` stays as it is.

    Raises Refusal where one of them is in use or not as it should be, StoreError, OSError. Then, and where this is killed,
    `target` is as it was, and it can be done again.
    """
    if str(source) == str(target):
        raise Refusal(SAME, target=target)
    with opened(source) as old, opened_empty(target) as new:
        for table in TABLES:
            if set(old.columns(table)) != set(new.columns(table)):
                raise Refusal(DIFFERENT_TABLES, source=source, target=target, table=table)
        moved = sum(_copy(old, new, table, told) for table in TABLES)
        new.give_numbers_after(old.numbers())
        for table in TABLES:
            if _proof(old, old, table) != _proof(new, old, table):
                raise Refusal(DIFFERENT_ROWS, source=source, target=target, table=table)
            told(table, old.count(table), old.count(table))
        return moved


def opened(where: Path | Server) -> AbstractContextManager[Side]:
    if isinstance(where, Path):
        from bot.stores.sqlite.moving import source as file

        return file(where)
    from bot.stores.postgres.moving import source as server

    return server(revealed(where.url))


def opened_empty(where: Path | Server) -> AbstractContextManager[Target]:
    """What is put there is there when the block ends without an error."""
    if isinstance(where, Path):
        from bot.stores.sqlite.moving import target as file

        return file(where)
    from bot.stores.postgres.moving import target as server

    return server(revealed(where.url))


def _copy(old: Side, new: Target, table: str, told: Told) -> int:
    columns, total = old.columns(table), old.count(table)

    def counted() -> Iterator[Row]:
        for number, row in enumerate(old.rows(table, columns), 1):
            yield row
            if not number % STEP:
                told(table, number, 2 * total)

    new.put(table, columns, counted())
    return total


def _proof(side: Side, model: Side, table: str) -> tuple[int, int]:
    """How many rows there are, and a sum over them that says whether they are the same, in whatever order."""
    count = total = 0
    for row in side.rows(table, model.columns(table)):
        count += 1
        total += int.from_bytes(blake2b(repr(row).encode(errors="surrogatepass"), digest_size=16).digest())
    return count, total & BITS
