"""Questions of residents with the intent that is right for each: tab-separated files with a header.

Columns: `text`, `intent` (empty or `none` where nothing may be answered), and where there are any `also_ok` (other right
intents, with commas between) and `style` (how it was typed). Quotes mean nothing.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Refusal
from bot.i18n import mark
from bot.model.well_known import OUT_OF_SCOPE, UNCLEAR

FOLDER = Path("tests/data")
PATTERN = "residents_*.tsv"
NOTHING = frozenset({"", "none"})  # what the intent column says where nothing may be answered


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """`expected` is the intent it was written for, None where nothing may be answered; `right` are all that are accepted."""

    text: str
    expected: str | None
    right: frozenset[str]
    style: str = ""

    @property
    def in_scope(self) -> bool:
        return self.expected is not None


def question_files(home: Path) -> list[Path]:
    """The files that come with the content. Raises Refusal where there are none."""
    found = sorted((home / FOLDER).glob(PATTERN))
    if not found:
        raise Refusal(
            mark(
                "{folder}: there are no question files ({pattern}); work in a checkout of the project, "
                "or bring questions of your own: loaban evaluate --questions FILE"
            ),
            folder=home / FOLDER,
            pattern=PATTERN,
        )
    return found


def read_questions(path: Path) -> list[LabelledQuestion]:
    """The questions of a file, in its order. Raises Refusal for what is no such file, and OSError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:  # a spreadsheet writes a mark of its own in front
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if not {"text", "intent"} <= set(reader.fieldnames or ()):
                raise Refusal(
                    mark("{file}: the first line must name the columns text and intent, with tabs between"), file=path
                )
            questions = [_question(row, path, reader.line_num) for row in reader]
    except UnicodeDecodeError:
        raise Refusal(mark("{file}: this is not UTF-8 text; save the file as UTF-8"), file=path) from None
    except csv.Error as error:
        raise Refusal(
            mark("{file}: this is no table with tabs between its columns ({reason})"), file=path, reason=error
        ) from None
    if not questions:
        raise Refusal(mark("{file}: there is no question in this file"), file=path)
    return questions


def _question(row: dict[str, str | None], path: Path, line: int) -> LabelledQuestion:
    text, intent = row["text"] or "", row["intent"]
    if not text.strip() or intent is None:
        raise Refusal(
            mark("{file}:{line}: a question needs a text and an intent; write none where nothing may be answered"),
            file=path,
            line=line,
        )
    intent = intent.strip()
    others = (one.strip() for one in (row.get("also_ok") or "").split(","))
    expected = None if intent in NOTHING or intent in (OUT_OF_SCOPE, UNCLEAR) else intent
    return LabelledQuestion(text, expected, frozenset({intent, *others} - NOTHING), row.get("style") or "")
