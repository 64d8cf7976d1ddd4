"""Whether a text went out a short while ago: somebody else may have sent it, or it is about to go out twice by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.model import Announcement, Staff
from bot.ports import Transaction
from bot.text.folding import fold

WITHIN = timedelta(days=1)
LOOKED_THROUGH = 200  # of the newest
NEVER_WENT_OUT = ("turned down", "not approved", "author left", "missed")  # reasons


def sent_lately(records: Transaction, staff: Staff, texts: Mapping[str, str], now: datetime) -> Announcement | None:
    """The newest of the last day that says the same in any language, of those that this person may see."""
    said = {fold(text) for text in texts.values()}
    found = records.announcements(staff.places if staff.role == "officer" else None, limit=LOOKED_THROUGH)
    lately = (one for one in found if now - one.created <= WITHIN and one.reason not in NEVER_WENT_OUT)
    return next((one for one in lately if said & {fold(text) for text in one.plan.texts.values()}), None)
