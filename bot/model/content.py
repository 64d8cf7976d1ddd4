"""The nouns of the content: facts and their sources, intents, places, vocabulary, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

FactKind = Literal["money", "count", "percent", "points", "area", "period", "list", "text"]
Qualifier = Literal["exact", "more-than", "nearly", "about", "up-to", "at-least"]
Per = Literal["month", "year", "day", "person", "course"]
Expired = Literal["say", "withhold", "never"]
IntentClass = Literal["A", "P", "R", "S"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from. `date` is a day, a month, a year or a span of them in ISO form (2025-12/2026-02).

    `reported`: only what others wrote of it was read.
    """

    id: str
    kind: Literal["article", "official", "decree", "page"]
    name: Mapping[str, str]
    title: str
    date: str
    estimated: bool
    address: str
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. `number` (and `to` for a range) for figures, `text` per language for text, `items` for lists, `span` for times.

    `period` says when it holds, in ISO form; `expired` what an answer does that rests on it after its day of `review`.
    """

    id: str
    kind: FactKind
    number: Decimal | None
    to: Decimal | None
    text: Mapping[str, str]
    items: Mapping[str, tuple[str, ...]]
    span: str | None
    qualifier: Qualifier
    per: Per | None
    period: str
    sources: tuple[str, ...]
    review: date
    note: str
    expired: Expired = "say"


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing people ask. `short` is the answer itself and `more` what is sent on request, finished texts per language,
    figures filled in; an intent that has no more has an empty one. The lines of sources stand under them: `source_line`, one
    line of a phone, under the short text, `whole_source_line` with all of them under the other, or under both in one.

    `cls` is the class of the answer, see docs/intents.md; `facts` are the ids of all facts that the answer rests on.
    `referral` has no text in a language whose short text names all of its offices itself.
    `aspect` is what of its topic it answers first of all, `also` what else. Where it is a narrower case of another intent,
    `needs_evidence` has the phrases and told facts (household:escaped) that make it so.
    """

    id: str
    topic: str
    cls: IntentClass
    urgent: bool
    scope: str
    review: date
    related: tuple[str, ...]
    facts: tuple[str, ...]
    question: Mapping[str, str]
    short: Mapping[str, str]
    more: Mapping[str, str]
    referral: Mapping[str, str]
    source_line: Mapping[str, str]
    whole_source_line: Mapping[str, str]
    examples: Mapping[str, tuple[str, ...]]
    aspect: str
    also: tuple[str, ...] = ()
    needs_evidence: tuple[str, ...] = ()

    @property
    def aspects(self) -> tuple[str, ...]:
        """All that it answers, the main one first."""
        return (self.aspect, *self.also)

    def message(self, lang: str) -> str:
        """What a person is sent: the short answer, whom to ask, where it comes from."""
        return _joined(self.short[lang], self.referral.get(lang), self.source_line.get(lang))

    def more_message(self, lang: str) -> str:
        """What a person is sent who wants to know more; "" where there is nothing."""
        return _joined(self.more[lang], self.whole_source_line.get(lang)) if self.more else ""

    def whole_message(self, lang: str) -> str:
        """Both in one, for whoever wants it so."""
        return _joined(self.short[lang], self.more.get(lang), self.referral.get(lang), self.whole_source_line.get(lang))


def _joined(*parts: str | None) -> str:
    """Line under line, without empty ones between: fourteen lines are all that a phone shows."""
    return "\n".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Need:
    """One need of an emergency: the words it is known by, its answer, and the follow-ups answered otherwise in it.

    `alone`: its words are enough, however unlikely the intent is. `accented`: those of its words that count only as they are
    written, because without accents they are others.
    """

    cues: tuple[str, ...]
    answer: Mapping[str, str]
    follow_ups: Mapping[str, Mapping[str, str]]
    alone: bool = False
    accented: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What people write after it: short messages that are meant so, and the answer."""

    cues: tuple[str, ...]
    answer: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Emergency:
    """What follows an intent that somebody in need asks about; texts as in `Intent.short`.

    `holds`: every short message afterwards is read inside it, until the person leaves it; else only its follow-ups are.
    """

    holds: bool
    needs: Mapping[str, Need]
    follow_ups: Mapping[str, FollowUp]


@dataclass(frozen=True, slots=True)
class Place:
    """A commune or ward of today, the old units it was made of, and the former districts whose land it has.

    `trap` warns, per language, of a name that now means another place; empty for most.
    """

    code: str
    name: str
    kind: Literal["xã", "phường"]
    formed_from: tuple[OldUnit, ...]
    former_districts: tuple[str, ...]
    zone: str
    trap: Mapping[str, str]

    @property
    def full_name(self) -> str:
        """The kind and the name: "xã Búng Lao", "phường Mường Lay"."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class OldUnit:
    """A commune, ward or town as it was before 1 July 2025."""

    name: str
    kind: Literal["xã", "phường", "thị trấn"]


