"""The vocabulary as messages are compared with it: folded once, when the content is loaded, and never again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.engine.received_phrases import ReceivedPhrases
from bot.model import CASE_COMMANDS, STAFF_COMMANDS, CaseCommandName, ReceivedWords, StaffCommandName, Vocabulary
from bot.text.folding import fold, tokens
from bot.text.phrases import Courtesies, Phrasebook, Phrases, Prefixes, typed_forms

_CHECK = r"/check(?:@\w+)?"
_SIGNS_BETWEEN = "[,;/+&]"
NOTHING_RECEIVED = ReceivedWords()


@dataclass(frozen=True, slots=True)
class NumberWords:
    """How somebody names a choice by its number. `named` are words for numbers, `before` and `after` may stand around one.

    `last` are words for the last choice, however many there are; `pointing` begin or end what names one by its words.
    """

    named: Mapping[str, int]
    before: frozenset[str]
    after: frozenset[str]
    last: frozenset[str] = frozenset()
    pointing: frozenset[str] = frozenset()

    def in_digits(self) -> NumberWords:
        """The same where only digits are a number."""
        return replace(self, named={}, last=frozenset())


@dataclass(frozen=True, slots=True)
class CodeWords:
    """How somebody asks about a code. Single words: `names` ⊆ `asking` ⊆ `beside`.

    `quoted` finds a code of six signs, its one group, in a longer text, behind what it is called.
    """

    names: frozenset[str]
    asking: frozenset[str]
    beside: frozenset[str]
    quoted: re.Pattern[str]

    @classmethod
    def of(cls, codes: Mapping[str, Sequence[str]]) -> CodeWords:
        called, kinds = codes.get("names", ()), codes.get("kinds", ())
        names = _single_words(called)
        asking = names | _words(codes.get("asking", ()))
        before = [_CHECK]
        if called:
            before.append(rf"\b{_any_of(called)}" + (rf"(?: {_any_of(kinds)})*" if kinds else ""))
        quoted = re.compile(rf"(?:{'|'.join(before)})[\s:]+([A-Z0-9]{{6}})\b", re.IGNORECASE)
        return cls(names, asking, asking | _words(codes.get("beside", ())), quoted)


@dataclass(frozen=True)
class Lexicon:
    """Everything in content/vocabulary.yaml and content/conversation.yaml that a message is compared with outside the matcher.

    `Phrases` and `Phrasebook`s are whole messages, `Prefixes` begin one, sets hold folded words. `case_commands` lead from
    folded words to what an officer does. `abbreviations` lead from what is typed to the words meant, with their accents.
    """

    abbreviations: Mapping[str, tuple[str, ...]]
    commands: Phrasebook[str]
    staff_commands: Phrasebook[StaffCommandName]
    case_commands: Mapping[str, CaseCommandName]
    corrections: Prefixes
    follow_ups: Prefixes
    agreement: Phrases
    more: Phrases
    short_answers: Phrases
    full_answers: Phrases
    good_verdict: Phrases
    bad_verdict: Phrases
    handoff_agreed: Phrases
    handoff_refused: Phrases
    handoff_ended: Phrases
    subscribing_refused: Phrases
    subscribing_ended: Phrases
    every_topic: Phrases
    refusal_words: frozenset[str]
    numbers: NumberWords
    digits: NumberWords
    beside_several: frozenset[str]
    between_choices: re.Pattern[str]
    beside_names: frozenset[str]
    beside_homes: frozenset[str]
    courtesies: frozenset[str]
    codes: CodeWords
    languages: Mapping[str, tuple[str, ...]]
    everywhere: frozenset[str]
    all_places: frozenset[str]
    everybody: frozenset[str]
    received: ReceivedPhrases

    @classmethod
    def of(cls, vocabulary: Vocabulary, received: ReceivedWords = NOTHING_RECEIVED) -> Lexicon:
        verdicts, passing_on, subscribing = vocabulary.verdicts, vocabulary.passing_on, vocabulary.subscribing
        beside_names, audience = _words(vocabulary.beside_names), vocabulary.audience
        numbers = _number_words(vocabulary)
        polite = Courtesies(vocabulary.courtesies.get("before", ()), vocabulary.courtesies.get("after", ()))
        staff = ((phrase, name) for name in STAFF_COMMANDS for phrase in vocabulary.staff_commands.get(name, ()))
        return cls(
            abbreviations={short.lower(): tuple(tokens(long)) for short, long in vocabulary.abbreviations.items()},
            commands=Phrasebook(
                ((phrase, name) for name, phrases in vocabulary.commands.items() for phrase in phrases), polite
            ),
            staff_commands=Phrasebook(staff, polite),
            case_commands={
                folded: name for name in CASE_COMMANDS for folded in _folded(vocabulary.case_commands.get(name, ()))
            },
            corrections=Prefixes(vocabulary.corrections),
            follow_ups=Prefixes(vocabulary.follow_ups),
            agreement=Phrases(vocabulary.agreement, courtesies=polite),
            more=Phrases(vocabulary.more, courtesies=polite),
            short_answers=Phrases(vocabulary.length.get("short", ()), courtesies=polite),
            full_answers=Phrases(vocabulary.length.get("full", ()), courtesies=polite),
            good_verdict=Phrases(verdicts.get("good", ()), vocabulary.agreement, courtesies=polite),
            bad_verdict=Phrases(verdicts.get("bad", ()), courtesies=polite),
            handoff_agreed=Phrases(passing_on.get("agreed", ()), courtesies=polite),
            handoff_refused=Phrases(passing_on.get("refused", ()), vocabulary.refusal, courtesies=polite),
            handoff_ended=Phrases(passing_on.get("ended", ()), courtesies=polite),
            subscribing_refused=Phrases(subscribing.get("refused", ()), vocabulary.refusal, courtesies=polite),
            subscribing_ended=Phrases(subscribing.get("ended", ()), courtesies=polite),
            every_topic=Phrases(subscribing.get("everything", ()), courtesies=polite),
            refusal_words=_single_words(vocabulary.refusal),
            numbers=numbers,
            digits=numbers.in_digits(),
            beside_several=_words(vocabulary.beside_numbers.get("several", ())),
            between_choices=_between(vocabulary.between_choices),
            beside_names=beside_names,
            courtesies=_words(word for texts in vocabulary.courtesies.values() for phrase in texts for word in phrase.split())
            | {"sao", "nhu"},
            beside_homes=beside_names | _words(vocabulary.beside_homes),
            codes=CodeWords.of(vocabulary.codes),
            languages={lang: tuple(map(fold, names)) for lang, names in vocabulary.languages.items()},
            everywhere=_folded(audience.get("everywhere", ())),
            all_places=_folded(audience.get("all", ())),
            everybody=_folded(audience.get("everybody", ())),
            received=ReceivedPhrases.of(received),
        )


def _number_words(vocabulary: Vocabulary) -> NumberWords:
    return NumberWords(
        {fold(word): number for number, words in vocabulary.numbers.items() for word in words},
        _words(vocabulary.beside_numbers.get("before", ())),
        _words(vocabulary.beside_numbers.get("after", ())),
        _folded(vocabulary.beside_numbers.get("last", ())),
        _words(vocabulary.beside_numbers.get("pointing", ())),
    )


def _between(phrases: Sequence[str]) -> re.Pattern[str]:
    pattern = rf"{_SIGNS_BETWEEN}|\b{_any_of(phrases)}\b" if phrases else _SIGNS_BETWEEN
    return re.compile(pattern, re.IGNORECASE)


def _any_of(phrases: Iterable[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, _forms(phrases)))})"


def _forms(phrases: Iterable[str]) -> list[str]:
    return [form for phrase in phrases for form in dict.fromkeys(typed_forms(phrase))]


def _folded(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold, phrases))


def _single_words(phrases: Iterable[str]) -> frozenset[str]:
    """Those of the phrases that are one word."""
    return frozenset(folded for folded in _folded(phrases) if " " not in folded)


def _words(phrases: Iterable[str]) -> frozenset[str]:
    """Word by word: where single words are looked for, "thị trấn" is two of them."""
    return frozenset(word for phrase in phrases for word in fold(phrase).split())
