"""The cache saves time and never the truth: it is never stale, never trusted blindly, never needed."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.engine.cache import KEPT, cache_key, cached

TEXT = "Bà con vay được tối đa 100 triệu đồng. " * 20


class Builder:
    """Counts how often it had to build."""

    def __init__(self, result: object = TEXT) -> None:
        self.result = result
        self.times = 0

    def __call__(self) -> object:
        self.times += 1
        return self.result


class Trap:
    """An object that, when it is unpickled, leaves a mark: what an attacker's pickle would do."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.marker,)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def kept(folder: Path) -> Path:
    (file,) = folder.glob("*.pickle")
    return file


def test_what_was_built_once_is_not_built_again(folder: Path) -> None:
    build = Builder()
    assert cached(folder, "key", build) == TEXT
    assert cached(folder, "key", build) == TEXT
    assert build.times == 1


def test_another_key_is_another_mind(folder: Path) -> None:
    cached(folder, "one", Builder("old"))
    assert cached(folder, "two", Builder("new")) == "new"


CONTENT = [
    "content/sources.yaml",
    "content/facts/loans.yaml",
    "content/vocabulary.yaml",
    "content/places.yaml",
    "content/topics.yaml",
    "content/referrals.yaml",
    "content/names.sha256",
    "intents/loans/loan-amount.yaml",
    "intents/loans/phrasings/loan-amount.yaml",
    "intents/system/foreign.yaml",
    "locales/vi/LC_MESSAGES/loaban.po",
    "locales/en/LC_MESSAGES/loaban.po",
]


@pytest.mark.parametrize("name", CONTENT)
def test_any_byte_of_the_content_changes_the_key(tiny_home: Path, name: str) -> None:
    path = tiny_home / name
    if path.parent.name == "phrasings":
        path.parent.mkdir()
        path.write_text("intent: loan-amount\nexamples: {vi: [vay mấy đồng]}\n", "utf-8")
    before = cache_key(tiny_home, "vi")
    data = path.read_bytes()
    path.write_bytes(data + b"#")
    assert cache_key(tiny_home, "vi") != before
    path.write_bytes(data)
    assert cache_key(tiny_home, "vi") == before


def test_a_new_a_renamed_and_a_removed_file_change_the_key(tiny_home: Path) -> None:
    first = tiny_home / "intents/loans/loan-amount.yaml"
    keys = [cache_key(tiny_home, "vi")]
    first.rename(first.with_name("other.yaml"))
    keys.append(cache_key(tiny_home, "vi"))
    first.with_name("other.yaml").unlink()
    keys.append(cache_key(tiny_home, "vi"))
    (tiny_home / "content/facts/new.yaml").write_text("facts: {}\n", "utf-8")
    keys.append(cache_key(tiny_home, "vi"))
    assert len(set(keys)) == len(keys)


def test_text_that_moves_from_one_file_to_the_next_changes_the_key(tiny_home: Path) -> None:
    one, two = tiny_home / "content/facts/a.yaml", tiny_home / "content/facts/b.yaml"
    one.write_bytes(b"xy")
    two.write_bytes(b"z")
    before = cache_key(tiny_home, "vi")
    one.write_bytes(b"x")
    two.write_bytes(b"yz")
    assert cache_key(tiny_home, "vi") != before


def test_the_language_belongs_to_the_key_and_the_folders_place_does_not(tiny_home: Path, tmp_path: Path) -> None:
    key = cache_key(tiny_home, "vi")
    assert cache_key(tiny_home, "en") != key
    moved = tiny_home.rename(tmp_path / "moved")
    assert cache_key(moved, "vi") == key


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: b"not a pickle",
        lambda data: b"\0" * len(data),
        lambda data: b"cno.such.module\nthing\n.",
        lambda data: data.replace(b"100", b"900", 1),
    ],
    ids=["emptied", "cut in half", "cut at the end", "text", "zeros", "a class that is gone", "one digit turned over"],
)
def test_a_damaged_file_is_built_anew(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    cached(folder, "key", Builder())
    path = kept(folder)
    data = path.read_bytes()
    assert damage(data) != data
    path.write_bytes(damage(data))
    build = Builder()
    assert cached(folder, "key", build) == TEXT
    assert build.times == 1
    assert cached(folder, "key", Builder("from the mended file")) == TEXT


@pytest.mark.parametrize("what", ["folder", "file"])
@pytest.mark.parametrize("bit", [0o020, 0o002], ids=["its group", "everybody"])
def test_what_others_may_write_is_not_trusted(folder: Path, tmp_path: Path, what: str, bit: int) -> None:
    cached(folder, "key", Builder())
    marker = tmp_path / "marker"
    path = kept(folder)
    path.write_bytes(pickle.dumps(Trap(marker)))
    target = folder if what == "folder" else path
    target.chmod(target.stat().st_mode | bit)
    build = Builder()
    assert cached(folder, "key", build) == TEXT
    assert build.times == 1
    assert not marker.exists()


def test_a_link_to_elsewhere_is_not_trusted(folder: Path, tmp_path: Path) -> None:
    cached(folder, "key", Builder())
    path, marker, elsewhere = kept(folder), tmp_path / "marker", tmp_path / "elsewhere"
    elsewhere.write_bytes(pickle.dumps(Trap(marker)))
    path.unlink()
    path.symlink_to(elsewhere)
    assert cached(folder, "key", Builder()) == TEXT
    assert not marker.exists()


def test_the_trap_of_these_tests_would_leave_its_mark(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    pickle.loads(pickle.dumps(Trap(marker)))
    assert marker.exists()


def test_the_folder_is_made_for_its_owner_alone(folder: Path) -> None:
    cached(folder, "key", Builder())
    assert folder.stat().st_mode & 0o077 == 0
    assert kept(folder).stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    build = Builder()
    assert cached(tmp_path / "file" / "cache", "key", build) == TEXT
    assert build.times == 1


def test_a_mind_that_cannot_be_built_leaves_nothing(folder: Path) -> None:
    def fail() -> object:
        raise RuntimeError("broken content")

    with pytest.raises(RuntimeError):
        cached(folder, "key", fail)
    assert not folder.exists() or list(folder.iterdir()) == []


def test_only_the_newest_are_kept(folder: Path) -> None:
    for number in range(KEPT + 3):
        cached(folder, f"{number:03}", Builder())
        time.sleep(0.01)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"engine-{number:03}.pickle" for number in range(3, KEPT + 3)]
