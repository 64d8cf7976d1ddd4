"""Needs and follow-ups of the intents that hold a conversation, found by the words of a message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.model import Emergency
from bot.text.folding import fold, has_accents
from bot.text.spans import PhraseFinder, Span, words_in

Mend = Callable[[str], Sequence[str]]

_YEAR = re.compile(r"\b(?:19[5-9]\d|20[0-4]\d)\b")  # nobody who is in danger names the year
_PAUSE = re.compile(r"[,.;:!?…()\n/]+")  # "nương, chảy" is no burning field


class Cues:
    """Names, each with the phrases it is known by; a phrase counts wherever its words stand together between two pauses.

    `accented` are those that count with their accents only: "tự tử" is suicide, "tu tu" may be "từ từ" (slowly). `mend` tells
    how words are read, folded: "t mún chết" is "toi muon chet".
    """

    def __init__(self, phrases: Mapping[str, Iterable[str]], accented: Iterable[str] = (), mend: Mend = words_in) -> None:
        listed = {name: tuple(texts) for name, texts in phrases.items()}
        self._finder = PhraseFinder(listed.items())
        self._accented = {fold(text) for text in accented}
        self._mend = mend

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
            yield from self._mended_spans(words, self._mend(part))

    def _mended_spans(self, words: Sequence[str], mended: Sequence[str]) -> Iterator[tuple[Sequence[str], Span[str]]]:
        """What only the mended words tell: who typed accents on the others is taken at their word."""
        new = set(mended).difference(map(fold, words))
        for span in self._finder.find(mended) if new else ():
            told = mended[span.start : span.stop]
            if not new.isdisjoint(told) and " ".join(told) not in self._accented:
                yield mended, span


def _longest(spans: Sequence[Span[str]]) -> str | None:
    return max(spans, key=lambda span: (span.length, -span.start)).meanings[0] if spans else None


@dataclass(frozen=True)
class Emergencies:
    """The emergencies of the content, by intent, with their cues folded once."""

    known: Mapping[str, Emergency]
    needs: Mapping[str, Cues]
    follow_ups: Mapping[str, Cues]
    alone: Cues
    not_now: Cues

    @classmethod
    def of(cls, emergencies: Mapping[str, Emergency], mend: Mend = words_in, not_now: Iterable[str] = ()) -> Emergencies:
        needs = {name: {key: need.cues for key, need in one.needs.items()} for name, one in emergencies.items()}
        follow_ups = {name: {key: one.cues for key, one in each.follow_ups.items()} for name, each in emergencies.items()}
        accented = {name: _accented(one) for name, one in emergencies.items()}
        return cls(
            emergencies,
            {name: Cues(phrases, accented[name], mend) for name, phrases in needs.items()},
            {name: Cues(phrases, mend=mend) for name, phrases in follow_ups.items()},
            Cues({name: _told_alone(one) for name, one in emergencies.items()}, chain.from_iterable(accented.values()), mend),
            Cues({"": not_now}),
        )

    def told_alone(self, text: str) -> str | None:
        """The intent of which a need stands in the message whose words are enough, whatever else it may mean."""
        return self.alone.found(text)

    def is_not_now(self, text: str) -> bool:
        """Whether a message tells of another time, of a story or a drill: "năm ngoái nhà cháy", "diễn tập cứu nạn"."""
        return self.not_now.found(text) is not None or _YEAR.search(text) is not None

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
