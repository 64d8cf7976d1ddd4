"""A catalogue (.po) in which single translations change, and every other byte stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from babel.messages.plurals import get_plural
from babel.messages.pofile import denormalize, normalize

WIDTH = 120  # at which long texts are wrapped

_ENTRY = re.compile(r'^msgid ((?:".*"[ \t]*\r?\n)+)msgstr ((?:".*"[ \t]*(?:\r?\n|\Z))+)', re.MULTILINE)
_FUZZY = re.compile(r"^#,.*\bfuzzy\b", re.MULTILINE)
_HEADER = re.compile(r'^"(Language|Plural-Forms): .*"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with its translation, which stands at `start` to `end`. The header, and what is in doubt, are no entries."""

    message: str
    text: str
    start: int
    end: int


def entries(catalogue: str) -> Iterator[Entry]:
    before = 0
    for found in _ENTRY.finditer(catalogue):
        message = denormalize(found[1].replace("\r\n", "\n"))
        if message and not _FUZZY.search(catalogue, before, found.start()):
            yield Entry(message, denormalize(found[2].replace("\r\n", "\n")), *found.span(2))
        before = found.end()


def with_translations(catalogue: str, changed: Mapping[str, str]) -> str:
    """The catalogue with these messages translated so; a message it does not have comes at its end."""
    newline = "\r\n" if "\r\n" in catalogue else "\n"
    parts, at, known = [], 0, set()
    for entry in entries(catalogue):
        known.add(entry.message)
        if entry.message in changed:
            parts += [catalogue[at : entry.start], _written(changed[entry.message], newline), newline]
            at = entry.end
    parts.append(catalogue[at:])
    for message, text in changed.items():
        if message not in known:
            parts.append(f"{newline}msgid {_written(message, newline)}{newline}msgstr {_written(text, newline)}{newline}")
    return "".join(parts)


def new_catalogue(model: str, lang: str, translations: Mapping[str, str]) -> str:
    """A catalogue with the messages and comments of another one, in another language."""
    values = {"Language": lang, "Plural-Forms": str(get_plural(lang))}
    empty = with_translations(model, {entry.message: "" for entry in entries(model)})
    head = _HEADER.sub(lambda found: f'"{found[1]}: {values[found[1]]}\\n"', empty)
    return with_translations(head, translations)


def _written(text: str, newline: str) -> str:
    return str(normalize(text, width=WIDTH)).replace("\n", newline)
