"""The channels that are set up, ready to be run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.channels import registry
from bot.channels.descriptor import ChannelContext, ChannelDescriptor
from bot.channels.media import MediaLinks
from bot.channels.motion import Motion
from bot.channels.serving import PollingChannel
from bot.channels.webhook import WebhookChannel
from bot.delivery.pause import Pause
from bot.errors import SettingsError
from bot.i18n import mark
from bot.model.well_known import RECORDING
from bot.ports import Channel, Store
from bot.settings import Settings, revealed

NONE_SET_UP = mark(
    "LOABAN_TELEGRAM_TOKEN, LOABAN_ZALO_BOT_TOKEN: no channel is set up. Put the token that @BotFather or the Zalo Bot "
    "Platform gave you into the environment or into .env, or try the bot in the terminal with: loaban chat, in a browser "
    "with: loaban web"
)


@dataclass(frozen=True)
class ChannelRuntime:
    """A channel with its silence and its rate of announcements a second; `polled` is None where the vendor brings updates."""

    channel: Channel
    webhook: WebhookChannel
    polled: PollingChannel | None
    close: Callable[[], Awaitable[None]]
    pause: Pause
    rate: float
    motion: Motion = field(default_factory=Motion)


def channel_runtimes(settings: Settings, store: Store, now: Callable[[], datetime]) -> list[ChannelRuntime]:
    """Every channel that is set up, by polling or by webhook as the settings say; none where there is our own page.

    Raises SettingsError and StoreError.
    """
    for descriptor in registry.CHANNELS:
        descriptor.check(settings)
    found = registry.set_up(settings)
    if not found and not registry.PAGE.is_set_up(settings):
        raise SettingsError(NONE_SET_UP)
    secret, links = _secret(settings), media_links(settings, now)
    return [_runtime(one, ChannelContext(settings, store, now, Pause(store, one.name, now), secret, links)) for one in found]


def media_links(settings: Settings, now: Callable[[], datetime]) -> MediaLinks | None:
    """Links to what people sent, and to recordings; None without a public address. Raises SettingsError as `_secret`."""
    if not settings.public_url:
        return None
    return MediaLinks(settings.public_url, _secret(settings), now, registry.linked_channels(settings) | {RECORDING})


def _runtime(descriptor: ChannelDescriptor, context: ChannelContext) -> ChannelRuntime:
    channel, settings = descriptor.build(context), context.settings
    polled = channel if isinstance(channel, PollingChannel) and not settings.public_url else None
    return ChannelRuntime(channel, channel, polled, channel.close, context.pause, descriptor.able(settings).rate)


def _secret(settings: Settings) -> str:
    """What vendors show with a webhook. Raises SettingsError where they have to and there is none."""
    if settings.public_url and settings.webhook_secret is None:
        raise SettingsError(
            mark(
                "LOABAN_WEBHOOK_SECRET: it is needed with LOABAN_PUBLIC_URL, so that nobody but the vendor can bring messages. "
                "Make one with: openssl rand -hex 24"
            )
        )
    return revealed(settings.webhook_secret)
