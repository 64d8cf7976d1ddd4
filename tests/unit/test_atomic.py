"""A file is whole at every moment: whoever reads finds the old one or the new one, whatever happens on the way."""

from __future__ import annotations

import ast
import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bot.atomic import put_in_place, write, write_all

WRITER = """
import itertools, sys
from pathlib import Path
from bot.atomic import write_all
one, other = Path(sys.argv[1]), Path(sys.argv[2])
for letter in itertools.cycle((b"a", b"b")):
    write_all({one: letter * 300_000, other: letter * 300_000}, sync=False)
"""


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_whoever_reads_meanwhile_finds_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path, done = tmp_path / "one", threading.Event()
    versions = [b"a" * 200_000, b"b" * 200_000]
    write(path, versions[0])
    found: set[bytes] = set()

    def look() -> None:
        while not done.is_set():
            found.add(path.read_bytes())

    looking = threading.Thread(target=look)
    looking.start()
    for number in range(200):
        write(path, versions[number % 2], sync=False)
    done.set()
    looking.join()
    assert found == set(versions)
    assert names(tmp_path) == ["one"]


def test_a_process_killed_in_the_middle_leaves_whole_files(home: Path, tmp_path: Path) -> None:
    files = tmp_path / "one", tmp_path / "other"
    for number in range(6):
        with subprocess.Popen([sys.executable, "-c", WRITER, *map(str, files)], cwd=home) as child:
            deadline = time.monotonic() + 30
            while not files[1].exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.01 * number)
            child.send_signal(signal.SIGKILL)
        for path in files:
            data = path.read_bytes()
            assert len(data) == 300_000
            assert data == data[:1] * 300_000


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_files_and_nothing_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    write_all({one: b"old", other: b"old"})

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/.new-xyz")

    monkeypatch.setattr(os if call == "fsync" else Path, call, full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_all({one: b"new", other: b"new"})
    assert caught.value.filename == str(one), "of the file beside it nobody knows"
    assert (one.read_bytes(), other.read_bytes(), names(tmp_path)) == (b"old", b"old", ["one", "other"])


def test_what_is_seen_at_the_last_look_stops_all_files(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    write(one, b"old")

    def stop() -> None:
        assert len(names(tmp_path)) == 3, "both are ready"
        assert one.read_bytes() == b"old"
        raise LookupError

    with pytest.raises(LookupError):
        write_all({one: b"new", other: b"new"}, last_look=stop)
    assert (one.read_bytes(), names(tmp_path)) == (b"old", ["one"])


def test_a_new_file_has_the_mode_that_is_asked_for_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        for name, wanted in (("plain", None), ("private", 0o600), ("public", 0o644)):
            write(tmp_path / name, b"", mode=wanted)
    finally:
        os.umask(before)
    assert [mode(tmp_path / name) for name in ("plain", "private", "public")] == [0o640, 0o600, 0o644]
    (tmp_path / "plain").chmod(0o604)
    write(tmp_path / "plain", b"new", mode=0o600)
    assert mode(tmp_path / "plain") == 0o604


def test_a_link_is_replaced_and_what_it_led_to_stays(tmp_path: Path) -> None:
    path, link = tmp_path / "one", tmp_path / "link"
    path.write_bytes(b"old")
    link.symlink_to(path)
    write(link, b"new")
    assert (link.is_symlink(), link.read_bytes(), path.read_bytes()) == (False, b"new", b"old")


def test_a_folder_that_is_not_there_is_told_with_the_name_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write(tmp_path / "nowhere" / "one", b"new")
    assert caught.value.filename == str(tmp_path / "nowhere" / "one")


def test_a_file_is_on_disk_before_it_gets_its_name_and_the_name_is_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, target, other = (tmp_path / name for name in ("part", "target", "other"))
    part.write_bytes(b"new")
    named = {part.stat().st_ino: "part", tmp_path.stat().st_ino: "folder"}
    synced: list[tuple[str, bool, bool]] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append((named.get(os.fstat(descriptor).st_ino, "another"), target.exists(), other.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    put_in_place(part, target)
    write(other, b"new")
    assert synced == [("part", False, False), ("folder", True, False), ("another", True, False)]


def test_nobody_else_writes_a_file_beside_its_place(home: Path) -> None:
    """Each such place would have its own idea of what a crash may leave."""
    calls = {"mkstemp", "fsync", "rename", "NamedTemporaryFile"}
    wrong = [
        f"{path.relative_to(home)}:{node.lineno}"
        for path in sorted((home / "bot").rglob("*.py"))
        if path != home / "bot/atomic.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and (node.attr in calls or ast.unparse(node) == "os.replace"))
    ]
    assert wrong == []
