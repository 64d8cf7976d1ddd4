"""A commune by its name: what it is today, what the content tells of it, its announcements, a way to its officers."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue import handoff
from bot.dialogue.compose import full_name, question, reading
from bot.dialogue.subscription_replies import one_commune
from bot.engine import Engine
from bot.knowledge.gazetteer import LONGEST_NAME, Found
from bot.model import Button, Place, Reply
from bot.model.well_known import PLACE
from bot.text.folding import fold

TOLD = 3  # intents that are offered


def named_alone(engine: Engine, text: str) -> tuple[Found, ...]:
    """The commune that the message names and nothing else, in all its readings: "Búng Lao", "em ở xã Xá Nhè cũ ạ".

    A slip of a letter counts where the message has no other words.
    """
    gazetteer, beside = engine.gazetteer, engine.lexicon.beside_homes
    if gazetteer.district(text) is not None:
        return ()
    words = fold(text).split()
    found = gazetteer.find(text, misspelt=False)
    if found:
        return found if _without(words, fold(found[0].name).split()) <= beside else ()
    rest = [word for word in words if word not in beside]
    slips = gazetteer.find(text) if len(rest) <= LONGEST_NAME else ()  # slips are looked for in all names, one after the other
    if not slips or len(rest) != len(fold(slips[0].name).split()) or _is_known(engine, words):
        return ()
    return slips


def named_in_answer(engine: Engine, text: str) -> tuple[Found, ...]:
    """The commune in an answer to "which one was it?", where a slip of a letter counts only in words that mean nothing else."""
    found = engine.gazetteer.find(text, misspelt=False)
    return found or (engine.gazetteer.find(text) if not _is_known(engine, fold(text).split()) else ())


def _is_known(engine: Engine, words: Sequence[str]) -> bool:
    """Whether the words need no mending: "sa nhân" is a plant, and no slip of "Xá Nhè"."""
    return engine.matcher.match(" ".join(words))[:1] != [] and engine.matcher.read(" ".join(words)).repairs == ()


def places(engine: Engine, lang: str, found: Sequence[Found], *, people: bool) -> Reply:
    """The commune of today for the place named, or a question back when the name leads to several."""
    if len(found) == 1:
        return _page(engine, lang, found[0].place, found[0], people=people)
    words = engine.words(lang)
    text = words.say("There is more than one {name}. Which one do you mean?", name=found[0].name)
    return Reply(text, tuple(Button(reading(words, one), f"place:{one.place.code}") for one in found))


def one_place(engine: Engine, lang: str, code: str, *, people: bool) -> Reply:
    return _page(engine, lang, engine.gazetteer.by_code[code], None, people=people)


def _without(words: Sequence[str], name: Sequence[str]) -> set[str]:
    """The words before and behind the name."""
    size = len(name)
    start = next((at for at in range(len(words)) if list(words[at : at + size]) == list(name)), len(words))
    return {*words[:start], *words[start + size :]}


def _page(engine: Engine, lang: str, place: Place, found: Found | None, *, people: bool) -> Reply:
    told = engine.knowledge.mentions.get(place.code, ())[:TOLD]
    lines = [*_what_it_is(engine, lang, place, found)]
    if told:
        lines.append(engine.words(lang).say("Loa Bản also tells of it: choose below."))
    buttons = (
        *(question(engine, lang, intent) for intent in told),
        one_commune(engine, lang, place),
        *((Button(handoff.button(engine, lang).label, f"{handoff.PERSON}:{place.code}"),) if people else ()),
    )
    source = engine.knowledge.intents[PLACE].source_line[lang]
    return Reply("\n".join(lines) + f"\n\n{source}".rstrip(), buttons)


def _what_it_is(engine: Engine, lang: str, place: Place, found: Found | None) -> list[str]:
    words = engine.words(lang)
    new = full_name(words, place)
    former = words.join(tuple(words.place(old.kind, old.name) for old in place.formed_from))
    lines = []
    if found and found.old:
        lines.append(words.say("The former {old} now belongs to {new}.", old=words.place(found.kind, found.name), new=new))
    lines.append(words.say("{new} was made of {former}.", new=new[0].upper() + new[1:], former=former))
    if place.trap:
        lines.append(place.trap[lang])
    lines.append(words.say("For papers, go to the Public Administration Service Centre of {new}.", new=new))
    return lines
