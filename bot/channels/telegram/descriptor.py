"""Telegram, as the registry lists it."""

from __future__ import annotations

from bot.channels.descriptor import BuiltChannel, ChannelContext, ChannelDescriptor
from bot.i18n import mark
from bot.ports import Capabilities
from bot.settings import revealed

NAME = "telegram"


def _build(context: ChannelContext) -> BuiltChannel:
    from bot.channels.telegram.channel import TelegramChannel

    settings = context.settings
    return TelegramChannel(
        revealed(settings.telegram_token),
        api=settings.telegram_api,
        poll_seconds=settings.telegram_poll_seconds,
        pause=context.pause,
        secret=context.secret,
        links=context.links,
        home=settings.home,
    )


TELEGRAM = ChannelDescriptor(
    name=NAME,
    app=mark("Telegram"),
    capabilities=Capabilities(
        max_text=4096, max_photo=1024, buttons=True, edits=True, voice=True, proactive="any", rate=25.0, groups=True
    ),
    needs=("telegram_token",),
    build=_build,
    rate=lambda settings: settings.telegram_rate,
    keeps_media=True,
    longer_path=True,
    token="telegram_token",  # noqa: S106 - the name of a setting
)
