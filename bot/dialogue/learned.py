"""Which intent a message means, as learnt from conversations that were written down: its words, and what was spoken of.

A softmax over intents and "none of them" through a narrow layer: log P(intent) = log softmax((mean of E[feature]) O + b).
Features are words, pairs and triples of words and letters of longer words, and in short messages the same beside the topic and
the intent answered last; the words of the message before, what is asked for, and what was offered. Each is a row of E by its
CRC-32. Fitted by `make calibrate-talks` on the phrasings of intents/ and on conversations of writers who knew the catalogue
alone. It is one of the features that `in_context.py` weighs, never a decision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from zlib import crc32

import numpy as np
import numpy.typing as npt

from bot.dialogue.in_context import offered_intents
from bot.engine import Engine
from bot.model import Intent, Session

ROWS = 1 << 16  # of E
RECEIVED = "announcement"  # as a subject: one has just arrived and is spoken of; as a label: it is meant
MOST_WORDS = 60  # of a message that are read
SHORT = 10  # words up to which what was spoken of changes what they mean
LETTERS = 4
BEFORE, BEFORE_TOGETHER = 25, 12  # words of the message before that are read; and beside the topic of a short one
LEAST = -9.0  # no log-probability is below this

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message as it was read, and what it was written after.

    `subjects`: what was answered, the newest first. `before`: words of the message before. `aspects`: what is asked for by the
    phrases of content/conversation.yaml. `offered`: intents among the choices that stand open.
    """

    words: Sequence[str]
    subjects: Sequence[str] = ()
    before: Sequence[str] = ()
    aspects: Collection[str] = ()
    offered: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """`labels` name the columns of `output` (width x labels) and `bias`; `rows` is ROWS x width, each times its `scale`."""

    labels: tuple[str, ...]
    rows: Numbers | npt.NDArray[np.int8]
    scale: Numbers
    output: Numbers
    bias: Numbers

    def log_probabilities(self, spoken: Spoken, intents: Mapping[str, Intent]) -> dict[str, float]:
        """Of every intent known when this was fitted, of `out-of-scope`, which stands for none of them, and of RECEIVED."""
        topics = {name: intents[name].topic if name in intents else name for name in (*spoken.subjects, *spoken.offered)}
        scores = self.sense(spoken, topics) @ self.output + self.bias
        scores -= scores.max()
        logs = np.maximum(scores - np.log(np.exp(scores).sum()), LEAST)
        return dict(zip(self.labels, logs.tolist(), strict=True))

    def sense(self, spoken: Spoken, topics: Mapping[str, str]) -> Numbers:
        """What a message means before any intent is thought of, `width` numbers: alike for what means much the same."""
        places = rows_of(spoken, topics)
        found: Numbers = (self.rows[places] * self.scale[places]).sum(0) / max(len(places), 1) ** 0.5
        return found


def rows_of(spoken: Spoken, topics: Mapping[str, str]) -> list[int]:
    """The rows of E that a message has, each once. `topics` are those of the intents that it was written after."""
    last = spoken.subjects[0] if spoken.subjects else ""
    words = spoken.words[:MOST_WORDS]
    found = (*_of_words(words, last, topics.get(last, "")), *_of_talk(spoken, topics, short=len(words) <= SHORT))
    return sorted({crc32(one.encode()) % ROWS for one in found})


def _of_words(words: Sequence[str], last: str, topic: str) -> Iterator[str]:
    pairs = [f"{one} {other}" for one, other in zip(("^", *words), (*words, "$"), strict=True)]
    yield from (f"word {word}" for word in words)
    yield from (f"pair {pair}" for pair in pairs)
    yield from (f"three {' '.join(words[place : place + 3])}" for place in range(len(words) - 2))
    for word in words:
        yield from (f"part {word[place : place + LETTERS]}" for place in range(len(word) - LETTERS + 1) if len(word) > LETTERS)
    if len(words) <= SHORT:
        yield f"topic {topic} length {min(len(words), 5)}"
        yield from (f"topic {topic} word {word}" for word in words)
        yield from (f"topic {topic} pair {pair}" for pair in pairs)
        yield from (f"intent {last} word {word}" for word in words)


def _of_talk(spoken: Spoken, topics: Mapping[str, str], *, short: bool) -> Iterator[str]:
    last = spoken.subjects[0] if spoken.subjects else ""
    topic = topics.get(last, "")
    yield f"topic {topic}"
    yield f"intent {last}"
    yield from (f"before {topics.get(name, '')}" for name in spoken.subjects[1:3])
    yield from (f"after {word}" for word in spoken.before[:BEFORE])
    yield from (f"asked {name}" for name in spoken.aspects)
    yield from (f"asked {name} of {topic}" for name in spoken.aspects)
    yield from (f"offered {name}" for name in spoken.offered)
    if short:
        yield from (f"after {word} in {topic}" for word in spoken.before[:BEFORE_TOGETHER])
        yield from (f"offered of {topics.get(name, '')}" for name in spoken.offered)


def spoken(text: str, engine: Engine, subjects: Sequence[str] = (), session: Session | None = None) -> Spoken:
    """A message after these subjects, and after what the session keeps of the one before; alone where there is none."""
    words, asked = engine.matcher.words, engine.aspects_in(text)
    if session is None:
        return Spoken(words(text), subjects, (), asked.keys())
    before = words(session.question) if session.question else ()
    return Spoken(words(text), subjects, before, asked.keys(), offered_intents(session.offered))


def taught(text: str, engine: Engine, subjects: Sequence[str] = (), session: Session | None = None) -> dict[str, float]:
    """Log-probabilities of what a message means after these subjects; of none, taken alone. See `Learned` and `spoken`."""
    return fitted().log_probabilities(spoken(text, engine, subjects, session), engine.knowledge.intents)


@cache
def fitted() -> Learned:
    """What was fitted last."""
    with np.load(BytesIO(resources.files("bot.dialogue").joinpath("learned.npz").read_bytes())) as data:
        return Learned(tuple(data["labels"].tolist()), data["rows"], data["scale"], data["output"], data["bias"])
