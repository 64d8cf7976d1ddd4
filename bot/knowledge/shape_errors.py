"""From pydantic's errors to sentences that somebody can act on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic_core import ErrorDetails

from bot.i18n import Words, mark
from bot.knowledge import schema
from bot.knowledge.nearest import nearest
from bot.knowledge.yamlfile import KeyPath

_KNOWN_KEYS = sorted(
    {
        info.alias or name
        for shape in vars(schema).values()
        if isinstance(shape, type) and issubclass(shape, schema.Shape)
        for name, info in shape.model_fields.items()
    }
)


def worth_saying(errors: Iterable[ErrorDetails]) -> list[ErrorDetails]:
    """One error a place: a value that fits no branch of a union is reported once a branch."""
    kept: dict[KeyPath, ErrorDetails] = {}
    for details in errors:
        place = tuple(part for part in details["loc"] if not (isinstance(part, str) and "[" in part))
        if place and place[-1] == "str":
            place = place[:-1]
        kept.setdefault(place, {**details, "loc": place})
    return list(kept.values())


_EXPECTED = {
    "string_type": mark("'{key}' must be a text"),
    "list_type": mark("'{key}' must be a list: lines that start with -"),
    "dict_type": mark("'{key}' must be a block of lines of the form key: value"),
    "model_type": mark("'{key}' must be a block of lines of the form key: value"),
    "model_attributes_type": mark("'{key}' must be a block of lines of the form key: value"),
    "date_type": mark("'{key}' must be a day such as 2026-12-31"),
    "decimal_type": mark("'{key}' must be one number"),
}
_PATTERNS = {
    schema.COMMUNE_CODE: mark("'{key}' is no code of a commune: it must be five digits, in quotes, such as \"03127\""),
    schema.CHOICE: mark("'{key}' is no number of a choice: it must be from 1 to 99"),
}


def explain(details: ErrorDetails, words: Words) -> tuple[str, dict[str, Any]]:
    """The msgid that tells of an error, and what fills it, in the language of `words` where that is a sentence."""
    loc = details["loc"]
    key = next((str(part) for part in reversed(loc) if isinstance(part, str)), "")
    kind = details["type"]
    context = details.get("ctx", {})
    if kind == "missing":
        return mark("'{key}' is missing here; add it"), {"key": key}
    if kind == "extra_forbidden":
        near = nearest(key, _KNOWN_KEYS)
        if near:
            return mark("unknown key '{key}'; did you mean '{near}'?"), {"key": key, "near": near}
        return mark("unknown key '{key}'; remove it, or look in the guide for the right one"), {"key": key}
    if kind == "literal_error":
        return mark("'{key}' is {value}, but it must be one of: {expected}"), {
            "key": key,
            "value": details["input"],
            "expected": context["expected"].replace(" or ", ", "),
        }
    if kind == "value_error":
        problem = words.say(str(context["error"]))
        return (mark("'{key}': {problem}"), {"key": key, "problem": problem}) if key else (problem, {})
    if kind == "string_too_long":
        return mark("'{key}' has {length} characters; at most {limit} fit"), {
            "key": key,
            "length": len(str(details["input"])),
            "limit": context["max_length"],
        }
    if kind == "string_too_short":
        return mark("'{key}' is empty; write a text or remove the line"), {"key": key}
    if kind == "too_short":
        return mark("'{key}' is an empty list; it needs at least one entry"), {"key": key}
    if not key:
        return mark("the file must consist of lines of the form key: value"), {}
    if kind == "string_type" and isinstance(details["input"], dict):
        return mark("a colon makes a key of this line; put the whole text in quotes"), {}
    if kind in _EXPECTED:
        return _EXPECTED[kind], {"key": key}
    if kind == "string_pattern_mismatch" and context["pattern"] in _PATTERNS:
        return _PATTERNS[context["pattern"]], {"key": key}
    return mark("'{key}' does not have the form that it must have; look in the guide"), {"key": key}
