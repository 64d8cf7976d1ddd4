"""When a draft goes out and how long it stays true, from words as they are typed in a chat or on a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.announcements.actions import AnnouncementActions
from bot.announcements.draft import Draft
from bot.announcements.lasting import read_lasting
from bot.announcements.planning import start_of
from bot.announcements.times import Once, Repeat, format_moment
from bot.i18n import Words

D = TypeVar("D", bound=Draft)


def starting(draft: D, when: Once | Repeat) -> D:
    """How long it stays true is to be said again: it was counted from another beginning."""
    if isinstance(when, Repeat):
        return replace(draft, at_once=False, due=None, rule=when.rule, lasts=None)
    return replace(draft, at_once=when.at is None, due=when.at, rule=None, lasts=None)


def begins(draft: Draft, now: datetime, actions: AnnouncementActions) -> datetime:
    """What its length is counted from."""
    return now if draft.at_once else start_of(draft, now, actions)


def lasting_as_typed(draft: D, text: str, now: datetime, actions: AnnouncementActions) -> D:
    """With a length or an end as somebody types it. Raises UnreadableTime."""
    # "Today" is the day on which it is written; of a repeated one, the day on which it goes out.
    lasts = read_lasting(text, begins(draft, now, actions), None if draft.rule is not None else now)
    return lasting_until(draft, lasts, now, actions) if isinstance(lasts, datetime) else lasting_for(draft, lasts)


def lasting_for(draft: D, lasts: timedelta) -> D:
    return replace(draft, lasts=lasts, due=None if draft.at_once else draft.due)


def lasting_until(draft: D, end: datetime, now: datetime, actions: AnnouncementActions) -> D:
    """A fixed end does not move when it is confirmed or approved later, so the beginning must not move either."""
    start = begins(draft, now, actions)
    return replace(draft, lasts=end - start, due=start if draft.at_once else draft.due)


def format_end(end: datetime, words: Words, *, repeated: bool) -> str:
    """Until when it is true; of a repeated one, until when the first one is."""
    time = format_moment(end, words)
    return (
        words.say("The first one is true until {time}.", time=time) if repeated else words.say("True until {time}.", time=time)
    )
