"""The matrix of topics and aspects: what every topic answers, where nothing is, and where two intents answer the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.i18n import mark
from bot.knowledge.known import Knowledge
from bot.model.well_known import SYSTEM

EXPECTED = ("overview", "who", "apply")  # what people ask of any topic of the menu
HOLE = mark("hole: {topic} has nothing on {aspect}")
DOUBLE = mark("double: {aspect} of {topic} is answered by {intents}")
MANY = ("variant", "chat", "none")  # a topic may have several: special cases, and what is no question


@dataclass(frozen=True)
class AspectMatrix:
    """`main` and `also`: topic → aspect → the intents that answer it, first of all or along with something else."""

    topics: tuple[str, ...]
    aspects: tuple[str, ...]
    main: Mapping[str, Mapping[str, tuple[str, ...]]]
    also: Mapping[str, Mapping[str, tuple[str, ...]]]
    not_asked: frozenset[tuple[str, str]]  # topic and aspect that nobody asks for
    several: frozenset[tuple[str, str]]  # topic and aspect that several intents answer, each in another case

    @classmethod
    def of(cls, knowledge: Knowledge) -> AspectMatrix:
        main: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        also: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for intent in knowledge.intents.values():
            for position, aspect in enumerate(intent.aspects):
                cells = also[intent.topic] if position else main[intent.topic]
                cells[aspect] = (*cells.get(aspect, ()), intent.id)
        topics = (*knowledge.topics, *(one for one in main if one not in knowledge.topics))
        known = knowledge.aspects.values()
        not_asked = frozenset((topic, one.id) for one in known for topic in one.not_asked_of)
        several = frozenset((topic, one.id) for one in known for topic in one.several_in)
        return cls(topics, tuple(knowledge.aspects), main, also, not_asked, several)

    def intents(self, topic: str, aspect: str) -> tuple[str, ...]:
        """All that answer it, those first whose main aspect it is."""
        return (*self.main.get(topic, {}).get(aspect, ()), *self.also.get(topic, {}).get(aspect, ()))

    def holes(self) -> Iterator[tuple[str, str]]:
        """Topic and aspect that people will ask for and no intent answers."""
        for topic in self.topics:
            for aspect in EXPECTED:
                if topic != SYSTEM and (topic, aspect) not in self.not_asked and not self.intents(topic, aspect):
                    yield topic, aspect

    def doubles(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Topic, aspect and the intents that all say it is what they answer first of all."""
        for topic in self.topics:
            for aspect, intents in self.main.get(topic, {}).items():
                if len(intents) > 1 and aspect not in MANY and (topic, aspect) not in self.several:
                    yield topic, aspect, intents
