"""Who is meant by an audience, as conditions on `subscriptions`, each with its values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from bot.model import Audience
from bot.stores.as_text import stamp

# A row whose topics cannot be read wants nothing: it must not stop everybody else's announcement.
ANY_TOPIC = (
    "(topics = '[]' OR json_valid(topics) AND EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(topics) "
    "THEN topics ELSE '[]' END) WHERE value IN (SELECT value FROM json_each(?))))"
)
SILENT = (
    "(channel = ? AND NOT EXISTS "
    "(SELECT 1 FROM sessions AS s WHERE s.channel = ? AND s.user = subscriptions.user AND s.at >= ?))"
)


def wanted_by(audience: Audience) -> tuple[str, list[object]]:
    """They are of these communes, and want one of these topics or all there are."""
    conditions: list[str] = ["1 = 1"]
    values: list[object] = []
    if audience.places:
        conditions.append("place IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(audience.places))
    if audience.topics:
        conditions.append(ANY_TOPIC)
        values.append(json.dumps(audience.topics))
    return " AND ".join(conditions), values


def not_written(since: Mapping[str, datetime]) -> tuple[str, list[object]]:
    """They are on one of these channels, and have not written since the moment given for it."""
    values: list[object] = [value for channel, at in since.items() for value in (channel, channel, stamp(at))]
    return f"({' OR '.join([SILENT] * len(since)) or '1 = 0'})", values
