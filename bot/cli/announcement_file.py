"""An announcement as a YAML file: read into a `Plan`, with every fault told at once, each with its line.

What can stand in it:

    text: Mời bà con đi họp.        one text is Vietnamese; or one a language: {vi: …, en: …}
    places: [xã Búng Lao, Ẳng Tở]   by any name, old or new; or: all
    topics: [housing, Vay vốn]      may be left out: people who want any of these, by id or name
    when: 7h30 sáng mai             or: now, or: every Monday 7:30
    lasts: 3 ngày                   how long it stays true; or until: 25/11 17:00
    must: no                        may be left out: reach everybody, even if somebody gets it twice
    urgent: no                      may be left out: at night, too, and it must reach everybody
    office: UBND xã Búng Lao        may be left out: who sends it; one text, or one a language
    photo: https://…                may be left out
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.announcements.authority import COMMAND_LINE_STAFF
from bot.announcements.cleaning import clean
from bot.announcements.lasting import read_lasting
from bot.announcements.moment import read_when
from bot.announcements.planning import is_photo_address
from bot.announcements.rendering import office_names
from bot.announcements.times import Once, Repeat, UnreadableTime
from bot.cli.command_context import CommandContext
from bot.cli.names_given import office_named, place_named, topic_named
from bot.errors import ContentError, Refusal
from bot.i18n import mark
from bot.knowledge.yamlfile import Document, KeyPath, Value, read_yaml
from bot.model import Audience, Plan, Problem
from bot.text.folding import fold

KEYS = ("text", "places", "topics", "when", "lasts", "until", "must", "urgent", "office", "photo")
EXAMPLES = {"text": "text: Mời bà con đi họp.", "places": "places: [xã Búng Lao]", "when": "when: 7:30 24/11",
            "lasts": "lasts: 3 ngày"}  # fmt: skip
EVERYBODY = ("all", "tat ca", "ca tinh", "toan tinh", "whole province", "the whole province")
YES = ("yes", "true", "co")
NO = ("no", "false", "khong")
ONE_DAY = timedelta(days=1)


def read_announcement(path: Path, context: CommandContext, now: datetime, code: str) -> Plan:
    """The plan in the file, as somebody at the server may send it; `code` is what residents check it by.

    Raises ContentError with all faults, in the language of the command line, and OSError.
    """
    document = read_yaml(path)
    reading = _FileReading(document, context)
    for fault in document.faults:
        reading.fault_at(fault.line, fault.message, **fault.values)
    reading.raise_faults()
    if not isinstance(document.value, dict):
        message = mark("an announcement is written as lines of the form key: value; its keys are: {keys}")
        reading.fault((), message, keys=_keys())
        reading.raise_faults()
    plan = _plan(reading, now, code)
    reading.raise_faults()
    return plan


@dataclass
class _FileReading:
    """A file being read, and what is wrong with it so far."""

    document: Document
    context: CommandContext
    problems: list[Problem] = field(default_factory=list)

    @property
    def value(self) -> Mapping[str, Value]:
        return self.document.value if isinstance(self.document.value, dict) else {}

    def fault(self, where: KeyPath, message: str, /, **values: object) -> None:
        self.fault_at(self.document.line(where), message, **values)

    def fault_at(self, line: int, message: str, /, **values: object) -> None:
        self.problems.append(Problem(str(self.document.path), line, self.context.words.say(message, **values)))

    def refused(self, where: KeyPath, refusal: Refusal) -> None:
        self.fault(where, refusal.message, **refusal.values)

    def raise_faults(self) -> None:
        if self.problems:
            raise ContentError(sorted(self.problems))

    def text(self, key: str) -> str | None:
        """A value that is one text; None where there is none, or where it cannot be used, which is told."""
        value = self.value.get(key)
        if value is None:
            if key in EXAMPLES:
                self.fault((), mark("'{key}' is missing; add a line such as {example}"), key=key, example=EXAMPLES[key])
            return None
        return self.one_text((key,), value)

    def one_text(self, where: KeyPath, value: Value) -> str | None:
        key = next(part for part in reversed(where) if isinstance(part, str))
        if not isinstance(value, str):
            self.fault(where, mark("'{key}' must be a text"), key=key)
        elif not value.strip():
            self.fault(where, mark("'{key}' is empty; write a text or remove the line"), key=key)
        else:
            return value.strip()
        return None

    def texts(self, key: str) -> dict[str, str]:
        """A value that is one text, which is Vietnamese, or one a language; {} as for `text`."""
        value = self.value.get(key)
        if not isinstance(value, dict):
            text = self.text(key)
            return {"vi": text} if text else {}
        found = {}
        for lang, one in value.items():
            if lang not in self.context.catalogues:
                message = mark("'{key}' is no language spoken here ({langs}); a text with a comma or a colon is put in quotes")
                self.fault((key, lang), message, key=lang, langs=", ".join(self.context.catalogues))
            elif text := self.one_text((key, lang), one):
                found[lang] = text
        if "vi" not in value:
            self.fault((key,), mark("'{key}' needs the Vietnamese text: most people read it. Add a line vi: …"), key=key)
        return found

    def names(self, key: str) -> list[tuple[KeyPath, str]]:
        """A value that is a list of names, or one name."""
        value = self.value.get(key)
        if not isinstance(value, list):
            text = self.text(key)
            return [((key,), text)] if text else []
        if not value:
            self.fault((key,), mark("'{key}' is an empty list; it needs at least one entry"), key=key)
        found = [((key, number), self.one_text((key, number), one)) for number, one in enumerate(value)]
        return [(where, text) for where, text in found if text]

    def yes_or_no(self, key: str) -> bool:
        """A value that is yes or no; no where there is none."""
        text = self.text(key)
        if text is None:
            return False
        if fold(text) not in (*YES, *NO):
            self.fault((key,), mark("'{key}' is {value}; write yes or no"), key=key, value=text)
        return fold(text) in YES


def _plan(reading: _FileReading, now: datetime, code: str) -> Plan:
    """The plan, as far as it can be read; what cannot is told."""
    _refuse_unknown_keys(reading)
    texts = {lang: clean(text) for lang, text in reading.texts("text").items()}
    places = _places(reading)
    when = _when(reading, now)
    must, urgent = reading.yes_or_no("must"), reading.yes_or_no("urgent")
    plan = Plan(
        code=code,
        office=_office(reading, places),
        texts=texts,
        audience=Audience(places, _topics(reading)),
        lasts=_lasting(reading, when, now),
        photo=_photo(reading),
        due=when.at if isinstance(when, Once) else None,
        rule=when.rule if isinstance(when, Repeat) else None,
        must=must or urgent,
        urgent=urgent,
    )
    _check_texts(reading, plan)
    return plan


def _refuse_unknown_keys(reading: _FileReading) -> None:
    for key in reading.value:
        if key in KEYS:
            continue
        near = difflib.get_close_matches(key.lower(), KEYS, n=1, cutoff=0.6)
        if near:
            reading.fault((key,), mark("unknown key '{key}'; did you mean '{near}'?"), key=key, near=near[0])
        else:
            reading.fault((key,), mark("unknown key '{key}'; remove it. The keys are: {keys}"), key=key, keys=_keys())


def _keys() -> str:
    return ", ".join(KEYS)


# --- what it says -----------------------------------------------------------------------------------------------------


def _check_texts(reading: _FileReading, plan: Plan) -> None:
    """Whoever sits at the server may link anywhere, as an owner may."""
    by_language = isinstance(reading.value.get("text"), dict)
    for lang, faults in reading.context.actions.text_faults(COMMAND_LINE_STAFF, plan).items():
        where: KeyPath = ("text", lang) if by_language else ("text",)
        for fault in faults:
            reading.fault_at(reading.document.text_line(where), fault.message, **fault.values)


def _office(reading: _FileReading, places: tuple[str, ...]) -> dict[str, str]:
    office = {}
    for lang, text in reading.texts("office").items():
        try:
            office[lang] = office_named(text)
        except Refusal as refusal:
            reading.refused(("office", lang), refusal)
    gazetteer = reading.context.gazetteer
    if "vi" in office:
        return office
    return office_names("", [gazetteer.by_code[code] for code in places], reading.context.catalogues)


def _photo(reading: _FileReading) -> str | None:
    photo = reading.text("photo")
    if photo is not None and not is_photo_address(photo):
        message = mark("'photo' must be the address of one picture, which begins with https://, and nothing else")
        reading.fault(("photo",), message)
        return None
    return photo


# --- whom it is for ---------------------------------------------------------------------------------------------------


def _places(reading: _FileReading) -> tuple[str, ...]:
    """Codes of communes, each once; none for the whole province."""
    named = reading.names("places")
    everybody = [where for where, name in named if fold(name) in EVERYBODY]
    if everybody and len(named) > 1:
        reading.fault(everybody[0], mark("'places' is either all or a list of communes, not both"))
    codes: dict[str, None] = {}
    for where, name in named:
        if where in everybody:
            continue
        try:
            codes[place_named(name, reading.context).code] = None
        except Refusal as refusal:
            reading.refused(where, refusal)
    return tuple(codes)


def _topics(reading: _FileReading) -> tuple[str, ...]:
    topics: dict[str, None] = {}
    for where, name in reading.names("topics"):
        try:
            topics[topic_named(name, reading.context)] = None
        except Refusal as refusal:
            reading.refused(where, refusal)
    return tuple(topics)


# --- when -------------------------------------------------------------------------------------------------------------


def _when(reading: _FileReading, now: datetime) -> Once | Repeat:
    text = reading.text("when")
    try:
        return read_when(text, now) if text else Once(None)
    except UnreadableTime as error:
        reading.refused(("when",), error)
        return Once(None)


def _lasting(reading: _FileReading, when: Once | Repeat, now: datetime) -> timedelta:
    """How long it stays true from when it is due; a day where that cannot be read, which is told."""
    if "lasts" in reading.value and "until" in reading.value:
        reading.fault(("until",), mark("'lasts' and 'until' say the same; keep one of them"))
        return ONE_DAY
    key = "until" if "until" in reading.value else "lasts"
    text = reading.text(key)
    if text is None:
        return ONE_DAY
    start = reading.context.actions.next_time(when.rule, now) if isinstance(when, Repeat) else when.at or now
    try:
        end = _read_end(text, start, now) if key == "until" else read_lasting(text, start, now)
    except UnreadableTime as error:
        reading.refused((key,), error)
        return ONE_DAY
    if isinstance(end, timedelta):
        return end
    if isinstance(when, Repeat) and end - start > ONE_DAY:
        message = mark(
            "it is repeated until somebody cancels it: write how long it stays true each time, such as lasts: 12 giờ, "
            "or until: 17:00"
        )
        reading.fault((key,), message)
    return end - start


def _read_end(text: str, start: datetime, now: datetime) -> timedelta | datetime:
    """As `read_lasting`, but "17:00" is an hour: without a word before it, it could be a length as well."""
    try:
        return read_lasting(f"until {text}", start, now)
    except UnreadableTime as error:
        if "text" not in error.values:
            raise
        return read_lasting(text, start, now)
