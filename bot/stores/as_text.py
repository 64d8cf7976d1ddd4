"""What stands in one column of every engine as text: sessions, buttons and candidates as JSON, times with a fixed width."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from bot.model import NOTHING_TOLD, Address, Button, Match, Session, Told

LATER = "9"  # sorts behind every day and every moment
REMEMBERED = tuple(field.name for field in fields(Session) if field.name != "address")
TOLD = tuple(field.name for field in fields(Told))


def stamp(at: object) -> str:
    """UTC with fixed width, so that the order of the text is the order of time; "" for no time."""
    if not isinstance(at, datetime):
        return ""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def moment(text: str) -> datetime:
    """The time that `stamp` wrote. Raises ValueError."""
    return datetime.fromisoformat(text)


def maybe_moment(text: str | None) -> datetime | None:
    """As `moment`; None for no time. Raises ValueError."""
    return datetime.fromisoformat(text) if text else None


def readable_moment(text: str | None) -> datetime | None:
    """As `maybe_moment`; None for what is no time, too, where one bad row must not hide all the others."""
    try:
        return maybe_moment(text)
    except ValueError:
        return None


def dump_session(session: Session) -> str:
    """All of a session but its address."""
    return _SESSION.encode({name: getattr(session, name) for name in REMEMBERED})


def _plain(value: object) -> object:
    """What JSON does not know of a session. By hand: a session is written at every message."""
    if isinstance(value, Button):
        return {"label": value.label, "choice": value.choice, "beside": value.beside}
    if isinstance(value, Told):
        return {name: getattr(value, name) for name in TOLD}
    return stamp(value)


_SESSION = json.JSONEncoder(default=_plain, ensure_ascii=False)


def load_session(address: Address, text: str) -> Session:
    """A session from the text of `dump_session`; fields that this version does not know are dropped.

    Raises ValueError, TypeError or LookupError for what is none.
    """
    data = json.loads(text)
    if not isinstance(data, dict):
        raise TypeError("no session")
    known = {key: value for key, value in data.items() if key in Session.__dataclass_fields__}
    for key in ("offered", "listed"):
        known[key] = tuple(Button(item["label"], item["choice"]) for item in known.get(key) or ())
    for key in ("others", "subjects"):
        known[key] = tuple(known.get(key) or ())
    known["told"] = _told(known.get("told"))
    for key in ("at", "tokens_at"):
        known[key] = maybe_moment(known.get(key))
    return Session(address=address, **known)


def _told(data: object) -> Told:
    """What was told, from its JSON; an older session has none."""
    if not isinstance(data, dict):
        return NOTHING_TOLD
    known: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    return Told(**{key: value for key, value in known.items() if key in Told.__dataclass_fields__})


def dump_buttons(buttons: Iterable[Button]) -> str:
    """Labels and choices; on their way out the choices are tokens."""
    return json.dumps([[button.label, button.choice, *[True] * button.beside] for button in buttons], ensure_ascii=False)


def load_buttons(text: str) -> tuple[Button, ...]:
    """Buttons from the text of `dump_buttons`. Raises ValueError or TypeError for what is none."""
    return tuple(Button(*button) for button in json.loads(text))


def dump_nearest(candidates: Sequence[Match]) -> str:
    """What an unanswered question was taken for, best first: intents and probabilities."""
    return json.dumps([[match.intent, round(match.probability, 3)] for match in candidates])
