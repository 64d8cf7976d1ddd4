"""An announcement that somebody of the staff is writing, wherever it is written: what is known of it so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.i18n import mark
from bot.model import Plan

KEPT = timedelta(days=1)

Kind = Literal["ordinary", "must", "urgent"]
KINDS: Mapping[Kind, tuple[str, str]] = {  # what is tapped, and what it means
    "ordinary": (mark("Ordinary"), mark("Ordinary: at night it waits; after a disturbance a few may not get it.")),
    "must": (
        mark("Must reach everybody"),
        mark("Must reach everybody: at night it waits, and after a disturbance some may get it twice."),
    ),
    "urgent": (mark("Urgent"), mark("Urgent: at night, too, and it must reach everybody. For danger only.")),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known so far. Whose it is, and what that person may do, is not in it.

    code     of the announcement that it becomes
    at       when it was last changed
    texts    per language; "" where a language was skipped
    places   codes of communes; empty for the whole province; None while nothing was chosen
    topics   empty for everybody; None while nothing was chosen
    at_once  to be sent as soon as it is confirmed; `due` is then None, or when that was said, where it ends at a fixed time
    """

    code: str
    at: datetime
    texts: Mapping[str, str] = field(default_factory=dict)
    photo: str | None = None
    places: tuple[str, ...] | None = None
    topics: tuple[str, ...] | None = None
    at_once: bool = False
    due: datetime | None = None
    rule: str | None = None
    lasts: timedelta | None = None
    kind: Kind | None = None

    @property
    def timed(self) -> bool:
        """Whether it is known when it goes out."""
        return self.at_once or self.due is not None or self.rule is not None

    def is_old(self, now: datetime) -> bool:
        return now - self.at > KEPT


def kind_of(plan: Plan) -> Kind:
    """The kind of draft that a plan was made of."""
    return "urgent" if plan.urgent else "must" if plan.must else "ordinary"


def draft_data(draft: Draft) -> dict[str, object]:
    """What is known, for JSON."""
    return {
        "code": draft.code,
        "at": draft.at.isoformat(),
        "texts": dict(draft.texts),
        "photo": draft.photo,
        "places": draft.places,
        "topics": draft.topics,
        "at_once": draft.at_once,
        "due": draft.due.isoformat() if draft.due else None,
        "rule": draft.rule,
        "lasts": draft.lasts.total_seconds() if draft.lasts is not None else None,
        "kind": draft.kind,
    }


def draft_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a draft out of `draft_data`. Raises ValueError, KeyError or TypeError for what another version wrote."""
    return {
        "code": data["code"],
        "at": datetime.fromisoformat(data["at"]),
        "texts": data["texts"],
        "photo": data["photo"],
        "places": _codes(data["places"]),
        "topics": _codes(data["topics"]),
        "at_once": data["at_once"],
        "due": datetime.fromisoformat(data["due"]) if data["due"] else None,
        "rule": data["rule"],
        "lasts": timedelta(seconds=data["lasts"]) if data["lasts"] is not None else None,
        "kind": data["kind"],
    }


def _codes(found: list[str] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(found)
