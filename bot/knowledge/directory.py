"""Places and topics alone: all that announcements need of the content, read in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from bot.knowledge import schema
from bot.knowledge.yamlfile import read_yaml
from bot.model import OldUnit, Place


@dataclass(frozen=True)
class Directory:
    """Everybody an announcement can be for. `topics` are those of the menu, in its order, with their names per language."""

    places: tuple[Place, ...]
    topics: Mapping[str, Mapping[str, str]]


def read_directory(home: Path, lang: str) -> Directory:
    """The directory of the content under `home`. Raises ContentError, in `lang`, when it cannot be used."""
    try:
        places = schema.PlacesFile.model_validate(read_yaml(home / "content/places.yaml").value)
        topics = schema.TopicsFile.model_validate(read_yaml(home / "content/topics.yaml").value)
    except (ValidationError, FileNotFoundError):
        from bot.knowledge.load import load_knowledge

        load_knowledge(home, lang)  # says what is wrong, with file and line
        raise
    return Directory(tuple(place_of(code, shape) for code, shape in places.places.items()), topics.topics)


def place_of(code: str, shape: schema.PlaceShape) -> Place:
    """A commune as the code knows it, from its entry in places.yaml."""
    old = tuple(OldUnit(name, group.kind) for group in shape.formed_from for name in group.names)
    return Place(code, shape.name, shape.kind, old, tuple(shape.former_districts), shape.zone, shape.trap)
