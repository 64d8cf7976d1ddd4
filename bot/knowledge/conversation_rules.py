"""What must hold within content/conversation.yaml: every phrase has words, and none asks two things at once."""

from __future__ import annotations

from collections.abc import Iterator

from bot.i18n import mark
from bot.knowledge.reading import Located, Reading
from bot.text.folding import fold

ANY_WORDS = "*"  # in a phrase: one to three words of any kind


def check_conversation(reading: Reading) -> None:
    """Add a problem for every phrase that could not be understood, or in two ways."""
    if reading.conversation is None:
        return
    shape, where = reading.conversation
    asked: dict[str, tuple[str, int]] = {}
    for path, text in _phrases(shape.received.model_dump()):
        name, line = ".".join(map(str, path[:-1])), where.line(*path)
        if not fold(text) or text.strip().startswith(ANY_WORDS):
            message = mark("{key}: “{text}” has no words, or does not begin with one; remove it")
            reading.problem(where, line, message, key=name, text=text)
        elif path[1] == "questions":
            _check_asked_once(reading, where, name, text, line, asked)


def _check_asked_once(
    reading: Reading, where: Located, name: str, text: str, line: int, asked: dict[str, tuple[str, int]]
) -> None:
    form = " ".join(ANY_WORDS if word == ANY_WORDS else fold(word) for word in text.split())
    other, other_line = asked.setdefault(form, (name, line))
    if line != other_line or name != other:
        message = mark("{key}: “{text}” stands under {other} in line {line} already; keep one of them")
        reading.problem(where, line, message, key=name, text=text, other=other, line=other_line)


def _phrases(received: dict[str, object]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every phrase, and where it stands."""
    for key, part in received.items():
        lists = part.items() if isinstance(part, dict) else ((None, part),)
        for kind, entries in lists:
            path = ("received", key) if kind is None else ("received", key, kind)
            for position, text in enumerate(entries if isinstance(entries, list) else ()):
                yield (*path, position), text
