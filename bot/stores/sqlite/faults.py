"""SQLite's errors become ours here: what may be asked again, and what repeating cannot mend."""

from __future__ import annotations

import sqlite3
import traceback

from bot.errors import StoreError, StoreFault

# A statement or a value is wrong. Whatever else SQLite reports says something of the disk, of locks, of the file.
WRONG = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_INTERNAL,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
}
OURS = "rows.py"  # runs the statements of others: who asked stands above it


def store_error(error: sqlite3.Error, trouble: str) -> StoreError | StoreFault:
    """`trouble` is what could not be done, for whoever may ask again."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF not in WRONG:  # the low byte is the kind of error
        return StoreError(f"{trouble} ({error})")
    # What Python reports without SQLite may quote the value it stumbled over, and that may be a resident's.
    detail = f": {error}" if code is not None else ""
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return StoreFault(f"the database refuses what was asked of it ({name}{detail})", _asked(error))


def _asked(error: sqlite3.Error) -> str:
    frames = [one for one in traceback.extract_tb(error.__traceback__) if not one.filename.endswith(OURS)]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
