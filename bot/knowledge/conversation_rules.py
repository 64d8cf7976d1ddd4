"""What must hold for content/conversation.yaml, and for what the intents take from it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from bot.i18n import mark
from bot.knowledge import schema
from bot.knowledge.nearest import nearest
from bot.knowledge.reading import Located, Reading
from bot.model.well_known import SYSTEM
from bot.text.folding import fold

ANY_WORDS = "*"  # in a phrase about an announcement: one to three words of any kind
TOLD_FACT = re.compile(r"[a-z-]+:[a-z-]+")


def check_conversation(reading: Reading, languages: Collection[str]) -> None:
    """Add a problem for every phrase that cannot be understood and every aspect that is none; a missing name is a warning."""
    if reading.conversation is None:
        return
    shape, where = reading.conversation
    for aspect_id, aspect in shape.aspects.items():
        _check_name(reading, where, ("aspects", aspect_id), aspect.name, languages)
        _check_phrases(reading, where, ("aspects", aspect_id, "asked"), aspect.asked, languages)
        for key, topics in (("not_asked_of", aspect.not_asked_of), ("several_in", aspect.several_in)):
            _check_topics(reading, where, ("aspects", aspect_id, key), topics)
    _check_phrases(reading, where, ("wishes",), shape.wishes, languages)
    _check_received(reading, shape.received, where)
    facts = _check_told(reading, where, shape.told, languages)
    for intent, place in reading.intents.values():
        _check_aspects(reading, intent, place, shape.aspects)
        _check_evidence(reading, intent, place, facts)


def _check_told(reading: Reading, where: Located, told: schema.ToldFile, languages: Collection[str]) -> set[str]:
    """Add what is wrong there; the ids of all that can be told."""
    facts = set()
    for kind, shapes in told.kinds().items():
        for name, shape in shapes.items():
            facts.add(f"{kind}:{name}")
            _check_name(reading, where, ("told", kind, name), shape.name, languages)
            _check_phrases(reading, where, ("told", kind, name, "said"), shape.said, languages)
    around = {"there": told.there, "negations": told.negations, "open": told.open, "between": told.between}
    for key, phrases in around.items():
        _check_phrases(reading, where, ("told", key), phrases, languages)
    return facts


def _check_evidence(reading: Reading, intent: schema.IntentShape, where: Located, facts: Collection[str]) -> None:
    for position, text in enumerate(intent.needs_evidence):
        line = where.line("needs_evidence", position)
        if TOLD_FACT.fullmatch(text) and text not in facts:
            message = mark("needs_evidence: {fact} cannot be told; correct it, or write it into content/conversation.yaml")
            reading.problem(where, line, message, meant=nearest(text, facts), fact=text)
        elif not fold(text):
            reading.problem(where, line, "{key}: “{text}” has no words; remove it", key="needs_evidence", text=text)


def _check_name(
    reading: Reading, where: Located, path: tuple[str, ...], name: Mapping[str, str], languages: Collection[str]
) -> None:
    for lang in languages:
        if lang not in name:
            message, key = mark("{key}: {name} has no text in '{lang}'; add it"), ".".join(path[:-1])
            reading.problem(where, where.line(*path, "name"), message, warning=True, key=key, name=path[-1], lang=lang)


def _check_phrases(
    reading: Reading, where: Located, path: tuple[str, ...], phrases: Mapping[str, list[str]], languages: Collection[str]
) -> None:
    for lang, texts in phrases.items():
        if lang not in languages:
            message = mark("{key}: there is no catalogue locales/{lang}; add one, or remove this language")
            reading.problem(where, where.line(*path, lang), message, key=".".join(path), lang=lang)
        for position, text in enumerate(texts):
            if not fold(text):
                message = mark("{key}: “{text}” has no words; remove it")
                reading.problem(where, where.line(*path, lang, position), message, key=".".join((*path, lang)), text=text)


def _check_aspects(reading: Reading, intent: schema.IntentShape, where: Located, known: Collection[str]) -> None:
    named = [(("aspect",), intent.aspect), *((("also", number), one) for number, one in enumerate(intent.also))]
    for path, aspect in named:
        if aspect not in known:
            message = mark("{key}: there is no aspect {aspect} in content/conversation.yaml; correct it, or write it there")
            reading.problem(where, where.line(*path), message, meant=nearest(aspect, known), key=path[0], aspect=aspect)


def _check_topics(reading: Reading, where: Located, path: tuple[str, ...], topics: Iterable[str]) -> None:
    if reading.topics is None:
        return
    known = {*reading.topics[0].topics, SYSTEM}
    for position, topic in enumerate(topics):
        if topic not in known:
            message = mark("{key}: there is no topic {topic} in content/topics.yaml; correct it or remove it")
            line, meant = where.line(*path, position), nearest(topic, known)
            reading.problem(where, line, message, meant=meant, key=".".join(path), topic=topic)


def _check_received(reading: Reading, received: schema.ReceivedWords, where: Located) -> None:
    """Every phrase about an announcement has words, and none asks two things at once."""
    asked: dict[str, tuple[str, int]] = {}
    for path, text in _phrases(received.model_dump()):
        name, line = ".".join(map(str, path[:-1])), where.line(*path)
        if not fold(text) or text.strip().startswith(ANY_WORDS):
            message = mark("{key}: “{text}” has no words, or does not begin with one; remove it")
            reading.problem(where, line, message, key=name, text=text)
        elif path[1] == "questions":
            _check_asked_once(reading, where, name, text, line, asked)


def _check_asked_once(
    reading: Reading, where: Located, name: str, text: str, line: int, asked: dict[str, tuple[str, int]]
) -> None:
    form = " ".join(ANY_WORDS if word == ANY_WORDS else fold(word) for word in text.split())
    other, other_line = asked.setdefault(form, (name, line))
    if line != other_line or name != other:
        message = mark("{key}: “{text}” stands under {other} in line {line} already; keep one of them")
        reading.problem(where, line, message, key=name, text=text, other=other, line=other_line)


def _phrases(received: dict[str, object]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every phrase, and where it stands."""
    for key, part in received.items():
        lists = part.items() if isinstance(part, dict) else ((None, part),)
        for kind, entries in lists:
            path = ("received", key) if kind is None else ("received", key, kind)
            for position, text in enumerate(entries if isinstance(entries, list) else ()):
                yield (*path, position), text
