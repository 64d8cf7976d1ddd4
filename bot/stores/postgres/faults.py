"""PostgreSQL's errors become ours here: what may be asked again, and what repeating cannot mend."""

from __future__ import annotations

import traceback
from pathlib import Path

import psycopg

from bot.errors import StoreError, StoreFault

# The first two signs of an SQLSTATE: values, keys, statements. Whatever else there is says something of the server, of locks,
# of the disk, or of who may do what.
WRONG = ("21", "22", "23", "2F", "38", "39", "42", "44", "P0")
DENIED = "42501"  # an administrator can mend it
OURS = ("rows.py", "speech.py")  # run the statements of others: who asked stands above them


def store_error(error: psycopg.Error, trouble: str) -> StoreError | StoreFault:
    """`trouble` is what could not be done, for whoever may ask again."""
    state = error.sqlstate
    if state is None and isinstance(error, psycopg.OperationalError):
        return StoreError(f"{trouble} (the server cannot be reached)")
    if state is not None and (state == DENIED or not state.startswith(WRONG)):
        return StoreError(f"{trouble} ({error.diag.message_primary})")
    # What PostgreSQL says of a value quotes it, and that may be a resident's; the names of columns and rules are ours.
    named = error.diag.constraint_name if state is not None else None
    detail = f": {named}" if named else ""
    return StoreFault(f"the database refuses what was asked of it ({type(error).__name__}{detail})", _asked(error))


def _asked(error: BaseException) -> str:
    frames = [one for one in traceback.extract_tb(error.__traceback__) if not _between(one.filename)]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def _between(filename: str) -> bool:
    return filename.endswith(OURS) or "psycopg" in Path(filename).parts
