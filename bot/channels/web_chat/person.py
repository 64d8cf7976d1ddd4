"""Who somebody on the page is: a random number in their browser, of which only the hash is ever kept."""

from __future__ import annotations

import hashlib
import re
import secrets

from bot.model import Address
from bot.model.well_known import WEB

TOKEN_BYTES = 24  # 192 bits: nobody guesses one
USER_DIGITS = 40  # 160 bits of its hash, in hexadecimal
TOKEN = re.compile(r"[\w-]{32}", re.ASCII)


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def is_token(text: str) -> bool:
    """Whether it has the form of one that we gave out."""
    return TOKEN.fullmatch(text) is not None


def address_of(token: str) -> Address:
    """The token itself is neither stored nor logged, so nobody can write as somebody else who reads what is kept."""
    return Address(WEB, hashlib.sha256(token.encode()).hexdigest()[:USER_DIGITS])
