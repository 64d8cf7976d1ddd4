"""Files of the content, changed whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from bot.errors import Refusal
from bot.i18n import mark


def replace(path: Path, before: bytes | None, after: bytes) -> None:
    """Write `after` where `before` stands (None: where no file is yet). A link stays one, and the file's mode is kept.

    Raises Refusal when something else stands there by now, OSError when it cannot be written.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")  # hidden, so that no reader takes it for content
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        now = path.read_bytes() if path.exists() else None
        if now != before:
            raise Refusal(mark("{file} was changed by somebody else just now; nothing was written, do it again"), file=path)
        Path(temporary).chmod(stat.S_IMODE(path.stat().st_mode) if now is not None else 0o666 & ~_umask())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
