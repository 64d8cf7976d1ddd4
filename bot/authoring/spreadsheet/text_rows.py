"""Every text of the content that is written once a language, as rows."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from bot.authoring.spreadsheet.po_edits import entries
from bot.errors import ContentError
from bot.i18n import Words, catalogue_path, languages, mark
from bot.knowledge.files import files
from bot.knowledge.render import PLACEHOLDER
from bot.knowledge.yamlfile import Value, read_yaml
from bot.model import Problem

MESSAGES = "locales"  # stands for the file of a message, which is another one in each language
ANSWERS = mark("short answer"), mark("more of the answer")
MESSAGE = mark("message of Loa Bản")
LISTED = mark("phrasing"), mark("phrasing that is refused")  # each language has its own, as many as it likes

# Where a block of the form language: text, or language: list of texts, stands.
SPOTS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("content/topics.yaml", ("topics", "*"), mark("topic")),
    ("content/referrals.yaml", ("referrals", "*"), mark("whom to ask")),
    ("content/sources.yaml", ("sources", "*", "name"), mark("name of a source")),
    ("content/places.yaml", ("places", "*", "trap"), mark("warning of a place")),
    ("content/facts/*.yaml", ("facts", "*", "value"), mark("fact")),
    ("intents/*/*.yaml", ("question",), mark("question")),
    ("intents/*/*.yaml", ("short",), ANSWERS[0]),
    ("intents/*/*.yaml", ("more",), ANSWERS[1]),
    ("intents/*/*.yaml", ("examples",), LISTED[0]),
    ("intents/*/*.yaml", ("foreign", "*"), LISTED[1]),
    ("intents/*/phrasings/*.yaml", ("examples",), LISTED[0]),
)

_BLANKS = str.maketrans({"\u00a0": " ", "\u2007": " ", "\u202f": " "})  # what a word processor puts between words
_HASHED = 16  # digits


@dataclass(frozen=True, slots=True)
class TextRow:
    """One text in its languages.

    file      under the home folder, with slashes; MESSAGES for a message of the catalogues
    key       where it stands there, with dots between, an entry of a list with its number from 1
    kind      what it is, as a msgid
    path      the keys that lead to the languages; of a message, the msgid
    position  the place in the list, from 0; None where there is no list
    texts     language → the tidied text; no language that has none
    """

    file: str
    key: str
    kind: str
    path: tuple[str, ...]
    position: int | None
    texts: Mapping[str, str]

    @property
    def lines(self) -> bool:
        """Whether the text may have line breaks; elsewhere they are slips."""
        return self.kind in (*ANSWERS, MESSAGE)

    @property
    def optional(self) -> bool:
        """Whether a language may do without this one."""
        return self.position is not None

    def model(self, lang: str) -> str:
        """The text that a new one in this language is held against: the one before it, or else another language's."""
        if self.kind == MESSAGE:
            return self.path[0]
        return self.texts.get(lang) or next(iter(self.texts.values()), "")

    def names(self, text: str) -> set[str]:
        """The placeholders in a text of this row. Raises ValueError where braces do not fit together."""
        if self.kind in ANSWERS:
            return set(PLACEHOLDER.findall(text))
        if self.kind == MESSAGE:
            return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        return set()

    def check(self, texts: Sequence[str]) -> str:
        """A short proof of these texts at this place. It begins with a letter, so that no program takes it for a number."""
        data = json.dumps([self.file, self.key, *texts], ensure_ascii=False)
        return "c" + hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()[:_HASHED]


def normalised_text(text: str, *, lines: bool) -> str:
    """Text from whatever program: composed letters, plain blanks and line ends, nothing before it or after it."""
    text = unicodedata.normalize("NFC", text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")).translate(
        _BLANKS
    )
    parts = [line.strip() if not lines else line.rstrip() for line in text.split("\n")]
    return ("\n" if lines else " ").join(parts).strip()


def text_rows(home: Path, words: Words) -> list[TextRow]:
    """All rows, in the order of the files. Raises ContentError, in the language of `words`, for a file that is no good YAML."""
    found: list[TextRow] = []
    problems: list[Problem] = []
    for pattern in dict.fromkeys(pattern for pattern, _, _ in SPOTS):
        for path in files(home, pattern):
            name = path.relative_to(home).as_posix()
            document = read_yaml(path)
            problems += [Problem(name, fault.line, words.say(fault.message, **fault.values)) for fault in document.faults]
            for _, spot, kind in (one for one in SPOTS if one[0] == pattern):
                for keys, texts in _mappings(document.value, spot):
                    found += _rows(name, kind, keys, texts)
    if problems:
        raise ContentError(problems)
    return [*found, *_messages(home)]


def _mappings(value: Value | None, spot: Sequence[str], keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Value]]:
    if not spot:
        if value is not None:
            yield keys, value
    elif isinstance(value, dict):
        for key in value if spot[0] == "*" else [spot[0]]:
            yield from _mappings(value.get(key), spot[1:], (*keys, key))


def _rows(file: str, kind: str, keys: tuple[str, ...], value: Value) -> Iterator[TextRow]:
    """None for a value that is no block of languages, such as that of a fact that is a number."""
    if not isinstance(value, dict):
        return
    key = ".".join(keys)
    lists = {lang: texts for lang, texts in value.items() if isinstance(texts, list)}
    for position in range(max(map(len, lists.values()), default=0)):
        texts = {lang: texts[position] for lang, texts in lists.items() if position < len(texts)}
        yield _row(file, f"{key}.{position + 1}", kind, keys, position, texts)
    if not lists and value:
        yield _row(file, key, kind, keys, None, value)


def _row(file: str, key: str, kind: str, path: tuple[str, ...], position: int | None, texts: Mapping[str, Value]) -> TextRow:
    lines = kind in (*ANSWERS, MESSAGE)
    read = {lang: normalised_text(text, lines=lines) for lang, text in texts.items() if isinstance(text, str)}
    return TextRow(file, key, kind, path, position, {lang: text for lang, text in read.items() if text})


def _messages(home: Path) -> Iterator[TextRow]:
    """The messages in the order of the first catalogue, then what only others have."""
    found: dict[str, dict[str, str]] = {}
    for lang in languages(home / "locales"):
        for entry in entries(catalogue_path(home / "locales", lang).read_bytes().decode("utf-8", "replace")):
            found.setdefault(entry.message, {})[lang] = entry.text
    for message, texts in found.items():
        key = "m" + hashlib.sha256(message.encode()).hexdigest()[:_HASHED]
        yield _row(MESSAGES, key, MESSAGE, (message,), None, texts)
