"""From files to one immutable `Knowledge`: all of it is good, or none of it is used."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import time
from decimal import Decimal
from pathlib import Path

from bot.errors import ContentError
from bot.i18n import Words, load_words, words_for
from bot.knowledge import schema
from bot.knowledge.directory import place_of
from bot.knowledge.files import content_files
from bot.knowledge.known import Knowledge
from bot.knowledge.lengths import check_lengths
from bot.knowledge.office_hours import OfficeHours, Span
from bot.knowledge.reading import Located, Reading, ShapeT, read_content
from bot.knowledge.recordings import fresh_recordings
from bot.knowledge.referral import names_all
from bot.knowledge.render import fill, placeholders, source_line
from bot.knowledge.rules import check_rules
from bot.model import (
    Aspect,
    Emergency,
    Fact,
    FollowUp,
    Intent,
    Need,
    ReceivedWords,
    Source,
    ToldFact,
    ToldVocabulary,
    Vocabulary,
)
from bot.text.phone import COLUMNS

VERSION_DIGITS = 12


def content_version(home: Path) -> str:
    """The version of the content as it stands on disk; changes with any byte or file name."""
    digest = hashlib.sha256()
    for path in content_files(home):
        digest.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:VERSION_DIGITS]


def load_knowledge(home: Path, lang: str = "vi") -> Knowledge:
    """Read, check and build. Raises ContentError, in `lang`, when anything is wrong; warnings are not."""
    words = load_words(home / "locales")
    reading = read_content(home, words_for(lang, words))
    check_rules(reading, words)
    _refuse(reading)
    knowledge = build(reading, words, content_version(home))
    check_lengths(reading, knowledge)
    _refuse(reading)
    return knowledge


def _refuse(reading: Reading) -> None:
    if reading.failed:
        raise ContentError([problem for problem in reading.problems if not problem.warning])


def build(reading: Reading, words: Mapping[str, Words], version: str) -> Knowledge:
    """Knowledge from a reading without errors."""
    sources = {key: _source(key, shape) for key, shape in _shape(reading.sources).sources.items()}
    facts = {key: build_fact(key, shape) for key, (shape, _) in reading.facts.items()}
    referrals = _shape(reading.referrals)
    foreign = reading.foreign[0].foreign if reading.foreign else {}
    knowledge = Knowledge(
        version=version,
        intents={
            key: _intent(shape, _examples(reading, key), facts, sources, referrals, words)
            for key, (shape, _) in reading.intents.items()
        },
        facts=facts,
        sources=sources,
        places=tuple(place_of(code, shape) for code, shape in _shape(reading.places).places.items()),
        vocabulary=_vocabulary(_shape(reading.vocabulary)),
        foreign={key: {lang: tuple(texts) for lang, texts in group.items()} for key, group in foreign.items()},
        topics=_shape(reading.topics).topics,
        aspects={key: _aspect(key, shape) for key, shape in _shape(reading.conversation).aspects.items()},
        wishes=tuple(phrase for phrases in _shape(reading.conversation).wishes.values() for phrase in phrases),
        received=_received(_shape(reading.conversation).received),
        told=_told(_shape(reading.conversation).told),
        words=words,
        offices=_offices(reading.offices[0]) if reading.offices else OfficeHours(),
        emergencies=_emergencies(reading.emergencies[0], facts, sources, words) if reading.emergencies else {},
        not_now=tuple(phrase for phrases in reading.emergencies[0].not_now.values() for phrase in phrases)
        if reading.emergencies
        else (),
        pairs={frozenset(pair.between): pair.question for pair in reading.pairs[0].pairs} if reading.pairs else {},
    )
    return replace(knowledge, recordings=fresh_recordings(reading.home, knowledge))


def _offices(offices: schema.OfficesFile) -> OfficeHours:
    def week(hours: Mapping[schema.Weekday, list[str]]) -> dict[str, tuple[Span, ...]]:
        return {day: tuple(_span(text) for text in texts) for day, texts in hours.items()}

    communes = {code: week(hours) for code, hours in offices.communes.items()}
    return OfficeHours(week(offices.hours), communes, frozenset(offices.closed), frozenset(offices.opened))


def _emergencies(
    shape: schema.EmergenciesFile, facts: Mapping[str, Fact], sources: Mapping[str, Source], words: Mapping[str, Words]
) -> dict[str, Emergency]:
    def filled(one: schema.AnswerShape) -> dict[str, str]:
        return {lang: fill(text, facts, sources, words[lang]) for lang, text in one.answer.items()}

    def sourced(one: schema.AnswerShape) -> dict[str, str]:
        used = dict.fromkeys(name for text in one.answer.values() for name in placeholders(text))
        lines = {lang: source_line([facts[name] for name in used], sources, words[lang]) for lang in one.answer}
        return {lang: f"{text}\n\n{lines[lang]}".rstrip() for lang, text in filled(one).items()}

    def cues(by_language: Mapping[str, list[str]]) -> tuple[str, ...]:
        return tuple(cue for texts in by_language.values() for cue in texts)

    def follow_ups(need: schema.NeedShape) -> dict[str, dict[str, str]]:
        return {name: filled(one) for name, one in need.follow_ups.items()}

    return {
        name: Emergency(
            emergency.holds == "conversation",
            {
                key: Need(
                    (*cues(need.cues), *need.accented),
                    sourced(need),
                    follow_ups(need),
                    need.enough == "cues",
                    tuple(need.accented),
                )
                for key, need in emergency.needs.items()
            },
            {key: FollowUp(cues(one.cues), filled(one)) for key, one in emergency.follow_ups.items()},
        )
        for name, emergency in shape.emergencies.items()
    }


def _span(text: str) -> Span:
    start, end = (time.fromisoformat(part) for part in text.split("-"))
    return start, end


def build_fact(fact_id: str, shape: schema.FactShape) -> Fact:
    value = shape.value
    number = Decimal(value) if isinstance(value, str) and shape.kind != "period" else None
    by_language = value if isinstance(value, dict) else {}
    return Fact(
        id=fact_id,
        kind=shape.kind,
        number=number,
        to=shape.to,
        text={lang: text for lang, text in by_language.items() if isinstance(text, str)},
        items={lang: tuple(items) for lang, items in by_language.items() if isinstance(items, list)},
        span=value if isinstance(value, str) and shape.kind == "period" else None,
        qualifier=shape.qualifier,
        per=shape.per,
        period=shape.period,
        sources=tuple(shape.sources),
        review=shape.review,
        note=shape.note,
        expired=shape.expired,
    )


def _vocabulary(vocabulary: schema.VocabularyFile) -> Vocabulary:
    return Vocabulary(
        abbreviations=vocabulary.abbreviations,
        filler=tuple(vocabulary.filler),
        concepts=_phrasings(vocabulary.concepts),
        commands=_phrasings(vocabulary.commands),
        corrections=tuple(vocabulary.corrections),
        follow_ups=tuple(vocabulary.follow_ups),
        courtesies=_phrasings(vocabulary.courtesies),
        agreement=tuple(vocabulary.agreement),
        refusal=tuple(vocabulary.refusal),
        more=tuple(vocabulary.more),
        length=_phrasings(vocabulary.length),
        verdicts=_phrasings(vocabulary.verdicts),
        passing_on=_phrasings(vocabulary.passing_on),
        subscribing=_phrasings(vocabulary.subscribing),
        numbers={int(number): tuple(words) for number, words in vocabulary.numbers.items()},
        beside_numbers=_phrasings(vocabulary.beside_numbers),
        between_choices=tuple(vocabulary.between_choices),
        beside_names=tuple(vocabulary.beside_names),
        beside_homes=tuple(vocabulary.beside_homes),
        codes=_phrasings(vocabulary.codes),
        languages=_phrasings(vocabulary.languages),
        staff_commands=_phrasings(vocabulary.staff_commands),
        case_commands=_phrasings(vocabulary.case_commands),
        audience=_phrasings(vocabulary.audience),
    )


def _received(received: schema.ReceivedWords) -> ReceivedWords:
    return ReceivedWords(
        questions={kind: tuple(phrases) for kind, phrases in received.questions.items()},
        sentences={kind: tuple(phrases) for kind, phrases in received.sentences.items()},
        pointing=tuple(received.pointing),
        beside=tuple(received.beside),
        ending=tuple(received.ending),
        replies=tuple(received.replies),
        asks_back=tuple(received.asks_back),
    )


def _phrasings(part: schema.Shape | Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """A part of the vocabulary that has parts of its own, by their keys in the file."""
    lists = part.model_dump(by_alias=True) if isinstance(part, schema.Shape) else part
    return {key: tuple(phrases) for key, phrases in lists.items()}


def _shape(found: tuple[ShapeT, Located] | None) -> ShapeT:
    """The shape of a file that a reading without errors is sure to have."""
    if found is None:
        raise LookupError("build() was given a reading that failed")
    return found[0]


def _aspect(aspect_id: str, shape: schema.AspectShape) -> Aspect:
    return Aspect(aspect_id, shape.name, _phrasings(shape.asked), tuple(shape.not_asked_of), tuple(shape.several_in))


def _told(told: schema.ToldFile) -> ToldVocabulary:
    facts = {
        f"{kind}:{name}": ToldFact(f"{kind}:{name}", shape.name, _phrasings(shape.said))
        for kind, shapes in told.kinds().items()
        for name, shape in shapes.items()
    }
    around = (told.there, told.negations, told.open, told.between)
    return ToldVocabulary(facts, *(tuple(text for texts in words.values() for text in texts) for words in around))


def _source(source_id: str, shape: schema.SourceShape) -> Source:
    estimated, reported = shape.date_is == "estimate", shape.read == "reports"
    return Source(source_id, shape.kind, shape.name, shape.title, shape.date, estimated, shape.address, reported)


def _examples(reading: Reading, intent_id: str) -> dict[str, tuple[str, ...]]:
    """The phrasings of both files of an intent, its own first."""
    merged: dict[str, tuple[str, ...]] = {}
    for examples, _ in reading.examples_of(intent_id):
        for lang, texts in examples.items():
            merged[lang] = (*merged.get(lang, ()), *texts)
    return merged


def _intent(
    shape: schema.IntentShape,
    examples: Mapping[str, tuple[str, ...]],
    facts: Mapping[str, Fact],
    sources: Mapping[str, Source],
    referrals: schema.ReferralsFile,
    words: Mapping[str, Words],
) -> Intent:
    short, more = ([name for text in texts.values() for name in placeholders(text)] for texts in (shape.short, shape.more))
    texts = {key: _filled(part, facts, sources, words) for key, part in (("short", shape.short), ("more", shape.more))}

    used = tuple(dict.fromkeys([*short, *more, *shape.facts]))

    def sourced(names: Iterable[str], width: int | None = None) -> dict[str, str]:
        cited = () if shape.cls == "S" else tuple(facts[name] for name in names)
        return {lang: source_line(cited, sources, words[lang], width) for lang in shape.short}

    return Intent(
        id=shape.id,
        topic=shape.topic,
        cls=shape.cls,
        urgent=shape.urgency == "urgent",
        scope=shape.scope,
        review=shape.review,
        related=tuple(shape.related),
        facts=used,
        question=shape.question,
        short=texts["short"],
        more=texts["more"],
        referral=_referral(shape.referral, referrals, texts["short"]),
        source_line=sourced(short or used, COLUMNS) if shape.more else sourced(used),
        whole_source_line=sourced(used),
        examples=examples,
        aspect=shape.aspect,
        also=tuple(shape.also),
        needs_evidence=tuple(shape.needs_evidence),
    )


def _filled(
    texts: Mapping[str, str], facts: Mapping[str, Fact], sources: Mapping[str, Source], words: Mapping[str, Words]
) -> dict[str, str]:
    return {lang: fill(text, facts, sources, words[lang]) for lang, text in texts.items()}


def _referral(referral: str | None, file: schema.ReferralsFile, short: Mapping[str, str]) -> Mapping[str, str]:
    """The line of whom to ask, in the languages whose short text does not name all of it itself."""
    if referral is None:
        return {}
    offices = file.offices.get(referral, {})
    return {
        lang: text
        for lang, text in file.referrals[referral].items()
        if not names_all(short.get(lang, ""), offices.get(lang, ()))
    }