Phrasings: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aspect:
    """What can be asked of a topic: who, where, how much. `asked` are the phrases by which people do, per language.

    Of the topics `not_asked_of` nobody asks it; in the topics `several_in` more than one intent answers it, as it should be.
    """

    id: str
    name: Mapping[str, str]
    asked: Mapping[str, Phrasings]
    not_asked_of: tuple[str, ...] = ()
    several_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldFact:
    """Something that people tell of themselves. `id` is its kind and name: "household:poor", "work:goat"."""

    id: str
    name: Mapping[str, str]
    said: Mapping[str, Phrasings]


@dataclass(frozen=True, slots=True)
class ToldVocabulary:
    """`facts` by their ids; the others are words around them, see content/conversation.yaml, in all languages together."""

    facts: Mapping[str, ToldFact] = field(default_factory=dict)
    there: Phrasings = ()
    negations: Phrasings = ()
    open: Phrasings = ()
    between: Phrasings = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that are not content: abbreviations, polite filler, concepts (words of one need), and what steers a conversation.

    As in content/vocabulary.yaml, where a comment says what each is for. Where a part has parts of its own, these are the keys:
    `verdicts["good"]`, `case_commands["take"]`. What an administrator left out is empty, or no key at all.
    """

    abbreviations: Mapping[str, str]
    filler: Phrasings
    concepts: Mapping[str, Phrasings]
    commands: Mapping[str, Phrasings]
    corrections: Phrasings = ()
    follow_ups: Phrasings = ()
    courtesies: Mapping[str, Phrasings] = field(default_factory=dict)
    agreement: Phrasings = ()
    refusal: Phrasings = ()
    more: Phrasings = ()
    length: Mapping[str, Phrasings] = field(default_factory=dict)
    verdicts: Mapping[str, Phrasings] = field(default_factory=dict)
    passing_on: Mapping[str, Phrasings] = field(default_factory=dict)
    subscribing: Mapping[str, Phrasings] = field(default_factory=dict)
    numbers: Mapping[int, Phrasings] = field(default_factory=dict)
    beside_numbers: Mapping[str, Phrasings] = field(default_factory=dict)
    between_choices: Phrasings = ()
    beside_names: Phrasings = ()
    beside_homes: Phrasings = ()
    codes: Mapping[str, Phrasings] = field(default_factory=dict)
    languages: Mapping[str, Phrasings] = field(default_factory=dict)
    staff_commands: Mapping[str, Phrasings] = field(default_factory=dict)
    case_commands: Mapping[str, Phrasings] = field(default_factory=dict)
    audience: Mapping[str, Phrasings] = field(default_factory=dict)


ReceivedKind = Literal[
    "genuine",
    "content",
    "sender",
    "contact",
    "where",
    "when",
    "until",
    "whom",
    "joining",
    "bring",
    "cost",
    "reason",
    "signing",
    "absence",
]


@dataclass(frozen=True, slots=True)
class ReceivedWords:
    """How people ask about an announcement that they got, and by which words its own sentences answer.

    As under `received` in content/conversation.yaml, where a comment says what each is for.
    """

    questions: Mapping[ReceivedKind, Phrasings] = field(default_factory=dict)
    sentences: Mapping[ReceivedKind, Phrasings] = field(default_factory=dict)
    pointing: Phrasings = ()
    beside: Phrasings = ()
    ending: Phrasings = ()
    replies: Phrasings = ()
    asks_back: Phrasings = ()


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`file:line: what, and what to do`, in the reader's language. `warning` problems do not fail a check."""

    file: str
    line: int
    text: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"
