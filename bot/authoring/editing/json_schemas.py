"""JSON Schemas of the content files, made from the shapes that the reader itself holds them against.

Our reader takes every scalar for text; an editor takes `2024` for a number and `2026-12-31` for a date. So where a number, a
time or an id is wanted, the schema accepts what an editor makes of it.
"""

from __future__ import annotations

import json
from typing import Any

from bot.authoring.editing.file_kinds import FileKind

_DRAFT = "http://json-schema.org/draft-07/schema#"


def json_schema(kind: FileKind) -> str:
    """The schema as the text of its file."""
    made = _plain(kind.shape.model_json_schema(by_alias=True))
    return json.dumps({"$schema": _DRAFT, **made}, ensure_ascii=False, indent=2) + "\n"


def _plain(made: Any) -> Any:
    """Without what only fills an editor's hover text (titles, defaults), and without null, which nobody can write here."""
    if isinstance(made, list):
        return [_plain(one) for one in made]
    if not isinstance(made, dict):
        return made
    kept = {
        key: _plain(value)
        for key, value in made.items()
        if not (key == "title" and isinstance(value, str)) and key != "default"
    }
    if "anyOf" in kept:
        choices = [one for one in kept.pop("anyOf") if one != {"type": "null"}]
        kept |= choices[0] if len(choices) == 1 else {"anyOf": choices}
    return kept | ({"additionalProperties": False} if "patternProperties" in kept else {})
