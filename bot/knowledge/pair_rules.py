"""What must hold for `content/pairs.yaml`: two known intents each, once, and a short question in every language."""

from __future__ import annotations

from collections.abc import Collection

from bot.i18n import mark
from bot.knowledge import schema
from bot.knowledge.intent_rules import check_text
from bot.knowledge.nearest import nearest
from bot.knowledge.reading import Located, Reading

MAX_QUESTION = 90  # characters: three lines of a small screen, above the choices


def check_pairs(reading: Reading, languages: Collection[str]) -> None:
    """Add a problem for every pair that would never be met, or whose question would not be read to its end."""
    if reading.pairs is None:
        return
    file, where = reading.pairs
    seen: dict[frozenset[str], int] = {}
    for number, pair in enumerate(file.pairs):
        _check_intents(reading, where, number, pair)
        _check_question(reading, where, number, pair, languages)
        line = where.line("pairs", number, "between")
        first = seen.setdefault(frozenset(pair.between), line)
        if first != line:
            message = mark("pairs: {pair} stands in line {line} already; keep one of them")
            reading.problem(where, line, message, pair=" + ".join(pair.between), line=first)


def _check_intents(reading: Reading, where: Located, number: int, pair: schema.PairShape) -> None:
    line = where.line("pairs", number, "between")
    if len(pair.between) != 2 or len(set(pair.between)) != 2:
        reading.problem(where, line, mark("pairs: between needs two different intents, such as [a, b]"))
    for position, intent in enumerate(pair.between):
        if intent not in reading.intents and intent not in reading.unread:
            message, at = mark("pairs: there is no intent called {id}; correct it or remove the pair"), ("between", position)
            near = nearest(intent, reading.intents)
            reading.problem(where, where.line("pairs", number, *at), message, meant=near, id=intent)


def _check_question(reading: Reading, where: Located, number: int, pair: schema.PairShape, languages: Collection[str]) -> None:
    at = ("pairs", number, "question")
    for lang in languages:
        if lang not in pair.question:
            message = mark("{key} has no text in '{lang}'; add it")
            reading.problem(where, where.line(*at), message, key="question", lang=lang)
    for lang, text in pair.question.items():
        line = where.line(*at, lang)
        check_text(reading, where, line, ("question", lang), text)
        if "{" in text:
            reading.problem(where, line, mark("question.{lang}: it names a difference, no facts; leave them out"), lang=lang)
        if not text.endswith("?"):
            reading.problem(where, line, mark("question.{lang}: it must end with a question mark"), lang=lang)
        if len(text) > MAX_QUESTION:
            message = mark("question.{lang} has {length} characters; at most {limit} are read to the end, shorten it")
            reading.problem(where, line, message, lang=lang, length=len(text), limit=MAX_QUESTION)
