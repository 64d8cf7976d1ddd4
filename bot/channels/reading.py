"""What a vendor sends, read so that what cannot be read is lost alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from bot.logs import place

log = structlog.stdlib.get_logger(__name__)


def json_in(body: bytes | str) -> object:
    """What the JSON says; None for what is none, or too deep to be read."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


@contextmanager
def skipping(channel: str, **which: object) -> Iterator[None]:
    """Round the reading of one update: what goes wrong in it is told, without a resident's word, and goes no further."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - one update that nobody foresaw must not stop the others
        log.error("update cannot be read and is skipped", channel=channel, error=place(error), **which)
