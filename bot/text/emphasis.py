"""Letters held down: "cứu tôi vớiii", "cảm ơnnn", "helppp"."""

from __future__ import annotations

import re
from functools import lru_cache

_RUN = re.compile(r"([^\W\d_])\1{2,}")  # no word of any language here has a letter three times in a row
_DOUBLE = re.compile(r"([^\W\d_])\1+$")
KNOWN = 20_000  # words: the same ones come again and again


@lru_cache(KNOWN)
def without_runs(word: str) -> str:
    """The word, every run of a letter as one: "vớiii" → "với".

    What is nothing but one letter stays, because it may be a number: "vùng III".
    """
    return word if len(set(word)) == 1 else _RUN.sub(r"\1", word)


@lru_cache(KNOWN)
def with_doubles(word: str) -> str:
    """The same, every run as two: "helllo" → "hello", "cuuuu" → "cuu"."""
    return word if len(set(word)) == 1 else _RUN.sub(r"\1\1", word)


@lru_cache(KNOWN)
def without_double(word: str) -> str:
    """The word with its last letter once: "vayy" → "vay"; what is nothing but one letter stays."""
    return word if len(set(word)) == 1 else _DOUBLE.sub(r"\1", word)
