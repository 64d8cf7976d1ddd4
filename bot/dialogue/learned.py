"""Which intent a message means, as learnt from conversations that were written down: its words, and what was spoken of.

A softmax over intents and "none of them" through a narrow layer: log P(intent) = log softmax((mean of E[feature]) O + b).
Features are words, pairs and triples of words and letters of longer words, and in short messages the same beside the topic and
the intent answered last; each is a row of E by its CRC-32. Fitted by `make calibrate-talks` on the phrasings of intents/ and on
conversations of writers who knew the catalogue alone. It is one of the features that `in_context.py` weighs, never a decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from zlib import crc32

import numpy as np
import numpy.typing as npt

from bot.engine import Engine
from bot.model import Intent

ROWS = 1 << 16  # of E
RECEIVED = "announcement"  # as a subject: one has just arrived and is spoken of; as a label: it is meant
MOST_WORDS = 60  # of a message that are read
SHORT = 10  # words up to which what was spoken of changes what they mean
LETTERS = 4
LEAST = -9.0  # no log-probability is below this

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Learned:
    """`labels` name the columns of `output` (width x labels) and `bias`; `rows` is ROWS x width, each times its `scale`."""

    labels: tuple[str, ...]
    rows: Numbers | npt.NDArray[np.int8]
    scale: Numbers
    output: Numbers
    bias: Numbers

    def log_probabilities(
        self, words: Sequence[str], subjects: Sequence[str], intents: Mapping[str, Intent]
    ) -> dict[str, float]:
        """Of every intent known when this was fitted, of `out-of-scope`, which stands for none of them, and of RECEIVED."""
        topics = {name: intents[name].topic if name in intents else name for name in subjects}
        places = rows_of(words, subjects, topics)
        scores = (self.rows[places] * self.scale[places]).sum(0) / max(len(places), 1) ** 0.5 @ self.output + self.bias
        scores -= scores.max()
        logs = np.maximum(scores - np.log(np.exp(scores).sum()), LEAST)
        return dict(zip(self.labels, logs.tolist(), strict=True))


def rows_of(words: Sequence[str], subjects: Sequence[str], topics: Mapping[str, str]) -> list[int]:
    """The rows of E that a message has, each once. `subjects`: what was answered, the newest first; `topics` are theirs."""
    return sorted({crc32(one.encode()) % ROWS for one in _features(words[:MOST_WORDS], subjects, topics)})


def _features(words: Sequence[str], subjects: Sequence[str], topics: Mapping[str, str]) -> Iterator[str]:
    last = subjects[0] if subjects else ""
    topic = topics.get(last, "")
    pairs = [f"{one} {other}" for one, other in zip(("^", *words), (*words, "$"), strict=True)]
    yield from (f"word {word}" for word in words)
    yield from (f"pair {pair}" for pair in pairs)
    yield from (f"three {' '.join(words[place : place + 3])}" for place in range(len(words) - 2))
    for word in words:
        yield from (f"part {word[place : place + LETTERS]}" for place in range(len(word) - LETTERS + 1) if len(word) > LETTERS)
    yield f"topic {topic}"
    yield f"intent {last}"
    yield from (f"before {topics.get(name, '')}" for name in subjects[1:3])
    if len(words) <= SHORT:
        yield f"topic {topic} length {min(len(words), 5)}"
        yield from (f"topic {topic} word {word}" for word in words)
        yield from (f"topic {topic} pair {pair}" for pair in pairs)
        yield from (f"intent {last} word {word}" for word in words)


def taught(text: str, engine: Engine, subjects: Sequence[str] = ()) -> dict[str, float]:
    """Log-probabilities of what a message means after these subjects; of none, taken alone. See `Learned`."""
    return fitted().log_probabilities(engine.matcher.words(text), subjects, engine.knowledge.intents)


@cache
def fitted() -> Learned:
    """What was fitted last."""
    with np.load(BytesIO(resources.files("bot.dialogue").joinpath("learned.npz").read_bytes())) as data:
        return Learned(tuple(data["labels"].tolist()), data["rows"], data["scale"], data["output"], data["bias"])
