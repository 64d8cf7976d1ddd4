"""What must hold for `content/emergencies.yaml`: texts in every language, short, their numbers facts, of known intents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.i18n import mark
from bot.knowledge import schema
from bot.knowledge.intent_rules import check_length, check_text
from bot.knowledge.nearest import nearest
from bot.knowledge.reading import Located, Reading

MAX_TEXT = 360  # characters with the numbers filled in: about ten lines of a small screen

Place = tuple[str, ...]


def emergency_texts(file: schema.EmergenciesFile) -> Iterator[tuple[Place, schema.AnswerShape]]:
    """(place in the file, the shape that holds an answer) of every text."""
    for intent, emergency in file.emergencies.items():
        at = ("emergencies", intent)
        for name, need in emergency.needs.items():
            yield (*at, "needs", name), need
            for other, follow_up in need.follow_ups.items():
                yield (*at, "needs", name, "follow_ups", other), follow_up
        for name, shape in emergency.follow_ups.items():
            yield (*at, "follow_ups", name), shape


def check_emergencies(reading: Reading, languages: Iterable[str]) -> None:
    """Add a problem for everything that would leave somebody in danger without an answer, or with an unproven number."""
    if reading.emergencies is None:
        return
    file, where = reading.emergencies
    for intent in file.emergencies:
        if intent not in reading.intents and intent not in reading.unread:
            message = mark("emergencies: there is no intent called {id}; correct it or remove it")
            reading.problem(
                where, where.line("emergencies", intent), message, meant=nearest(intent, reading.intents), id=intent
            )
    spoken = tuple(languages)
    for place, shape in emergency_texts(file):
        _check_text(reading, where, place, shape, spoken)


def _check_text(reading: Reading, where: Located, place: Place, shape: schema.AnswerShape, languages: Iterable[str]) -> None:
    for lang in languages:
        if lang not in shape.answer:
            message = mark("{key} has no text in '{lang}'; add it")
            reading.problem(where, where.line(*place, "answer"), message, key=".".join(place[1:]), lang=lang)
    for lang, text in shape.answer.items():
        line = where.line(*place, "answer", lang)
        check_text(reading, where, line, ("answer", lang), text)
        check_length(reading, where, line, lang, text, MAX_TEXT)
