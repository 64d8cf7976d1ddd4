"""`loaban check`: every promise of the content proved, in plain words, with file and line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.authoring.aspect_matrix import DOUBLE, HOLE, AspectMatrix
from bot.dialogue import answers
from bot.engine.cache import cache_key, cached
from bot.errors import ContentError
from bot.i18n import Words, load_words, mark, words_for
from bot.knowledge.known import Knowledge
from bot.knowledge.lengths import check_lengths
from bot.knowledge.load import build, content_version
from bot.knowledge.part_rules import check_parts
from bot.knowledge.reading import Reading, read_content
from bot.knowledge.recordings import check_recordings
from bot.knowledge.review_dates import check_dates
from bot.knowledge.rules import check_rules
from bot.knowledge.wording_rules import check_wording
from bot.matching.examples import examples_of
from bot.matching.matcher import FOREIGN
from bot.matching.misfits import Misfit, misfits
from bot.model import Problem
from bot.text.phone import LINES


@dataclass(frozen=True)
class CheckReport:
    """Problems, errors first, and what was counted on the way (intents, facts, phrasings, languages)."""

    problems: Sequence[Problem]
    counts: dict[str, int]

    @property
    def errors(self) -> int:
        return sum(not problem.warning for problem in self.problems)


def check(home: Path, lang: str, today: date, cache: Path | None = None, *, review: bool = False) -> CheckReport:
    """All problems of the content under `home`, told in `lang`. Review dates are held against `today`.

    A date that has passed is a warning, and with `review` an error: time alone must not keep anybody from building the code.

    The comparison of all phrasings is kept in the folder `cache`, where one is given, until the content changes.
    """
    try:
        catalogues = load_words(home / "locales")
    except ContentError as error:
        return CheckReport(error.problems, _counts(Reading(home, Words(lang, {})), 0))
    reading = read_content(home, words_for(lang, catalogues))
    check_rules(reading, catalogues)
    if not reading.failed:
        knowledge = build(reading, catalogues, content_version(home))
        check_lengths(reading, knowledge)
        check_parts(reading, knowledge)
        check_wording(reading, knowledge)
        check_recordings(reading, knowledge)
        _check_heights(reading, knowledge)
        _check_aspects(reading, knowledge)
        _check_misfits(reading, knowledge, cache)
    check_dates(reading, today, strict=review)
    return CheckReport(
        sorted(reading.problems, key=lambda problem: (problem.warning, problem)), _counts(reading, len(catalogues))
    )


def _check_aspects(reading: Reading, knowledge: Knowledge) -> None:
    """A warning for what people will ask of a topic and nothing answers, and for two intents that answer the same of it."""
    matrix = AspectMatrix.of(knowledge)
    for topic, aspect in matrix.holes():
        reading.problem(f"intents/{topic}", 1, HOLE, warning=True, topic=topic, aspect=aspect)
    for topic, aspect, intents in matrix.doubles():
        where = reading.intents[intents[-1]][1]
        names = ", ".join(intents)
        reading.problem(where, where.line("aspect"), DOUBLE, warning=True, aspect=aspect, topic=topic, intents=names)


def _check_heights(reading: Reading, knowledge: Knowledge) -> None:
    """A warning for every reply that a phone does not show without scrolling."""
    for intent, where in reading.intents.values():
        for lang in intent.short:
            height = len(answers.shown(answers.short_reply(knowledge, lang, intent.id)))
            if height > LINES:
                message = mark(
                    "short.{lang}: the reply takes {height} lines of a phone with all under it; {limit} show, shorten it"
                )
                reading.problem(where, where.line("short", lang), message, warning=True, lang=lang, height=height, limit=LINES)


def _counts(reading: Reading, languages: int) -> dict[str, int]:
    files = [examples for intent in reading.intents for examples, _ in reading.examples_of(intent)]
    phrasings = sum(len(texts) for examples in files for texts in examples.values())
    return {"intents": len(reading.intents), "facts": len(reading.facts), "phrasings": phrasings, "languages": languages}


def _check_misfits(reading: Reading, knowledge: Knowledge, cache: Path | None) -> None:
    def compare() -> list[Misfit]:
        return misfits(examples_of(knowledge), knowledge.vocabulary)

    found = compare() if cache is None else cached(cache, cache_key(reading.home, ""), compare, kind="misfits")
    for misfit in found:
        where, line = _place(reading, misfit.example.label, misfit.example.lang, misfit.example.text)
        reading.problem(
            where,
            line,
            "“{text}” would be taken for {other}, because of “{twin}”; remove one of the two or word it more clearly",
            warning=True,
            text=misfit.example.text,
            other=misfit.other.removeprefix(FOREIGN),
            twin=misfit.twin,
        )


def _place(reading: Reading, label: str, lang: str, text: str) -> tuple[str, int]:
    if label.startswith(FOREIGN) and reading.foreign:
        shape, where = reading.foreign
        group = label.removeprefix(FOREIGN)
        return where.name, where.line("foreign", group, lang, shape.foreign[group][lang].index(text))
    intent, where = reading.intents[label]
    if text == intent.question[lang]:
        return where.name, where.line("question", lang)
    return next(
        (file.name, file.line("examples", lang, examples[lang].index(text)))
        for examples, file in reading.examples_of(label)
        if text in examples.get(lang, ())
    )
