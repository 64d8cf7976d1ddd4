"""The tables, as migrations: applied in order, each in its own transaction, each once."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("loaban")


@migrations()
def conversations(db: Database) -> None:
    """Sessions, handled updates, stored replies, button tokens, consent, counts and unanswered questions."""
    db.table("handled").create({"channel": str, "update_id": str, "at": str}, pk=("channel", "update_id"))
    db.table("sessions").create({"channel": str, "user": str, "data": str, "at": str}, pk=("channel", "user"))
    db.table("choices").create({"token": str, "channel": str, "user": str, "choice": str, "at": str}, pk="token")
    # AUTOINCREMENT, because an id that came back after `forget` would let a late "delivered" delete someone else's reply.
    db.execute(
        "CREATE TABLE replies (id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT, user TEXT, text TEXT, buttons TEXT, "
        "at TEXT, attempts INTEGER NOT NULL DEFAULT 0)"
    )
    db.table("replies").create_index(["channel", "id"])
    db.table("consents").create(
        {"channel": str, "user": str, "purpose": str, "version": str, "at": str, "withdrawn_at": str},
        pk=("channel", "user", "purpose"),
    )
    db.table("counts").create(
        {"day": str, "channel": str, "lang": str, "kind": str, "intent": str, "n": int},
        pk=("day", "channel", "lang", "kind", "intent"),
    )
    db.table("unanswered").create({"id": int, "day": str, "lang": str, "kind": str, "text": str, "nearest": str}, pk="id")
    for table in ("handled", "sessions", "choices"):
        db.table(table).create_index(["at"])


@migrations()
def heartbeat(db: Database) -> None:
    """When the process last showed that it is alive and can write."""
    db.table("heartbeats").create({"name": str, "at": str}, pk="name")
