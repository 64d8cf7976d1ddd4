"""What officers write about a case: "nhận 123", "123: text", "xong 123", "trả 123". Nothing else is an order.

It is read in groups too, where other talk passes by, so it must be told from talk before anything is known of the writer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from unicodedata import normalize

from bot.text.folding import fold

CaseCommandName = Literal["take", "answer", "close", "return", "show"]

_WORDS: dict[str, CaseCommandName] = {
    "nhan": "take",
    "nhan viec": "take",
    "nhan nhe": "take",
    "nhan a": "take",
    "em nhan": "take",
    "toi nhan": "take",
    "minh nhan": "take",
    "de em nhan": "take",
    "de toi nhan": "take",
    "take": "take",
    "xong": "close",
    "xong viec": "close",
    "da xong": "close",
    "done": "close",
    "close": "close",
    "tra": "return",
    "tra lai": "return",
    "tra viec": "return",
    "return": "return",
    "xem": "show",
    "xem viec": "show",
    "show": "show",
}
_ORDER = re.compile(r"(\D{2,12}?)\s*(?:số|so|no\.?|#)?\s*#?(\d{1,9})\s*[.!]?", re.IGNORECASE)
_ANSWER = re.compile(r"#?(\d{1,9})\s*[:：]\s*(\S.*)?", re.DOTALL)
# 12:30 is a time of day. A number with a colon is an answer only where what follows is no number of minutes.
_TIME = re.compile(r"\d{1,2}:\d{2}(?:\D|$)")


@dataclass(frozen=True, slots=True)
class CaseCommand:
    """What is to be done with which case; `text` is the answer, "" for the other orders."""

    name: CaseCommandName
    number: int
    text: str = ""


def case_command(text: str) -> CaseCommand | None:
    """The order that a message is, and nothing besides; None for anything else."""
    text = text.strip()
    if found := _ANSWER.fullmatch(text):
        return None if _TIME.match(text) else CaseCommand("answer", int(found[1]), (found[2] or "").strip())
    if found := _ORDER.fullmatch(normalize("NFC", text)):  # some keyboards write an accent as a sign of its own
        name = _WORDS.get(fold(found[1]).strip())
        return CaseCommand(name, int(found[2])) if name else None
    return None
