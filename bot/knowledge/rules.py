"""What must hold between content files, beyond the shape of each: the promises that an answer makes to a resident."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from string import Formatter

from bot import named
from bot.folding import fold
from bot.i18n import Words, catalogue_path, mark
from bot.knowledge import schema
from bot.knowledge.names import check_names
from bot.knowledge.reading import Located, Reading
from bot.knowledge.render import PARTS, PLACEHOLDER, placeholders
from bot.model import COMMANDS

MAX_ANSWER = 700  # characters of an answer before referral and source: what a person reads, or has read aloud, in one go
PRINTED_FACT = 40  # characters that a placeholder takes when its fact is not known yet
MIN_EXAMPLES = {"vi": 40, "en": 30}
DEFAULT_MIN_EXAMPLES = 30

_VI_NUMBER = r"(?:một|hai|ba|bốn|tư|năm|lăm|sáu|bảy|tám|chín|mười|mươi|trăm|chục|vài|mấy|rưỡi)"
_EN_NUMBER = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|dozen)"
)
_NUMBER_WORDS = {
    "vi": re.compile(rf"\b{_VI_NUMBER}(?:\s+{_VI_NUMBER})*\s+(?:nghìn|ngàn|triệu|tỷ|tỉ|phần trăm)\b", re.IGNORECASE),
    "en": re.compile(
        rf"\b{_EN_NUMBER}(?:[\s-]+{_EN_NUMBER})*[\s-]+(?:thousand|million|billion|trillion|per\s?cent)\b", re.IGNORECASE
    ),
}


def check_rules(reading: Reading, words: Mapping[str, Words]) -> None:
    """Add a problem for every broken promise. `words` holds the languages that content must be written in."""
    languages = tuple(words)
    _check_catalogues(reading, words)
    _check_facts(reading, languages)
    _check_sources(reading, languages)
    _check_places(reading, languages)
    _check_short_texts(reading, languages)
    _check_topics(reading)
    for intent, where in reading.intents.values():
        _check_intent(reading, intent, where, languages)
    _check_needed(reading)
    _check_vocabulary(reading)
    _check_same_phrasings(reading)
    check_names(reading)
    _check_unused_facts(reading)


def check_dates(reading: Reading, today: date) -> None:
    """Add a problem for everything whose review date has passed on `today`."""
    for fact_id, (fact, where) in reading.facts.items():
        if fact.review < today:
            reading.problem(
                where,
                where.line("facts", fact_id, "review"),
                "the fact {id} was to be reviewed by {day}; check it with its source and set a new date",
                id=fact_id,
                day=fact.review,
            )
    for intent, where in reading.intents.values():
        if intent.review < today:
            reading.problem(
                where,
                where.line("review"),
                "the answer of {id} was to be reviewed by {day}; read it again and set a new date",
                id=intent.id,
                day=intent.review,
            )


def _check_needed(reading: Reading) -> None:
    """What the conversation names itself. Where none could be read at all, that was told, and this would only repeat it."""
    for needed in named.INTENTS:
        if reading.intents and needed not in reading.intents and needed not in reading.unread:
            file = f"intents/{named.SYSTEM}/{needed}.yaml"
            reading.problem(file, 1, "the intent {id} is missing; the conversation cannot do without it", id=needed)
    for needed in named.FACTS:
        if reading.facts and needed not in reading.facts:
            reading.problem("content/facts", 1, "the fact {id} is missing; the conversation cannot do without it", id=needed)


# --- intents ----------------------------------------------------------------------------------------------------------


def _check_intent(reading: Reading, intent: schema.IntentShape, where: Located, languages: Iterable[str]) -> None:
    for lang in languages:
        for key, by_language in (("question", intent.question), ("answer", intent.answer)):
            if lang not in by_language:
                reading.problem(where, where.line(key), "{key} has no text in '{lang}'; add it", key=key, lang=lang)
        _check_examples(reading, intent, where, lang)
    for key, spoken in (("question", intent.question), ("answer", intent.answer), ("examples", intent.examples)):
        for lang in spoken:
            if lang not in languages:
                message = mark("{key}: there is no catalogue locales/{lang}; add one, or remove this language")
                reading.problem(where, where.line(key, lang), message, key=key, lang=lang)
    for lang, answer in intent.answer.items():
        _check_answer(reading, where, lang, answer)
    _check_links(reading, intent, where)


def _check_links(reading: Reading, intent: schema.IntentShape, where: Located) -> None:
    for position, related in enumerate(intent.related):
        if related == intent.id or not (related in reading.intents or related in reading.unread):
            reading.problem(where, where.line("related", position), "related: there is no other intent called {id}", id=related)
    for position, fact in enumerate(intent.facts):
        if fact not in reading.facts:
            reading.problem(
                where, where.line("facts", position), "facts: there is no fact called {id} in content/facts", id=fact
            )
    known = reading.referrals[0].referrals if reading.referrals else {}
    if intent.referral is not None and reading.referrals and intent.referral not in known:
        reading.problem(
            where, where.line("referral"), "referral: there is no {id} in content/referrals.yaml", id=intent.referral
        )
    if intent.referral is None and intent.cls in ("P", "R") and intent.urgency != "urgent":
        reading.problem(
            where,
            where.line("class"),
            "an intent of class {cls} sends people on; add referral: with a name from content/referrals.yaml",
            cls=intent.cls,
        )


def _check_examples(reading: Reading, intent: schema.IntentShape, where: Located, lang: str) -> None:
    if intent.id == named.OUT_OF_SCOPE:
        return
    found = len(intent.examples.get(lang, []))
    wanted = MIN_EXAMPLES.get(lang, DEFAULT_MIN_EXAMPLES)
    if not found:
        reading.problem(
            where,
            where.line("examples"),
            "examples has nothing in '{lang}'; add at least {wanted} phrasings",
            lang=lang,
            wanted=wanted,
        )
    elif found < wanted:
        reading.problem(
            where,
            where.line("examples", lang),
            "only {found} phrasings in '{lang}'; {wanted} are wanted for good answers",
            warning=True,
            found=found,
            lang=lang,
            wanted=wanted,
        )


def _check_answer(reading: Reading, where: Located, lang: str, answer: str) -> None:
    line = where.line("answer", lang)
    plain = PLACEHOLDER.sub("", answer)
    _check_placeholders(reading, where, line, lang, answer)
    brace = re.search(r"[{}]", plain)
    if brace:
        reading.problem(
            where,
            line,
            "answer.{lang}: a single {brace} stands alone; a placeholder is written {{fact-id}}",
            lang=lang,
            brace=brace[0],
        )
    unproven = re.search(r"\S*\d\S*", plain) or (_NUMBER_WORDS[lang].search(plain) if lang in _NUMBER_WORDS else None)
    if unproven:
        reading.problem(
            where,
            line,
            "answer.{lang}: no fact produced the figure “{figure}”; write it as a fact and put {{fact-id}} here",
            lang=lang,
            figure=unproven[0],
        )
    length = len(plain) + sum(_printed_length(reading, name, lang) for name in PLACEHOLDER.findall(answer))
    if length > MAX_ANSWER:
        reading.problem(
            where,
            line,
            "answer.{lang} has about {length} characters; at most {limit} are read to the end, shorten it",
            lang=lang,
            length=length,
            limit=MAX_ANSWER,
        )


def _check_placeholders(reading: Reading, where: Located, line: int, lang: str, answer: str) -> None:
    for name in PLACEHOLDER.findall(answer):
        fact_id, _, part = name.partition(".")
        if fact_id not in reading.facts:
            reading.problem(
                where,
                line,
                "answer.{lang}: {{{id}}} is no fact of content/facts; add the fact or correct the name",
                lang=lang,
                id=name,
            )
        elif part and part not in PARTS:
            reading.problem(
                where,
                line,
                "answer.{lang}: {{{id}}}: after the dot comes one of {parts}",
                lang=lang,
                id=name,
                parts=", ".join(PARTS),
            )


def _printed_length(reading: Reading, placeholder: str, lang: str) -> int:
    fact_id, _, part = placeholder.partition(".")
    if part or fact_id not in reading.facts:
        return PRINTED_FACT // 2 if part else PRINTED_FACT
    value = reading.facts[fact_id][0].value
    if isinstance(value, str):
        return len(value) + 8
    text = value.get(lang, "")
    return len(text) if isinstance(text, str) else sum(len(item) + 2 for item in text)


def _check_same_phrasings(reading: Reading) -> None:
    seen: dict[str, tuple[str, Located, int]] = {}
    for owner, lang_path, texts, where in _phrasings(reading):
        for position, text in enumerate(texts):
            folded = fold(text)
            line = where.line(*lang_path, position)
            if not folded and any(path == (*lang_path, position) for path, _ in where.document.misread):
                continue  # told already: it needs quotes
            if not folded:
                reading.problem(where, line, "the phrasing “{text}” has no words", text=text)
                continue
            if folded not in seen:
                seen[folded] = (owner, where, line)
                continue
            other, other_where, other_line = seen[folded]
            if other != owner:
                reading.problem(
                    where,
                    line,
                    "“{text}” is also a phrasing of {other} ({file}:{line}); it can belong to one only",
                    text=text,
                    other=other,
                    file=other_where.name,
                    line=other_line,
                )


def _phrasings(reading: Reading) -> Iterable[tuple[str, tuple[str | int, ...], list[str], Located]]:
    for intent, where in reading.intents.values():
        for lang, texts in intent.examples.items():
            yield intent.id, ("examples", lang), texts, where
        if intent.examples:
            for lang, question in intent.question.items():
                yield intent.id, ("question", lang), [question], where
    if reading.foreign:
        shape, where = reading.foreign
        for group, by_language in shape.foreign.items():
            for lang, texts in by_language.items():
                yield f"foreign: {group}", ("foreign", group, lang), texts, where


# --- facts, sources, places, topics -----------------------------------------------------------------------------------


def _check_facts(reading: Reading, languages: Iterable[str]) -> None:
    known = reading.sources[0].sources if reading.sources else None
    for fact_id, (fact, where) in reading.facts.items():
        for position, source in enumerate(fact.sources):
            if known is not None and source not in known:
                reading.problem(
                    where,
                    where.line("facts", fact_id, "sources", position),
                    "there is no source called {id} in content/sources.yaml",
                    id=source,
                )
        if isinstance(fact.value, dict):
            _check_written_fact(reading, fact_id, fact.value, where, languages)


def _check_written_fact(
    reading: Reading, fact_id: str, value: Mapping[str, str | list[str]], where: Located, languages: Iterable[str]
) -> None:
    """A fact in words says the same in every language, as far as its figures can tell."""
    line = where.line("facts", fact_id, "value")
    for lang in languages:
        if lang not in value:
            reading.problem(where, line, "the fact {id} has no text in '{lang}'; add it", id=fact_id, lang=lang)
    figures = [_figures(_joined(text)) for text in value.values()]
    if any(found != figures[0] for found in figures):
        reading.problem(where, line, "the fact {id} names different figures in its languages; make them the same", id=fact_id)


def _check_sources(reading: Reading, languages: Iterable[str]) -> None:
    if reading.sources is None:
        return
    shape, where = reading.sources
    for source_id, described in shape.sources.items():
        for lang in languages:
            if lang not in described.name:
                reading.problem(
                    where,
                    where.line("sources", source_id, "name"),
                    "the source {id} has no name in '{lang}'; add it",
                    id=source_id,
                    lang=lang,
                )


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else " ".join(value)


def _figures(text: str) -> Counter[str]:
    """How often each figure stands in a text, whatever parts its thousands."""
    return Counter(re.sub(r"[.,]", "", found) for found in re.findall(r"\d[\d.,]*\d|\d", text))


def _check_places(reading: Reading, languages: Iterable[str]) -> None:
    if reading.places is None:
        return
    shape, where = reading.places
    for code, place in shape.places.items():
        for lang in languages:
            if place.trap and lang not in place.trap:
                reading.problem(
                    where,
                    where.line("places", code, "trap"),
                    "the warning of {name} has no text in '{lang}'; add it",
                    name=place.name,
                    lang=lang,
                )


def _check_short_texts(reading: Reading, languages: Iterable[str]) -> None:
    """Referrals and topics: one text a language."""
    groups = []
    if reading.referrals:
        groups.append(("referrals", reading.referrals[0].referrals, reading.referrals[1]))
    if reading.topics:
        groups.append(("topics", reading.topics[0].topics, reading.topics[1]))
    for key, texts, where in groups:
        for name, by_language in texts.items():
            for lang in languages:
                if lang not in by_language:
                    reading.problem(
                        where,
                        where.line(key, name),
                        "{key}: {name} has no text in '{lang}'; add it",
                        key=key,
                        name=name,
                        lang=lang,
                    )


def _check_topics(reading: Reading) -> None:
    if reading.topics is None:
        return
    shape, _ = reading.topics
    for intent, where in reading.intents.values():
        if intent.topic != named.SYSTEM and intent.topic not in shape.topics:
            reading.problem(
                where,
                where.line("topic"),
                "the topic {topic} is not in content/topics.yaml; add it there, with its name",
                topic=intent.topic,
            )


def _check_unused_facts(reading: Reading) -> None:
    used = {name for intent, _ in reading.intents.values() for name in intent.facts}
    used |= {name for intent, _ in reading.intents.values() for text in intent.answer.values() for name in placeholders(text)}
    for fact_id, (_, where) in reading.facts.items():
        if fact_id not in used and not any(fact_id in text for text in reading.unread.values()):
            reading.problem(
                where,
                where.line("facts", fact_id),
                "no answer rests on the fact {id}; use it or remove it",
                warning=True,
                id=fact_id,
            )


def _check_vocabulary(reading: Reading) -> None:
    if reading.vocabulary is None:
        return
    shape, where = reading.vocabulary
    for command in shape.commands:
        if command not in COMMANDS:
            known = ", ".join(COMMANDS)
            message = mark("commands: there is no command {command}; the commands are {known}")
            reading.problem(where, where.line("commands", command), message, command=command, known=known)
    lists = {"filler": shape.filler, "corrections": shape.corrections, "follow_ups": shape.follow_ups}
    for key, phrases in lists.items():
        for position, phrase in enumerate(phrases):
            if not fold(phrase):
                reading.problem(where, where.line(key, position), "{key}: “{text}” has no words", key=key, text=phrase)


# --- the bot's own words ----------------------------------------------------------------------------------------------


def _check_catalogues(reading: Reading, words: Mapping[str, Words]) -> None:
    if not words:
        reading.problem("locales", 1, "there is no catalogue locales/<language>/LC_MESSAGES/loaban.po")
        return
    messages = {message for one in words.values() for message in one.messages}
    for lang, one in words.items():
        file = catalogue_path(reading.home / "locales", lang).relative_to(reading.home).as_posix()
        for message in sorted(messages - one.messages.keys()):
            reading.problem(file, 1, "no translation of “{message}”; add it", message=message)
        for message, text in one.messages.items():
            if _names(message) != _names(text):
                reading.problem(
                    file, 1, "the translation of “{message}” has other {{names}} in braces than the original", message=message
                )


def _names(message: str) -> set[str] | None:
    """The {names} of a message; None when its braces do not fit together, so that saying it would fail."""
    try:
        return {name for _, name, _, _ in Formatter().parse(message) if name is not None}
    except ValueError:
        return None
