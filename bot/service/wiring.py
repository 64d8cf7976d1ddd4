"""How announcements and cases are put together from the settings: the same for `loaban run` and for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from bot.announcements.actions import AnnouncementActions
from bot.announcements.display_names import DisplayNames
from bot.announcements.notifier import Notifier
from bot.announcements.policy import AnnouncementPolicy
from bot.announcements.times import parse_quiet_hours
from bot.cases.actions import CaseActions
from bot.channels.media import can_carry
from bot.channels.registry import CHANNELS, linked_channels, set_up
from bot.i18n import Words
from bot.knowledge.office_hours import OfficeHours
from bot.ports import Capabilities
from bot.service.cron import next_time
from bot.settings import Settings


def announcement_actions(settings: Settings, catalogues: Mapping[str, Words], names: DisplayNames) -> AnnouncementActions:
    """What staff can do, under the rules of these settings."""
    rules = AnnouncementPolicy(
        approval_above=settings.approval_above,
        links=tuple(domain.strip().lower() for domain in settings.allowed_links.split(",") if domain.strip()),
        grace=timedelta(hours=settings.grace_hours),
        quiet=parse_quiet_hours(settings.quiet_hours),
        channels=announcement_channels(settings),
        windows={one.name: one.window(settings) for one in set_up(settings) if one.window},
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
        carries=partial(can_carry, linked=linked_channels(settings)),
    )


def announcement_channels(settings: Settings) -> dict[str, Capabilities]:
    """The channels that are set up, each at its rate; the first there is where none is, so that texts have a limit."""
    return {one.name: one.able(settings) for one in set_up(settings) or CHANNELS[:1]}
