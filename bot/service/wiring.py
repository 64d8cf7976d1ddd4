"""How announcements and cases are put together from the settings: the same for `loaban run` and for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.announcements.actions import AnnouncementActions
from bot.announcements.display_names import DisplayNames
from bot.announcements.notifier import Notifier
from bot.announcements.policy import AnnouncementPolicy
from bot.announcements.times import parse_quiet_hours
from bot.cases.actions import CaseActions
from bot.channels.capabilities import TELEGRAM, ZALO_BOT, ZALO_OA, can_carry
from bot.i18n import Words
from bot.knowledge.office_hours import OfficeHours
from bot.ports import Capabilities
from bot.service.cron import next_time
from bot.settings import Settings


def announcement_actions(settings: Settings, catalogues: Mapping[str, Words], names: DisplayNames) -> AnnouncementActions:
    """What staff can do, under the rules of these settings."""
    channels = announcement_channels(settings)
    window = timedelta(hours=settings.zalo_oa_window_hours)
    rules = AnnouncementPolicy(
        approval_above=settings.approval_above,
        links=tuple(domain.strip().lower() for domain in settings.allowed_links.split(",") if domain.strip()),
        grace=timedelta(hours=settings.grace_hours),
        quiet=parse_quiet_hours(settings.quiet_hours),
        channels=channels,
        windows={name: window for name, can in channels.items() if can.proactive == "window"},
    )
    return AnnouncementActions(rules, Notifier(catalogues, settings.lang, names), next_time)


def case_actions(settings: Settings, actions: AnnouncementActions, offices: OfficeHours) -> CaseActions:
    """What can happen to questions that are passed on to people, under these settings."""
    channels = actions.rules.channels
    return CaseActions(
        actions.notifier,
        offices,
        has_buttons=lambda channel: channel in channels and channels[channel].buttons,
        remind=timedelta(minutes=settings.remind_minutes),
        idle=timedelta(hours=settings.idle_hours),
        carries=partial(can_carry, linked=bool(settings.public_url and settings.telegram_token)),
    )


def announcement_channels(settings: Settings) -> dict[str, Capabilities]:
    """The channels that are set up, each at its rate; Telegram where there is none, so that texts have a limit."""
    found: dict[str, Capabilities] = {}
    if settings.telegram_token is not None:
        found["telegram"] = replace(TELEGRAM, rate=settings.telegram_rate)
    if settings.zalo_bot_token is not None:
        found["zalo-bot"] = replace(ZALO_BOT, rate=settings.zalo_bot_rate)
    if settings.zalo_oa_app_id and settings.zalo_oa_app_secret is not None and settings.zalo_oa_secret is not None:
        found["zalo-oa"] = replace(ZALO_OA, rate=settings.zalo_oa_rate)
    return found or {"telegram": replace(TELEGRAM, rate=settings.telegram_rate)}
