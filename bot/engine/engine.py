"""Everything the dialogue thinks with: what is known, how it is matched, where places are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.engine.aspects import AspectPhrases
from bot.engine.emergencies import Emergencies
from bot.engine.lexicon import Lexicon
from bot.engine.telling import told_phrases
from bot.i18n import Words
from bot.knowledge.gazetteer import Gazetteer
from bot.knowledge.known import Knowledge
from bot.matching.normalise import MAX_TOKENS
from bot.model import COMMANDS
from bot.text.folding import has_accents
from bot.text.spans import PhraseFinder, words_in

if TYPE_CHECKING:  # nobody loads numpy who only names an engine, such as a channel
    from bot.matching.matcher import Matcher


@dataclass(frozen=True)
class Engine:
    """One version of the content, ready to answer; swapped whole when the content changes.

    `told` finds what people tell of themselves: ids of facts, and the kinds of words around them (THERE and so on).
    `since` is when it was taken into use, None where nobody said.
    """

    knowledge: Knowledge
    matcher: Matcher
    gazetteer: Gazetteer
    lang: str
    lexicon: Lexicon
    aspects: AspectPhrases
    told: PhraseFinder[str]
    wishes: PhraseFinder[str]
    emergencies: Emergencies = field(default_factory=lambda: Emergencies.of({}))
    since: datetime | None = None

    @classmethod
    def of(cls, knowledge: Knowledge, matcher: Matcher, lang: str) -> Engine:
        """`lang` is spoken to people whose language is not known."""
        gazetteer, lexicon = Gazetteer.of(knowledge.places), Lexicon.of(knowledge.vocabulary, knowledge.received)
        return cls(
            knowledge,
            matcher,
            gazetteer,
            lang,
            lexicon,
            AspectPhrases(knowledge.aspects.values()),
            told_phrases(knowledge.told),
            PhraseFinder([("", knowledge.wishes)]),
            Emergencies.of(knowledge.emergencies, matcher.words, knowledge.not_now),
        )

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

    def readings(self, text: str) -> tuple[Sequence[str], ...]:
        """The words of a message as typed, with abbreviations written out, and, where no accent tells more, as mended."""
        typed = words_in(text)
        if len(typed) > MAX_TOKENS:  # as the matcher does
            typed = typed[: MAX_TOKENS // 2] + typed[-MAX_TOKENS // 2 :]
        written_out = [part for word in typed for part in self.lexicon.abbreviations.get(word, (word,))]
        return (typed, written_out) if has_accents(text) else (typed, written_out, self.matcher.words(text))

    def aspects_in(self, text: str) -> Mapping[str, float]:
        """Which aspects a message asks for, see `AspectPhrases.aspects_in`; of several readings what each tells best."""
        shares: dict[str, float] = {}
        for words in self.readings(text):
            for aspect, share in self.aspects.aspects_in(words).items():
                shares[aspect] = max(share, shares.get(aspect, 0.0))
        return dict(sorted(shares.items(), key=lambda one: -one[1]))

    def wishes_in(self, text: str) -> bool:
        """Whether a message has words of a wish: "muốn", "đang cần"."""
        return any(self.wishes.find(words) for words in self.readings(text))

    def words(self, lang: str | None) -> Words:
        """The bot's own words in this language, or in the house language where it is not spoken."""
        return self.knowledge.words.get(lang or self.lang) or self.knowledge.words[self.lang]
