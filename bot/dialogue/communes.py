"""Choosing a commune: the list page by page, and choices of those that a text may mean. `kind` is how their choices begin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

from bot.dialogue.compose import full_name, reading
from bot.engine import Engine
from bot.i18n import Words
from bot.knowledge.gazetteer import Found
from bot.model import Button, Place, Reply

PAGE = 12  # communes on a page of the list


def list_button(words: Words, kind: str) -> Button:
    return Button(words.say("Choose from a list"), f"{kind}-list:1")


def commune_list(engine: Engine, lang: str, page: int, kind: str) -> Reply | None:
    """A page of all communes, from 1; None where there is no such page."""
    words = engine.words(lang)
    places = engine.gazetteer.in_order()
    pages = ceil(len(places) / PAGE)
    if not 1 <= page <= pages:
        return None
    buttons = list(of_today(words, places[(page - 1) * PAGE : page * PAGE], kind))
    if page < pages:
        buttons.append(Button(words.say("Next page"), f"{kind}-list:{page + 1}"))
    if page > 1:
        buttons.append(Button(words.say("Previous page"), f"{kind}-list:{page - 1}"))
    return Reply(words.say("Choose your commune (page {page} of {pages}).", page=page, pages=pages), tuple(buttons))


def of_today(words: Words, places: Iterable[Place], kind: str) -> tuple[Button, ...]:
    return tuple(Button(full_name(words, place), f"{kind}:{place.code}") for place in places)


def as_called(words: Words, found: Sequence[Found], kind: str) -> tuple[Button, ...]:
    """With what each was called: "the former ..., now in ..."."""
    return tuple(Button(reading(words, one), f"{kind}:{one.place.code}") for one in found)
