"""Needs and follow-ups of the intents that hold a conversation, found by the words of a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.model import Emergency
from bot.text.folding import fold

Phrase = tuple[str, ...]


class Cues:
    """Names, each with the phrases it is known by; a phrase counts wherever its words stand together."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        self._names: dict[Phrase, str] = {}
        for name, texts in phrases.items():
            for text in texts:
                words = tuple(fold(text).split())
                if words:
                    self._names.setdefault(words, name)
        self._longest = max(map(len, self._names), default=0)

    def found(self, words: Sequence[str], without: Cues | None = None) -> str | None:
        """The name whose phrase is the longest in these folded words, those of `without` aside; None where there is none."""
        for size in range(min(self._longest, len(words)), 0, -1):
            for start in range(len(words) - size + 1):
                phrase = tuple(words[start : start + size])
                if phrase in self._names and (without is None or phrase not in without._names):
                    return self._names[phrase]
        return None

    def found_or_whole(self, words: Sequence[str]) -> str | None:
        """As `found`, but a phrase of a single word counts only where it is the whole message."""
        name = self._names.get(tuple(words))
        if name is not None:
            return name
        for size in range(min(self._longest, len(words)), 1, -1):
            for start in range(len(words) - size + 1):
                name = self._names.get(tuple(words[start : start + size]))
                if name is not None:
                    return name
        return None


@dataclass(frozen=True)
class Emergencies:
    """The emergencies of the content, by intent, with their cues folded once."""

    known: Mapping[str, Emergency]
    needs: Mapping[str, Cues]
    follow_ups: Mapping[str, Cues]

    @classmethod
    def of(cls, emergencies: Mapping[str, Emergency]) -> Emergencies:
        return cls(
            emergencies,
            {name: Cues({key: need.cues for key, need in one.needs.items()}) for name, one in emergencies.items()},
            {name: Cues({key: follow.cues for key, follow in one.follow_ups.items()}) for name, one in emergencies.items()},
        )

    def need(self, intent: str, words: Sequence[str]) -> str | None:
        """Which need of this intent the folded words tell; None where they tell none, or the intent has none."""
        return self.needs[intent].found(words) if intent in self.needs else None

    def other_need(self, intent: str, words: Sequence[str], *, inside: str) -> str | None:
        """As `need`, while `inside` holds the conversation: what only asks on there ("which number") tells no other danger."""
        return self.needs[intent].found(words, self.follow_ups.get(inside)) if intent in self.needs else None

    def follow_up(self, intent: str, words: Sequence[str]) -> str | None:
        """Which follow-up a message is, once this intent holds the conversation."""
        return self.follow_ups[intent].found_or_whole(words) if intent in self.follow_ups else None

    def answer(self, intent: str, need: str | None, follow_up: str | None, lang: str) -> str | None:
        """The text for a need, or for a follow-up in it; None where the content has none in this language."""
        emergency = self.known.get(intent)
        if emergency is None:
            return None
        own = emergency.needs.get(need or "")
        if follow_up is None:
            return own.answer.get(lang) if own else None
        if own is not None and follow_up in own.follow_ups:
            return own.follow_ups[follow_up].get(lang)
        common = emergency.follow_ups.get(follow_up)
        return common.answer.get(lang) if common else None
