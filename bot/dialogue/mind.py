"""Everything the dialogue thinks with: what is known, how it is matched, where places are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.dialogue.places import Gazetteer
from bot.folding import fold
from bot.i18n import Words
from bot.knowledge import Knowledge
from bot.matching.matcher import Matcher


@dataclass(frozen=True)
class Mind:
    """One version of the content, ready to answer; swapped whole when the content changes."""

    knowledge: Knowledge
    matcher: Matcher
    gazetteer: Gazetteer
    lang: str
    commands: Mapping[str, str]

    @classmethod
    def of(cls, knowledge: Knowledge, matcher: Matcher, lang: str) -> Mind:
        """`lang` is spoken to people whose language is not known."""
        commands = {fold(words): name for name, phrases in knowledge.vocabulary.commands.items() for words in phrases}
        return cls(knowledge, matcher, Gazetteer.of(knowledge.places), lang, commands)

    def command(self, text: str) -> str | None:
        """The command a message is: "/menu", or one of its words and nothing else."""
        if text.startswith("/"):
            name = text[1:].split("@")[0].split()[0].lower() if len(text) > 1 and not text[1].isspace() else ""
            return name if name in self.knowledge.vocabulary.commands else None
        return self.commands.get(fold(text))

    def words(self, lang: str | None) -> Words:
        """The bot's own words in this language, or in the house language where it is not spoken."""
        return self.knowledge.words.get(lang or self.lang) or self.knowledge.words[self.lang]
