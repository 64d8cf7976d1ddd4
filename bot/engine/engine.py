"""Everything the dialogue thinks with: what is known, how it is matched, where places are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from bot.engine.lexicon import Lexicon
from bot.i18n import Words
from bot.knowledge.gazetteer import Gazetteer
from bot.knowledge.known import Knowledge
from bot.matching.matcher import Matcher
from bot.model import COMMANDS


@dataclass(frozen=True)
class Engine:
    """One version of the content, ready to answer; swapped whole when the content changes.

    `since` is when it was taken into use, None where nobody said.
    """

    knowledge: Knowledge
    matcher: Matcher
    gazetteer: Gazetteer
    lang: str
    lexicon: Lexicon
    since: datetime | None = None

    @classmethod
    def of(cls, knowledge: Knowledge, matcher: Matcher, lang: str) -> Engine:
        """`lang` is spoken to people whose language is not known."""
        return cls(knowledge, matcher, Gazetteer.of(knowledge.places), lang, Lexicon.of(knowledge.vocabulary))

    def command(self, text: str) -> str | None:
        """The command a message is: "/menu", or one of its words and nothing else."""
        if text.startswith("/"):
            name = re.match(r"\w*", text[1:])
            return name[0].lower() if name and name[0].lower() in COMMANDS else None
        return self.lexicon.commands.meaning(text)

    def stops_in(self, text: str) -> bool:
        """Whether one sentence of a message asks to stop, whatever the others say: "Dừng lại đi, tôi không cần nữa"."""
        return "stop" in self.lexicon.commands.said_in(text)

    def agrees(self, text: str) -> bool:
        """Whether a message is a yes and nothing else. "dung" is one, too, though it may also be meant as a stop."""
        return self.lexicon.agreement.has(text)

    def words(self, lang: str | None) -> Words:
        """The bot's own words in this language, or in the house language where it is not spoken."""
        return self.knowledge.words.get(lang or self.lang) or self.knowledge.words[self.lang]
