"""Phrasings that residents used, added to the files of the intents and of the refused topics."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from ruamel.yaml.error import YAMLError

from bot.authoring.editing.insertion import with_entries
from bot.authoring.saving import save
from bot.errors import Refusal
from bot.i18n import catalogue_path, mark
from bot.knowledge.files import intent_files, phrasings_files
from bot.knowledge.nearest import no_intent
from bot.knowledge.reading import FOREIGN_FILE
from bot.knowledge.schema import is_id
from bot.knowledge.yamlfile import Value, parse_yaml, read_yaml
from bot.text.folding import fold, visible

BOM = "\ufeff"
NO_LANGUAGE = mark("there is no language {lang}; the languages are the folders of locales/")


def add_examples(home: Path, intent_id: str, lang: str, texts: Sequence[str]) -> Path:
    """Add phrasings at the end of `examples.<lang>` of an intent: in the file of its further ones, or its own. Return the file.

    Left out is what stands in either already, whatever its accents, case and punctuation, and what has no words. Nothing else
    changes; nothing is written where nothing is new. Raises Refusal for an unknown intent or language and for a file that is
    not good YAML, OSError for one that cannot be read or written.
    """
    found = [path for path in intent_files(home) if path.stem == intent_id and path.name != FOREIGN_FILE]
    if len(found) != 1:
        others = (path.stem for path in intent_files(home) if path.name != FOREIGN_FILE)
        raise no_intent(intent_id, others) if not found else _twice(home, found)
    further = [path for path in phrasings_files(home) if path.stem == intent_id]
    if len(further) > 1:
        raise _twice(home, further)
    keys = ("examples", lang)
    if further:
        own = _at(read_yaml(found[0]).value, keys)
        return _add(home, further[0], keys, new_texts(texts, own))
    return _add(home, found[0], keys, texts)


def add_foreign(home: Path, group: str, lang: str, texts: Sequence[str]) -> Path:
    """Add phrasings to a group of refused topics, making the group where there is none, and return the file.

    As `add_examples`; raises Refusal for a group whose name is no id, too.
    """
    if not is_id(group):
        raise Refusal(mark("{id} is no good name; write small letters, digits and hyphens, such as land-papers"), id=group)
    found = [path for path in intent_files(home) if path.name == FOREIGN_FILE]
    if len(found) != 1:
        raise Refusal(mark("there must be one file intents/system/foreign.yaml; there are {count}"), count=len(found))
    return _add(home, found[0], ("foreign", group, lang), texts)


def _twice(home: Path, found: Sequence[Path]) -> Refusal:
    names = ", ".join(path.relative_to(home).as_posix() for path in found)
    return Refusal(mark("the same intent stands in several files: {files}; keep one"), files=names)


def _add(home: Path, path: Path, keys: tuple[str, ...], texts: Sequence[str]) -> Path:
    if not catalogue_path(home / "locales", keys[-1]).is_file():
        raise Refusal(NO_LANGUAGE, lang=keys[-1])
    name = path.relative_to(home).as_posix()
    before = path.read_bytes()
    document = parse_yaml(path, before)
    if document.faults:
        raise Refusal(
            mark("{file}:{line}: this file cannot be changed before its error is mended; `loaban check` tells what it is"),
            file=name,
            line=document.faults[0].line,
        )
    new = new_texts(texts, _at(document.value, keys))
    if not new:
        return path
    mark_of_order, text = _split_bom(before.decode("utf-8"))
    try:
        after = (mark_of_order + with_entries(text, keys, new)).encode()
    except (ValueError, YAMLError):
        after = b""
    if parse_yaml(path, after).value != _expected(document.value, keys, new):
        message = mark("{file}:{line}: {key} must be a list: lines that start with -")
        raise Refusal(message, file=name, line=document.line(keys), key=".".join(keys))
    save(path, before, after)
    return path


def new_texts(texts: Sequence[str], present: Value | None = None) -> list[str]:
    """The texts in one line each, without those of the list `present`, those that come twice and those without words."""
    seen = {fold(text) for text in present if isinstance(text, str)} if isinstance(present, list) else set()
    new = []
    for text in texts:
        clean = " ".join(unicodedata.normalize("NFC", visible(text)).split())
        folded = fold(clean)
        if folded and folded not in seen:
            seen.add(folded)
            new.append(clean)
    return new


def _split_bom(text: str) -> tuple[str, str]:
    return (BOM, text[1:]) if text.startswith(BOM) else ("", text)


def _at(value: Value | None, keys: Sequence[str]) -> Value | None:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _expected(value: Value | None, keys: Sequence[str], new: Sequence[str]) -> Value:
    """What the file must say afterwards: the same, and the new entries."""
    if not keys:
        return [*(value if isinstance(value, list) else []), *new]
    old = value if isinstance(value, dict) else {}
    return {**old, keys[0]: _expected(old.get(keys[0]), keys[1:], new)}
