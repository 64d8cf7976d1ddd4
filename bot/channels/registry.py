"""The channels that are set up: one function makes each, and a new channel is one more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.channels.media import MakeLink, MediaLinks, no_link
from bot.channels.serving import PollingChannel
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.webhook import WebhookChannel
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_oa.channel import ZaloOaChannel
from bot.channels.zalo_oa.tokens import TokenRefresher
from bot.delivery.pause import Pause
from bot.errors import SettingsError
from bot.ports import Channel, Store
from bot.settings import Settings

NONE_SET_UP = (
    "LOABAN_TELEGRAM_TOKEN, LOABAN_ZALO_BOT_TOKEN: no channel is set up. Put the token that @BotFather or the Zalo Bot "
    "Platform gave you into the environment or into .env, or try the bot in the terminal with: loaban chat"
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


def channel_runtimes(settings: Settings, store: Store, now: Callable[[], datetime]) -> list[ChannelRuntime]:
    """Every channel that is set up, by polling or by webhook as the settings say. Raises SettingsError and StoreError."""
    found = [line for make in (_telegram, _zalo_bot, _zalo_oa) for line in make(settings, store, now)]
    if not found:
        raise SettingsError(NONE_SET_UP)
    return found


def _telegram(settings: Settings, store: Store, now: Callable[[], datetime]) -> Iterator[ChannelRuntime]:
    if settings.telegram_token is None:
        return
    pause = Pause(store, TelegramChannel.name, now)
    channel = TelegramChannel(
        settings.telegram_token.get_secret_value(),
        api=settings.telegram_api,
        poll_seconds=settings.telegram_poll_seconds,
        pause=pause,
        secret=_secret(settings),
        links=_links(settings, now),
    )
    yield ChannelRuntime(
        channel, channel, channel if not settings.public_url else None, channel.close, pause, settings.telegram_rate
    )


def _zalo_bot(settings: Settings, store: Store, now: Callable[[], datetime]) -> Iterator[ChannelRuntime]:
    if settings.zalo_bot_token is None:
        return
    pause = Pause(store, ZaloBotChannel.name, now)
    channel = ZaloBotChannel(
        settings.zalo_bot_token.get_secret_value(),
        api=settings.zalo_bot_api,
        poll_seconds=settings.zalo_bot_poll_seconds,
        pause=pause,
        secret=_secret(settings),
        link=_link(settings, now),
    )
    yield ChannelRuntime(
        channel, channel, channel if not settings.public_url else None, channel.close, pause, settings.zalo_bot_rate
    )


def _zalo_oa(settings: Settings, store: Store, now: Callable[[], datetime]) -> Iterator[ChannelRuntime]:
    given = (settings.zalo_oa_app_id, settings.zalo_oa_app_secret, settings.zalo_oa_secret)
    if not any(given):
        return
    if settings.zalo_oa_app_secret is None or settings.zalo_oa_secret is None or not settings.zalo_oa_app_id:
        raise SettingsError(
            "LOABAN_ZALO_OA_APP_ID, LOABAN_ZALO_OA_APP_SECRET, LOABAN_ZALO_OA_SECRET: the Official Account needs all three."
        )
    if not settings.public_url:
        raise SettingsError("LOABAN_PUBLIC_URL: the Official Account works by webhook only, so it needs a public address.")
    pause = Pause(store, ZaloOaChannel.name, now)
    tokens = TokenRefresher(
        store,
        app_id=settings.zalo_oa_app_id,
        app_secret=settings.zalo_oa_app_secret.get_secret_value(),
        oauth=settings.zalo_oa_oauth,
    )
    channel = ZaloOaChannel(
        app_id=settings.zalo_oa_app_id,
        oa_secret=settings.zalo_oa_secret.get_secret_value(),
        signed_id=settings.zalo_oa_signed_id,
        api=settings.zalo_oa_api,
        tokens=tokens,
        pause=pause,
        link=_link(settings, now),
    )
    yield ChannelRuntime(channel, channel, None, channel.close, pause, settings.zalo_oa_rate)


def _links(settings: Settings, now: Callable[[], datetime]) -> MediaLinks | None:
    """Links to what lies at a vendor, where there is an address for them."""
    return MediaLinks(settings.public_url, _secret(settings), now) if settings.public_url else None


def _link(settings: Settings, now: Callable[[], datetime]) -> MakeLink:
    links = _links(settings, now)
    return no_link if links is None or settings.telegram_token is None else links.link


def _secret(settings: Settings) -> str:
    """What vendors show with a webhook. Raises SettingsError where they have to and there is none."""
    if settings.webhook_secret is not None:
        return settings.webhook_secret.get_secret_value()
    if settings.public_url:
        raise SettingsError(
            "LOABAN_WEBHOOK_SECRET: it is needed with LOABAN_PUBLIC_URL, so that nobody but the vendor can bring messages. "
            "Make one with: openssl rand -hex 24"
        )
    return ""
