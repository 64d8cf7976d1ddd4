"""The next time of a repeating announcement: where its rule meets the calendar, by APScheduler's cron trigger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

from bot.announcements.times import EVERY_DAY, parse_rule
from bot.zone import ZONE


def next_time(rule: str, after: datetime) -> datetime:
    """The first time strictly after an aware moment, in UTC; the rule's fields are on the clock of ZONE.

    Raises ValueError for a bad rule, see `parse_rule`, and for one that never comes.
    """
    if after.tzinfo is None:
        raise ValueError("a moment without a time zone")
    parsed = parse_rule(rule)
    trigger = CronTrigger(
        minute=parsed.at.minute,
        hour=parsed.at.hour,
        day=",".join(parsed.days) or EVERY_DAY,
        day_of_week=",".join(parsed.weekdays) or EVERY_DAY,
        timezone=ZONE,
    )
    found: datetime | None = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))  # it counts `after` itself in
    if found is None:
        raise ValueError(rule)
    return found.astimezone(UTC)
