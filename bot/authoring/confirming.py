"""What somebody has compared with its source: a new review day in its file, who says so and when, and nothing else changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from bot.authoring.editing.insertion import compose
from bot.authoring.editing.scalars import as_scalar
from bot.authoring.saving import save_all
from bot.errors import Refusal
from bot.i18n import Words, mark
from bot.knowledge.nearest import nearest
from bot.knowledge.reading import read_content
from bot.knowledge.yamlfile import Value, parse_yaml

BOM = "\ufeff"


def confirm(home: Path, ids: Sequence[str], until: date, by: str, today: date, words: Words) -> list[Path]:
    """Move the review day of these facts and intents to `until` and note who confirmed them; return the files.

    All or nothing. Raises Refusal for an id that is none, a day that is not to come, a name that is empty, and a file that is
    no good YAML; OSError for one that cannot be read or written.
    """
    name = " ".join(by.split())
    if not name:
        raise Refusal(mark("say who has checked it: --by with a role or an office"))
    if until <= today:
        raise Refusal(mark("{day} is not to come; give the day by which it is to be checked again"), day=until)
    edits: dict[Path, tuple[bytes | None, bytes]] = {}
    for file, paths in _places(home, ids, words).items():
        before = (home / file).read_bytes()
        edits[home / file] = before, _confirmed(file, before, paths, until, name, today)
    save_all(edits)
    return list(edits)


def _places(home: Path, ids: Sequence[str], words: Words) -> dict[str, list[tuple[str, ...]]]:
    """File → the keys under which what was confirmed stands there."""
    reading = read_content(home, words)
    places: dict[str, list[tuple[str, ...]]] = {}
    for one in dict.fromkeys(ids):
        if one in reading.facts:
            places.setdefault(reading.facts[one][1].name, []).append(("facts", one))
        elif one in reading.intents:
            places.setdefault(reading.intents[one][1].name, []).append(())
        else:
            near = nearest(one, [*reading.facts, *reading.intents])
            if near:
                raise Refusal(mark("there is no fact and no intent {id}; did you mean {near}?"), id=one, near=near)
            raise Refusal(mark("there is no fact and no intent {id}"), id=one)
    return places


def _confirmed(file: str, before: bytes, paths: Sequence[tuple[str, ...]], until: date, by: str, today: date) -> bytes:
    text, document = before.decode("utf-8"), parse_yaml(Path(), before)
    wanted = document.value
    for path in paths:
        text = with_confirmation(text, path, until, by, today)
        wanted = _expected(wanted, path, until, by, today)
    after = text.encode()
    if parse_yaml(Path(), after).value != wanted:
        message = mark("{file}:{line}: this file cannot be changed by itself; write the new day into it by hand")
        raise Refusal(message, file=file, line=document.line((*paths[0], "review")))
    return after


def with_confirmation(source: str, path: Sequence[str], until: date, by: str, today: date) -> str:
    """A YAML text with the confirmation under the keys of `path`. Raises Refusal where no review day stands there."""
    order, text = (BOM, source[1:]) if source.startswith(BOM) else ("", source)
    node: Node | None = compose(text)
    for key in path:
        node = _under(node, key)
    day, present = _under(node, "review"), _under(node, "confirmed")
    if not isinstance(node, MappingNode) or not isinstance(day, ScalarNode):
        raise Refusal(mark("there is no review day under {key}"), key=".".join(path))
    note = f'{{by: {as_scalar(by, flow=True)}, "on": "{today}"}}'  # a bare on is "yes" to older readers
    newline = "\r\n" if "\r\n" in text else "\n"
    between = ", " if node.flow_style else newline + " " * node.start_mark.column
    changes = [(day.start_mark.index, day.end_mark.index, f'"{until}"')]
    if present is None:
        end = day.end_mark.index if node.flow_style else _end_of_line(text, day.end_mark.index)
        changes.append((end, end, f"{between}confirmed: {note}"))
    else:
        key = next(key for key, value in node.value if value is present)
        changes.append((key.end_mark.index, _end(present), f": {note}"))
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return order + text


def _end(node: Node) -> int:
    while isinstance(node, MappingNode) and not node.flow_style and node.value:
        node = node.value[-1][1]
    return int(node.end_mark.index)


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if end > at and text[end - 1] == "\r" else end


def _under(node: Node | None, key: str) -> Node | None:
    pairs = node.value if isinstance(node, MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _expected(value: Value | None, path: Sequence[str], until: date, by: str, today: date) -> Value:
    """What the file must say afterwards."""
    old = value if isinstance(value, dict) else {}
    if path:
        return {**old, path[0]: _expected(old.get(path[0]), path[1:], until, by, today)}
    return {**old, "review": str(until), "confirmed": {"by": by, "on": str(today)}}
