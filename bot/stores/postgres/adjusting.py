"""After `pg_restore`: a dump knows nothing of what happened since, so it is put right before anybody works on it."""

from __future__ import annotations

from datetime import datetime

from bot.stores.as_text import readable_moment
from bot.stores.postgres.claiming import Marks
from bot.stores.postgres.connecting import place
from bot.stores.postgres.moving import used_alone
from bot.stores.postgres.schema import migrate, note_origin
from bot.stores.postgres.transaction import PostgresTransaction
from bot.stores.records.adjusting import Restored, adjust

LIVED = "run"  # the last sign of life in it


def adjusted(url: str, now: datetime) -> Restored:
    """In one transaction. Raises Refusal while somebody uses the database, StoreError."""
    with used_alone(url) as link:
        migrate(link, place(url))
        transaction = PostgresTransaction(link, set(), None, Marks())
        row = transaction.one("SELECT at FROM heartbeats WHERE name = ?", (LIVED,))
        done = adjust(transaction, now, readable_moment(row["at"]) if row else None)
        transaction.execute("DELETE FROM replicas")
        note_origin(link)
    return done
