"""What can be tapped in a text of ours: numbers to call, and addresses. What people wrote stays plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A short number is one to call where the words before it say so: "Gọi ngay 111 và 113". Else it may count something.
_CALLED = re.compile(r"(?:\bgọi|\btổng đài|\bđường dây nóng|\bhotline|\bcall|\bring|\bdial)\b[^.;\n?!]{0,60}?", re.IGNORECASE)
_SHORT = re.compile(r"(?<![\w.,/%-])11[1-5](?![\w/%-]|[.,]\d)")
_LONG = re.compile(r"(?<![\w.,/+-])(?:1[89]00|0\d{2,3})(?:[ .]?\d{2,4}){1,3}(?![\w/%-]|[.,]\d)")
_ADDRESS = re.compile(r"https?://[^\s<>\"“”]+[^\s<>\"“”.,;:!?)\]]")
_SENTENCE = re.compile(r"[^.;\n?!]+(?:[.;?!](?=\d)[^.;\n?!]*)*|[.;\n?!]")
FEWEST_DIGITS = 8  # of a number of a telephone that is no short one


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text; `href` is where tapping it leads, "" for nowhere."""

    text: str
    href: str = ""


def parts(text: str) -> list[Part]:
    """The whole text, in pieces."""
    found, at = [], 0
    for start, end, href in sorted(_links(text)):
        if start < at:  # a number within an address
            continue
        if start > at:
            found.append(Part(text[at:start]))
        found.append(Part(text[start:end], href))
        at = end
    if at < len(text):
        found.append(Part(text[at:]))
    return found


def _links(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _ADDRESS.finditer(text):
        yield match.start(), match.end(), match[0]
    for match in _LONG.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) >= FEWEST_DIGITS:
            yield match.start(), match.end(), f"tel:{digits}"
    for sentence in _SENTENCE.finditer(text):
        called = _CALLED.search(sentence[0])
        if called:
            for match in _SHORT.finditer(text, sentence.start() + called.end(), sentence.end()):
                yield match.start(), match.end(), f"tel:{match[0]}"
