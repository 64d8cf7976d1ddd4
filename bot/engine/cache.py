"""What takes seconds to build, on disk: the engine, so that `loaban ask` answers at once, and the misfits of `loaban check`.

The file's name is a hash of every byte of the content and of the code that reads it, so it can never be stale: anything
that changes makes another name. It is a pickle, read only from a folder that belongs to this user alone, and only when the
file itself does; anything unusual means building anew.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from io import BufferedReader
from pathlib import Path
from typing import TypeVar

import platformdirs

from bot.atomic import write
from bot.knowledge.files import content_files

Built = TypeVar("Built")

KEPT = 3  # files of a kind kept in the folder
DIGEST = hashlib.sha256().digest_size
_CODE = Path(__file__).resolve().parents[1]  # all of `bot`
_LIBRARIES = ("numpy", "babel", "rapidfuzz")


def cache_folder(setting: Path | None) -> Path:
    """The folder of LOABAN_CACHE, or the user's own cache folder."""
    return setting or Path(platformdirs.user_cache_dir("loaban", appauthor=False))


def cache_key(home: Path, lang: str) -> str:
    """Hash of the content, the language, the code and the libraries that shape the result."""
    libraries = "|".join(version(name) for name in _LIBRARIES)
    parts = (sys.version, lang, libraries, _hash(home, content_files(home)), code_key())
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


def code_key() -> str:
    """Hash of the code as it is on disk, which may be another one than runs."""
    return _hash(_CODE, sorted([*_CODE.rglob("*.py"), *_CODE.rglob("*.json")]))


def _hash(root: Path, paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def cached(folder: Path, key: str, build: Callable[[], Built], kind: str = "engine") -> Built:
    """What `build` returns, from the folder where it was kept before. A folder that cannot be used is done without.

    `kind` tells apart what is built from the same content.
    """
    path = folder / f"{kind}-{key}.pickle"
    if _is_trusted(path):
        with suppress(OSError), path.open("rb") as file:
            if _is_whole(file):
                with not_collecting():
                    return pickle.load(file)  # type: ignore[no-any-return]  # noqa: S301 - ours alone and whole, see above
    built = build()
    with suppress(OSError):  # a read-only file system, a full disk: slower next time, nothing worse
        data = pickle.dumps(built, protocol=pickle.HIGHEST_PROTOCOL)
        _store(path, hashlib.sha256(data).digest() + data)
    return built


@contextmanager
def not_collecting() -> Iterator[None]:
    """While half an engine stands there, to look for garbage in it takes a third of the time, and stops everybody else."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _is_whole(file: BufferedReader) -> bool:
    """Whether the file is what was kept, by its checksum; it is left at the beginning of the pickle.

    It is read in pieces: as one it would stand in memory beside what is made of it.
    """
    digest = file.read(DIGEST)
    whole = hashlib.file_digest(file, "sha256").digest() == digest
    file.seek(DIGEST)
    return whole


def _is_trusted(path: Path) -> bool:
    """Whether file and folder belong to this user and nobody else may write them."""
    if not hasattr(os, "getuid"):
        return path.is_file()
    try:
        stats = (path.parent.stat(), path.stat(follow_symlinks=False))
    except OSError:
        return False
    return all(one.st_uid == os.getuid() and not one.st_mode & 0o022 for one in stats)


def _store(path: Path, data: bytes) -> None:
    for folder in reversed((path.parent, *path.parent.parents)):  # `parents=True` would leave those above to the umask
        folder.mkdir(mode=0o700, exist_ok=True)
    path.unlink(missing_ok=True)  # one that could not be trusted would keep its mode, and never be
    write(path, data, mode=0o600, sync=False)  # after a power cut the checksum tells what is not whole
    kind = path.name.partition("-")[0]
    older = sorted(path.parent.glob(f"{kind}-*.pickle"), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in older[KEPT:]:
        old.unlink(missing_ok=True)
