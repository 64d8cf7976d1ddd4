"""What is asked about an announcement, found within a message; and which sentences of the announcement answer it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.model import ReceivedKind, ReceivedWords
from bot.text.folding import fold, has_accents
from bot.text.phrases import Phrases, typed_forms

ANY_WORDS = "*"
MOST_ANY = 3  # words that a "*" stands for


@dataclass(frozen=True, slots=True)
class AskedKind:
    """A kind of question, and which words of the message ask it: those from `start` up to `end`, but for the `free` ones."""

    kind: ReceivedKind
    start: int
    end: int
    free: frozenset[int]


@dataclass(frozen=True)
class ReceivedPhrases:
    """`ReceivedWords` as messages are compared with them. `beside` are words as written, and folded; `ending` folded."""

    by_first: Mapping[str, Sequence[tuple[tuple[str, ...], ReceivedKind]]]
    sentences: Mapping[ReceivedKind, Sequence[tuple[str, str]]]
    pointing: Sequence[str]
    beside: frozenset[str]
    ending: frozenset[str]
    replies: Phrases
    asks_back: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, words: ReceivedWords) -> ReceivedPhrases:
        by_first: dict[str, list[tuple[tuple[str, ...], ReceivedKind]]] = {}
        for kind, phrases in words.questions.items():
            for phrase in phrases:
                form = tuple(part for word in phrase.split() for part in ([word] if word == ANY_WORDS else fold(word).split()))
                by_first.setdefault(form[0], []).append((form, kind))
        return cls(
            by_first,
            {kind: tuple(map(typed_forms, phrases)) for kind, phrases in words.sentences.items()},
            tuple(map(fold, words.pointing)),
            frozenset(word for phrase in words.beside for form in typed_forms(phrase) for word in form.split()),
            frozenset(map(fold, words.ending)),
            Phrases(words.replies),
            tuple(map(typed_forms, words.asks_back)),
        )

    def asked(self, words: Sequence[str]) -> list[AskedKind]:
        """The kinds of questions in a message of these folded words, in its order; one within a longer one is none."""
        found = [
            AskedKind(kind, start, end, free)
            for start, word in enumerate(words)
            for form, kind in self.by_first.get(word, ())
            for end, free in _ends(form, words, start)
        ]
        return [one for one in found if not any(_is_within(one, other) for other in found)]

    def points(self, text: str) -> bool:
        """Whether the message names the announcement itself."""
        folded = f" {fold(text)} "
        return any(f" {phrase} " in folded for phrase in self.pointing)

    def wants_answer(self, text: str) -> bool:
        """Whether an announcement asks people to write back."""
        return _hits(text, self.asks_back) > 0

    def hits(self, kind: ReceivedKind, sentence: str, *, accented: bool) -> int:
        """How many of the words of a kind stand in a sentence; `accented`: it comes from a text with accents."""
        return _hits(sentence, self.sentences.get(kind, ()), accented=accented)


def _ends(form: Sequence[str], words: Sequence[str], start: int) -> Iterable[tuple[int, frozenset[int]]]:
    """Where a phrase that begins at `start` ends, and which words stand for its "*"."""
    if not form:
        yield start, frozenset()
        return
    if form[0] != ANY_WORDS:
        if start < len(words) and words[start] == form[0]:
            yield from _ends(form[1:], words, start + 1)
        return
    for size in range(1, MOST_ANY + 1):
        for end, free in _ends(form[1:], words, start + size):
            yield end, free | frozenset(range(start, start + size))


def _is_within(one: AskedKind, other: AskedKind) -> bool:
    inside = other.start <= one.start and one.end <= other.end
    return inside and one.end - one.start < other.end - other.start and not other.free & set(range(one.start, one.end))


def _hits(text: str, phrases: Sequence[tuple[str, str]], *, accented: bool | None = None) -> int:
    by_accents = has_accents(text) if accented is None else accented
    own = f" {typed_forms(text)[0 if by_accents else 1]} "
    return sum(f" {phrase[0 if by_accents else 1]} " in own for phrase in phrases)
