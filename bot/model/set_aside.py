"""The noun of what nobody can handle: it is put aside, so that what stands behind it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

SetAsideKind = Literal["update", "reply", "announcement", "case"]


@dataclass(frozen=True, slots=True)
class SetAside:
    """Something that failed in a way that repeating cannot mend. Nothing of it is a person's.

    channel  "" where it belongs to none
    key      the vendor's update id, or the number of a reply, an announcement or a case
    place    kind of the error and the line that raised it
    """

    kind: SetAsideKind
    channel: str
    key: str
    at: datetime
    place: str
