"""Several files written as one: each is ready under another name before the first gets its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from bot.errors import Refusal
from bot.i18n import mark

Files: TypeAlias = Mapping[Path, tuple[bytes | None, bytes]]  # what stands there before (None: nothing), and after

MEANWHILE = mark("{file} was changed by somebody else just now; nothing was written, do it again")
NEW_MODE = 0o644


def write_all(files: Files) -> None:
    """Write all files; modes and links stay. Who is killed on the way may do the same again.

    Raises Refusal when one of them is another by now, OSError when one cannot be written: then nothing was.
    """
    ready: list[tuple[str, Path]] = []
    try:
        for path, (before, after) in files.items():
            target = path.resolve()
            target.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(
                dir=target.parent, prefix=".new-"
            )  # hidden: no reader takes it for content
            ready.append((temporary, target))
            with os.fdopen(descriptor, "wb") as file:
                file.write(after)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(NEW_MODE if before is None else target.stat().st_mode & 0o777)
        for path, (before, _) in files.items():
            if (path.read_bytes() if path.exists() else None) != before:
                raise Refusal(MEANWHILE, file=path)
        for temporary, target in ready:
            Path(temporary).replace(target)
    finally:
        for temporary, _ in ready:
            Path(temporary).unlink(missing_ok=True)
