"""What the process that built the content says to the one that serves: an engine, or why there is none.

First a line of JSON, then the pickle of the engine that it describes. A pickle is read in one go, and meanwhile no other thread
of the process runs: a tenth of a second in which nobody is answered. So it is read in breaths.
"""

from __future__ import annotations

import gc
import hashlib
import json
import pickle
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.engine import Engine
from bot.errors import LoabanError
from bot.model import Problem

BREATH = 0.0005  # seconds for the other threads after each piece
MOST, LONGEST = 1_000, 1_000  # problems, and characters of one; a file of nonsense has no end of them
PIECE = 4096  # bytes; shorter reads are parts of a piece


@dataclass(frozen=True, slots=True)
class RejectedContent:
    """Why content is not taken over: what `loaban check` says of it, per language, or (empty) the `trouble` that it made."""

    problems: Mapping[str, Sequence[Problem]]
    trouble: str = ""

    def said(self, lang: str) -> Sequence[Problem]:
        """The problems in this language, or in the first one they are said in."""
        return self.problems.get(lang) or next(iter(self.problems.values()), ())


class UnreadableBuild(LoabanError):
    """What was handed over is not what was sent."""


def packed(built: Engine | RejectedContent) -> bytes:
    """For `unpacked`."""
    if isinstance(built, RejectedContent):
        problems = {
            lang: [[one.file, one.line, one.text[:LONGEST]] for one in said[:MOST]] for lang, said in built.problems.items()
        }
        return json.dumps({"problems": problems, "trouble": built.trouble}).encode() + b"\n"
    data = pickle.dumps(built, protocol=pickle.HIGHEST_PROTOCOL)
    return json.dumps({"sha256": hashlib.sha256(data).hexdigest()}).encode() + b"\n" + data


def unpacked(handed: bytes) -> Engine | RejectedContent:
    """To be called in a thread: it takes some tenths of a second. Raises UnreadableBuild for what is not whole."""
    end = handed.find(b"\n") + 1
    line, data = handed[:end], memoryview(handed)[end:]
    try:
        head = json.loads(line)
        if "problems" in head:
            problems = {lang: [Problem(*one) for one in said] for lang, said in head["problems"].items()}
            return RejectedContent(problems, head["trouble"])
        whole = hashlib.sha256(data).hexdigest() == head["sha256"]
    except (ValueError, LookupError, TypeError) as error:
        raise UnreadableBuild(f"nothing readable came ({len(handed)} bytes)") from error
    if not whole:
        raise UnreadableBuild(f"only a part came ({len(handed)} bytes)")
    return _in_breaths(data)


def _in_breaths(data: memoryview) -> Engine:
    """Looking for garbage among half an engine would stop everything, too."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        engine: Engine = pickle.load(_Breathing(data))  # noqa: S301 - our own process made it from our own files
    finally:
        if collecting:
            gc.enable()
    return engine


class _Breathing:
    """A file that lets the other threads run before each piece. The unpickler asks for pieces of 64 KB."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def read(self, size: int) -> bytes:
        if size >= PIECE:
            time.sleep(BREATH)
        self._at += size
        return bytes(self._data[self._at - size : self._at])

    def readinto(self, buffer: memoryview) -> int:
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def readline(self) -> bytes:
        """Of the text protocols of long ago, which are not written any more."""
        raise NotImplementedError
