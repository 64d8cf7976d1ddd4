"""Persons whom no answer may name: the list holds only the hashes of their names, so that it names nobody itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from bot.i18n import mark
from bot.knowledge import schema
from bot.knowledge.intent_rules import intent_texts
from bot.knowledge.reading import Reading
from bot.text.folding import fold

NAMES_FILE = "content/names.sha256"
LONGEST_NAME = 4  # words


def check_names(reading: Reading) -> None:
    """Add a problem for every answer and every fact that names a person of the list."""
    hashes = _name_hashes(reading)
    if not hashes:
        return
    for intent, where in reading.written.values():
        for key, lang, text in intent_texts(intent):
            place = name_in(text, hashes)
            if place is not None:
                line = where.document.text_line((key, lang)) + place
                message = mark("{key}.{lang} names a person who must not be named; say the role or the commune instead")
                reading.problem(where, line, message, key=key, lang=lang)
    for fact_id, (fact, where) in reading.facts.items():
        if any(name_in(text, hashes) is not None for text in _texts(fact)):
            message = mark("the fact {id} names a person who must not be named; say the role or the commune instead")
            reading.problem(where, where.line("facts", fact_id), message, id=fact_id)


def _texts(fact: schema.FactShape) -> Iterator[str]:
    yield fact.note
    for value in fact.value.values() if isinstance(fact.value, dict) else ():
        yield value if isinstance(value, str) else " ".join(value)


def _name_hashes(reading: Reading) -> frozenset[str]:
    path = reading.home / NAMES_FILE
    if not path.is_file():
        return frozenset()
    found = set()
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
        text = line.strip()
        if re.fullmatch(r"[0-9a-f]{64}", text):
            found.add(text)
        elif text and not text.startswith("#"):
            reading.problem(NAMES_FILE, number, "this is no SHA-256; a name must not stand here, only its hash")
    return frozenset(found)


def name_hash(name: str) -> str:
    """What the list of names holds: SHA-256 of the folded name, so that the list itself names nobody."""
    return _hash(fold(name))


def _hash(folded: str) -> str:
    return hashlib.sha256(folded.encode()).hexdigest()


def name_in(text: str, hashes: frozenset[str]) -> int | None:
    """The line (from 0) on which a name of the list begins: two to four neighbouring words, with or without accents."""
    words = [(word, number) for number, line in enumerate(text.splitlines()) for word in fold(line).split()]
    for start in range(len(words)):
        for size in range(2, min(LONGEST_NAME, len(words) - start) + 1):
            name = " ".join(word for word, _ in words[start : start + size])
            if _hash(name) in hashes:
                return words[start][1]
    return None
