"""The noun of learning: a question that was not answered well, kept without the person who asked it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class UnansweredQuestion:
    """`text` is masked. `kind`: unknown · clarify, where nothing was chosen · disliked.

    intent  what the bot took it for then: of a disliked answer, the one that was given; None where nothing was near
    place   the commune it came from; "" where that is not known
    """

    day: date
    lang: str
    kind: str
    text: str
    intent: str | None
    place: str
