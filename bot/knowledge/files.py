"""Which files the knowledge is made of."""

from __future__ import annotations

from pathlib import Path

OTHERS = ("content/*.yaml", "content/*.sha256", "locales/*/LC_MESSAGES/*.po")


def files(home: Path, pattern: str) -> list[Path]:
    """In a fixed order, without hidden ones: editors and file managers leave `.#x.yaml` and `._x.yaml` beside x.yaml."""
    return sorted(path for path in home.glob(pattern) if not path.name.startswith("."))


def fact_files(home: Path) -> list[Path]:
    return files(home, "content/facts/*.yaml")


def intent_files(home: Path) -> list[Path]:
    """The files of the intents, and those of the topics that are refused."""
    return files(home, "intents/*/*.yaml")


def content_files(home: Path) -> list[Path]:
    """Every file that decides what is answered, in a fixed order."""
    others = [path for pattern in OTHERS for path in files(home, pattern)]
    return sorted([*others, *fact_files(home), *intent_files(home)])
