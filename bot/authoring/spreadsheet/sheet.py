"""The rows as a table: which columns there are, and what of a table that comes back has been changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.authoring.spreadsheet.text_rows import LISTED, MESSAGE, TextRow, normalised_text
from bot.errors import Refusal
from bot.i18n import Words, mark
from bot.text.cells import printable

FILE, KEY, KIND, CHECK, NOTE = "file", "key", "kind", "check", "note"  # the same in every language: import looks for them
LANGUAGES = slice(4, -1)  # of the columns
MAX_QUESTION = 60


@dataclass(frozen=True, slots=True)
class NonTextCell:
    """What a program made of a cell: a number, a date, a formula; `shown` as far as it can be told."""

    shown: str


Cell: TypeAlias = "str | NonTextCell"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line of a table with its number in the program that made it, from 1."""

    number: int
    cells: Sequence[Cell]

    def at(self, column: int) -> Cell:
        return self.cells[column] if column < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class SheetFault:
    """What cannot be taken over, and in which line; `message` is a msgid."""

    line: int
    message: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellEdit:
    """A text that somebody wrote into the cell of a language."""

    line: int
    row: TextRow
    lang: str
    text: str


@dataclass(frozen=True, slots=True)
class SheetEdits:
    """`places`: file and key → the line they stand in."""

    edits: Sequence[CellEdit]
    faults: Sequence[SheetFault]
    places: Mapping[tuple[str, str], int]


NO_COLUMN = mark("the column “{column}” is missing in the first line; take the file that `loaban export` wrote")
TWO_COLUMNS = mark("the column “{column}” is there twice in the first line; keep one")
UNKNOWN = mark("there is no text {file} {key}; columns file and key must stay as exported. Export again where the text is gone")
TWICE = mark("this text stands in line {first} already; keep one of the two")
STALE = mark("this text was changed in the project since the export, or its check column was; export again and redo this line")
EMPTIED = mark("{lang}: the text “{text}” was emptied; a text cannot be removed here, only in its file")
NOT_TEXT = mark("{lang}: this is no text but {shown}; format the cell as text and write it again")
FIGURES = mark("{lang}: “{text}” became “{new}”; without letters there is nothing to translate, so it must stay as it is")
LOST = mark("{lang}: these must stay as they are, and each must be there: {names}")
UNSEEN = mark("{lang}: there is a sign in it that nobody sees ({code}); write the text again, without copying it")
NAMES = mark("These must stay as they are: {names}")
AS_MANY = mark("One way of asking in each language, no translation of each other; a language may have more or fewer")
SHORT = mark("At most {count} characters")


def table_of(rows: Sequence[TextRow], langs: Sequence[str], words: Words) -> list[list[str]]:
    """The heading and one line a row. `words` is the language of kinds and notes."""
    table = [[FILE, KEY, KIND, " ".join((CHECK, *langs)), *langs, NOTE]]
    for row in rows:
        texts = [row.texts.get(lang, "") for lang in langs]
        table.append([row.file, row.key, words.say(row.kind), row.check(texts), *texts, _note(row, words)])
    return table


def _note(row: TextRow, words: Words) -> str:
    names = sorted(row.names(row.model("vi")))
    if names:
        return words.say(NAMES, names=" ".join(f"{{{name}}}" for name in names))
    if row.kind in LISTED:
        return words.say(AS_MANY) if row.position == 0 else ""
    return words.say(SHORT, count=MAX_QUESTION) if row.path == ("question",) else ""


def read(lines: Sequence[SheetLine], rows: Sequence[TextRow]) -> SheetEdits:
    """What somebody changed, and what cannot be taken over. Raises Refusal when the table is none of ours."""
    langs, columns = _columns(lines[0] if lines else SheetLine(1, ()))
    known = {(row.file, row.key): row for row in rows}
    places: dict[tuple[str, str], int] = {}
    edits: list[CellEdit] = []
    faults: list[SheetFault] = []
    for line in lines[1:]:
        if not any(_raw(line.at(column)).strip() for column in columns.values()):
            continue
        place = _shown(line.at(columns[FILE])), _shown(line.at(columns[KEY]))
        if place not in known:
            faults.append(SheetFault(line.number, UNKNOWN, {"file": place[0], "key": place[1]}))
        elif place in places:
            faults.append(SheetFault(line.number, TWICE, {"first": places[place]}))
        else:
            places[place] = line.number
            for one in _of_line(line, known[place], langs, columns):
                if isinstance(one, CellEdit):
                    edits.append(one)
                else:
                    faults.append(one)
    return SheetEdits(edits, faults, places)


def _columns(heading: SheetLine) -> tuple[list[str], dict[str, int]]:
    """The languages at the time of the export, and where each column is."""
    names = [cell.strip() if isinstance(cell, str) else "" for cell in heading.cells]
    names = [CHECK if name.startswith(f"{CHECK} ") else name for name in names]
    checks = [cell for cell in heading.cells if isinstance(cell, str) and cell.strip().startswith(f"{CHECK} ")]
    langs = checks[0].split()[1:] if checks else []
    for name in (FILE, KEY, CHECK, *langs):
        if names.count(name) != 1:
            raise Refusal(TWO_COLUMNS if name in names else NO_COLUMN, column=name)
    return langs, {name: names.index(name) for name in (FILE, KEY, CHECK, *langs)}


def _of_line(
    line: SheetLine, row: TextRow, langs: Sequence[str], columns: Mapping[str, int]
) -> Iterator[CellEdit | SheetFault]:
    cells = {lang: line.at(columns[lang]) for lang in langs}
    wrong = {lang: cell for lang, cell in cells.items() if isinstance(cell, NonTextCell)}
    if wrong:
        yield from (SheetFault(line.number, NOT_TEXT, {"lang": lang, "shown": _shown(cell)}) for lang, cell in wrong.items())
        return
    new = {lang: normalised_text(str(cell), lines=row.lines) for lang, cell in cells.items()}
    old = {lang: row.texts.get(lang, "") for lang in langs}
    if new == old:
        return
    exported = line.at(columns[CHECK])
    if exported == row.check([new[lang] for lang in langs]):
        return  # nobody touched this line; the project went on
    if exported != row.check([old[lang] for lang in langs]):
        yield SheetFault(line.number, STALE)
        return
    yield from (_edit(line.number, row, lang, new[lang]) for lang in langs if new[lang] != old[lang])


def _edit(number: int, row: TextRow, lang: str, text: str) -> CellEdit | SheetFault:
    model = row.model(lang)
    if unseen := [char for char in text if not char.isprintable() and char != "\n"]:
        return SheetFault(number, UNSEEN, {"lang": lang, "code": f"U+{ord(unseen[0]):04X}"})
    if not text:
        return SheetFault(number, EMPTIED, {"lang": lang, "text": model})
    translation = row.kind not in LISTED or lang in row.texts
    if translation and row.kind != MESSAGE and text not in row.texts.values() and not any(char.isalpha() for char in model):
        return SheetFault(number, FIGURES, {"lang": lang, "text": model, "new": text})
    try:
        same = row.names(text) == row.names(model)
    except ValueError:
        same = False
    if not same:
        return SheetFault(
            number, LOST, {"lang": lang, "names": " ".join(f"{{{name}}}" for name in sorted(row.names(model))) or "-"}
        )
    return CellEdit(number, row, lang, text)


def _raw(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.shown


def _shown(cell: Cell) -> str:
    return printable(_raw(cell))
