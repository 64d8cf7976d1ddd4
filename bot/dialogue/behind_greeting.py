"""What is asked behind a greeting: "alo cứu bạn tôi với" is no mere greeting."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.dialogue.decide import Decision
from bot.engine import Engine
from bot.model import Match
from bot.model.well_known import GREETING
from bot.text.folding import fold

LONGEST = 5  # words of a mere greeting
BEGINS = 3  # words at most of a greeting before something else
SURELY = 0.9  # probability that these words greet
_PAUSE = re.compile(r"[,.!]\s+")

Understood = tuple[Decision, Sequence[Match]]


def behind_greeting(text: str, understood: Understood, meaning: Callable[[str], Understood], engine: Engine) -> Understood:
    """What was `understood`, or, where that is a greeting, what stands behind it.

    Whatever may be urgent comes first, however short the message is. `meaning` understands a text, greetings aside.
    """
    decision = understood[0]
    if decision.zone == "unknown" or decision.choices[0].intent != GREETING:
        return understood
    words = text.split()
    rests = [
        " ".join(words[count:]) for count in range(1, BEGINS + 1) if len(words) - count > 1 and _greets(words[:count], engine)
    ]
    for rest in rests:
        further = meaning(rest)
        if further[0].zone != "unknown" and engine.knowledge.intents[further[0].choices[0].intent].urgent:
            return further
    if len(fold(text).split()) <= LONGEST:
        return understood
    after = _PAUSE.split(text, maxsplit=1)[-1]
    if after != text:
        further = meaning(after)
        return further if further[0].zone != "unknown" else understood
    # Without a pause it may all be one greeting: "alo ủy ban xã đấy phải không".
    further = meaning(rests[-1] if rests else text)
    return further if further[0].zone == "answer" else understood


def _greets(words: Sequence[str], engine: Engine) -> bool:
    found = engine.matcher.match(" ".join(words))[:1]
    return bool(found) and found[0].intent == GREETING and found[0].probability >= SURELY
