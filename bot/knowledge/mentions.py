"""Which answers tell of which commune, by the names that stand in them and in their facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bot.model import Fact, Intent, Place
from bot.model.well_known import SYSTEM
from bot.text.folding import tokens

NEWSPAPER = " báo điện biên phủ "  # it names no place


def mentions(places: Iterable[Place], intents: Iterable[Intent], facts: Mapping[str, Fact]) -> dict[str, tuple[str, ...]]:
    """Code of a commune → the intents that name it or what it was made of, those that do so most often first.

    An old name that another commune has today tells of that one.
    """
    known = tuple(places)
    today = {place.name for place in known}
    texts = {intent.id: " ".join(_texts(intent, facts)) for intent in intents if intent.topic != SYSTEM}
    texts = {intent: _plain(text).replace(NEWSPAPER, " ") for intent, text in texts.items()}
    found = {}
    for place in known:
        names = {place.name, *(unit.name for unit in place.formed_from if unit.name not in today)}
        counts = {intent: sum(text.count(_plain(name)) for name in names) for intent, text in texts.items()}
        found[place.code] = tuple(sorted((one for one in counts if counts[one]), key=lambda one: -counts[one]))
    return found


def _texts(intent: Intent, facts: Mapping[str, Fact]) -> Iterator[str]:
    yield intent.short["vi"]
    yield intent.more.get("vi", "")
    for name in intent.facts:
        yield facts[name].text.get("vi", "")
        yield ". ".join(facts[name].items.get("vi", ()))


def _plain(text: str) -> str:
    return f" {' '.join(tokens(text))} "
