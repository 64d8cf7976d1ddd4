"""More entries for a list of a YAML text: what stands there already is not touched, so a diff shows the new lines alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.authoring.editing.scalars import as_scalar

STEP = 2  # blanks that each level stands further right


def compose(text: str) -> Node | None:
    """The tree of a YAML text, each node with where it starts and ends. For text that our own reader has read before."""
    node: Node | None = YAML(typ="safe", pure=True).compose(text)
    return node


def with_entries(text: str, path: Sequence[str], entries: Sequence[str]) -> str:
    """`text` with `entries` at the end of the list under the keys of `path`; keys that are missing are made.

    Raises ValueError where something else than blocks and a list stands on the way.
    """
    node = compose(text)
    key: Node | None = None
    for depth, name in enumerate(path):
        if not isinstance(node, MappingNode):
            return _instead_of_nothing(text, node, key, path[depth:], entries)
        found = next((pair for pair in node.value if pair[0].value == name), None)
        if found is None:
            return _new_key(text, node, path[depth:], entries)
        key, node = found
    if not isinstance(node, SequenceNode):
        return _instead_of_nothing(text, node, key, (), entries)
    if node.flow_style:
        return _into_brackets(text, node, ", ".join(as_scalar(entry, flow=True) for entry in entries))
    return _below(text, node, [], entries, node.start_mark.column)


def _instead_of_nothing(text: str, node: Node | None, key: Node | None, path: Sequence[str], entries: Sequence[str]) -> str:
    """New lines where a key has no value yet, or where the file is empty."""
    if node is None:
        return _join(text, len(text), _lines(path, entries, 0), _newline(text))
    if not isinstance(node, ScalarNode) or node.value or node.style or key is None:
        raise ValueError("there is no list")
    return _below(text, key, path, entries, key.start_mark.column + STEP)


def _new_key(text: str, node: MappingNode, path: Sequence[str], entries: Sequence[str]) -> str:
    if not node.flow_style:
        return _below(text, node, path, entries, node.start_mark.column)
    inner = "[" + ", ".join(as_scalar(entry, flow=True) for entry in entries) + "]"
    for name in reversed(path[1:]):
        inner = f"{{{as_scalar(name, flow=True)}: {inner}}}"
    return _into_brackets(text, node, f"{as_scalar(path[0], flow=True)}: {inner}")


def _into_brackets(text: str, node: Node, more: str) -> str:
    at = node.end_mark.index - 1  # before the closing bracket
    filled = bool(node.value) and not text[:at].rstrip().endswith(",")
    return text[:at] + (", " if filled else "") + more + text[at:]


def _below(text: str, node: Node, path: Sequence[str], entries: Sequence[str], indent: int) -> str:
    """New lines under the last line of `node`, before whatever comments and empty lines follow it."""
    last = _last_leaf(node)
    end = last.end_mark.index
    if isinstance(last, ScalarNode) and last.style in ("|", ">"):  # its end is where the next thing starts
        end = len(text[:end].rstrip())
    after = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)").match(text, end)
    return _join(text, after.end() if after else len(text), _lines(path, entries, indent), _newline(text))


def _last_leaf(node: Node) -> Node:
    while isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
        # An empty value is marked where the next thing is expected; its key tells the line.
        if isinstance(last, tuple) and isinstance(node, ScalarNode) and not node.value and not node.style:
            return last[0]  # type: ignore[no-any-return]
    return node


def _lines(path: Sequence[str], entries: Sequence[str], indent: int) -> list[str]:
    keys = [" " * (indent + STEP * depth) + f"{as_scalar(name)}:" for depth, name in enumerate(path)]
    return [*keys, *(" " * (indent + STEP * len(path)) + f"- {as_scalar(entry)}" for entry in entries)]


def _join(text: str, at: int, lines: Sequence[str], newline: str) -> str:
    before = text[:at]
    if before and not before.endswith(("\n", "\r")):
        before += newline
    return before + "".join(line + newline for line in lines) + text[at:]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
