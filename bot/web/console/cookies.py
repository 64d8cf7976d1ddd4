"""What a browser of staff keeps: who is in, and before that by which door somebody came."""

from __future__ import annotations

import re
from typing import Literal

from starlette.requests import Request

from bot.model import KEEP
from bot.web.chat.site import Site

TOKEN = re.compile(r"[\w-]{32}", re.ASCII)
Kept = Literal["staff", "door"]
STAFF: Kept = "staff"
DOOR: Kept = "door"


def kept(request: Request, site: Site, what: Kept) -> str:
    """ "" for what cannot be ours."""
    found = request.cookies.get(_name(site, what), "")
    return found if TOKEN.fullmatch(found) else ""


def cookie(site: Site, what: Kept, token: str) -> str:
    """The header that has a browser keep it, "" for one that lets go of it."""
    secure = "; Secure" if site.secure else ""
    age = int(KEEP.devices.total_seconds()) if token else 0
    return f"{_name(site, what)}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


def _name(site: Site, what: Kept) -> str:
    """A browser takes one with this prefix from nobody but this very host, over HTTPS."""
    return f"{'__Host-' if site.secure else ''}loaban-{what}"
