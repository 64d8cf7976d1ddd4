"""Connections to vendors trust the authorities that this machine trusts, and read them once."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

import pytest

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.trust import trusted
from bot.channels.zalo_bot.client import ZaloBotClient
from bot.channels.zalo_oa.oauth import OAuthClient
from bot.delivery.pause import Pause
from bot.stores.sqlite.store import SqliteStore


def test_certificates_are_checked() -> None:
    assert trusted().verify_mode is ssl.CERT_REQUIRED
    assert trusted().check_hostname


async def test_every_channel_uses_the_authorities_that_were_read_once(
    in_memory: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted()
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", _read_again)
    pause = Pause(in_memory, "telegram", lambda: datetime.now(UTC))
    for _ in range(2):
        channel = TelegramChannel("1:x", api="https://api.example.org/bot", poll_seconds=1, pause=pause)
        bot = ZaloBotClient("1:x", "https://api.example.org/bot", "x")
        oauth = OAuthClient("1", "x", "https://oauth.example.org", lambda: datetime.now(UTC))
        for opened in (channel, bot, oauth):
            await opened.close()


def _read_again(*_: object, **__: object) -> None:
    raise AssertionError("the authorities are read again")
