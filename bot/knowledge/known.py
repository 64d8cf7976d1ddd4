"""The knowledge itself: what all the files come to. Kept apart from the reading, which needs much that answering does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.i18n import Words
from bot.knowledge.mentions import mentions
from bot.knowledge.office_hours import OfficeHours
from bot.model import Aspect, Emergency, Fact, Intent, Place, ReceivedWords, Source, ToldVocabulary, Vocabulary
from bot.text.folding import fold


@dataclass(frozen=True)
class Knowledge:
    """Everything the bot knows. `version` is the start of the SHA-256 of all content files.

    `topics` are those of the menu, in its order, with their names per language; `foreign` holds phrasings of topics that
    are refused: group → language → phrasings. `pairs`: two intents often confused → the question that tells them apart, per
    language. `not_now`: what puts a danger into another time, a story or a drill. `recordings` are those that can be heard:
    intent → language → name, see `recordings`.
    """

    version: str
    intents: Mapping[str, Intent]
    facts: Mapping[str, Fact]
    sources: Mapping[str, Source]
    places: tuple[Place, ...]
    vocabulary: Vocabulary
    foreign: Mapping[str, Mapping[str, tuple[str, ...]]]
    topics: Mapping[str, Mapping[str, str]]
    words: Mapping[str, Words]
    offices: OfficeHours = field(default_factory=OfficeHours)
    emergencies: Mapping[str, Emergency] = field(default_factory=dict)
    not_now: tuple[str, ...] = ()
    aspects: Mapping[str, Aspect] = field(default_factory=dict)
    wishes: tuple[str, ...] = ()
    received: ReceivedWords = field(default_factory=ReceivedWords)
    told: ToldVocabulary = field(default_factory=ToldVocabulary)
    pairs: Mapping[frozenset[str], Mapping[str, str]] = field(default_factory=dict)
    recordings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def phrasings(self) -> Mapping[str, str]:
        """Every phrasing and every question of the content, folded → the intent or refused topic that has it."""
        refused = {fold(text): name for name, by_lang in self.foreign.items() for texts in by_lang.values() for text in texts}
        own = {
            fold(text): intent.id
            for intent in self.intents.values()
            for lang, texts in intent.examples.items()
            for text in (*texts, intent.question.get(lang, ""))
        }
        return refused | own

    @cached_property
    def mentions(self) -> Mapping[str, tuple[str, ...]]:
        """Code of a commune → the intents that tell of it, see `mentions.mentions`."""
        return mentions(self.places, self.intents.values(), self.facts)
