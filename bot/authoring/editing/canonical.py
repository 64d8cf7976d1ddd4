"""The one way in which a content file is written: what `loaban fmt` makes of it.

Keys stand in the order of the schema, each level two blanks further right; quotes are double, stand wherever YAML needs them,
and stay where somebody put them; what stood in brackets stays there. Comments stay beside what they stood beside, single empty
lines too. The first line leads editors to the schema.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.authoring.editing.file_kinds import MODELINE
from bot.authoring.editing.insertion import STEP, compose
from bot.authoring.editing.scalars import as_scalar, quoted
from bot.errors import LoabanError
from bot.i18n import mark
from bot.knowledge.schema import Shape
from bot.knowledge.yaml_errors import Fault
from bot.knowledge.yamlfile import parse_yaml

BARE = ("value", "to", "period", "date")  # a number or a time behind one of these is meant as one: no quotes
_BOM = "\ufeff"
_UNSURE = mark(
    "this file cannot be put in order by itself; write it more simply: one key a line, comments in lines of their own"
)


class Unformattable(LoabanError):
    """The file is no good YAML, or would lose something; `fault` says where and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message.format(**fault.values))
        self.fault = fault


def formatted(data: bytes, shape: type[Shape], modeline: str) -> bytes:
    """The file in its canonical form. Raises Unformattable; never changes what the file says or loses a comment."""
    before = parse_yaml(Path(), data)
    if before.faults:
        raise Unformattable(before.faults[0])
    text = data.decode("utf-8").removeprefix(_BOM)
    newline = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    try:
        page = _Page(text)
        result = ("\n".join([modeline, *page.lines(shape)]) + "\n").replace("\n", newline).encode()
        if result == data:
            return data
        again = _Page(result.decode().replace("\r\n", "\n"))
        again.lines(shape)
    except YAMLError:
        raise Unformattable(Fault(1, _UNSURE)) from None
    if again.comments != page.comments or parse_yaml(Path(), result).value != before.value:
        raise Unformattable(Fault(1, _UNSURE))
    return result


@dataclass(slots=True)
class _Line:
    """A line to be: its text, the comment at its end, what goes on in further lines, and comments below that belong to it."""

    indent: int
    text: str = ""
    comment: str = ""
    block: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)

    def written(self) -> list[str]:
        first = "  ".join(part for part in (self.text, self.comment) if part)
        return [(" " * self.indent + line).rstrip() for line in (first,)] + [
            *self.block,
            *((" " * self.indent + comment).rstrip() for comment in self.below),
        ]


