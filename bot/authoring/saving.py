"""Files of the content, saved whole or not at all, and only where nobody else has changed them meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from bot.atomic import write_all
from bot.errors import Refusal
from bot.i18n import mark

FileEdits: TypeAlias = Mapping[Path, tuple[bytes | None, bytes]]  # what stands there before (None: nothing), and after

CHANGED_MEANWHILE = mark("{file} was changed by somebody else just now; nothing was written, do it again")


def save(path: Path, before: bytes | None, after: bytes, *, mode: int | None = None) -> None:
    """One file; see `save_all`."""
    save_all({path: (before, after)}, mode=mode)


def save_all(edits: FileEdits, *, mode: int | None = None) -> None:
    """Several files as one: on disk before the first gets its name. Who is killed on the way may do the same again.

    A link stays one, and a file keeps its mode; `mode` is that of a new one, None for what the umask leaves. Raises Refusal
    when something else stands there by now, OSError when one cannot be written: then none was.
    """

    def nobody_was_here() -> None:
        for path, (before, _) in edits.items():
            if (path.read_bytes() if path.exists() else None) != before:
                raise Refusal(CHANGED_MEANWHILE, file=path)

    targets = {path.resolve(): after for path, (_, after) in edits.items()}
    for target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
    write_all(targets, mode=mode, last_look=nobody_was_here)
