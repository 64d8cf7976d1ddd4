"""Communes, topics and offices as people write them."""

from __future__ import annotations

import difflib

from bot.announcements.cleaning import clean
from bot.announcements.place_names import nearest_places, read_place
from bot.cli.command_context import CommandContext
from bot.errors import Refusal
from bot.i18n import mark
from bot.knowledge.gazetteer import Found
from bot.model import Place
from bot.text.folding import fold

OFFICE_AT_MOST = 100  # characters: it stands above every text
NEAR = 3  # names offered for one that is unknown

UNKNOWN_PLACE = mark("“{name}” is no commune or ward that is known here. Look at how it is written.")
NEAR_PLACES = mark("“{name}” is no commune or ward that is known here. Is it one of these: {near}?")
SEVERAL_PLACES = mark("“{name}” can mean {readings}. Write the number of the one you mean.")
OLD_DISTRICT = mark("There are no districts any more. What was {district} are today: {places}. Name those that you mean.")
UNKNOWN_TOPIC = mark("“{name}” is no topic. The topics are: {topics}.")
LONG_OFFICE = mark("The name of the office has {length} characters; at most {limit} fit above an announcement.")
PLACES_OF_OFFICERS = mark("Owners and admins speak for the whole province: leave --place out.")


def place_named(text: str, context: CommandContext) -> Place:
    """The commune of today that a name means, old or new, with or without accents and kind; or the one with this number.

    The whole text must be one name. Raises Refusal, which says what else there is.
    """
    if text.strip() in context.gazetteer.by_code:
        return context.gazetteer.by_code[text.strip()]
    reading = read_place(text, context.gazetteer)
    if reading.kind == "district":
        raise Refusal(OLD_DISTRICT, district=reading.name, places=", ".join(_numbered(one, context) for one in reading.places))
    if reading.kind == "unknown":
        raise _unknown(text, context)
    if len(reading.places) > 1:
        said = "; ".join(_reading(found, context) for found in reading.found)
        raise Refusal(SEVERAL_PLACES, name=text.strip(), readings=said)
    return reading.places[0]


def _unknown(text: str, context: CommandContext) -> Refusal:
    near = "; ".join(_reading(found, context) for found in nearest_places(text, context.gazetteer, NEAR))
    return Refusal(NEAR_PLACES, name=text.strip(), near=near) if near else Refusal(UNKNOWN_PLACE, name=text.strip())


def topic_named(text: str, context: CommandContext) -> str:
    """The id of a topic, by its id or its name in any language, with or without accents. Raises Refusal."""
    wanted = fold(text)
    for topic, names in context.topics.items():
        if wanted in map(fold, (topic, *names.values())):
            return topic
    known = {fold(name): topic for topic, names in context.topics.items() for name in (topic, *names.values())}
    near = dict.fromkeys(known[name] for name in difflib.get_close_matches(wanted, known, n=NEAR))
    told = ", ".join(f"{topic} ({context.names.topic(topic, context.words)})" for topic in near or context.topics)
    raise Refusal(UNKNOWN_TOPIC, name=text.strip(), topics=told)


def office_named(text: str) -> str:
    """The name of an office as it will stand above announcements: one line. Raises Refusal."""
    office = " ".join(clean(text).split())
    if len(office) > OFFICE_AT_MOST:
        raise Refusal(LONG_OFFICE, length=len(office), limit=OFFICE_AT_MOST)
    return office


def _numbered(place: Place, context: CommandContext) -> str:
    return f"{context.words.place(place.kind, place.name)} ({place.code})"


def _reading(found: Found, context: CommandContext) -> str:
    today = _numbered(found.place, context)
    if not found.old:
        return today
    return context.words.say("{place}, where the old {old} lies", place=today, old=context.words.place(found.kind, found.name))
