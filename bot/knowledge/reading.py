"""Content files into validated shapes. Every problem becomes a sentence with file and line; reading goes on to the last."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from bot.i18n import Words, mark
from bot.knowledge import schema
from bot.knowledge.files import fact_files, files, intent_files, phrasings_files
from bot.knowledge.legibility import illegible_texts
from bot.knowledge.nearest import nearest
from bot.knowledge.shape_errors import explain, worth_saying
from bot.knowledge.yamlfile import Document, KeyPath, Value, read_yaml
from bot.model import Problem

ShapeT = TypeVar("ShapeT", bound=schema.Shape)

FOREIGN_FILE = "foreign.yaml"
SINGLE_FILES: dict[str, type[schema.Shape]] = {
    "sources": schema.SourcesFile,
    "referrals": schema.ReferralsFile,
    "topics": schema.TopicsFile,
    "places": schema.PlacesFile,
    "vocabulary": schema.VocabularyFile,
    "offices": schema.OfficesFile,
    "emergencies": schema.EmergenciesFile,
    "conversation": schema.ConversationFile,
    "pairs": schema.PairsFile,
}
# Without them the usual hours are kept, urgent answers have no follow-ups, and what is asked back names no difference.
NOT_NEEDED = ("offices", "emergencies", "pairs")
# Fields that hold numbers and dates: there a bare 2026-12-31 or 17.66 is meant and is not a misread text.
_TYPED_KEYS = {"value", "to", "period", "review", "on", "date"}
_TODO = re.compile(r"\bTODO\b")  # what a scaffold leaves to be written


@dataclass
class Located:
    """A validated shape and the document it came from, so that later rules can name lines."""

    document: Document
    name: str

    def line(self, *path: str | int) -> int:
        return self.document.line(path)


@dataclass
class Reading:
    """All shapes that could be read, with where they stand, and all problems so far.

    `drafts` are intents that nobody is answered from yet, `unread` those whose files could not be read, with the text of the
    file: told once, not again by everything that points at them or that they point at. `facts_unread`: a file of facts could
    not be read, so any fact may exist. `phrasings` are the further ones of an intent, by its id; those of `phrasings_unread`
    could not be read.
    """

    home: Path
    words: Words
    problems: list[Problem] = field(default_factory=list)
    intents: dict[str, tuple[schema.IntentShape, Located]] = field(default_factory=dict)
    drafts: dict[str, tuple[schema.IntentShape, Located]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    phrasings: dict[str, tuple[schema.PhrasingsFile, Located]] = field(default_factory=dict)
    phrasings_unread: set[str] = field(default_factory=set)
    facts: dict[str, tuple[schema.FactShape, Located]] = field(default_factory=dict)
    facts_unread: bool = False
    foreign: tuple[schema.ForeignFile, Located] | None = None
    sources: tuple[schema.SourcesFile, Located] | None = None
    referrals: tuple[schema.ReferralsFile, Located] | None = None
    topics: tuple[schema.TopicsFile, Located] | None = None
    places: tuple[schema.PlacesFile, Located] | None = None
    vocabulary: tuple[schema.VocabularyFile, Located] | None = None
    offices: tuple[schema.OfficesFile, Located] | None = None
    emergencies: tuple[schema.EmergenciesFile, Located] | None = None
    conversation: tuple[schema.ConversationFile, Located] | None = None
    pairs: tuple[schema.PairsFile, Located] | None = None

    def problem(
        self,
        where: Located | str,
        line: int,
        message: str,
        /,
        *,
        warning: bool = False,
        meant: str | None = None,
        **values: Any,
    ) -> None:
        """Note a problem. `meant` is what was probably meant."""
        name = where if isinstance(where, str) else where.name
        text = self.words.say(message, **values)
        if meant:
            text = self.words.say("{problem} (did you mean {near}?)", problem=text, near=meant)
        self.problems.append(Problem(name, line, text, warning))

    def examples_of(self, intent_id: str) -> list[tuple[dict[str, list[str]], Located]]:
        """The phrasings of an intent by language, with the file that they stand in: its own first, then the further ones."""
        found = [self.written.get(intent_id), self.phrasings.get(intent_id)]
        return [(one[0].examples, one[1]) for one in found if one]

    @property
    def written(self) -> Mapping[str, tuple[schema.IntentShape, Located]]:
        """The intents and the drafts."""
        return {**self.intents, **self.drafts}

    @property
    def failed(self) -> bool:
        return any(not problem.warning for problem in self.problems)


def read_content(home: Path, words: Words) -> Reading:
    """Everything under `home`, validated file by file. `words` is the language of the problems. Raises OSError."""
    reading = Reading(home, words)
    for name, shape in SINGLE_FILES.items():
        path = home / "content" / f"{name}.yaml"
        if not path.is_file():
            if name in NOT_NEEDED:
                continue
            reading.problem(f"content/{name}.yaml", 1, "the file is missing; take it from the project's own copy")
            continue
        setattr(reading, name, _read(reading, path, shape))
    for path in fact_files(home):
        _take_facts(reading, path)
    for path in intent_files(home):
        if path.name == FOREIGN_FILE:
            reading.foreign = _read(reading, path, schema.ForeignFile)
        else:
            _take_intent(reading, path)
    for path in phrasings_files(home):
        _take_phrasings(reading, path)
    _note_unread(reading)
    if not reading.intents:
        reading.problem("intents", 1, "no intent could be read here; is the folder the right one?")
    return reading


def _note_unread(reading: Reading) -> None:
    """Files that somebody may think are read: an error where nothing else can be meant by the name."""
    for path in [*files(reading.home, "intents/**/*"), *files(reading.home, "content/**/*")]:
        if path.suffix.lower() in (".yml", ".yaml") and path.suffix != ".yaml":
            name = path.relative_to(reading.home).as_posix()
            reading.problem(name, 1, "the file is not read: its name must end in .yaml, in small letters")
    singles = (reading.home / "content" / f"{name}.yaml" for name in SINGLE_FILES)
    read = {*singles, *fact_files(reading.home), *intent_files(reading.home), *phrasings_files(reading.home)}
    for path in [*files(reading.home, "intents/**/*.yaml"), *files(reading.home, "content/**/*.yaml")]:
        if path not in read:
            name = path.relative_to(reading.home).as_posix()
            near = nearest(path.stem, SINGLE_FILES) if path.parent == reading.home / "content" else None
            message = mark(
                "the file is not read: intents stand in intents/<topic>/, further phrasings in intents/<topic>/phrasings/, "
                "facts in content/facts/"
            )
            reading.problem(name, 1, message, warning=True, meant=f"{near}.yaml" if near else None)


def _read(reading: Reading, path: Path, shape: type[ShapeT]) -> tuple[ShapeT, Located] | None:
    document = read_yaml(path)
    where = Located(document, path.relative_to(reading.home).as_posix())
    for fault in document.faults:
        reading.problem(where, fault.line, fault.message, **fault.values)
    if document.faults:
        return None
    if document.value is None:
        reading.problem(where, 1, "the file is empty; write it, or remove it")
        return None
    unread = _note_illegible(reading, where)
    unfinished = set(_unfinished(document.value))
    for place in sorted(unfinished, key=document.line):
        message = mark("'{key}' still says TODO; write what belongs here")
        reading.problem(where, document.text_line(place), message, key=".".join(str(p) for p in place if isinstance(p, str)))
    try:
        value = shape.model_validate(document.value)
    except ValidationError as error:
        found = [one for one in worth_saying(error.errors(include_url=False)) if one["loc"] not in unfinished | unread]
        for details in found:
            message, values = explain(details, reading.words)
            reading.problem(where, document.line(details["loc"]), message, **values)
        _note_misread(reading, where, {tuple(details["loc"]) for details in found})
        return None
    _note_misread(reading, where, set())
    _check_cut(reading, where)
    return None if unfinished or unread else (value, where)


def _unfinished(value: Value | None, place: KeyPath = ()) -> Iterator[KeyPath]:
    """Where a text still says TODO."""
    if isinstance(value, str):
        if _TODO.search(value):
            yield place
    elif value is not None:
        for key, inner in enumerate(value) if isinstance(value, list) else value.items():
            yield from _unfinished(inner, (*place, key))


def _note_illegible(reading: Reading, where: Located) -> set[KeyPath]:
    """Where a text stands that nobody can read; each is told."""
    found = set()
    for place, message, part, below in illegible_texts(where.document.value):
        line = where.document.text_line(place) + below * (place in where.document.blocks)
        key = ".".join(str(one) for one in place if isinstance(one, str))
        reading.problem(where, line, message, key=key, part=part)
        found.add(place)
    return found


def _check_cut(reading: Reading, where: Located) -> None:
    """Sentences of a list that a # cuts off, as in: - gọi số #113."""
    for place in where.document.cut:
        message = mark(
            "what stands behind # would be a comment and not be read; "
            "put the whole text in quotes, or the comment on a line of its own"
        )
        reading.problem(where, where.line(*place), message)


