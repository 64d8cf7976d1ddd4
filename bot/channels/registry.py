"""The channels there are, one line each. Everything else asks here which of them are set up and what they can do."""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels.descriptor import ChannelDescriptor, PageDescriptor
from bot.channels.telegram import TELEGRAM
from bot.channels.web_chat import WEB_CHAT
from bot.channels.zalo_bot import ZALO_BOT
from bot.channels.zalo_oa import ZALO_OA
from bot.settings import Settings

CHANNELS: tuple[ChannelDescriptor, ...] = (
    TELEGRAM,
    ZALO_BOT,
    ZALO_OA,
)
PAGE: PageDescriptor = WEB_CHAT
APPS: Mapping[str, str] = {**{one.name: one.app for one in CHANNELS}, PAGE.name: PAGE.app}


def set_up(settings: Settings) -> list[ChannelDescriptor]:
    return [one for one in CHANNELS if one.is_set_up(settings)]


def hearing_channels(settings: Settings) -> frozenset[str]:
    """Those on which recordings can be played: as voice, or by a link."""
    carried = {one.name for one in set_up(settings) if one.capabilities.voice or settings.public_url}
    return frozenset(carried | ({PAGE.name} if PAGE.is_set_up(settings) else set()))


def linked_channels(settings: Settings) -> frozenset[str]:
    """Those from which photos and files reach people on other channels, by a link."""
    return frozenset(one.name for one in set_up(settings) if one.keeps_media and settings.public_url)
