"""What was probably meant by a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from bot.errors import Refusal
from bot.i18n import mark


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is spelt most like `name`; None where none is like it."""
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)), None)


def no_intent(name: str, known: Iterable[str]) -> Refusal:
    """To be raised for the id of an intent that does not exist."""
    near = nearest(name, known)
    if near:
        return Refusal(mark("there is no intent {id}; did you mean {near}?"), id=name, near=near)
    return Refusal(mark("there is no intent {id}; docs/intents.md lists them"), id=name)
