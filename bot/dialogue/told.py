"""What somebody tells of himself while asking: the household, the people, the animals, and where somebody already is.

It is kept with the session for the conversation and chooses among answers; nobody decides anything by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from bot.engine import Engine
from bot.engine.telling import BETWEEN, NEGATION, OPEN, THERE
from bot.model import NOTHING_TOLD, Household, Intent, Told
from bot.text.folding import fold
from bot.text.spans import PhraseFinder, Span, words_in

KEPT = 4  # people, and kinds of work, that are remembered
ELDERLY = 60  # years; Law on the Elderly of 2009, article 2
SMALL_CHILD = 6  # years; younger is not yet at school
OLDEST = 120
NEARLY_BEFORE = 1  # words that may stand between "đang ở" and the country

_NUMBERS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9}
_DIGIT = rf"(?:{'|'.join(_NUMBERS)})"
_AGE = re.compile(
    rf"(?P<before>\b\w{{1,5}} )?\b(?:(?P<digits>\d{{1,3}})|(?P<tens>{_DIGIT} )?muoi(?: (?P<ones>{_DIGIT}))?) ?"
    r"(?:tuoi|t|years old|year old|yo)\b(?P<after> tro (?:len|xuong))?"
)
_OF_A_RULE = {"tu", "tren", "duoi", "du", "over", "under", "above", "below", "least"}  # "từ 18 tuổi" is nobody's age


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message tells. `denied` are ids of facts that it says are not so."""

    told: Told
    denied: frozenset[str] = frozenset()


def heard(words: Sequence[str], phrases: PhraseFinder[str]) -> Heard:
    """What these words tell, as typed (`words_in`) or folded; `phrases` as in `Engine.told`."""
    said, denied = _facts(phrases.find(words))
    by_kind: dict[str, list[str]] = {"people": [], "work": [], "abroad": []}
    for span in said:
        for fact in span.meanings:
            kind, _, name = fact.partition(":")
            by_kind.setdefault(kind, []).append(name)
    people, work, abroad = (tuple(dict.fromkeys(reversed(by_kind[kind]))) for kind in ("people", "work", "abroad"))
    age = _age(fold(" ".join(words)))
    return Heard(Told(_household(said), people, age, work, abroad[0] if abroad else None), frozenset(denied))


def merged(before: Told, now: Heard) -> Told:
    """What is known after a message: newer wins, and what was denied is gone."""
    return Told(
        household=now.told.household or _household_left(before.household, now.denied),
        people=_newest(now.told.people, before.people, now.denied, "people"),
        age=before.age if now.told.age is None else now.told.age,
        work=_newest(now.told.work, before.work, now.denied, "work"),
        abroad=now.told.abroad or (None if f"abroad:{before.abroad}" in now.denied else before.abroad),
    )


def told_after(before: Told, text: str, engine: Engine) -> Told:
    """What is known of somebody who has written this."""
    _, written_out, *_ = engine.readings(text)
    return merged(before, heard(written_out, engine.told))


def facts_of(told: Told) -> frozenset[str]:
    """The ids of all that was told, and of what follows from the age."""
    many = {"people": told.people, "work": told.work}
    facts = {f"{kind}:{name}" for kind, names in many.items() for name in names}
    facts |= {f"{kind}:{name}" for kind, name in (("household", told.household), ("abroad", told.abroad)) if name}
    if told.age is not None and told.age >= ELDERLY:
        facts.add("people:elderly")
    if told.age is not None and told.age < SMALL_CHILD:
        facts.add("people:small-child")
    return frozenset(facts)


def has_evidence(intent: Intent, words: Sequence[str], told: Told = NOTHING_TOLD) -> bool:
    """Whether there is something that makes it this narrower case: true for every intent that needs nothing.

    `words` are those of the message, folded or as typed; put in those of the subject talked about where it is a follow-up, and
    merge what the message tells into `told` first.
    """
    if not intent.needs_evidence or not facts_of(told).isdisjoint(intent.needs_evidence):
        return True
    return bool(_evidence(intent.needs_evidence).find([fold(word) for word in words]))


def only_tells(text: str, engine: Engine) -> bool:
    """Whether a message says who somebody is and nothing else: "thế hộ mới thoát nghèo", "ông tôi 85 tuổi thì sao"."""
    words = words_in(_AGE.sub(" ", text.lower()))
    spans = [span for span in engine.told.find(words) if span.meanings[0] not in (OPEN, NEGATION, BETWEEN)]
    covered = {place for span in spans for place in range(span.start, span.stop)}
    rest = {fold(word) for place, word in enumerate(words) if place not in covered}
    told = bool(spans) or _age(fold(text)) is not None
    return told and rest <= engine.lexicon.beside_homes | engine.lexicon.courtesies


