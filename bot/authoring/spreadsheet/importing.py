"""A filled table back into the files: all of it is tried on a copy of the content first, and then written, or nothing is."""

from __future__ import annotations

import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel import Locale, UnknownLocaleError
from ruamel.yaml.error import YAMLError

from bot.authoring.saving import FileEdits
from bot.authoring.spreadsheet.catalogue import new_catalogue, with_translations
from bot.authoring.spreadsheet.rows import MESSAGES, TextRow, rows_of
from bot.authoring.spreadsheet.sheet import Edit, SheetEdits, SheetFault, SheetLine, read
from bot.authoring.spreadsheet.texts import TextChange, with_texts
from bot.errors import ContentError, Refusal
from bot.i18n import Words, catalogue_path, languages, mark
from bot.knowledge.files import content_files
from bot.knowledge.load import load_knowledge
from bot.knowledge.yamlfile import KeyPath, Value, read_yaml
from bot.model import Problem

MOST_TOLD = 50
LANGUAGE = re.compile("[a-z]{2,3}")

NO_LANGUAGE = mark("“{lang}” is no code of a language: two or three small letters, such as lo")
NO_NUMBERS = mark(
    "It is not known yet how numbers and dates are written in “{lang}”, so nothing can be answered in it; "
    "docs/add-a-language.md says what to do first"
)
INCOMPLETE = mark("{count} texts have no “{lang}” yet, in the lines {lines}; a language is taken over when it is complete")
UNWRITABLE = mark("{file}: the text cannot be changed by itself; change it in the file, at {key}")
MORE = mark("and {count} more like these")


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do: the texts it changes, and every file with its bytes before (None: a new one) and after."""

    edits: Sequence[Edit]
    files: FileEdits


def speakable(lang: str) -> bool:
    """Whether numbers and dates can be written in a language. Raises Refusal for what is no code of one."""
    if not LANGUAGE.fullmatch(lang):
        raise Refusal(NO_LANGUAGE, lang=lang)
    try:
        Locale.parse(lang)
    except UnknownLocaleError:
        return False
    return True


def prepare(home: Path, sheet: str, lines: Sequence[SheetLine], words: Words) -> ImportPlan:
    """Everything that has to be written, tried out. `sheet` is the name of the table, and `words` the language of problems.

    Raises ContentError with all problems, each with its line of the table; Refusal where the table or a file cannot be used.
    """
    rows = rows_of(home, words)
    reading = read(lines, rows)
    spoken = languages(home / "locales")
    faults = list(reading.faults)
    for lang in sorted({edit.lang for edit in reading.edits} - set(spoken)):
        if not speakable(lang):
            raise Refusal(NO_NUMBERS, lang=lang)
        faults += _gaps(lang, rows, reading)
    if faults:
        raise ContentError(_told(faults, sheet, words))
    files = {**_yaml_files(home, reading.edits), **_catalogues(home, reading.edits, spoken)}
    if files:
        _try_out(home, files, rows, reading.edits, sheet, words)
    return ImportPlan(reading.edits, files)


# --- the files --------------------------------------------------------------------------------------------------------


def _yaml_files(home: Path, found: Sequence[Edit]) -> FileEdits:
    by_file: dict[str, list[Edit]] = defaultdict(list)
    for edit in found:
        if edit.row.file != MESSAGES:
            by_file[edit.row.file].append(edit)
    files: dict[Path, tuple[bytes | None, bytes]] = {}
    for name, changed in by_file.items():
        before = (home / name).read_bytes()
        changes = [TextChange(edit.row.path, edit.lang, edit.row.position, edit.text) for edit in changed]
        try:
            files[home / name] = before, with_texts(before.decode(), changes).encode()
        except (ValueError, YAMLError):
            raise Refusal(UNWRITABLE, file=name, key=changed[0].row.key) from None
    return files


def _catalogues(home: Path, found: Sequence[Edit], spoken: Sequence[str]) -> FileEdits:
    by_lang: dict[str, dict[str, str]] = defaultdict(dict)
    for edit in found:
        if edit.row.file == MESSAGES:
            by_lang[edit.lang][edit.row.path[0]] = edit.text
    files: dict[Path, tuple[bytes | None, bytes]] = {}
    for lang, changed in by_lang.items():
        path = catalogue_path(home / "locales", lang)
        if lang in spoken:
            before = path.read_bytes()
            files[path] = before, with_translations(before.decode(), changed).encode()
        else:
            model = catalogue_path(home / "locales", "en" if "en" in spoken else spoken[0]).read_bytes().decode()
            files[path] = None, new_catalogue(model, lang, changed).encode()
    return files


# --- whether it holds -------------------------------------------------------------------------------------------------


def _gaps(lang: str, rows: Sequence[TextRow], reading: SheetEdits) -> list[SheetFault]:
    """A language that is new must say everything that others say."""
    written = {(edit.row.file, edit.row.key) for edit in reading.edits if edit.lang == lang}
    missing = [row for row in rows if not row.optional and (row.file, row.key) not in written]
    if not missing:
        return []
    at = [reading.places[row.file, row.key] for row in missing if (row.file, row.key) in reading.places]
    return [SheetFault(min(at, default=1), INCOMPLETE, {"lang": lang, "count": len(missing), "lines": _spans(at) or "-"})]


def _spans(numbers: Iterable[int]) -> str:
    """Numbers as a person writes them: "5, 9-12"."""
    spans: list[tuple[int, int]] = []
    for number in sorted(numbers):
        first, last = spans.pop() if spans and spans[-1][1] == number - 1 else (number, number)
        spans.append((first, max(last, number)))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def _try_out(home: Path, files: FileEdits, rows: Sequence[TextRow], found: Sequence[Edit], sheet: str, words: Words) -> None:
    """Raises ContentError when the content would not be good, with the lines of the table where they are known."""
    with tempfile.TemporaryDirectory(prefix="loaban-") as folder:
        trial = Path(folder)
        for path in {*content_files(home), *files}:
            copy = trial / path.relative_to(home)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(files[path][1] if path in files else path.read_bytes())
        now = _said(_rows_or_none(trial, words))
        for place, texts in _said(rows, found).items():
            if now.get(place) != texts:
                raise Refusal(UNWRITABLE, file=place[0], key=".".join(place[1]))
        try:
            load_knowledge(trial, words.lang)
        except ContentError as error:
            raise ContentError(_located(error.problems, trial, found, sheet, words)) from None


def _rows_or_none(trial: Path, words: Words) -> list[TextRow]:
    try:
        return rows_of(trial, words)
    except ContentError:
        return []


def _said(rows: Sequence[TextRow], found: Sequence[Edit] = ()) -> dict[tuple[str, tuple[str, ...], str], list[str]]:
    """What stands in each language at each place, after the edits."""
    edited = {(edit.row.file, edit.row.key, edit.lang): edit.text for edit in found}
    langs = {lang for row in rows for lang in row.texts} | {edit.lang for edit in found}
    said: dict[tuple[str, tuple[str, ...], str], list[str]] = defaultdict(list)
    for row in rows:
        for lang in langs:
            text = edited.get((row.file, row.key, lang)) or row.texts.get(lang)
            if text:
                said[row.file, row.path, lang].append(text)
    return said


def _located(problems: Iterable[Problem], trial: Path, found: Sequence[Edit], sheet: str, words: Words) -> list[Problem]:
    """The same problems with the line of the table that made them, as far as that can be told."""
    told = []
    lines: dict[str, dict[int, int]] = {}
    for problem in problems:
        if problem.file not in lines:
            lines[problem.file] = _lines_of(problem.file, trial, found)
        line = lines[problem.file].get(problem.line)
        if problem.file.endswith(".po"):
            line = next((edit.line for edit in found if edit.row.file == MESSAGES and edit.row.path[0] in problem.text), None)
        told.append(Problem(sheet, line, problem.text) if line else problem)
    return _cut(told, sheet, words)


def _lines_of(file: str, trial: Path, found: Sequence[Edit]) -> dict[int, int]:
    """Line of a file → line of the table, for what was changed in it."""
    if not (trial / file).is_file() or not file.endswith(".yaml"):
        return {}
    document = read_yaml(trial / file)
    lines: dict[int, int] = {}
    for edit in found:
        if edit.row.file == file:
            path: KeyPath = (*edit.row.path, edit.lang)
            texts = _at(document.value, path)
            if isinstance(texts, list):  # a new one may stand elsewhere than in the table
                path = (*path, texts.index(edit.text)) if edit.text in texts else path
            for line in (document.line(path), document.text_line(path), document.line(edit.row.path)):
                lines.setdefault(line, edit.line)
    return lines


def _at(value: Value | None, path: KeyPath) -> Value | None:
    for key in path:
        value = value.get(str(key)) if isinstance(value, dict) else None
    return value


def _told(faults: Iterable[SheetFault], sheet: str, words: Words) -> list[Problem]:
    told = [Problem(sheet, fault.line, words.say(fault.message, **fault.values)) for fault in faults]
    return _cut(sorted(told), sheet, words)


def _cut(problems: list[Problem], sheet: str, words: Words) -> list[Problem]:
    if len(problems) <= MOST_TOLD:
        return problems
    left = len(problems) - MOST_TOLD
    return [*problems[:MOST_TOLD], Problem(sheet, problems[MOST_TOLD].line, words.say(MORE, count=left))]
