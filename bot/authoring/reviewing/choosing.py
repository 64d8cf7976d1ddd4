"""What an administrator may answer: which wordings, which intent. Accents, case and blanks play no part."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.authoring.reviewing.findings import Wording
from bot.errors import Refusal
from bot.i18n import mark
from bot.text.folding import fold
from bot.text.masking import MASK

ALL = ("all", "a", "tat ca", "het")
NONE = ("none", "no", "khong", "0")
YES = ("y", "yes", "co", "c", "dung", "u", "ok")
NEW = ("n", "new", "moi")
FOREIGN = ("f", "foreign", "ngoai")
SKIP = ("s", "skip", "bo qua", "bo")
QUIT = ("q", "quit", "exit", "thoat")
HELP = ("help", "h", "giup")

MASKED = mark("Number {number} holds {mask}. Write it anew without it: {number}=new text")
TWICE = mark("Number {number} is an example of {intent} already.")
_EDIT = re.compile(r"(\d+)\s*=")
_NUMBER = re.compile(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A wording as it is to be written."""

    lang: str
    text: str


def phrasings(answer: str, wordings: Sequence[Wording]) -> list[Phrasing]:
    """The wordings that the answer names: "all", "none", "1 3-5", "2=new text", several with semicolons between.

    With "all", those are left out that hold something masked or are examples already; when one of them is named, that is
    refused. Raises Refusal that says what is wrong with the answer.
    """
    if fold(answer) in ALL:
        return [Phrasing(one.lang, one.text) for one in wordings if usable(one)]
    if fold(answer) in NONE:
        return []
    chosen: dict[int, Phrasing] = {}
    for piece in answer.split(";"):
        edit = _EDIT.search(piece)
        for number in _numbers(piece[: edit.start()] if edit else piece, wordings):
            chosen[number] = _as_it_is(number, wordings[number - 1])
        if edit:
            number = _numbers(edit[1], wordings)[0]
            text = piece[edit.end() :].strip()
            if not fold(text):
                raise Refusal(mark("There is no text after {number}=."), number=number)
            if MASK in text:
                raise Refusal(MASKED, number=number, mask=MASK)
            chosen[number] = Phrasing(wordings[number - 1].lang, text)
    return [chosen[number] for number in sorted(chosen)]


def usable(wording: Wording) -> bool:
    """Whether a wording can be an example as it is."""
    return MASK not in wording.text and not wording.example_of


def names_meant(answer: str, known: Sequence[str], numbered: Sequence[str]) -> list[str]:
    """The names the answer may mean: the one with this number, the very name, or all that begin so; none where none does."""
    text = "-".join(fold(answer).split())
    if text.isdigit():
        return [numbered[int(text) - 1]] if len(text) < 3 and 0 < int(text) <= len(numbered) else []
    return [text] if text in known else [name for name in known if text and name.startswith(text)]


def is_one_of(answer: str, words: Collection[str]) -> bool:
    return fold(answer) in words


def _numbers(text: str, wordings: Sequence[Wording]) -> list[int]:
    numbers: list[int] = []
    for found in _NUMBER.finditer(text):
        first, last = int(found[1]), int(found[2] or found[1])
        for number in (first, last):
            if not 1 <= number <= len(wordings):
                raise Refusal(
                    mark("There is no wording {number}; they go from 1 to {last}."), number=number, last=len(wordings)
                )
        numbers += range(first, last + 1)
    if re.sub(r"[\s,.]+", "", _NUMBER.sub("", text)):
        raise Refusal(
            mark("“{text}” is not understood. Write all, none, numbers such as 1 3 5, or 2=new text."), text=text.strip()
        )
    return numbers


def _as_it_is(number: int, wording: Wording) -> Phrasing:
    if MASK in wording.text:
        raise Refusal(MASKED, number=number, mask=MASK)
    if wording.example_of:
        raise Refusal(TWICE, number=number, intent=wording.example_of)
    return Phrasing(wording.lang, wording.text)