def said_of(engine: Engine, lang: str, told: Told) -> str:
    """All of it in plain words, "" for nothing."""
    known, words = engine.knowledge.told.facts, engine.words(lang)
    ids = [f"household:{told.household}", *(f"people:{one}" for one in told.people), *(f"work:{one}" for one in told.work)]
    names = [known[one].name.get(lang) or known[one].name.get(engine.lang, one) for one in ids if one in known]
    if told.age is not None:
        names.append(words.say("{age} years old", age=told.age))
    if (place := known.get(f"abroad:{told.abroad}")) is not None:
        names.append(words.say("somebody in {country}", country=place.name.get(lang) or place.name.get(engine.lang, place.id)))
    return "; ".join(names)


# --- one message ------------------------------------------------------------------------------------------------------


def _facts(spans: Sequence[Span[str]]) -> tuple[list[Span[str]], set[str]]:
    """The spans that tell something, and the facts that are denied. A negation goes on over what stands right behind it.

    Kinds of household that stand side by side, as in "hộ nghèo, cận nghèo được gì", are asked about and tell nothing.
    """
    said: list[Span[str]] = []
    denied, listed = set[str](), set[int]()
    mood, until, there_until = "", -1, -2
    for span in spans:
        meaning, goes_on = span.meanings[0], span.start == until
        if meaning in (NEGATION, OPEN):
            mood, until = meaning, span.stop
        elif meaning == THERE:
            there_until = span.stop
        elif meaning == BETWEEN:
            until = span.stop if goes_on else -1
        elif goes_on and mood:
            denied.update(span.meanings if mood == NEGATION else ())
            until = span.stop
        elif not meaning.startswith("abroad:") or span.start - there_until in range(NEARLY_BEFORE + 1):
            if goes_on and said and _is_household(said[-1]) and _is_household(span):
                listed.update((said[-1].start, span.start))
            said.append(span)
            mood, until = "", span.stop
    return [span for span in said if span.start not in listed], denied


def _is_household(span: Span[str]) -> bool:
    return span.meanings[0].startswith("household:")


def _household(said: Sequence[Span[str]]) -> Household | None:
    """The last one that is told: "trước là hộ nghèo, giờ thoát nghèo rồi"."""
    names = [span.meanings[0].partition(":")[2] for span in said if _is_household(span)]
    return _as_household(names[-1]) if names else None


def _as_household(name: str) -> Household | None:
    return next((one for one in get_args(Household) if one == name), None)


def _household_left(before: Household | None, denied: frozenset[str]) -> Household | None:
    """What is left of what was known, where a message says only what is not so."""
    kept = None if f"household:{before}" in denied else before
    if kept is None and "household:escaped" in denied:
        return "poor"
    return "not-poor" if kept is None and "household:poor" in denied else kept


def _newest(now: Sequence[str], before: Sequence[str], denied: frozenset[str], kind: str) -> tuple[str, ...]:
    kept = (one for one in before if f"{kind}:{one}" not in denied)
    return tuple(dict.fromkeys((*now, *kept)))[:KEPT]


def _age(folded: str) -> int | None:
    ages = [age for found in _AGE.finditer(folded) if (age := _years(found)) is not None]
    return ages[-1] if ages else None


def _years(found: re.Match[str]) -> int | None:
    if found["after"] or (found["before"] or "").strip() in _OF_A_RULE:
        return None
    if found["digits"]:
        age = int(found["digits"])
    else:
        tens = _NUMBERS[found["tens"].strip()] if found["tens"] else 1
        age = 10 * tens + (_NUMBERS[found["ones"]] if found["ones"] else 0)
    return age if 0 < age <= OLDEST else None


@lru_cache(256)
def _evidence(phrases: tuple[str, ...]) -> PhraseFinder[str]:
    """Folded, so that a word without accents may be any; a told fact, with its colon, is no phrase."""
    return PhraseFinder([("", [form for phrase in phrases if ":" not in phrase for form in _forms(fold(phrase))])])


def _forms(phrase: str) -> Iterator[str]:
    """English words may stand for several things."""
    yield phrase
    yield f"{phrase}s"
