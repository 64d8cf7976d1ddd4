"""Several questions in one message, each weighed with what was asked before it, in the same message too."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.dialogue.decide import Decision
from bot.engine.lexicon import Lexicon
from bot.model import Intent, Match, Session
from bot.model.well_known import SYSTEM
from bot.text.folding import fold

PART_WORDS = 2  # words of a part of a message that can be a question of its own
MOST_QUESTIONS = 3
SURE_PART = 0.50  # probability from which a part is answered
SURE_BETWEEN_COMMAS = 0.65  # the same where only a comma parts it, as what a person tells of themselves is parted too, and
LIKELY_PART = 0.30  # probability from which a part is offered beside the answer to another one
WHOLE_SURE = 0.97  # probability from which a message is one question, whatever commas stand in it
DENIAL_WORDS = 3  # up to which a part that begins with a no is nothing but that; "không biết vay ở đâu" asks
SUBJECTS = 4  # that are remembered
_BETWEEN_QUESTIONS = re.compile(r"[?;\n]+|\s+(?:với lại|voi lai|vs lại|vs lai|với|vs|và|va|and)\s+", re.IGNORECASE)
_BETWEEN_SENTENCES = re.compile(r"[?;\n]+|[,.]\s+")
# "1 là ... 2 là ...", "1) ... 2) ...", "một là ... hai là ...", "thứ nhất ... thứ hai ...", "việc 1: ... việc 2: ..."
_NUMBERS = dict.fromkeys(("1", "một", "mot", "nhất", "nhat", "first"), 1)
_NUMBERS |= dict.fromkeys(("2", "hai", "second"), 2) | dict.fromkeys(("3", "ba", "third"), 3)
_COUNTED = re.compile(
    r"(?<!\w)(?:(?:việc|viec|câu|cau|ý|điều|dieu)\s+)?"
    r"(?:([123])(?:\s*[):]|\.(?=\s)|\s+(?:là|la|is)\b)|(một|mot|hai|ba)\s+(?:là|la)\b|thứ\s+(nhất|hai|ba)\b|thu\s+(nhat|hai|ba)\b"
    r"|(first|second|third)(?:ly)?\b)[\s:,]*(?:(?:là|la)\s+)?",
    re.IGNORECASE,
)

Meaning = Callable[[str, Session], Decision]


@dataclass(frozen=True, slots=True)
class Questions:
    """What a message asks: `sure` is answered, in order; `likely` is offered beside it, each once."""

    sure: tuple[Match, ...]
    likely: tuple[str, ...]


def questions_in(
    text: str, whole: Decision, session: Session, meaning: Meaning, intents: Mapping[str, Intent]
) -> Questions | None:
    """Two or three questions, at least one of them sure; None where the message is one, or they are not clear.

    `whole` is what it means as one. Being sure of that says little where somebody counts, or "and" stands: it may be sure of
    one of two. Commas and full stops part questions only where the whole is not sure and all parts are.
    """
    one = whole.zone == "answer" and whole.choices[0].probability >= WHOLE_SURE
    ways = [(counted(text), LIKELY_PART), (_BETWEEN_QUESTIONS.split(text), LIKELY_PART)]
    if not one:
        ways.append((_BETWEEN_SENTENCES.split(text), SURE_BETWEEN_COMMAS))
    for parts, bar in ways:
        found = _read(parts, bar, session, meaning, intents)
        if found.sure and len(found.sure) + len(found.likely) > 1:
            return found
    return None


def counted(text: str) -> list[str]:
    """The parts that somebody counts: "hỏi 2 việc: 1 là ..., 2 là ...", without what announces them; [] where nobody does."""
    marks = list(_COUNTED.finditer(text))
    numbers = [_NUMBERS[next(filter(None, mark.groups())).lower()] for mark in marks]
    if len(marks) < 2 or numbers != list(range(1, len(marks) + 1)):
        return []
    ends = (*(mark.start() for mark in marks[1:]), len(text))
    return [text[mark.end() : end].strip(" ,;.\n\t") for mark, end in zip(marks, ends, strict=True)]


def denies(part: str, lexicon: Lexicon) -> bool:
    """Whether a part only says what is not meant: "không vay, hỏi tiền hỗ trợ làm nhà"."""
    words = part.split()
    return len(words) <= DENIAL_WORDS and fold(words[0]) in lexicon.refusal_words


def with_subject(subjects: Sequence[str], *intents: str) -> tuple[str, ...]:
    """The intents as the newest subjects, the first of them foremost, each once."""
    return tuple(dict.fromkeys((*intents, *subjects)))[:SUBJECTS]


def _read(parts: Sequence[str], bar: float, session: Session, meaning: Meaning, intents: Mapping[str, Intent]) -> Questions:
    """None of anything where one part asks nothing, is not even likely, or about Loa Bản itself, or urgent."""
    sure: dict[str, Match] = {}
    likely: list[str] = []
    told = [part.strip() for part in parts if len(part.split()) >= PART_WORDS]
    for part in told if 2 <= len(told) <= MOST_QUESTIONS else ():
        decision = meaning(part, session)
        first = decision.choices[0] if decision.choices else None
        intent = intents.get(first.intent) if first else None
        if first is None or intent is None or intent.topic == SYSTEM or intent.urgent or first.probability < bar:
            return Questions((), ())
        if decision.zone == "answer" and first.probability >= SURE_PART:
            sure.setdefault(intent.id, first)
        else:
            likely.append(intent.id)
        session = replace(session, subjects=with_subject(session.subjects, intent.id))  # of the next part that names none
    return Questions(tuple(sure.values()), tuple(name for name in dict.fromkeys(likely) if name not in sure))
