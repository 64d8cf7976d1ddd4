"""Whether a database has the tables, columns, indexes and triggers that the migrations make, and no others."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

from sqlite_utils import Database

from bot.stores.sqlite.migrations import migrations

Shape = dict[str, object]  # "table sessions" → what there is to say of it


def foreign_triggers(connection: sqlite3.Connection) -> list[str]:
    """Those that no migration makes: they run whenever a row is touched. Nothing may be changed before they are looked for."""
    made = _triggers(_migrated())
    return sorted(name for name, sql in _triggers(_shape(connection)).items() if made.get(name) != sql)


def differences(connection: sqlite3.Connection) -> list[str]:
    """What is missing, too much, or otherwise in a database to which the migrations were applied, each as "table sessions"."""
    made, found = _migrated(), _shape(connection)
    return sorted(name for name in made.keys() | found.keys() if made.get(name) != found.get(name))


def _migrated() -> Shape:
    with closing(sqlite3.connect(":memory:")) as empty:
        migrations.apply(Database(empty))
        return _shape(empty)


def _triggers(shape: Shape) -> Shape:
    return {name: sql for name, sql in shape.items() if name.startswith("trigger ")}


def _shape(connection: sqlite3.Connection) -> Shape:
    return dict(_parts(connection))


def _parts(connection: sqlite3.Connection) -> Iterator[tuple[str, object]]:
    for kind, name, table, sql in connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall():
        if name.startswith("sqlite_stat") or name == "sqlite_sequence":
            continue
        said = re.sub(r"\s+", " ", sql or "").strip()
        if kind == "table":
            columns = connection.execute('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?)', (name,))
            yield f"table {name}", sorted(tuple(column) for column in columns)
        elif kind == "index":
            how = connection.execute(
                'SELECT "unique", partial FROM pragma_index_list(?) WHERE name = ?', (table, name)
            ).fetchone()
            columns = connection.execute("SELECT name, desc FROM pragma_index_xinfo(?) WHERE key", (name,))
            yield f"index {name}", (table, tuple(how), [tuple(column) for column in columns], said.partition(" WHERE ")[2])
        else:  # triggers, and views, of which we make none
            yield f"{kind} {name}", said
