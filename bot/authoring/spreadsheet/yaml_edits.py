"""Single texts of a YAML file changed or added, and every other byte of it left as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.authoring.editing.insertion import compose
from bot.authoring.editing.scalars import as_scalar

BOM = "\ufeff"
STEP = "  "

_HEAD = re.compile(r"([|>])([-+]?)[ \t]*(#[^\r\n]*)?(?=\r?\n)")
_LITERAL = re.compile("[^\x00-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff]+")
# Where something is taken out and put in: from, to, which of those at one place comes first, and what.
Splice: TypeAlias = tuple[int, int, int, str]


@dataclass(frozen=True, slots=True)
class TextChange:
    """The text in one language under the keys of `path`, or, with a position, one entry of the list there."""

    path: tuple[str, ...]
    lang: str
    position: int | None
    text: str


def with_texts(source: str, changes: Sequence[TextChange]) -> str:
    """`source` with the changes made; entries beyond the end of a list are added to it, in the order they are given.

    Raises ValueError where the file has not the shape that the changes suppose.
    """
    mark_of_order, text = (BOM, source[1:]) if source.startswith(BOM) else ("", source)
    newline = "\r\n" if "\r\n" in text else "\n"
    tree = compose(text)
    splices: list[Splice] = []
    longer: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for change in changes:
        node, inline = _languages(tree, change.path)
        present = _value(node, change.lang)
        inline = inline or bool(node.flow_style)
        if change.position is None and present is not None:
            splices.append(_replaced(text, present, change.text, newline, inline=inline))
        elif change.position is None:
            splices.append(_new_text(text, node, change, newline, inline=inline))
        elif isinstance(present, SequenceNode) and change.position < len(present.value):
            inline = inline or bool(present.flow_style)
            splices.append(_replaced(text, present.value[change.position], change.text, newline, inline=inline))
        else:
            longer.setdefault((change.path, change.lang), []).append(change.text)
    for (path, lang), entries in longer.items():
        node, inline = _languages(tree, path)
        inline = inline or bool(node.flow_style)
        splices.append(_longer(text, node, lang, entries, newline, inline=inline))
    for start, end, _, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    return mark_of_order + text


def _languages(node: Node | None, path: Sequence[str]) -> tuple[MappingNode, bool]:
    """The block of languages, and whether it stands in brackets."""
    inline = False
    for key in path:
        if not isinstance(node, MappingNode):
            break
        inline = inline or bool(node.flow_style)
        node = _value(node, key)
    if not isinstance(node, MappingNode):
        raise ValueError(f"{'.'.join(path)}: there is no block of languages")
    return node, inline


def _value(node: MappingNode, key: str) -> Node | None:
    return next((value for name, value in node.value if name.value == key), None)


def _replaced(text: str, node: Node, new: str, newline: str, *, inline: bool) -> Splice:
    if not isinstance(node, ScalarNode):
        raise ValueError("there is no text")
    start, end = node.start_mark.index, node.end_mark.index
    if node.style in ("|", ">"):
        end = start + len(text[start:end].rstrip())  # its mark is where the next thing starts
        head = _HEAD.match(text, start)
        if head and _LITERAL.fullmatch(new):
            first = re.compile(r"(?:[ \t]*\r?\n)*( +)").match(text, head.end())
            lines = _literal(new, first[1] if first else STEP, newline)
            return start, end, 0, f"|{head[2]}{' ' + head[3] if head[3] else ''}{lines}"
    bare = as_scalar(new, flow=inline)
    return start, end, 0, json.dumps(new, ensure_ascii=False) if bare == new and node.style in ('"', "'") else bare


def _new_text(text: str, node: MappingNode, change: TextChange, newline: str, *, inline: bool) -> Splice:
    """One more language, after those that are there."""
    if inline:
        return _into_brackets(text, node, f"{change.lang}: {as_scalar(change.text, flow=True)}")
    last = _leaf(node)
    value = " " + as_scalar(change.text)
    if isinstance(last, ScalarNode) and last.style in ("|", ">") and _LITERAL.fullmatch(change.text):
        value = " |" + _literal(change.text, " " * node.start_mark.column + STEP, newline)
    return _below(text, node, 1, [f"{as_scalar(change.lang)}:{value}"], node.start_mark.column, newline)


def _longer(text: str, node: MappingNode, lang: str, entries: Sequence[str], newline: str, *, inline: bool) -> Splice:
    """More entries at the end of a list, or the list of a language that has none."""
    present = _value(node, lang)
    within = ", ".join(as_scalar(entry, flow=True) for entry in entries)
    if isinstance(present, SequenceNode):
        if present.flow_style:
            return _into_brackets(text, present, within)
        return _below(text, present, 0, [f"- {as_scalar(entry)}" for entry in entries], present.start_mark.column, newline)
    if present is not None:
        raise ValueError("there is no list")
    if inline:
        return _into_brackets(text, node, f"{lang}: [{within}]")
    model = node.value[-1][1]
    if isinstance(model, SequenceNode) and model.flow_style:
        lines = [f"{as_scalar(lang)}: [{within}]"]
    else:
        lines = [f"{as_scalar(lang)}:", *(f"{STEP}- {as_scalar(entry)}" for entry in entries)]
    return _below(text, node, 1, lines, node.start_mark.column, newline)


def _into_brackets(text: str, node: Node, more: str) -> Splice:
    inside = text[: node.end_mark.index - 1]  # before the closing bracket
    at = len(inside.rstrip())
    first = not node.value or inside.rstrip().endswith(",")
    return at, at, 1, ("" if not node.value else " " if first else ", ") + more


def _below(text: str, node: Node, rank: int, lines: Sequence[str], indent: int, newline: str) -> Splice:
    """New lines under the last one of `node`, before whatever comments and empty lines follow it."""
    last = _leaf(node)
    end = last.end_mark.index
    if isinstance(last, ScalarNode) and last.style in ("|", ">"):
        end = len(text[:end].rstrip())
    rest = re.compile(r"[^\r\n]*").match(text, end)
    at = rest.end() if rest else end
    return at, at, rank, "".join(f"{newline}{' ' * indent}{line}" for line in lines)


def _leaf(node: Node) -> Node:
    while isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _literal(text: str, indent: str, newline: str) -> str:
    return "".join(newline + (indent + line if line else "") for line in text.split("\n"))
