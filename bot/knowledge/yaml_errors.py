"""From the complaints of the YAML parser to sentences that somebody can act on; its own English words are told to nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.reader import ReaderError

from bot.i18n import mark


@dataclass(frozen=True, slots=True)
class Fault:
    """Something the reader refuses; `message` is a msgid of the catalogue, filled with `values`."""

    line: int
    message: str
    values: dict[str, Any] = field(default_factory=dict)


_UNKNOWN = mark(
    "this is not readable YAML; look at the spaces at the start of the line, and put quotes around a text that "
    "contains a colon or starts with a special character"
)
_BACKSLASH = mark("a backslash (\\) means something else in double quotes; write it twice, or take single quotes")
_BRACKET = mark(
    "a list or block in brackets is not readable YAML here: a comma or its closing bracket is missing; a text that holds "
    "brackets, commas or colons stands in quotes"
)
_PERCENT = mark("a line that begins with % is read as an instruction to YAML; put the text in quotes")
_BLOCK = mark("behind | or > nothing may stand; begin the text in the next line")
# What the parser says, of which the pure Python one and the one in C have slightly other words.
_SENTENCES = {
    "found unknown escape character": _BACKSLASH,
    "found invalid Unicode character escape code": _BACKSLASH,
    "did not find expected hexdecimal number": _BACKSLASH,
    "did not find expected ',' or ']'": _BRACKET,
    "did not find expected ',' or '}'": _BRACKET,
    "did not find expected comment or line break": _BLOCK,
    "found an indentation indicator equal to 0": _BLOCK,
    "could not find expected directive name": _PERCENT,
    "did not find expected whitespace": _PERCENT,
    "found unexpected non-alphabetical character": _PERCENT,
    "did not find expected version number": _PERCENT,
    "found incompatible YAML document": _PERCENT,
    "found duplicate %YAML directive": _PERCENT,
    "found duplicate %TAG directive": _PERCENT,
    "found unknown directive name": _PERCENT,
    "did not find expected <document start>": mark(
        "the file goes on here with something that does not belong to what stands before; look at the spaces at the start of "
        "the line, and whether a key or - is missing"
    ),
    "found unexpected document indicator": mark("a line of --- or ... stands inside a text in quotes; remove it"),
    "did not find expected alphabetic or numeric character": mark("aliases (& and *) are not used here; write the text out"),
    "did not find expected tag URI": mark("tags (!) are not used here; remove it"),
    "did not find the expected '>'": mark("tags (!) are not used here; remove it"),
    "found undefined tag handle": mark("tags (!) are not used here; remove it"),
    "did not find URI escaped octet": mark("tags (!) are not used here; remove it"),
}
# Noticed later than where it stands, so that the place is where the parser began to read.
_BEGUN_EARLIER = {
    "found unexpected end of stream": mark("the text in quotes that begins here never ends; put the closing quote behind it"),
    "could not find expected ':'": mark(
        "something is missing in this line: it must read “key: value”, or “- text” in a list, with the blank"
    ),
}


def syntax_fault(error: yaml.YAMLError, text: str) -> Fault:
    """The sentence for an error of the parser, with its line."""
    if isinstance(error, ReaderError):
        line = text.encode()[: error.position].count(b"\n") + 1
        return Fault(line, mark("a control character that nobody sees stands in this line; type the line anew"))
    problem = getattr(error, "problem", None) or ""
    places = [getattr(error, "problem_mark", None), getattr(error, "context_mark", None)]
    if problem in _BEGUN_EARLIER:
        return Fault(_line(reversed(places)), _BEGUN_EARLIER[problem])
    line = _line(places)
    if re.match(r" *\t", "".join(text.split("\n")[line - 1 : line])):
        return Fault(line, mark("this line begins with a tab; YAML takes spaces only, so replace it by spaces"))
    return Fault(line, _SENTENCES.get(problem, _UNKNOWN))


def _line(places: Iterable[yaml.Mark | None]) -> int:
    spot = next((place for place in places if place is not None), None)
    return 1 if spot is None else spot.line + 1
