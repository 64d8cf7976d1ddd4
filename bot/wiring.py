"""How the announcements are put together from the settings: the same for `loaban run` and for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.announcements.actions import Actions
from bot.announcements.naming import Names
from bot.announcements.rules import Rules
from bot.announcements.telling import Telling
from bot.announcements.times import read_quiet
from bot.channels.capabilities import TELEGRAM
from bot.i18n import Words
from bot.settings import Settings
from bot.timetable import next_time


def announcing(settings: Settings, catalogues: Mapping[str, Words], names: Names) -> Actions:
    """What staff can do, under the rules of these settings."""
    rules = Rules(
        approval_above=settings.approval_above,
        links=tuple(domain.strip().lower() for domain in settings.allowed_links.split(",") if domain.strip()),
        grace=timedelta(hours=settings.grace_hours),
        quiet=read_quiet(settings.quiet_hours),
        channels={"telegram": replace(TELEGRAM, rate=settings.telegram_rate)},
    )
    return Actions(rules, Telling(catalogues, settings.lang, names), next_time)
