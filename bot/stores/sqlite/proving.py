"""Whether every table can be written: a row in each, to be undone."""

from __future__ import annotations

from bot.stores.records.rows import Rows

NOBODY = "\0"  # no vendor has such an id


def write_everywhere(rows: Rows) -> None:
    """Add a row of nobody to each table, through all its indexes. To be rolled back. Raises sqlite3.Error."""
    for (table,) in rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if table.startswith(("sqlite_", "_")):  # SQLite's own, and those of the migrations
            continue
        columns = rows.execute("SELECT name, type, pk FROM pragma_table_info(?)", (table,)).fetchall()
        # A number that is the whole key is given by SQLite itself.
        alone = sum(column["pk"] > 0 for column in columns) == 1
        values = [None if alone and column["pk"] and column["type"] == "INTEGER" else NOBODY for column in columns]
        names = ", ".join(f'"{column["name"]}"' for column in columns)
        places = ", ".join("?" for _ in columns)
        rows.execute(f'INSERT INTO "{table}" ({names}) VALUES ({places})', values)  # noqa: S608 - names of our own tables
