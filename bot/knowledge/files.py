"""Which files the knowledge is made of."""

from __future__ import annotations

from pathlib import Path

FOLDERS = ("intents", "content", "locales")
OTHERS = ("content/*.yaml", "content/*.sha256", "locales/*/LC_MESSAGES/*.po")


def files(home: Path, pattern: str) -> list[Path]:
    """In a fixed order, without hidden ones: editors and file managers leave `.#x.yaml` and `._x.yaml` beside x.yaml."""
    return sorted(path for path in home.glob(pattern) if not path.name.startswith("."))


def fact_files(home: Path) -> list[Path]:
    return files(home, "content/facts/*.yaml")


def intent_files(home: Path) -> list[Path]:
    """The files of the intents, and those of the topics that are refused."""
    return files(home, "intents/*/*.yaml")


def phrasings_files(home: Path) -> list[Path]:
    """The files that hold further phrasings of an intent."""
    return files(home, "intents/*/phrasings/*.yaml")


def recording_files(home: Path) -> list[Path]:
    """All that lies where recordings of answers do."""
    return [path for path in files(home, "content/audio/**/*") if path.is_file()]


def content_files(home: Path) -> list[Path]:
    """Every file that decides what is answered, in a fixed order."""
    others = [path for pattern in OTHERS for path in files(home, pattern)]
    return sorted([*others, *fact_files(home), *intent_files(home), *phrasings_files(home), *recording_files(home)])


Stamp = tuple[str, int, int, int, int]


def stamps(home: Path) -> tuple[Stamp, ...]:
    """What the file system knows of every content file: name, inode, size and both times. Any writing makes other stamps.

    Nothing is read, so it takes milliseconds.
    """
    return tuple(_stamp(path) for path in content_files(home))


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:  # a link to nowhere; whoever reads it says so
        return str(path), 0, 0, 0, 0
    return str(path), found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
