"""What comes in: a form within its limits, proof that it is one of ours, and where a browser may be sent afterwards."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

from starlette.requests import Request

from bot.text.folding import visible
from bot.web.chat.requests import PageRefused, read_pairs

MAX_BODY = 300_000  # bytes
MAX_FIELDS = 1_000
TOKEN = "the"  # noqa: S105 - the name of the field
OWN_PATH = re.compile(r"/(?!/)[\w/?=&.-]{0,200}", re.ASCII)
LONGEST_NUMBER = 9  # digits


class Form:
    """The fields that were sent; of a name that stands several times `get` gives the first."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def get(self, name: str) -> str:
        """Without blanks around it, and without signs that nobody sees."""
        return visible(self.all(name)[0].replace("\r\n", "\n")).strip() if self.all(name) else ""

    def all(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def longest(self) -> str:
        """The longest of the texts that somebody typed; "" where nobody typed more than a word."""
        found = max((self.get(name) for name in self._values if name != TOKEN), key=len, default="")
        return found if " " in found else ""

    def whole(self, name: str) -> int:
        """A whole number; 0 for what is none."""
        return whole_number(self.get(name)) or 0


async def read_form(request: Request) -> Form:
    """Raises PageRefused, ClientDisconnect."""
    return Form(await read_pairs(request, MAX_BODY, MAX_FIELDS))


def form_token(secret: str) -> str:
    """What stands in the forms of whoever's browser keeps this secret: another site can read neither."""
    return hashlib.sha256(f"form {secret}".encode()).hexdigest()[:40]


def check_token(form: Form, secret: str) -> None:
    """Raises PageRefused."""
    if not secret or not hmac.compare_digest(form.get(TOKEN).encode(), form_token(secret).encode()):
        raise PageRefused(403, "old_form")


def own_path(path: str) -> str:
    """Where to go on: a path of this site, "/" for anything else."""
    return path if OWN_PATH.fullmatch(path) else "/"


def whole_number(text: str) -> int | None:
    """None for anything that is no number that we give."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def surely_from_us(headers: Mapping[str, list[str]], own: str) -> bool:
    """Whether a page of ours sent a form. Every browser that staff may use says so: silence is a refusal."""
    for name, right in (("sec-fetch-site", "same-origin"), ("origin", own)):
        if values := headers.get(name):
            return values == [right]
    return False
