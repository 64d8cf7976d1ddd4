"""YAML the way administrators write it: every scalar is text, and nothing clever is allowed.

`12:30` reads as 750 and `no` as false in ordinary YAML 1.1, an alias bomb of 306 bytes explodes later, and of two equal
keys the last wins in silence. Here scalars stay strings, aliases, tags and duplicate keys are refused, size and depth are
capped, and every value keeps its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml
from yaml.resolver import Resolver

from bot.i18n import mark
from bot.knowledge.yaml_errors import Fault, syntax_fault

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
KeyPath: TypeAlias = "tuple[str | int, ...]"

MAX_BYTES = 1_000_000
MAX_DEPTH = 12

_CONFLICT = re.compile("^(?:<{7}|>{7}|={7})(?: .*)?$", re.MULTILINE)  # what git leaves where two people changed a line
_ODD_SPACE = re.compile(
    r"^[ \t]*[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000][^#\n]*\S", re.MULTILINE
)  # as word processors type
_EXPONENT = re.compile(r"[-+]?\d+(?:\.\d*)?[eE][-+]?\d+")  # text in YAML 1.1, a number in 1.2
_COMMENT = re.compile(r"[ \t]+#[^\r\n]")
_RESOLVER = Resolver()
_STRING = "tag:yaml.org,2002:str"


@dataclass(slots=True)
class Document:
    """A file's content. `lines` maps a path of keys and positions to its line, counted from 1; `blocks` are texts after |.

    `cut` are sentences in a list behind which a # begins a comment.
    """

    path: Path
    value: Value | None = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    blocks: set[KeyPath] = field(default_factory=set)
    misread: list[tuple[KeyPath, str]] = field(default_factory=list)
    cut: list[KeyPath] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def text_line(self, path: KeyPath) -> int:
        """The line on which a text begins: below its key where it is a block."""
        return self.line(path) + (path in self.blocks)

    def line(self, path: KeyPath) -> int:
        """The line of a value, or of its nearest container that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def _resolved(text: str) -> str:
    """The tag that YAML 1.1 gives a bare scalar."""
    return str(_RESOLVER.resolve(yaml.ScalarNode, text, (True, False)))  # type: ignore[no-untyped-call]


class _Refused(Exception):
    """The rest of the file is not read; `fault` says why."""

    def __init__(self, line: int, message: str, **values: object) -> None:
        self.fault = Fault(line, message, dict(values))


def read_yaml(path: Path) -> Document:
    """The document, with its faults listed in it. Raises nothing for bad content; OSError for an unreadable file."""
    return parse_yaml(path, path.read_bytes())


def parse_yaml(path: Path, data: bytes) -> Document:
    document = Document(path)
    if len(data) > MAX_BYTES:
        document.faults.append(Fault(1, mark("the file is larger than {limit} bytes; split it"), {"limit": MAX_BYTES}))
        return document
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")  # so that places in it are those that the parser tells
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        document.faults.append(Fault(line, mark("the file is not UTF-8 text; save it as UTF-8")))
        return document
    told = _told_by_its_look(text)
    if told:
        document.faults.append(told)
        return document
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        document.value = _Builder(document, text).document(iter(yaml.parse(text, Loader=loader)))
    except _Refused as refused:
        document.faults.append(refused.fault)
    except yaml.YAMLError as error:
        document.faults.append(syntax_fault(error, text))
    return document


def _told_by_its_look(text: str) -> Fault | None:
    """What YAML's own complaint would not help to find."""
    conflict = _CONFLICT.search(text)
    if conflict and ("<" * 7 in text or ">" * 7 in text):
        message = mark("two versions of the file stand here, from <<<<<<< to >>>>>>>; keep one of them and remove these marks")
        return Fault(text.count("\n", 0, conflict.start()) + 1, message)
    odd = _ODD_SPACE.search(text)
    if odd:
        message = mark("this line begins with spaces as a word processor types them; replace them by ordinary spaces")
        return Fault(text.count("\n", 0, odd.start()) + 1, message)
    return None


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Builder:
    def __init__(self, document: Document, text: str) -> None:
        self._document = document
        self._text = text

    def document(self, events: Iterator[yaml.Event]) -> Value | None:
        value: Value | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and value is not None:
                raise _Refused(_line(event), mark("a file holds one document; remove the line ---"))
            if isinstance(event, yaml.NodeEvent):
                value = self._node(event, events, ())
        return value

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Value:
        line = _line(event)
        self._document.lines.setdefault(path, line)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(line, mark("aliases (& and *) are not used here; write the text out"))
        if getattr(event, "tag", None):
            raise _Refused(line, mark("tags (!) are not used here; remove it"))
        if len(path) > MAX_DEPTH:
            raise _Refused(line, mark("this is nested too deeply"))
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._mapping(events, path)

    def _scalar(self, event: yaml.ScalarEvent, path: KeyPath) -> str:
        text = str(event.value)
        if event.style in ("|", ">"):
            self._document.blocks.add(path)
        if not event.style and (_resolved(text) != _STRING or _EXPONENT.fullmatch(text)):
            self._document.misread.append((path, text))
        if not event.style and " " in text and isinstance(path[-1] if path else None, int) and self._comment_behind(event):
            self._document.cut.append(path)
        return text

    def _comment_behind(self, event: yaml.ScalarEvent) -> bool:
        end = event.end_mark
        return end is not None and bool(_COMMENT.match(self._text, end.index))

    def _sequence(self, events: Iterator[yaml.Event], path: KeyPath) -> list[Value]:
        items: list[Value] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[yaml.Event], path: KeyPath) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _Refused(line, mark("a key must be a plain word"))
            if event.anchor:
                raise _Refused(line, mark("aliases (& and *) are not used here; write the text out"))
            key = str(event.value)
            if key in found:
                first = self._document.line((*path, key))
                raise _Refused(
                    line,
                    mark("the key '{key}' stands here a second time (first in line {first}); keep one"),
                    key=key,
                    first=first,
                )
            self._document.lines[(*path, key)] = line
            found[key] = self._node(next(events), events, (*path, key))
        return found
