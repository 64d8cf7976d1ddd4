"""The Zalo Bot Platform, as the registry lists it."""

from __future__ import annotations

from bot.channels.descriptor import BuiltChannel, ChannelContext, ChannelDescriptor
from bot.i18n import mark
from bot.ports import Capabilities
from bot.settings import revealed

NAME = "zalo-bot"


def _build(context: ChannelContext) -> BuiltChannel:
    from bot.channels.zalo_bot.channel import ZaloBotChannel

    settings = context.settings
    return ZaloBotChannel(
        revealed(settings.zalo_bot_token),
        api=settings.zalo_bot_api,
        poll_seconds=settings.zalo_bot_poll_seconds,
        pause=context.pause,
        secret=context.secret,
        link=context.link,
    )


ZALO_BOT = ChannelDescriptor(
    name=NAME,
    app=mark("Zalo Bot"),
    capabilities=Capabilities(
        max_text=2000, max_photo=2000, buttons=False, edits=False, voice=False, proactive="any", rate=5.0, groups=False
    ),
    needs=("zalo_bot_token",),
    build=_build,
    rate=lambda settings: settings.zalo_bot_rate,
    token="zalo_bot_token",  # noqa: S106 - the name of a setting
)