def _note_misread(reading: Reading, where: Located, told: set[KeyPath]) -> None:
    """Bare words that other programs take for something else; not where something else was told already."""
    for path, text in where.document.misread:
        if _TYPED_KEYS.intersection(path) or any(path[: len(place)] == place for place in told):
            continue
        message = mark('other programs read {text} as a number, a date or yes/no; write it in quotes: "{text}"')
        reading.problem(where, where.document.line(path), message, text=text)


def _take_facts(reading: Reading, path: Path) -> None:
    found = _read(reading, path, schema.FactsFile)
    if found is None:
        reading.facts_unread = True
        return
    shape, where = found
    for fact_id, fact in shape.facts.items():
        if fact_id in reading.facts:
            other = reading.facts[fact_id][1]
            line = other.line("facts", fact_id)
            reading.problem(
                where,
                where.line("facts", fact_id),
                "the fact {id} stands in {other}:{line} already; keep one",
                id=fact_id,
                other=other.name,
                line=line,
            )
            continue
        reading.facts[fact_id] = (fact, where)


def _take_intent(reading: Reading, path: Path) -> None:
    found = _read(reading, path, schema.IntentShape)
    if found is None:
        reading.unread[path.stem] = path.read_text("utf-8", "replace")
        return
    shape, where = found
    if shape.id != path.stem:
        reading.problem(
            where,
            where.line("id"),
            "the id is {id} but the file is called {file}; make them the same",
            id=shape.id,
            file=path.name,
        )
    if shape.topic != path.parent.name:
        reading.problem(
            where,
            where.line("topic"),
            "the topic is {topic} but the folder is called {folder}; make them the same",
            topic=shape.topic,
            folder=path.parent.name,
        )
    if shape.id in reading.written:
        reading.problem(
            where,
            where.line("id"),
            "the intent {id} stands in {other} already; keep one",
            id=shape.id,
            other=reading.written[shape.id][1].name,
        )
        return
    kept = reading.drafts if shape.state == "draft" else reading.intents
    kept[shape.id] = (shape, where)


