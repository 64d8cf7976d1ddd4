"""An announcement that somebody is writing: kept as text between two messages, for a day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

KEPT = timedelta(days=1)

Kind = Literal["ordinary", "must", "urgent"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known so far, and the step that was asked last. Whose it is, and what that person may do, is not in it.

    code     of the announcement that it becomes
    at       when it was last changed
    texts    per language; "" where a language was skipped
    places   codes of communes; empty for the whole province; None while nothing was chosen
    picked   communes understood of a list, `unread` the parts of it that still are to be; the first one is asked about
    topics   empty for everybody; None while nothing was chosen
    at_once  to be sent as soon as it is confirmed; `due` is then None, or when that was said, where it ends at a fixed time
    seen     whether it was shown as a whole
    """

    code: str
    at: datetime
    step: str
    texts: Mapping[str, str] = field(default_factory=dict)
    photo: str | None = None
    places: tuple[str, ...] | None = None
    picked: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    topics: tuple[str, ...] | None = None
    at_once: bool = False
    due: datetime | None = None
    rule: str | None = None
    lasts: timedelta | None = None
    kind: Kind | None = None
    seen: bool = False

    @property
    def timed(self) -> bool:
        """Whether it is known when it goes out."""
        return self.at_once or self.due is not None or self.rule is not None

    def is_old(self, now: datetime) -> bool:
        return now - self.at > KEPT


def dump(draft: Draft) -> str:
    """The draft as JSON."""
    data = {
        "code": draft.code,
        "at": draft.at.isoformat(),
        "step": draft.step,
        "texts": dict(draft.texts),
        "photo": draft.photo,
        "places": draft.places,
        "picked": draft.picked,
        "unread": draft.unread,
        "topics": draft.topics,
        "at_once": draft.at_once,
        "due": draft.due.isoformat() if draft.due else None,
        "rule": draft.rule,
        "lasts": draft.lasts.total_seconds() if draft.lasts is not None else None,
        "kind": draft.kind,
        "seen": draft.seen,
    }
    return json.dumps(data, ensure_ascii=False)


def load(text: str) -> Draft | None:
    """A draft from the JSON of `dump`; None for what another version wrote, which is given up."""
    try:
        data = json.loads(text)
        return Draft(
            code=data["code"],
            at=datetime.fromisoformat(data["at"]),
            step=data["step"],
            texts=data["texts"],
            photo=data["photo"],
            places=_codes(data["places"]),
            picked=tuple(data["picked"]),
            unread=tuple(data["unread"]),
            topics=_codes(data["topics"]),
            at_once=data["at_once"],
            due=datetime.fromisoformat(data["due"]) if data["due"] else None,
            rule=data["rule"],
            lasts=timedelta(seconds=data["lasts"]) if data["lasts"] is not None else None,
            kind=data["kind"],
            seen=data["seen"],
        )
    except (ValueError, KeyError, TypeError):
        return None


def _codes(found: list[str] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(found)
