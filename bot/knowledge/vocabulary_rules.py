"""What must hold within content/vocabulary.yaml: nothing in it is without effect, and nothing means two things at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from bot.i18n import mark
from bot.knowledge.nearest import nearest
from bot.knowledge.reading import Located, Reading
from bot.model import COMMANDS, LONGEST_CASE_COMMAND
from bot.text.folding import fold
from bot.text.phrases import typed_forms

Key: TypeAlias = tuple[str, ...]
Meaning: TypeAlias = tuple[Key, ...]  # keys whose words all mean the same there

_AGREEMENT: Key = ("agreement",)
_REFUSAL: Key = ("refusal",)
_AGREED: Meaning = (_AGREEMENT, ("passing_on", "agreed"))
# What can be meant where one question is open.
SITUATIONS: tuple[tuple[Meaning, ...], ...] = (
    ((_AGREEMENT, ("verdicts", "good")), (("verdicts", "bad"),)),
    (_AGREED, (_REFUSAL, ("passing_on", "refused"))),
    (_AGREED, (("passing_on", "ended"),)),
    ((_AGREEMENT,), (_REFUSAL, ("subscribing", "refused")), (("subscribing", "everything"),)),
    ((_AGREEMENT,), (("subscribing", "ended"),)),
    ((("length", "short"),), (("length", "full"),)),
    ((("audience", "everywhere"),), (("audience", "all"),)),
)
APART = ("commands", "staff_commands", "case_commands", "numbers", "languages")  # each of their keys means something else
ANY_SIGNS = ("concepts",)  # what has no words there is passed over


class _Phrase(NamedTuple):
    text: str
    key: Key
    position: int

    @property
    def place(self) -> tuple[str | int, ...]:
        return (*self.key, self.position)

    @property
    def name(self) -> str:
        return ".".join(self.key)


def check_vocabulary(reading: Reading) -> None:
    """Add a problem for every word or phrase that could not be understood, or in two ways."""
    if reading.vocabulary is None:
        return
    shape, where = reading.vocabulary
    for command in shape.commands:
        if command not in COMMANDS:
            known = ", ".join(COMMANDS)
            message = mark("commands: there is no command {command}; the commands are {known}")
            near = nearest(command, COMMANDS)
            reading.problem(where, where.line("commands", command), message, meant=near, command=command, known=known)
    phrases = list(_phrases(where))
    for phrase in phrases:
        if not fold(phrase.text) and phrase.key[0] not in ANY_SIGNS:
            message = mark("{key}: “{text}” has no words; remove it")
            reading.problem(where, where.line(*phrase.place), message, key=phrase.name, text=phrase.text)
    _check_case_commands(reading, where, phrases)
    _check_clashes(reading, where, phrases)


def _phrases(where: Located) -> Iterator[_Phrase]:
    """Every entry of every list of the file."""
    parts = where.document.value
    for key, part in parts.items() if isinstance(parts, dict) else ():
        for name, entries in part.items() if isinstance(part, dict) else ((None, part),):
            path = (key,) if name is None else (key, name)
            for position, text in enumerate(entries if isinstance(entries, list) else ()):
                if isinstance(text, str):
                    yield _Phrase(text, path, position)


def _check_case_commands(reading: Reading, where: Located, phrases: Sequence[_Phrase]) -> None:
    for phrase in phrases:
        if phrase.key[0] == "case_commands" and (re.search(r"\d", phrase.text) or len(phrase.text) > LONGEST_CASE_COMMAND):
            message = mark("{key}: “{text}” cannot stand in front of a number: no digits, and at most {limit} characters")
            line = where.line(*phrase.place)
            reading.problem(where, line, message, key=phrase.name, text=phrase.text, limit=LONGEST_CASE_COMMAND)


def _check_clashes(reading: Reading, where: Located, phrases: Sequence[_Phrase]) -> None:
    by_key: dict[Key, list[_Phrase]] = {}
    for phrase in phrases:
        by_key.setdefault(phrase.key, []).append(phrase)
    found: dict[_Phrase, _Phrase] = {}
    for situation in (*SITUATIONS, *(_one_each(part, by_key) for part in APART)):
        found |= _clashes(by_key, situation)
    # Without accents "dung" is a yes and a stop, which is asked about; with them it must be one of the two.
    commands = tuple(key for (key,) in _one_each("commands", by_key))
    found |= _clashes(by_key, ((_AGREEMENT,), commands), exact=True)
    for phrase, other in found.items():
        reading.problem(
            where,
            where.line(*phrase.place),
            "{key}: “{text}” is typed like “{other}” of {meaning} in line {line}, at least without accents; keep one of them",
            key=phrase.name,
            text=phrase.text,
            other=other.text,
            meaning=other.name,
            line=where.line(*other.place),
        )


def _one_each(part: str, by_key: Mapping[Key, Sequence[_Phrase]]) -> tuple[tuple[Key], ...]:
    """The keys of a part, each a meaning of its own."""
    return tuple((key,) for key in by_key if key[0] == part)


def _clashes(
    by_key: Mapping[Key, Sequence[_Phrase]], situation: Sequence[Meaning], *, exact: bool = False
) -> dict[_Phrase, _Phrase]:
    """Phrases that are typed like an earlier one which means something else. `exact`: with the accents that they have."""
    heard: dict[str, tuple[int, _Phrase]] = {}  # what is typed → its meaning, and who says so
    found = {}
    for number, meaning in enumerate(situation):
        for phrase in (phrase for key in by_key if key in meaning for phrase in by_key[key] if fold(phrase.text)):
            accented, folded = typed_forms(phrase.text)
            for form in (accented,) if exact else (accented, folded):
                first, other = heard.setdefault(form, (number, phrase))
                if first != number:
                    found[phrase] = other
    return found
