"""Needs and follow-ups of the intents that hold a conversation, found by the words of a message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.model import Emergency
from bot.text.folding import fold, has_accents
from bot.text.spans import PhraseFinder, Span, words_in

_PAUSE = re.compile(r"[,.;:!?…()\n/]+")  # "nương, chảy" is no burning field


class Cues:
    """Names, each with the phrases it is known by; a phrase counts wherever its words stand together between two pauses.

    `accented` are those that count with their accents only: "tự tử" is suicide, "tu tu" may be "từ từ" (slowly).
    """

    def __init__(self, phrases: Mapping[str, Iterable[str]], accented: Iterable[str] = ()) -> None:
        listed = {name: tuple(texts) for name, texts in phrases.items()}
        self._finder = PhraseFinder(listed.items())
        self._accented = {fold(text) for text in accented}

    def found(self, text: str, without: Cues | None = None) -> str | None:
        """The name whose phrase is the longest in a message, those of `without` aside; None where there is none."""
        spans = [
            span for words, span in self._spans(text) if without is None or not without.is_one(words[span.start : span.stop])
        ]
        return _longest(spans)

    def is_one(self, words: Sequence[str]) -> bool:
        """Whether these words are a phrase, the whole of it."""
        return any(span.length == len(words) for span in self._finder.find(words))

    def found_or_whole(self, text: str) -> str | None:
        """As `found`, but a phrase of a single word counts only where it is the whole message."""
        return _longest([span for words, span in self._spans(text) if span.length > 1 or len(words_in(text)) == 1])

    def _spans(self, text: str) -> Iterator[tuple[Sequence[str], Span[str]]]:
        for part in _PAUSE.split(text):
            words = words_in(part)
            for span in self._finder.find(words):
                typed = " ".join(words[span.start : span.stop])
                if fold(typed) not in self._accented or has_accents(typed):
                    yield words, span


def _longest(spans: Sequence[Span[str]]) -> str | None:
    return max(spans, key=lambda span: (span.length, -span.start)).meanings[0] if spans else None


@dataclass(frozen=True)
class Emergencies:
    """The emergencies of the content, by intent, with their cues folded once."""

    known: Mapping[str, Emergency]
    needs: Mapping[str, Cues]
    follow_ups: Mapping[str, Cues]
    alone: Cues

    @classmethod
    def of(cls, emergencies: Mapping[str, Emergency]) -> Emergencies:
        return cls(
            emergencies,
            {
                name: Cues({key: need.cues for key, need in one.needs.items()}, _accented(one))
                for name, one in emergencies.items()
            },
            {name: Cues({key: follow.cues for key, follow in one.follow_ups.items()}) for name, one in emergencies.items()},
            Cues(
                {name: _told_alone(one) for name, one in emergencies.items()},
                [cue for one in emergencies.values() for cue in _accented(one)],
            ),
        )

    def told_alone(self, text: str) -> str | None:
        """The intent of which a need stands in the message whose words are enough, whatever else it may mean."""
        return self.alone.found(text)

    def need(self, intent: str, text: str) -> str | None:
        """Which need of this intent a message tells; None where it tells none, or the intent has none."""
        return self.needs[intent].found(text) if intent in self.needs else None

    def other_need(self, intent: str, text: str, *, inside: str) -> str | None:
        """As `need`, while `inside` holds the conversation: what only asks on there ("which number") tells no other danger."""
        return self.needs[intent].found(text, self.follow_ups.get(inside)) if intent in self.needs else None

    def follow_up(self, intent: str, text: str) -> str | None:
        """Which follow-up a message is, once this intent holds the conversation."""
        return self.follow_ups[intent].found_or_whole(text) if intent in self.follow_ups else None

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


def _accented(emergency: Emergency) -> list[str]:
    return [cue for need in emergency.needs.values() for cue in need.accented]


def _told_alone(emergency: Emergency) -> list[str]:
    return [cue for need in emergency.needs.values() if need.alone for cue in need.cues]
