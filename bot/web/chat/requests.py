"""What comes in: the fields of a form within their limits, and who sends them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.channels.web_chat.person import is_token
from bot.errors import LoabanError
from bot.web.chat.site import Site

MAX_BODY = 16_384  # bytes
MAX_FIELDS = 16
BODY_SECONDS = 10.0
FORM = "application/x-www-form-urlencoded"
COOKIE = "loaban"
SECURE_COOKIE = "__Host-loaban"  # a browser takes it from nobody but this very host, over HTTPS
COOKIE_SECONDS = 30 * 86_400  # an officer's word that nobody saw is kept as long
SCRIPT_HEADER = "x-loaban"  # of requests of our own script


class PageRefused(LoabanError):
    """What is answered with an error page: a status, and the key of a sentence in FAULTS."""

    def __init__(self, status: int, fault: str) -> None:
        super().__init__(f"HTTP {status}: {fault}")
        self.status = status
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. `token` is what the browser keeps, "" where it keeps nothing; `client` is the address that limits count.

    `base` is the path below which the page is framed, "" where it is not.
    """

    token: str
    client: str
    base: str
    by_script: bool

    @property
    def framed(self) -> bool:
        return bool(self.base)


def visitor_of(request: Request, site: Site, base: str) -> Visitor:
    token = request.cookies.get(SECURE_COOKIE if site.secure else COOKIE, "")
    return Visitor(token if is_token(token) else "", client_of(request, site), base, SCRIPT_HEADER in request.headers)


def client_of(request: Request, site: Site) -> str:
    peer = request.client.host if request.client else ""
    return site.client(peer, ", ".join(request.headers.getlist("x-forwarded-for")))


def cookie(token: str, site: Site, *, framed: bool) -> str:
    """The header that has a browser keep the token, "" for one that lets go of it.

    By hand: Starlette refuses `Partitioned` below Python 3.14, and browsers give a cookie to a page in a frame only with it.
    """
    name = SECURE_COOKIE if site.secure else COOKIE
    where = "SameSite=None; Secure; Partitioned" if framed and site.secure else "SameSite=Lax"
    secure = "; Secure" if site.secure and not framed else ""
    return f"{name}={token}; Path=/; Max-Age={COOKIE_SECONDS if token else 0}; HttpOnly; {where}{secure}"


async def read_fields(request: Request) -> Mapping[str, str]:
    """The fields of a form, the first of each name. Raises PageRefused, ClientDisconnect."""
    return dict(reversed(await read_pairs(request, MAX_BODY, MAX_FIELDS)))


async def read_pairs(request: Request, most_bytes: int, most_fields: int) -> list[tuple[str, str]]:
    """The fields of a form as they were sent. Raises PageRefused, ClientDisconnect."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise PageRefused(415, "unreadable")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _body(request, most_bytes)
    except TimeoutError:
        raise PageRefused(408, "unreadable") from None
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=most_fields)
    except ValueError:
        raise PageRefused(400, "unreadable") from None


async def _body(request: Request, most: int) -> bytes:
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > most:
        raise PageRefused(413, "too_large")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise PageRefused(413, "too_large")
    return bytes(body)
