"""How the announcements are put together from the settings: the same for `loaban run` and for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.announcements.actions import Actions
from bot.announcements.naming import Names
from bot.announcements.rules import Rules
from bot.announcements.telling import Telling
from bot.announcements.times import read_quiet
from bot.channels.capabilities import TELEGRAM, ZALO_BOT, ZALO_OA, can_carry
from bot.handoff.actions import Cases
from bot.i18n import Words
from bot.offices import Offices
from bot.ports import Capabilities
from bot.settings import Settings
from bot.timetable import next_time


def announcing(settings: Settings, catalogues: Mapping[str, Words], names: Names) -> Actions:
    """What staff can do, under the rules of these settings."""
    channels = announced_on(settings)
    window = timedelta(hours=settings.zalo_oa_window_hours)
    rules = Rules(
        approval_above=settings.approval_above,
        links=tuple(domain.strip().lower() for domain in settings.allowed_links.split(",") if domain.strip()),
        grace=timedelta(hours=settings.grace_hours),
        quiet=read_quiet(settings.quiet_hours),
        channels=channels,
        windows={name: window for name, can in channels.items() if can.proactive == "window"},
    )
    return Actions(rules, Telling(catalogues, settings.lang, names), next_time)


def handing_over(settings: Settings, actions: Actions, offices: Offices) -> Cases:
    """What can happen to questions that are passed on to people, under these settings."""
    channels = actions.rules.channels
    return Cases(
        actions.telling,
        offices,
        taps=lambda channel: channel in channels and channels[channel].buttons,
        remind=timedelta(minutes=settings.remind_minutes),
        idle=timedelta(hours=settings.idle_hours),
        carries=partial(can_carry, linked=bool(settings.public_url and settings.telegram_token)),
    )


def announced_on(settings: Settings) -> dict[str, Capabilities]:
    """The channels that are set up, each at its rate; Telegram where there is none, so that texts have a limit."""
    found: dict[str, Capabilities] = {}
    if settings.telegram_token is not None:
        found["telegram"] = replace(TELEGRAM, rate=settings.telegram_rate)
    if settings.zalo_bot_token is not None:
        found["zalo-bot"] = replace(ZALO_BOT, rate=settings.zalo_bot_rate)
    if settings.zalo_oa_app_id and settings.zalo_oa_app_secret is not None and settings.zalo_oa_secret is not None:
        found["zalo-oa"] = replace(ZALO_OA, rate=settings.zalo_oa_rate)
    return found or {"telegram": replace(TELEGRAM, rate=settings.telegram_rate)}
