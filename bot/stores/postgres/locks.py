"""Whom a transaction has to wait for: locks that PostgreSQL gives up by itself when the transaction ends, however it ends.

Whoever touches anything holds the office, alone or together with others; who shares it holds each chat that it touches as well.
So what staff do, what the clock asks for and what is deleted comes one after the other, and correct as it is written;
residents are answered side by side. An order by number keeps two from waiting for each other.
"""

from __future__ import annotations

from collections.abc import Collection
from hashlib import blake2b

from bot.model import Address
from bot.model.well_known import WEB

OFFICE = 7_015_001
# Pages are told what is new by its number, so numbers have to be seen in their order: whoever writes on a page does so alone.
PAGES = 7_015_002
MIGRATING = 7_015_003
CLAIMING = "claiming"


# When nobody is in the middle of writing on a page: a number that was given away there is not seen yet.
READING_PAGES = f"BEGIN; SELECT pg_advisory_xact_lock_shared({PAGES}); SELECT clock_timestamp()"


def beginning(touching: Collection[Address] | None, *, hasty: bool = False) -> str:
    """Begins a transaction when it is its turn, and tells the time of the database. `hasty`: a power cut may undo it."""
    hastily = ["SET LOCAL synchronous_commit = off"] if hasty else []
    return "; ".join(("BEGIN", *hastily, *_taken(touching), "SELECT clock_timestamp()"))


def of_channel(channel: str) -> int:
    """For what is claimed on a channel: one after the other."""
    return _number(CLAIMING, channel)


def _taken(touching: Collection[Address] | None) -> list[str]:
    if touching is None:
        return [f"SELECT pg_advisory_xact_lock({OFFICE})", f"SELECT pg_advisory_xact_lock({PAGES})"]
    chats = sorted({_number(address.channel, address.user) for address in touching})
    pages = [PAGES] if any(address.channel == WEB for address in touching) else []
    return [
        f"SELECT pg_advisory_xact_lock_shared({OFFICE})",
        *(f"SELECT pg_advisory_xact_lock({number})" for number in (*chats, *pages)),
    ]


def _number(*parts: str) -> int:
    """Never that of the office: those are few, and 64 bits are many."""
    return int.from_bytes(blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=8).digest(), signed=True)
