"""Which files have which shape, and where the schema stands that an editor holds them against."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.knowledge import schema
from bot.knowledge.files import files
from bot.knowledge.reading import FOREIGN_FILE, SINGLE_FILES

SCHEMAS = "docs/schemas"
MODELINE = "# yaml-language-server:"


@dataclass(frozen=True)
class FileKind:
    """Files of one shape: `pattern` is where they stand under the home folder; the first kind that fits a file is its kind."""

    name: str
    pattern: str
    shape: type[schema.Shape]

    @property
    def schema_file(self) -> str:
        return f"{SCHEMAS}/{self.name}.json"

    def modeline(self, name: str) -> str:
        """The first line of the file `name` (under the home folder), which leads an editor to the schema."""
        way = os.path.relpath(self.schema_file, PurePosixPath(name).parent)
        return f"{MODELINE} $schema={PurePosixPath(Path(way)).as_posix()}"


CONTENT = (
    FileKind("foreign", f"intents/*/{FOREIGN_FILE}", schema.ForeignFile),
    FileKind("intent", "intents/*/*.yaml", schema.IntentShape),
    FileKind("phrasings", "intents/*/phrasings/*.yaml", schema.PhrasingsFile),
    FileKind("facts", "content/facts/*.yaml", schema.FactsFile),
    *(FileKind(name, f"content/{name}.yaml", shape) for name, shape in SINGLE_FILES.items()),
)
INTENT = CONTENT[1]


def kind_of(name: str, kinds: tuple[FileKind, ...]) -> FileKind | None:
    """The kind of the file `name`, written with slashes from the home folder; None where it is none of ours."""
    return next((kind for kind in kinds if PurePosixPath(name).match(kind.pattern)), None)


def files_of(home: Path, kinds: tuple[FileKind, ...]) -> list[str]:
    """The names of all files of these kinds under `home`, in a fixed order, without hidden ones."""
    return sorted({path.relative_to(home).as_posix() for kind in kinds for path in files(home, kind.pattern)})
