"""Codes that residents read off one message and type into another: no letter or digit that looks like a second one."""

from __future__ import annotations

from random import Random

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without I, L and O, 0 and 1
CODE_LENGTH = 6


def is_code(text: str) -> bool:
    """Whether the text has the form of a code: CODE_LENGTH capitals and digits of ALPHABET, at least one of each."""
    return (
        len(text) == CODE_LENGTH
        and all(sign in ALPHABET for sign in text)
        and any(sign.isdigit() for sign in text)
        and any(sign.isalpha() for sign in text)
    )


def new_code(random: Random) -> str:
    """A fresh code, such as "7K3M2P"; `random` is a `SystemRandom` wherever nobody may guess the next one."""
    while True:
        code = "".join(random.choices(ALPHABET, k=CODE_LENGTH))
        if is_code(code):
            return code
