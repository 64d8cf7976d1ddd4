"""The content as it stood at a revision of git, in a folder of its own."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.errors import Refusal
from bot.i18n import mark

FOLDERS = ("intents", "content", "locales")


@contextmanager
def content_at(home: Path, revision: str) -> Iterator[Path]:
    """A temporary folder with intents/, content/ and locales/ of `home` as they were at `revision`.

    Raises Refusal when there is no git, no repository, no such revision, or no content in it.
    """
    done = _git(home, "rev-parse", "--is-inside-work-tree")
    if done.returncode:
        raise Refusal(
            mark("{folder}: git keeps no history here ({reason}); the comparison needs a checkout of the project"),
            folder=home,
            reason=_reason(done),
        )
    # What begins with a dash would be an option of git's.
    found = None if revision.startswith("-") else _git(home, "rev-parse", "--verify", "--quiet", revision + "^{commit}")
    if found is None or found.returncode:
        raise Refusal(
            mark("git knows no revision “{revision}” here; give a branch, a tag or a commit, such as HEAD or HEAD~1"),
            revision=revision,
        )
    commit = found.stdout.decode().strip()
    listed = _git(home, "ls-tree", "--name-only", commit, "--", *FOLDERS).stdout.decode("utf-8", "replace").split("\n")
    folders = [name for name in FOLDERS if name in listed]
    if "intents" not in folders:
        raise Refusal(
            mark("the revision “{revision}” holds no intents/ of {folder}; choose one that does"),
            revision=revision,
            folder=home,
        )
    archive = _git(home, "archive", "--format=tar", commit, "--", *folders)
    with TemporaryDirectory(prefix="loaban-") as folder:
        try:
            with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
                _take_out(tar, Path(folder))
        except tarfile.TarError as error:
            raise Refusal(
                mark("the content of the revision “{revision}” cannot be taken out of git: {reason}"),
                revision=revision,
                reason=_reason(archive) if archive.returncode else error,
            ) from None
        yield Path(folder)


def _take_out(tar: tarfile.TarFile, folder: Path) -> None:
    """Its plain files, within the folder; links, and names that lead out of it, are passed over.

    By hand, because `extractall` is safe by its `filter` only, which Python 3.11 before 3.11.4 does not have.
    """
    root = folder.resolve()
    for member in tar:
        path, data = (root / member.name).resolve(), tar.extractfile(member) if member.isfile() else None
        if data is not None and path.is_relative_to(root):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.read())


def _git(home: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("git")
    if program is None:
        raise Refusal(mark("the program git is not installed here; the comparison with a revision needs it"))
    return subprocess.run([program, "-C", str(home), *arguments], capture_output=True, check=False)  # noqa: S603 - no shell


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else f"git {done.returncode}"
