"""Files that are whole at every moment: written under another name in the same folder, and renamed when all of it is there.

Whoever reads meanwhile, or comes after a crash, finds what stood there before or all of what is new, and never a part.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

PREFIX = ".new-"  # hidden, so that no reader of a folder takes such a file for content


def write(path: Path, data: bytes, *, mode: int | None = None, sync: bool = True) -> None:
    """One file; see `write_all`."""
    write_all({path: data}, mode=mode, sync=sync)


def write_all(
    files: Mapping[Path, bytes],
    *,
    mode: int | None = None,
    sync: bool = True,
    last_look: Callable[[], None] = lambda: None,
) -> None:
    """Several files as one: each is ready under another name before the first gets its own.

    mode       of a file that is new, None for what the umask leaves of 0666; one that stood there keeps its own
    sync       whether the bytes are on disk before the file gets its name: else a power cut may leave an empty one
    last_look  called when all is ready and nothing is changed yet; whatever it raises leaves everything as it was

    The folders must be there. A link is replaced by the file; give what it leads to, where it is to stay. Raises OSError that
    names the file; as long as the first rename has not been made, nothing is changed.
    """
    with ExitStack() as unless_renamed:
        parts = {}
        for path, data in files.items():
            with _naming(path):
                parts[path] = part = _part(path)
                unless_renamed.callback(part.unlink, missing_ok=True)
                _fill(part, data, _mode_of(path, mode), sync=sync)
        last_look()
        for path, part in parts.items():
            with _naming(path):
                part.replace(path)


def put_in_place(part: Path, target: Path) -> None:
    """Give a file that somebody else has written whole its name. Afterwards it outlives a power cut, under that name."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _part(path: Path) -> Path:
    """An empty file beside it, readable by its owner only."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=PREFIX)
    os.close(descriptor)
    return Path(name)


def _fill(part: Path, data: bytes, mode: int, *, sync: bool) -> None:
    with part.open("wb") as file:
        file.write(data)
        if sync:
            file.flush()
            os.fsync(file.fileno())
    part.chmod(mode)


def _mode_of(path: Path, mode: int | None) -> int:
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    return 0o666 & ~_umask() if mode is None else mode


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """An error names the file that is wanted, not the one beside it, of which nobody knows."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
