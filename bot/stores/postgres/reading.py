"""Sums that are read beside the replicas, as of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

import psycopg

from bot.errors import Refusal
from bot.i18n import mark
from bot.stores.as_text import readable_moment
from bot.stores.postgres.connecting import connected, place, refused
from bot.stores.postgres.faults import store_error
from bot.stores.postgres.schema import pending
from bot.stores.postgres.speech import Link, Speaking
from bot.stores.records.statistics import StatisticsRows

WAIT_SECONDS = 5.0

NOT_BEGUN = mark("LOABAN_DB: {where} is empty, or not brought up to date yet. `loaban run` does that with the next start.")


def last_beat(url: str, name: str) -> datetime | None:
    """When the process `name` last showed that it is alive; None for never. Raises Refusal, StoreError."""
    with _viewing(url) as link:
        row = link.execute("SELECT at FROM heartbeats WHERE name = %s", (name,)).fetchone()
    return readable_moment(row["at"]) if row else None


@contextmanager
def reading(url: str) -> Iterator[StatisticsRows]:
    """One view of the database as it is at this moment, however long it is looked at. Nothing waits for it meanwhile.

    Raises Refusal when there is no such database, or one of another version or program; StoreError.
    """
    with _viewing(url) as link:
        yield StatisticsRows(Speaking(link))


@contextmanager
def _viewing(url: str) -> Iterator[Link]:
    try:
        link = connected(url, "reading", WAIT_SECONDS)
    except psycopg.Error as error:
        raise refused(error, url) from error
    with closing(link):
        try:
            link.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            if pending(link, place(url)):
                raise Refusal(NOT_BEGUN, where=place(url))
            yield link
        except psycopg.Error as error:
            raise store_error(error, "the database cannot be read") from error