def _take_phrasings(reading: Reading, path: Path) -> None:
    """Keep the phrasings of a file; what belongs to no intent, or to one that has such a file already, is told and left out."""
    found = _read(reading, path, schema.PhrasingsFile)
    if found is None:
        reading.phrasings_unread.add(path.stem)
        return
    shape, where = found
    line = where.line("intent")
    if shape.intent in reading.phrasings:
        message = mark("the phrasings of {id} stand in {other} already; keep one file")
        reading.problem(where, line, message, id=shape.intent, other=reading.phrasings[shape.intent][1].name)
        return
    if shape.intent in reading.written:
        _check_place(reading, shape, where, path)
        reading.phrasings[shape.intent] = found
    elif shape.intent not in reading.unread:
        message = mark("there is no intent {id} that these could be phrasings of; correct the name or remove the file")
        reading.problem(where, line, message, meant=nearest(shape.intent, reading.intents), id=shape.intent)


def _check_place(reading: Reading, shape: schema.PhrasingsFile, where: Located, path: Path) -> None:
    if shape.intent != path.stem:
        message = mark("these are phrasings of {id} but the file is called {file}; make them the same")
        reading.problem(where, where.line("intent"), message, id=shape.intent, file=path.name)
    intent = reading.written[shape.intent][1].name
    folder = f"{intent.rpartition('/')[0]}/phrasings"
    if where.name.rpartition("/")[0] != folder:
        message = mark("the intent stands in {intent}; its phrasings belong into {folder}/")
        reading.problem(where, where.line("intent"), message, intent=intent, folder=folder)
