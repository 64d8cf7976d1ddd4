"""What is better otherwise in the two parts of an answer: warnings that hold nothing up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.i18n import Words, mark
from bot.knowledge import schema
from bot.knowledge.intent_rules import intent_texts
from bot.knowledge.known import Knowledge
from bot.knowledge.reading import Located, Reading
from bot.knowledge.referral import missing_in, named_in
from bot.knowledge.render import PLACEHOLDER, placeholders
from bot.model import Fact, Intent
from bot.text.folding import fold

TOLD = 0.6  # share of the words of a fact
DATED = ("money", "count", "percent", "points", "area")  # kinds of facts that change from year to year
_SENTENCE_ENDS = re.compile(r"(?<=[.!?…])\s+")


def check_parts(reading: Reading, knowledge: Knowledge) -> None:
    """Add a warning for every text that says another thing in another language, or less than it should, or twice the same.

    `knowledge` is what the reading, which has no errors, was built to.
    """
    for intent, where in reading.intents.values():
        _check_same_facts(reading, intent, where)
        for key, lang, text in intent_texts(intent):
            for fact in _undated(text, knowledge, knowledge.words[lang]):
                message = mark(
                    "{key}.{lang}: the figure {{{id}}} stands without its time; write {{{id}.period}} in its sentence"
                )
                reading.problem(where, where.line(key, lang), message, warning=True, key=key, lang=lang, id=fact)
        _check_office(reading, intent, where, knowledge)
        _check_sources(reading, intent, where, knowledge)


def _check_same_facts(reading: Reading, intent: schema.IntentShape, where: Located) -> None:
    for key, texts in (("short", intent.short), ("more", intent.more)):
        used = [frozenset(placeholders(text)) for text in texts.values()]
        differing = sorted({name for names in used for name in names if not all(name in others for others in used)})
        if differing:
            message = mark("{key}: not every language uses {ids}; let all say the same")
            ids = ", ".join(f"{{{name}}}" for name in differing)
            reading.problem(where, where.line(key), message, warning=True, key=key, ids=ids)


def _undated(text: str, knowledge: Knowledge, words: Words) -> Iterator[str]:
    """The figures whose time stands neither in their sentence nor on their line."""
    found: dict[str, bool] = {}
    for line in text.split("\n"):
        for name in PLACEHOLDER.findall(line):
            fact = knowledge.facts[name.partition(".")[0]]
            if "." not in name and fact.kind in DATED:
                around = [line, *(one for one in _SENTENCE_ENDS.split(text) if f"{{{name}}}" in one)]
                said = any(_says_time(one, fact, knowledge.facts, words) for one in around)
                found[name] = found.get(name, False) or said
    yield from (name for name, said in found.items() if not said)


def _says_time(text: str, fact: Fact, facts: Mapping[str, Fact], words: Words) -> bool:
    """Whether a text says when a fact holds: by its time or an equal one, or by a fact that is a time or tells it in words."""
    for name in PLACEHOLDER.findall(text):
        other, _, part = name.partition(".")
        known = facts[other]
        if (part == "period" and known.period == fact.period) or (not part and known.kind == "period"):
            return True
        if not part and words.period(fact.period) in known.text.get(words.lang, ""):
            return True
    return False


def _check_sources(reading: Reading, intent: schema.IntentShape, where: Located, knowledge: Knowledge) -> None:
    """Facts that bring a source into the line of sources from which nothing in the texts comes."""
    if intent.cls == "S":  # has no such line
        return
    printed = {name for _, _, text in intent_texts(intent) for name in placeholders(text)}
    cited = {source for name in printed for source in knowledge.facts[name].sources}
    for position, name in enumerate(intent.facts):
        fact = knowledge.facts[name]
        if name not in printed and not cited.issuperset(fact.sources) and not _told(fact, knowledge.intents[intent.id]):
            message = mark(
                "facts: {id} brings a source under the answer, and nothing in the texts comes from it; "
                "print {{{id}}} or {{{id}.period}}, or remove it"
            )
            reading.problem(where, where.line("facts", position), message, warning=True, id=name)


def _told(fact: Fact, intent: Intent) -> bool:
    """Whether a fact in words is told in other words: in one language, more than half of its own stand in the texts."""
    for lang in intent.short:
        said = set(fold(f"{intent.short[lang]} {intent.more.get(lang, '')}").split())
        words = set(fold(fact.text.get(lang) or " ".join(fact.items.get(lang, ()))).split())
        if len(words & said) > len(words) * TOLD:
            return True
    return False


def _check_office(reading: Reading, intent: schema.IntentShape, where: Located, knowledge: Knowledge) -> None:
    """Short texts that name a part of what their line of whom to ask names, so that it is told twice."""
    if intent.referral is None or reading.referrals is None:
        return
    offices = reading.referrals[0].offices.get(intent.referral, {})
    for lang, text in knowledge.intents[intent.id].short.items():
        named, missing = named_in(text, offices.get(lang, ())), missing_in(text, offices.get(lang, ()))
        if named and missing:
            message = mark(
                "short.{lang} names {named}, and so does the line of whom to ask under it ({id}); "
                "name {missing} as well, and that line falls away, or leave {named} to it"
            )
            told = {"named": ", ".join(named), "missing": ", ".join(missing), "id": intent.referral}
            reading.problem(where, where.line("short", lang), message, warning=True, lang=lang, **told)
