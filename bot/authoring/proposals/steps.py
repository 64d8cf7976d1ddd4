"""What a proposal does to the content, as data: it can be done again on content that has changed meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from bot.authoring.editing.file_kinds import CONTENT, files_of
from bot.authoring.editing.phrasings import add_examples, add_foreign
from bot.authoring.editing.scaffold import new_intent
from bot.authoring.saving import CHANGED_MEANWHILE, save
from bot.errors import Refusal
from bot.i18n import Words, mark
from bot.knowledge.files import content_files
from bot.text.masking import MASK

MASKED = mark("What holds {mask} cannot become content: something of a person stood there. Write it anew without it.")
NO_FILE = mark("There is no content file {file}.")
LEADS_OUT = mark("{file} is a link out of the content, so nothing is written.")

Texts: TypeAlias = Mapping[str, Sequence[str]]  # language → wordings


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AddExamples(_Step):
    """Wordings that an intent is asked by."""

    kind: Literal["examples"] = "examples"
    intent: str
    texts: dict[str, tuple[str, ...]]


class AddForeign(_Step):
    """Wordings that are refused, of a topic that is not ours."""

    kind: Literal["foreign"] = "foreign"
    name: str
    texts: dict[str, tuple[str, ...]]


class NewIntent(_Step):
    """A draft, its answer still to be written."""

    kind: Literal["new"] = "new"
    topic: str
    intent: str
    texts: dict[str, tuple[str, ...]]


class WriteFile(_Step):
    """A file as somebody wrote it. `before` is the hash of what they began with."""

    kind: Literal["file"] = "file"
    name: str
    before: str
    text: str


Step: TypeAlias = Annotated[AddExamples | AddForeign | NewIntent | WriteFile, Field(discriminator="kind")]


def do(steps: Sequence[Step], home: Path, words: Words) -> None:
    """All of them, on the content in `home`. Raises Refusal, and OSError."""
    _stay_inside(home)
    for step in steps:
        _do(step, home, words)


def content_file(home: Path, name: str) -> Path:
    """An existing file of the content by its name from `home`. Raises Refusal for anything else, whatever it may look like."""
    if name not in files_of(home, CONTENT):
        raise Refusal(NO_FILE, file=name[:100])
    path = home / name
    if not path.resolve().is_relative_to(home.resolve()):
        raise Refusal(LEADS_OUT, file=name)
    return path


def hashed(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _do(step: Step, home: Path, words: Words) -> None:
    match step:
        case AddExamples():
            _refuse_masked(step.texts)
            for lang, texts in step.texts.items():
                add_examples(home, step.intent, lang, texts)
        case AddForeign():
            _refuse_masked(step.texts)
            for lang, texts in step.texts.items():
                add_foreign(home, step.name, lang, texts)
        case NewIntent():
            _refuse_masked(step.texts)
            new_intent(home, step.topic, step.intent, words, step.texts)
        case WriteFile():
            _write(step, home)


def _write(step: WriteFile, home: Path) -> None:
    if MASK in step.text:
        raise Refusal(MASKED, mask=MASK)
    path = content_file(home, step.name)
    before = path.read_bytes()
    if hashed(before) != step.before:
        raise Refusal(CHANGED_MEANWHILE, file=step.name)
    save(path, before, step.text.encode())


def _refuse_masked(texts: Texts) -> None:
    if any(MASK in text for found in texts.values() for text in found):
        raise Refusal(MASKED, mask=MASK)


def _stay_inside(home: Path) -> None:
    """What is written to a link is written where it leads."""
    root = home.resolve()
    for path in content_files(home):
        if not path.resolve().is_relative_to(root):
            raise Refusal(LEADS_OUT, file=path.relative_to(home).as_posix())
