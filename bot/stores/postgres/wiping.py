"""What was deleted, out of the files as well: PostgreSQL marks rows as gone, and leaves their bytes for long."""

from __future__ import annotations

from bot.stores.postgres.speech import Link
from bot.stores.records.personal import FORGOTTEN, PERSONAL_TABLES

REWRITTEN = 32 << 20  # bytes up to which a table is written anew; larger ones would stop everybody
PATIENCE = "2s"  # for whoever reads a table at this moment: the next time will do
WRITTEN_ANEW = (*PERSONAL_TABLES, "handled", "case_messages", "case_notices", "set_aside", "devices")


def rewrite(link: Link) -> None:
    """Write small tables anew, and note that this is done. Raises psycopg.Error."""
    link.execute(f"SET lock_timeout = '{PATIENCE}'".encode())
    try:
        for table in WRITTEN_ANEW:
            size = link.execute("SELECT pg_total_relation_size(%s::regclass)", (table,)).fetchone()
            if size is not None and size[0] <= REWRITTEN:
                link.execute(f"VACUUM (FULL) {table}".encode())
        link.execute("DELETE FROM heartbeats WHERE name = %s", (FORGOTTEN,))
    finally:
        link.execute("RESET lock_timeout")
