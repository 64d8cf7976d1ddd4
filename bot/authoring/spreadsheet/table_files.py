"""Tables as files: .xlsx for Excel and LibreOffice, .csv for everything else. The ending says which."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.authoring.spreadsheet.sheet import CHECK, FILE, KEY, KIND, LANGUAGES, NOTE, Cell, NonTextCell, SheetLine
from bot.errors import Refusal
from bot.i18n import mark
from bot.text.cells import FORMULA, as_cell

ENDINGS = (".xlsx", ".csv")
MAX_BYTES = 50_000_000
MAX_UNPACKED = 200_000_000  # bytes of what is packed in an .xlsx
MAX_COLUMNS = 64  # ours, and some that somebody added; formatting may reach to column XFD
MAX_LINES = 100_000  # with something in them
NEW_MODE = 0o644  # of what is exported or imported: it goes to other people, and the service reads it
MAX_CELL = 32_767  # characters, of Excel
WIDTHS = {FILE: 30, KEY: 24, KIND: 16, NOTE: 40}
TEXT_WIDTH = 60

ENDING = mark("{file}: the name must end in .xlsx or .csv")
TOO_LARGE = mark("{file} is larger than {limit} MB; this is no file that `loaban export` wrote")
TOO_LONG = mark("{file} has more than {limit} lines; this is no file that `loaban export` wrote")
NOT_XLSX = mark("{file} cannot be read as a spreadsheet ({detail}); save it as .xlsx again")
NOT_UTF8 = mark("{file} is not UTF-8 text; save it as “CSV UTF-8”, or use .xlsx")
NOT_CSV = mark("{file} cannot be read as CSV: line {line}: {detail}")
NO_ROOM = mark("{file} {key}: Excel cannot hold this text; export to .csv")

_SHEET = "Loa Bản"


def table_bytes(name: Path, table: Sequence[Sequence[str]]) -> bytes:
    """The table as a file of that name. Raises Refusal for another ending, or a text that does not fit."""
    return _xlsx(table) if file_format(name) == ".xlsx" else _csv(table)


def read_table(path: Path) -> list[SheetLine]:
    """The lines of a table. Raises Refusal for a file that is none, OSError."""
    kind = file_format(path)
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Refusal(TOO_LARGE, file=path, limit=MAX_BYTES // 1_000_000)
    return _from_xlsx(path, data) if kind == ".xlsx" else _from_csv(path, data)


def file_format(path: Path) -> str:
    """Raises Refusal for any other than these two."""
    found = path.suffix.lower()
    if found not in ENDINGS:
        raise Refusal(ENDING, file=path)
    return found


# --- .csv -------------------------------------------------------------------------------------------------------------


def _csv(table: Sequence[Sequence[str]]) -> bytes:
    lines = io.StringIO()
    csv.writer(lines).writerows([as_cell(cell) for cell in row] for row in table)
    return lines.getvalue().encode("utf-8-sig")  # with the mark by which Excel knows UTF-8


def _from_csv(path: Path, data: bytes) -> list[SheetLine]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(NOT_UTF8, file=path) from None
    heading = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=heading.count))
    usual = csv.field_size_limit(MAX_BYTES)  # of the whole process, so it is put back
    try:
        return [SheetLine(number, [_bare(cell) for cell in row]) for number, row in enumerate(reader, 1)]
    except csv.Error as error:
        raise Refusal(NOT_CSV, file=path, line=reader.line_num, detail=error) from error
    finally:
        csv.field_size_limit(usual)


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


# --- .xlsx ------------------------------------------------------------------------------------------------------------


def _xlsx(table: Sequence[Sequence[str]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.utils import get_column_letter

    for row in table:
        if any(len(text) > MAX_CELL or ILLEGAL_CHARACTERS_RE.search(text) for text in row):
            raise Refusal(NO_ROOM, file=row[0], key=row[1])
    heading = table[0]
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_SHEET)
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True  # without a password: it keeps from slips only
    sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.autoFilter = False  # these are allowed
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(heading))}{len(table)}"
    for column, name in enumerate(heading, 1):
        dimension = sheet.column_dimensions[get_column_letter(column)]
        dimension.width = WIDTHS.get(name, TEXT_WIDTH)
        dimension.hidden = name.startswith(CHECK)
    bold, locked, free = _look(sheet, bold=True), _look(sheet), _look(sheet, locked=False)
    looks = [free if name in heading[LANGUAGES] else locked for name in heading]
    for number, row in enumerate(table):
        cells = []
        for look, text in zip(looks, row, strict=True):
            cell: Any = WriteOnlyCell(sheet, value=text or None)
            if text:
                cell.data_type = "s"  # also where it begins with =
            cell._style = look if number else bold
            cells.append(cell)
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _look(sheet: Any, *, bold: bool = False, locked: bool = True) -> Any:
    """Text, wrapped. Each of a hundred thousand cells takes it over; to be described anew for each would double the time."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, Protection

    model: Any = WriteOnlyCell(sheet)
    model.number_format = "@"
    model.alignment = Alignment(wrap_text=True, vertical="top")
    model.protection = Protection(locked=locked)
    if bold:
        model.font = Font(bold=True)
    return model._style


def _from_xlsx(path: Path, data: bytes) -> list[SheetLine]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(one.file_size for one in packed.infolist())
        if size > MAX_UNPACKED:
            raise Refusal(TOO_LARGE, file=path, limit=MAX_UNPACKED // 1_000_000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what other programs put in, and nobody here needs
            book = load_workbook(io.BytesIO(data), read_only=True)
            lines = list(_lines(path, book.worksheets[0]))
            book.close()
    except Refusal:
        raise
    except Exception as error:  # a broken archive makes openpyxl raise whatever there is
        raise Refusal(NOT_XLSX, file=path, detail=type(error).__name__) from error
    return lines


def _lines(path: Path, sheet: Any) -> Iterator[SheetLine]:
    """Those with something in them, as far as our columns reach. Raises Refusal where they are too many."""
    found = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
        if all(cell.value is None for cell in row):
            continue
        cells = [_cell(cell.data_type, cell.value) for cell in row]
        found += 1
        if found > MAX_LINES:
            raise Refusal(TOO_LONG, file=path, limit=MAX_LINES)
        yield SheetLine(number, cells)


def _cell(kind: str, value: object) -> Cell:
    if value is None:
        return ""
    return value if isinstance(value, str) and kind != "f" and kind != "e" else NonTextCell(str(value))
