"""The Zalo Official Account, as the registry lists it."""

from __future__ import annotations

from datetime import timedelta

from bot.channels.descriptor import BuiltChannel, ChannelContext, ChannelDescriptor
from bot.errors import SettingsError
from bot.i18n import mark
from bot.ports import Capabilities
from bot.settings import revealed

NAME = "zalo-oa"


def _build(context: ChannelContext) -> BuiltChannel:
    from bot.channels.zalo_oa.channel import ZaloOaChannel
    from bot.channels.zalo_oa.tokens import TokenRefresher

    settings = context.settings
    if not settings.public_url:
        raise SettingsError(
            mark("LOABAN_PUBLIC_URL: the Official Account works by webhook only, so it needs a public address.")
        )
    return ZaloOaChannel(
        app_id=settings.zalo_oa_app_id,
        oa_secret=revealed(settings.zalo_oa_secret),
        signed_id=settings.zalo_oa_signed_id,
        api=settings.zalo_oa_api,
        tokens=TokenRefresher(
            context.store,
            app_id=settings.zalo_oa_app_id,
            app_secret=revealed(settings.zalo_oa_app_secret),
            oauth=settings.zalo_oa_oauth,
        ),
        pause=context.pause,
        link=context.link,
    )


ZALO_OA = ChannelDescriptor(
    name=NAME,
    app=mark("Zalo Official Account"),
    capabilities=Capabilities(
        max_text=2000, max_photo=0, buttons=False, edits=False, voice=False, proactive="window", rate=10.0, groups=False
    ),
    needs=("zalo_oa_app_id", "zalo_oa_app_secret", "zalo_oa_secret"),
    build=_build,
    rate=lambda settings: settings.zalo_oa_rate,
    window=lambda settings: timedelta(hours=settings.zalo_oa_window_hours),
    answer_seconds=1.8,  # Zalo counts 2 s from its request on, and then as a failure
)
