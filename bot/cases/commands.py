"""What officers write about a case: "nhận 123", "123: text", "xong 123", "trả 123". Nothing else is a command.

The words stand in content/vocabulary.yaml, under `case_commands`. In groups other talk passes by: a channel tells by the form
alone what may be a command (`may_be_command`), and what is none after all is dropped where the words are known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import normalize

from bot.engine import Lexicon
from bot.model import LONGEST_CASE_COMMAND, CaseCommandName
from bot.text.folding import fold

# The blanks of the message are single ones.
_COMMAND = re.compile(rf"(\D{{1,{LONGEST_CASE_COMMAND}}}?)( ?(?:số|so|no\.?|#)?) ?#?(\d{{1,9}}) ?[.!]?", re.IGNORECASE)
_ANSWER = re.compile(r"#?(\d{1,9})\s*[:：]\s*(\S.*)?", re.DOTALL)
# 12:30 is a time of day. A number with a colon is an answer only where what follows is no number of minutes.
_TIME = re.compile(r"\d{1,2}:\d{2}(?:\D|$)")


@dataclass(frozen=True, slots=True)
class CaseCommand:
    """What is to be done with which case; `text` is the answer, "" for the other commands."""

    name: CaseCommandName
    number: int
    text: str = ""


def case_command(text: str, lexicon: Lexicon) -> CaseCommand | None:
    """The command that a message is, and nothing besides; None for anything else."""
    text = text.strip()
    if found := _ANSWER.fullmatch(text):
        return None if _TIME.match(text) else CaseCommand("answer", int(found[1]), (found[2] or "").strip())
    if found := _words_and_number(text):
        words, number_sign, number = found.groups()
        known = lexicon.case_commands
        name = known.get(fold(words + number_sign)) or known.get(fold(words))  # "so" may be the last of the words: "ho so 12"
        return CaseCommand(name, int(number)) if name else None
    return None


def may_be_command(text: str) -> bool:
    """Whether a message has the form of a command, whatever its words are: some words and a number, or a number and a colon.

    "/vote 12" is none: it is a command of another kind, or of another bot.
    """
    text = text.strip()
    if text.startswith("/"):
        return False
    return _words_and_number(text) is not None or (_ANSWER.fullmatch(text) is not None and _TIME.match(text) is None)


def _words_and_number(text: str) -> re.Match[str] | None:
    composed = normalize("NFC", " ".join(text.split()))  # some keyboards write an accent as a sign of its own
    return _COMMAND.fullmatch(composed)
