"""The phrasings of the content as the matcher's examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.matching.matcher import FOREIGN, Example
from bot.model import Intent


class HasPhrasings(Protocol):
    @property
    def intents(self) -> Mapping[str, Intent]: ...
    @property
    def foreign(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]: ...


def examples_of(knowledge: HasPhrasings) -> list[Example]:
    """Every phrasing of every intent (its own question is one), and of the topics that are refused, in a fixed order."""
    own = [
        Example(intent.id, lang, text)
        for intent in knowledge.intents.values()
        if intent.examples
        for lang, question in intent.question.items()
        for text in dict.fromkeys((question, *intent.examples.get(lang, ())))
    ]
    foreign = [
        Example(f"{FOREIGN}{group}", lang, text)
        for group, by_language in knowledge.foreign.items()
        for lang, texts in by_language.items()
        for text in texts
    ]
    return own + foreign
