"""What must hold between content files, beyond the shape of each: the promises that an answer makes to a resident."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from string import Formatter

from bot.i18n import Words, catalogue_path, mark, message_lines
from bot.knowledge.conversation_rules import check_conversation
from bot.knowledge.emergency_rules import check_emergencies, emergency_texts
from bot.knowledge.intent_rules import check_intent, check_same_phrasings, intent_texts
from bot.knowledge.names import check_names
from bot.knowledge.nearest import nearest
from bot.knowledge.pair_rules import check_pairs
from bot.knowledge.reading import Located, Reading
from bot.knowledge.render import placeholders
from bot.knowledge.vocabulary_rules import check_vocabulary
from bot.model import well_known


def check_rules(reading: Reading, words: Mapping[str, Words]) -> None:
    """Add a problem for every broken promise. `words` holds the languages that content must be written in."""
    languages = tuple(words)
    _check_catalogues(reading, words)
    _check_facts(reading, languages)
    _check_sources(reading, languages)
    _check_places(reading, languages)
    _check_short_texts(reading, languages)
    _check_offices(reading)
    _check_topics(reading)
    for intent, where in reading.intents.values():
        check_intent(reading, intent, where, languages)
    _check_drafts(reading, languages)
    _check_foreign(reading, languages)
    _check_needed(reading)
    check_emergencies(reading, languages)
    check_vocabulary(reading)
    check_conversation(reading, languages)
    check_pairs(reading, languages)
    check_same_phrasings(reading)
    check_names(reading)
    _check_unused_facts(reading)


def _check_drafts(reading: Reading, languages: Iterable[str]) -> None:
    """A draft is held to all that an intent is, in the languages that it is written in so far."""
    for intent, where in reading.drafts.values():
        written = [lang for lang in languages if lang in intent.question]
        check_intent(reading, intent, where, written)
        missing = ", ".join(lang for lang in languages if lang not in written)
        if missing:
            message = mark("a draft: nobody is answered from it yet; still to be written in: {missing}")
        else:
            message = mark("a draft: nobody is answered from it yet; take out this line when all is written")
        reading.problem(where, where.line("state"), message, warning=True, missing=missing)


def _check_offices(reading: Reading) -> None:
    if reading.offices is None or reading.places is None:
        return
    offices, where = reading.offices
    for code in offices.communes.keys() - reading.places[0].places.keys():
        reading.problem(
            where,
            where.line("communes", code),
            "there is no commune {code} in content/places.yaml; correct the code",
            meant=nearest(code, reading.places[0].places),
            code=code,
        )


def _check_needed(reading: Reading) -> None:
    """What the conversation names itself. Where none could be read at all, that was told, and this would only repeat it."""
    for needed in well_known.INTENTS:
        if reading.intents and needed not in reading.intents and needed not in reading.unread:
            file = f"intents/{well_known.SYSTEM}/{needed}.yaml"
            reading.problem(file, 1, "the intent {id} is missing; the conversation cannot do without it", id=needed)
    for needed in well_known.FACTS:
        if reading.facts and needed not in reading.facts and not reading.facts_unread:
            reading.problem("content/facts", 1, "the fact {id} is missing; the conversation cannot do without it", id=needed)


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
                    meant=nearest(source, known),
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
        if intent.topic != well_known.SYSTEM and intent.topic not in shape.topics:
            reading.problem(
                where,
                where.line("topic"),
                "the topic {topic} is not in content/topics.yaml; add it there, with its name",
                meant=nearest(intent.topic, shape.topics),
                topic=intent.topic,
            )


def _check_foreign(reading: Reading, languages: Iterable[str]) -> None:
    """By the language of what comes closest a person is answered, so it must be one that is spoken here."""
    if reading.foreign is None:
        return
    shape, where = reading.foreign
    for group, by_language in shape.foreign.items():
        for lang in by_language:
            if lang not in languages:
                message = mark("{key}: there is no catalogue locales/{lang}; add one, or remove this language")
                reading.problem(where, where.line("foreign", group, lang), message, key=group, lang=lang)


def _check_unused_facts(reading: Reading) -> None:
    used = {name for intent, _ in reading.written.values() for name in intent.facts}
    used |= {
        name for intent, _ in reading.written.values() for _, _, text in intent_texts(intent) for name in placeholders(text)
    }
    if reading.emergencies is not None:
        texts = (text for _, shape in emergency_texts(reading.emergencies[0]) for text in shape.answer.values())
        used |= {name for text in texts for name in placeholders(text)}
    for fact_id, (_, where) in reading.facts.items():
        if fact_id not in used and not any(fact_id in text for text in reading.unread.values()):
            reading.problem(
                where,
                where.line("facts", fact_id),
                "no answer rests on the fact {id}; use it or remove it",
                warning=True,
                id=fact_id,
            )


# --- the bot's own words ----------------------------------------------------------------------------------------------


def _check_catalogues(reading: Reading, words: Mapping[str, Words]) -> None:
    if not words:
        reading.problem("locales", 1, "there is no catalogue locales/<language>/LC_MESSAGES/loaban.po")
        return
    messages = {message for one in words.values() for message in one.messages}
    for lang, one in words.items():
        file = catalogue_path(reading.home / "locales", lang).relative_to(reading.home).as_posix()
        missing = sorted(messages - one.messages.keys())
        differing = [message for message, text in one.messages.items() if _names(message) != _names(text)]
        lines = message_lines(reading.home / "locales", lang) if missing or differing else {}
        for message in missing:
            reading.problem(file, lines.get(message, 1), "no translation of “{message}”; add it", message=message)
        for message in differing:
            told = mark("the translation of “{message}” has other {{names}} in braces than the original")
            reading.problem(file, lines.get(message, 1), told, message=message)


def _names(message: str) -> set[str] | None:
    """The {names} of a message; None when its braces do not fit together, so that saying it would fail."""
    if "{" not in message and "}" not in message:  # most of the thousands: not worth parsing
        return set()
    try:
        return {name for _, name, _, _ in Formatter().parse(message) if name is not None}
    except ValueError:
        return None