class _Page:
    """A walk over the text in its order. `_at` is how far it came, `_tail` the last line that was made."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._tail: _Line | None = None
        self.comments: Counter[str] = Counter()

    def lines(self, shape: type[Shape]) -> list[str]:
        root = compose(self._text)
        made: list[_Line] = []
        if isinstance(root, MappingNode | SequenceNode) and root.value:
            made = self._block(root, 0, shape, top=True)
        elif root is not None:
            line = _Line(0)
            made = [*self._gap(root.start_mark.index, 0, 0), line]
            self._tail = line
            self._value(line, root, 0, None, bare=False)
        made += self._gap(len(self._text), 0, 0)
        lines = [line for one in made for line in one.written()]
        return "\n".join(line for line in lines if not line.lstrip().startswith(MODELINE)).strip("\n").split("\n")

    def _block(self, node: Node, indent: int, kind: Any, *, top: bool = False, item: bool = False) -> list[_Line]:
        """One entry after the other. Comments above the first key of the file stay on top, whatever comes first."""
        chunks: list[tuple[int, list[_Line]]] = []
        head: list[_Line] = []
        for entry in node.value:
            if isinstance(node, MappingNode):
                place, made = self._pair(entry[0], entry[1], indent, kind)
            else:
                place, made = 0, self._item(node, entry, indent, kind)
            if not chunks:
                while not item and made[0] == _Line(made[0].indent):  # no empty line between a key and what is under it
                    made = made[1:]
                if top:
                    start = next((number for number, line in enumerate(made) if line.text), 0)
                    head, made = made[:start], made[start:]
            chunks.append((place, made))
        chunks.sort(key=lambda chunk: chunk[0])
        return [*head, *(line for _, made in chunks for line in made)]

    def _pair(self, key: ScalarNode, value: Node, indent: int, kind: Any) -> tuple[int, list[_Line]]:
        above = self._gap(key.start_mark.index, key.start_mark.column, indent)
        line = _Line(indent, f"{_scalar(key)}:")
        self._at, self._tail = key.end_mark.index, line
        inner = self._value(line, value, indent, _under(kind, key.value), bare=key.value in BARE)
        return _place(kind, key.value), [*above, line, *inner]

    def _item(self, node: Node, item: Node, indent: int, kind: Any) -> list[_Line]:
        if isinstance(item, MappingNode | SequenceNode) and item.value and self._takes_lines(item):
            made = self._block(item, indent + STEP, _under(kind, None), item=True)
            first = next(number for number, line in enumerate(made) if line.text)
            made[first].text = f"- {made[first].text}"
            for line in made[: first + 1]:  # what stands above the first key stands above the dash
                line.indent = indent
            return made
        above = self._gap(item.start_mark.index, node.start_mark.column, indent)
        line = _Line(indent, "-")
        self._tail = line
        return [*above, line, *self._value(line, item, indent, _under(kind, None), bare=False)]

    def _value(self, line: _Line, node: Node, indent: int, kind: Any, *, bare: bool) -> list[_Line]:
        """Write the value behind what `line` says already, or in lines of its own, which are returned."""
        if isinstance(node, MappingNode | SequenceNode) and node.value and self._takes_lines(node):
            return self._block(node, indent + STEP, kind)
        line.below += [one.comment for one in self._gap(node.start_mark.index, -1, indent) if one.comment]
        if not isinstance(node, ScalarNode):
            if isinstance(node, SequenceNode):
                text, *line.block = self._in_lines(node, kind, indent + STEP)
            else:
                text = self._brackets(node, kind)
            self._at = node.end_mark.index
        elif node.style in ("|", ">"):
            text = self._block_text(line, node, indent)
        else:
            text = _scalar(node, bare=bare) if node.value or node.style else ""
            self._at = node.end_mark.index
        line.text = f"{line.text} {text}".strip()
        return []

    def _block_text(self, line: _Line, node: ScalarNode, indent: int) -> str:
        source = self._text[node.start_mark.index : node.end_mark.index].split("\n")
        while not source[-1].strip():
            source.pop()
        self._at = node.start_mark.index + len("\n".join(source))
        comment = re.search("#.*", source[0])
        if comment:
            self._remark(line, comment[0])
        header = source[0].partition("#")[0]
        if len(source) == 1 or re.search(r"[\d+]", header):  # with a sign for its depth or its end: rare, and hard to move
            return quoted(node.value)
        depth = next(len(one) - len(one.lstrip(" ")) for one in source[1:] if one.strip())
        line.block = [(" " * (indent + STEP) + one[depth:]) if one[depth:] else "" for one in source[1:]]
        return header.strip()

    def _takes_lines(self, node: MappingNode | SequenceNode) -> bool:
        """Whether a list or mapping stands in lines of its own: as it did, or because comments stand between its brackets."""
        if not node.flow_style:
            return True
        at = node.start_mark.index
        for leaf in _leaves(node):
            if "#" in self._text[at : leaf.start_mark.index]:
                return True
            at = leaf.end_mark.index
        return "#" in self._text[at : node.end_mark.index]

    def _in_lines(self, node: SequenceNode, kind: Any, indent: int) -> list[str]:
        """A list in brackets, broken where it was broken."""
        parts = [self._brackets(item, _under(kind, None)) for item in node.value]
        lines = ["[" + "".join(parts[:1])]
        for before, item, part in zip(node.value, node.value[1:], parts[1:], strict=False):
            if "\n" in self._text[before.end_mark.index : item.start_mark.index]:
                lines[-1] += ","
                lines.append(" " * indent + part)
            else:
                lines[-1] += f", {part}"
        return [*lines[:-1], lines[-1] + "]"]

    def _brackets(self, node: Node, kind: Any, *, bare: bool = False) -> str:
        if isinstance(node, ScalarNode):
            return _scalar(node, flow=True, bare=bare)
        if isinstance(node, SequenceNode):
            return "[" + ", ".join(self._brackets(item, _under(kind, None)) for item in node.value) + "]"
        pairs = sorted(node.value, key=lambda pair: _place(kind, pair[0].value))
        parts = [
            f"{_scalar(key, flow=True)}: {self._brackets(value, _under(kind, key.value), bare=key.value in BARE)}"
            for key, value in pairs
        ]
        return "{" + ", ".join(parts) + "}"

    def _gap(self, upto: int, column: int, indent: int) -> list[_Line]:
        """What stands between here and `upto`: lines of comments, and single empty lines.

        A comment at the end of the last line, and comments deeper than `column` right under it, are given to that line.
        """
        first, *rest = self._text[self._at : max(self._at, upto)].split("\n")
        self._at = max(self._at, upto)
        found: list[_Line] = []
        if self._tail is None:
            rest = [first, *rest]
        elif comment := re.search("#.*", first):
            self._remark(self._tail, comment[0])
        last = len(rest) - 1
        for number, line in enumerate(rest):
            comment = re.search("#.*", line)
            if comment:
                text = comment[0].rstrip()
                if self._tail is not None and not any(one.comment for one in found) and comment.start() > column >= 0:
                    self._tail.below += ["" for _ in found]
                    found.clear()
                    self._remark(self._tail, text, below=True)
                else:
                    self._count(text)
                    found.append(_Line(indent, comment=text))
            elif not line.strip() and number < last and not (found and not found[-1].comment):
                found.append(_Line(indent))
        return found

    def _remark(self, line: _Line, comment: str, *, below: bool = False) -> None:
        self._count(comment.rstrip())
        if line.block and not below:  # behind the last line of a list in brackets
            line.block[-1] += f"  {comment.rstrip()}"
        elif below or line.comment:
            line.below.append(comment.rstrip())
        else:
            line.comment = comment.rstrip()

    def _count(self, comment: str) -> None:
        if not comment.startswith(MODELINE):
            self.comments[comment] += 1


def _scalar(node: ScalarNode, *, flow: bool = False, bare: bool = False) -> str:
    return quoted(node.value) if node.style else as_scalar(node.value, flow=flow, bare=bare)


def _leaves(node: Node) -> list[ScalarNode]:
    if isinstance(node, ScalarNode):
        return [node]
    parts = [part for entry in node.value for part in (entry if isinstance(entry, tuple) else (entry,))]
    return [leaf for part in parts for leaf in _leaves(part)]


# --- the order of the schema ------------------------------------------------------------------------------------------


def _plain(kind: Any) -> Any:
    """A type without what pydantic is told about it; None for a choice of several, which has no order."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        return None
    return kind


def _under(kind: Any, key: str | None) -> Any:
    """The type of what stands under a key, or in a list."""
    kind = _plain(kind)
    if isinstance(kind, type) and issubclass(kind, Shape):
        return next((info.annotation for name, info in kind.model_fields.items() if key == (info.alias or name)), None)
    return get_args(kind)[-1 if get_origin(kind) is dict else 0] if get_args(kind) else None


def _place(kind: Any, key: str) -> int:
    """Where a key of a shape belongs; a key of no shape, and an unknown one, stays behind those before it."""
    kind = _plain(kind)
    if not (isinstance(kind, type) and issubclass(kind, Shape)):
        return 0
    keys = [info.alias or name for name, info in kind.model_fields.items()]
    return keys.index(key) if key in keys else len(keys)
